"""What came of asking an agent, settled in a second transaction: the job is completed, or takes the path that its contract names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

import structlog

from laneway.commands.complete_job import complete_job
from laneway.commands.context import Context
from laneway.commands.execution import carry_out
from laneway.commands.fail_job import fail_job
from laneway.commands.throw_error import throw_error
from laneway.domain.contract import AgentContract
from laneway.domain.errors import Conflict, InvalidInput, NotFound
from laneway.domain.types import IncidentType
from laneway.governance import information, settle
from laneway.governance.gate import Accepted, Violation
from laneway.governance.provenance import record_of
from laneway.workers.agent import dial
from laneway.workers.agent.asking import Answer, call_of
from laneway.workers.agent.taking import TakenJob

log = structlog.get_logger("laneway.workers")


def settle_job(context: Context, taken: TakenJob, answer: Answer, seconds: float) -> None:
    """Complete the job, or take the path that its contract names. A stale lease is refused, and the result dropped."""
    contract, verdict, result = taken.contract, answer.verdict, answer.result
    assert contract is not None
    context.observers.agent_call(call_of(contract, answer, seconds))
    provenance = {**record_of(contract, taken.attempt, result, verdict), **answer.notes, "seconds": f"{seconds:.3f}"}
    common: dict[str, Any] = {
        "lease_token": taken.job.lease_token,
        "actor": taken.actor,
        "tenant_ids": None,
        "internal": True,
        "provenance": provenance,
    }
    try:
        if dial.settled(context, taken, contract, answer, seconds, common):
            return
        if isinstance(verdict, Accepted):
            carry_out(context, complete_job(taken.job.key, verdict.variables, **common))
        else:
            pack = information.pack(contract, verdict, taken.input, result, taken.attempt)
            _follow(context, taken, contract, verdict, pack, common)
    except InvalidInput as wrong:  # what it says cannot be done: of an ad-hoc sub-process, elements that are not in it
        hold(context, taken, wrong.message, common)
    except (Conflict, NotFound) as stale:
        context.observers.lease_lost(taken.job.kind)
        log.info("agent_result_dropped", job=taken.job.key, agent=contract.name, code=stale.code)


def _follow(
    context: Context,
    taken: TakenJob,
    contract: AgentContract,
    violation: Violation,
    pack: Mapping[str, Any],
    common: Mapping[str, Any],
) -> None:
    decision = settle.decide(contract, violation, taken.attempt)
    key = taken.job.key
    match decision:
        case settle.Retry():
            fail_job(
                context,
                key,
                retries=decision.attempts_left,
                error_message=decision.message,
                retry_back_off_ms=int(decision.delay * 1000),
                variables={},
                **common,
            )
        case settle.ThrowBpmnError() | settle.Escalate():
            throw_error(
                context,
                key,
                decision.code,
                error_message=decision.message,
                variables={**decision.variables, **pack},
                escalation=isinstance(decision, settle.Escalate),
                **common,
            )
        case settle.OpenIncident():
            hold(context, taken, decision.message, common, exhausted=violation.retryable, variables=pack)
        case _:
            assert_never(decision)


def hold(
    context: Context,
    taken: TakenJob,
    message: str,
    common: Mapping[str, Any],
    *,
    exhausted: bool = False,
    variables: Mapping[str, Any] | None = None,
) -> None:
    """An incident on the job; its retries stay, so that resolving it begins anew. ``variables`` go to the element alone."""
    fail_job(
        context,
        taken.job.key,
        retries=max(taken.job.retries, 1),
        error_message=message,
        retry_back_off_ms=0,
        variables=variables or {},
        incident_type=IncidentType.JOB_NO_RETRIES if exhausted else IncidentType.UNSPECIFIED,
        hold=True,
        **common,
    )


def hold_without_contract(context: Context, taken: TakenJob) -> None:
    message = (
        f"agent {taken.job.agent!r} has no contract in the agents file deployed beside the diagram, so that nothing says what "
        "it may do; deploy the diagram with it"
    )
    common: dict[str, Any] = {
        "lease_token": taken.job.lease_token,
        "actor": taken.actor,
        "tenant_ids": None,
        "internal": True,
    }
    try:
        hold(context, taken, message, common)
    except (Conflict, NotFound) as stale:
        log.info("agent_result_dropped", job=taken.job.key, agent=taken.job.agent, code=stale.code)
