"""Values that variables hold as JSON texts, revived where the model says what they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from laneway.expressions.run import Run, Scope
from laneway.expressions.temporal import parse_date, parse_date_and_time, parse_duration, parse_time
from laneway.expressions.values import INTEGER_LIMIT, is_number, normalise_number

__all__ = ["converting"]

Closure = Callable[[Scope, Run], Any]

_READERS: Mapping[str | None, Any] = {
    "date": parse_date,
    "time": parse_time,
    "dateTime": parse_date_and_time,
    "date and time": parse_date_and_time,
    "dateAndTime": parse_date_and_time,
    "dayTimeDuration": parse_duration,
    "days and time duration": parse_duration,
    "yearMonthDuration": parse_duration,
    "years and months duration": parse_duration,
}
_WHOLE = ("integer", "long")
_NUMBERS = (*_WHOLE, "double")
_NUMBER = re.compile(r"[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,3})?", re.ASCII)


def converting(value: Closure, kind: str | None, *, camunda: bool) -> Closure:
    """Let a closure revive temporal values that a variable holds as JSON texts; for Camunda 7 numbers and booleans too.

    Source: Camunda 7, "Data Types in the DMN Engine": ``integer``, ``long`` and ``double`` are made of numbers and texts,
    ``boolean`` and ``date`` of texts. What can't be made one stays what it is.
    """
    reader = _READERS.get(kind)
    if reader is not None:
        return lambda scope, run: _temporal(value(scope, run), reader)
    if camunda and kind in _NUMBERS:
        whole = kind in _WHOLE
        return lambda scope, run: _number(value(scope, run), whole=whole)
    if camunda and kind == "boolean":
        return lambda scope, run: _boolean(value(scope, run))
    return value


def _temporal(value: object, reader: Any) -> object:
    if not isinstance(value, str):
        return value
    found = reader(value)
    if found is None and reader is parse_date:
        moment = parse_date_and_time(value)
        found = moment.date if moment is not None else None
    return value if found is None else found


def _number(value: object, *, whole: bool) -> object:
    found: object = value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        found = Decimal(value.strip())
    if not is_number(found):
        return value
    number = normalise_number(found)
    if number is None:
        return value
    return int(number) if whole and -INTEGER_LIMIT < number < INTEGER_LIMIT else number


def _boolean(value: object) -> object:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value
