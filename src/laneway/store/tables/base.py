"""What every table shares."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, MetaData, TextClause
from sqlalchemy.util import PopulateDict, memoized_property

from laneway.store.types import Key, Name

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> Column[int]:
    return Column("key", Key, primary_key=True, autoincrement=False)


def tenant() -> Column[str]:
    return Column("tenant_id", Name, nullable=False)


def of_instance() -> list[Column[Any]]:
    """Which instance a row belongs to; the id of its process beside it, so that no search has to join for it."""
    return [
        Column("root_key", Key, nullable=False),
        Column("process_instance_key", Key, nullable=False),
        Column("process_definition_key", Key, nullable=False),
        Column("process_id", Name, nullable=False),
        Column("element_instance_key", Key, nullable=False),
        Column("element_id", Name, nullable=False),
        tenant(),
    ]


class _Where(Index):
    """As with ``sqlite_where`` and ``postgresql_where``, which import both dialects when a table is declared."""

    inherit_cache = True

    def __init__(self, name: str, *columns: Any, where: TextClause, unique: bool) -> None:
        super().__init__(name, *columns, unique=unique)
        self._where = where

    @memoized_property
    def dialect_options(self) -> PopulateDict[str, Any]:
        options: PopulateDict[str, Any] = super().dialect_options
        for dialect in ("sqlite", "postgresql"):
            options[dialect]["where"] = self._where
        return options


def index_where(name: str, *columns: Any, where: TextClause, unique: bool = False) -> Index:
    """An index over the rows that meet ``where`` alone: lookups of what waits do not pay for what has ended."""
    return _Where(name, *columns, where=where, unique=unique)
