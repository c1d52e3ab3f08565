"""ClaimApproval, Approve, Reject, EditApproval; and what a person found out about a call that nobody knew the outcome of.

Four eyes: who started the instance, the agents in it, and whoever edited the arguments have made it, and cannot let it go. Only a person
can. What is approved is named by the hash of exactly the arguments that were shown, so that nobody approves what came after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from laneway.commands import audit, guards
from laneway.commands.context import Context
from laneway.commands.drawn_calls import DRAWN, job_of
from laneway.commands.execution import Unit, execute
from laneway.commands.tool_calls import action_of, parsed, wake
from laneway.domain.contract import AgentContract
from laneway.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from laneway.domain.origins import ENDORSED
from laneway.domain.tools import ApprovalRecord, ToolCallRecord
from laneway.domain.work import Actor, AuditEntry, Job, is_same
from laneway.governance import approvals, conversation, drawn_tools
from laneway.governance.contract_tools import rules_of
from laneway.governance.tools import Denied, Provenance, ToolCall, ToolRule, decide

LONGEST_REASON = 2_000
Outcome = Literal["done", "not_done"]


def arguments_hash(arguments: str) -> str:
    """By which a person says what they saw. ``arguments``: canonical JSON."""
    return hashlib.sha256(arguments.encode()).hexdigest()


def claim_approval(context: Context, key: int, *, actor: Actor, tenant_ids: Sequence[str] | None) -> ApprovalRecord:
    """Somebody looks at it. Claimed by one it can still be decided by another."""
    entry = _entry("ClaimApproval", key, actor, tenant_ids)

    def work(unit: Unit) -> ApprovalRecord:
        approval, _ = _pending(unit, key, tenant_ids)
        _may(approval, actor)
        claimed = unit.uow.update_approval(approval, assignee=actor.id)
        unit.uow.audit(unit.entry)
        return claimed

    return execute(context, entry, work)


def approve(
    context: Context, key: int, seen: str, *, actor: Actor, reason: str = "", tenant_ids: Sequence[str] | None
) -> ApprovalRecord:
    """Let exactly the arguments run that hash to ``seen``, once, before it expires.

    Raises
    ------
    NotFound
        ``approval_not_found``
    Conflict
        ``approval_decided``: it waits for nobody any more.
    Forbidden
        ``approval_maker``, ``approval_not_a_person``, ``approval_not_a_candidate``, ``approval_expired``, ``approval_changed``
    """
    entry = _entry("Approve", key, actor, tenant_ids, reason=reason)

    def work(unit: Unit) -> ApprovalRecord:
        approval, job = _pending(unit, key, tenant_ids)
        _reason(reason)
        _may(approval, actor)
        if seen != arguments_hash(approval.arguments):
            raise Forbidden("approval_changed", f"Approval {key}: {approvals.explain('changed')}; look at it again")
        action = action_of(approval, approval.tool, approval.schema_hash, parsed(approval.arguments))
        given = approvals.approve(action, identity(actor), approval.expires_at, unit.now)
        if not isinstance(given, approvals.Approval):
            raise _refused(key, given)
        decided = unit.uow.update_approval(
            approval,
            state="APPROVED",
            seal=given.seal,
            decided_by=identity(actor),
            decided_at=unit.now,
            reason=reason.strip() or None,
        )
        unit.concerns(details={"seal": given.seal})
        unit.uow.audit(unit.entry)
        wake(unit, job)
        return decided

    return execute(context, entry, work)


def reject(
    context: Context, key: int, reason: str, *, actor: Actor, tenant_ids: Sequence[str] | None
) -> ApprovalRecord:
    """It never runs. The agent is told why, and goes on."""
    entry = _entry("Reject", key, actor, tenant_ids, reason=reason)

    def work(unit: Unit) -> ApprovalRecord:
        approval, job = _pending(unit, key, tenant_ids)
        if not reason.strip():
            raise InvalidInput("approval_reason_missing", "Say why it is rejected: the agent and the record are told")
        _reason(reason)
        # Who made it may take it back, too.
        _is_person(approval, actor)
        decided = unit.uow.update_approval(
            approval, state="REJECTED", decided_by=identity(actor), decided_at=unit.now, reason=reason.strip()
        )
        unit.uow.audit(unit.entry)
        wake(unit, job)
        return decided

    return execute(context, entry, work)


def edit_approval(
    context: Context, key: int, arguments: Mapping[str, Any], *, actor: Actor, tenant_ids: Sequence[str] | None
) -> ApprovalRecord:
    """Other arguments in the place of the agent's: who edits them has made them, and an approval that was given is void."""
    entry = _entry("EditApproval", key, actor, tenant_ids)

    def work(unit: Unit) -> ApprovalRecord:
        approval, job = _pending(unit, key, tenant_ids, also=("APPROVED",))
        _is_person(approval, actor)
        written = _allowed(unit, approval, job, arguments)
        call = unit.uow.tool_call(approval.tool_call_key)
        if call is None or call.state != "waiting":
            raise Conflict("approval_decided", f"The call of approval {key} does not wait any more")
        unit.uow.update_tool_call(call, arguments=written)
        edited = unit.uow.update_approval(
            approval,
            arguments=written,
            makers=sorted({*approval.makers, identity(actor)}),
            state="PENDING",
            seal=None,
            decided_by=None,
            decided_at=None,
            reason=None,
        )
        unit.uow.audit(unit.entry)
        return edited

    return execute(context, entry, work)


