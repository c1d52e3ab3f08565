"""Kill switches: what agents may not go on with, and who said so."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Command, Instant, Name, PageInfo, Wire
from laneway_api.search import SearchBody, Searched

SEARCHED = Searched(
    "kill-switches",
    {
        "killSwitchKey": "key",
        "scope": "text",
        "name": "text",
        "state": "enum",
        "setBy": "text",
        "setAt": "date",
        "liftedBy": "text",
        "liftedAt": "date",
        "tenantId": "text",
    },
    ("killSwitchKey", "scope", "name", "state", "setBy", "setAt", "liftedBy", "liftedAt", "tenantId"),
)

Reason = Annotated[str, Field(min_length=1, max_length=2_000, description="Why; it stays on record")]


class KillSwitch(Wire):
    kill_switch_key: Key
    scope: Annotated[Literal["agent", "model", "tool", "definition"], Falls("agent")]
    name: str = Field(description="What is stopped; `*` for all of the scope")
    state: Annotated[Literal["SET", "LIFTED"], Falls("SET")]
    reason: str
    set_by: str
    set_at: Instant
    lifted_by: str | None
    lifted_at: Instant | None
    lift_reason: str | None
    tenant_id: str


class KillSwitches(Wire):
    items: list[KillSwitch]
    page: PageInfo


class KillSwitchSearch(SearchBody):
    searched = SEARCHED


class SetKillSwitch(Command):
    scope: Literal["agent", "model", "tool", "definition"]
    name: Name = Field(
        description="Name of the agent; of the model as contracts name it; of the tool, its system or its host; "
        "id or key of the process. `*`: all of them"
    )
    reason: Reason


class LiftKillSwitch(Command):
    reason: Reason
