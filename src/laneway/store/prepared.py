"""Statements that a step runs each time: compiled once, and on SQLite given to the driver as they are.

SQLAlchemy takes 30 to 100 µs to run a statement, whatever it does; SQLite's driver 3 to 10. On PostgreSQL the way there
and back outweighs both, and SQLAlchemy knows when a connection is lost, so there it runs them.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Row, Select, Table, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase

Values = Mapping[str, Any]
Process = Callable[[Any], Any] | None
_shapes: dict[tuple[Any, tuple[str, ...]], Any] = {}


@cache
def insert_into(table: Table) -> Insert:
    return insert(table)


class _Shape:
    """A statement with the names of what it is given, in SQLite's words."""

    def __init__(self, statement: UpdateBase | Select[Any], names: tuple[str, ...], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))
        self.sql: str = compiled.string
        self._takes: list[tuple[str | None, Any]] = []
        for name in compiled.positiontup or ():
            bind = compiled.binds[name]
            process: Process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if name in names:
                self._takes.append((name, process))
            else:
                self._takes.append((None, bind.value if process is None else process(bind.value)))
        self._row: Any = None
        self._results: list[tuple[int, Callable[[Any], Any]]] = []
        if isinstance(statement, Select):
            columns = list(statement.selected_columns)
            self._row = namedtuple("Found", [column.key for column in columns])  # type: ignore[misc]
            for index, column in enumerate(columns):
                result: Process = column.type.dialect_impl(dialect).result_processor(dialect, None)
                if result is not None:
                    self._results.append((index, result))

    def given(self, values: Values) -> list[Any]:
        return [
            process if name is None else values[name] if process is None else process(values[name])
            for name, process in self._takes
        ]

    def found(self, row: Sequence[Any]) -> Any:
        if self._results:
            row = list(row)
            for index, process in self._results:
                row[index] = process(row[index])
        return self._row._make(row)


class Statements:
    """Runs the statements of one unit of work.

    Parameters
    ----------
    direct
        Whether SQLite's driver may be asked itself: only within a transaction that was begun.
    """

    def __init__(self, connection: Connection, direct: bool) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self._driver: sqlite3.Connection | None = connection.connection.driver_connection if direct else None

    def write(self, statement: UpdateBase, rows: Values | Sequence[Values]) -> int:
        """Run it for each row; all rows name the same columns. Gives how many rows it was about, as far as that is known."""
        if self._driver is None:
            return self._connection.execute(statement, rows).rowcount
        many: Any = None if isinstance(rows, Mapping) else rows
        one: Any = rows if many is None else many[0]
        shape = self._shape(statement, one)
        try:
            if many is None:
                return self._driver.execute(shape.sql, shape.given(one)).rowcount
            return self._driver.executemany(shape.sql, [shape.given(row) for row in many]).rowcount
        except sqlite3.Error as error:
            raise self._told(error, shape) from error

    def all(self, statement: Select[Any], values: Values) -> Sequence[Row[Any]]:
        if self._driver is None:
            return self._connection.execute(statement, values).all()
        shape = self._shape(statement, values)
        try:
            return list(map(shape.found, self._driver.execute(shape.sql, shape.given(values)).fetchall()))
        except sqlite3.Error as error:
            raise self._told(error, shape) from error

    def first(self, statement: Select[Any], values: Values) -> Row[Any] | None:
        """For a statement that finds one row at most."""
        found = self.all(statement, values)
        return found[0] if found else None

    def _shape(self, statement: UpdateBase | Select[Any], names: Iterable[str]) -> _Shape:
        key = (statement, tuple(names))
        shape = _shapes.get(key)
        if shape is None:
            shape = _shapes[key] = _Shape(statement, key[1], self._dialect)
        return shape

    def _told(self, error: sqlite3.Error, shape: _Shape) -> Exception:
        """As SQLAlchemy raises it, so that it is understood alike."""
        return DBAPIError.instance(shape.sql, None, error, sqlite3.Error, dialect=self._dialect)
