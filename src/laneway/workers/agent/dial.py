"""What becomes of an agent's answer below ``auto``: shown to a person, or only recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from laneway.commands import audit
from laneway.commands.complete_job import complete_job
from laneway.commands.context import Context
from laneway.commands.execution import carry_out
from laneway.commands.pairs import Answered
from laneway.commands.proposals import failed_answer, late_answer
from laneway.domain.contract import AgentCompleted, AgentContract
from laneway.domain.errors import Conflict, NotFound
from laneway.governance import settle
from laneway.governance.gate import Accepted, Violation
from laneway.workers.agent import expressed
from laneway.workers.agent.asking import Answer
from laneway.workers.agent.taking import TakenJob


def by_itself(taken: TakenJob) -> bool:
    """Nobody else decides what becomes of the answer."""
    return taken.job.autonomy in (None, "auto")


def settled(
    context: Context,
    taken: TakenJob,
    contract: AgentContract,
    answer: Answer,
    seconds: float,
    common: Mapping[str, Any],
) -> bool:
    """Whether that is all: at ``approve`` a contract that is not met takes its path, and below what can be tried again is."""
    if by_itself(taken):
        return False
    level = taken.job.autonomy
    verdict = answer.verdict
    if isinstance(verdict, Violation) and (
        level == "approve" or isinstance(settle.decide(contract, verdict, taken.attempt), settle.Retry)
    ):
        return False
    if taken.drawn is not None and isinstance(verdict, Accepted) and answer.proposes is None:
        # It waits for what still runs, or asks what tools there are.
        given = {} if level == "shadow" else verdict.variables
        going_on = complete_job(taken.job.key, given, result=answer.directions, beside=answer.beside, **common)
        carry_out(context, going_on)
        return True
    said = answered(taken, answer, seconds)
    if said.output is None and isinstance(verdict, Accepted):  # an error is its answer: nothing of it can be taken
        answer.drop()
        answer = replace(answer, beside=None)
    given = (answer.proposes or verdict.variables) if isinstance(verdict, Accepted) and said.output is not None else {}
    if isinstance(verdict, Violation):
        answer.drop()
    try:
        carry_out(context, complete_job(taken.job.key, given, answered=said, beside=answer.beside, **common))
    except (Conflict, NotFound):
        if level != "shadow":
            raise
        facts = {"agent": contract.name, "contract": contract.hash}
        entry = audit.entry("RecordAnswer", "UPDATE", "JOB", taken.job.key, taken.actor, **facts)
        carry_out(context, late_answer(taken.job.key, entry, said))
    return True


def failed(context: Context, taken: TakenJob, contract: AgentContract, answer: Answer, seconds: float) -> None:
    """The path of its contract was taken at ``auto``: that counts where the contract has a band."""
    verdict = answer.verdict
    if contract.autonomy.band is None or taken.job.autonomy is not None or not isinstance(verdict, Violation):
        return
    if isinstance(settle.decide(contract, verdict, taken.attempt), settle.Retry):
        return
    entry = audit.entry("RecordAnswer", "UPDATE", "JOB", taken.job.key, taken.actor, agent=contract.name)
    carry_out(context, failed_answer(taken.job.key, entry, answered(taken, answer, seconds)))


def answered(taken: TakenJob, answer: Answer, seconds: float) -> Answered:
    """What is held against the person's answer, and shown where it is. One with too little confidence is an answer, too."""
    verdict, result = answer.verdict, answer.result
    failure = verdict.message if isinstance(verdict, Violation) else None
    output = verdict.variables if failure is None or verdict.variables else None
    if taken.job.autonomy is not None and failure is None and answer.proposes is not None:
        output = answer.proposes
    expressed_so = None if by_itself(taken) else expressed.beside(taken, answer)
    if expressed_so is not None:
        failure = expressed_so if failure is None else f"{failure}; {expressed_so}"
        output = None
    cost = None if result is None else result.usage.cost
    return Answered(
        output=output,
        failure=failure,
        confidence=None if verdict.confidence is None else str(verdict.confidence),
        model=result.model or None if isinstance(result, AgentCompleted) else None,
        seconds=f"{seconds:.3f}",
        cost=None if cost is None else str(cost),
        currency=None if result is None else result.usage.currency,
        input=taken.input,
        says=answer.says,
    )
