"""Long polls without a thread each: wait in the event loop, look now and then, stop when nobody listens any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import TypeVar

from starlette.requests import Request

from laneway_api.admission import Admission
from laneway_api.lines import Lines, Place

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
    look: Callable[[], Awaitable[Found | None]],
    *,
    request: Request,
    topic: str,
    timeout: float,
    alike: Hashable = None,
) -> Found | None:
    """What ``look`` finds first, or None after ``timeout`` seconds, a disconnect, or shutdown.
    Overloaded ``too_busy`` if nothing is there yet, and too many wait already.

    ``alike``: where those who wait for the topic take from each other, what tells them apart: only those that are equal would find the same.
    None: each is woken by all news.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    lines: Lines = request.app.state.lines
    place = lines.stand(topic, object() if alike is None else alike)
    try:
        place.looks()
        found = await look()
        if found is None and timeout > 0:
            found = await _held(look, request, place, deadline)
        if found is not None:
            place.has_found()
        return found
    except BaseException:
        place.has_found()  # it has looked for all of its line, and nobody knows what there is: the next one looks
        raise
    finally:
        place.leave()


async def _held(
    look: Callable[[], Awaitable[Found | None]], request: Request, place: Place, deadline: float
) -> Found | None:
    loop = asyncio.get_running_loop()
    closing: Closing = request.app.state.closing
    admission: Admission = request.app.state.admission
    news = place.news
    closing.add(news)
    gone = asyncio.create_task(_gone(request, news))
    try:
        with admission.holding():
            while deadline > loop.time() and not closing.begun:
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), min(deadline - loop.time(), LOOK_AGAIN))
                if gone.done():
                    return None
                if not news.is_set() and loop.time() - place.looked_at < LOOK_AGAIN:
                    continue  # another one of the line has looked meanwhile
                place.looks()
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
