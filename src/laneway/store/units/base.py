"""What all parts of a unit of work share: the connection, the clock, the keys."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select

from laneway.domain.definition import ProcessDefinition
from laneway.ports import IdSource
from laneway.store.buffer import Buffer
from laneway.store.hot import Handed, HotInstances, Labels
from laneway.store.prepared import Statement
from laneway.store.routes import Known, Routes, Shape
from laneway.store.types import to_microseconds

T = TypeVar("T")
_NOTHING = HotInstances(0)


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
    known_processes
        Definitions by key, shared by all units of a store, since they never change.
    command_key
        The key of the unit's first audit record.
    buffer
        Takes what is written; None for a reading view, whose rows are not locked.
    hot
        What need not be read; a reading view has none.
    routes
        Those that are stored, and phrases, as far as this process knows. ``found_routes`` and ``found_phrases`` are to be added
        once the unit is committed.
    """

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        ids: IdSource,
        known_processes: dict[int, ProcessDefinition],
        command_key: int | None = None,
        buffer: Buffer | None = None,
        hot: Handed | None = None,
        routes: Routes | None = None,
    ) -> None:
        self.now = now
        self.ids = ids
        self._unused_key = command_key
        self._routes = Routes() if routes is None else routes
        self.found_routes: dict[Shape, Known] = {}
        self.found_phrases: dict[Shape, int] = {}
        self._connected = connection
        self._dialect = connection.dialect.name
        self._buffer = buffer
        self._known_processes = known_processes
        self._locks_rows = buffer is not None and self._dialect == "postgresql"
        self._hot = hot or Handed(_NOTHING, {}, deployed=True)
        self._texts: dict[int, int] = {}
        self._labels: dict[int, Labels | None] = {}
        self._heads: dict[tuple[int, str], tuple[int, str]] = {}
        self._seen_versions: dict[int, int] = {}
        self._moment: tuple[datetime | None, int] = (None, 0)

    @property
    def _connection(self) -> Connection:
        """For statements that may see or change anything: what was put before them goes to the database first."""
        if self._buffer is not None:
            self._buffer.forget_foreseen()
        return self._asking

    @property
    def _asking(self) -> Connection:
        """As ``_connection``, for statements that change nothing."""
        if self._buffer is not None:
            self._buffer.settle()
            self._buffer.driver.catch_up()
        return self._connected

    def _writes(self) -> Buffer:
        if self._buffer is None:
            raise RuntimeError("a reading view writes nothing")
        return self._buffer

    def _put(self, statement: Statement, *rows: Mapping[str, Any], key: Hashable = None) -> None:
        """Write rows, with the commit or when they are needed. ``key``: what ``_found`` will ask for them by."""
        buffer = self._writes()
        buffer.put(statement, rows)
        if key is not None:
            buffer.touch((key,))

    def _put_ready(
        self, statement: Statement, rows: list[Sequence[Any]], keys: list[Any], touched: int | None = None
    ) -> None:
        """As ``_put`` of whole rows whose values are the driver's already (instants as numbers, JSON as text), in the order of
        the table's columns. ``keys``: of the rows; ``touched``: as ``key`` of ``_put``."""
        buffer = self._writes()
        buffer.put_ready(statement, rows, keys)
        if touched is not None:
            buffer.touch((touched,))

    def _put_picked(self, statement: Statement, rows: Iterable[Sequence[Any]], keys: Sequence[int]) -> None:
        """As ``_put`` of rows of these keys, whose values are the driver's already, in the order of the statement's names."""
        buffer = self._writes()
        buffer.put_ready(statement, list(map(statement.picking(buffer.driver.dialect), rows)), [*keys])
        buffer.touch(keys)

    def _at(self) -> int:
        """``now`` as it is stored."""
        if self._moment[0] is not self.now:
            self._moment = (self.now, to_microseconds(self.now))
        return self._moment[1]

    def _instant(self, moment: datetime) -> int:
        return self._at() if moment is self.now else to_microseconds(moment)

    def _seen_at(self, key: int, version: int) -> None:
        """What is decided by a job or a task as it was read goes for that version alone: another process may change it until we write."""
        if self._locks_rows:
            self._seen_versions[key] = version

    def _touch(self, keys: Iterable[Hashable]) -> None:
        if self._buffer is not None:
            self._buffer.touch(keys)

    def _found(
        self,
        statement: Statement,
        values: Mapping[str, Any],
        key: Hashable = None,
        *,
        keys: Sequence[Hashable] = (),
        tables: Sequence[str] = (),
    ) -> Sequence[Any]:
        """Rows of a statement that sees nothing of what was put, or only what was put under ``key`` or one of ``keys``, or into one
        of ``tables``."""
        if self._buffer is None:
            return self._connected.execute(statement.select(self._dialect), values).all()
        if key is not None:
            foreseen = self._buffer.foreseen(statement, key)
            if foreseen is not None:
                return foreseen
        if (
            (key is not None and self._buffer.touched((key,)))
            or (keys and self._buffer.touched(keys))
            or (tables and self._buffer.holds(tables))
        ):
            self._buffer.settle()
        driver = self._buffer.driver
        shape = statement.shape(driver.dialect)
        return list(map(shape.found, driver.find(shape, shape.given(values))))

    def _settle(self) -> None:
        """Before what may wait for others and fail: that undoes this unit alone."""
        if self._buffer is not None:
            self._buffer.settle()

    def _first(self, statement: Statement, values: Mapping[str, Any], key: Hashable = None) -> Any:
        """As ``_found``, of a statement that finds one row at most."""
        found = self._found(statement, values, key)
        return found[0] if found else None

    def _one(self, statement: Select[Any], values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        return self._asking.execute(statement, values).first()

    def _all(self, statement: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        return self._asking.execute(statement, values).all()

    def _for_update(self, statement: Select[Any], skip_locked: bool = False) -> Select[Any]:
        """Lock the rows where other writers may be at work. SQLite has one writer, and needs none."""
        return statement.with_for_update(skip_locked=skip_locked) if self._locks_rows else statement
