"""Properties of values: entries of contexts, parts of temporal values and ranges (DMN 1.5, 10.3.2.6 and table 60).

Only what is listed here is ever reached; no attribute of a Python object is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from laneway.expressions.run import Run
from laneway.expressions.values import Range, YearMonthDuration, type_name

__all__ = ["property_of"]


def _truncated(value: timedelta, unit: timedelta, modulo: int) -> int:
    """Part of a duration, with its sign: the hours of -P1DT2H are -2."""
    amount = abs(value) // unit
    if modulo:
        amount %= modulo
    return -amount if value < timedelta(0) else amount


def _seconds(value: timedelta) -> int | Decimal:
    microseconds = _truncated(value, timedelta(microseconds=1), 60_000_000)
    return microseconds // 1_000_000 if microseconds % 1_000_000 == 0 else Decimal(microseconds) / 1_000_000


def _whole(value: int, modulo: int) -> int:
    amount = abs(value) % modulo if modulo else abs(value) // 12
    return -amount if value < 0 else amount


def _time_of(value: datetime) -> time:
    return value.timetz()


def _zone(value: datetime | time) -> str | None:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


_DATE: dict[str, Callable[[Any], object]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.isoweekday(),
}
_TIME: dict[str, Callable[[Any], object]] = {
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: (
        value.second if not value.microsecond else value.second + Decimal(value.microsecond) / 1_000_000
    ),
    "time offset": lambda value: value.utcoffset(),
    "timezone": _zone,
}
_PROPERTIES: tuple[tuple[type, dict[str, Callable[[Any], object]]], ...] = (
    (datetime, {**_DATE, **_TIME, "date": datetime.date, "time": _time_of}),
    (date, _DATE),
    (time, _TIME),
    (
        timedelta,
        {
            "days": lambda value: _truncated(value, timedelta(days=1), 0),
            "hours": lambda value: _truncated(value, timedelta(hours=1), 24),
            "minutes": lambda value: _truncated(value, timedelta(minutes=1), 60),
            "seconds": _seconds,
        },
    ),
    (
        YearMonthDuration,
        {"years": lambda value: _whole(value.months, 0), "months": lambda value: _whole(value.months, 12)},
    ),
    (
        Range,
        {
            "start": lambda value: value.start,
            "end": lambda value: value.end,
            "start included": lambda value: value.start_included,
            "end included": lambda value: value.end_included,
        },
    ),
)


def property_of(value: object, name: str, run: Run) -> object:
    """Give ``value.name``; of a list, that of each element; null where there is none."""
    if value is None:
        run.warn(f"There is no {name} of null.")
        return None
    if isinstance(value, (list, tuple)):
        run.charge_list(len(value))
        return [item[name] if type(item) is dict and name in item else property_of(item, name, run) for item in value]
    if isinstance(value, Mapping):
        if name in value:
            found: object = value[name]
            return found
        run.warn(f"There is no entry {name}.")
        return None
    for kind, properties in _PROPERTIES:
        if isinstance(value, kind):
            if name in properties:
                return properties[name](value)
            break
    run.warn(f"A {type_name(value)} has no property {name}.")
    return None
