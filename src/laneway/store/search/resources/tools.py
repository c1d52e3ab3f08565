"""What agents asked for, and who lets them."""

from __future__ import annotations

from typing import Any

from laneway.store.search.fields import Field, Resource
from laneway.store.tables import approval, tool_call

_call = tool_call.c
_approval = approval.c


def _place(columns: Any) -> dict[str, Field]:
    return {
        "processInstanceKey": Field(columns.process_instance_key, "key"),
        "rootProcessInstanceKey": Field(columns.root_key, "key"),
        "processDefinitionKey": Field(columns.process_definition_key, "key"),
        "processDefinitionId": Field(columns.process_id),
        "elementInstanceKey": Field(columns.element_instance_key, "key"),
        "elementId": Field(columns.element_id),
        "jobKey": Field(columns.job_key, "key"),
        "agent": Field(columns.agent),
        "tool": Field(columns.tool),
        "tenantId": Field(columns.tenant_id),
    }


RESOURCES = (
    Resource(
        name="tool-calls",
        source=tool_call,
        key=("toolCallKey",),
        tenant=_call.tenant_id,
        fields={
            "toolCallKey": Field(_call.key, "key"),
            **_place(_call),
            "kind": Field(_call.kind, nullable=True),
            "access": Field(_call.access, nullable=True),
            "state": Field(_call.state),
            "arguments": Field(_call.arguments),
            "schemaHash": Field(_call.schema_hash, nullable=True),
            "origins": Field(_call.origins, "json"),
            "because": Field(_call.because, "json"),
            "approvalKey": Field(_call.approval_key, "key", nullable=True),
            "message": Field(_call.message, nullable=True),
            "creationTime": Field(_call.created_at, "instant"),
            "sentTime": Field(_call.sent_at, "instant", nullable=True),
            "endTime": Field(_call.ended_at, "instant", nullable=True),
        },
    ),
    Resource(
        name="approvals",
        source=approval,
        key=("approvalKey",),
        tenant=_approval.tenant_id,
        fields={
            "approvalKey": Field(_approval.key, "key"),
            **_place(_approval),
            "toolCallKey": Field(_approval.tool_call_key, "key"),
            "state": Field(_approval.state, "enum"),
            "description": Field(_approval.description),
            "arguments": Field(_approval.arguments),
            "proposed": Field(_approval.proposed),
            "schemaHash": Field(_approval.schema_hash),
            "because": Field(_approval.because, "json"),
            "makers": Field(_approval.makers, "json"),
            "candidateUsers": Field(_approval.candidate_users, "json"),
            "candidateGroups": Field(_approval.candidate_groups, "json"),
            "assignee": Field(_approval.assignee, nullable=True),
            "decidedBy": Field(_approval.decided_by, nullable=True),
            "decisionTime": Field(_approval.decided_at, "instant", nullable=True),
            "reason": Field(_approval.reason, nullable=True),
            "expirationTime": Field(_approval.expires_at, "instant"),
            "usedTime": Field(_approval.used_at, "instant", nullable=True),
            "creationTime": Field(_approval.created_at, "instant"),
        },
    ),
)
