"""Events told without their keys, so that they are told again with others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from laneway.domain.history import PROCESS_INSTANCE_STARTED, Packed


class Columns:
    """Nearly all events are a name, a key and a text, so that they are kept as three columns; what others there are is said beside.

    Attributes
    ----------
    names, texts
        The first and the last part of each event.
    pick
        Out of the keys, the one that each event tells of.
    kinds
        The names, each once.
    others
        (place, its parts) of each event that has other parts, out of the keys, that of the definition, and ``constants``.
    """

    __slots__ = ("_constants", "_names", "_others", "_pick", "_texts", "kinds")

    def __init__(self, log: Sequence[Packed], numbers: Mapping[int, int]) -> None:
        """
        Raises
        ------
        KeyError
            An event tells of a key that has no number.
        """
        self._names = tuple(event[0] for event in log)
        self.kinds = frozenset(self._names)
        self._texts = tuple(event[-1] for event in log)
        # Two more than there are, so that a tuple is picked whatever there is.
        self._pick: Callable[[Sequence[Any]], tuple[Any, ...]] = itemgetter(*(numbers[event[1]] for event in log), 0, 0)
        constants: dict[Any, int] = {}
        self._others = tuple(
            (place, _parts(event, numbers, constants))
            for place, event in enumerate(log)
            if len(event) != 3 or type(event[2]) is int
        )
        self._constants = tuple(constants)

    def events(self, keys: Sequence[int], definition_key: int) -> list[Packed]:
        """``keys``: of the numbers."""
        pool = [*keys, definition_key, *self._constants]
        log: list[Packed] = list(zip(self._names, self._pick(pool), self._texts, strict=False))
        for place, parts in self._others:
            log[place] = parts(pool)
        return log


def _parts(event: Packed, numbers: Mapping[int, int], constants: dict[Any, int]) -> Callable[[Sequence[Any]], Packed]:
    """``constants``: each with its place behind the keys and that of the definition."""
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
