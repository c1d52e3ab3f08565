"""Other hosts, and agents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from laneway.domain.contract import AgentRequest, AgentResult


@dataclass(frozen=True, slots=True)
class EgressRequest:
    """``permit``: asked about every redirect (method, URL) before it is followed; a text says why not."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    timeout: float = 30.0
    permit: Callable[[str, str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class EgressResponse:
    status: int
    headers: Mapping[str, str]
    content: bytes


class Egress(Protocol):
    """The only way to another host. Refuses private and link-local addresses unless allow-listed."""

    async def send(self, request: EgressRequest) -> EgressResponse: ...


class AgentAdapter(Protocol):
    """Something that can do an agent job. One per kind; configured by the contract's ``adapter`` section."""

    async def run(self, request: AgentRequest) -> AgentResult:
        """Do the job. Expected failures are returned (``AgentFailed``, ``AgentRefused``); an exception is a bug."""
        ...
