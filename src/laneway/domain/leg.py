"""A leg: what an instance did from one place where it waited, or from its start, to the next, told without its keys, so that it is
kept once for all that did the same (``laneway.runtime.courses`` says which those are)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from laneway.domain.columns import Columns
from laneway.domain.history import EVENT_TRIGGERED
from laneway.domain.place import NOBODY, Place
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.transition import Closed, ElementClosed, Opened, Transition
from laneway.domain.types import ElementState, ElementType

_LEFT_OUT = frozenset({"log", "passed", "created", "ended", "touched"})
new: Any = tuple.__new__
"""Makes a named tuple without the Python frame of its own ``__new__``."""


class Opening(NamedTuple):
    """Work that a leg opens.

    Attributes
    ----------
    rest
        All that follows the keys of it, of its element and of the process instance.
    computed
        (place in ``rest``, which of what was computed on the way) of what depends on variables.
    """

    type: type[Opened]
    number: int
    element: int
    rest: tuple[Any, ...]
    computed: tuple[tuple[int, int], ...]


class Ending(NamedTuple):
    """An element that was alive at the place from which the leg leads, and ended on the way."""

    number: int
    slot: int
    type: ElementType
    parent: int
    state: ElementState


class Leg:
    """With numbers in the stead of keys: first those of the place that it leads from, then those that are given on the way.

    Attributes
    ----------
    given
        How many keys are given on the way.
    opened, closed
        As in ``Transition``, in their order; ``closed`` as (kind, number, reason).
    created_there
        Which of those that are alive at ``end`` are new.
    end
        Where it leads; None where the instance ends.
    rests
        Out of all keys, those of ``end``.
    starts
        It leads from the start of an instance.
    """

    __slots__ = (
        "closed",
        "columns",
        "created_there",
        "end",
        "ended",
        "given",
        "opened",
        "passed",
        "rests",
        "starts",
        "steps",
        "touched",
    )

    def __init__(
        self,
        transition: Transition,
        numbers: Mapping[int, int],
        given: int,
        computed: Sequence[Sequence[tuple[int, int]]],
        end: Place | None,
        keys: Sequence[int],
    ) -> None:
        """``computed``: of each that is opened, what depends on variables, as in ``Opening``; ``keys``: those of ``end``.

        Raises
        ------
        KeyError
            The transition tells of a key that has no number.
        """
        self.given = given
        self.steps = transition.steps
        self.columns = Columns(transition.log, numbers)
        self.passed = tuple((numbers[one[0]], one[1]) for one in transition.passed)
        self.opened = tuple(
            Opening(type(one), numbers[one[0]], numbers[one[1]], tuple(one[3:]), tuple(places))
            for one, places in zip(transition.opened, computed, strict=True)
        )
        self.closed = tuple((one.kind, numbers[one.key], one.reason) for one in transition.closed)
        self.created_there = tuple(
            place for place, key in enumerate(transition.state.elements) if key in transition.created
        )
        self.touched = tuple(numbers[key] for key in transition.touched)
        self.ended = tuple(
            Ending(
                numbers[key],
                one.element.slot,
                one.element.type,
                numbers[one.element.parent] if one.element.parent else NOBODY,
                one.element.state,
            )
            for key, one in transition.ended.items()
        )
        self.end = end
        self.rests = itemgetter(*(numbers[key] for key in keys)) if end is not None else None
        self.starts = bool(transition.process_instances)


class LegTaken(Transition):
    """The transition of an instance that went a known leg. Events and elements are written down when they are asked for.

    Attributes
    ----------
    keys
        The keys of the numbers of ``leg``.
    definition_key
        Of the process: there is no other in an instance that rests at a place.
    """

    __slots__ = ("_now", "_rests", "definition_key", "keys", "leg")

    def __init__(
        self,
        leg: Leg,
        keys: Sequence[int],
        definition_key: int,
        written: Mapping[str, Any],
        computed: Sequence[Any],
        state: InstanceState,
        now: datetime,
    ) -> None:
        """``state`` is brought to where the leg leads, but for its variables."""
        root_key = keys[0]
        self.leg = leg
        self.keys = keys
        self.state = state
        self.definition_key = definition_key
        self._now = now
        state.steps = self.steps = leg.steps
        self.opened = [
            new(
                type,
                (keys[number], keys[element], root_key, *(rest if not places else _filled(rest, places, computed))),
            )
            for type, number, element, rest, places in leg.opened
        ]
        self.closed = [new(Closed, (kind, keys[number], reason)) for kind, number, reason in leg.closed]
        self.outbox = []
        self.items = {}
        self.user_tasks = {}
        self.variables = {(root_key, name): value for name, value in written.items()}
        self.process_instances = {root_key: (definition_key, None, None)} if leg.starts else {}
        if leg.rests is None or leg.end is None:
            self._rests: tuple[int, ...] = ()
            self.completed = True
            state.end()
        else:
            self._rests = leg.rests(keys)
            self.completed = False
            state.rest(leg.end, self._rests)

    @property
    def triggered(self) -> bool:
        return EVENT_TRIGGERED in self.leg.columns.kinds

    def __getattr__(self, name: str) -> Any:
        """Of ``log``, ``passed``, ``created``, ``ended`` and ``touched``, which are left out at first."""
        if name not in _LEFT_OUT:
            raise AttributeError(name)
        leg, keys, definition_key = self.leg, self.keys, self.definition_key
        if name == "log":
            self.log = leg.columns.events(keys, definition_key)
            return self.log
        root_key = keys[0]
        if name == "passed":
            self.passed = [(keys[number], slot, definition_key, root_key, root_key) for number, slot in leg.passed]
        elif name == "touched":
            self.touched = {keys[number]: None for number in leg.touched}
        elif name == "created":
            self.created = {}
            if leg.end is not None:  # Not those of the state, which needs none as long as nobody asks.
                self.created = leg.end.some(leg.created_there, self._rests)
        else:
            self.ended = {}
            for number, slot, type, parent, how in leg.ended:
                parent_key = 0 if parent == NOBODY else keys[parent]
                element = ElementInstance(keys[number], slot, type, definition_key, parent_key, root_key)
                element.state = how
                self.ended[element.key] = new(ElementClosed, (element, how, self._now))
        return getattr(self, name)


def _filled(rest: tuple[Any, ...], places: Sequence[tuple[int, int]], computed: Sequence[Any]) -> list[Any]:
    parts = list(rest)
    for place, which in places:
        parts[place] = computed[which]
    return parts
