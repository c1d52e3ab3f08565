"""Held requests that wait for the same thing stand in line: news wakes one of them, and not all to find what one of them takes.

Who was woken looks. If that found something there may be more, so the next in line is woken; if not, the others would find nothing
either. A look that had begun before the news may have missed it, so that news always wakes someone who has not looked since.
Belongs to the event loop of the server, but for ``Line.tell``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import suppress

Listen = Callable[[str, Callable[[], None]], Callable[[], None]]


class Place:
    """Of one request in its line."""

    def __init__(self, line: Line) -> None:
        self.news = asyncio.Event()
        self._line = line

    def looks(self) -> None:
        """Now; whatever is told from here on is for another look."""
        self.news.clear()
        self._line.looked_at = self._line.loop.time()

    def has_found(self) -> None:
        self._line.wake()

    @property
    def looked_at(self) -> float:
        """When one of the line looked last, by the clock of the loop."""
        return self._line.looked_at

    def leave(self) -> None:
        """What this one was woken for and has not looked at is for the next."""
        self._line.places.pop(self, None)
        if self.news.is_set():
            self._line.wake()
        self._line.end_if_empty()


class Line:
    def __init__(self, loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
        self.loop = loop
        self.places: dict[Place, None] = {}
        self.looked_at = float("-inf")
        self.stop_listening: Callable[[], None] = lambda: None
        self._end = end
        self._told = False

    def tell(self) -> None:
        """From any thread; as often as one likes."""
        if not self._told:
            self._told = True
            with suppress(RuntimeError):  # the loop has ended
                self.loop.call_soon_threadsafe(self._news)

    def _news(self) -> None:
        self._told = False  # before anyone looks: what is told from now on is news again
        self.wake()

    def wake(self) -> None:
        for place in self.places:
            if not place.news.is_set():
                place.news.set()
                return

    def end_if_empty(self) -> None:
        if not self.places:
            self._end()


class Lines:
    """By what is waited for."""

    def __init__(self, listen: Listen) -> None:
        self._listen = listen
        self._lines: dict[Hashable, Line] = {}

    def stand(self, topic: str, alike: Hashable) -> Place:
        """At the end of the line of those who wait for ``alike`` of the topic. Whoever stands there has to look once at least, and
        to leave."""
        key = (topic, alike)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(asyncio.get_running_loop(), lambda: self._end(key))
            line.stop_listening = self._listen(topic, line.tell)
        place = Place(line)
        line.places[place] = None
        return place

    def _end(self, key: Hashable) -> None:
        line = self._lines.pop(key, None)
        if line is not None:
            line.stop_listening()

    def __len__(self) -> int:
        return len(self._lines)
