"""Between what a model asks for and what happens: each call decided, written down, sent, and its outcome written down.

intended ──allowed──► sent ──► done | failed
    │                  └─ nobody knows ─► unknown: an incident, never sent again by itself
    ├──needs approval──► waiting ──approved──► sent …
    └──denied, rejected, expired──► denied

``sent`` is committed before anything goes out. Who finds it, after a crash or a lost lease, sends an idempotent call again under
the same key, and no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from laneway.agents import halting
from laneway.agents.cleaning import clean, clean_text
from laneway.agents.tools.base import Tool, ToolDone, ToolError, ToolFailed, ToolOutcome, ToolRequest, ToolUnknown
from laneway.commands import tool_calls as journal
from laneway.commands.context import Context
from laneway.domain.autonomy import Level
from laneway.domain.contract import AgentContract, ExceptionPath
from laneway.domain.errors import Forbidden, LanewayError
from laneway.domain.origins import ENDORSED, Origin
from laneway.domain.tools import ENDED_CALLS, CallState, ToolCallRecord, ToolGrant
from laneway.governance import gate, tools
from laneway.governance.contract_tools import rules_of
from laneway.governance.gate import Violation
from laneway.governance.tools import Allowed, Denied, NeedsApproval, Provenance

COSTS_THE_ANSWER = frozenset({"unlisted_tool", "prohibited", "host_not_allowed"})
"""What no model asks for by mistake alone: it is not believed any more."""

_OUTCOMES: Mapping[type[ToolOutcome], str] = {ToolDone: "done", ToolFailed: "failed", ToolUnknown: "unknown"}


class Tools(Protocol):
    """Where the tool of a grant comes from; see ``laneway.agents.registry``."""

    def get_tool(self, contract: AgentContract, grant: ToolGrant) -> Tool: ...


class Suspended(Exception):
    """The job was given back: a person is asked."""


class Broken(Exception):
    """The job cannot go on; ``violation`` says why."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.message)
        self.violation = violation


