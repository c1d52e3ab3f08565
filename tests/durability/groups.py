"""Commands that are made to share one transaction, by letting the first wait within it until the others have queued up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection, event

from laneway.commands.execution import Unit, execute
from laneway.domain.work import SYSTEM, AuditEntry
from tests.support.world import World

PATIENCE = 10.0
ENTRY = AuditEntry("UPDATE", "RESOURCE", 1, SYSTEM)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.001)


def connection_of(unit: Unit) -> Connection:
    found: Connection = unit.uow._connection  # type: ignore[attr-defined]
    return found


class Group:
    """Works that are run in one transaction, in the order given, after one that does nothing but wait for them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.commits = 0
        self._queue = self.context.committer._queue
        self.context.committer._most_seconds = 10 * PATIENCE
        self._pool = ThreadPoolExecutor(20)
        event.listen(world.laneway.store._database.engine, "commit", self._count)  # type: ignore[attr-defined]

    @property
    def context(self) -> Any:
        return self.world.engine._context

    def _count(self, _: Connection) -> None:
        self.commits += 1

    def command(self, work: Callable[[Unit], Any], **options: Any) -> Callable[[], Any]:
        """A command that does ``work`` and nothing else."""
        return lambda: execute(self.context, ENTRY, work, **options)

    def begin(self, *works: Callable[[], Any], first: Callable[[Unit], Any] | None = None) -> list[Future[Any]]:
        """``first`` is what the one that waits does when it has waited."""
        began, queued = threading.Event(), threading.Event()

        def wait(unit: Unit) -> Any:
            began.set()
            assert queued.wait(PATIENCE)
            return first(unit) if first is not None else None

        futures = [self._pool.submit(execute, self.context, ENTRY, wait)]
        assert began.wait(PATIENCE)
        for number, work in enumerate(works):
            futures.append(self._pool.submit(work))
            until(lambda number=number: len(self._queue) > number)  # type: ignore[misc]
        queued.set()
        return futures

    def run(self, *works: Callable[[], Any], first: Callable[[Unit], Any] | None = None) -> list[Any]:
        """What each gave or raised, that of the first one at the beginning."""
        return [outcome(future) for future in self.begin(*works, first=first)]

    def close(self) -> None:
        event.remove(self.world.laneway.store._database.engine, "commit", self._count)  # type: ignore[attr-defined]
        self._pool.shutdown()


def outcome(future: Future[Any]) -> Any:
    error = future.exception(PATIENCE)
    return future.result() if error is None else error
