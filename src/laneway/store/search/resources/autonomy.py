"""The dial of autonomy: levels that were set, and pairs of answers."""

from __future__ import annotations

from sqlalchemy import Text, cast

from laneway.store.search.fields import Field, Resource
from laneway.store.tables import autonomy_pair, autonomy_setting

_setting = autonomy_setting.c
_pair = autonomy_pair.c

RESOURCES = (
    Resource(
        name="autonomy-settings",
        source=autonomy_setting,
        key=("autonomySettingKey",),
        tenant=_setting.tenant_id,
        fields={
            "autonomySettingKey": Field(_setting.key, "key"),
            "processDefinitionId": Field(_setting.process_id),
            "elementId": Field(_setting.element_id),
            "level": Field(_setting.level, "enum"),
            "previousLevel": Field(_setting.before, "enum"),
            "reason": Field(_setting.reason),
            "state": Field(_setting.state, "enum"),
            "requestedBy": Field(_setting.requested_by),
            "requestedAt": Field(_setting.requested_at, "instant"),
            "confirmedBy": Field(_setting.confirmed_by, nullable=True),
            "confirmedAt": Field(_setting.confirmed_at, "instant", nullable=True),
            "tenantId": Field(_setting.tenant_id),
        },
    ),
    Resource(
        name="autonomy-pairs",
        source=autonomy_pair,
        key=("autonomyPairKey",),
        tenant=_pair.tenant_id,
        fields={
            "autonomyPairKey": Field(_pair.key, "key"),
            "processDefinitionId": Field(_pair.process_id),
            "processDefinitionKey": Field(_pair.process_definition_key, "key"),
            "processInstanceKey": Field(_pair.process_instance_key, "key"),
            "rootProcessInstanceKey": Field(_pair.root_key, "key"),
            "elementId": Field(_pair.element_id),
            "elementInstanceKey": Field(_pair.element_instance_key, "key"),
            "agent": Field(_pair.agent),
            "contract": Field(_pair.contract),
            "level": Field(_pair.level, "enum"),
            "openedAt": Field(_pair.opened_at, "instant"),
            "answeredAt": Field(_pair.answered_at, "instant", nullable=True),
            "output": Field(cast(_pair.output, Text), "json", nullable=True, shown=_pair.output, sortable=False),
            "failed": Field(_pair.failed, "boolean"),
            "failure": Field(_pair.failure, nullable=True, sortable=False),
            "confidence": Field(_pair.confidence, nullable=True),
            "model": Field(_pair.model, nullable=True),
            "agentSeconds": Field(_pair.agent_seconds, nullable=True, sortable=False),
            "cost": Field(_pair.cost, nullable=True, sortable=False),
            "currency": Field(_pair.currency, nullable=True),
            "decidedAt": Field(_pair.decided_at, "instant", nullable=True),
            "decidedBy": Field(_pair.decided_by, nullable=True),
            "verdict": Field(_pair.verdict, "enum", nullable=True),
            "decision": Field(cast(_pair.decision, Text), "json", nullable=True, shown=_pair.decision, sortable=False),
            "reason": Field(_pair.reason, nullable=True, sortable=False),
            "personSeconds": Field(_pair.person_seconds, nullable=True, sortable=False),
            "agreed": Field(_pair.agreed, "boolean", nullable=True),
            "fields": Field(cast(_pair.fields, Text), "json", nullable=True, shown=_pair.fields, sortable=False),
            "distance": Field(_pair.distance, nullable=True, sortable=False),
            "tenantId": Field(_pair.tenant_id),
        },
    ),
)