@dataclass(frozen=True, slots=True)
class Broker:
    context: Context
    held: journal.Held
    tools: Tools
    level: Level = "auto"

    @property
    def contract(self) -> AgentContract:
        return self.held.contract

    def grant(self, name: str) -> ToolGrant | None:
        return next((grant for grant in self.contract.tools if grant.name == name), None)

    async def settle(self, calls: Sequence[ToolCallRecord], choice: frozenset[Origin]) -> list[ToolCallRecord]:
        """Each call with its end, in their order. ``choice``: of all that the model had seen when it asked.

        Raises
        ------
        Suspended, Broken
        """
        settled = [await self._one(call, choice) for call in calls]
        waiting = [call for call in settled if call.state == "waiting" and call.approval_key is not None]
        if waiting:
            keys = [call.approval_key for call in waiting if call.approval_key is not None]
            if await asyncio.to_thread(journal.suspend, self.context, self.held, keys):
                raise Suspended
            # Somebody decided at this very moment.
            return await self.settle(settled, choice)
        return settled

    async def _one(self, call: ToolCallRecord, choice: frozenset[Origin]) -> ToolCallRecord:
        match call.state:
            case "done" | "failed" | "denied":
                return call
            case "unknown":
                raise Broken(self._unknown(call, call.message or "nobody knows whether it was done"))
            case "sent":
                return await self._found_sent(call)
            case "waiting":
                return await self._waiting(call)
            case "intended":
                return await self._decided(call, choice)

    async def _decided(self, call: ToolCallRecord, choice: frozenset[Origin]) -> ToolCallRecord:
        grant = self.grant(call.tool)
        now = None if grant is None else await self._schema_now(grant)
        provenance = Provenance(choice, {"": choice | {"agent"}})
        asked = tools.ToolCall(call.tool, journal.parsed(call.arguments), now or "")
        decision = tools.decide(rules_of(self.contract), self.level, asked, provenance)
        match decision:
            case Denied():
                return await self._denied(call, decision)
            case NeedsApproval() if grant is not None:
                return await asyncio.to_thread(
                    journal.ask_for_approval, self.context, self.held, call, grant, decision.because
                )
            case Allowed() if grant is not None:
                return await self._send(call, grant)
        raise AssertionError(f"{call.tool} was decided without a grant")

    async def _denied(self, call: ToolCallRecord, denied: Denied) -> ToolCallRecord:
        ended = await self._end(call, "denied", message=f"{denied.reason}: {denied.message}")
        if denied.reason in COSTS_THE_ANSWER:
            said = f"it tried what its contract does not allow: {denied.message}"
            raise Broken(gate.violation(self.contract, "prohibited", said))
        if denied.reason == "schema_changed":
            path = ExceptionPath("incident", owner=self.contract.owner)
            message = f"agent {self.contract.name!r}: {denied.message}; look at the tool, and deploy a contract with what it is now"
            raise Broken(Violation("prohibited", message, path))
        return ended

    async def _waiting(self, call: ToolCallRecord) -> ToolCallRecord:
        approval, now = await asyncio.to_thread(self._approval_of, call)
        grant = self.grant(call.tool)
        if approval is None or grant is None:
            return await self._end(call, "denied", message="there is no approval of it any more")
        if approval.state == "REJECTED":
            reason = f": {approval.reason}" if approval.reason else ""
            return await self._end(call, "denied", message=f"{approval.decided_by} did not approve it{reason}")
        if approval.state == "EXPIRED" or approval.expires_at <= now:
            await asyncio.to_thread(journal.expire, self.context, self.held, call)
            return await self._end(call, "denied", message="nobody approved it in time")
        if approval.state == "PENDING":
            return call
        hash_now = await self._schema_now(grant)
        asked = tools.ToolCall(call.tool, journal.parsed(call.arguments), hash_now)
        # What a person looked at is the person's; that it may exist at all is the contract's, still.
        endorsed = Provenance(ENDORSED, {"": ENDORSED})
        decision = tools.decide(rules_of(self.contract), self.level, asked, endorsed)
        if isinstance(decision, Denied):
            return await self._denied(call, decision)
        return await self._send(call, grant)

    def _approval_of(self, call: ToolCallRecord) -> tuple[Any, Any]:
        with self.context.store.read() as uow:
            return (None if call.approval_key is None else uow.approval(call.approval_key)), uow.now

    async def _found_sent(self, call: ToolCallRecord) -> ToolCallRecord:
        grant = self.grant(call.tool)
        if grant is not None and grant.idempotent:
            return await self._send(call, grant)
        said = "its worker ended after it was sent, before an answer was written down"
        await self._end(call, "unknown", message=said)
        raise Broken(self._unknown(call, said))

    async def _send(self, call: ToolCallRecord, grant: ToolGrant) -> ToolCallRecord:
        await halting.go_on(tools=_names(grant))
        try:
            tool = self.tools.get_tool(self.contract, grant)
        except LanewayError as error:
            raise Broken(gate.violation(self.contract, "failed", error.message)) from None
        try:
            sent = await asyncio.to_thread(journal.send_call, self.context, self.held, call, grant.schema_hash)
        except Forbidden as refused:
            return await self._end(call, "denied", message=refused.message)
        with self.context.observers.calling(self.contract.name, grant.name, grant.kind) as calling:
            outcome = await self._called(tool, sent, grant)
            calling.answered(_OUTCOMES[type(outcome)])
        match outcome:
            case ToolDone():
                return await self._end(sent, "done", result=outcome.result)
            case ToolFailed() if outcome.retryable and grant.idempotent:
                # It stays sent: the next attempt sends it again under the same key.
                raise Broken(self._down(grant, outcome.reason))
            case ToolFailed():
                return await self._end(sent, "failed", message=outcome.reason)
            case ToolUnknown() if grant.idempotent:
                raise Broken(self._down(grant, outcome.reason))
            case ToolUnknown():
                await self._end(sent, "unknown", message=outcome.reason)
                raise Broken(self._unknown(sent, outcome.reason))

    async def _called(self, tool: Tool, call: ToolCallRecord, grant: ToolGrant) -> ToolOutcome:
        arguments: Mapping[str, Any] = journal.parsed(call.arguments)
        request = ToolRequest(
            arguments, call.idempotency_key, self.contract.name, call.process_instance_key, grant.timeout
        )
        try:
            return clean(await asyncio.wait_for(tool.call(request), grant.timeout))
        except TimeoutError:
            return ToolUnknown(f"no answer within {grant.timeout:g} seconds")
        except Exception as error:
            return ToolUnknown(f"the tool raised {type(error).__name__}")

    async def _schema_now(self, grant: ToolGrant) -> str:
        try:
            return await asyncio.wait_for(self.tools.get_tool(self.contract, grant).schema_hash(), grant.timeout)
        except LanewayError as error:
            raise Broken(gate.violation(self.contract, "failed", error.message)) from None
        except (ToolError, TimeoutError) as error:
            said = clean_text(str(error)) or f"no answer within {grant.timeout:g} seconds"
            raise Broken(self._down(grant, f"its schema cannot be read: {said}")) from None

    async def _end(
        self, call: ToolCallRecord, state: CallState, *, result: Any = None, message: str | None = None
    ) -> ToolCallRecord:
        assert state in ENDED_CALLS or state == "unknown"
        # A name that the contract does not know is the model's own: as many as it likes.
        named = call.tool if self.grant(call.tool) is not None else "unlisted"
        self.context.observers.tool_called(self.contract.name, named, state)
        return await asyncio.to_thread(
            journal.end_call, self.context, self.held, call, state, result=result, message=message
        )

    def _down(self, grant: ToolGrant, reason: str) -> Violation:
        return gate.violation(self.contract, "failed", f"the tool {grant.name} is down: {reason}", retryable=True)

    def _unknown(self, call: ToolCallRecord, reason: str) -> Violation:
        message = (
            f"agent {self.contract.name!r}: tool call {call.key} of {call.tool} may have been done or not: {reason}. It is not sent again: "
            f"find out, then say so (POST /v2/tool-calls/{call.key}/outcome) and resolve this incident"
        )
        return Violation("failed", message, ExceptionPath("incident", owner=self.contract.owner, urgency="high"))


def _names(grant: ToolGrant) -> tuple[str, ...]:
    """All names under which a kill switch may stop it."""
    server = grant.config.get("server")
    return (grant.name,) if server is None else (grant.name, str(server))
