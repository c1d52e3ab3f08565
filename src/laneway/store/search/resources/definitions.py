"""What was deployed."""

from __future__ import annotations

from sqlalchemy import Text, cast, literal, null

from laneway.store.search.fields import Field, Resource
from laneway.store.tables import (
    decision_definition,
    decision_requirements,
    deployment,
    form_definition,
    process_definition,
    resource,
)

_process = process_definition.c
_decision = decision_definition.c
_requirements = decision_requirements.c
_form = form_definition.c
_resource = resource.c

RESOURCES = (
    Resource(
        name="process-definitions",
        source=process_definition,
        key=("processDefinitionKey",),
        tenant=_process.tenant_id,
        fields={
            "processDefinitionKey": Field(_process.key, "key"),
            "processDefinitionId": Field(_process.process_id),
            "name": Field(_process.name, nullable=True),
            "version": Field(_process.version, "integer"),
            "versionTag": Field(_process.version_tag, nullable=True),
            "resourceName": Field(_process.resource_name),
            "tenantId": Field(_process.tenant_id),
            "hasStartForm": Field(_process.has_start_form, "boolean"),
            "state": Field(literal("ACTIVE", Text), "enum"),
            "isLatestVersion": Field(_process.is_latest, "boolean"),
            "deploymentKey": Field(_process.deployment_key, "key"),
            "resourceKey": Field(_process.resource_key, "key"),
            "deployedAt": Field(_process.deployed_at, "instant", nullable=True),
            "walkthrough": Field(_process.walkthrough, "boolean", nullable=True),
            "hash": Field(_process.hash),
        },
    ),
    Resource(
        name="decision-definitions",
        source=decision_definition,
        key=("decisionDefinitionKey",),
        tenant=_decision.tenant_id,
        fields={
            "decisionDefinitionKey": Field(_decision.key, "key"),
            "decisionDefinitionId": Field(_decision.decision_id),
            "name": Field(_decision.name, nullable=True),
            "version": Field(_decision.version, "integer"),
            "versionTag": Field(_decision.version_tag, nullable=True),
            "decisionRequirementsId": Field(_decision.requirements_id),
            "decisionRequirementsKey": Field(_decision.requirements_key, "key"),
            "decisionRequirementsName": Field(_decision.requirements_name, nullable=True),
            "decisionRequirementsVersion": Field(_decision.requirements_version, "integer"),
            "tenantId": Field(_decision.tenant_id),
            "isLatestVersion": Field(_decision.is_latest, "boolean"),
            "deploymentKey": Field(_decision.deployment_key, "key"),
            "resourceKey": Field(_decision.resource_key, "key"),
            "hash": Field(_decision.hash),
        },
    ),
    Resource(
        name="decision-requirements",
        source=decision_requirements,
        key=("decisionRequirementsKey",),
        tenant=_requirements.tenant_id,
        fields={
            "decisionRequirementsKey": Field(_requirements.key, "key"),
            "decisionRequirementsId": Field(_requirements.requirements_id),
            "decisionRequirementsName": Field(_requirements.name, nullable=True),
            "version": Field(_requirements.version, "integer"),
            "resourceName": Field(_requirements.resource_name),
            "tenantId": Field(_requirements.tenant_id),
            "deploymentKey": Field(_requirements.deployment_key, "key"),
            "resourceKey": Field(_requirements.resource_key, "key"),
        },
    ),
    Resource(
        name="forms",
        source=form_definition,
        key=("formKey",),
        tenant=_form.tenant_id,
        fields={
            "formKey": Field(_form.key, "key"),
            "formId": Field(_form.form_id),
            "version": Field(_form.version, "integer"),
            "schema": Field(cast(_form.schema, Text), "json", shown=_form.schema, sortable=False),
            "resourceName": Field(_form.resource_name),
            "tenantId": Field(_form.tenant_id),
            "isLatestVersion": Field(_form.is_latest, "boolean"),
            "deploymentKey": Field(_form.deployment_key, "key"),
            "resourceKey": Field(_form.resource_key, "key"),
        },
    ),
    Resource(
        name="resources",
        source=resource,
        key=("resourceKey",),
        tenant=_resource.tenant_id,
        fields={
            "resourceKey": Field(_resource.key, "key"),
            "resourceName": Field(_resource.name),
            "resourceId": Field(_resource.name),
            "version": Field(_resource.version, "integer"),
            "versionTag": Field(cast(null(), Text), nullable=True),
            "tenantId": Field(_resource.tenant_id),
            "deploymentKey": Field(_resource.deployment_key, "key"),
            "kind": Field(_resource.kind),
            "hash": Field(_resource.hash),
        },
    ),
    Resource(
        name="deployments",
        source=deployment,
        key=("deploymentKey",),
        tenant=deployment.c.tenant_id,
        fields={
            "deploymentKey": Field(deployment.c.key, "key"),
            "deployedAt": Field(deployment.c.deployed_at, "instant"),
            "tenantId": Field(deployment.c.tenant_id),
        },
    ),
)
