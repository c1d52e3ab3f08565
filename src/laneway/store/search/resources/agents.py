"""Agents of the diagrams, their instances and what was said."""

from __future__ import annotations

from sqlalchemy import Text, cast, func

from laneway.store.search.fields import Field, Resource
from laneway.store.search.special import Keys
from laneway.store.tables import agent_definition, agent_history_item, agent_instance

_definition = agent_definition.c
_instance = agent_instance.c
_item = agent_history_item.c
_keys = cast(_instance.element_instance_keys, Text)

RESOURCES = (
    Resource(
        name="agent-definitions",
        source=agent_definition,
        key=("agentDefinitionKey",),
        tenant=_definition.tenant_id,
        fields={
            "agentDefinitionKey": Field(_definition.key, "key"),
            "agentType": Field(_definition.agent_type, "enum"),
            "name": Field(_definition.name),
            "elementId": Field(_definition.element_id),
            "processDefinitionId": Field(_definition.process_id),
            "processDefinitionKey": Field(_definition.process_definition_key, "key"),
            "processDefinitionVersion": Field(_definition.process_version, "integer"),
            "processDefinitionVersionTag": Field(_definition.version_tag, nullable=True),
            "tenantId": Field(_definition.tenant_id),
        },
    ),
    Resource(
        name="agent-instances",
        source=agent_instance.outerjoin(
            agent_definition,
            (_definition.process_definition_key == _instance.process_definition_key)
            & (_definition.element_id == _instance.element_id),
        ),
        key=("agentInstanceKey",),
        tenant=_instance.tenant_id,
        fields={
            "agentInstanceKey": Field(_instance.key, "key"),
            # Of what was deployed before agents were noted: the definition of the process.
            "agentDefinitionKey": Field(func.coalesce(_definition.key, _instance.process_definition_key), "key"),
            "agent": Field(_instance.agent),
            "status": Field(_instance.status, "enum"),
            "model": Field(_instance.model),
            "provider": Field(_instance.provider),
            "systemPrompt": Field(_instance.system_prompt, sortable=False),
            "tools": Field(cast(_instance.tools, Text), "json", shown=_instance.tools, sortable=False),
            "limits": Field(cast(_instance.limits, Text), "json", shown=_instance.limits, sortable=False),
            "elementInstanceKeys": Field(
                _keys, "json", shown=_instance.element_instance_keys, sortable=False, special=Keys(_keys)
            ),
            "inputTokens": Field(_instance.input_tokens, "integer"),
            "outputTokens": Field(_instance.output_tokens, "integer"),
            "modelCalls": Field(_instance.model_calls, "integer"),
            "toolCalls": Field(_instance.tool_calls, "integer"),
            "otherTokens": Field(
                cast(_instance.other_tokens, Text), "json", shown=_instance.other_tokens, sortable=False, nullable=True
            ),
            "cost": Field(_instance.cost, nullable=True),
            "currency": Field(_instance.currency, nullable=True),
            "elementInstanceKey": Field(_instance.element_instance_key, "key"),
            "elementId": Field(_instance.element_id),
            "processInstanceKey": Field(_instance.process_instance_key, "key"),
            "rootProcessInstanceKey": Field(_instance.root_key, "key"),
            "processDefinitionKey": Field(_instance.process_definition_key, "key"),
            "processDefinitionId": Field(_instance.process_id),
            "processDefinitionVersion": Field(_instance.process_version, "integer"),
            "processDefinitionVersionTag": Field(_instance.version_tag, nullable=True),
            "tenantId": Field(_instance.tenant_id),
            "creationDate": Field(_instance.created_at, "instant"),
            "lastUpdatedDate": Field(_instance.updated_at, "instant"),
            "completionDate": Field(_instance.completed_at, "instant", nullable=True),
        },
    ),
    Resource(
        name="agent-history-items",
        source=agent_history_item,
        key=("historyItemKey",),
        tenant=_item.tenant_id,
        fields={
            "historyItemKey": Field(_item.key, "key"),
            "historyItemId": Field(_item.item_id, nullable=True),
            "agentInstanceKey": Field(_item.agent_instance_key, "key"),
            "elementInstanceKey": Field(_item.element_instance_key, "key"),
            "rootProcessInstanceKey": Field(_item.root_key, "key"),
            "jobKey": Field(_item.job_key, "key"),
            "jobLeaseToken": Field(_item.lease_token),
            "sequence": Field(_item.sequence, "integer"),
            "loopIteration": Field(_item.iteration, "integer"),
            "role": Field(_item.role, "enum"),
            "commitStatus": Field(_item.status, "enum"),
            "content": Field(cast(_item.content, Text), "json", shown=_item.content, sortable=False),
            "toolCalls": Field(cast(_item.tool_calls, Text), "json", shown=_item.tool_calls, sortable=False),
            "metrics": Field(cast(_item.metrics, Text), "json", shown=_item.metrics, sortable=False, nullable=True),
            "configuration": Field(
                cast(_item.configuration, Text), "json", shown=_item.configuration, sortable=False, nullable=True
            ),
            "details": Field(cast(_item.details, Text), "json", shown=_item.details, sortable=False),
            "producedAt": Field(_item.produced_at, "instant"),
            "tenantId": Field(_item.tenant_id),
        },
    ),
)
