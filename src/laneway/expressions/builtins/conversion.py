"""Functions between kinds of values, and on booleans (DMN 1.5, 10.3.4.1 and 10.3.4.2)."""

from __future__ import annotations

import re
from decimal import Decimal

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.results import text_of
from laneway.expressions.run import Run
from laneway.expressions.values import NUMBERS

__all__: list[str] = []

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
"""Grammar rule 37."""


@builtin("string(from: any)")
def string(run: Run, value: object) -> object:
    return None if value is None else text_of(value, run)


@builtin("number(from: string, grouping separator?: string?, decimal separator?: string?)")
def number(run: Run, text: str, grouping: str | None, point: str | None) -> object:
    """Read a number without its grouping separators, its decimal separator made a period (table 72, note 1).

    Separators are a space, a comma or a period, differ, and are none when null; to leave them out is Camunda's extension.
    """
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        run.warn("number: the separators are a space, a comma or a period, and differ.")
        return None
    run.charge(20)
    if len(text) > 200:
        return UNFIT
    plain = text.replace(grouping, "") if grouping else text
    if point and point != ".":
        plain = plain.replace(point, ".")
    if _NUMBER.fullmatch(plain) is None:
        run.warn(f"number: {text!r} is not a number.")
        return None
    value = NUMBERS.create_decimal(plain)
    return value if value.is_finite() else UNFIT


@builtin("number(from: number)")
def number_of_number(run: Run, value: int | Decimal) -> object:
    return value


@builtin("not(negand: any)")
def negation(run: Run, value: object) -> object:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return not value
    if value is not None:
        return UNFIT
    return None


@builtin("all(list: list)")
@builtin("all(*b: each)")
def every(run: Run, items: list[object]) -> object:
    return _combined(run, items, decisive=False)


@builtin("any(list: list)")
@builtin("any(*b: each)")
def some(run: Run, items: list[object]) -> object:
    return _combined(run, items, decisive=True)


def _combined(run: Run, items: list[object], *, decisive: bool) -> object:
    """Three-valued: the deciding value wins, else null wins; anything but booleans and null is outside of the domain."""
    run.charge(len(items))
    if any(item is not None and not isinstance(item, bool) for item in items):
        return UNFIT
    if decisive in items:
        return decisive
    return None if None in items else not decisive
