"""Statements that steps run each time: compiled once per dialect by SQLAlchemy, and given to the driver as they are.

SQLAlchemy takes 30 to 200 µs to run a statement, whatever it does; a driver 3 to 10. It stays the only author of SQL: what
stands here is its text and its way of turning values, without what it does for each run.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import chain, count
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Select,
    Table,
    Text,
    Update,
    any_,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from laneway.domain.errors import StaleState
from laneway.store.types import Digest, Instant, Json
from laneway.store.upsert import Upsert

Values = Mapping[str, Any]
Sql = Insert | Update | Delete | Select[Any]
Process = Callable[[Any], Any]
_NOTHING = ""
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
SEVERAL = (32, 16, 8, 4, 2)
"""Rows of one INSERT on PostgreSQL, which is planned once and keeps to its number: each statement costs both sides 10 µs and more."""
PREPARED = 600
"""Statements that a connection to PostgreSQL keeps: those of ours are some hundred, and each INSERT is there for each number of rows."""
_MARK = re.compile("%([s%])")

DIALECTS = ("sqlite", "postgresql")


def among(column: ColumnElement[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """Whether the column is one of those (keys, texts) that are given as the one value ``name``, so that the statement is the same for
    any number of them."""
    if dialect == "postgresql":
        of = BigInteger if isinstance(column.type, BigInteger) else Text
        return column == any_(bindparam(name, type_=ARRAY(of)))
    given = func.json_each(bindparam(name, type_=Json())).table_valued("value")
    return column.in_(select(given.c.value))


class Statement:
    """A statement with the names of what it is given.

    Parameters
    ----------
    sql
        The same for each dialect, or one for each by its name.
    names
        Of all values: columns that it sets, and its parameters.
    key
        The name of the value that tells the row. Every update and delete is about one row; an insert needs none if nothing
        ever changes what it adds.
    stale
        What is raised where the row is not there as expected. ``{key}`` in its message is the key.
    takes
        The row is a job, and nobody else can be given it afterwards.
    """

    def __init__(
        self,
        sql: Sql | Mapping[str, Sql],
        names: Iterable[str],
        key: str | None = None,
        stale: StaleState | None = None,
        takes: bool = False,
    ) -> None:
        self.names = tuple(names)
        self.key = key
        self._sql = sql
        self._stale = stale
        self._shapes: dict[str, Shape] = {}
        self._picking: dict[str, Callable[[Sequence[Any]], Sequence[Any]]] = {}
        self.replaces = isinstance(sql, Upsert)
        one = next(iter(sql.values())) if isinstance(sql, Mapping) and not isinstance(sql, Upsert) else sql
        self.table = "" if isinstance(one, Select) else one.table.description
        self.adds = isinstance(one, (Insert, Upsert))
        self.of_work = self.table in ("job", "user_task")
        self.takes = takes

    @property
    def checked(self) -> bool:
        return self._stale is not None

    def stale(self, keys: Sequence[Any]) -> StaleState:
        assert self._stale is not None
        return StaleState(self._stale.code, self._stale.message.format(key=", ".join(map(str, keys[:3]))))

    def shape(self, dialect: Dialect) -> Shape:
        shape = self._shapes.get(dialect.name)
        if shape is None:
            shape = self._shapes[dialect.name] = Shape(self._of(dialect.name), self.names, dialect)
        return shape

    def picking(self, dialect: Dialect) -> Callable[[Sequence[Any]], Sequence[Any]]:
        """Puts values that are the driver's already, in the order of ``names``, into their places."""
        picking = self._picking.get(dialect.name)
        if picking is None:
            picking = self._picking[dialect.name] = self.shape(dialect).picking(self.names)
        return picking

    def select(self, dialect: str) -> Select[Any]:
        """For SQLAlchemy to run it."""
        sql = self._of(dialect)
        assert isinstance(sql, Select)
        return sql

    def _of(self, dialect: str) -> Sql:
        return self._sql[dialect] if isinstance(self._sql, Mapping) else self._sql


