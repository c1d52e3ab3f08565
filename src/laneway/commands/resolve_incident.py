"""ResolveIncident: the cause was removed; what the incident held is tried again."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.commands import audit, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute, topic_of_job
from laneway.domain.errors import Conflict
from laneway.domain.stimulus import ResolveIncident as ResolveIncidentStimulus
from laneway.domain.types import IncidentType, JobState
from laneway.domain.work import Actor


def resolve_incident(context: Context, incident_key: int, *, actor: Actor, tenant_ids: Sequence[str] | None) -> None:
    entry = audit.entry("ResolveIncident", "RESOLVE", "INCIDENT", incident_key, actor, tenant_ids=tenant_ids)

    def work(unit: Unit) -> None:
        incident = guards.open_incident(unit, incident_key, tenant_ids)
        if incident.type == IncidentType.AUTONOMY_LOWERED:
            unit.uow.close_notice(incident)
            unit.uow.audit(unit.entry)
            return
        job = unit.uow.job_of_incident(incident)
        if job is not None and job.state not in guards.ENDED_JOBS:
            if job.retries < 1:
                raise Conflict(
                    "job_without_retries",
                    f"Job {job.key} has no retries left; give it some (PATCH /jobs/{job.key}), then resolve the incident",
                )
            unit.uow.update_job(
                job, state=JobState.RETRIES_UPDATED, retry_at=None, deadline=None, lease_token=None, error_message=None
            )
            unit.tell(topic_of_job(job.kind, job.type))
        stimulus = ResolveIncidentStimulus(incident.key, incident.element_instance_key)
        unit.advance(unit.load(incident.root_key), stimulus, unit.entry)

    execute(context, entry, work)
