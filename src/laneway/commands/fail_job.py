"""FailJob: the work did not succeed. It is tried again after its back-off, or an incident waits for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from laneway.commands import audit, drawn_outside, external_agents, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute, topic_of_job
from laneway.domain.errors import InvalidInput
from laneway.domain.model import JobSpec
from laneway.domain.stimulus import RaiseIncident, SetVariables
from laneway.domain.types import IncidentType, JobPurpose, JobState
from laneway.domain.work import Actor

LONGEST_MESSAGE = 10_000
_OF_PURPOSE = {
    JobPurpose.AD_HOC_SUB_PROCESS: IncidentType.AD_HOC_SUB_PROCESS_NO_RETRIES,
    JobPurpose.EXECUTION_LISTENER: IncidentType.EXECUTION_LISTENER_NO_RETRIES,
    JobPurpose.TASK_LISTENER: IncidentType.TASK_LISTENER_NO_RETRIES,
}
"""Incidents without retries, by what the job was for."""


def fail_job(
    context: Context,
    job_key: int,
    *,
    retries: int,
    error_message: str | None,
    retry_back_off_ms: int,
    variables: Mapping[str, Any],
    lease_token: str | None,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
    internal: bool = False,
    provenance: Mapping[str, Any] | None = None,
    incident_type: str = IncidentType.JOB_NO_RETRIES,
    hold: bool = False,
) -> None:
    """``hold``: raise the incident although retries are left (a contract asks for a person); they stay for its resolution."""
    message = (error_message or "")[:LONGEST_MESSAGE]
    entry = audit.entry(
        "FailJob",
        "UPDATE",
        "JOB",
        job_key,
        actor,
        tenant_ids=tenant_ids,
        retries=retries,
        error=message[:1000],
        variables=audit.names(variables),
        **(provenance or {}),
    )

    def work(unit: Unit) -> None:
        if retry_back_off_ms < 0:
            raise InvalidInput("back_off_invalid", "The retry back-off is a number of milliseconds, 0 or more")
        job = guards.held_job(unit, job_key, tenant_ids, lease_token, "failable", internal=internal)
        external_agents.job_failed(unit, job)
        left = max(retries, 0)
        retry = left > 0 and not hold
        unit.uow.update_job(
            job,
            state=JobState.FAILED,
            retries=left,
            retry_at=unit.now + timedelta(milliseconds=retry_back_off_ms) if retry else None,
            error_message=message or None,
            deadline=None,
            lease_token=None,
        )
        if variables:
            given = guards.checked_variables(unit, variables)
            state = unit.load(job.root_key)
            element = state.elements.get(job.element_instance_key)
            if element is not None and not internal:
                drawn_outside.hold_fixed(state, element, given)
            unit.advance(state, SetVariables(job.element_instance_key, given, local=True), unit.entry)
        text = message or "the worker gave no reason"
        if retry:
            unit.tell(topic_of_job(job.kind, job.type))
            spec = unit.definitions.model(job.process_definition_key).node(job.element_id).work
            if isinstance(spec, JobSpec) and spec.error_mappings:
                failed = RaiseIncident(job.element_instance_key, job.key, incident_type, text, left)
                unit.advance(unit.load(job.root_key), failed, unit.entry)
            elif not variables:
                unit.uow.audit(unit.entry)
            return
        type = (
            _OF_PURPOSE.get(job.purpose, incident_type)
            if incident_type == IncidentType.JOB_NO_RETRIES
            else incident_type
        )
        stimulus = RaiseIncident(job.element_instance_key, job.key, str(type), text)
        unit.advance(unit.load(job.root_key), stimulus, unit.entry)

    execute(context, entry, work, needs=guards.needs_of_job(job_key))
