"""Element instances and variables."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Command, Instant, Name, PageInfo, Variables, Wire
from laneway_api.search import SearchBody, Searched

ELEMENTS = Searched(
    "element-instances",
    {
        "elementInstanceKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "processDefinitionKey": "key",
        "processDefinitionId": "text",
        "elementId": "text",
        "elementName": "text",
        "type": "enum",
        "state": "enum",
        "hasIncident": "boolean",
        "incidentKey": "key",
        "startDate": "date",
        "endDate": "date",
        "tenantId": "text",
        "elementInstanceScopeKey": "key",
    },
    (
        "elementInstanceKey", "processInstanceKey", "processDefinitionKey", "processDefinitionId", "elementId",
        "elementName", "type", "state", "incidentKey", "startDate", "endDate", "tenantId",
    ),
)  # fmt: skip
VARIABLES = Searched(
    "variables",
    {
        "variableKey": "key",
        "name": "text",
        "value": "text",
        "scopeKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "tenantId": "text",
        "isTruncated": "boolean",
    },
    ("variableKey", "name", "value", "scopeKey", "processInstanceKey", "tenantId"),
)
OF_USER_TASK = Searched("variables", {"name": "text"}, ("variableKey", "name", "value", "scopeKey", "tenantId"))

ElementType = Annotated[
    Literal[
        "AD_HOC_SUB_PROCESS", "AD_HOC_SUB_PROCESS_INNER_INSTANCE", "BOUNDARY_EVENT", "BUSINESS_RULE_TASK",
        "CALL_ACTIVITY", "END_EVENT", "EVENT_BASED_GATEWAY", "EVENT_SUB_PROCESS", "EXCLUSIVE_GATEWAY",
        "INCLUSIVE_GATEWAY", "INTERMEDIATE_CATCH_EVENT", "INTERMEDIATE_THROW_EVENT", "MANUAL_TASK",
        "MULTI_INSTANCE_BODY", "PARALLEL_GATEWAY", "PROCESS", "RECEIVE_TASK", "SCRIPT_TASK", "SEND_TASK",
        "SEQUENCE_FLOW", "SERVICE_TASK", "START_EVENT", "SUB_PROCESS", "TASK", "UNKNOWN", "UNSPECIFIED", "USER_TASK",
    ],
    Falls("UNKNOWN", TRANSACTION="SUB_PROCESS"),
]  # fmt: skip


class ElementInstance(Wire):
    """One pass through one element of the diagram."""

    element_instance_key: Key
    process_instance_key: Key
    root_process_instance_key: Key | None
    process_definition_key: Key | None
    process_definition_id: str | None
    element_id: str
    element_name: str
    type: ElementType
    state: Annotated[Literal["ACTIVE", "COMPLETED", "TERMINATED"], Falls("ACTIVE")]
    has_incident: bool
    incident_key: Key | None
    start_date: Instant
    end_date: Instant | None
    tenant_id: str


class ElementInstances(Wire):
    items: list[ElementInstance]
    page: PageInfo


class ElementInstanceSearch(SearchBody):
    searched = ELEMENTS


class SetVariables(Command):
    variables: Variables
    local: bool | None = Field(
        default=None, description="Only at this element; else merged upwards to where the name is known"
    )
    operation_reference: int | None = None


class AdHocActivity(Command):
    element_id: Name = Field(description="An element of the ad-hoc sub-process without incoming flow")
    variables: Variables | None = Field(default=None, description="Local to this activation")


class ActivateAdHocActivities(Command):
    elements: list[AdHocActivity] = Field(min_length=1, max_length=1000)
    cancel_remaining_instances: bool | None = Field(default=None, description="End what still runs in it first")


class Variable(Wire):
    """`value` is the variable's JSON as a text."""

    variable_key: Key
    name: str
    value: str
    scope_key: Key = Field(description="The element or process instance that it belongs to")
    process_instance_key: Key
    root_process_instance_key: Key | None
    tenant_id: str


class OfInput(Wire):
    name: str
    origins: list[str]


class VariableWrite(Wire):
    sequence: int = Field(description="Of the command in the history of its root")
    time: Instant
    by: str = Field(description="agent, person, worker, message, start, system, script, mapping, decision")
    who: str = Field(description="`kind:name` of who gave it, or the id of the element that made it")
    element_id: str | None
    command: str
    origins: list[str] = Field(
        description="Whose words it holds: person, system, agent, message, document, tool_result, contract, unknown"
    )
    untrusted: bool = Field(description="Some of them come from outside")
    inputs: list[OfInput] = Field(description="What it was made from")
    agent: dict[str, Any] | None = Field(
        description="Of an agent: contract, model, SHA-256 of its prompt, confidence; of a person: the form"
    )


class Provenance(Wire):
    variable_key: Key
    name: str
    scope_key: Key
    process_instance_key: Key
    writes: list[VariableWrite] = Field(description="Oldest first; the last one wrote the value that there is")


class FoundVariable(Variable):
    is_truncated: bool = Field(description="`value` is only the beginning; get it by its key for all of it")


class FoundVariables(Wire):
    items: list[FoundVariable]
    page: PageInfo


class VariableSearch(SearchBody):
    searched = VARIABLES


class UserTaskVariableSearch(SearchBody):
    searched = OF_USER_TASK
