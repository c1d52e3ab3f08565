"""What stays in memory between commands: live states, work that is being done, and which version of a process is the latest.

It is a cache, which is right or is not used. A state is advanced in place, so it is never in the cache and in somebody's hands: who loads it takes it out, and it comes
back by what was written of it, once that is committed. Whatever fails on the way, the next command reads the rows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from laneway.domain.definition import ProcessDefinition, StartTrigger
from laneway.domain.state import InstanceState

HOT_BYTES = 64_000_000
_MOST_LATEST = 10_000
MOST_WORK = 4_000
"""Jobs and user tasks that stay in memory: those that commands were about lately, since who takes work soon ends it."""
MOST_OPENED = 250
"""User tasks that opened lately, of which only that is kept which is their own."""

_STATE, _ELEMENT = 1_100, 700
"""Bytes that a state and each of its elements take, about; variables come on top. What rests at a place has no elements of its own."""


Labels = tuple[tuple[str, ...], str | None]
NO_LABELS: Labels = ((), None)


class HotState:
    """A live state as its rows are.

    Attributes
    ----------
    head
        Length and last hash of its audit chain.
    text
        Characters of its variables, as far as they were read or written since it was loaded.
    labels
        Its tags and its business id; None where nobody has read them.
    """

    __slots__ = ("head", "labels", "state", "text")

    def __init__(self, state: InstanceState, head: tuple[int, str], text: int, labels: Labels | None = None) -> None:
        self.state = state
        self.head = head
        self.text = text
        self.labels = labels

    @property
    def bytes(self) -> int:
        own = 0 if self.state.place is not None else self.state.alive
        return _STATE + _ELEMENT * own + 2 * self.text


class HotInstances:
    """Bounded by about so many bytes: the least recently used go first; with none, none stay. Safe to use from several threads."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._lock = threading.Lock()
        self._states: OrderedDict[int, tuple[HotState, int]] = OrderedDict()
        self._latest: dict[tuple[str, str], ProcessDefinition] = {}
        self._starts: dict[tuple[str, str, str], Sequence[StartTrigger]] = {}
        self._work: OrderedDict[int, Any] = OrderedDict()
        self._opened: OrderedDict[int, Any] = OrderedDict()
        self._bytes = 0
        self.told: Any = None

    def __len__(self) -> int:
        return len(self._states)

    def unless_changed(self, seen: Any) -> None:
        """Forget all unless ``seen`` is what it was the last time: what the database says when others have written."""
        if seen != self.told:
            with self._lock:
                self._states.clear()
                self._latest.clear()
                self._starts.clear()
                self._work.clear()
                self._opened.clear()
                self._bytes = 0
                self.told = seen

    def latest(self, process_id: str, tenant_id: str) -> ProcessDefinition | None:
        return self._latest.get((process_id, tenant_id))

    def keep_latest(self, definition: ProcessDefinition) -> None:
        if len(self._latest) >= _MOST_LATEST:
            self._latest.clear()
        self._latest[definition.process_id, definition.tenant_id] = definition

    def starts(self, place: tuple[str, str, str]) -> Sequence[StartTrigger] | None:
        return self._starts.get(place)

    def keep_starts(self, place: tuple[str, str, str], found: Sequence[StartTrigger]) -> None:
        if len(self._starts) >= _MOST_LATEST:
            self._starts.clear()
        self._starts[place] = found

    def forget_latest(self) -> None:
        self._latest.clear()
        self._starts.clear()

    def work(self, key: int) -> Any:
        return self._work.get(key) or self._opened.get(key)

    def drop_work(self, key: int) -> None:
        self._work.pop(key, None)
        self._opened.pop(key, None)

    def forget_work(self) -> None:
        with self._lock:
            self._work.clear()
            self._opened.clear()

    def keep_work(self, found: Mapping[int, Any]) -> None:
        """Not what is None; tuples are of what has just opened."""
        with self._lock:
            for key, one in found.items():
                self._work.pop(key, None)
                self._opened.pop(key, None)
                if one is not None:
                    (self._opened if type(one) is tuple else self._work)[key] = one
            for kept, most in ((self._work, MOST_WORK), (self._opened, MOST_OPENED)):
                while len(kept) > most:
                    kept.popitem(last=False)

    def seen(self, root_key: int) -> HotState | None:
        """It stays where it is, and must be left as it is."""
        found = self._states.get(root_key)
        return None if found is None else found[0]

    def take(self, root_key: int) -> HotState | None:
        if root_key not in self._states:
            return None
        with self._lock:
            found = self._states.pop(root_key, None)
            if found is None:
                return None
            self._bytes -= found[1]
            return found[0]

    def version_of(self, root_key: int) -> int | None:
        """Of the state that is there; it may be taken by somebody else at any moment."""
        found = self._states.get(root_key)
        return None if found is None else found[0].state.version

    def put(self, hot: HotState) -> None:
        size = hot.bytes
        with self._lock:
            before = self._states.pop(hot.state.root_key, None)
            if before is not None:
                self._bytes -= before[1]
            if size > self.most_bytes:
                return
            self._states[hot.state.root_key] = (hot, size)
            self._bytes += size
            while self._bytes > self.most_bytes:
                _, (_, freed) = self._states.popitem(last=False)
                self._bytes -= freed


