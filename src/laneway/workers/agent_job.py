"""One agent job: taken under a lease, run with no transaction open, held against its contract, settled in a second transaction."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol, assert_never

import structlog

from laneway.agents import governed
from laneway.commands import audit
from laneway.commands.complete_job import complete_job
from laneway.commands.context import Context
from laneway.commands.execution import Unit, carry_out, execute, topic_of_job
from laneway.commands.fail_job import fail_job
from laneway.commands.observing import AgentCall
from laneway.commands.throw_error import throw_error
from laneway.domain.contract import AgentCompleted, AgentContract, AgentRequest, AgentResult
from laneway.domain.errors import Conflict, InvalidInput, LanewayError, NotFound, Overloaded, StaleState
from laneway.domain.types import IncidentType, JobKind, JobState
from laneway.domain.work import Actor, Job
from laneway.governance import gate, information, settle, sources
from laneway.governance.gate import Accepted, Violation
from laneway.governance.guardrails import apply as guardrails
from laneway.governance.provenance import record_of
from laneway.ports import AgentAdapter, AgentShare

log = structlog.get_logger("laneway.workers")
WORKER = "laneway-agents"
LEASE_MARGIN = 30.0
"""Seconds beyond the contract's timeout: for loading, checking and settling."""
KEPT_LEASE = 20.0
"""Seconds, where a loop keeps renewing it: after a kill, another worker takes over so soon."""
LONGEST_TRACE = 4_000


class Adapters(Protocol):
    """Where the adapter of a contract comes from; see ``laneway.agents.registry``."""

    def get_adapter(self, contract: AgentContract) -> AgentAdapter: ...


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job under lease with all that its agent may see. ``contract`` None: it was deployed without one."""

    job: Job
    contract: AgentContract | None
    input: Mapping[str, Any]
    files: Mapping[str, bytes]
    attempt: int
    today: date = date.min
    """By the database's clock, in UTC."""

    @property
    def actor(self) -> Actor:
        return Actor("agent", self.job.agent or WORKER)

    def request(self, contract: AgentContract, input: Mapping[str, Any], files: Mapping[str, bytes]) -> AgentRequest:
        return AgentRequest(
            job_key=self.job.key,
            idempotency_key=str(self.job.key),
            contract=contract,
            input=input,
            element_id=self.job.element_id,
            process_instance_key=self.job.process_instance_key,
            attempt=self.attempt,
            files=files,
        )


def take(
    context: Context,
    tenant_ids: Sequence[str],
    limit: int,
    *,
    kept: bool = False,
    share: AgentShare | None = None,
    only: int | None = None,
) -> list[TakenJob]:
    """Lease up to ``limit`` agent jobs of the ``share``, or ``only`` that one, each for as long as its contract allows it to
    take, or (``kept``) for as long as it is renewed."""
    with context.store.read() as uow:
        available = uow.next_job_available(JobKind.AGENT, None, tenant_ids)
        if available is None or available > uow.now:
            return []

    def work(unit: Unit) -> list[TakenJob]:
        jobs = unit.uow.activate_jobs(
            kind=JobKind.AGENT,
            types=None,
            worker=WORKER,
            timeout_ms=int(LEASE_MARGIN * 1000),
            limit=limit,
            tenant_ids=tenant_ids,
            lease=True,
            share=share,
            only=only,
        )
        unit.taken = jobs
        return [_taken(unit, job, kept) for job in jobs]

    entry = audit.entry("ActivateJobs", "UPDATE", "JOB", 0, Actor("system", WORKER))
    return execute(context, entry, work, audit_rejection=False)


