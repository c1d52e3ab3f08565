"""Connections and transactions on SQLite and PostgreSQL: the only module that knows how the two differ in them."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Connection, Engine, RootTransaction, Select, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.pool import QueuePool, StaticPool

from laneway.domain.errors import InvalidInput, Overloaded, StaleState
from laneway.store.buffer import Buffer
from laneway.store.failures import BUSY_TIMEOUT_SECONDS, expected_failures
from laneway.store.prepared import PREPARED, Driver, Shape
from laneway.store.silence import USUAL, Patience

_NODE_LOCK = 0x6C616E65_6E6F6465
_PATIENCE_SECONDS = 10
_IMPATIENT = "'50ms'"
_READERS_KEPT = 8
_BEGIN_COMMAND = (
    "SELECT clock_timestamp(), (SELECT version_num FROM alembic_version) FROM (SELECT pg_advisory_xact_lock({key}), "
    "set_config('lock_timeout', {patience}, true)) AS begun"
)


class OutcomeUnknown(Overloaded):
    """The connection was lost during a COMMIT: it may have happened or not."""

    def __init__(self) -> None:
        super().__init__(
            "database_lost",
            "the connection to the database was lost; whether the command was committed is not known: look, or try "
            "again with the same Idempotency-Key",
        )


def parse_url(url: str) -> URL:
    """The address as SQLAlchemy wants it, with psycopg 3 as the driver of PostgreSQL.

    Raises
    ------
    InvalidInput
        If it is no address of a SQLite or PostgreSQL database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is not None and parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return parsed.set(drivername="sqlite")
    if parsed is not None and parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    shown = url if parsed is None else parsed.render_as_string(hide_password=True)
    raise InvalidInput(
        "database_url",
        f"{shown!r} is no address of a database; write sqlite:///laneway.db or postgresql://user@host/database",
    )


