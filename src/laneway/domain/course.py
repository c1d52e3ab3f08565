"""A course: what an instance did that ran from start to end in one go, told without its keys, so that it is kept once for all
that did the same (``laneway.runtime.courses`` says which those are)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from laneway.domain.history import PROCESS_INSTANCE_STARTED, Packed
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.transition import ElementClosed, Transition
from laneway.domain.types import ElementState, ElementType

_LEFT_OUT = frozenset({"log", "passed", "created", "ended"})


class Course:
    """With numbers in the stead of keys: 0 is that of the instance, the others follow in the order in which they are given.

    Nearly all events are a name, a key and a text, so that they are kept as three columns; what the others are is said beside.

    Attributes
    ----------
    keys
        How many there are.
    names, texts
        The first and the last part of each event.
    pick
        Out of the keys, followed by that of the definition, the one that each event tells of.
    others
        (place, its parts) of each event that has other parts, out of the keys, that of the definition, and ``constants``.
    passed
        (number, slot) of each element that a token passed through; all stand in the process instance.
    """

    __slots__ = ("constants", "keys", "names", "others", "passed", "pick", "steps", "texts")

    def __init__(self, transition: Transition, numbers: Mapping[int, int]) -> None:
        log = transition.log
        self.keys = len(numbers)
        self.steps = transition.steps
        self.passed = tuple((numbers[one[0]], one[1]) for one in transition.passed)
        self.names = tuple(event[0] for event in log)
        self.texts = tuple(event[-1] for event in log)
        # Of two events at least, so that a tuple is picked: that it began and that it ended.
        self.pick: Callable[[Sequence[Any]], tuple[Any, ...]] = itemgetter(*(numbers[event[1]] for event in log))
        constants: dict[Any, int] = {}
        self.others = tuple(
            (place, _parts(event, numbers, constants))
            for place, event in enumerate(log)
            if len(event) != 3 or type(event[2]) is int
        )
        self.constants = tuple(constants)


def _parts(event: Packed, numbers: Mapping[int, int], constants: dict[Any, int]) -> Callable[[Sequence[Any]], Packed]:
    """``constants``: each with its place behind the keys."""
    of_definition = len(numbers)
    places = []
    for place, value in enumerate(event):
        if type(value) is not int:
            places.append(constants.setdefault(value, of_definition + 1 + len(constants)))
        elif event[0] == PROCESS_INSTANCE_STARTED and place == 2:
            places.append(of_definition)
        else:
            places.append(numbers[value])
    return itemgetter(*places)


class CourseTaken(Transition):
    """The transition of an instance that took a known course. Events and elements are written down when they are asked for.

    Attributes
    ----------
    keys
        The keys of the numbers of ``course``.
    """

    __slots__ = ("_now", "course", "keys")

    def __init__(
        self, course: Course, keys: Sequence[int], definition_key: int, written: Mapping[str, Any], now: datetime
    ) -> None:
        root_key = keys[0]
        self.course = course
        self.keys = keys
        self._now = now
        state = self.state = InstanceState(root_key)
        state.steps = self.steps = course.steps
        self.opened = []
        self.closed = []
        self.outbox = []
        self.touched = {}
        self.items = {}
        self.user_tasks = {}
        self.variables = {(root_key, name): value for name, value in written.items()}
        self.process_instances = {root_key: (definition_key, None, None)}
        self.completed = True

    def __getattr__(self, name: str) -> Any:
        """Of ``log``, ``passed``, ``created`` and ``ended``, which are left out at first."""
        if name not in _LEFT_OUT:
            raise AttributeError(name)
        root_key = self.keys[0]
        definition_key = self.process_instances[root_key][0]
        if name == "log":
            course = self.course
            pool = [*self.keys, definition_key, *course.constants]
            log: list[Packed] = list(zip(course.names, course.pick(pool), course.texts, strict=True))
            for place, parts in course.others:
                log[place] = parts(pool)
            self.log = log
        elif name == "passed":
            keys = self.keys
            self.passed = [
                (keys[number], slot, definition_key, root_key, root_key) for number, slot in self.course.passed
            ]
        else:
            element = ElementInstance(root_key, 0, ElementType.PROCESS, definition_key, 0, root_key)
            element.state = ElementState.COMPLETED
            self.created = {root_key: element}
            self.ended = {root_key: ElementClosed(element, ElementState.COMPLETED, self._now)}
        return getattr(self, name)
