"""What the audit trail says of commands.

``operation`` and ``entity_type`` are the closed sets of the Camunda 8 REST API (audit log); the precise verb stands in
``details["command"]``. Values of variables are never part of it, only their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import Actor, AuditEntry, Incident, Job, UserTask

ADDRESSED = DEFAULT_TENANT
"""Tenant under which a rejected command is recorded when what it addresses is not known to the caller."""


def entry(
    command: str,
    operation: str,
    entity_type: str,
    entity_key: int,
    actor: Actor,
    *,
    tenant_id: str | None = None,
    tenant_ids: Sequence[str] | None = None,
    **details: Any,
) -> AuditEntry:
    """The entry of a command before it has looked anything up."""
    tenant = tenant_id if tenant_id is not None else (tenant_ids[0] if tenant_ids else ADDRESSED)
    facts = {name: value for name, value in details.items() if value not in (None, (), [], {})}
    return AuditEntry(
        operation, entity_type, entity_key, actor, details={"command": command, **facts}, tenant_id=tenant
    )


def names(variables: Mapping[str, Any]) -> list[str]:
    return sorted(variables)


def of_job(job: Job) -> dict[str, Any]:
    return {**_place(job), "details": details_of_job(job)}


def details_of_job(job: Job) -> dict[str, Any]:
    return {"jobType": job.type, "jobKind": job.kind.value, "worker": job.worker}


def of_user_task(task: UserTask) -> dict[str, Any]:
    return _place(task)


def of_incident(incident: Incident) -> dict[str, Any]:
    return {**_place(incident), "details": {"incidentType": incident.type}}


def _place(work: Job | UserTask | Incident) -> dict[str, Any]:
    return {
        "root_key": work.root_key,
        "process_instance_key": work.process_instance_key,
        "process_definition_key": work.process_definition_key,
        "process_id": work.process_id,
        "element_instance_key": work.element_instance_key,
        "element_id": work.element_id,
        "tenant_id": work.tenant_id,
    }
