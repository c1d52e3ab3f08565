"""Agents: the elements that they work on, what they are at, what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from laneway.commands import Item, Under, Written
from laneway.domain.agent_instance import NO_LIMIT
from laneway.domain.contract import MOST_TOKENS
from laneway_api.rows import Falls, Key, shape
from laneway_api.schemas.common import Command, InKey, Instant, Name, PageInfo, Text, Wire
from laneway_api.search import SearchBody, Searched

DEFINITIONS = Searched(
    "agent-definitions",
    {
        "agentDefinitionKey": "key",
        "agentType": "enum",
        "name": "text",
        "elementId": "text",
        "processDefinitionId": "text",
        "processDefinitionKey": "key",
        "processDefinitionVersion": "integer",
        "processDefinitionVersionTag": "text",
        "tenantId": "text",
    },
    (
        "agentDefinitionKey", "agentType", "elementId", "name", "processDefinitionId", "processDefinitionKey",
        "processDefinitionVersion", "processDefinitionVersionTag", "tenantId",
    ),
)  # fmt: skip
INSTANCES = Searched(
    "agent-instances",
    {
        "agentInstanceKey": "key",
        "agentDefinitionKey": "key",
        "agent": "text",
        "status": "enum",
        "elementId": "text",
        "elementInstanceKey": "key",
        "elementInstanceKeys": "tags",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "processDefinitionKey": "key",
        "processDefinitionId": "text",
        "processDefinitionVersion": "integer",
        "processDefinitionVersionTag": "text",
        "tenantId": "text",
        "creationDate": "date",
        "lastUpdatedDate": "date",
        "completionDate": "date",
    },
    (
        "agentDefinitionKey", "agentInstanceKey", "completionDate", "creationDate", "elementId", "lastUpdatedDate",
        "processDefinitionKey", "processInstanceKey", "rootProcessInstanceKey", "status", "tenantId",
    ),
)  # fmt: skip
HISTORY = Searched(
    "agent-history-items",
    {
        "historyItemKey": "key",
        "role": "enum",
        "elementInstanceKey": "key",
        "jobKey": "key",
        "loopIteration": "integer",
        "commitStatus": "enum",
        "producedAt": "date",
    },
    ("historyItemKey", "loopIteration", "producedAt"),
)

AgentType = Annotated[Literal["AI_AGENT_SUB_PROCESS", "AI_AGENT_TASK", "EXTERNAL_AGENT"], Falls("EXTERNAL_AGENT")]
Status = Annotated[
    Literal["COMPLETED", "IDLE", "INITIALIZING", "THINKING", "TOOL_CALLING", "TOOL_DISCOVERY", "UNKNOWN"],
    Falls("UNKNOWN"),
]
Content = Annotated[
    list[dict[str, Any]], Field(description="Blocks: `{contentType: TEXT, text}` or `{contentType: OBJECT, object}`")
]


class AgentDefinition(Wire):
    agent_definition_key: Key
    agent_type: AgentType
    name: str
    element_id: str
    process_definition_id: str
    process_definition_key: Key
    process_definition_version: int
    process_definition_version_tag: str | None
    tenant_id: str


class AgentDefinitions(Wire):
    items: list[AgentDefinition]
    page: PageInfo


class Limits(Wire):
    max_model_calls: int = Field(description="-1: no limit")
    max_tool_calls: int
    max_tokens: int


class Definition(Wire):
    model: str
    provider: str
    system_prompt: Content


class Metrics(Wire):
    input_tokens: int
    output_tokens: int
    reasoning_token_count: int
    cache_creation_token_count: int
    cache_read_token_count: int
    model_calls: int
    tool_calls: int


class Tool(Wire):
    name: str
    description: str | None
    element_id: str | None


class AgentInstance(Wire):
    agent_instance_key: Key
    agent_definition_key: Key
    agent: str = Field(description="The name of its contract (Laneway's own)")
    status: Status
    definition: Definition
    metrics: Metrics = Field(description="Of all its calls, also of those that came to nothing")
    cost: str | None = Field(description="A decimal number, where the model's price is known (Laneway's own)")
    currency: str | None
    limits: Limits
    tools: list[Tool]
    element_id: str
    process_instance_key: Key
    root_process_instance_key: Key
    process_definition_key: Key
    process_definition_id: str
    process_definition_version: int
    process_definition_version_tag: str | None
    tenant_id: str
    creation_date: Instant
    last_updated_date: Instant
    completion_date: Instant | None
    element_instance_keys: list[str]


class AgentInstances(Wire):
    items: list[AgentInstance]
    page: PageInfo


class ToolCall(Wire):
    tool_call_id: str
    tool_name: str
    element_id: str | None
    arguments: dict[str, Any] | None


class CallMetrics(Wire):
    input_tokens: int | None
    output_tokens: int | None
    reasoning_token_count: int | None
    cache_creation_token_count: int | None
    cache_read_token_count: int | None
    duration_ms: int | None


class HistoryItem(Wire):
    history_item_key: Key
    history_item_id: str
    agent_instance_key: Key
    element_instance_key: Key
    job_key: Key
    job_lease_token: str
    loop_iteration: int
    role: Literal["ASSISTANT", "CONFIGURATION", "TOOL_RESULT", "USER"]
    content: Content
    tool_calls: list[ToolCall]
    metrics: CallMetrics | None
    commit_status: Literal["COMMITTED", "DISCARDED", "PENDING"] = Field(
        description="Pending until its job is complete; discarded where that never came to be"
    )
    produced_at: Instant
    tools: list[Tool]
    model: str | None
    provider: str | None
    limits: Limits
    system_prompt: Content
    details: dict[str, Any] = Field(
        description="Cost, confidence, rationale, sources, and why calls were refused (Laneway's own)"
    )


class History(Wire):
    items: list[HistoryItem]
    page: PageInfo


Tokens = Annotated[int, Field(ge=0, le=MOST_TOKENS)]


class GivenText(Command):
    content_type: Literal["TEXT"]
    text: Annotated[str, Field(max_length=1_000_000)]


class GivenObject(Command):
    content_type: Literal["OBJECT"]
    object: Any


class GivenDocument(Command):
    content_type: Literal["DOCUMENT"]
    document_reference: dict[str, Any]


GivenContent = Annotated[list[GivenText | GivenObject | GivenDocument], Field(max_length=1_000)]


class GivenToolCall(Command):
    tool_call_id: Name
    tool_name: Name
    element_id: Name | None = None
    arguments: dict[str, Any] | None = None


class GivenMetrics(Command):
    input_tokens: Tokens | None = None
    output_tokens: Tokens | None = None
    reasoning_token_count: Tokens | None = None
    cache_creation_token_count: Tokens | None = None
    cache_read_token_count: Tokens | None = None
    duration_ms: Tokens | None = None


class GivenTool(Command):
    name: Name
    description: Text | None = None
    element_id: Name | None = None


class GivenLimits(Command):
    max_model_calls: Annotated[int, Field(ge=-1, le=2**31 - 1)]
    max_tool_calls: Annotated[int, Field(ge=-1, le=2**31 - 1)]
    max_tokens: Annotated[int, Field(ge=-1, le=MOST_TOKENS)]


class GivenItem(Command):
    history_item_id: Name = Field(description="The caller's own, by which an item that is sent again is known")
    loop_iteration: Annotated[int, Field(ge=0, le=2**31 - 1)]
    role: Literal["ASSISTANT", "CONFIGURATION", "TOOL_RESULT", "USER"]
    content: GivenContent
    produced_at: Instant
    tool_calls: Annotated[list[GivenToolCall], Field(max_length=1_000)] | None = None
    metrics: GivenMetrics | None = None
    tools: Annotated[list[GivenTool], Field(max_length=1_000)] | None = None
    model: Name | None = None
    provider: Name | None = None
    limits: GivenLimits | None = None
    system_prompt: GivenContent | None = None

    def as_item(self) -> Item:
        said: dict[str, Any] = {"model": self.model, "provider": self.provider}
        said["tools"] = None if self.tools is None else [tool.model_dump(by_alias=True) for tool in self.tools]
        said["limits"] = None if self.limits is None else self.limits.model_dump(by_alias=True)
        if self.system_prompt:
            blocks = [block.model_dump(by_alias=True) for block in self.system_prompt]
            said["systemPrompt"] = "\n".join(str(block.get("text", block)) for block in blocks)
        metrics = None if self.metrics is None else self.metrics.model_dump(by_alias=True, exclude_none=True)
        return Item(
            self.history_item_id,
            self.loop_iteration,
            self.role,
            [block.model_dump(by_alias=True) for block in self.content],
            self.produced_at,
            [call.model_dump(by_alias=True) for call in self.tool_calls or ()],
            metrics,
            {name: value for name, value in said.items() if value is not None},
        )


class GivenHistory(Command):
    element_instance_key: InKey
    job_key: InKey
    job_lease_token: Name = Field(description="Of an activation with `withLease`")

    def under(self) -> Under:
        return Under(self.element_instance_key, self.job_key, self.job_lease_token)


class CreateAgentInstance(GivenHistory):
    history: Annotated[list[GivenItem], Field(max_length=500)] = Field(
        description="CONFIGURATION and USER items; one of them says model, provider and system prompt"
    )


class UpdateAgentInstance(GivenHistory):
    status: Literal["IDLE", "THINKING", "TOOL_CALLING", "TOOL_DISCOVERY"] | None = None
    history: Annotated[list[GivenItem], Field(max_length=500)] | None = None


class CreatedItem(Wire):
    history_item_id: str
    history_item_key: Key
    is_duplicate: bool = Field(description="It was there already; nothing was written")


class CreatedAgentInstance(Wire):
    agent_instance_key: Key
    created_history: list[CreatedItem]


class UpdatedAgentInstance(Wire):
    created_history: list[CreatedItem]


def created(written: Sequence[Written]) -> list[dict[str, Any]]:
    return [
        {"historyItemId": each.id, "historyItemKey": str(each.key), "isDuplicate": each.duplicate} for each in written
    ]


class AgentDefinitionSearch(SearchBody):
    searched = DEFINITIONS


class AgentInstanceSearch(SearchBody):
    searched = INSTANCES


class AgentHistorySearch(SearchBody):
    searched = HISTORY


def instance(row: Mapping[str, Any]) -> dict[str, Any]:
    metrics = {name: row[name] for name in ("inputTokens", "outputTokens", "modelCalls", "toolCalls")}
    metrics |= row["otherTokens"] or {}
    given = {
        **row,
        "definition": None,
        "metrics": None,
        "limits": None,
        "tools": None,
        "elementInstanceKeys": [str(key) for key in row["elementInstanceKeys"]],
    }
    shown = shape(_Flat, given)
    return {
        **shown,
        "definition": {
            "model": row["model"],
            "provider": row["provider"],
            "systemPrompt": _prompt(row["systemPrompt"]),
        },
        "metrics": shape(Metrics, metrics),
        "limits": _limits(row["limits"]),
        "tools": _tools(row["tools"]),
    }


def item(row: Mapping[str, Any]) -> dict[str, Any]:
    said: Mapping[str, Any] = row["configuration"] or {}
    metrics = row["metrics"]
    return {
        **shape(_FlatItem, row),
        "historyItemId": row["historyItemId"] or str(row["historyItemKey"]),
        "content": row["content"],
        "toolCalls": [shape(ToolCall, {"arguments": None, **call}) for call in row["toolCalls"]],
        "metrics": None if metrics is None else shape(CallMetrics, metrics),
        "tools": _tools(said.get("tools", ())),
        "model": said.get("model"),
        "provider": said.get("provider"),
        "limits": _limits(said.get("limits", {})),
        "systemPrompt": _prompt(said.get("systemPrompt", "")),
        "details": row["details"],
    }


def _prompt(text: str) -> list[dict[str, Any]]:
    return [{"contentType": "TEXT", "text": text}] if text else []


def _limits(said: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(said.get(name, NO_LIMIT)) for name in ("maxModelCalls", "maxToolCalls", "maxTokens")}


def _tools(said: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: tool.get(name) for name in ("name", "description", "elementId")} for tool in said]


class _Flat(Wire):
    """The fields of an instance that stand in its row as they go out."""

    agent_instance_key: Key
    agent_definition_key: Key
    agent: str
    status: Status
    cost: str | None
    currency: str | None
    element_id: str
    process_instance_key: Key
    root_process_instance_key: Key
    process_definition_key: Key
    process_definition_id: str
    process_definition_version: int
    process_definition_version_tag: str | None
    tenant_id: str
    creation_date: Instant
    last_updated_date: Instant
    completion_date: Instant | None
    element_instance_keys: list[str]


class _FlatItem(Wire):
    history_item_key: Key
    agent_instance_key: Key
    element_instance_key: Key
    job_key: Key
    job_lease_token: str
    loop_iteration: int
    role: str
    commit_status: str
    produced_at: Instant
