"""Calls of drawn tools for which a person is asked: what has become of those of the last reply, and what is to be done now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from laneway.commands import drawn_calls, tool_calls as journal
from laneway.commands.context import Context
from laneway.commands.drawn_calls import AskedFor
from laneway.commands.execution import Unit
from laneway.domain.agent_instance import HistoryItem
from laneway.domain.origins import ENDORSED, Origins
from laneway.domain.tools import ApprovalRecord, ToolCallRecord
from laneway.governance import approvals, drawn_tools, tools
from laneway.governance.contract_tools import schema_hash
from laneway.governance.conversation import Judged, OfferedTool
from laneway.governance.tools import Denied, Provenance, ToolCall

LATE = "nobody approved it in time"
WAITING = "waiting"
"""In the ``details`` of what the model said: ids of the calls that wait, with why."""


@dataclass(frozen=True, slots=True)
class HeldCalls:
    """``approved``: to be activated now. ``told``: id of a call → what the model hears in the place of a result. ``late``: nobody decided in
    time, which was found out just now. ``running``: activated, and not yet heard of. ``notes``: id of a call → what the history keeps."""

    pending: Sequence[ToolCallRecord] = ()
    approved: Sequence[ToolCallRecord] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    late: ToolCallRecord | None = None
    running: Sequence[ToolCallRecord] = ()
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def keys(self) -> list[int]:
        return [call.approval_key for call in self.pending if call.approval_key is not None]


NONE = HeldCalls()


def hash_of(offered: Mapping[str, OfferedTool], name: str) -> str:
    """Of the schema that the tool has now; empty where there is no such tool any more."""
    tool = offered.get(name)
    return "" if tool is None else schema_hash(tool.input_schema)


def look(
    context: Context, held: journal.Held, asked: HistoryItem | None, offered: Mapping[str, OfferedTool]
) -> HeldCalls:
    """What has become of the calls of ``asked``. What was rejected, came too late or does not hold any more ends here."""
    if asked is None or not asked.details.get(WAITING):
        return NONE
    with context.store.read() as uow:
        calls = [call for call in uow.tool_calls(asked.job_key) if call.kind == drawn_calls.DRAWN]
        given = {call.key: None if call.approval_key is None else uow.approval(call.approval_key) for call in calls}
        now = uow.now
    pending, approved, running = [], [], []
    told: dict[str, str] = {}
    notes: dict[str, Mapping[str, str]] = {}
    late: ToolCallRecord | None = None
    for call in calls:
        approval = given[call.key]
        if approval is not None:
            notes[call.call_id] = _note(approval)
        if call.state == "denied":
            told[call.call_id] = _told(call.message)
        elif call.state == "sent":
            running.append(call)
        elif call.state == "waiting":
            why = None if approval is None else _refusal(held, call, approval, offered, now)
            if approval is None or why is not None:
                if approval is not None and (approval.state == "EXPIRED" or approval.expires_at <= now):
                    journal.expire(context, held, call)
                    late = call
                journal.end_call(context, held, call, "denied", message=why or "there is no approval of it any more")
                told[call.call_id] = _told(why)
            elif approval.state == "APPROVED":
                approved.append(call)
            else:
                pending.append(call)
    return HeldCalls(pending, approved, told, late, running, notes)


def _refusal(
    held: journal.Held, call: ToolCallRecord, approval: ApprovalRecord, offered: Mapping[str, OfferedTool], now: Any
) -> str | None:
    """Why it is not done although it waits; None: it may be, or nobody has decided."""
    if approval.state == "REJECTED":
        reason = f": {approval.reason}" if approval.reason else ""
        return f"{approval.decided_by} did not approve it{reason}"
    if approval.state == "EXPIRED" or approval.expires_at <= now:
        return LATE
    if approval.state == "PENDING":
        return None
    if approval.state != "APPROVED":
        return "there is no approval of it any more"
    schema_now = hash_of(offered, call.tool)
    arguments = journal.parsed(call.arguments)
    # What a person looked at is the person's; that it may exist at all is the contract's, still.
    rules = drawn_tools.rules_of(held.contract, offered.values())
    endorsed = Provenance(ENDORSED, {"": ENDORSED})
    decision = tools.decide(rules, "auto", ToolCall(call.tool, arguments, schema_now), endorsed)
    if isinstance(decision, Denied):
        return decision.message
    given_by = approvals.Approval(approval.seal or "", approval.decided_by or "", approval.expires_at, approval.used_at)
    fault = approvals.check(given_by, journal.action_of(approval, call.tool, schema_now, arguments), now)
    return None if fault is None else approvals.explain(fault)


def _told(why: str | None) -> str:
    return f"It was not done: {why or 'nobody approved it'}."


def _note(approval: ApprovalRecord) -> dict[str, str]:
    note = {"approval": str(approval.key), "state": approval.state}
    return note | ({"decidedBy": approval.decided_by} if approval.decided_by else {})


def asking(
    held: journal.Held, judged: Judged, offered: Mapping[str, OfferedTool], iteration: int, seen: Origins
) -> tuple[Callable[[Unit], None], float]:
    """What is written with a reply some of whose calls wait; and in how many seconds the first of them is too late."""
    wanted = []
    for call in judged.calls:
        needs = judged.waiting.get(call["toolCallId"])
        if needs is None:
            continue
        tool = offered[call["toolName"]]
        grant = drawn_tools.grant_of(held.contract, tool)
        wanted.append(
            AskedFor(
                call["toolCallId"],
                tool.name,
                tool.description,
                needs.arguments,
                needs.because,
                schema_hash(tool.input_schema),
                "write" if grant is None else grant.access,
                () if grant is None else grant.approvers,
                () if grant is None else grant.approver_groups,
                86_400.0 if grant is None else grant.approval_expires,
            )
        )
    return (
        drawn_calls.asking(held, iteration, wanted, sorted(seen | {"agent"})),
        min(each.expires for each in wanted),
    )


def exactly(calls: Sequence[Mapping[str, Any]], approved: Sequence[ToolCallRecord]) -> list[Mapping[str, Any]]:
    """The ``calls`` that were approved, in their order, each with exactly the arguments that were."""
    given = {(call.call_id, call.tool): journal.parsed(call.arguments) for call in approved}
    asked = [(call, (call["toolCallId"], call["toolName"])) for call in calls]
    return [{**call, "arguments": given[which]} for call, which in asked if which in given]
