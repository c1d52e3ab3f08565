"""The dial of autonomy: its settings, the pairs of answers, the report."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Command, Instant, Name, PageInfo, Short, Wire
from laneway_api.search import SearchBody, Searched

SETTINGS = Searched(
    "autonomy-settings",
    {
        "autonomySettingKey": "key",
        "processDefinitionId": "text",
        "elementId": "text",
        "level": "text",
        "previousLevel": "text",
        "state": "enum",
        "requestedBy": "text",
        "requestedAt": "date",
        "confirmedBy": "text",
        "confirmedAt": "date",
        "tenantId": "text",
    },
    (
        "autonomySettingKey", "processDefinitionId", "elementId", "level", "state", "requestedBy", "requestedAt",
        "confirmedBy", "confirmedAt", "tenantId",
    ),
)  # fmt: skip

PAIRS = Searched(
    "autonomy-pairs",
    {
        "autonomyPairKey": "key",
        "processDefinitionId": "text",
        "processDefinitionKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "elementId": "text",
        "elementInstanceKey": "key",
        "agent": "text",
        "contract": "text",
        "level": "text",
        "openedAt": "date",
        "answeredAt": "date",
        "decidedAt": "date",
        "decidedBy": "text",
        "verdict": "text",
        "agreed": "boolean",
        "failed": "boolean",
        "tenantId": "text",
    },
    (
        "autonomyPairKey", "processDefinitionId", "processInstanceKey", "elementId", "elementInstanceKey", "agent",
        "level", "openedAt", "answeredAt", "decidedAt", "decidedBy", "verdict", "agreed", "failed", "tenantId",
    ),
)  # fmt: skip

Level = Annotated[Literal["manual", "shadow", "recommend", "approve", "auto"], Falls("manual")]
Reason = Annotated[str, Field(min_length=1, max_length=2_000, description="Why; it stays on record")]


class AutonomySetting(Wire):
    autonomy_setting_key: Key
    process_definition_id: str
    element_id: str = Field(description="Empty: all agent tasks of the process that have no setting of their own")
    level: Level
    previous_level: Level
    reason: str
    state: Annotated[Literal["PENDING", "ACTIVE", "REPLACED", "WITHDRAWN"], Falls("REPLACED")]
    requested_by: str = Field(description="`kind:name`")
    requested_at: Instant
    confirmed_by: str | None
    confirmed_at: Instant | None
    tenant_id: str


class AutonomySettings(Wire):
    items: list[AutonomySetting]
    page: PageInfo


class AutonomySettingSearch(SearchBody):
    searched = SETTINGS


class SetAutonomy(Command):
    process_definition_id: Name
    element_id: Short = ""
    level: Literal["manual", "shadow", "recommend", "approve", "auto"]
    reason: Reason


class AutonomyPair(Wire):
    autonomy_pair_key: Key
    process_definition_id: str
    process_definition_key: Key
    process_instance_key: Key
    root_process_instance_key: Key
    element_id: str
    element_instance_key: Key
    agent: str
    contract: str = Field(description="SHA-256 of the contract that the agent worked under")
    level: Level
    opened_at: Instant
    answered_at: Instant | None
    output: dict[str, Any] | None = Field(description="What the agent answered")
    failed: bool
    failure: str | None
    confidence: str | None
    model: str | None
    agent_seconds: str | None
    cost: str | None
    currency: str | None
    decided_at: Instant | None
    decided_by: str | None
    verdict: str | None = Field(description="given, accepted, approved, overridden, rejected")
    decision: dict[str, Any] | None = Field(description="What the person answered")
    reason: str | None
    person_seconds: str | None
    agreed: bool | None
    fields: dict[str, bool] | None = Field(description="Output field: whether both say the same")
    distance: str | None = Field(description="Edit distance of their texts, from 0 to 1")
    tenant_id: str


class AutonomyPairs(Wire):
    items: list[AutonomyPair]
    page: PageInfo


class AutonomyPairSearch(SearchBody):
    searched = PAIRS


class ReplayAgent(Command):
    agent: Name | None = Field(default=None, description="Default: the only one in the file")
    contract: Annotated[str, Field(min_length=1, max_length=1_000_000, description="An agents file, as YAML or JSON")]
    process_definition_id: Name | None = Field(default=None, description="Only what it answered in this process")
    process_definition_version: Annotated[int, Field(ge=1)] | None = None
    element_id: Name | None = None
    since: Instant | None = Field(default=None, description="Only what the agent answered from then on")
    until: Instant | None = Field(default=None, description="Only what it answered before then")
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class AgentReplay(Wire):
    agent: str
    contract: str = Field(description="SHA-256 of the contract that was tried")
    prompt: str | None = Field(description="SHA-256 of all that it tells the agent besides its input")
    calls: int
    failed: int
    not_asked: int = Field(description="How many were left because of what stopped it")
    stopped: str | None = Field(description="Why it ended early: a limit without room, or a kill switch")
    skipped: int = Field(description="Turns of conversations whose history is gone, which are not given again")
    same: dict[str, Any] = Field(description="How often it says the same as before: share, low, high")
    with_people: dict[str, Any] = Field(description="How often it says what a person decided: pairs, share, low, high")
    cost: dict[str, Any] = Field(description="before, now, currency")
    seconds: dict[str, Any] = Field(description="before, now")
    tools: dict[str, Any] = Field(
        description="answered: calls of tools that what was recorded answered; differences: calls that were not recorded, refused, or not asked for"
    )
    differences: list[dict[str, Any]] = Field(
        description="One for each answer that is not the same, or whose tools differ"
    )


class AutonomyReport(Wire):
    tasks: list[dict[str, Any]] = Field(description="One for each agent task that has pairs")
    benefits: list[dict[str, Any]] = Field(description="One for each process that has pairs")
    missing: list[dict[str, Any]] = Field(
        description="One for each agent task at shadow where the person was done before the agent had given an answer: how often"
    )
    acting: list[dict[str, Any]] = Field(
        description="One for each agent that acts by itself under a contract with a band"
    )
