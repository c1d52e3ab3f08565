"""Where a contract that is tried leads, and with which secrets: no further than what was deployed, unless the operator says so.

Who may try a contract need not be who may deploy one: without this, a file of theirs could carry past inputs, or a secret, to a host of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from laneway.agents.llm import PROVIDERS
from laneway.domain.contract import AgentContract, SystemRule
from laneway.domain.errors import Refused

_SECRET = re.compile(r"\{\{\s*secrets\.([^}\s]{1,200})\s*\}\}")
_PORTS = {"http": 80, "https": 443}


def address_of(contract: AgentContract) -> str | None:
    """``scheme://host:port`` of its model; None of an adapter that reaches nobody."""
    if contract.adapter in ("local", "scripted"):
        return None
    named = str(contract.config.get("base_url") or PROVIDERS.get(contract.config.get("provider", "openai"), ""))
    parts = urlsplit(named)
    try:
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        port = 0
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


def model_alone(contract: AgentContract) -> tuple[SystemRule, ...]:
    """The only system that it may reach."""
    address = address_of(contract)
    return () if address is None else (SystemRule("model", (urlsplit(address).netloc,), "write"),)


def secrets_of(contract: AgentContract) -> frozenset[str]:
    return frozenset(name for text in _texts(contract.config) for name in _SECRET.findall(text))


def check_reach(
    contract: AgentContract, deployed: Iterable[AgentContract], hosts: Sequence[str], secrets: Sequence[str]
) -> None:
    """
    Parameters
    ----------
    hosts, secrets
        What may be named beyond what the ``deployed`` contracts of this agent name: ``host`` or ``host:port``, names.

    Raises
    ------
    Refused
        ``replay_foreign_host``, ``replay_foreign_secret``
    """
    known = list(deployed)
    address = address_of(contract)
    if address is not None and address not in {address_of(each) for each in known}:
        parts = urlsplit(address)
        if not {parts.hostname, parts.netloc} & {host.lower() for host in hosts}:
            raise Refused(
                "replay_foreign_host",
                f"the contract leads to {address}, where no deployed contract of {contract.name!r} leads; name the host with "
                "--allow-host or LANEWAY_REPLAY_HOSTS if past inputs may go there",
            )
    foreign = secrets_of(contract) - {name for each in known for name in secrets_of(each)} - set(secrets)
    if foreign:
        raise Refused(
            "replay_foreign_secret",
            f"the contract names secrets that no deployed contract of {contract.name!r} names: {', '.join(sorted(foreign))}; name them with "
            "--allow-secret or LANEWAY_REPLAY_SECRETS if it may have them",
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
