"""What came of asking an agent, settled in a second transaction: the job is completed, or takes the path that its contract names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, assert_never

from laneway.agents.budgets import used
from laneway.commands import audit, budgets
from laneway.commands.awaiting import HandOver, to_the_end
from laneway.commands.complete_job import complete_job
from laneway.commands.context import Context
from laneway.commands.execution import Command, Unit, carry_out, execute
from laneway.commands.fail_job import fail_job
from laneway.commands.throw_error import throw_error
from laneway.domain.contract import AgentContract
from laneway.domain.errors import Conflict, InvalidInput, NotFound
from laneway.domain.limits import Amounts
from laneway.domain.types import IncidentType
from laneway.governance import information, settle
from laneway.governance.connectors import backoff_of
from laneway.governance.gate import Accepted, Violation
from laneway.governance.provenance import prompt_hash, record_of
from laneway.logs import Logger
from laneway.workers.agent import dial, expressed
from laneway.workers.agent.asking import Answer, call_of
from laneway.workers.agent.taking import GATEWAY_ADAPTER, TakenJob
from laneway.workers.agentic import plain

MOST_INPUTS = 100
REFUSED = (InvalidInput, Conflict, NotFound)
log = Logger("laneway.workers")


class Settling:
    """What is done with an answer: ``command`` completes the job, or ``otherwise`` does what has to be done instead. What the first one
    raises goes to ``refused``, as does what the second one raises."""

    def __init__(self, context: Context, taken: TakenJob, answer: Answer, seconds: float) -> None:
        contract, verdict, result = taken.contract, answer.verdict, answer.result
        assert contract is not None
        self._context = context
        self._taken = taken
        self._answer = answer
        self._seconds = seconds
        self._contract = contract
        self._handling = expressed.handling(taken, answer)
        context.observers.agent_call(call_of(contract, answer, seconds))
        provenance = {
            **record_of(contract, taken.attempt, result, verdict),
            **answer.notes,
            "seconds": f"{seconds:.3f}",
            "prompt": prompt_hash(contract, taken.files),
            "inputs": sorted(taken.input)[:MOST_INPUTS],
        }
        self._common: dict[str, Any] = {
            "lease_token": taken.job.lease_token,
            "actor": taken.actor,
            "tenant_ids": None,
            "internal": True,
            "provenance": provenance,
        }

    def command(self) -> Command[None] | None:
        """None where the answer is not simply taken in: its contract is not met, or a person decides."""
        taken, answer, seconds, verdict = self._taken, self._answer, self._seconds, self._answer.verdict
        if not isinstance(verdict, Accepted) or not dial.by_itself(taken) or self._handling is not None:
            return None
        beside = answer.beside
        if taken.drawn is None and self._contract.adapter != GATEWAY_ADAPTER:
            beside = plain.recorded(taken, answer.given, verdict, answer.result, seconds)
        command = complete_job(
            taken.job.key,
            verdict.variables,
            result=answer.directions,
            beside=beside,
            answered=dial.answered(taken, answer, seconds),
            **self._common,
        )
        paid = settlement(answer, seconds)
        return command if paid is None else replace(command, work=_both(paid, command.work))

    def otherwise(self) -> None:
        context, taken, contract, answer, seconds = (
            self._context,
            self._taken,
            self._contract,
            self._answer,
            self._seconds,
        )
        if self._handling is not None:
            pay(context, taken, answer, seconds)
            answer.drop()
            if not expressed.carry(context, taken, self._handling, self._common):
                message = getattr(self._handling, "message", "") or "the error expression of the element fails the job"
                hold(context, taken, message, self._common, IncidentType.JOB_NO_RETRIES)
            if isinstance(answer.verdict, Violation):
                dial.failed(context, taken, contract, answer, seconds)
            return
        if dial.settled(context, taken, contract, answer, seconds, self._common):
            pay(context, taken, answer, seconds)
            return
        verdict = answer.verdict
        assert isinstance(verdict, Violation)
        pay(context, taken, answer, seconds)
        answer.drop()
        pack = information.pack(contract, verdict, taken.input, answer.result, taken.attempt)
        _follow(context, taken, contract, verdict, pack, self._common)
        dial.failed(context, taken, contract, answer, seconds)

    def refused(self, error: InvalidInput | Conflict | NotFound) -> None:
        context, taken, answer = self._context, self._taken, self._answer
        pay(context, taken, answer, self._seconds)
        if isinstance(error, InvalidInput):  # of an ad-hoc sub-process, elements that are not in it
            answer.drop()
            hold(context, taken, error.message, self._common)
            return
        if isinstance(answer.verdict, Accepted):
            answer.drop()
        context.observers.lease_lost(taken.job.kind)
        log.info("agent_result_dropped", job=taken.job.key, agent=self._contract.name, code=error.code)


def settle_job(context: Context, taken: TakenJob, answer: Answer, seconds: float) -> None:
    """Complete the job, or take the path that its contract names. A stale lease is refused, and the result dropped."""
    settling = Settling(context, taken, answer, seconds)
    try:
        command = settling.command()
        if command is None:
            settling.otherwise()
        else:
            carry_out(context, command)
    except REFUSED as error:
        settling.refused(error)


async def settle_at_loop(
    context: Context, hand_over: HandOver, taken: TakenJob, answer: Answer, seconds: float
) -> bool:
    """As ``settle_job``, without a thread for what most jobs come to: those that end together are completed together. Whoever is cancelled
    meanwhile ends when that is over. False if the job is not completed."""
    settling = Settling(context, taken, answer, seconds)
    try:
        command = settling.command()
        if command is None:
            await to_the_end(asyncio.to_thread(settling.otherwise))
        else:
            await to_the_end(hand_over.given(command))
    except REFUSED as error:
        await to_the_end(asyncio.to_thread(settling.refused, error))
        return False
    return command is not None


def settlement(answer: Answer, seconds: float) -> Callable[[Unit], None] | None:
    """What the call has used in the place of what was set aside for it."""
    reserved = answer.reserved
    return None if reserved is None or not reserved.key else budgets.settling(reserved.key, spent(answer, seconds))


def spent(answer: Answer, seconds: float) -> Amounts:
    """As far as anybody knows."""
    reserved, result = answer.reserved, answer.result
    if answer.unsent and reserved is not None:
        return {measure: Decimal(0) for measure in reserved.most}
    if reserved is None or result is None:
        return {"calls": Decimal(1), "seconds": Decimal(f"{seconds:.6f}")}
    usage = result.usage
    return used(reserved, usage.input_tokens, usage.output_tokens, usage.cost, usage.currency, seconds)


def pay(context: Context, taken: TakenJob, answer: Answer, seconds: float) -> None:
    """In a transaction of its own, where none takes in the result. What is settled already stays so."""
    paid = settlement(answer, seconds)
    if paid is not None:
        entry = audit.entry("SettleBudget", "UPDATE", "JOB", taken.job.key, budgets.WHO, tenant_id=taken.job.tenant_id)
        execute(context, entry, paid, audit_rejection=False)


def _both(first: Callable[[Unit], None], then: Callable[[Unit], None]) -> Callable[[Unit], None]:
    def work(unit: Unit) -> None:
        first(unit)
        then(unit)

    return work


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
            drawn = taken.drawn
            delay = decision.delay if drawn is None else max(decision.delay, backoff_of(drawn.headers))
            fail_job(
                context,
                key,
                retries=decision.attempts_left,
                error_message=decision.message,
                retry_back_off_ms=int(delay * 1000),
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
            type = IncidentType.JOB_NO_RETRIES if violation.retryable else IncidentType.UNSPECIFIED
            type = IncidentType.BUDGET_EXCEEDED if violation.asks else type
            hold(context, taken, decision.message, common, type, variables=pack)
        case _:
            assert_never(decision)


def hold(
    context: Context,
    taken: TakenJob,
    message: str,
    common: Mapping[str, Any],
    type: IncidentType = IncidentType.UNSPECIFIED,
    *,
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
        incident_type=type,
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
