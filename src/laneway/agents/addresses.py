"""Which addresses the egress client may connect to without being told."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# Each carries an IPv4 address inside, which is the one that counts (RFC 6052, 3056, 4380; Teredo keeps it inverted).
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")

# Known to later versions of Python alone: site-local (RFC 3879: to be treated as what it was), documentation (RFC 9637).
_NOT_PUBLIC = (IPv6Network("fec0::/10"), IPv6Network("3fff::/20"))

_LAST_LABEL_NUMERIC = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?$")


def is_disguised_number(host: str) -> bool:
    """Whether ``host`` is a number that resolvers take for an IPv4 address though it isn't written as one.

    WHATWG URL 3.5, "ends in a number": ``2130706433``, ``0x7f000001``, ``127.1``, ``0177.0.0.1``.
    """
    if not _LAST_LABEL_NUMERIC.search(host):
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def is_public(address: Address) -> bool:
    """Whether ``address`` is globally reachable (IANA special-purpose registries, RFC 6890) and unicast."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and any(address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _COMPATIBLE and int(address) > 1:
        return IPv4Address(int(address))
    return None
