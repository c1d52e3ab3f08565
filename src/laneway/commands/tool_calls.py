"""What an agent's job says and asks for, written down before anything goes out: RecordReply, SendToolCall, EndToolCall, SuspendAgentJob.

Each holds the job's lease in the same transaction, so that a worker that lost it can neither send nor say anything more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from laneway.commands import audit
from laneway.commands.call_records import approval_record, call_record
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.commands.topics import AGENT_JOBS
from laneway.domain.contract import AgentContract
from laneway.domain.errors import Conflict, Forbidden
from laneway.domain.tools import ENDED_CALLS, AgentTurn, ApprovalRecord, CallState, ToolCallRecord, ToolGrant
from laneway.domain.types import JobState
from laneway.domain.work import Actor, AuditEntry, Job
from laneway.governance import approvals

LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Said:
    """A message to be written down. ``usage``: of a reply."""

    message: Mapping[str, Any]
    origins: Sequence[str]
    usage: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that a reply asked for. ``grant`` None: the contract has no such tool."""

    call_id: str
    tool: str
    arguments: str
    origins: Sequence[str]
    grant: ToolGrant | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The job as its worker holds it."""

    job: Job
    contract: AgentContract

    @property
    def actor(self) -> Actor:
        return Actor("agent", self.contract.name)


def record_reply(
    context: Context, held: Held, position: int, said: Sequence[Said], asked: Sequence[Asked] = ()
) -> tuple[Sequence[AgentTurn], Sequence[ToolCallRecord]]:
    """Write down what was ``said`` from ``position`` on, and what its last message ``asked`` for."""
    entry = audit.entry("RecordReply", "UPDATE", "JOB", held.job.key, held.actor, tenant_id=held.job.tenant_id)

    def work(unit: Unit) -> tuple[Sequence[AgentTurn], Sequence[ToolCallRecord]]:
        job = held_still(unit, held)
        turns = [
            AgentTurn(
                job.key,
                position + at,
                job.root_key,
                job.process_instance_key,
                dict(each.message),
                sorted(each.origins),
                unit.now,
                each.usage,
                job.tenant_id,
            )
            for at, each in enumerate(said)
        ]
        last = position + len(said) - 1
        calls = [_intended(unit, held, each, last, place) for place, each in enumerate(asked)]
        unit.uow.add_turns(turns)
        unit.uow.add_tool_calls(calls)
        return turns, calls

    return execute(context, entry, work, audit_rejection=False)


def send_call(context: Context, held: Held, call: ToolCallRecord, schema_hash: str) -> ToolCallRecord:
    """It is going to be sent now, with exactly its arguments. An approval that it needs is spent in the same transaction.

    Raises
    ------
    Forbidden
        ``approval_…``: there is no approval that holds for exactly this; on record.
    """
    entry = _entry("SendToolCall", held, call)

    def work(unit: Unit) -> ToolCallRecord:
        job = held_still(unit, held)
        unit.concerns(**audit.of_job(job))
        now = unit.uow.tool_call(call.key)
        if now is None or now.version != call.version:
            raise Conflict("tool_call_changed", f"Tool call {call.key} is not as it was read")
        if call.approval_key is not None and call.state != "sent":
            approval = spend(unit, now, schema_hash)
            unit.concerns(details={"approval": str(approval.key), "approvedBy": approval.decided_by})
        sent = unit.uow.update_tool_call(now, state="sent", sent_at=unit.now)
        unit.uow.audit(unit.entry)
        return sent

    return execute(context, entry, work)


def end_call(
    context: Context,
    held: Held,
    call: ToolCallRecord,
    state: CallState,
    *,
    result: Any = None,
    message: str | None = None,
) -> ToolCallRecord:
    """What came of it; ``unknown`` where nobody knows."""
    entry = _entry("EndToolCall", held, call, outcome=state, reason=message)

    def work(unit: Unit) -> ToolCallRecord:
        job = held_still(unit, held)
        unit.concerns(**audit.of_job(job))
        ended = unit.now if state in ENDED_CALLS else None
        note = None if message is None else message[:LONGEST_NOTE]
        done = unit.uow.update_tool_call(call, state=state, result=result, message=note, ended_at=ended)
        unit.uow.audit(unit.entry)
        return done

    return execute(context, entry, work, audit_rejection=False)


def ask_for_approval(
    context: Context, held: Held, call: ToolCallRecord, grant: ToolGrant, because: Sequence[str]
) -> ToolCallRecord:
    """A person is asked; the call waits."""
    entry = _entry("RequestApproval", held, call, because=list(because))

    def work(unit: Unit) -> ToolCallRecord:
        job = held_still(unit, held)
        approval = approval_record(
            unit,
            job,
            held.contract.name,
            tool_call_key=call.key,
            tool=grant.name,
            description=grant.description,
            schema_hash=grant.schema_hash,
            arguments=call.arguments,
            because=because,
            makers=sorted(makers_of(unit, job, held.contract.name)),
            users=grant.approvers,
            groups=grant.approver_groups,
            expires=grant.approval_expires,
        )
        unit.uow.add_approval(approval)
        waiting = unit.uow.update_tool_call(call, state="waiting", approval_key=approval.key, because=list(because))
        unit.concerns(**audit.of_job(job))
        unit.concerns(details={"approval": str(approval.key)})
        unit.uow.audit(unit.entry)
        return waiting

    return execute(context, entry, work, audit_rejection=False)


def suspend(context: Context, held: Held, approvals_waited_for: Sequence[int]) -> bool:
    """Give the job back until a person decides, or the first approval expires. False if there is something to go on with already."""
    entry = audit.entry("SuspendAgentJob", "UPDATE", "JOB", held.job.key, held.actor, tenant_id=held.job.tenant_id)

    def work(unit: Unit) -> bool:
        job = held_still(unit, held)
        found = [unit.uow.approval(key) for key in approvals_waited_for]
        waiting = [
            each for each in found if each is not None and each.state == "PENDING" and each.expires_at > unit.now
        ]
        if len(waiting) < len(found) or not waiting:
            return False
        again = min(each.expires_at for each in waiting)
        unit.uow.update_job(job, state=JobState.CREATED, deadline=None, lease_token=None, worker="", retry_at=again)
        return True

    return execute(context, entry, work, audit_rejection=False)


def expire(context: Context, held: Held, call: ToolCallRecord) -> None:
    """Nobody decided in time."""
    assert call.approval_key is not None
    key = call.approval_key
    entry = _entry("ExpireApproval", held, call, approval=str(key))

    def work(unit: Unit) -> None:
        job = held_still(unit, held)
        approval = unit.uow.approval(key)
        if approval is not None and approval.state in ("PENDING", "APPROVED"):
            unit.uow.update_approval(approval, state="EXPIRED")
            unit.concerns(**audit.of_job(job))
            unit.uow.audit(unit.entry)

    execute(context, entry, work, audit_rejection=False)


def wake(unit: Unit, job: Job) -> None:
    """A person decided: the job is written in any case, so that a worker about to suspend it sees that it must not."""
    if job.state is JobState.CREATED:
        unit.uow.update_job(job, retry_at=None)
        unit.tell(AGENT_JOBS)
    else:
        unit.uow.update_job(job)


def action_of(approval: ApprovalRecord, tool: str, schema_hash: str, arguments: Mapping[str, Any]) -> approvals.Action:
    return approvals.Action(tool, schema_hash, arguments, approval.process_instance_key, frozenset(approval.makers))


def parsed(arguments: str) -> Any:
    """Canonical JSON as it was written down."""
    return json.loads(arguments, parse_float=Decimal)


def spend(unit: Unit, call: ToolCallRecord, schema_hash: str) -> ApprovalRecord:
    """The approval of exactly this call, spent with it. Raises Forbidden ``approval_…``."""
    approval = None if call.approval_key is None else unit.uow.approval(call.approval_key)
    if approval is None or approval.tool_call_key != call.key or approval.state not in ("APPROVED", "USED"):
        raise Forbidden("approval_missing", f"Nobody approved tool call {call.key}")
    given = approvals.Approval(approval.seal or "", approval.decided_by or "", approval.expires_at, approval.used_at)
    fault = approvals.check(given, action_of(approval, call.tool, schema_hash, parsed(call.arguments)), unit.now)
    if fault is not None:
        raise Forbidden(f"approval_{fault}", f"Tool call {call.key} is not sent: {approvals.explain(fault)}")
    return unit.uow.update_approval(approval, state="USED", used_at=unit.now)


def held_still(unit: Unit, held: Held) -> Job:
    job = unit.uow.job(held.job.key)
    if job is None or job.state is not JobState.ACTIVATED or job.lease_token != held.job.lease_token:
        raise Conflict("stale_lease", f"Job {held.job.key} is not under this lease any more")
    return job


def makers_of(unit: Unit, job: Job, agent: str) -> set[str]:
    """Who started the instance or wrote into it since, and every agent at work in it, in what called it or in what that calls: none of them
    may let this go."""
    starter = unit.uow.started_by(job.root_key, job.tenant_id)
    agents = {f"agent:{name}" for name in (agent, *unit.uow.agents_in(job.root_key))}
    people = {f"user:{person}" for person in unit.uow.editors(job.root_key)}
    return agents | people | ({f"{starter.kind}:{starter.id}"} if starter is not None else set())


def _intended(unit: Unit, held: Held, asked: Asked, turn: int, place: int) -> ToolCallRecord:
    grant = asked.grant
    return call_record(
        unit,
        held.job,
        held.contract.name,
        turn=turn,
        place=place,
        call_id=asked.call_id,
        tool=asked.tool,
        state="intended",
        arguments=asked.arguments,
        origins=asked.origins,
        kind=None if grant is None else grant.kind,
        access=None if grant is None else grant.access,
        schema_hash=None if grant is None else grant.schema_hash,
    )


def _entry(command: str, held: Held, call: ToolCallRecord, **details: Any) -> AuditEntry:
    return audit.entry(
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
