"""What an agent answered below ``auto``: written beside the person's answer, and shown to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from laneway.commands import pairs
from laneway.commands.execution import Command, Unit
from laneway.commands.pairs import Answered
from laneway.domain.errors import NotFound
from laneway.domain.types import JobState
from laneway.domain.work import AuditEntry, Job


def of(
    unit: Unit, job: Job, variables: Mapping[str, Any], result: Mapping[str, Any], answered: Answered | None
) -> dict[str, Any]:
    """The result of the job for ``advance``. ``answered`` None: whoever completes it in the agent's place says no more."""
    from laneway.governance.provenance import plain
    from laneway.governance.schemas import canonical_json

    said = answered or Answered(_of_a_worker(variables, result))
    pairs.agent_answered(unit, job, said)
    proposal: dict[str, Any] = {"output": None if said.output is None else dict(said.output)}
    stated = {"confidence": said.confidence, "model": said.model, "failed": said.failure}
    stated["says"] = said.says
    proposal |= {name: value for name, value in stated.items() if value is not None}
    if said.output is not None:
        sealed = [job.agent, job.element_instance_key, plain(said.output)]
        proposal["hash"] = hashlib.sha256(canonical_json(sealed).encode()).hexdigest()
    return {"proposal": proposal}


def _of_a_worker(variables: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    """What someone else says in the place of an agent that works in turns: elements that they would activate."""
    wanted = result.get("activateElements")
    if not isinstance(wanted, list) or not wanted:
        return dict(variables)
    calls = []
    for each in wanted:
        said = each if isinstance(each, Mapping) else {"elementId": each}
        given = said.get("variables")
        call = given.get("toolCall") if isinstance(given, Mapping) else None
        arguments = (
            {name: value for name, value in call.items() if name != "_meta"} if isinstance(call, Mapping) else {}
        )
        calls.append({"name": str(said.get("elementId")), "arguments": arguments})
    return {"toolCalls": calls}


def late_answer(job_key: int, entry: AuditEntry, answered: Answered) -> Command[None]:
    """A shadow that was at work when the person was done: its answer is kept, and nothing else happens.

    Raises
    ------
    NotFound
        ``job_not_found``: its task was not done but given up, so that nobody's answer stands beside.
    """

    def work(unit: Unit) -> None:
        job = unit.uow.job(job_key)
        if job is None or job.autonomy != "shadow" or job.state is not JobState.CANCELED:
            raise NotFound("job_not_found", f"Job {job_key} has ended")
        pairs.agent_answered(unit, job, answered)

    return Command(entry, work, audit_rejection=False)


def failed_answer(job_key: int, entry: AuditEntry, answered: Answered) -> Command[None]:
    """An agent at ``auto`` has failed for good: that is evidence, too."""

    def work(unit: Unit) -> None:
        job = unit.uow.job(job_key)
        if job is not None and job.autonomy is None:
            pairs.agent_acted(unit, job, answered)

    return Command(entry, work, audit_rejection=False)
