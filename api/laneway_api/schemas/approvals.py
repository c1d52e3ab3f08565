"""Approvals of what agents are about to do, and the calls of tools that they are about."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Command, Instant, PageInfo, Wire
from laneway_api.search import SearchBody, Searched

SEARCHED = Searched(
    "approvals",
    {
        "approvalKey": "key",
        "toolCallKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "processDefinitionKey": "key",
        "processDefinitionId": "text",
        "elementInstanceKey": "key",
        "elementId": "text",
        "jobKey": "key",
        "agent": "text",
        "tool": "text",
        "tenantId": "text",
        "state": "enum",
        "assignee": "text",
        "decidedBy": "text",
        "decisionTime": "date",
        "expirationTime": "date",
        "creationTime": "date",
    },
    ("approvalKey", "creationTime", "expirationTime", "decisionTime", "state", "tool", "agent"),
)
SEARCHED_CALLS = Searched(
    "tool-calls",
    {
        "toolCallKey": "key",
        "approvalKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "processDefinitionKey": "key",
        "processDefinitionId": "text",
        "elementInstanceKey": "key",
        "elementId": "text",
        "jobKey": "key",
        "agent": "text",
        "tool": "text",
        "tenantId": "text",
        "state": "text",
        "access": "text",
        "kind": "text",
        "creationTime": "date",
        "sentTime": "date",
        "endTime": "date",
    },
    ("toolCallKey", "creationTime", "sentTime", "endTime", "state", "tool", "agent"),
)

Reason = Annotated[str, Field(max_length=2_000, description="Why; it stays on record")]


class Place(Wire):
    process_instance_key: Key
    root_process_instance_key: Key
    process_definition_key: Key
    process_definition_id: str
    element_instance_key: Key
    element_id: str
    job_key: Key
    agent: str
    tool: str
    tenant_id: str


class Approval(Place):
    approval_key: Key
    tool_call_key: Key
    state: Annotated[Literal["PENDING", "APPROVED", "REJECTED", "EXPIRED", "USED", "CANCELED"], Falls("PENDING")]
    description: str = Field(description="What the tool does")
    arguments: str = Field(description="Exactly what it is going to be called with, as JSON")
    arguments_hash: str = Field(description="SHA-256 of `arguments`, by which an approval names what was seen")
    proposed: str = Field(description="What the agent asked for, as JSON; it differs once a person edited it")
    schema_hash: str
    because: list[str] = Field(description="Why a person is asked")
    makers: list[str] = Field(description="Who had a hand in it, and cannot approve it")
    candidate_users: list[str]
    candidate_groups: list[str]
    assignee: str | None
    decided_by: str | None
    decision_time: Instant | None
    reason: str | None
    expiration_time: Instant
    used_time: Instant | None
    creation_time: Instant


class Approvals(Wire):
    items: list[Approval]
    page: PageInfo


class ApprovalSearch(SearchBody):
    searched = SEARCHED


class Approve(Command):
    arguments_hash: str = Field(pattern="^[0-9a-f]{64}$", description="As the approval had it when you looked at it")
    reason: Reason = ""


class Reject(Command):
    reason: Annotated[Reason, Field(min_length=1)]


class EditApproval(Command):
    arguments: dict[str, Any] = Field(description="In the place of the agent's")


class ToolCall(Place):
    tool_call_key: Key
    kind: Annotated[Literal["http", "python", "mcp", "none"], Falls("none")] = Field(
        description="none: the contract has no such tool"
    )
    access: Annotated[Literal["read", "write", "needs_approval", "prohibited", "none"], Falls("none")]
    state: Annotated[
        Literal["intended", "waiting", "sent", "done", "failed", "denied", "unknown"], Falls("unknown")
    ] = Field(description="unknown: it was sent, and nobody knows what came of it")
    arguments: str = Field(description="As JSON")
    schema_hash: str | None
    origins: list[str] = Field(description="Whose words led to it")
    because: list[str] = Field(description="Why a person was asked")
    approval_key: Key | None
    message: str | None
    creation_time: Instant
    sent_time: Instant | None
    end_time: Instant | None


class ToolCalls(Wire):
    items: list[ToolCall]
    page: PageInfo


class ToolCallSearch(SearchBody):
    searched = SEARCHED_CALLS


class TellOutcome(Command):
    outcome: Literal["done", "not_done"]
    reason: Annotated[Reason, Field(min_length=1)]
    result: Any = Field(
        default=None, description="What the tool would have answered, told to the agent where it was done"
    )