def _taken(unit: Unit, job: Job, kept: bool) -> TakenJob:
    compiled = unit.definitions.compiled(job.process_definition_key)
    contract = compiled.contracts.get(job.agent or "")
    if contract is None:
        return TakenJob(job, None, {}, {}, 1)
    deadline = unit.now + timedelta(seconds=KEPT_LEASE if kept else contract.timeout + LEASE_MARGIN)
    leased = unit.uow.update_job(job, deadline=deadline)
    slot = compiled.model.slots.get(job.element_id)
    if slot is not None and compiled.model.nodes[slot].inputs:
        seen = unit.uow.variables([job.element_instance_key]).get(job.element_instance_key, {})
    else:
        seen = unit.uow.visible_variables(job.element_instance_key, gate.input_names(contract))
    files = unit.definitions.files(compiled.definition.deployment_key)
    # A failed attempt leaves its message on the job until an incident on it is resolved, which begins anew.
    attempt = max(1, contract.retries - job.retries + 1) if job.error_message is not None else 1
    return TakenJob(leased, contract, seen, files, attempt, unit.now.date())


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking. ``result`` None: there was no answer. ``notes``: what the record keeps beside them."""

    verdict: Accepted | Violation
    result: AgentResult | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    cited: Sequence[Mapping[str, Any]] = ()
    """The sources as the adapter gave them, before a guardrail took anything out."""


async def ask(context: Context, adapters: Adapters, taken: TakenJob) -> tuple[Answer, float]:
    """As ``run``, with the seconds that it took; for who follows the instance, too."""
    contract = taken.contract
    assert contract is not None
    started = time.monotonic()
    with context.observers.asking(contract.name, contract.adapter, str(contract.config.get("model", ""))) as asking:
        answer = await run(adapters, taken)
        seconds = time.monotonic() - started
        asking.answered(_call_of(contract, answer, seconds))
    return answer, seconds


async def run(adapters: Adapters, taken: TakenJob) -> Answer:
    """Ask the agent, with its input checked before and its answer after. Never raises but for being cancelled."""
    contract = taken.contract
    assert contract is not None  # the caller settles jobs without a contract
    try:
        prepared = guardrails.prepare(contract, taken.input)
    except Exception as error:
        return Answer(_fault(contract, error, "a guardrail before it"))
    notes = {"guardrails": list(prepared.notes)}
    if prepared.violation is not None:
        return Answer(prepared.violation, None, notes)
    sifted = sources.sift(contract, taken.files, taken.today)
    with governed.recorded() as calls:
        answer = await _ask(adapters, taken.request(contract, prepared.input, sifted.files))
    refused = next((call["refused"] for call in calls if "refused" in call), None)
    verdict = answer.verdict
    if refused is not None:
        # Whatever it answers: an agent that tried what its contract does not allow is not believed.
        verdict = gate.violation(contract, "prohibited", f"it tried what its contract does not allow: {refused}")
    elif isinstance(answer.result, AgentCompleted) and (isinstance(verdict, Accepted) or verdict.variables):
        fault = sources.cited_fault(contract, answer.cited, taken.files, taken.today)
        verdict = verdict if fault is None else gate.violation(contract, "source_not_approved", fault)
    notes["guardrails"] += answer.notes.get("guardrails", ())
    return Answer(verdict, answer.result, {**notes, "systems": calls, "dataSources": sifted.notes})


async def _ask(adapters: Adapters, request: AgentRequest) -> Answer:
    contract = request.contract
    try:
        adapter = adapters.get_adapter(contract)
        result = await asyncio.wait_for(adapter.run(request), contract.timeout)
    except TimeoutError:
        return Answer(gate.timed_out(contract))
    except Exception as error:
        return Answer(_fault(contract, error))
    try:
        concluded = guardrails.conclude(contract, result)
    except Exception as error:
        return Answer(_fault(contract, error, "a guardrail after it"))
    cited = result.sources if isinstance(result, AgentCompleted) else ()
    return Answer(concluded.verdict, concluded.result, {"guardrails": concluded.notes}, cited)


def _fault(contract: AgentContract, error: Exception, who: str | None = None) -> Violation:
    """Called where ``error`` is caught."""
    if isinstance(error, LanewayError):
        return gate.violation(contract, "failed", error.message)
    return gate.crashed(contract, traceback.format_exc()[-LONGEST_TRACE:], who)


def settle_job(context: Context, taken: TakenJob, answer: Answer, seconds: float) -> None:
    """Complete the job, or take the path that its contract names. A stale lease is refused, and the result dropped."""
    contract, verdict, result = taken.contract, answer.verdict, answer.result
    assert contract is not None
    context.observers.agent_call(_call_of(contract, answer, seconds))
    provenance = {**record_of(contract, taken.attempt, result, verdict), **answer.notes, "seconds": f"{seconds:.3f}"}
    common: dict[str, Any] = {
        "lease_token": taken.job.lease_token,
        "actor": taken.actor,
        "tenant_ids": None,
        "internal": True,
        "provenance": provenance,
    }
    try:
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


def _call_of(contract: AgentContract, answer: Answer, seconds: float) -> AgentCall:
    verdict, result = answer.verdict, answer.result
    said = "accepted" if isinstance(verdict, Accepted) else verdict.kind
    if result is None:
        return AgentCall(contract.name, contract.adapter, said, seconds)
    spent = result.usage
    return AgentCall(
        contract.name,
        contract.adapter,
        said,
        seconds,
        spent.input_tokens,
        spent.output_tokens,
        spent.cost,
        spent.currency,
        result.model if isinstance(result, AgentCompleted) else "",
    )


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


def release(context: Context, taken: TakenJob) -> None:
    """Give an unfinished job back at once, where its worker is told to stop."""
    try:
        with context.store.begin() as uow:
            job = uow.job(taken.job.key)
            if job is not None and job.lease_token == taken.job.lease_token and job.state is JobState.ACTIVATED:
                uow.update_job(job, state=JobState.CREATED, deadline=None, lease_token=None, worker="")
    except StaleState:
        return
    context.wakeup.notify(topic_of_job(taken.job.kind, taken.job.type))


def renew(context: Context, taken: TakenJob) -> bool:
    """Move the end of the lease on. False if the job is not this worker's any more."""
    try:
        with context.store.begin() as uow:
            job = uow.job(taken.job.key)
            if job is None or job.lease_token != taken.job.lease_token or job.state is not JobState.ACTIVATED:
                return False
            uow.update_job(job, deadline=uow.now + timedelta(seconds=KEPT_LEASE))
    except (StaleState, Overloaded):
        return True  # somebody wrote at the same moment; the next renewal comes well before the end
    return True


async def _keep(context: Context, taken: TakenJob) -> None:
    """Renew the lease until it is lost or this is cancelled."""
    held = True
    while held:
        await asyncio.sleep(KEPT_LEASE / 4)
        held = await asyncio.to_thread(renew, context, taken)


async def work_on(context: Context, adapters: Adapters, taken: TakenJob) -> None:
    """All of it, for one job. The parts that touch the store run in a thread."""
    with context.observers.at_work(taken.job, taken.attempt):
        if taken.contract is None:
            await asyncio.to_thread(hold_without_contract, context, taken)
            return
        keeping = asyncio.create_task(_keep(context, taken))
        try:
            answer, seconds = await ask(context, adapters, taken)
        except asyncio.CancelledError:
            release(context, taken)
            raise
        finally:
            keeping.cancel()
        await asyncio.to_thread(settle_job, context, taken, answer, seconds)
