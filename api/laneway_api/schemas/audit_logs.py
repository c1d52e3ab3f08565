"""The audit trail: every command, who gave it, and what came of it."""

from __future__ import annotations

from typing import Annotated, Literal

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Instant, PageInfo, Wire
from laneway_api.search import Kind, SearchBody, Searched

_FILTERS: dict[str, Kind] = {
    "auditLogKey": "key",
    "entityKey": "key",
    "entityType": "enum",
    "operationType": "enum",
    "result": "enum",
    "category": "enum",
    "timestamp": "date",
    "actorId": "text",
    "actorType": "enum",
    "tenantId": "text",
    "processDefinitionId": "text",
    "processDefinitionKey": "key",
    "processInstanceKey": "key",
    "rootProcessInstanceKey": "key",
    "elementInstanceKey": "key",
    "jobKey": "key",
    "userTaskKey": "key",
    "deploymentKey": "key",
    "decisionDefinitionId": "text",
    "decisionDefinitionKey": "key",
    "decisionEvaluationKey": "key",
    "decisionRequirementsId": "text",
    "decisionRequirementsKey": "key",
    "formKey": "key",
    "resourceKey": "key",
    "agentElementId": "text",
    "batchOperationType": "enum",
    "relatedEntityKey": "key",
    "relatedEntityType": "enum",
    "entityDescription": "text",
    "inboundChannelType": "text",
    "inboundChannelToolName": "text",
}
_SORTS = (
    "auditLogKey", "actorId", "actorType", "category", "elementInstanceKey", "entityKey", "entityType", "jobKey",
    "operationType", "processDefinitionId", "processDefinitionKey", "processInstanceKey", "result", "tenantId",
    "timestamp", "userTaskKey",
)  # fmt: skip
SEARCHED = Searched("audit-logs", _FILTERS, _SORTS)
OF_USER_TASK = Searched(
    "audit-logs",
    {"operationType": "enum", "result": "enum", "timestamp": "date", "actorType": "enum", "actorId": "text"},
    _SORTS,
)

EntityType = Annotated[
    Literal[
        "AUTHORIZATION", "BATCH", "CLIENT", "DECISION", "GROUP", "INCIDENT", "JOB", "MAPPING_RULE", "PROCESS_INSTANCE",
        "RESOURCE", "ROLE", "TENANT", "USER", "USER_TASK", "VARIABLE",
    ],
    Falls("RESOURCE", ELEMENT_INSTANCE="VARIABLE", MESSAGE="PROCESS_INSTANCE", SIGNAL="PROCESS_INSTANCE"),
]  # fmt: skip
OperationType = Annotated[
    Literal[
        "ASSIGN", "CANCEL", "COMPLETE", "CREATE", "DELETE", "EVALUATE", "MIGRATE", "MODIFY", "RESOLVE", "RESUME",
        "SUSPEND", "UNASSIGN", "UNKNOWN", "UPDATE",
    ],
    Falls("UNKNOWN"),
]  # fmt: skip


class AuditLog(Wire):
    audit_log_key: Key
    entity_key: Key
    entity_type: EntityType
    operation_type: OperationType
    batch_operation_key: str | None
    batch_operation_type: str | None
    timestamp: Instant
    actor_id: str | None
    actor_type: Annotated[Literal["ANONYMOUS", "CLIENT", "UNKNOWN", "USER"], Falls("UNKNOWN")] | None
    agent_element_id: str | None
    tenant_id: str | None
    result: Annotated[Literal["FAIL", "SUCCESS"], Falls("FAIL")]
    category: Annotated[Literal["ADMIN", "DEPLOYED_RESOURCES", "USER_TASKS"], Falls("DEPLOYED_RESOURCES")]
    process_definition_id: str | None
    process_definition_key: Key | None
    process_instance_key: Key | None
    root_process_instance_key: Key | None
    element_instance_key: Key | None
    job_key: Key | None
    user_task_key: Key | None
    decision_requirements_id: str | None
    decision_requirements_key: Key | None
    decision_definition_id: str | None
    decision_definition_key: Key | None
    decision_evaluation_key: Key | None
    deployment_key: Key | None
    form_key: Key | None
    resource_key: Key | None
    related_entity_key: Key | None
    related_entity_type: str | None
    entity_description: str | None
    inbound_channel_type: str | None
    inbound_channel_tool_name: str | None


class AuditLogs(Wire):
    items: list[AuditLog]
    page: PageInfo


class AuditLogSearch(SearchBody):
    searched = SEARCHED


class UserTaskAuditLogSearch(SearchBody):
    searched = OF_USER_TASK
