"""What happened: the audit trail, the decisions that were evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, case, cast, func, null, or_, select

from laneway.store import phrases
from laneway.store.search.fields import Field, Resource, partly
from laneway.store.search.resources.root import BUSINESS_ID, root
from laneway.store.tables import audit_log, decision_instance
from laneway.store.types import hexadecimal

_audit = audit_log.c
_said = SimpleNamespace(**phrases.said)
_decision = decision_instance.c
_before = audit_log.alias("before")
_previous_hash = (
    select(_before.c.hash)
    .where(
        _before.c.root_key == _audit.root_key,
        _before.c.tenant_id == _audit.tenant_id,
        _before.c.sequence == _audit.sequence - 1,
    )
    .scalar_subquery()
)
_no_text = cast(null(), Text)
_no_key = cast(null(), BigInteger)


def _key_of(entity_type: str) -> Field:
    """The key of the entity, where it is one of this type."""
    entity = and_(_said.entity_type == entity_type, _audit.entity_key != 0)
    return Field(case((entity, _audit.entity_key), else_=null()), "key", nullable=True)


def _of_instance(values: Sequence[Any]) -> ColumnElement[bool]:
    """Of the root's by the root, of others by the index of the records in which the two differ."""
    of_root = and_(_audit.root_key.in_(values), _said.process_instance_key.in_(values))
    return or_(of_root, and_(_audit.process_instance_key.in_(values), _audit.process_instance_key != _audit.root_key))


def _of_process(column: ColumnElement[int]) -> Field:
    """A key that an evaluation outside of any process has not; filters still meet the column, and its index."""
    return Field(column, "key", nullable=True, shown=func.nullif(column, 0))


def _actor_type() -> ColumnElement[Any]:
    """As far as the wire tells them apart; ``actorKind`` is exact."""
    return case(
        (_said.actor_kind == "user", "USER"),
        (_said.actor_kind.in_(["client", "worker", "agent"]), "CLIENT"),
        (_said.actor_kind == "anonymous", "ANONYMOUS"),
        else_="UNKNOWN",
    )


def _category() -> ColumnElement[Any]:
    return case(
        (_said.entity_type == "USER_TASK", "USER_TASKS"),
        (_said.entity_type.in_(["AUTHORIZATION", "GROUP", "MAPPING_RULE", "ROLE", "TENANT", "USER"]), "ADMIN"),
        else_="DEPLOYED_RESOURCES",
    )


RESOURCES = (
    Resource(
        name="audit-logs",
        source=phrases.source,
        key=("auditLogKey",),
        tenant=_audit.tenant_id,
        fields={
            "auditLogKey": Field(_audit.key, "key"),
            "timestamp": Field(_audit.at, "instant"),
            "operationType": Field(_said.operation, "enum"),
            "entityType": Field(_said.entity_type, "enum"),
            "entityKey": Field(_audit.entity_key, "key", among=partly(_audit.entity_key, _audit.root_key)),
            "category": Field(_category(), "enum"),
            "result": Field(_said.result, "enum"),
            "actorType": Field(_actor_type(), "enum"),
            "actorKind": Field(_said.actor_kind),
            "actorId": Field(_said.actor_id),
            "processInstanceKey": Field(
                _said.process_instance_key,
                "key",
                nullable=True,
                among=_of_instance,
            ),
            "rootProcessInstanceKey": Field(
                case((_audit.root_key != 0, _audit.root_key), else_=null()), "key", nullable=True
            ),
            "processDefinitionKey": Field(_said.process_definition_key, "key", nullable=True),
            "processDefinitionId": Field(_said.process_id, nullable=True),
            "elementInstanceKey": Field(_audit.element_instance_key, "key", nullable=True),
            "elementId": Field(_said.element_id, nullable=True),
            "jobKey": _key_of("JOB"),
            "userTaskKey": _key_of("USER_TASK"),
            "decisionDefinitionKey": _key_of("DECISION"),
            "deploymentKey": _key_of("RESOURCE"),
            "decisionDefinitionId": Field(_no_text, nullable=True),
            "decisionEvaluationKey": Field(_no_key, "key", nullable=True),
            "decisionRequirementsId": Field(_no_text, nullable=True),
            "decisionRequirementsKey": Field(_no_key, "key", nullable=True),
            "formKey": Field(_no_key, "key", nullable=True),
            "resourceKey": Field(_no_key, "key", nullable=True),
            "batchOperationKey": Field(_no_key, "key", nullable=True),
            "batchOperationType": Field(_no_text, "enum", nullable=True),
            "agentElementId": Field(case((_said.actor_kind == "agent", _said.element_id), else_=null()), nullable=True),
            "relatedEntityKey": Field(_no_key, "key", nullable=True),
            "relatedEntityType": Field(_no_text, "enum", nullable=True),
            "entityDescription": Field(_no_text, nullable=True),
            "inboundChannelType": Field(_no_text, nullable=True),
            "inboundChannelToolName": Field(_no_text, nullable=True),
            "tenantId": Field(_audit.tenant_id),
            # Laneway's own: the place in the chain, the fence around the command, what the command told of itself.
            "sequence": Field(_audit.sequence, "integer"),
            "before": Field(_audit.before, "integer", nullable=True),
            "after": Field(_audit.after, "integer", nullable=True),
            "details": Field(cast(_said.details, Text), "json", shown=_said.details, sortable=False),
            "hash": Field(hexadecimal(_audit.hash), sortable=False),
            "previousHash": Field(func.coalesce(hexadecimal(_previous_hash), ""), sortable=False),
        },
    ),
    Resource(
        name="decision-instances",
        source=decision_instance.outerjoin(root, root.c.key == _decision.root_key),
        key=("decisionEvaluationKey", "sequence"),
        address="decisionEvaluationInstanceKey",
        tenant=_decision.tenant_id,
        fields={
            "decisionEvaluationKey": Field(_decision.evaluation_key, "key"),
            "decisionEvaluationInstanceKey": Field(_decision.address),
            "sequence": Field(_decision.sequence, "integer"),
            "state": Field(_decision.state, "enum"),
            "evaluationDate": Field(_decision.evaluated_at, "instant"),
            "evaluationFailure": Field(_decision.failure, nullable=True),
            "decisionDefinitionId": Field(_decision.decision_id),
            "decisionDefinitionKey": Field(_decision.decision_key, "key", nullable=True),
            "decisionDefinitionName": Field(func.coalesce(_decision.decision_name, _decision.decision_id)),
            "decisionDefinitionVersion": Field(_decision.decision_version, "integer", nullable=True),
            "decisionDefinitionType": Field(_decision.decision_type, "enum"),
            "decisionRequirementsKey": Field(_decision.requirements_key, "key", nullable=True),
            "rootDecisionDefinitionKey": Field(_decision.root_decision_key, "key", nullable=True),
            "result": Field(cast(_decision.result, Text), "json", shown=_decision.result, sortable=False),
            "details": Field(cast(_decision.details, Text), "json", shown=_decision.details, sortable=False),
            "elementInstanceKey": _of_process(_decision.element_instance_key),
            "elementId": Field(func.nullif(_decision.element_id, ""), nullable=True),
            "processInstanceKey": _of_process(_decision.process_instance_key),
            "rootProcessInstanceKey": _of_process(_decision.root_key),
            "processDefinitionKey": _of_process(_decision.process_definition_key),
            "processDefinitionId": Field(func.nullif(_decision.process_id, ""), nullable=True),
            "businessId": BUSINESS_ID,
            "tenantId": Field(_decision.tenant_id),
        },
    ),
)
