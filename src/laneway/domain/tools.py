"""The tools that a contract lets an agent call, and what became of its calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from laneway.domain.types import DEFAULT_TENANT

Access = Literal["read", "write", "needs_approval", "prohibited"]
ToolKind = Literal["http", "python", "mcp", "a2a", "drawn"]


@dataclass(frozen=True, slots=True)
class ToolGrant:
    """One tool as the process owner wrote it down.

    ``schema``: JSON Schema of its arguments; ``schema_hash``: of the schema that was approved. ``hosts``: what URLs in ``host_arguments`` may
    name. ``recipients``: arguments that say where something goes. ``untrusted_may_choose``: text from outside may lead to its being called;
    ``untrusted_may_fill``: arguments that may hold such text. ``trusted_result``: it answers from a system of record, so that what it says
    is not text from outside. ``idempotent``: the same call twice, under one idempotency key, does what it does once. ``config`` belongs to
    the kind. ``error_known``: where a tool of an MCP server answers with an error, it did nothing. ``timeout``, ``approval_expires``: seconds. ``approvers``, ``approver_groups``: who may be asked; none: anybody but its makers.
    """

    name: str
    kind: ToolKind
    description: str
    access: Access
    schema: Mapping[str, Any]
    schema_hash: str
    config: Mapping[str, Any] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    host_arguments: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    untrusted_may_choose: bool = False
    untrusted_may_fill: frozenset[str] = frozenset()
    trusted_result: bool = False
    idempotent: bool = False
    error_known: bool = False
    timeout: float = 30.0
    approvers: tuple[str, ...] = ()
    approver_groups: tuple[str, ...] = ()
    approval_expires: float = 86_400.0


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """One message of the conversation that a job has with its model, in the order of ``position``.

    ``message``: as ``agents.chat.to_json`` writes it. ``usage``: of a reply, ``{"inputTokens", "outputTokens", "model", "cost", "currency"}``.
    ``origins``: whose words are in it.
    """

    job_key: int
    position: int
    root_key: int
    process_instance_key: int
    message: Mapping[str, Any]
    origins: list[str]
    created_at: datetime
    usage: Mapping[str, Any] | None = None
    tenant_id: str = DEFAULT_TENANT


CallState = Literal["intended", "waiting", "sent", "done", "failed", "denied", "unknown"]
ENDED_CALLS: Final[frozenset[str]] = frozenset({"done", "failed", "denied"})


@dataclass(frozen=True, slots=True)
class ToolCallRecord:
    """One call that a model asked for.

    ``turn``, ``place``: which reply asked for it, and where in it. ``arguments``: canonical JSON, as text. ``state`` ``sent`` is
    committed before anything goes out, so that whoever finds it knows that it may have happened. ``result``: what came back.
    ``version`` is the fence of every write.
    """

    key: int
    root_key: int
    process_instance_key: int
    process_definition_key: int
    process_id: str
    element_instance_key: int
    element_id: str
    job_key: int
    agent: str
    turn: int
    place: int
    call_id: str
    tool: str
    state: CallState
    arguments: str
    origins: list[str]
    created_at: datetime
    kind: str | None = None
    access: str | None = None
    schema_hash: str | None = None
    because: list[str] = field(default_factory=list)
    approval_key: int | None = None
    result: Any = None
    message: str | None = None
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1
    tenant_id: str = DEFAULT_TENANT

    @property
    def idempotency_key(self) -> str:
        """The same however often it is sent."""
        return f"laneway-call-{self.key}"


ApprovalState = Literal["PENDING", "APPROVED", "REJECTED", "EXPIRED", "USED", "CANCELED"]


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """A call that waits for a person. ``arguments``: exactly what is going to be done, ``proposed``: what the agent asked for, both
    canonical JSON as text. ``makers``: who had a hand in it, as ``kind:id``. ``seal``: of what was approved, by whom, until when."""

    key: int
    root_key: int
    process_instance_key: int
    process_definition_key: int
    process_id: str
    element_instance_key: int
    element_id: str
    job_key: int
    tool_call_key: int
    agent: str
    tool: str
    description: str
    schema_hash: str
    arguments: str
    proposed: str
    because: list[str]
    makers: list[str]
    candidate_users: list[str]
    candidate_groups: list[str]
    state: ApprovalState
    expires_at: datetime
    created_at: datetime
    assignee: str | None = None
    seal: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    used_at: datetime | None = None
    version: int = 1
    tenant_id: str = DEFAULT_TENANT
