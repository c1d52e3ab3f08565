"""Deployments, and the report on files that are only checked."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from laneway_api.rows import Key
from laneway_api.schemas.common import PageInfo, Wire
from laneway_api.search import SearchBody, Searched


class DeployedProcess(Wire):
    process_definition_id: str
    process_definition_version: int
    resource_name: str
    tenant_id: str
    process_definition_key: Key


class DeployedDecision(Wire):
    decision_definition_id: str
    version: int
    name: str
    tenant_id: str
    decision_requirements_id: str
    decision_definition_key: Key
    decision_requirements_key: Key


class DeployedRequirements(Wire):
    decision_requirements_id: str
    decision_requirements_name: str
    version: int
    resource_name: str
    tenant_id: str
    decision_requirements_key: Key


class DeployedForm(Wire):
    form_id: str
    version: int
    resource_name: str
    tenant_id: str
    form_key: Key


class DeployedResource(Wire):
    """A file beside the diagrams: agents, bindings, knowledge."""

    resource_id: str
    resource_name: str
    version: int
    tenant_id: str
    resource_key: Key


class Deployed(Wire):
    """One thing that was found in the files; exactly one of the fields is set."""

    process_definition: DeployedProcess | None
    decision_definition: DeployedDecision | None
    decision_requirements: DeployedRequirements | None
    form: DeployedForm | None
    resource: DeployedResource | None


class Deployment(Wire):
    deployment_key: Key
    tenant_id: str
    deployments: list[Deployed]


class Finding(Wire):
    """Something wrong with a file, or worth knowing about it, in the words of a modeller."""

    severity: str = Field(description="`error` (it cannot be deployed so), `warning` or `info`")
    rule: str = Field(description="Stable; explained in docs/reference/rules.md")
    message: str
    fix: str = Field(description="What to do")
    file: str
    element_id: str | None
    element_name: str | None
    line: int | None
    column: int | None


class CheckReport(Wire):
    deployable: bool
    problems: list[Finding]
    processes: list[dict[str, Any]] = Field(
        description="Per process found: `file processId name executable nodes flows`"
    )


SEARCHED = Searched(
    "resources",
    {
        "resourceKey": "key",
        "resourceName": "text",
        "resourceId": "text",
        "version": "integer",
        "versionTag": "text",
        "deploymentKey": "key",
        "tenantId": "text",
        "kind": "text",
    },
    ("resourceKey", "resourceName", "resourceId", "version", "versionTag", "deploymentKey", "tenantId"),
)


class Resource(Wire):
    """A file as it was deployed."""

    resource_key: Key
    resource_name: str
    resource_id: str
    version: int
    version_tag: str | None
    tenant_id: str


class Resources(Wire):
    items: list[Resource]
    page: PageInfo


class ResourceSearch(SearchBody):
    searched = SEARCHED
