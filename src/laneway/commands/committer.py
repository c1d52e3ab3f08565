"""Commands that come at the same time share one transaction, and are acknowledged after its commit.

Where threads wait for their commands there is no further one for that: the first command that finds nobody at work leads. It
runs itself and whatever queued up meanwhile, one after another, commits once, tells all of them, and hands the lead to the
first of those that came later. So a command that is alone costs what it would without any of this: no hand-over, no savepoint.
Commands that were handed over wait in the same queue without a thread each; one thread of the committer leads in their place.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Protocol

from laneway.domain.errors import Overloaded, StaleState
from laneway.logs import Logger
from laneway.ports import Batch, Needs, Store

log = Logger("laneway.commands")

MOST_COMMANDS = 64
"""In one transaction."""
MOST_SECONDS = 0.01
"""After which a transaction takes no further commands, so that those in it hear of their fate."""
FEW_COMMANDS = 16
LONGER = 5
"""Where commands are so slow that they are few by then, it takes more for so many times as long: a commit for each two or three
would make all of those that wait slower still."""
MOST_WAITING = 20_000
"""Commands handed over; those of threads are as many as these. Beyond, who hands over is told to come again: a queue without an end takes
all memory."""
SECONDS_IDLE = 10.0
"""After which the thread that leads for commands handed over ends, until others come."""


class Attempt(Protocol):
    """One command that wants to be run in a shared transaction."""

    @property
    def needs(self) -> Needs | None: ...

    def run(self, batch: Batch) -> None:
        """Run within ``batch`` and keep the result, or what was raised; raises nothing."""
        ...

    def fail(self, error: Exception) -> None:
        """The transaction was not committed, whatever ``run`` kept."""
        ...


class Desk(Protocol):
    """Where attempts are handed over that no thread waits for."""

    def over(self, attempts: Sequence[Attempt]) -> None:
        """Their transaction was committed, or has failed: told once for all of them, in the thread that led. Must be quick."""
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

    def lead(self) -> None:
        self.leads = True
        self._told.release()

    def tell(self) -> None:
        self._told.release()


class _Handed:
    """An attempt in the queue that no thread waits for; should it lead, a thread of the committer does."""

    __slots__ = ("attempt", "desk", "lead_with", "run", "store")

    def __init__(self, store: Store, attempt: Attempt, desk: Desk, lead_with: Callable[[_Handed], None]) -> None:
        self.store = store
        self.attempt = attempt
        self.desk = desk
        self.run = attempt.run
        self.lead_with = lead_with

    def lead(self) -> None:
        self.lead_with(self)


class Committer:
    """Groups the commands of a process. Safe to use from several threads."""

    def __init__(
        self, most_commands: int = MOST_COMMANDS, most_seconds: float = MOST_SECONDS, most_waiting: int = MOST_WAITING
    ) -> None:
        self._most_commands = most_commands
        self._most_seconds = most_seconds
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._queue: deque[_Waiting | _Handed] = deque()
        self._led = False
        self._taken = FEW_COMMANDS
        self._here = threading.local()
        self._leading: SimpleQueue[_Handed] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._unfinished = 0

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
        self._lead(store, [], _Waiting(attempt, attempt.run))

    def hand_over(self, store: Store, attempts: Sequence[Attempt], desk: Desk) -> None:
        """As ``submit`` for each, without waiting: ``desk`` is told when they are over. Overloaded ``too_busy`` where that cannot be; then none
        of them is."""
        handed = [_Handed(store, attempt, desk, self._leading.put) for attempt in attempts]
        with self._lock:
            if len(self._queue) + len(handed) > self._most_waiting:
                raise Overloaded(
                    "too_busy", f"{len(self._queue)} commands wait for their turn already; send it again a little later"
                )
            if self._thread is None:
                thread = threading.Thread(target=self._lead_for_others, name="committer", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:
                    raise Overloaded("too_busy", f"{error}, to run it in; send it again a little later") from error
                self._thread = thread
            self._queue.extend(handed)
            if not self._led and self._queue:
                self._led = True
                self._queue.popleft().lead()

    def begin_rest(self) -> None:
        """Something is left to be done of a command whose transaction is over: ``drain`` waits until ``end_rest``."""
        with self._lock:
            self._unfinished += 1

    def end_rest(self) -> None:
        with self._lock:
            self._unfinished -= 1

    def drain(self, seconds: float) -> bool:
        """Wait until nobody is at work, and everyone was told. False if that took longer."""
        until = time.monotonic() + seconds
        while self._led or self._unfinished:
            if time.monotonic() > until:
                return False
            time.sleep(0.002)
        return True

    def _lead_for_others(self) -> None:
        while True:
            try:
                handed = self._leading.get(timeout=SECONDS_IDLE)
            except Empty:
                with self._lock:
                    if self._leading.empty() and not self._queue:
                        self._thread = None
                        return
                continue
            try:
                self._lead(handed.store, [handed], handed)
            except BaseException as fault:  # every command of it was told; others come
                log.error("committer_interrupted", fault=repr(fault))

    def _lead(self, store: Store, told: list[_Waiting | _Handed], first: _Waiting | _Handed) -> None:
        """``told``: who is told how it went besides the thread that leads."""
        attempts = [first.attempt]
        self._here.leads = True
        try:
            foreseen, needs = self._needs(store, [first.attempt])
            with store.batch(needs) as batch:
                began = time.monotonic()
                first.run(batch)
                for other in self._coming(began, store, batch, foreseen):
                    told.append(other)
                    attempts.append(other.attempt)
                    other.run(batch)
        except BaseException as error:
            why = error if isinstance(error, Exception) else RuntimeError("the thread that committed was ended")
            for each in attempts:
                each.fail(_of_all(why))
            if why is not error:
                raise
        finally:
            self._taken = max(len(attempts), FEW_COMMANDS // 2)
            self._here.leads = False
            self.begin_rest()
            self._pass_on()
            _tell(told)
            self.end_rest()

    def _needs(self, store: Store, taken: Sequence[Attempt]) -> tuple[int, list[Needs]]:
        """How many are waiting behind those that were ``taken``, and what they all are going to read. Who comes later is not among them: what
        was read before a command was given may be too old for it. Nor are many more than the last transaction had time for: what is read for
        those that are left is read again."""
        if not store.foresees:
            return self._most_commands, []
        most = min(self._most_commands - 1, 2 * self._taken)
        with self._lock:
            waiting = [each.attempt for each in islice(self._queue, most)]
        return len(waiting), [each.needs for each in (*taken, *waiting) if each.needs is not None]

    def _coming(self, began: float, store: Store, batch: Batch, foreseen: int) -> Iterator[_Waiting | _Handed]:
        for taken in range(1, self._most_commands):
            # What a command reads was asked for: to leave it means to ask again.
            patient = taken < FEW_COMMANDS or (foreseen > 0 and store.foresees)
            most = self._most_seconds * (LONGER if patient else 1)
            if not self._queue or time.monotonic() > began + most:
                return
            if foreseen == 0:
                foreseen, needs = self._needs(store, ())
                if needs:
                    # Before anyone is taken: who is in nobody's hands where this fails would be told by nobody.
                    batch.foresee(needs)
            foreseen -= 1
            yield self._queue.popleft()  # nobody else takes from it while this thread leads

    def _pass_on(self) -> None:
        with self._lock:
            if not self._queue:
                self._led = False
                return
            self._queue.popleft().lead()


def _tell(told: Sequence[_Waiting | _Handed]) -> None:
    """Threads one by one; desks once for all that was handed over at them."""
    desks: dict[Desk, list[Attempt]] = {}
    for each in told:
        if isinstance(each, _Waiting):
            each.tell()
        else:
            desks.setdefault(each.desk, []).append(each.attempt)
    for desk, attempts in desks.items():
        try:
            desk.over(attempts)
        except Exception as fault:
            log.error("desk_failed", fault=repr(fault))


def _of_all(error: Exception) -> Exception:
    """What each command of a transaction that failed is told: to come again later, or to run again alone at once."""
    if isinstance(error, Overloaded):
        return Overloaded(error.code, error.message, error.details)
    return StaleState("batch_lost", f"the transaction that it shared was not committed: {error!r}")
