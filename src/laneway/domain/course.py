"""A course: what an instance did that ran from start to end in one go, told without its keys, so that it is kept once for all
that did the same (``laneway.runtime.courses`` says which those are)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from laneway.domain.columns import Columns
from laneway.domain.history import EVENT_TRIGGERED
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.transition import ElementClosed, Transition
from laneway.domain.types import ElementState, ElementType

_LEFT_OUT = frozenset({"log", "passed", "created", "ended"})


class Course:
    """With numbers in the stead of keys: 0 is that of the instance, the others follow in the order in which they are given.

    Attributes
    ----------
    keys
        How many there are.
    passed
        (number, slot) of each element that a token passed through; all stand in the process instance.
    """

    __slots__ = ("columns", "keys", "passed", "steps")

    def __init__(self, transition: Transition, numbers: Mapping[int, int]) -> None:
        self.keys = len(numbers)
        self.steps = transition.steps
        self.passed = tuple((numbers[one[0]], one[1]) for one in transition.passed)
        self.columns = Columns(transition.log, numbers)


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

    @property
    def triggered(self) -> bool:
        return EVENT_TRIGGERED in self.course.columns.kinds

    def __getattr__(self, name: str) -> Any:
        """Of ``log``, ``passed``, ``created`` and ``ended``, which are left out at first."""
        if name not in _LEFT_OUT:
            raise AttributeError(name)
        root_key = self.keys[0]
        definition_key = self.process_instances[root_key][0]
        if name == "log":
            self.log = self.course.columns.events(self.keys, definition_key)
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
