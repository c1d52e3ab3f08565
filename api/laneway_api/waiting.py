"""Long polls without a thread each: wait in the event loop, look now and then, stop when nobody listens any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from starlette.requests import Request

from laneway.engine import Engine
from laneway_api.admission import Admission

Found = TypeVar("Found")

LOOK_AGAIN = 1.0
"""Seconds after which to look again without having been told: leases and back-offs end silently, other nodes commit."""


class Closing:
    """Set when the server goes down, so that held requests are answered at once."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Event] = set()
        self.begun = False

    def begin(self) -> None:
        self.begun = True
        for event in self._waiters:
            event.set()

    def add(self, event: asyncio.Event) -> None:
        self._waiters.add(event)

    def remove(self, event: asyncio.Event) -> None:
        self._waiters.discard(event)


async def until(
    look: Callable[[], Awaitable[Found | None]], *, request: Request, topic: str, timeout: float
) -> Found | None:
    """What ``look`` finds first, or None after ``timeout`` seconds, a disconnect, or shutdown.
    Overloaded ``too_busy`` if nothing is there yet, and too many wait already."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    news = asyncio.Event()

    def told() -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(news.set)

    engine: Engine = request.app.state.engine
    stop_listening = engine.listen(topic, told)
    try:
        found = await look()
        if found is not None or timeout <= 0:
            return found
        return await _held(look, request, news, deadline)
    finally:
        stop_listening()


async def _held(
    look: Callable[[], Awaitable[Found | None]], request: Request, news: asyncio.Event, deadline: float
) -> Found | None:
    loop = asyncio.get_running_loop()
    closing: Closing = request.app.state.closing
    admission: Admission = request.app.state.admission
    closing.add(news)
    gone = asyncio.create_task(_gone(request, news))
    try:
        with admission.holding():
            while deadline > loop.time() and not closing.begun:
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), min(deadline - loop.time(), LOOK_AGAIN))
                if gone.done():
                    return None
                news.clear()
                found = await look()
                if found is not None:
                    return found
        return None
    finally:
        closing.remove(news)
        gone.cancel()


async def _gone(request: Request, news: asyncio.Event) -> None:
    """Ends when the client has gone. The body was read before, so all that can come now is the disconnect."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    news.set()
