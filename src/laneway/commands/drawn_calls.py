"""Calls of drawn tools that wait for a person: asked for with the reply that made them, let go with the activation of what is drawn.

Nothing of it has a transaction of its own: what is asked for is written with the completion of the agent's job, and an approval is
spent with the completion that activates the tool, so that neither is there without the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.call_records import approval_record, call_record
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.commands.tool_calls import Held, held_still, makers_of, spend
from laneway.domain.errors import Conflict, Forbidden
from laneway.domain.tools import ApprovalRecord, ToolCallRecord
from laneway.domain.types import JobState
from laneway.domain.work import AuditEntry, Job

DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A call for which a person is needed. ``arguments``: canonical JSON; ``expires``: seconds."""

    call_id: str
    tool: str
    description: str
    arguments: str
    because: Sequence[str]
    schema_hash: str
    access: str
    users: Sequence[str]
    groups: Sequence[str]
    expires: float


def asking(held: Held, turn: int, wanted: Sequence[AskedFor], origins: Sequence[str]) -> Callable[[Unit], None]:
    """To be done in the transaction that takes the reply in. ``turn``: which reply it was."""

    def beside(unit: Unit) -> None:
        job = held.job
        makers = sorted(makers_of(unit, job, held.contract.name))
        for place, each in enumerate(wanted):
            call = call_record(
                unit,
                job,
                held.contract.name,
                turn=turn,
                place=place,
                call_id=each.call_id,
                tool=each.tool,
                state="waiting",
                arguments=each.arguments,
                origins=origins,
                kind=DRAWN,
                access=each.access,
                schema_hash=each.schema_hash,
                because=each.because,
            )
            approval = approval_record(
                unit,
                job,
                held.contract.name,
                tool_call_key=call.key,
                tool=each.tool,
                description=each.description,
                schema_hash=each.schema_hash,
                arguments=each.arguments,
                because=each.because,
                makers=makers,
                users=each.users,
                groups=each.groups,
                expires=each.expires,
            )
            unit.uow.add_tool_calls([replace(call, approval_key=approval.key)])
            unit.uow.add_approval(approval)
            unit.uow.audit(
                _entry("RequestApproval", held, call, approval=str(approval.key), because=list(each.because))
            )

    return beside


def hold(context: Context, held: Held, commit: Callable[[Unit], None], first_end: float) -> None:
    """Take the reply in and give the job back, until a person decides or ``first_end`` seconds are over: of an agent whose tools are called by
    what comes after its task, so that none is before all are decided."""
    entry = audit.entry("SuspendAgentJob", "UPDATE", "JOB", held.job.key, held.actor, tenant_id=held.job.tenant_id)

    def work(unit: Unit) -> None:
        job = held_still(unit, held)
        commit(unit)
        again = unit.now + timedelta(seconds=first_end)
        unit.uow.update_job(job, state=JobState.CREATED, deadline=None, lease_token=None, worker="", retry_at=again)

    execute(context, entry, work, audit_rejection=False)


def letting_go(held: Held, calls: Sequence[tuple[ToolCallRecord, str]]) -> Callable[[Unit], None]:
    """To be done in the transaction that activates them: each approval is held against exactly what runs, and spent. ``calls``: with the hash
    of the schema that the tool has now.

    Raises
    ------
    Conflict
        An approval does not hold any more: nothing is activated.
    """

    def beside(unit: Unit) -> None:
        for call, schema_hash in calls:
            now = unit.uow.tool_call(call.key)
            if now is None or now.version != call.version or now.state != "waiting":
                raise Conflict("tool_call_changed", f"Tool call {call.key} is not as it was read")
            try:
                approval = spend(unit, now, schema_hash)
            except Forbidden as refused:
                raise Conflict(refused.code, refused.message) from None
            unit.uow.update_tool_call(now, state="sent", sent_at=unit.now)
            spent = {"approval": str(approval.key), "approvedBy": approval.decided_by}
            unit.uow.audit(_entry("SendToolCall", held, now, **spent))

    return beside


def hearing(calls: Sequence[ToolCallRecord]) -> Callable[[Unit], None]:
    """To be done in the transaction that tells the model what came of them."""

    def beside(unit: Unit) -> None:
        for call in calls:
            unit.uow.update_tool_call(call, state="done", ended_at=unit.now)

    return beside


def cancel(context: Context, held: Held, calls: Sequence[ToolCallRecord], why: str) -> None:
    """Nobody needs to decide any more."""
    entry = audit.entry("CancelApprovals", "UPDATE", "JOB", held.job.key, held.actor, tenant_id=held.job.tenant_id)

    def work(unit: Unit) -> None:
        job = held_still(unit, held)
        unit.concerns(**audit.of_job(job))
        keys = []
        for call in calls:
            approval = None if call.approval_key is None else unit.uow.approval(call.approval_key)
            if approval is not None and approval.state in ("PENDING", "APPROVED"):
                unit.uow.update_approval(approval, state="CANCELED")
                keys.append(str(approval.key))
            unit.uow.update_tool_call(call, state="denied", message=why, ended_at=unit.now)
        unit.concerns(details={"approvals": keys})
        unit.uow.audit(unit.entry)

    execute(context, entry, work, audit_rejection=False)


def job_of(unit: Unit, approval: ApprovalRecord) -> Job | None:
    """The job that goes on once the approval is decided: its own, or, of a drawn tool, whichever its agent has now."""
    job = unit.uow.job(approval.job_key)
    if job is not None and job.state not in guards.ENDED_JOBS:
        return job
    call = unit.uow.tool_call(approval.tool_call_key)
    if call is None or call.kind != DRAWN:
        return job
    return unit.uow.agent_job_at(approval.process_instance_key, approval.element_instance_key) or job


def _entry(command: str, held: Held, call: ToolCallRecord, **details: Any) -> AuditEntry:
    found = audit.of_job(held.job)
    made = audit.entry(
        command,
        "UPDATE",
        "JOB",
        held.job.key,
        held.actor,
        tenant_id=held.job.tenant_id,
        toolCall=str(call.key),
        tool=call.tool,
        access=call.access,
        contract=held.contract.hash,
        **details,
    )
    return made.changed(**{**found, "details": {**made.details, **found["details"]}})
