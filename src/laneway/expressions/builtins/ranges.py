"""How points and ranges lie to each other (DMN 1.5, 10.3.4.9, table 78).

Each relation is written with the ends and flags that the table names. An end that is open to infinity lies beyond every
value; with an end that is null, or of another kind than what it is compared with, nothing can be said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from laneway.expressions.builtins.registry import builtin
from laneway.expressions.operators import equal, order
from laneway.expressions.run import Run
from laneway.expressions.values import Range

__all__: list[str] = []


@dataclass(frozen=True, slots=True)
class _End:
    value: object
    side: int = 0
    """-1 or 1 for an end that is open to infinity on that side."""


def _start(interval: Range) -> _End:
    return _End(interval.start, -1 if interval.start_unbounded else 0)


def _end(interval: Range) -> _End:
    return _End(interval.end, 1 if interval.end_unbounded else 0)


class _UnorderedError(Exception):
    """Two ends have no order between them."""


def _compare(a: _End, b: _End, run: Run) -> int:
    """Give -1, 0 or 1 for an end that lies before, at or behind another."""
    if a.side or b.side:
        return (a.side > b.side) - (a.side < b.side)
    less = order("<", a.value, b.value, run)
    if less is None:
        raise _UnorderedError
    if less:
        return -1
    return 0 if equal(a.value, b.value, run) else 1


def _before(a: Range, b: Range, run: Run) -> bool:
    gap = _compare(_end(a), _start(b), run)
    return gap < 0 or (gap == 0 and not (a.end_included and b.start_included))


def _meets(a: Range, b: Range, run: Run) -> bool:
    return _compare(_end(a), _start(b), run) == 0 and a.end_included and b.start_included


def _reaches(a: Range, b: Range, run: Run) -> bool:
    """Whether a doesn't end before b starts."""
    return not _before(a, b, run)


def _overlaps(a: Range, b: Range, run: Run) -> bool:
    return _reaches(a, b, run) and _reaches(b, a, run)


def _starts_earlier(a: Range, b: Range, run: Run) -> bool:
    starts = _compare(_start(a), _start(b), run)
    return starts < 0 or (starts == 0 and a.start_included and not b.start_included)


def _starts_no_later(a: Range, b: Range, run: Run) -> bool:
    starts = _compare(_start(a), _start(b), run)
    return starts < 0 or (starts == 0 and (a.start_included or not b.start_included))


def _ends_no_later(a: Range, b: Range, run: Run) -> bool:
    ends = _compare(_end(a), _end(b), run)
    return ends < 0 or (ends == 0 and (b.end_included or not a.end_included))


def _overlaps_before(a: Range, b: Range, run: Run) -> bool:
    return _starts_earlier(a, b, run) and _reaches(a, b, run) and _ends_no_later(a, b, run)


def _includes(a: Range, b: Range, run: Run) -> bool:
    return _starts_no_later(a, b, run) and _ends_no_later(b, a, run)


def _same_start(a: Range, b: Range, run: Run) -> bool:
    return _compare(_start(a), _start(b), run) == 0 and a.start_included == b.start_included


def _same_end(a: Range, b: Range, run: Run) -> bool:
    return _compare(_end(a), _end(b), run) == 0 and a.end_included == b.end_included


def _finishes(a: Range, b: Range, run: Run) -> bool:
    return _same_end(a, b, run) and _starts_no_later(b, a, run)


def _starts(a: Range, b: Range, run: Run) -> bool:
    return _same_start(a, b, run) and _ends_no_later(a, b, run)


def _coincides(a: Range, b: Range, run: Run) -> bool:
    return _same_start(a, b, run) and _same_end(a, b, run)


def _before_point(point: object, other: object, run: Run) -> bool:
    return _compare(_End(point), _End(other), run) < 0


def _point_before(point: object, interval: Range, run: Run) -> bool:
    gap = _compare(_End(point), _start(interval), run)
    return gap < 0 or (gap == 0 and not interval.start_included)


def _ends_before_point(interval: Range, point: object, run: Run) -> bool:
    gap = _compare(_end(interval), _End(point), run)
    return gap < 0 or (gap == 0 and not interval.end_included)


def _includes_point(interval: Range, point: object, run: Run) -> bool:
    start, end = _compare(_start(interval), _End(point), run), _compare(_end(interval), _End(point), run)
    return (start < 0 < end) or (start == 0 and interval.start_included) or (end == 0 and interval.end_included)


def _ends_at_point(interval: Range, point: object, run: Run) -> bool:
    return _compare(_end(interval), _End(point), run) == 0 and interval.end_included


def _starts_at_point(interval: Range, point: object, run: Run) -> bool:
    return _compare(_start(interval), _End(point), run) == 0 and interval.start_included


Relation = Callable[[Any, Any, Run], bool]


def _swapped(relation: Relation) -> Relation:
    return lambda a, b, run: relation(b, a, run)


_POINTS, _POINT_RANGE = "point1: point, point2: point", "point: point, range: range"
_RANGE_POINT, _RANGES = "range: range, point: point", "range1: range, range2: range"

_RELATIONS: dict[str, dict[str, Relation]] = {
    "before": {
        _POINTS: _before_point, _POINT_RANGE: _point_before, _RANGE_POINT: _ends_before_point, _RANGES: _before,
    },
    "after": {
        _POINTS: _swapped(_before_point), _POINT_RANGE: _swapped(_ends_before_point),
        _RANGE_POINT: _swapped(_point_before), _RANGES: _swapped(_before),
    },
    "meets": {_RANGES: _meets},
    "met by": {_RANGES: _swapped(_meets)},
    "overlaps": {_RANGES: _overlaps},
    "overlaps before": {_RANGES: _overlaps_before},
    "overlaps after": {_RANGES: _swapped(_overlaps_before)},
    "finishes": {_POINT_RANGE: _swapped(_ends_at_point), _RANGES: _finishes},
    "finished by": {_RANGE_POINT: _ends_at_point, _RANGES: _swapped(_finishes)},
    "includes": {_RANGE_POINT: _includes_point, _RANGES: _includes},
    "during": {_POINT_RANGE: _swapped(_includes_point), _RANGES: _swapped(_includes)},
    "starts": {_POINT_RANGE: _swapped(_starts_at_point), _RANGES: _starts},
    "started by": {_RANGE_POINT: _starts_at_point, _RANGES: _swapped(_starts)},
    "coincides": {_POINTS: lambda a, b, run: _compare(_End(a), _End(b), run) == 0, _RANGES: _coincides},
}  # fmt: skip


def _register(name: str, parameters: str, relation: Relation) -> None:
    def apply(run: Run, first: object, second: object) -> object:
        try:
            return relation(first, second, run)
        except _UnorderedError:
            return None

    builtin(f"{name}({parameters})")(apply)


for _name, _signatures in _RELATIONS.items():
    for _parameters, _relation in _signatures.items():
        _register(_name, _parameters, _relation)