class Handed:
    """What is hot as one unit of work sees it: what its transaction has written goes before what was committed.

    Attributes
    ----------
    own
        What the unit itself has written.
    deployed
        Something was deployed in this transaction, so that nobody knows yet what the latest version is.
    work
        Jobs and user tasks, as far as the unit has read or written them; None: it has, and nobody knows what they are now.
    lost
        Somebody may have changed work by a statement of which nobody else knows: none is known until the commit.
    """

    def __init__(
        self,
        committed: HotInstances,
        written: dict[int, HotState],
        deployed: bool,
        work: dict[int, Any] | None = None,
        lost: bool = False,
    ) -> None:
        self.own: dict[int, HotState] = {}
        self.work: dict[int, Any] = {}
        self.lost = lost
        self._work_before: dict[int, Any] = {} if work is None else work
        self.deployed = deployed
        self._committed = committed
        self._written = written

    @property
    def used(self) -> bool:
        return self._committed.most_bytes > 0

    def take(self, root_key: int) -> HotState | None:
        committed = self._committed.take(root_key)
        written = self._written.pop(root_key, None) if self._written else None
        return (self.own.pop(root_key, None) if self.own else None) or written or committed

    def look(self, root_key: int) -> HotState | None:
        """As ``take``, by who leaves it as it is."""
        return self.own.get(root_key) or self._written.get(root_key) or self._committed.seen(root_key)

    def kept(self, root_key: int) -> HotState | None:
        """What this unit has kept already: nowhere else is anything left of it."""
        return self.own.get(root_key)

    def version_of(self, root_key: int) -> int | None:
        return self._committed.version_of(root_key)

    def keep(self, hot: HotState) -> None:
        if self.used:
            self.own[hot.state.root_key] = hot

    def work_of(self, key: int) -> Any:
        """A job or user task as its row is in this transaction, or what it is made of; None where it is to be read."""
        if self.lost:
            return None
        for known in (self.work, self._work_before):
            if key in known:
                return known[key]
        return self._committed.work(key)

    def keep_work(self, key: int, one: Any) -> None:
        if self.used and not self.lost:
            self.work[key] = one

    def drop_work(self, keys: Iterable[int]) -> None:
        """They are being changed. If the outcome of the commit should remain unknown, nobody must believe what was there before."""
        for key in keys:
            self.work[key] = None
            self._committed.drop_work(key)

    def forget_work(self) -> None:
        self.lost = True
        self._committed.forget_work()

    def latest(self, process_id: str, tenant_id: str) -> ProcessDefinition | None:
        return None if self.deployed else self._committed.latest(process_id, tenant_id)

    def keep_latest(self, definition: ProcessDefinition) -> None:
        if not self.deployed:
            self._committed.keep_latest(definition)

    def starts(self, place: tuple[str, str, str]) -> Sequence[StartTrigger] | None:
        """Who starts at a kind of trigger of a name, in a tenant, where that is known."""
        return None if self.deployed else self._committed.starts(place)

    def keep_starts(self, place: tuple[str, str, str], found: Sequence[StartTrigger]) -> None:
        if not self.deployed:
            self._committed.keep_starts(place, found)
