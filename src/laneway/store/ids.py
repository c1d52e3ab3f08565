"""Keys: 63 bits, ordered by time. 41 bits of milliseconds since 2024, 10 of the node's leased id, 12 of sequence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
NODE_BITS = 10
SEQUENCE_BITS = 12
NODES = 1 << NODE_BITS
_SEQUENCES = 1 << SEQUENCE_BITS
_BLOCK = 16
_BLOCK_OF_MANY = 128
_MILLISECOND = timedelta(milliseconds=1)
_LAST_MILLISECOND = (1 << 41) - 1


def milliseconds(moment: datetime) -> int:
    """Milliseconds of the keys' own epoch; a moment outside of what keys can say is moved to its edge."""
    return min(max((moment - EPOCH) // _MILLISECOND, 0), _LAST_MILLISECOND)


def node_of(key: int) -> int:
    return (key >> SEQUENCE_BITS) & (NODES - 1)


class KeySource:
    """Gives the keys of one node. Safe to use from several threads.

    A clock that goes back, or stands still, does not: keys go on from the last one. ``reserved_until`` is the last
    millisecond that the node has told the database it may use, so that no key is ever given twice, whatever becomes of
    the process or of its clock.
    """

    def __init__(self, clock: Callable[[], datetime], node_id: int, start: int, reserved_until: int) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._millisecond = start
        self._sequence = _SEQUENCES - 1  # ``start`` may be used up: keys go on in the millisecond after it
        self._node_id = node_id
        self.reserved_until = reserved_until

    @property
    def node_id(self) -> int:
        return self._node_id

    @property
    def last_millisecond(self) -> int:
        return self._millisecond

    def next(self) -> int:
        return self.block(1)

    def take(self, count: int) -> Sequence[int]:
        return [self.next() for _ in range(count)]

    def block(self, count: int) -> int:
        """The first of ``count`` keys that follow one another, ``count`` being far less than a millisecond holds."""
        with self._lock:
            now = min(milliseconds(self._clock()), self.reserved_until)
            first = self._sequence + 1
            if now > self._millisecond:
                self._millisecond = now
                first = 0
            elif first + count > _SEQUENCES:
                self._millisecond += 1
                first = 0
            self._sequence = first + count - 1
            return (self._millisecond << NODE_BITS | self._node_id) << SEQUENCE_BITS | first

    def more(self, end: int, count: int) -> int:
        """As ``block``, and the keys from ``end`` on if they are the next ones and of the same millisecond: those of one
        command follow one another."""
        with self._lock:
            last = (self._millisecond << NODE_BITS | self._node_id) << SEQUENCE_BITS | self._sequence
            if end == last + 1 and self._sequence + count < _SEQUENCES:
                self._sequence += count
                return end
        return self.block(count)

    def move_to(self, node_id: int, start: int, reserved_until: int) -> None:
        """Go on under another node id, after the lease of the first was lost."""
        with self._lock:
            self._node_id = node_id
            self._millisecond = max(start, self._millisecond)
            self._sequence = _SEQUENCES - 1
            self.reserved_until = reserved_until


class KeysOfUnit:
    """The keys of a unit of work, of which many need twenty, and of those that follow it in its transaction: taken from the node's in
    blocks, since a look at the clock costs as much as a step of an instance. What is left of a block is given to nobody. For one thread."""

    __slots__ = ("_end", "_next", "_source")

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._next = self._end = 0

    def next_unit(self) -> None:
        """Another one begins: the keys of each, as far as most need them, follow one another."""
        if self._end - self._next < _BLOCK:
            key = self._source.more(self._end, _BLOCK_OF_MANY)
            if key != self._end:
                self._next = key
            self._end = key + _BLOCK_OF_MANY

    def take(self, count: int) -> Sequence[int]:
        first = self._next
        if first + count > self._end:
            return [self.next() for _ in range(count)]
        self._next = first + count
        return range(first, first + count)

    def next(self) -> int:
        key = self._next
        if key == self._end:
            key = self._source.more(key, _BLOCK) if key else self._source.block(_BLOCK)
            self._end = key + _BLOCK
        self._next = key + 1
        return key
