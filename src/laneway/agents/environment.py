"""What adapters are given besides their config: the way out, a clock, secrets, and the functions that may be called."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from laneway.domain.contract import AgentRequest, AgentResult
from laneway.ports import Egress

AgentFunction = Callable[[AgentRequest], Mapping[str, Any] | AgentResult | Awaitable[Mapping[str, Any] | AgentResult]]
"""A function as an agent: given the request, gives the output variables, or a whole result. Sync or async."""


class SecretMissing(LookupError):
    """No secret of that name is set."""


def environment_secret(name: str) -> str:
    """The secret ``NAME`` from the environment variable LANEWAY_SECRET_NAME.

    Raises
    ------
    SecretMissing
        It is not set or empty.
    """
    value = os.environ.get(f"LANEWAY_SECRET_{name}", "")
    if not value:
        raise SecretMissing(f"the secret {name!r} is not set; put it into the environment as LANEWAY_SECRET_{name}")
    return value


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class McpServer:
    """A server as the operator's settings name it: ``command`` (with ``env``) or ``url`` (with ``headers``). Values may hold
    ``{{secrets.NAME}}``. No deployed file says what is started."""

    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentEnvironment:
    """``functions``: registration name → function, for the `python` adapter. ``allowed_functions``: ``module:function``
    texts that a config may name besides.."""

    egress: Egress | None = None
    clock: Callable[[], datetime] = utc_now
    secret: Callable[[str], str] = environment_secret
    functions: Mapping[str, AgentFunction] = field(default_factory=dict)
    allowed_functions: frozenset[str] = frozenset()
    mcp_servers: Mapping[str, McpServer] = field(default_factory=dict)
