"""An agent at work on one element: what it was told, what it said, which tools it asked for, and what came of them.

The conversation is kept here, row by row, and nowhere else: whoever takes the next job of the element goes on from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import changer

AgentType = Literal["AI_AGENT_SUB_PROCESS", "AI_AGENT_TASK", "EXTERNAL_AGENT"]
AgentStatus = Literal["INITIALIZING", "TOOL_DISCOVERY", "THINKING", "TOOL_CALLING", "IDLE", "COMPLETED"]
Role = Literal["CONFIGURATION", "USER", "ASSISTANT", "TOOL_RESULT"]
CommitStatus = Literal["PENDING", "COMMITTED", "DISCARDED"]
"""Pending until the job that it was written under is complete; discarded if that never came to be."""

NO_LIMIT = -1


@dataclass(frozen=True, slots=True)
class AgentDefinition:
    """An element of a process definition that an agent works on."""

    key: int
    process_definition_key: int
    process_id: str
    process_version: int
    version_tag: str | None
    element_id: str
    name: str
    agent_type: AgentType
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class AgentInstance:
    """``sequence``: of the last item of its history. ``element_instance_keys``: of all that it worked on, the last one last.

    ``cost`` is a decimal number as text in ``currency``, None as long as no call had a price. ``limits``: ``maxModelCalls``, ``maxToolCalls``,
    ``maxTokens``. ``tools``: ``{"name", "description", "elementId", "inputSchema"}``. Tokens and calls count when they are spent, whatever
    becomes of the items.
    """

    key: int
    root_key: int
    process_instance_key: int
    process_definition_key: int
    process_id: str
    process_version: int
    version_tag: str | None
    element_instance_key: int
    element_id: str
    agent: str
    agent_type: AgentType
    status: AgentStatus
    model: str
    provider: str
    system_prompt: str
    tools: list[dict[str, Any]] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)
    element_instance_keys: list[int] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    model_calls: int = 0
    tool_calls: int = 0
    cost: str | None = None
    currency: str | None = None
    sequence: int = 0
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None
    other_tokens: dict[str, int] | None = None
    """Of agents that work elsewhere: ``reasoningTokenCount``, ``cacheCreationTokenCount``, ``cacheReadTokenCount``."""
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """``content``: ``{"contentType": "TEXT", "text"}`` or ``{"contentType": "OBJECT", "object"}``. ``tool_calls``: ``{"toolCallId",
    "toolName", "elementId", "arguments"}``. ``metrics``: tokens and ``durationMs`` of a call. ``configuration`` of that role alone. ``details``
    are Laneway's own: ``cost``, ``confidence``, ``rationale``, ``sources``, ``refused`` (id of a call → why), ``verdict``."""

    key: int
    root_key: int
    agent_instance_key: int
    element_instance_key: int
    job_key: int
    lease_token: str
    sequence: int
    iteration: int
    role: Role
    content: list[dict[str, Any]]
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, Any] | None = None
    configuration: dict[str, Any] | None = None
    details: dict[str, Any] = field(default_factory=dict)
    status: CommitStatus = "PENDING"
    produced_at: datetime | None = None
    item_id: str | None = None
    """What an agent that works elsewhere calls it, so that the same one is not written twice."""
    tenant_id: str = DEFAULT_TENANT


changed_instance = changer(AgentInstance)
changed_item = changer(HistoryItem)
