"""CompleteJob: the work is done, its variables are taken in and the token goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from laneway.commands import audit, drawn_begins, drawn_outside, external_agents, guards, pairs, proposals
from laneway.commands.execution import Command, Unit
from laneway.commands.pairs import Answered
from laneway.domain.contract import AgentCompleted
from laneway.domain.errors import Refused
from laneway.domain.stimulus import CompleteWork
from laneway.domain.types import JobKind
from laneway.domain.work import Actor, Job


def complete_job(
    job_key: int,
    variables: Mapping[str, Any],
    *,
    result: Mapping[str, Any] | None = None,
    lease_token: str | None,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
    internal: bool = False,
    provenance: Mapping[str, Any] | None = None,
    answered: Answered | None = None,
    beside: Callable[[Unit], None] | None = None,
) -> Command[None]:
    """``internal``: the call comes from Laneway's own workers, which have held the result against the contract already;
    ``provenance`` is what they know of how it came about, ``answered`` what is held against a person's answer (None: nothing is, so that
    the job goes on as at ``auto``), ``beside`` what they write in the same transaction."""
    entry = audit.entry(
        "CompleteJob",
        "COMPLETE",
        "JOB",
        job_key,
        actor,
        tenant_ids=tenant_ids,
        variables=audit.names(variables),
        denied=(result or {}).get("denied") is True or None,
        deniedReason=str((result or {}).get("deniedReason") or "")[:1000] or None,
        **(provenance or {}),
    )

    def work(unit: Unit) -> None:
        job = guards.held_job(unit, job_key, tenant_ids, lease_token, "completable", internal=internal)
        given = guards.checked_variables(unit, variables)
        if job.agent is not None and not internal:
            hold_against_contract(unit, job, given)
        said = guards.checked_result(unit, result, internal=internal)
        if job.agent is not None and not internal:
            said = drawn_outside.hold_job(unit, job, given, said)
        if internal and "activateElements" in said:
            drawn_begins.vouch(unit.definitions, drawn_begins.began_of(said["activateElements"]))
        if beside is not None:
            beside(unit)
        elif job.kind is JobKind.EXTERNAL:
            external_agents.settle(unit, job, said)
        if answered is not None:
            pairs.keep_call(unit, job, answered)
            if job.autonomy is None:
                pairs.agent_acted(unit, job, answered)
        if job.autonomy is not None and not (internal and answered is None):
            said = proposals.of(unit, job, given, said, answered)
        stimulus = CompleteWork(job.element_instance_key, job.key, given, said, internal and job.kind is JobKind.AGENT)
        unit.advance(unit.load(job.root_key), stimulus, unit.entry)

    return Command(entry, work, needs=guards.needs_of_job(job_key))


def hold_against_contract(unit: Unit, job: Job, variables: Mapping[str, Any]) -> None:
    """Work that an agent's contract governs is held against it on whichever way its result comes.

    Who completes it in the agent's place vouches for it, so that no confidence is asked for, no guardrail and no source: what they are held
    to is the output's schema, and the record says so.
    """
    from laneway.governance.gate import Accepted, check_result

    contract = unit.definitions.compiled(job.process_definition_key).contracts.get(job.agent or "")
    if contract is None or job.kind is not JobKind.AGENT:
        return
    verdict = check_result(contract, AgentCompleted(dict(variables), confidence=1.0))
    if not isinstance(verdict, Accepted) and verdict.kind != "low_confidence":
        raise Refused(
            "contract_violated",
            f"Job {job.key} runs under the contract of agent «{contract.name}», which this result breaks: {verdict.message}",
            {"agent": contract.name, "kind": verdict.kind},
        )
    held = {"agent": contract.name, "contract": contract.hash, "heldTo": "output schema"}
    unit.concerns(details={"inPlaceOf": held})
