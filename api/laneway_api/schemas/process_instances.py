"""Process instances."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import (
    BusinessId,
    Command,
    InKey,
    Instant,
    Name,
    PageInfo,
    Small,
    Tag,
    Variables,
    Wire,
)
from laneway_api.search import SearchBody, Searched

State = Annotated[Literal["ACTIVE", "COMPLETED", "SUSPENDED", "TERMINATED"], Falls("ACTIVE", CANCELED="TERMINATED")]

SEARCHED = Searched(
    "process-instances",
    {
        "processInstanceKey": "key",
        "processDefinitionId": "text",
        "processDefinitionName": "text",
        "processDefinitionVersion": "integer",
        "processDefinitionVersionTag": "text",
        "processDefinitionKey": "key",
        "parentProcessInstanceKey": "key",
        "parentElementInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "startDate": "date",
        "endDate": "date",
        "suspendedDate": "date",
        "state": "enum",
        "hasIncident": "boolean",
        "tenantId": "text",
        "businessId": "text",
        "elementId": "text",
        "elementInstanceState": "enum",
        "hasElementInstanceIncident": "boolean",
        "errorMessage": "text",
        "incidentErrorHashCode": "integer",
        "hasRetriesLeft": "boolean",
        "batchOperationId": "text",
        "batchOperationKey": "text",
        "tags": "tags",
        "variables": "variables",
    },
    (
        "processInstanceKey",
        "processDefinitionId",
        "processDefinitionName",
        "processDefinitionVersion",
        "processDefinitionVersionTag",
        "processDefinitionKey",
        "parentProcessInstanceKey",
        "parentElementInstanceKey",
        "startDate",
        "endDate",
        "suspendedDate",
        "state",
        "hasIncident",
        "tenantId",
        "businessId",
    ),
)


class ProcessInstance(Wire):
    """One run of a process."""

    process_instance_key: Key
    process_definition_id: str = Field(description="Id of the process in its diagram")
    process_definition_name: str | None
    process_definition_version: int
    process_definition_version_tag: str | None
    process_definition_key: Key
    start_date: Instant
    end_date: Instant | None
    state: State
    suspended_date: Instant | None
    has_incident: bool = Field(description="Something in it waits for a person to clear the way")
    tenant_id: str
    parent_process_instance_key: Key | None = Field(description="The instance whose call activity started it")
    parent_element_instance_key: Key | None
    root_process_instance_key: Key | None
    tags: list[str]
    business_id: str | None


class ProcessInstances(Wire):
    items: list[ProcessInstance]
    page: PageInfo


class ProcessInstanceSearch(SearchBody):
    searched = SEARCHED


class StartInstruction(Command):
    element_id: Name = Field(description="The start event to begin at")


class TerminateInstruction(Command):
    after_element_id: Name
    type: str | None = None


class CreateProcessInstance(Command):
    """Start by `processDefinitionKey`, or by `processDefinitionId` with or without a version."""

    process_definition_id: Name | None = None
    process_definition_key: InKey | None = None
    process_definition_version: Annotated[int, Field(ge=-1, le=2**31 - 1)] | None = Field(
        default=None, description="-1 or nothing: the latest"
    )
    process_definition_version_tag: Name | None = None
    variables: Variables | None = None
    tenant_id: str | None = None
    operation_reference: int | None = None
    start_instructions: list[StartInstruction] | None = Field(default=None, max_length=1)
    runtime_instructions: list[TerminateInstruction] | None = Field(default=None, max_length=0)
    await_completion: bool | None = Field(default=None, description="Answer when the instance has ended")
    fetch_variables: list[Name] | None = Field(
        default=None, max_length=1000, description="Only these, of the root scope"
    )
    request_timeout: Annotated[int, Field(ge=-1, le=2**53)] | None = Field(
        default=None, description="Milliseconds; 0: default"
    )
    tags: list[Tag] | None = Field(default=None, max_length=10)
    business_id: BusinessId | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.process_definition_id is None) == (self.process_definition_key is None):
            raise ValueError("give either processDefinitionId or processDefinitionKey")
        return self


class CreatedProcessInstance(Wire):
    process_definition_id: str
    process_definition_version: int
    process_definition_key: Key
    process_instance_key: Key
    tenant_id: str
    variables: dict[str, Any] = Field(description="Of the root scope after `awaitCompletion`, else empty")
    tags: list[str]
    business_id: str | None


class CancelProcessInstance(Command):
    operation_reference: int | None = None


class SequenceFlow(Wire):
    """A flow that the instance took at least once."""

    sequence_flow_id: str
    process_instance_key: Key
    root_process_instance_key: Key | None
    process_definition_key: Key | None
    process_definition_id: str | None
    element_id: str
    tenant_id: str


class SequenceFlows(Wire):
    items: list[SequenceFlow]


class ElementStatistics(Wire):
    """How many element instances of one element are in which state."""

    element_id: str
    active: int
    canceled: int
    incidents: int
    completed: int


class ElementStatisticsList(Wire):
    items: list[ElementStatistics]


class CallHierarchyEntry(Wire):
    process_instance_key: Key
    process_definition_key: Key
    process_definition_name: str


class TimelineEntry(Wire):
    """One thing that happened, in words and as facts."""

    sequence: Small = Field(description="Position of the command within the root; its consequences share it")
    at: Instant
    actor: str = Field(description="`user:anna`, `worker:mailer`, `agent:classify-enquiry`, `system:laneway`")
    kind: str = Field(description="`command`, or what followed from it: `ElementActivated`, `JobCreated` …")
    text: str = Field(description="One sentence")
    element_id: str | None
    element_name: str | None
    element_instance_key: Key | None
    process_instance_key: Key | None
    data: dict[str, Any]


class Timeline(Wire):
    items: list[TimelineEntry]
