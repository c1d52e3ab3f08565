"""Jobs: work that waits for a worker."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import (
    BusinessId,
    Command,
    Instant,
    Milliseconds,
    Name,
    PageInfo,
    Small,
    Text,
    Variables,
    Wire,
)
from laneway_api.search import SearchBody, Searched

Kind = Annotated[
    Literal["AD_HOC_SUB_PROCESS", "BPMN_ELEMENT", "EXECUTION_LISTENER", "TASK_LISTENER"], Falls("BPMN_ELEMENT")
]
Listener = Annotated[
    Literal[
        "ASSIGNING", "BEFORE_ALL", "CANCEL", "CANCELING", "COMPLETING", "CREATING", "END", "START", "UNSPECIFIED",
        "UPDATING",
    ],
    Falls("UNSPECIFIED"),
]  # fmt: skip
State = Annotated[
    Literal[
        "CANCELED", "COMPLETED", "CREATED", "ERROR_THROWN", "FAILED", "MIGRATED", "PRIORITY_UPDATED",
        "RETRIES_UPDATED", "TIMED_OUT", "TIMEOUT_UPDATED",
    ],
    Falls("CREATED"),
]  # fmt: skip

SEARCHED = Searched(
    "jobs",
    {
        "jobKey": "key",
        "type": "text",
        "worker": "text",
        "state": "enum",
        "kind": "enum",
        "listenerEventType": "enum",
        "processDefinitionId": "text",
        "processDefinitionKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "elementId": "text",
        "elementInstanceKey": "key",
        "tenantId": "text",
        "deadline": "date",
        "creationTime": "date",
        "lastUpdateTime": "date",
        "endTime": "date",
        "deniedReason": "text",
        "isDenied": "boolean",
        "errorCode": "text",
        "errorMessage": "text",
        "hasFailedWithRetriesLeft": "boolean",
        "priority": "integer",
        "retries": "integer",
    },
    (
        "jobKey", "type", "worker", "state", "kind", "listenerEventType", "processDefinitionId", "processDefinitionKey",
        "processInstanceKey", "elementId", "elementInstanceKey", "tenantId", "deadline", "creationTime", "endTime",
        "deniedReason", "isDenied", "errorCode", "errorMessage", "hasFailedWithRetriesLeft", "priority", "retries",
    ),
)  # fmt: skip


class Job(Wire):
    job_key: Key
    type: str
    worker: str
    state: State
    kind: Kind
    listener_event_type: Listener
    retries: int
    is_denied: bool | None
    denied_reason: str | None
    has_failed_with_retries_left: bool
    error_code: str | None
    error_message: str | None
    custom_headers: dict[str, Any]
    deadline: Instant | None
    creation_time: Instant | None
    last_update_time: Instant | None
    end_time: Instant | None
    process_definition_id: str | None
    process_definition_key: Key | None
    process_instance_key: Key
    root_process_instance_key: Key | None
    business_id: str | None
    element_id: str | None
    element_instance_key: Key
    tenant_id: str
    priority: int


class Jobs(Wire):
    items: list[Job]
    page: PageInfo


class JobSearch(SearchBody):
    searched = SEARCHED


class ActivateJobs(Command):
    type: Name = Field(description="Which kind of work")
    timeout: Annotated[int, Field(ge=1, le=2**45)] = Field(description="Milliseconds that the lease holds")
    max_jobs_to_activate: Annotated[int, Field(ge=1, le=1000)]
    worker: Text | None = Field(default=None, description="A name for the record")
    fetch_variable: list[Name] | None = Field(default=None, max_length=1000, description="Only these; all unless told")
    request_timeout: Annotated[int, Field(ge=-(2**53), le=2**53)] | None = Field(
        default=None,
        description="Milliseconds to hold the request until there is work; 0: the server's default, negative: none",
    )
    tenant_ids: list[Text] | None = Field(default=None, max_length=1000)
    tenant_filter: Text | None = Field(default=None, description="`PROVIDED` or `ASSIGNED`")
    with_lease: bool | None = Field(default=None, description="Ask for a token that later calls can be held against")


class ActivatedJob(Wire):
    """A job under lease: until `deadline` no one else gets it."""

    job_key: Key
    type: str
    process_definition_id: str
    process_definition_version: int
    process_definition_key: Key
    process_instance_key: Key
    root_process_instance_key: Key | None
    element_id: str
    element_instance_key: Key
    custom_headers: dict[str, Any]
    worker: str
    retries: int
    deadline: int = Field(description="End of the lease, milliseconds since 1970")
    variables: dict[str, Any]
    tenant_id: str
    physical_tenant_id: str
    kind: Kind
    listener_event_type: Listener
    user_task: dict[str, Any] | None
    tags: list[str]
    business_id: str | None
    priority: int
    job_lease_token: str | None = None


class ActivatedJobs(Wire):
    jobs: list[ActivatedJob]


class _Leased(Command):
    job_lease_token: Text | None = Field(
        default=None, description="The token given at activation: refused if no longer current"
    )


class CompleteJob(_Leased):
    variables: Variables | None = None
    result: dict[str, Any] | None = Field(
        default=None,
        description="Of an ad-hoc sub-process: `activateElements`, `isCompletionConditionFulfilled`, "
        "`isCancelRemainingInstances`; of a user task listener: `denied`, `deniedReason`, `corrections`",
    )
    business_id: BusinessId | None = None


class FailJob(_Leased):
    retries: Small | None = Field(default=None, description="What is left; 0 raises an incident")
    error_message: Text | None = None
    retry_back_off: Milliseconds | None = Field(default=None, description="Milliseconds before it is handed out again")
    variables: Variables | None = None


class ThrowJobError(_Leased):
    error_code: Name
    error_message: Text | None = None
    variables: Variables | None = None


class JobChanges(Command):
    retries: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    timeout: Milliseconds | None = Field(default=None, description="Milliseconds that the lease holds from now on")
    priority: Annotated[int, Field(ge=-(2**31), le=2**31 - 1)] | None = None


class UpdateJob(_Leased):
    changeset: JobChanges
    operation_reference: int | None = None
