"""What every table shares."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, MetaData, Table, TextClause
from sqlalchemy.util import PopulateDict, memoized_property

from laneway.store.types import Key, Name

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


_ONLY = "only on"


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


def index_by(*columns: Column[Any]) -> None:
    """An index by these columns and then by the key of the table.

    On SQLite that key is the address of a row, by which the entries of every index are ordered anyway; named as a column of the
    index it would stand in each entry twice, which is a third of it. Source: https://www.sqlite.org/fileformat2.html, 2.5.
    """
    table = columns[0].table
    for dialect, behind in (("sqlite", ()), ("postgresql", (table.c.key,))):
        Index(None, *columns, *behind, info={_ONLY: dialect}).ddl_if(dialect=dialect)


def indexes_on(dialect: str, table: Table) -> list[Index]:
    """Those of the table that it has on the database of this dialect."""
    return [index for index in table.indexes if index.info.get(_ONLY, dialect) == dialect]


def index_where(name: str, *columns: Any, where: TextClause, unique: bool = False) -> Index:
    """An index over the rows that meet ``where`` alone: lookups of what waits do not pay for what has ended."""
    return _Where(name, *columns, where=where, unique=unique)