@cache
def insert_into(table: Table) -> Statement:
    """Of whole rows."""
    return Statement(insert(table), table.columns.keys(), "key" if "key" in table.columns else None)


def ready_rows(table: Table) -> Callable[[object], Sequence[Any]]:
    """Turns what has an attribute for each column into a row as the drivers take it, for ``Buffer.put_ready``."""
    values_of = attrgetter(*table.columns.keys())
    processes = [
        (place, column.type.to_driver)
        for place, column in enumerate(table.columns)
        if isinstance(column.type, (Instant, Json, Digest))
    ]

    def row(stored: object) -> Sequence[Any]:
        values = list(values_of(stored))
        for place, process in processes:
            values[place] = process(values[place])
        return values

    return row


class Shape:
    """A statement in the words of one dialect: ``text``, with marks for values by their place.

    It is given ``names``, and whatever parameter of the statement has no value yet. ``of_several``: its text for as many rows at once as ``SEVERAL``
    says; empty where that cannot be or saves nothing. PostgreSQL's marks are its own, ``$1``: psycopg's would be looked for anew each time in
    texts as long as these. ``places``: the name of the value in each place.
    """

    def __init__(self, sql: Sql, names: Sequence[str], dialect: Dialect) -> None:
        if dialect.name == "postgresql":
            from sqlalchemy.dialects import postgresql

            make: Any = postgresql.psycopg.dialect
            dialect = make(paramstyle="format", dbapi=dialect.loaded_dbapi)
        compiled: Any = sql.compile(dialect=dialect, column_keys=list(names))
        places: list[str] = []
        self._constants: list[tuple[int, Any]] = []
        self._processes: list[tuple[int, Process]] = []
        wanted = {str(name) for name, bind in compiled.binds.items() if name in names or bind.required}
        # Lists of constants are written out by it.
        expanded = compiled.construct_expanded_state(dict.fromkeys(wanted))
        self.text: str = expanded.statement
        for index, name in enumerate(expanded.positiontup or ()):
            bind = compiled.binds.get(name)
            process = expanded.processors.get(name) if bind is None else _to_driver(bind.type, dialect)
            if name in wanted:
                places.append(name)
                if process is not None:
                    self._processes.append((index, process))
            else:
                places.append(next(iter(wanted), _NOTHING))
                value = expanded.parameters[name]
                self._constants.append((index, value if process is None else process(value)))
        self.places = tuple(places)
        self._take: Callable[[Values], tuple[Any, ...]] = (
            itemgetter(*places) if wanted and len(places) > 1 else lambda values: tuple(map(values.get, places))
        )
        self.of_several: tuple[tuple[int, str], ...] = ()
        if dialect.name == "postgresql":
            if type(sql) is Insert:
                self.of_several = tuple((number, _numbered(_of_several(self.text, number))) for number in SEVERAL)
            self.text = _numbered(self.text)
        self._row: Any = None
        self._results: list[tuple[int, Process]] = []
        if isinstance(sql, Select):
            columns = list(sql.selected_columns)
            self._row = namedtuple("Found", [column.key for column in columns])  # type: ignore[misc]
            for index, column in enumerate(columns):
                result = _from_driver(column.type, dialect)
                if result is not None:
                    self._results.append((index, result))

    def given(self, values: Values) -> Sequence[Any]:
        """The values in their places, as the driver takes them."""
        taken = self._take(values)
        if not self._processes and not self._constants:
            return taken
        row = list(taken)
        for index, process in self._processes:
            row[index] = process(row[index])
        for index, value in self._constants:
            row[index] = value
        return row

    def picking(self, names: Sequence[str]) -> Callable[[Sequence[Any]], Sequence[Any]]:
        constants = dict(self._constants)
        after = {place: len(names) + number for number, place in enumerate(constants)}
        picks = [after[at] if at in after else names.index(name) for at, name in enumerate(self.places)]
        if len(picks) < 2:
            return lambda values: (values[picks[0]],)
        pick: Callable[[Sequence[Any]], tuple[Any, ...]] = itemgetter(*picks)
        if not constants:
            return pick
        fixed = tuple(constants.values())
        return lambda values: pick((*values, *fixed))

    def found(self, row: Sequence[Any]) -> Any:
        return tuple.__new__(self._row, self.values(row))

    def values(self, row: Sequence[Any]) -> Sequence[Any]:
        """What the driver gave, as the types of the columns have it."""
        if self._results:
            row = list(row)
            for index, process in self._results:
                row[index] = process(row[index])
        return row


