"""Budgets: what agents have used, by span and measure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Instant, PageInfo, Wire
from laneway_api.search import SearchBody, Searched

SEARCHED = Searched(
    "budgets",
    {
        "budgetKey": "key",
        "span": "text",
        "spanKey": "text",
        "measure": "text",
        "currency": "text",
        "lastUpdatedDate": "date",
        "tenantId": "text",
    },
    ("budgetKey", "span", "spanKey", "measure", "currency", "spent", "reserved", "lastUpdatedDate", "tenantId"),
)


class Budget(Wire):
    budget_key: Key
    span: Annotated[Literal["job", "instance", "day", "definition", "tenant"], Falls("job")]
    span_key: str = Field(
        description="Key of the job or instance; `process/agent/day`, `process/day` or the day in UTC for the others"
    )
    measure: Annotated[Literal["calls", "tokens", "money", "seconds"], Falls("calls")]
    currency: str | None
    spent: float
    reserved: float = Field(description="Set aside for calls that are under way")
    most: float | None = Field(description="The limit that the last call was held against, where there was one")
    left: float | None
    last_updated_date: Instant
    tenant_id: str


class Budgets(Wire):
    items: list[Budget]
    page: PageInfo


class BudgetSearch(SearchBody):
    searched = SEARCHED
