"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy builds per dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def insert_or(connection: Connection, table: Table) -> Insert:
    """An insert that can be told what to do on a conflict."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def replacing(table: Table, on: Sequence[str], columns: Sequence[str]) -> Mapping[str, Insert]:
    """Inserts, by the dialect's name, that write ``columns`` of the row which is there already, as told by ``on``."""
    statements: dict[str, Insert] = {}
    inserts: dict[str, Insert] = {"postgresql": postgresql.insert(table), "sqlite": sqlite.insert(table)}
    for dialect, insert in inserts.items():
        new = {name: insert.excluded[name] for name in columns}
        statements[dialect] = insert.on_conflict_do_update(index_elements=list(on), set_=new)
    return statements


def unless_there(table: Table) -> Mapping[str, Insert]:
    """Inserts, by the dialect's name, of rows that stay as they are where they are there already."""
    inserts: dict[str, Insert] = {"postgresql": postgresql.insert(table), "sqlite": sqlite.insert(table)}
    return {dialect: insert.on_conflict_do_nothing() for dialect, insert in inserts.items()}
