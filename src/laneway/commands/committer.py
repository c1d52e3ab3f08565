"""Commands that come at the same time share one transaction, and are acknowledged after its commit.

There is no thread of its own for that. The first command that finds nobody at work leads: it runs itself and whatever
queued up meanwhile, one after another, commits once, tells all of them, and hands the lead to the first of those that
came later. So a command that is alone costs what it would without any of this: no hand-over, no savepoint.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from laneway.domain.errors import Overloaded, StaleState
from laneway.ports import Batch, Store

MOST_COMMANDS = 64
"""In one transaction."""
MOST_SECONDS = 0.01
"""After which a transaction takes no further commands, so that those in it hear of their fate."""


class Attempt(Protocol):
    """One command that wants to be run in a shared transaction."""

    def run(self, batch: Batch) -> None:
        """Run within ``batch`` and keep the result, or what was raised; raises nothing."""
        ...

    def fail(self, error: Exception) -> None:
        """The transaction was not committed, whatever ``run`` kept."""
        ...


class _Waiting:
    """An attempt in the queue, and its thread, which sleeps until it is told how it went or that it leads."""

    __slots__ = ("_told", "attempt", "leads", "run")

    def __init__(self, attempt: Attempt, run: Callable[[Batch], None]) -> None:
        self.attempt = attempt
        self.run = run
        self.leads = False
        self._told = threading.Lock()
        self._told.acquire()

    def wait(self) -> None:
        self._told.acquire()

    def tell(self) -> None:
        self._told.release()


class Committer:
    """Groups the commands of a process. Safe to use from several threads."""

    def __init__(self, most_commands: int = MOST_COMMANDS, most_seconds: float = MOST_SECONDS) -> None:
        self._most_commands = most_commands
        self._most_seconds = most_seconds
        self._lock = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._led = False
        self._here = threading.local()

    def submit(self, store: Store, attempt: Attempt) -> None:
        """Run ``attempt`` in a transaction with others; returns when that is committed, or has failed."""
        if getattr(self._here, "leads", False):
            raise RuntimeError("a command was given within another one of the same thread")
        with self._lock:
            waiting: _Waiting | None = None
            if self._led:
                # It may be run in the thread of another command, and is to log as if in its own.
                context = contextvars.copy_context()
                waiting = _Waiting(attempt, lambda batch: context.run(attempt.run, batch))
                self._queue.append(waiting)
            else:
                self._led = True
        if waiting is not None:
            waiting.wait()
            if not waiting.leads:
                return
        self._lead(store, attempt)

    def _lead(self, store: Store, attempt: Attempt) -> None:
        others: list[_Waiting] = []
        self._here.leads = True
        try:
            with store.batch() as batch:
                until = time.monotonic() + self._most_seconds
                attempt.run(batch)
                for other in self._coming(until):
                    others.append(other)
                    other.run(batch)
        except BaseException as error:
            why = error if isinstance(error, Exception) else RuntimeError("the thread that committed was ended")
            for each in (attempt, *(other.attempt for other in others)):
                each.fail(_of_all(why))
            if why is not error:
                raise
        finally:
            self._here.leads = False
            self._pass_on()
            for other in others:
                other.tell()

    def _coming(self, until: float) -> Iterator[_Waiting]:
        for _ in range(self._most_commands - 1):
            if not self._queue or time.monotonic() > until:
                return
            yield self._queue.popleft()  # nobody else takes from it while this thread leads

    def _pass_on(self) -> None:
        with self._lock:
            if not self._queue:
                self._led = False
                return
            following = self._queue.popleft()
        following.leads = True
        following.tell()


def _of_all(error: Exception) -> Exception:
    """What each command of a transaction that failed is told: to come again later, or to run again alone at once."""
    if isinstance(error, Overloaded):
        return Overloaded(error.code, error.message, error.details)
    return StaleState("batch_lost", f"the transaction that it shared was not committed: {error!r}")
