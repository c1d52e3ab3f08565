"""Properties of values: entries of contexts, parts of temporal values and ranges (DMN 1.5, 10.3.2.6 and table 60).

Only what is listed here is ever reached; no attribute of a Python object is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from laneway.expressions.run import Run
from laneway.expressions.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration, own
from laneway.expressions.values import Range, type_name

__all__ = ["property_of"]


_DATE: dict[str, Callable[[Any], object]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.weekday,
}
_TIME: dict[str, Callable[[Any], object]] = {
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: value.second,
    "time offset": lambda value: value.time_offset,
    "timezone": lambda value: value.zone,
}
_PROPERTIES: dict[type, dict[str, Callable[[Any], object]]] = {
    DateTime: {**_DATE, **_TIME, "date": lambda value: value.date, "time": lambda value: value.time},
    Date: _DATE,
    Time: _TIME,
    DayTimeDuration: {
        "days": lambda value: value.days,
        "hours": lambda value: value.hours,
        "minutes": lambda value: value.minutes,
        "seconds": lambda value: value.seconds,
    },
    YearMonthDuration: {
        "years": lambda value: value.whole_years,
        "months": lambda value: value.months_of_year,
    },
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}


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
    value = own(value)
    read = _PROPERTIES.get(type(value), {}).get(name)
    if read is not None:
        return read(value)
    run.warn(f"A {type_name(value)} has no property {name}.")
    return None
