"""Commands handed over to the committer by who must not wait in a thread: an event loop above all.

A command that is handed over runs, is retried, recorded, delivered and counted as one given to ``execute``. What needs the database
once more after its transaction (a stale fence, messages that it threw) happens in a thread of a small pool, since the thread
that led has the next transaction to see to.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from laneway.commands.committer import Attempt as Submitted
from laneway.commands.context import Context
from laneway.commands.execution import Attempt, Command, carry_out
from laneway.ports import Batch

Result = TypeVar("Result")
LATER_AT_ONCE = 8
"""Commands that need more than their transaction, at the same time."""

Told = tuple[Any, Any, BaseException | None]
"""The ticket that a command was handed over with, what it gave, what it raised."""


class Handed(Attempt[Any]):
    """The first attempt of a command, and whom it is for."""

    def __init__(self, context: Context, command: Command[Any], ticket: Any) -> None:
        super().__init__(context, command)
        self.command = command
        self.ticket = ticket
        self.began = time.perf_counter()
        self._variables = contextvars.copy_context()

    def run(self, batch: Batch) -> None:
        """In the thread that leads, and to log as if in that of who handed it over."""
        self._variables.run(super().run, batch)

    def finish(self) -> Any:
        """What is left to be done when its transaction is over; gives what the command gives."""
        return self._variables.run(carry_out, self._context, self.command, self, self.began)

    def carry_out(self) -> Any:
        """All of it."""
        return self._variables.run(carry_out, self._context, self.command, None, self.began)


class Desk:
    """
    Parameters
    ----------
    tell
        Told of commands that are over, all of a transaction at once; from any thread, and must be quick. A command that it was told
        of as done is on disk.
    """

    def __init__(self, context: Context, tell: Callable[[list[Told]], None]) -> None:
        self._context = context
        self._tell = tell
        self._later: ThreadPoolExecutor | None = None

    def made(self, command: Command[Any], ticket: Any) -> Handed:
        """What ``hand_over_all`` takes, made where the command belongs to: it runs and logs as if there."""
        return Handed(self._context, command, ticket)

    def hand_over(self, command: Command[Any], ticket: Any) -> None:
        """Returns at once. Whoever loses interest in the outcome undoes nothing by that."""
        self.hand_over_all(self.made(command, ticket))

    def hand_over_all(self, *handed: Handed) -> None:
        """At once, for the price of one."""
        shared = [attempt for attempt in handed if not attempt.command.alone]
        if shared:
            self._context.committer.hand_over(self._context.store, shared, self)
        for attempt in handed:
            if attempt.command.alone:
                self._afterwards(attempt.carry_out, attempt.ticket)

    def over(self, attempts: Sequence[Submitted]) -> None:
        told: list[Told] = []
        topics: dict[str, None] = {}
        observers = self._context.observers
        plain = observers.tracing is None
        for attempt in attempts:
            assert isinstance(attempt, Handed)
            if not attempt.settled:
                self._afterwards(attempt.finish, attempt.ticket)
            elif plain and attempt.error is None and attempt.unit is not None:
                # As ``finish`` does it, with what is told to others told once for all of them.
                topics.update(attempt.unit.topics)
                if observers:
                    observers.command(attempt.command.name, "done", time.perf_counter() - attempt.began)
                told.append((attempt.ticket, attempt.results[0], None))
            else:
                told.append(self._outcome(attempt))
        for topic in topics:
            self._context.wakeup.notify(topic)
        if told:
            self._tell(told)

    @staticmethod
    def _outcome(attempt: Handed) -> Told:
        try:
            return attempt.ticket, attempt.finish(), None
        except Exception as error:
            return attempt.ticket, None, error

    def _afterwards(self, finish: Callable[[], Any], ticket: Any) -> None:
        committer, alone = self._context.committer, Lock()
        committer.begin_rest()
        try:
            if self._later is None:
                self._later = ThreadPoolExecutor(LATER_AT_ONCE, "afterwards")
            self._later.submit(self._in_thread, finish, ticket, alone)
        except (
            RuntimeError
        ) as error:  # no thread can be started, or the interpreter ends; one that is there may have taken it
            if alone.acquire(blocking=False):
                self._tell_rest(ticket, None, error)

    def _in_thread(self, finish: Callable[[], Any], ticket: Any, alone: Lock) -> None:
        if not alone.acquire(blocking=False):
            return
        try:
            result = finish()
        except BaseException as error:
            self._tell_rest(ticket, None, error)
        else:
            self._tell_rest(ticket, result, None)

    def _tell_rest(self, ticket: Any, result: Any, error: BaseException | None) -> None:
        try:
            self._tell([(ticket, result, error)])
        finally:
            self._context.committer.end_rest()


class Futures:
    """A desk whose tickets are futures."""

    def __init__(self, context: Context) -> None:
        self._desk = Desk(context, _settle)

    def of(self, given: Sequence[Command[Result]]) -> list[Future[Result]]:
        outcomes: list[Future[Result]] = []
        handed: list[Handed] = []
        for command in given:
            outcome: Future[Result] = Future()
            outcome.set_running_or_notify_cancel()  # so that nobody believes it could be taken back
            outcomes.append(outcome)
            handed.append(self._desk.made(command, outcome))
        self._desk.hand_over_all(*handed)
        return outcomes


def _settle(told: list[Told]) -> None:
    for outcome, result, error in told:
        if error is None:
            outcome.set_result(result)
        else:
            outcome.set_exception(error)