def _of_several(insert: str, number: int) -> str:
    head, mark, row = insert.partition(" VALUES ")
    return head + mark + ", ".join([row] * number)


def _numbered(text: str) -> str:
    """With PostgreSQL's own marks in the place of psycopg's."""
    numbers = count(1)
    return _MARK.sub(lambda found: f"${next(numbers)}" if found[1] == "s" else "%", text)


def _to_driver(type: Any, dialect: Dialect) -> Process | None:
    """As SQLAlchemy has it; for types of ours without the calls that it puts around theirs."""
    if isinstance(type, (Instant, Json, Digest)):
        return type.to_driver
    if isinstance(type, Boolean):  # Both drivers know what that is.
        return None
    process: Process | None = type.dialect_impl(dialect).bind_processor(dialect)
    return process


def _from_driver(type: Any, dialect: Dialect) -> Process | None:
    if isinstance(type, (Instant, Json, Digest)):
        return type.from_driver
    process: Process | None = type.dialect_impl(dialect).result_processor(dialect, None)
    return process


def _end(pipeline: Any) -> Iterator[Any]:
    """As psycopg ends a pipeline, without its Flush behind the Sync: that is a message that PostgreSQL answers with nothing, and takes for
    the end of the idle time, so that ``idle_in_transaction_session_timeout`` would not count from there. The Sync flushes by itself.

    Source: PostgreSQL's manual, 54.2.3 (Extended Query) and 54.2.4 (Pipelining).
    """
    try:
        pipeline._enqueue_sync()
        yield from pipeline._communicate_gen()
    finally:
        yield from pipeline._fetch_gen(flush=False)


