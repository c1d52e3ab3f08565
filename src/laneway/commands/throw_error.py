"""ThrowError: a worker reports a BPMN error or an escalation instead of completing its job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit, external_agents, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import InvalidInput
from laneway.domain.stimulus import ThrowError as ThrowErrorStimulus
from laneway.domain.types import JobKind
from laneway.domain.work import Actor


def throw_error(
    context: Context,
    job_key: int,
    error_code: str,
    *,
    error_message: str | None,
    variables: Mapping[str, Any],
    lease_token: str | None,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
    escalation: bool = False,
    internal: bool = False,
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """BPMN 2.0, 10.5.1: the nearest catcher goes on; an error that nobody catches is an incident at the element."""
    entry = audit.entry(
        "ThrowEscalation" if escalation else "ThrowError",
        "UPDATE",
        "JOB",
        job_key,
        actor,
        tenant_ids=tenant_ids,
        code=error_code,
        error=(error_message or "")[:1000],
        variables=audit.names(variables),
        **(provenance or {}),
    )

    def work(unit: Unit) -> None:
        if not error_code:
            raise InvalidInput(
                "error_code_missing", "Name the code of the error, as the diagram's catching event has it"
            )
        job = guards.held_job(unit, job_key, tenant_ids, lease_token, "throwable", internal=internal)
        given = guards.checked_variables(unit, variables)
        if job.kind is JobKind.EXTERNAL:
            external_agents.settle(unit, job, None)
        stimulus = ThrowErrorStimulus(
            job.element_instance_key, job.key, error_code, error_message or "", given, escalation
        )
        unit.advance(unit.load(job.root_key), stimulus, unit.entry)

    execute(context, entry, work, needs=guards.needs_of_job(job_key))
