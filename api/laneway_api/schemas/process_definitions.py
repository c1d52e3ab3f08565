"""Process definitions and forms."""

from __future__ import annotations

from typing import Annotated, Literal

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
