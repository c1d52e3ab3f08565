"""Agent and person side by side: each answer is written with the step that it belongs to, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from laneway.commands.execution import Unit
from laneway.commands.lowering import lower_if_left
from laneway.domain.autonomy import AgentCalled, AutonomyPair
from laneway.domain.contract import AgentContract
from laneway.domain.types import JobKind, JobPurpose
from laneway.domain.work import Job, UserTask

if TYPE_CHECKING:
    from laneway.governance.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Answered:
    """The agent's side. ``output`` None: it gave nothing that could be shown. ``usage`` as the record has it (texts)."""

    output: Mapping[str, Any] | None
    failure: str | None = None
    confidence: str | None = None
    model: str | None = None
    seconds: str | None = None
    cost: str | None = None
    currency: str | None = None
    input: Mapping[str, Any] | None = None
    says: str | None = None
    """What it said beside what it decided."""


def keep_call(unit: Unit, job: Job, answered: Answered) -> None:
    """Keep what the agent was given and gave, so that another contract can be tried on it."""
    contract = contract_of(unit, job.process_definition_key, job.agent)
    if contract is None or answered.input is None or answered.output is None:
        return
    unit.uow.keep_agent_call(
        AgentCalled(
            key=job.key,
            root_key=job.root_key,
            process_instance_key=job.process_instance_key,
            process_definition_key=job.process_definition_key,
            process_id=job.process_id,
            element_instance_key=job.element_instance_key,
            element_id=job.element_id,
            agent=contract.name,
            contract=contract.hash,
            at=unit.now,
            input=answered.input,
            output=answered.output,
            confidence=answered.confidence,
            model=answered.model,
            seconds=answered.seconds,
            cost=answered.cost,
            currency=answered.currency,
            tenant_id=job.tenant_id,
        )
    )


def agent_answered(unit: Unit, job: Job, answered: Answered) -> AutonomyPair | None:
    """Write what the agent of ``job`` answered. None where no contract says what to compare."""
    contract = contract_of(unit, job.process_definition_key, job.agent)
    if contract is None or job.kind is not JobKind.AGENT:
        return None
    pair = unit.uow.autonomy_pair(_empty(unit, job, contract, job.autonomy or "auto", job.created_at, turn_of(job)))
    return _written(unit, contract, pair, _said(unit, answered))


def agent_acted(unit: Unit, job: Job, answered: Answered) -> None:
    """At ``auto``, under a contract with a band: nobody decides beside it, so that ``agreed`` says whether its contract was met."""
    contract = contract_of(unit, job.process_definition_key, job.agent)
    if contract is None or contract.autonomy.band is None:
        return
    pair = unit.uow.autonomy_pair(_empty(unit, job, contract, "auto", job.created_at, turn_of(job)))
    met = answered.failure is None
    changes = {**_said(unit, answered), "failed": not met, "agreed": met, "fields": {}}
    lower_if_left(unit, contract, unit.uow.change_autonomy_pair(pair, **changes))


def _said(unit: Unit, answered: Answered) -> dict[str, Any]:
    return {
        "answered_at": unit.now,
        "output": answered.output,
        "failed": answered.output is None,
        "failure": answered.failure,
        "confidence": answered.confidence,
        "model": answered.model,
        "agent_seconds": answered.seconds,
        "cost": answered.cost,
        "currency": answered.currency,
    }


def turn_of(job: Job) -> int:
    return job.key if job.purpose is JobPurpose.AD_HOC_SUB_PROCESS else 0


def person_decided(
    unit: Unit, task: UserTask, agent: str, level: str, verdict: Verdict, turn: int = 0
) -> AutonomyPair | None:
    """Write what a person decided at ``task``. ``turn``: of an agent that works in turns."""
    contract = contract_of(unit, task.process_definition_key, agent)
    if contract is None:
        return None
    pair = unit.uow.autonomy_pair(_empty(unit, task, contract, level, task.created_at, turn))
    began = task.created_at or unit.now
    changes: dict[str, Any] = {
        "decided_at": unit.now,
        "decided_by": f"{unit.entry.actor.kind}:{unit.entry.actor.id}",
        "verdict": "rejected" if pair.verdict == "rejected" else verdict.kind,
        "decision": dict(verdict.variables),
        "reason": verdict.reason,
        "person_seconds": f"{(unit.now - began).total_seconds():.3f}",
    }
    return _written(unit, contract, pair, changes)


def expired(unit: Unit, task: UserTask, agent: str, level: str, turn: int) -> None:
    """Nobody decided in time. What a person answers after all is their own."""
    contract = contract_of(unit, task.process_definition_key, agent)
    if contract is not None:
        pair = unit.uow.autonomy_pair(_empty(unit, task, contract, level, task.created_at, turn))
        unit.uow.change_autonomy_pair(pair, verdict="expired")


def _written(unit: Unit, contract: AgentContract, pair: AutonomyPair, changes: dict[str, Any]) -> AutonomyPair:
    held = _held(contract, pair, changes)
    written = unit.uow.change_autonomy_pair(pair, **changes, **held)
    if held:
        lower_if_left(unit, contract, written)
    return written


def contract_of(unit: Unit, definition_key: int, agent: str | None) -> AgentContract | None:
    return unit.definitions.compiled(definition_key).contracts.get(agent or "")


def _held(contract: AgentContract, pair: AutonomyPair, changes: Mapping[str, Any]) -> dict[str, Any]:
    """How far they agree, once both are there. One who rejects an answer disagrees, whatever they give in its place."""
    from laneway.governance.verdicts import compare

    output = changes.get("output", pair.output)
    decision = changes.get("decision", pair.decision)
    answered = changes.get("answered_at", pair.answered_at) is not None
    if not answered or decision is None:
        return {}
    failed = changes.get("failed", pair.failed)
    verdict = changes.get("verdict", pair.verdict)
    if failed or output is None:
        return {"agreed": False, "fields": {}, "distance": None}
    if verdict == "rejected":
        return {"agreed": False, "fields": {}, "distance": None}
    found = compare(contract, output, decision)
    distance = None if found.distance is None else f"{found.distance:.4f}"
    return {"agreed": found.agreed, "fields": dict(found.fields), "distance": distance}


def _empty(
    unit: Unit, work: Job | UserTask, contract: AgentContract, level: str, opened_at: datetime | None, turn: int
) -> AutonomyPair:
    return AutonomyPair(
        key=unit.uow.ids.next(),
        root_key=work.root_key,
        process_instance_key=work.process_instance_key,
        process_definition_key=work.process_definition_key,
        process_id=work.process_id,
        element_instance_key=work.element_instance_key,
        element_id=work.element_id,
        agent=contract.name,
        contract=contract.hash,
        level=level,  # type: ignore[arg-type]
        opened_at=opened_at or unit.now,
        turn_key=turn,
        tenant_id=work.tenant_id,
    )
