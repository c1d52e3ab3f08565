"""How much is let in at once. More is turned away in words that clients understand, before any of it is read: a queue without
an end would take all memory, and answer everyone too late.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from anyio import CapacityLimiter

from laneway.domain.errors import Overloaded

LOOKS_AT_ONCE = 8
"""Threads in which held requests look whether what they wait for has come; those of commands are others."""


class Admission:
    """Belongs to the event loop: nothing here waits, and no thread but its own may call it.

    Parameters
    ----------
    requests
        That are worked on or wait for their turn (for a thread, for the database's one writer).
    held
        That wait for something to happen, without a thread.
    content
        Bytes of bodies that are in memory.
    """

    def __init__(self, *, requests: int, held: int, content: int) -> None:
        self._requests = requests
        self._held = held
        self._content = content
        self._looks: CapacityLimiter | None = None
        self.at_work = 0
        self.held = 0
        self.content = 0
        self.refused = 0

    @property
    def looks(self) -> CapacityLimiter:
        if self._looks is None:
            self._looks = CapacityLimiter(LOOKS_AT_ONCE)
        return self._looks

    def refusal(self) -> Overloaded | None:
        """Why a request that comes now is turned away; None if it may come in."""
        if self.at_work < self._requests:
            return None
        return self._refused(f"{self.at_work} requests are worked on already")

    @contextmanager
    def entered(self) -> Iterator[Entry]:
        """Around a request, from its first byte to its answer."""
        entry = Entry(self)
        try:
            yield entry
        finally:
            entry.leave()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """While a request that came in waits for something to happen. Overloaded ``too_busy`` if too many do."""
        if self.held >= self._held:
            raise self._refused(f"{self.held} requests are held already")
        self.at_work -= 1
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1
            self.at_work += 1

    def _refused(self, why: str) -> Overloaded:
        self.refused += 1
        return Overloaded("too_busy", f"{why}; send it again a little later")


class Entry:
    """One request. It is at work once its body has come: who sends slowly keeps nobody else out."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._bytes = 0
        self._at_work = False

    def grow(self, count: int) -> None:
        """So many bytes of its body have come. Overloaded ``too_busy`` if there is no room for them just now."""
        admission = self._admission
        if admission.content + count > admission._content:
            raise admission._refused(f"{admission.content} bytes of requests are in memory already")
        admission.content += count
        self._bytes += count

    def begin(self) -> None:
        """All of it has come. Overloaded ``too_busy`` if too many others are at work by now."""
        if self._at_work:
            return
        full = self._admission.refusal()
        if full is not None:
            raise full
        self._admission.at_work += 1
        self._at_work = True

    def leave(self) -> None:
        self._admission.content -= self._bytes
        self._admission.at_work -= self._at_work
        self._bytes, self._at_work = 0, False
