"""A place: where instances rest, told without their keys, so that what is alive in them is kept once for all that rest there.

Of such an instance only its keys and its variables are its own. Its element instances are made out of the place when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from laneway.domain.state import ElementInstance, InstanceState, Wait
from laneway.domain.types import ElementState, ElementType

MOST_ELEMENTS = 24
"""Alive at once at a place: who has more is told by itself."""
NOBODY = -1


class Alive(NamedTuple):
    """An element instance, with numbers in the stead of keys. ``waits``: (kind, number, slot) of each."""

    number: int
    slot: int
    type: ElementType
    parent: int
    state: ElementState
    active_mask: int
    children: tuple[int, ...]
    waits: tuple[tuple[str, int, int], ...]
    arrivals: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]
    tokens: tuple[tuple[int, int], ...]


Shape = tuple[Alive, ...]


class Place:
    """
    Attributes
    ----------
    definition_key
        All that is alive is of this definition, and of one process instance, whose number is 0.
    shape
        In the order of their numbers.
    owner
        Who remembers what leads away from here (``laneway.runtime.courses``), and ``ways`` is what it remembers.
    """

    __slots__ = ("definition_key", "owner", "shape", "ways")

    def __init__(self, definition_key: int, shape: Shape, owner: Any) -> None:
        self.definition_key = definition_key
        self.shape = shape
        self.owner = owner
        self.ways: dict[Any, Any] = {}

    def __deepcopy__(self, memo: Any) -> Place:
        return self

    def elements(self, keys: tuple[int, ...]) -> dict[int, ElementInstance]:
        """What is alive in the instance with these keys."""
        return self.some(range(len(self.shape)), keys)

    def some(self, which: Iterable[int], keys: tuple[int, ...]) -> dict[int, ElementInstance]:
        """Of what is alive, these, in their order."""
        root_key, definition_key = keys[0], self.definition_key
        found: dict[int, ElementInstance] = {}
        for one in which:
            number, slot, type, parent, state, active_mask, children, waits, arrivals, tokens = self.shape[one]
            key = keys[number]
            parent_key = 0 if parent == NOBODY else keys[parent]
            element = found[key] = ElementInstance(key, slot, type, definition_key, parent_key, root_key)
            element.state = state
            element.active_mask = active_mask
            if children:
                element.children = {keys[child]: None for child in children}
            if waits:
                element.waits = {keys[wait]: Wait(kind, keys[wait], at) for kind, wait, at in waits}
            if arrivals:
                element.arrivals = {gateway: dict(flows) for gateway, flows in arrivals}
            if tokens:
                element.tokens = dict(tokens)
        return found


def resting(state: InstanceState) -> tuple[Shape, tuple[int, ...]] | None:
    """The shape of what is alive, and the keys of its numbers; None where it has anything of its own besides them."""
    root_key, elements = state.root_key, state.elements
    if state.conditions or state.signals or len(elements) > MOST_ELEMENTS:
        return None
    if any(key != root_key for key in state.variables) or next(iter(elements), None) != root_key:
        return None
    definition_key = elements[root_key].definition_key
    numbers: dict[int, int] = {}
    for key, one in elements.items():
        if one.data or one.incident or one.role:
            return None
        if one.process_key != root_key or one.definition_key != definition_key:
            return None
        numbers[key] = len(numbers)
        for wait in one.waits.values():
            if wait.data is not None:
                return None
            numbers[wait.key] = len(numbers)
    shape = tuple(
        Alive(
            numbers[key],
            one.slot,
            one.type,
            numbers[one.parent] if one.parent else NOBODY,
            one.state,
            one.active_mask,
            tuple(numbers[child] for child in one.children),
            tuple((wait.kind, numbers[wait.key], wait.slot) for wait in one.waits.values()),
            tuple((slot, tuple(flows.items())) for slot, flows in one.arrivals.items()),
            tuple(one.tokens.items()),
        )
        for key, one in elements.items()
    )
    return shape, tuple(numbers)
