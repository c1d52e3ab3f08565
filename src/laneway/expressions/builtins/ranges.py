"""How points and ranges lie to each other (DMN 1.5, 10.3.4.10, table 78)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.operators import order, strictly_equal
from laneway.expressions.run import Run
from laneway.expressions.values import Range

__all__: list[str] = []


def _point(value: Any) -> Range:
    """A point is the range of it alone."""
    return value if isinstance(value, Range) else Range(value, value, True, True)


def _ends_before(a: Range, b: Range, run: Run) -> bool | None:
    """Whether all of a lies before the start of b."""
    if a.end_unbounded or b.start_unbounded:
        return False
    below = order("<", a.end, b.start, run)
    if below is None or below:
        return below
    return strictly_equal(a.end, b.start, run) and not (a.end_included and b.start_included)


def _starts_first(a: Range, b: Range, run: Run) -> bool | None:
    """Whether a starts earlier than b."""
    if b.start_unbounded or a.start_unbounded:
        return a.start_unbounded and not b.start_unbounded
    below = order("<", a.start, b.start, run)
    if below is None or below:
        return below
    return strictly_equal(a.start, b.start, run) and a.start_included and not b.start_included


def _ends_first(a: Range, b: Range, run: Run) -> bool | None:
    """Whether a ends earlier than b."""
    if a.end_unbounded or b.end_unbounded:
        return b.end_unbounded and not a.end_unbounded
    below = order("<", a.end, b.end, run)
    if below is None or below:
        return below
    return strictly_equal(a.end, b.end, run) and not a.end_included and b.end_included


def _no(value: bool | None) -> bool | None:
    return None if value is None else not value


def _both(*values: bool | None) -> bool | None:
    return None if None in values else all(values)


def _meets(a: Range, b: Range, run: Run) -> bool | None:
    if a.end_unbounded or b.start_unbounded:
        return False
    return strictly_equal(a.end, b.start, run) and a.end_included and b.start_included


def _overlaps(a: Range, b: Range, run: Run) -> bool | None:
    return _both(_no(_ends_before(a, b, run)), _no(_ends_before(b, a, run)))


def _same_start(a: Range, b: Range, run: Run) -> bool | None:
    return _both(_no(_starts_first(a, b, run)), _no(_starts_first(b, a, run)))


def _same_end(a: Range, b: Range, run: Run) -> bool | None:
    return _both(_no(_ends_first(a, b, run)), _no(_ends_first(b, a, run)))


def _includes(a: Range, b: Range, run: Run) -> bool | None:
    return _both(_no(_starts_first(b, a, run)), _no(_ends_first(a, b, run)))


Relation = Callable[[Range, Range, Run], "bool | None"]


def _swapped(relation: Relation) -> Relation:
    return lambda a, b, run: relation(b, a, run)


def _register(name: str, relation: Relation, kinds: str) -> None:
    """Register a relation for the given kinds of arguments: p for a point, r for a range."""

    def apply(run: Run, first: object, second: object) -> object:
        given = "".join("r" if isinstance(value, Range) else "p" for value in (first, second))
        if first is None or second is None or given not in kinds.split():
            return UNFIT
        return relation(_point(first), _point(second), run)

    builtin(f"{name}(a: any, b: any)")(apply)


_register("before", _ends_before, "pp pr rp rr")
_register("after", _swapped(_ends_before), "pp pr rp rr")
_register("meets", _meets, "rr")
_register("met by", _swapped(_meets), "rr")
_register("overlaps", _overlaps, "rr")
_register(
    "overlaps before",
    lambda a, b, run: _both(_overlaps(a, b, run), _starts_first(a, b, run), _no(_ends_first(b, a, run))),
    "rr",
)
_register(
    "overlaps after",
    lambda a, b, run: _both(_overlaps(a, b, run), _ends_first(b, a, run), _no(_starts_first(a, b, run))),
    "rr",
)
_register("finishes", lambda a, b, run: _both(_same_end(a, b, run), _includes(b, a, run)), "pr rr")
_register("finished by", lambda a, b, run: _both(_same_end(a, b, run), _includes(a, b, run)), "rp rr")
_register("includes", _includes, "rp rr")
_register("during", _swapped(_includes), "pr rr")
_register("starts", lambda a, b, run: _both(_same_start(a, b, run), _includes(b, a, run)), "pr rr")
_register("started by", lambda a, b, run: _both(_same_start(a, b, run), _includes(a, b, run)), "rp rr")
_register("coincides", lambda a, b, run: _both(_same_start(a, b, run), _same_end(a, b, run)), "pp rr")
