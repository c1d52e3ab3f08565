"""The way out as the contract of one agent has it: every request is held against its systems, and written down.

Adapters are given this in the place of the operator's egress, so that none can forget to ask. What an adapter does without it (a
Python function that opens a socket of its own) is beyond it; such functions are the operator's to allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from laneway.agents.cleaning import clean_bytes
from laneway.agents.egress import EgressDenied, HttpEgress
from laneway.agents.halting import go_on
from laneway.domain.contract import AgentContract
from laneway.governance.systems import permission
from laneway.ports import Egress, EgressRequest, EgressResponse

MAX_CALLS = 100
"""Calls of one attempt that are written down one by one."""

_calls: ContextVar[list[dict[str, Any]] | None] = ContextVar("laneway_calls", default=None)


@contextmanager
def recorded() -> Iterator[list[dict[str, Any]]]:
    """Requests made within, in their order: ``{"system", "operation", "host", "access", "status" | "refused" | "failed"}``.

    A task that is started within writes to the same list.
    """
    calls: list[dict[str, Any]] = []
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


class GovernedEgress:
    def __init__(self, egress: Egress | None, contract: AgentContract) -> None:
        self._egress = egress
        self._contract = contract

    async def send(self, request: EgressRequest) -> EgressResponse:
        """As the egress within it. Raises EgressDenied for what the contract does not allow, and Halted for what a
        kill switch stops (the name of the system or of the host), before anything is sent."""
        if self._egress is None:
            self._egress = HttpEgress()
        calls: list[dict[str, Any]] = []

        def permit(method: str, url: str) -> str | None:
            call = self._judged(method, url)
            calls.append(call)
            _note(call)
            return call.get("refused")

        refusal = permit(request.method, request.url)
        if refusal is not None:
            raise EgressDenied(refusal)
        try:
            await go_on(tools=tuple(filter(None, (calls[-1].get("system"), calls[-1].get("host")))))
            answer = await self._egress.send(replace(request, permit=permit))
        except BaseException as error:
            calls[-1].setdefault("failed", getattr(error, "code", type(error).__name__))
            raise
        calls[-1]["status"] = answer.status
        content = clean_bytes(answer.content)
        return answer if content is answer.content else replace(answer, content=content)

    def _judged(self, method: str, url: str) -> dict[str, Any]:
        import httpx

        systems = self._contract.systems
        try:
            parsed = httpx.URL(url)
            host = parsed.raw_host.decode("ascii")
            path = parsed.raw_path.decode("ascii", "replace").partition("?")[0]
        except (httpx.InvalidURL, ValueError, TypeError):
            # Where the contract names no systems, the operator's rules alone hold, and they refuse it.
            unread = {"operation": method.upper()}
            return unread if systems is None else unread | {"refused": "this is not a URL"}
        found = permission(systems, method, parsed.scheme, host, parsed.port, path)
        call: dict[str, Any] = {"system": found.system, "operation": found.operation[:300], "host": host}
        if found.access is not None:
            call["access"] = found.access
        if found.refusal is not None:
            call["refused"] = found.refusal[:300]
        return call


def _note(call: dict[str, Any]) -> None:
    calls = _calls.get()
    # A refusal is always kept: it decides about the answer.
    if calls is not None and (len(calls) < MAX_CALLS or "refused" in call):
        calls.append(call)
