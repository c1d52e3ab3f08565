"""Process definitions and forms."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import PageInfo, Wire
from laneway_api.search import SearchBody, Searched

SEARCHED = Searched(
    "process-definitions",
    {
        "processDefinitionKey": "key",
        "processDefinitionId": "text",
        "name": "text",
        "version": "integer",
        "versionTag": "text",
        "resourceName": "text",
        "tenantId": "text",
        "isLatestVersion": "boolean",
        "hasStartForm": "boolean",
        "state": "enum",
    },
    ("processDefinitionKey", "processDefinitionId", "name", "version", "versionTag", "resourceName", "tenantId"),
)


class ProcessDefinition(Wire):
    """One version of one process of a diagram."""

    process_definition_key: Key
    process_definition_id: str = Field(description="Id of the process in its diagram")
    name: str | None
    version: int
    version_tag: str | None
    resource_name: str = Field(description="Name of the file that it came in")
    tenant_id: str
    has_start_form: bool
    state: Annotated[Literal["ACTIVE", "DELETED", "DRAINING"], Falls("ACTIVE")]


class ProcessDefinitions(Wire):
    items: list[ProcessDefinition]
    page: PageInfo


class ProcessDefinitionSearch(SearchBody):
    searched = SEARCHED


class Form(Wire):
    """A form as it was deployed; `schema` is its JSON as a text."""

    form_key: Key
    form_id: str
    version: int
    schema_: str = Field(alias="schema")
    tenant_id: str


class DrawnElement(Wire):
    """A flow node as the diagram has it."""

    element_id: str
    name: str | None
    type: str
    parent_id: str = Field(description="The sub-process around it, or the process")
    documentation: str | None
    lanes: list[str] = Field(description="Names of the lanes that hold it, outermost first")
    by_hand: bool = Field(description="A person stands in for what the diagram leaves open")
    extensions: dict[str, Any] = Field(description="Everything else that the diagram says of it")


class DrawnFlow(Wire):
    sequence_flow_id: str
    name: str | None
    source_id: str
    target_id: str
    condition: str | None


class DrawnLane(Wire):
    lane_id: str
    name: str | None
    parent_id: str | None
    element_ids: list[str]


class CharterAnswer(Wire):
    about: str = Field(description="Element id, name of an agent or data source, or `process`")
    text: str


class CharterGap(Wire):
    about: str
    message: str
    fix: str = Field(description="What to write, and where")


class CharterLens(Wire):
    lens: str
    question: str
    answers: list[CharterAnswer]
    missing: list[CharterGap]


class ProcessCharter(Wire):
    """What a process answers to the twelve questions of those who let agents work in it."""

    process_definition_key: Key
    process_definition_id: str
    name: str | None
    complete: bool = Field(description="Whether nothing is missing")
    lenses: list[CharterLens]


class ProcessContents(Wire):
    """What a diagram says of one process. What is drawn beside the flow comes as objects with its attributes."""

    process_definition_key: Key
    process_definition_id: str
    name: str | None
    documentation: str | None
    participant: str | None = Field(description="Name of the pool")
    is_executable: bool = Field(description="False: it runs as a walkthrough")
    elements: list[DrawnElement]
    sequence_flows: list[DrawnFlow]
    lanes: list[DrawnLane]
    participants: list[dict[str, Any]] = Field(description="Pools of the file")
    message_flows: list[dict[str, Any]] = Field(description="Message flows of the file")
    text_annotations: list[dict[str, Any]]
    associations: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    categories: list[dict[str, Any]] = Field(description="Category values of the file")
    data_objects: list[dict[str, Any]]
    data_object_references: list[dict[str, Any]]
    data_properties: list[dict[str, Any]]
    data_stores: list[dict[str, Any]] = Field(description="Data stores of the file")
    data_store_references: list[dict[str, Any]]
    extensions: dict[str, Any] = Field(description="Everything else that the diagram says of the process")