def tell_outcome(
    context: Context,
    call_key: int,
    outcome: Outcome,
    reason: str,
    *,
    result: Any = None,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
) -> ToolCallRecord:
    """A person found out what came of a call that nobody knew the outcome of. The job goes on when its incident is resolved."""
    entry = audit.entry(
        "TellToolCallOutcome",
        "UPDATE",
        "RESOURCE",
        call_key,
        actor,
        tenant_ids=tenant_ids,
        outcome=outcome,
        reason=reason,
    )

    def work(unit: Unit) -> ToolCallRecord:
        call = unit.uow.tool_call(call_key) if guards.possible(call_key) else None
        if call is None or not guards.visible(call.tenant_id, tenant_ids):
            raise NotFound("tool_call_not_found", f"No tool call has the key {call_key}")
        job = unit.uow.job(call.job_key)
        if job is not None:
            unit.concerns(**audit.of_job(job))
        if call.state != "unknown":
            raise Conflict("tool_call_known", f"The outcome of tool call {call_key} is known: {call.state}")
        if actor.kind != "user":
            raise Forbidden("approval_not_a_person", "Only a person can say what came of a call")
        if not reason.strip():
            raise InvalidInput("approval_reason_missing", "Say how you know what came of it")
        _reason(reason)
        message = f"{identity(actor)} says that it was {'done' if outcome == 'done' else 'not done'}: {reason.strip()}"
        state: Literal["done", "failed"] = "done" if outcome == "done" else "failed"
        told = unit.uow.update_tool_call(call, state=state, result=result, message=message, ended_at=unit.now)
        unit.uow.audit(unit.entry)
        return told

    return execute(context, entry, work)


def identity(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def _pending(
    unit: Unit, key: int, tenant_ids: Sequence[str] | None, also: Sequence[str] = ()
) -> tuple[ApprovalRecord, Job]:
    approval = unit.uow.approval(key) if guards.possible(key) else None
    if approval is None or not guards.visible(approval.tenant_id, tenant_ids):
        raise NotFound("approval_not_found", f"No approval has the key {key}")
    job = job_of(unit, approval)
    if job is not None:
        unit.concerns(**audit.of_job(job))
    unit.concerns(details={"approval": str(key), "tool": approval.tool, "toolCall": str(approval.tool_call_key)})
    if approval.state not in ("PENDING", *also):
        raise Conflict("approval_decided", f"Approval {key} waits for nobody any more: it is {approval.state}")
    if job is None or job.state in guards.ENDED_JOBS:
        raise Conflict("approval_decided", f"The job of approval {key} has ended; nothing is left to be approved")
    if approval.expires_at <= unit.now:
        raise _refused(key, "expired")
    return approval, job


def _may(approval: ApprovalRecord, actor: Actor) -> None:
    _is_person(approval, actor)
    if any(is_same(identity(actor), maker) for maker in approval.makers):
        raise _refused(approval.key, "maker")
    # Who calls says a name and no groups: those are for finding it. Users that are named are the only ones, groups or not.
    if approval.candidate_users and actor.id not in approval.candidate_users:
        raise Forbidden("approval_not_a_candidate", f"Approval {approval.key} is not {actor.id}'s to give")


def _is_person(approval: ApprovalRecord, actor: Actor) -> None:
    if actor.kind != "user":
        message = f"Approval {approval.key} is a person's to give; say who you are (docs/reference/rest.md)"
        raise Forbidden("approval_not_a_person", message)


def _refused(key: int, fault: approvals.Fault) -> Forbidden:
    return Forbidden(f"approval_{fault}", f"Approval {key}: {approvals.explain(fault)}")


def _allowed(unit: Unit, approval: ApprovalRecord, job: Job, arguments: Mapping[str, Any]) -> str:
    """The edited arguments as canonical JSON, held against the contract as the agent's were."""
    contract = unit.definitions.compiled(job.process_definition_key).contracts.get(approval.agent)
    if contract is None:
        raise Conflict("approval_decided", f"Approval {approval.key} has no contract any more")
    asked = ToolCall(approval.tool, dict(arguments), approval.schema_hash)
    decision = decide(_rules(unit, contract, approval), "auto", asked, Provenance(ENDORSED, {"": ENDORSED}))
    if isinstance(decision, Denied):
        raise InvalidInput("approval_arguments_invalid", decision.message)
    return decision.arguments


def _rules(unit: Unit, contract: AgentContract, approval: ApprovalRecord) -> Mapping[str, ToolRule]:
    """What is drawn is told by the agent's instance, which was told of it; everything else by the contract."""
    call = unit.uow.tool_call(approval.tool_call_key)
    if call is None or call.kind != DRAWN:
        return rules_of(contract)
    instance = unit.uow.agent_instance_at(approval.element_instance_key)
    return drawn_tools.rules_of(contract, () if instance is None else conversation.told_of(instance))


def _reason(reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("approval_reason_missing", f"A reason has at most {LONGEST_REASON} characters")


def _entry(command: str, key: int, actor: Actor, tenant_ids: Sequence[str] | None, **details: Any) -> AuditEntry:
    return audit.entry(command, "UPDATE", "RESOURCE", key, actor, tenant_ids=tenant_ids, **details)
