"""What all parts of a unit of work share: the connection, the clock, the keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select

from laneway.domain.definition import ProcessDefinition
from laneway.ports import IdSource

T = TypeVar("T")


class BaseUnit:
    """One transaction on one connection.

    Parameters
    ----------
    connection
        In a transaction already; whoever made it commits.
    now
        The database's clock when the transaction began.
    ids
        Gives the keys of what is written.
    writes
        False for a reading view: rows are not locked then.
    known_processes
        Definitions by key, shared by all units of a store, since they never change.
    command_key
        Stands on every audit record of the unit.
    """

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        ids: IdSource,
        writes: bool,
        known_processes: dict[int, ProcessDefinition],
        command_key: int | None = None,
    ) -> None:
        self.now = now
        self.ids = ids
        self.command_key = command_key
        self._connection = connection
        self._known_processes = known_processes
        self._locks_rows = writes and connection.dialect.name == "postgresql"
        self._heads: dict[tuple[int, str], tuple[int, str]] = {}

    def _one(self, statement: Select[Any], values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        return self._connection.execute(statement, values).first()

    def _all(self, statement: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        return self._connection.execute(statement, values).all()

    def _for_update(self, statement: Select[Any], skip_locked: bool = False) -> Select[Any]:
        """Lock the rows where other writers may be at work. SQLite has one writer, and needs none."""
        return statement.with_for_update(skip_locked=skip_locked) if self._locks_rows else statement
