"""Commands of an event loop: handed over to the committer and awaited, without a thread for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from laneway.commands.execution import Command
from laneway.commands.handing import Desk, Handed, Told

Result = TypeVar("Result")


class HandOver:
    """Belongs to one event loop. What is given in one turn of the loop is handed over together.

    Parameters
    ----------
    desk
        Makes one that tells as it is told to.
    """

    def __init__(self, desk: Callable[[Callable[[list[Told]], None]], Desk]) -> None:
        self._desk = desk(_tell)
        self._given: list[Handed] = []

    async def __call__(self, command: Command[Result]) -> Result:
        """What the command gives, or raises, when it is on disk. Whoever is cancelled meanwhile undoes nothing of it."""
        return await self.given(command)

    def given(self, command: Command[Result]) -> asyncio.Future[Result]:
        """As when it is called, for who is going to wait."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Result] = loop.create_future()
        if not self._given:
            loop.call_soon(self._hand_over)
        self._given.append(self._desk.made(command, outcome))
        return outcome

    def _hand_over(self) -> None:
        given, self._given = self._given, []
        try:
            self._desk.hand_over_all(*given)
        except Exception as error:  # no thread can be started: who waits is told, and may come again
            _settle([(each.ticket, None, error) for each in given])


def _tell(told: list[Told]) -> None:
    """Once for a transaction, from the thread that led it."""
    with suppress(RuntimeError):  # the loop has ended, and with it everyone who waited
        told[0][0].get_loop().call_soon_threadsafe(_settle, told)


def _settle(told: list[Told]) -> None:
    for outcome, result, error in told:
        if outcome.done():
            continue  # it was cancelled
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)


async def to_the_end(work: Awaitable[Result]) -> Result:
    """What it gives, or raises. Whoever is cancelled meanwhile ends no sooner than it."""
    going_on = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(going_on)
    except asyncio.CancelledError:
        await asyncio.wait({going_on})
        going_on.result()
        raise
