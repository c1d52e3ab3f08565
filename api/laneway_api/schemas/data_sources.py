"""The register of data sources: what agents may draw on, who owns it, who approved it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Command, Instant, Name, PageInfo, Wire
from laneway_api.search import SearchBody, Searched

SEARCHED = Searched(
    "data-sources",
    {
        "dataSourceKey": "key",
        "name": "text",
        "owner": "text",
        "status": "text",
        "validFrom": "text",
        "validUntil": "text",
        "reviewed": "text",
        "madeBy": "text",
        "approvedBy": "text",
        "tenantId": "text",
    },
    (
        "dataSourceKey", "name", "owner", "status", "validFrom", "validUntil", "reviewed", "madeBy", "madeAt", "approvedBy",
        "approvedAt", "version", "tenantId",
    ),
)  # fmt: skip

Status = Literal["draft", "approved", "outdated"]
Files = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=500)]],
    Field(min_length=1, max_length=500, description="Patterns of file names; `*` and `?` are known"),
]
Day = Annotated[str, Field(max_length=40, examples=["2026-12-31"], description="ISO 8601 date")]
Age = Annotated[str, Field(max_length=40, examples=["P365D"], description="ISO 8601 duration since the last review")]
Owner = Annotated[str, Field(min_length=1, max_length=200, description="Who answers for it")]


class DataSource(Wire):
    data_source_key: Key
    name: str
    owner: str
    status: Annotated[Status, Falls("draft")]
    files: list[str]
    valid_from: str | None
    valid_until: str | None
    reviewed: str | None
    max_age: str | None
    made_by: str = Field(description="Who said last what stands here")
    made_at: Instant
    approved_by: str | None
    approved_at: Instant | None
    version: int
    tenant_id: str


class DataSources(Wire):
    items: list[DataSource]
    page: PageInfo


class DataSourceSearch(SearchBody):
    searched = SEARCHED


class CreateDataSource(Command):
    name: Name
    owner: Owner
    files: Files
    valid_from: Day | None = None
    valid_until: Day | None = None
    reviewed: Day | None = None
    max_age: Age | None = None


class UpdateDataSource(Command):
    """What is not named stays; null takes a date away."""

    owner: Owner | None = None
    files: Files | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    reviewed: Day | None = None
    max_age: Age | None = None
    status: Status | None = None
    reason: str | None = Field(default=None, max_length=2_000, description="It stays on record")
