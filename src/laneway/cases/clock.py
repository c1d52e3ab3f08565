"""A clock that stands still until it is told to go on: in a case three days pass at once, and every run is alike."""

from __future__ import annotations

from datetime import datetime, timedelta


class VirtualClock:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        return self._now

    def advance(self, duration: timedelta) -> None:
        self._now += duration

    def move_to(self, moment: datetime) -> None:
        """Never backwards."""
        self._now = max(self._now, moment)
