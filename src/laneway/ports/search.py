"""What a search asks for, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a search. ``field`` is the wire name (``processInstanceKey``) of the resource searched.

    ``operator``: eq neq exists in notIn like gt gte lt lte. Conditions of one search are joined by AND; ``any_of`` holds
    alternatives joined by OR, each a list joined by AND (the wire's ``$or``).
    """

    field: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """``resource``: one of those in ``store/search/resources``. ``limit`` 0–10,000 rows; ``after`` / ``before``: cursors that an
    earlier page gave (base64). ``sort``: wire field names with ``ASC``/``DESC``; the key is always the last."""

    resource: str
    filters: tuple[Filter, ...] = ()
    any_of: tuple[tuple[Filter, ...], ...] = ()
    sort: tuple[tuple[str, Literal["ASC", "DESC"]], ...] = ()
    limit: int = 100
    offset: int = 0
    after: str | None = None
    before: str | None = None
    tenant_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``items``: rows as dicts, keyed by wire field names, keys as int, times as aware datetimes. ``total`` is exact up to ``capped``."""

    items: list[dict[str, Any]]
    total: int
    has_more_total: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None
