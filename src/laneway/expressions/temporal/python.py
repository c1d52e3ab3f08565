"""Python's own dates, times and durations: read from callers, and given back to them where they are exact.

Python knows the years 1 to 9999 and microseconds, and has no duration in months; offsets are less than a day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from laneway.expressions.temporal.dates import Date
from laneway.expressions.temporal.durations import DayTimeDuration, YearMonthDuration
from laneway.expressions.temporal.moments import DateTime
from laneway.expressions.temporal.times import Time
from laneway.expressions.temporal.zones import is_zone, zone_info

__all__ = ["FOREIGN", "TEMPORAL", "native", "own"]

TEMPORAL = (Date, Time, DateTime, DayTimeDuration, YearMonthDuration)
"""The classes that FEEL's temporal values have."""

_PLAIN = frozenset({str, int, bool, Decimal, float, type(None), list, dict, *TEMPORAL})


def _offset(offset: timedelta | None) -> int | None:
    return None if offset is None else offset.days * 86_400 + offset.seconds


def _nanosecond(value: time | datetime) -> int:
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000_000 + value.microsecond * 1000


def _zone(zone: tzinfo | None) -> str | None:
    return zone.key if isinstance(zone, ZoneInfo) and zone.key and is_zone(zone.key) else None


def _own_time(value: time) -> Time:
    zone = _zone(value.tzinfo)
    return Time(_nanosecond(value), _offset(value.utcoffset()), zone)


def _own_moment(value: datetime) -> DateTime:
    if value.tzinfo is None or value.tzinfo is UTC:
        return DateTime(
            Date(value.year, value.month, value.day), _nanosecond(value), None if value.tzinfo is None else 0
        )
    zone, offset = _zone(value.tzinfo), _offset(value.utcoffset())
    plain = DateTime(Date(value.year, value.month, value.day), _nanosecond(value), offset)
    return plain if zone is None else DateTime.of_value(plain.value, offset, zone) or plain


def _own_duration(value: timedelta) -> DayTimeDuration:
    return DayTimeDuration(((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * 1000)


FOREIGN: dict[type, Callable[[Any], Any]] = {
    date: lambda value: Date(value.year, value.month, value.day),
    datetime: _own_moment,
    time: _own_time,
    timedelta: _own_duration,
}
"""What makes FEEL's value of each of Python's."""


def own(value: object) -> Any:
    """Give FEEL's value for one of Python's; everything else as it is."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    reader = FOREIGN.get(kind)
    if reader is not None:
        return reader(value)
    for python in (datetime, date, time, timedelta):  # a datetime is a date as well
        if isinstance(value, python):
            return FOREIGN[python](value)
    return value


def _tzinfo(value: Time | DateTime) -> tzinfo | None:
    """Give Python's zone; raises ValueError for an offset that it can't hold."""
    if value.zone is not None:
        return zone_info(value.zone)
    if value.offset is None:
        return None
    return timezone(timedelta(seconds=value.offset)) if value.offset else UTC


def _native_clock(value: Time | DateTime) -> tuple[int, int, int, int, tzinfo | None]:
    microseconds, rest = divmod(value.nanosecond, 1000)
    if rest:
        raise ValueError("Python counts microseconds")
    return value.hour, value.minute, value.whole_second, microseconds % 1_000_000, _tzinfo(value)


def _native_moment(value: DateTime) -> datetime:
    moment = datetime(value.year, value.month, value.day, *_native_clock(value))
    if value.zone is not None and _offset(moment.utcoffset()) != value.offset:
        return moment.replace(fold=1)
    return moment


def native(value: object) -> object:
    """Give Python's own value where it says exactly the same, else the value itself."""
    try:
        if isinstance(value, Date):
            return date(value.year, value.month, value.day)
        if isinstance(value, DateTime):
            return _native_moment(value)
        if isinstance(value, Time):
            return time(*_native_clock(value))
        if isinstance(value, DayTimeDuration) and not value.nanoseconds % 1000:
            return timedelta(microseconds=value.nanoseconds // 1000)
    except (ValueError, OverflowError):
        return value
    return value
