"""``Store`` on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from laneway.domain.definition import ProcessDefinition
from laneway.ports import Page, SearchQuery, UnitOfWork
from laneway.store import chain
from laneway.store.database import Database
from laneway.store.migrate import migrate
from laneway.store.nodes import NodeLease
from laneway.store.search import get, search
from laneway.store.search.record import history
from laneway.store.units import SqlUnitOfWork


class SqlStore:
    """See ``laneway.ports.Store``; opened by ``laneway.store.open_store``."""

    def __init__(self, database: Database, clock: Callable[[], datetime] | None, node_id: int | None) -> None:
        self._database = database
        self._clock = clock
        self._lease = NodeLease(database, clock or _now, node_id)
        self._known_processes: dict[int, ProcessDefinition] = {}

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        self._lease.keep()
        with self._database.writing() as connection:
            yield self._unit(connection, writes=True)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        with self._database.reading() as connection:
            yield self._unit(connection, writes=False)

    def search(self, query: SearchQuery) -> Page:
        with self._database.reading() as connection:
            return search(connection, query)

    def get(self, resource: str, key: int | str, tenant_ids: Sequence[str] | None = None) -> dict[str, Any] | None:
        with self._database.reading() as connection:
            return get(connection, resource, key, tenant_ids)

    def history(self, root_key: int) -> list[dict[str, Any]]:
        with self._database.reading() as connection:
            return history(connection, root_key)

    def verify_audit(self) -> Mapping[str, Any]:
        with self._database.reading() as connection:
            return chain.verify(connection)

    def close(self) -> None:
        self._lease.release()
        self._database.close()

    def _unit(self, connection: Connection, writes: bool) -> SqlUnitOfWork:
        now = self._database.now(connection) if self._clock is None else self._clock().astimezone(UTC)
        return SqlUnitOfWork(connection, now, self._lease.keys, writes, self._known_processes)


def open_store(url: str, *, clock: Callable[[], datetime] | None = None, node_id: int | None = None) -> SqlStore:
    """Open a database, bringing it to this version's schema.

    Parameters
    ----------
    url
        ``sqlite:///laneway.db``, ``sqlite://`` (in memory) or ``postgresql://user@host/database``.
    clock
        Gives ``UnitOfWork.now``; without it the database's own clock does.
    node_id
        0 to 1023, for an operator who numbers the nodes; without it one is leased.

    Raises
    ------
    InvalidInput
        ``database_url`` or ``database_unusable``.
    Conflict
        ``database_newer``: a later version of Laneway wrote it.
    """
    database = Database(url)
    try:
        database.probe()
        migrate(database)
        return SqlStore(database, clock, node_id)
    except BaseException:
        database.close()
        raise


def _now() -> datetime:
    return datetime.now(UTC)
