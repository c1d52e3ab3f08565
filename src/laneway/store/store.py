"""``Store`` on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from laneway.domain.definition import ProcessDefinition
from laneway.domain.errors import StaleState
from laneway.ports import Backlog, Batch, IdSource, Needs, Page, SchemaState, SearchQuery, UnitOfWork
from laneway.store import chain
from laneway.store.backlog import backlog
from laneway.store.batch import SqlBatch
from laneway.store.buffer import Buffer
from laneway.store.database import Database, OutcomeUnknown
from laneway.store.hot import HOT_BYTES, Handed, HotInstances
from laneway.store.ids import KeysOfUnit
from laneway.store.migrate import HEAD, migrate, revision
from laneway.store.nodes import NodeLease
from laneway.store.routes import Routes
from laneway.store.search import get, search
from laneway.store.search.flows import sequence_flows
from laneway.store.search.record import history
from laneway.store.silence import USUAL, Patience
from laneway.store.tables import audit_log
from laneway.store.tickets import SqlTickets
from laneway.store.units import SqlUnitOfWork


class SqlStore:
    """See ``laneway.ports.Store``; opened by ``laneway.store.open_store``."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime] | None, node_id: int | None, hot_bytes: int
    ) -> None:
        self._database = database
        self._hot = HotInstances(hot_bytes)
        self._clock = clock
        self._lease = NodeLease(database, clock or _now, node_id)
        self._known_processes: dict[int, ProcessDefinition] = {}
        self._routes = Routes()
        self._lost = 0

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        with self._transaction(shared=False) as batch, batch.unit() as uow:
            yield uow

    @property
    def foresees(self) -> bool:
        return not self._database.is_sqlite

    def batch(self, needs: Sequence[Needs] = ()) -> AbstractContextManager[Batch]:
        return self._transaction(shared=True, needs=needs)

    @contextmanager
    def _transaction(self, shared: bool, needs: Sequence[Needs] = ()) -> Iterator[SqlBatch]:
        self._lease.keep()
        batch: SqlBatch | None = None
        try:
            with self._database.writer(tries=True) as writer:
                batch = SqlBatch(self._database, writer, self._keys, self._unit, shared, self._hot)
                batch.begin(needs)
                lost = self._database.lost
                if lost != self._lost:
                    self._lost = lost
                    self._routes.forget()
                yield batch
                batch.commit()
                if lost == self._lost:
                    self._routes.learn(batch.found_routes, batch.found_phrases)
        except OutcomeUnknown as lost:
            assert batch is not None
            record = select(audit_log.c.key).where(audit_log.c.key.in_(batch.kept)).limit(1)
            if not self._database.was_committed(record, batch.key):
                raise StaleState(
                    "commit_lost", "the connection was lost before the commit; the command is tried again"
                ) from lost

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        with self._database.reading() as connection:
            now = self._database.now(connection) if self._clock is None else None
            yield self._unit(connection, now, self._keys())

    def search(self, query: SearchQuery) -> Page:
        if query.resource == "sequence-flows":
            with self._database.reading() as connection:
                return sequence_flows(connection, query)
        with self._database.asking() as driver:
            return search(driver, query)

    def get(self, resource: str, key: int | str, tenant_ids: Sequence[str] | None = None) -> dict[str, Any] | None:
        with self._database.asking() as driver:
            return get(driver, resource, key, tenant_ids)

    def history(self, root_key: int) -> list[dict[str, Any]]:
        with self._database.reading() as connection:
            return history(connection, root_key)

    def backlog(self) -> Backlog:
        with self._database.reading() as connection:
            now = self._clock().astimezone(UTC) if self._clock is not None else self._database.now(connection)
            return backlog(connection, now)

    def connections(self) -> dict[str, int]:
        return self._database.connections()

    def schema(self) -> SchemaState:
        with self._database.reading() as connection:
            return SchemaState(revision(connection), HEAD)

    @property
    def tickets(self) -> SqlTickets | None:
        return None if self._database.is_sqlite else SqlTickets(self._database)

    def verify_audit(self) -> Mapping[str, Any]:
        with self._database.reading() as connection:
            return chain.verify(connection)

    def close(self) -> None:
        self._lease.release()
        self._database.close()

    def _keys(self) -> KeysOfUnit:
        return KeysOfUnit(self._lease.keys)

    def _unit(
        self,
        connection: Connection,
        now: datetime | None,
        keys: IdSource,
        command_key: int | None = None,
        buffer: Buffer | None = None,
        hot: Handed | None = None,
    ) -> SqlUnitOfWork:
        """``now``: the database's clock, where it was asked; a clock that the store was given goes before it."""
        moment = self._clock().astimezone(UTC) if self._clock is not None else now or _now()
        return SqlUnitOfWork(connection, moment, keys, self._known_processes, command_key, buffer, hot, self._routes)


def open_store(
    url: str,
    *,
    clock: Callable[[], datetime] | None = None,
    node_id: int | None = None,
    patience: Patience = USUAL,
    hot_bytes: int = HOT_BYTES,
) -> SqlStore:
    """Open a database, bringing it to this version's schema.

    Parameters
    ----------
    url
        ``sqlite:///laneway.db``, ``sqlite://`` (in memory) or ``postgresql://user@host/database``.
    clock
        Gives ``UnitOfWork.now``; without it the database's own clock does.
    node_id
        0 to 1023, for an operator who numbers the nodes; without it one is leased.
    patience
        How long a connection to PostgreSQL may be silent.
    hot_bytes
        How much of the live states stays in memory, about; 0: nothing.

    Raises
    ------
    InvalidInput
        ``database_url`` or ``database_unusable``.
    Conflict
        ``database_newer``: a later version of Laneway wrote it.
    """
    database = Database(url, patience)
    try:
        database.probe()
        migrate(database)
        database.revision = HEAD
        return SqlStore(database, clock, node_id, hot_bytes)
    except BaseException:
        database.close()
        raise


def _now() -> datetime:
    return datetime.now(UTC)
