"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy builds per dialect.

A dialect is imported when it is asked for: that of PostgreSQL takes a tenth of a second, and on SQLite nobody needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Insert = postgresql.Insert | sqlite.Insert

_DIALECTS = ("postgresql", "sqlite")


def _insert(dialect: str, table: Table) -> Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def insert_or(connection: Connection, table: Table) -> Insert:
    """An insert that can be told what to do on a conflict."""
    return _insert(connection.dialect.name, table)


class Upsert(Mapping[str, "Insert"]):
    """Inserts into ``table`` by the dialect's name."""

    def __init__(self, table: Table, finish: Callable[[Any], Insert]) -> None:
        self.table = table
        self._finish = finish
        self._made: dict[str, Insert] = {}

    def __getitem__(self, dialect: str) -> Insert:
        if dialect not in _DIALECTS:
            raise KeyError(dialect)
        found = self._made.get(dialect)
        if found is None:
            found = self._made[dialect] = self._finish(_insert(dialect, self.table))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_DIALECTS)

    def __len__(self) -> int:
        return len(_DIALECTS)


def replacing(table: Table, on: Sequence[str], columns: Sequence[str]) -> Upsert:
    """Inserts that write ``columns`` of the row which is there already, as told by ``on``."""

    def finish(insert: Any) -> Insert:
        new = {name: insert.excluded[name] for name in columns}
        finished: Insert = insert.on_conflict_do_update(index_elements=list(on), set_=new)
        return finished

    return Upsert(table, finish)


def unless_there(table: Table) -> Upsert:
    """Inserts of rows that stay as they are where they are there already."""

    def finish(insert: Any) -> Insert:
        finished: Insert = insert.on_conflict_do_nothing()
        return finished

    return Upsert(table, finish)