class Driver:
    """The driver's own connection beneath one of SQLAlchemy's that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._own: Any = connection.connection.driver_connection
        self._error: Any = connection.dialect.loaded_dbapi.Error
        if not self.is_sqlite:
            self._cursor: Callable[[], Any] = partial(connection.dialect.loaded_dbapi.RawCursor, self._own)
        self._later: list[str] = []

    @contextmanager
    def _pipeline(self) -> Iterator[None]:
        with self._own.pipeline() as pipeline:
            pipeline._exit_gen = partial(_end, pipeline)
            yield

    def close(self) -> None:
        """Give the connection back, with what it has begun undone."""
        self._connection.close()

    @property
    def in_transaction(self) -> bool:
        """Whether there is still one that can be committed: SQLite undoes it by itself where the disk fails or is full."""
        if self.is_sqlite:
            return bool(self._own.in_transaction)
        return not self._own.closed and self._own.info.transaction_status.name in ("INTRANS", "ACTIVE")

    def run(self, text: str, *, later: bool = False) -> None:
        """``later``: with what comes next, if there is a way to the server. What never comes is not run either: see ``catch_up``."""
        if later and not self.is_sqlite:
            self._later.append(text)
            return
        try:
            if self._later:
                with self._pipeline():
                    self._run_what_was_put_off()
                    self._own.execute(text)
            else:
                self._own.execute(text)
        except self._error as error:
            raise self._told(error, text) from error

    def catch_up(self) -> None:
        """Run what was put off: others than this driver are going to use the connection."""
        if self._later:
            self.run(self._later.pop())

    def find(self, shape: Shape, values: Sequence[Any]) -> list[Any]:
        try:
            if not self._later:
                asked = self._own if self.is_sqlite else self._cursor()
                return asked.execute(shape.text, values).fetchall()  # type: ignore[no-any-return]
            with self._pipeline():
                self._run_what_was_put_off()
                found = self._cursor().execute(shape.text, values)
            return found.fetchall()  # type: ignore[no-any-return]
        except self._error as error:
            raise self._told(error, shape.text) from error

    def find_all(self, asked: Sequence[tuple[Shape, Sequence[Any]]]) -> list[list[Any]]:
        """What each of them finds on PostgreSQL, one after another, for one way there and back."""
        return self._ask_all("", (), asked)[1]

    def begin_with_all(
        self, text: str, values: Sequence[Any], asked: Sequence[tuple[Shape, Sequence[Any]]]
    ) -> tuple[Any, list[list[Any]]]:
        """As ``begin_with``, and as ``find_all`` in the same way."""
        try:
            self._own.autocommit = True
        except self._error as error:
            raise self._told(error, text) from error
        return self._ask_all(text, values, asked)

    def _ask_all(
        self, begin: str, values: Sequence[Any], asked: Sequence[tuple[Shape, Sequence[Any]]]
    ) -> tuple[Any, list[list[Any]]]:
        text = begin
        cursors: list[Any] = []
        first: Any = None
        try:
            with self._pipeline():
                if begin:
                    self._own.execute(_BEGIN)
                    first = self._cursor().execute(begin, values)
                else:
                    self._run_what_was_put_off()
                for shape, given in asked:
                    text = shape.text
                    cursors.append(self._cursor().execute(text, given))
            return None if first is None else first.fetchone(), [cursor.fetchall() for cursor in cursors]
        except self._error as error:
            raise self._told(error, text) from error

    def begin_with(self, text: str) -> Any:
        """Begin a transaction on PostgreSQL and ask something at once: the row that is found.

        psycopg begins by itself, which is a way to the server of its own. Told that it shall not, it leaves commit and rollback
        as they are; whoever takes the connection back (``Database``) has it begin again.
        """
        try:
            self._own.autocommit = True
            found = self._own.execute(f"{_BEGIN}; {text}", prepare=False)
            found.nextset()
            return found.fetchone()
        except self._error as error:
            raise self._told(error, text) from error

    def _run_what_was_put_off(self) -> None:
        put_off, self._later = self._later, []
        for text in put_off:
            self._own.execute(text)

    def write(self, groups: Iterable[tuple[Shape, Sequence[Sequence[Any]]]], counts: list[int]) -> None:
        """Run each statement for its rows, in order. ``counts`` gets how many rows each was about, as far as it came."""
        text = ""
        cursors: list[Any] = []
        try:
            if self.is_sqlite:
                for shape, rows in groups:
                    text = shape.text
                    one = len(rows) == 1
                    written = self._own.execute(text, rows[0]) if one else self._own.executemany(text, rows)
                    counts.append(written.rowcount)
                return
            with self._pipeline():
                self._run_what_was_put_off()
                for shape, rows in groups:
                    for number, text in shape.of_several:
                        left = len(rows) % number
                        if left < len(rows):
                            starts = range(left, len(rows), number)
                            together = [[*chain.from_iterable(rows[start : start + number])] for start in starts]
                            self._cursor().executemany(text, together)
                            rows = rows[:left]
                    text = shape.text
                    cursor = self._cursor()
                    cursors.append(cursor)
                    cursor.executemany(text, rows)
        except self._error as error:
            raise self._told(error, text) from error
        finally:
            counts += [cursor.rowcount for cursor in cursors]

    def _told(self, error: Any, text: str) -> Exception:
        """As SQLAlchemy raises it, so that it is understood alike."""
        lost = self.dialect.is_disconnect(error, self._own, None)
        told: Exception = DBAPIError.instance(
            text, None, error, self._error, connection_invalidated=lost, dialect=self.dialect
        )
        if lost and not self._connection.invalidated:
            self._connection.invalidate(error)
        return told
