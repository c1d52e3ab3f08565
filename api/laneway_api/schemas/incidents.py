"""Incidents: where a process stands still and who must look."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Command, Instant, PageInfo, Wire
from laneway_api.search import SearchBody, Searched

SEARCHED = Searched(
    "incidents",
    {
        "incidentKey": "key",
        "processDefinitionId": "text",
        "processDefinitionKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "elementId": "text",
        "elementInstanceKey": "key",
        "jobKey": "key",
        "errorType": "enum",
        "errorMessage": "text",
        "creationTime": "date",
        "state": "enum",
        "tenantId": "text",
    },
    (
        "incidentKey", "creationTime", "elementId", "elementInstanceKey", "errorType", "errorMessage", "jobKey",
        "processDefinitionId", "processDefinitionKey", "processInstanceKey", "state", "tenantId",
    ),
)  # fmt: skip

ErrorType = Annotated[
    Literal[
        "AD_HOC_SUB_PROCESS_NO_RETRIES", "CALLED_DECISION_ERROR", "CALLED_ELEMENT_ERROR", "CONDITION_ERROR",
        "DECISION_EVALUATION_ERROR", "EXECUTION_LISTENER_NO_RETRIES", "EXTRACT_VALUE_ERROR", "FORM_NOT_FOUND",
        "IO_MAPPING_ERROR", "JOB_NO_RETRIES", "MESSAGE_SIZE_EXCEEDED", "RESOURCE_NOT_FOUND",
        "SECRET_RESOLUTION_ERROR", "TASK_LISTENER_NO_RETRIES", "UNHANDLED_ERROR_EVENT", "UNKNOWN", "UNSPECIFIED",
    ],
    Falls("UNKNOWN"),
]  # fmt: skip


class Incident(Wire):
    incident_key: Key
    process_definition_id: str
    process_definition_key: Key
    process_instance_key: Key
    root_process_instance_key: Key | None
    element_id: str
    element_instance_key: Key
    job_key: Key | None
    error_type: ErrorType
    error_message: str = Field(description="What went wrong, with which data, and what to do")
    creation_time: Instant
    state: Annotated[Literal["ACTIVE", "MIGRATED", "PENDING", "RESOLVED", "UNKNOWN"], Falls("UNKNOWN")]
    tenant_id: str


class Incidents(Wire):
    items: list[Incident]
    page: PageInfo


class IncidentSearch(SearchBody):
    searched = SEARCHED


class ResolveIncident(Command):
    operation_reference: int | None = None
