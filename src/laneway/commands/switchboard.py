"""Kill switches as one process knows them: read again before what it knows is half a second old."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

from laneway.domain.governed import KillSwitch
from laneway.ports import Store

KNOWN_FOR = 0.5
"""Seconds. A switch is to hold within one second in every process; the rest is for the question and for who asks it."""


class Switchboard:
    """Safe to use from several threads, of which one asks the database for all."""

    def __init__(self) -> None:
        self._standing: Sequence[KillSwitch] = ()
        self._read_at = float("-inf")
        self._reading = threading.Lock()
        self._asked: asyncio.Future[Sequence[KillSwitch]] | None = None

    def age(self) -> float:
        """Of what is known, in seconds."""
        return time.monotonic() - self._read_at

    def standing(self, store: Store, known_for: float = KNOWN_FOR) -> Sequence[KillSwitch]:
        """What stands, at most ``known_for`` seconds ago."""
        with self._reading:
            if self.age() < known_for:
                return self._standing
            began = time.monotonic()
            with store.read() as uow:
                self._standing = uow.standing_switches()
            # What is set while it is read may not be seen: it is as old as the question.
            self._read_at = began
            return self._standing

    async def stands(self, store: Store, known_for: float = KNOWN_FOR) -> Sequence[KillSwitch]:
        """As ``standing``: of all who ask in one event loop, one asks for all."""
        while True:
            if self.age() < known_for:
                return self._standing
            asked = self._asked
            if asked is None or asked.done() or asked.get_loop() is not asyncio.get_running_loop():
                asked = self._asked = asyncio.ensure_future(asyncio.to_thread(self.standing, store, known_for))
                return await asyncio.shield(asked)
            await asyncio.shield(asked)  # what it gives may have been read before this was asked for

    def forget(self) -> None:
        """Something was set or lifted in this process: it is to hold at once."""
        self._read_at = float("-inf")
