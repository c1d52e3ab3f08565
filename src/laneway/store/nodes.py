"""The lease of a node id, which keeps the keys of several processes apart."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from laneway.domain.errors import Overloaded
from laneway.store.database import Database
from laneway.store.ids import NODES, KeySource, milliseconds
from laneway.store.tables import node

_LEASE = timedelta(seconds=60)
_RESERVED_AHEAD_MS = 60_000
_RENEW_AFTER_SECONDS = 20.0


class NodeLease:
    """Holds a node id and reserves the time that its keys may bear, a minute ahead.

    ``clock`` is the clock of the keys (virtual in a simulation); the lease itself goes by that of the database. A node id that
    was given is taken without asking who else has it: the operator says that nobody has.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], node_id: int | None) -> None:
        if node_id is not None and not 0 <= node_id < NODES:
            raise ValueError(f"the node id must be 0 to {NODES - 1}, not {node_id}")
        self._database = database
        self._clock = clock
        self._given = node_id
        self._token = secrets.token_hex(16)
        self._renewed = time.monotonic()
        with database.writing() as connection:
            taken, start, reserved = self._take(connection)
        self.keys = KeySource(clock, taken, start, reserved)

    def keep(self) -> None:
        """Renew when it is time to. Called before each transaction that may give keys; mostly does nothing."""
        keys = self.keys
        ahead = keys.reserved_until - max(milliseconds(self._clock()), keys.last_millisecond)
        if ahead > _RESERVED_AHEAD_MS // 2 and time.monotonic() - self._renewed < _RENEW_AFTER_SECONDS:
            return
        with self._database.writing() as connection:
            reserved = self._reservation(keys.last_millisecond)
            held = connection.execute(
                update(node)
                .where(node.c.id == keys.node_id, node.c.token == self._token)
                .values(leased_until=self._database.now(connection) + _LEASE, reserved_until=reserved)
            )
            lost = held.rowcount == 0
            if lost:
                taken, start, reserved = self._take(connection)
        if lost:
            keys.move_to(taken, start, reserved)
        else:
            keys.reserved_until = max(keys.reserved_until, reserved)
        self._renewed = time.monotonic()

    def release(self) -> None:
        """Give the id back, saying exactly which time its keys have used up."""
        with self._database.writing() as connection:
            connection.execute(
                update(node)
                .where(node.c.id == self.keys.node_id, node.c.token == self._token)
                .values(leased_until=self._database.now(connection), reserved_until=self.keys.last_millisecond)
            )

    def _reservation(self, at_least: int) -> int:
        return max(milliseconds(self._clock()), at_least) + _RESERVED_AHEAD_MS

    def _take(self, connection: Connection) -> tuple[int, int, int]:
        """Lease an id: ``(id, the millisecond after which its keys go on, the last one reserved)``."""
        now = self._database.now(connection)
        taken, used = self._choose(connection, now)
        reserved = self._reservation(used)
        values = {"token": self._token, "leased_until": now + _LEASE, "reserved_until": reserved}
        if connection.execute(update(node).where(node.c.id == taken).values(values)).rowcount == 0:
            connection.execute(insert(node).values(id=taken, **values))
        return taken, used, reserved

    def _choose(self, connection: Connection, now: datetime) -> tuple[int, int]:
        self._database.lock_nodes(connection)
        rows = {row.id: row for row in connection.execute(select(node).order_by(node.c.id))}
        if self._given is not None:
            row = rows.get(self._given)
            return self._given, 0 if row is None else row.reserved_until
        clock = milliseconds(self._clock())
        free = [row for row in rows.values() if row.leased_until <= now]
        for row in free:
            if row.reserved_until <= clock:
                return row.id, row.reserved_until
        unused = next((candidate for candidate in range(NODES) if candidate not in rows), None)
        if unused is not None:
            return unused, 0
        if not free:
            raise Overloaded("no_node_id", f"all {NODES} node ids are leased; stop a node or wait a minute")
        row = min(free, key=lambda candidate: candidate.reserved_until)
        return row.id, row.reserved_until
