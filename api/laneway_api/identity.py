"""Who asks, and for which tenant.

Laneway verifies no password. Whoever does, a proxy in front of it, is named by ``LANEWAY_TRUSTED_PROXIES``: a name given with Basic counts
only where it comes from there. Without that setting a name is taken at its word, from anybody.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from laneway.domain.errors import InvalidInput
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import Actor

ANONYMOUS = Actor("client", "anonymous")


@lru_cache(maxsize=16)
def _networks(proxies: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each, strict=False) for each in proxies)


@lru_cache(maxsize=1_000)
def _is_trusted(host: str, proxies: tuple[str, ...]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in _networks(proxies))


def actor_of(authorization: bytes | None, client: Sequence[object] | None, proxies: tuple[str, ...]) -> Actor | None:
    """As ``actor_named``; nobody in particular where who connects (``client``: host, port) is not one of the ``proxies``, if there are any."""
    if proxies and not (client and _is_trusted(str(client[0]), proxies)):
        return ANONYMOUS
    return actor_named(authorization)


def actor_named(authorization: bytes | None) -> Actor | None:
    """Whom the header names; None if it cannot be read."""
    if not authorization:
        return ANONYMOUS
    scheme, _, value = authorization.decode("latin-1").partition(" ")
    if scheme.lower() != "basic":
        return ANONYMOUS
    try:
        name = base64.b64decode(value, validate=True).decode("utf-8").partition(":")[0]
    except (ValueError, UnicodeDecodeError):
        return None
    if not name or len(name) > 256 or not name.isprintable():
        return ANONYMOUS
    return Actor("user", name)


def tenant(tenant_id: str | None) -> str:
    """There is one tenant so far. It may be named, and no other."""
    if tenant_id is not None and tenant_id != DEFAULT_TENANT:
        raise InvalidInput(
            "tenant_unknown", f"There is no tenant {tenant_id!r} here; leave tenantId out, or send {DEFAULT_TENANT!r}"
        )
    return DEFAULT_TENANT


def tenants(tenant_ids: Sequence[str] | None) -> tuple[str, ...]:
    """Tenants asked for that exist; the clients send the list even without multi-tenancy."""
    if not tenant_ids:
        return (DEFAULT_TENANT,)
    return tuple(one for one in tenant_ids if one == DEFAULT_TENANT)