class Writer:
    """The connection that writes, its transaction, and the rows on their way there."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._transaction: RootTransaction | None = None
        self._buffer: Buffer | None = None

    @property
    def begun(self) -> bool:
        return self._transaction is not None

    @property
    def lost(self) -> bool:
        return self.connection.invalidated

    @property
    def sound(self) -> bool:
        """Whether a commit would keep what was written: neither SQLite nor PostgreSQL says so where it would not."""
        return not self.lost and self.buffer.driver.in_transaction

    @property
    def buffer(self) -> Buffer:
        if self._buffer is None:
            raise RuntimeError("there is no transaction")
        return self._buffer

    def begin(self) -> None:
        self._transaction = self.connection.begin()
        self._buffer = Buffer(Driver(self.connection), self._save)

    def commit(self) -> None:
        """
        Raises
        ------
        OutcomeUnknown
            If the connection was lost meanwhile.
        StaleState
            If the transaction was undone before, or a row was not there as expected.
        """
        if self._transaction is None:
            return
        self.buffer.flush()
        if not self.sound:
            raise StaleState(
                "batch_lost", "the database has undone the transaction before its commit; it is tried again"
            )
        try:
            self._transaction.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise OutcomeUnknown from error
            raise
        self._transaction = self._buffer = None

    def rollback(self) -> None:
        if self._transaction is not None:
            self._transaction.rollback()
            self._transaction = self._buffer = None

    def seen(self) -> object:
        """On SQLite, what differs from the last time if another process has written meanwhile."""
        driver = self.connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            return None
        return driver, driver.execute("PRAGMA data_version").fetchone()[0]

    def revision(self) -> str:
        """Of the schema, as this transaction of SQLite sees it."""
        driver = self.connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return str(driver.execute("SELECT version_num FROM alembic_version").fetchone()[0])

    def _save(self) -> None:
        """From here on, ``undo`` goes back to here and ``keep`` ends that."""
        self.buffer.driver.run("SAVEPOINT command", later=True)

    def undo(self) -> None:
        self.buffer.driver.run("ROLLBACK TO SAVEPOINT command")
        self.keep()

    def keep(self) -> None:
        self.buffer.driver.run("RELEASE SAVEPOINT command", later=True)


class Database:
    """Hands out connections within transactions.

    SQLite has one writer at a time: a lock of the process stands before its own lock, since waiting for the latter is
    done by sleeping. Readers have connections of their own and see the last commit (WAL). A database in memory has one
    connection for all.

    Attributes
    ----------
    lost
        How many connections to PostgreSQL were lost. Behind the next one there may be a replica that has not got all.
    revision
        Of the schema that commands work with.
    """

    def __init__(self, url: str, patience: Patience = USUAL) -> None:
        self.url = parse_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.in_memory = self.is_sqlite and self.url.database in (None, "", ":memory:")
        self._writer_lock = threading.Lock()
        self._local = threading.local()
        self._held: Connection | None = None
        self._readers: list[Driver] = []
        self.lost = 0
        self.revision: str | None = None
        if not self.is_sqlite:
            options: dict[str, Any] = patience.of_client(self.url)
            self._writer = self._reader = create_engine(self.url, pool_size=10, max_overflow=20, connect_args=options)
            patience.tell(self._writer)
            self._ask_whether_it_is_there(self._writer)
        elif self.in_memory:
            self._writer = self._reader = create_engine(
                self.url, poolclass=StaticPool, connect_args={"check_same_thread": False}
            )
            _prepare_sqlite(self._writer, begin="BEGIN", read_only=False)
        else:
            options = {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
            self._writer = create_engine(self.url, pool_size=1, max_overflow=1, connect_args=options)
            self._reader = create_engine(self.url, pool_size=8, max_overflow=24, connect_args=options)
            _prepare_sqlite(self._writer, begin="BEGIN IMMEDIATE", read_only=False)
            _prepare_sqlite(self._reader, begin="BEGIN", read_only=True)

    @property
    def engine(self) -> Engine:
        return self._writer

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write: committed at the end, rolled back on an exception.

        Raises
        ------
        OutcomeUnknown
            If the connection was lost during the COMMIT.
        """
        with self.writer() as writer:
            writer.begin()
            yield writer.connection
            writer.commit()

    @contextmanager
    def writer(self, *, tries: bool = False) -> Iterator[Writer]:
        """The connection that writes, on SQLite to one thread at a time. What was not committed at the end is rolled back.

        ``tries``: who asks finds out by himself whether the connection is still there, see ``begin_again``.
        """
        if getattr(self._local, "connection", None) is not None:
            raise RuntimeError("a unit of work was begun within another one of the same thread")
        with self._writer_lock if self.is_sqlite else nullcontext(), expected_failures():
            try:
                self._local.tries = tries
                with self._writer.connect() if not self.is_sqlite else nullcontext(self._hold()) as connection:
                    self._local.tries = False
                    self._local.connection = connection
                    writer = self._local.writer = Writer(connection)
                    try:
                        yield writer
                    finally:
                        writer.rollback()
            finally:
                self._local.connection = self._local.writer = None
                self._local.tries = False
                self._undo_what_is_left()

    def _ask_whether_it_is_there(self, engine: Engine) -> None:
        """A connection that was in the pool may have been lost meanwhile: to ask costs a way to the server and back."""

        @event.listens_for(engine, "checkout")
        def ask(connection: Any, record: Any, _: Any) -> None:
            fresh = record.info.pop("fresh", False)
            if fresh or getattr(self._local, "tries", False):
                return
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error

        @event.listens_for(engine, "checkin")
        def begins_by_itself(connection: Any, _: Any) -> None:
            """As it does for everybody but ``Driver.begin_with``."""
            if connection is not None and connection.autocommit and not connection.closed:
                connection.autocommit = False

        @event.listens_for(engine, "invalidate")
        def count(*_: Any) -> None:
            self.lost += 1

        @event.listens_for(engine, "connect")
        def remember(connection: Any, record: Any) -> None:
            record.info["fresh"] = True
            connection.prepared_max = PREPARED

    def begin_again(self, writer: Writer, error: DBAPIError) -> None:
        """The first statement of a transaction has found its connection lost in the pool, as may be all that are in it."""
        if self.is_sqlite or not error.connection_invalidated:
            raise error
        writer.rollback()
        self._writer.dispose()
        writer.begin()

    def _undo_what_is_left(self) -> None:
        """After a COMMIT that failed SQLAlchemy takes the transaction for ended, and SQLite does not."""
        held = self._held
        if held is not None and not held.closed and held.connection.dbapi_connection is not None:
            held.connection.dbapi_connection.rollback()

    def _hold(self) -> Connection:
        """The one connection that writes to SQLite: to take it from the pool each time costs more than what most steps write."""
        if self._held is None or self._held.closed or self._held.invalidated:
            self._held = self._writer.connect()
        return self._held

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of what was committed before."""
        if self.in_memory:
            own: Connection | None = getattr(self._local, "connection", None)
            if own is not None:
                # Its own transaction is the only view there is: the database has one connection.
                if self._local.writer.begun:
                    self._local.writer.buffer.settle()
                    self._local.writer.buffer.driver.catch_up()
                yield own
                return
            with self._writer_lock, self._reader.connect() as connection:
                yield connection
        else:
            with expected_failures(), self._reader.connect() as connection:
                if not self.is_sqlite:
                    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                yield connection

    @contextmanager
    def asking(self) -> Iterator[Driver]:
        """As ``reading``, for what is asked of the driver itself. On a file of SQLite, to take a connection from the pool and
        to begin and end by SQLAlchemy costs more than most searches: a few are kept out of it."""
        if not self.is_sqlite or self.in_memory:
            with self.reading() as connection:
                yield Driver(connection)
            return
        with expected_failures():
            driver = self._readers.pop() if self._readers else Driver(self._reader.connect())
            try:
                driver.run("BEGIN")
                yield driver
                driver.run("COMMIT")
            except BaseException:
                driver.close()
                raise
            if len(self._readers) < _READERS_KEPT:
                self._readers.append(driver)
            else:
                driver.close()

    def probe(self) -> None:
        """Connect once, so that an address which leads nowhere is told of in words.

        Raises
        ------
        InvalidInput
            ``database_unusable`` with what the driver says.
        """
        try:
            with self._reader.connect() as connection:
                connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            reason = " ".join(str(error.orig).split())
            shown = self.url.render_as_string(hide_password=True)
            raise InvalidInput("database_unusable", f"{shown} cannot be opened: {reason}") from error

    def now(self, connection: Connection) -> datetime:
        """The database's clock. That of SQLite is the clock of this host."""
        if self.is_sqlite:
            return datetime.now(UTC)
        moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)

    def begin_command(
        self, connection: Connection, key: int, *, patient: bool, asked: Sequence[tuple[Shape, Sequence[Any]]] = ()
    ) -> tuple[datetime, Sequence[Sequence[Any]]]:
        """The database's clock, and on PostgreSQL what was ``asked`` with it. Until the transaction has ended, ``was_committed`` waits.

        Unless it is ``patient``, the transaction gives up (StaleState) where another one holds what it wants: it has the
        locks of other commands already, and who waits while holding locks may wait in a circle.
        """
        if self.is_sqlite:
            return self.now(connection), ()
        patience = "current_setting('lock_timeout')" if patient else _IMPATIENT
        driver = Driver(connection)
        found: Sequence[Sequence[Any]] = ()
        if not asked:
            moment, revision = driver.begin_with(_BEGIN_COMMAND.format(key=int(key), patience=patience))
        else:
            begin = _BEGIN_COMMAND.format(key="$1::bigint", patience=patience)
            (moment, revision), found = driver.begin_with_all(begin, (key,), asked)
        self.require(revision)
        return moment.astimezone(UTC), found

    def require(self, revision: str) -> None:
        """Whoever has read the revision in its transaction holds up migrations until the end of that, as they hold up it.

        Raises
        ------
        Overloaded
            ``database_upgraded`` unless it is that of this version: what was written by another one may be misunderstood, and lost.
        """
        if revision != self.revision:
            raise Overloaded(
                "database_upgraded",
                f"the database was brought to revision {revision} meanwhile, and this process, which works with {self.revision}, does "
                "nothing more to it: end it, and send this to one of the version that did so",
            )

    def was_committed(self, statement: Select[Any], command_key: int) -> bool:
        """Whether ``statement`` finds a row of the command, whose connection was lost. Asks on another connection, once
        the server has ended the transaction, for as long as ``_PATIENCE_SECONDS``.

        Raises
        ------
        OutcomeUnknown
            If there was no answer.
        """
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                with self._writer.begin() as connection:
                    connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE_SECONDS}s'"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": command_key})
                    return connection.execute(statement).first() is not None
            except OperationalError as error:
                if time.monotonic() > until:
                    raise OutcomeUnknown from error
                time.sleep(0.2)

    def lock_nodes(self, connection: Connection) -> None:
        """Until the end of the transaction, no one else may choose a node id."""
        if not self.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _NODE_LOCK})

    def connections(self) -> dict[str, int]:
        """How many are ``in_use`` and ``idle`` in this process."""
        pools = [one.pool for one in {id(one): one for one in (self._writer, self._reader)}.values()]
        counted = [pool for pool in pools if isinstance(pool, QueuePool)]
        held = int(bool(counted) and self._held is not None and not self._writer_lock.locked()) + len(self._readers)
        return {
            "in_use": sum(pool.checkedout() for pool in counted) - held,
            "idle": sum(pool.checkedin() for pool in counted) + held,
        }

    def close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
        while self._readers:
            self._readers.pop().close()
        self._writer.dispose()
        self._reader.dispose()


def _prepare_sqlite(engine: Engine, begin: str, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        # Python's driver begins transactions by itself, too late and never IMMEDIATE; so it is told not to.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("PRAGMA trusted_schema = OFF")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        begin_sqlite(connection, begin)


def begin_sqlite(connection: Connection, how: str) -> None:
    Driver(connection).run(how)
