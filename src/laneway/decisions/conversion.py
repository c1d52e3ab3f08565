"""Values that variables hold as JSON texts, revived where the model says what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.expressions.temporal import parse_date, parse_date_and_time, parse_duration, parse_time

__all__ = ["convert", "converts"]

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


def converts(kind: str | None) -> bool:
    return kind in _READERS


def convert(value: object, kind: str | None) -> object:
    """Revive a temporal value that a variable holds as JSON text, where the model says that it is one."""
    reader = _READERS.get(kind)
    if reader is None or not isinstance(value, str):
        return value
    found = reader(value)
    if found is None and reader is parse_date:
        moment = parse_date_and_time(value)
        found = moment.date if moment is not None else None
    return value if found is None else found
