"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy builds per dialect."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def insert_or(connection: Connection, table: Table) -> Insert:
    """An insert that can be told what to do on a conflict."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
