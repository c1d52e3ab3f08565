"""Temporal values from their texts (XML Schema Part 2, 3.3.6 to 3.3.9; DMN 1.5, 10.3.4.1).

A date has no zone; a time may have ``Z``, an offset of up to 14 hours or, with ``@``, the name of a zone. There is no hour 24
and no leap second, as in the implementations of DMN. Seconds have up to nine digits behind the point.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from laneway.expressions.temporal.dates import Date
from laneway.expressions.temporal.durations import DayTimeDuration, YearMonthDuration
from laneway.expressions.temporal.moments import DateTime
from laneway.expressions.temporal.times import Time
from laneway.expressions.temporal.zones import MAX_OFFSET, is_zone

__all__ = [
    "function_of_at_literal",
    "nanosecond_of_day",
    "parse_at_literal",
    "parse_date",
    "parse_date_and_time",
    "parse_duration",
    "parse_time",
    "parse_zone",
]

_SECOND = 1_000_000_000
_DATE = re.compile(r"(-?(?:[1-9][0-9]{3,8}|0[0-9]{3}))-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(.*)", re.DOTALL)
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_ZONE_OF_DATE = re.compile(r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})\Z")
_YEARS_MONTHS = re.compile(r"(-?)P(?=[0-9])(?:([0-9]{1,18})Y)?(?:([0-9]{1,18})M)?")
_DAYS_TIME = re.compile(
    r"(-?)P(?=[0-9T])(?:([0-9]{1,18})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,18})H)?(?:([0-9]{1,18})M)?(?:([0-9]{1,18})(?:\.([0-9]{1,9}))?S)?)?"
)


def parse_date(text: str) -> Date | None:
    match = _DATE.fullmatch(text)
    if match is None or match[1] == "-0000":
        return None
    return Date.of(int(match[1]), int(match[2]), int(match[3]))


def parse_zone(text: str) -> tuple[int | None, str | None] | None:
    """Read what follows a time: nothing, ``Z``, an offset, or a zone behind ``@``.

    Returns
    -------
    The offset in seconds and the name of the zone; None if it is none of these.
    """
    if not text:
        return None, None
    if text in ("Z", "z"):
        return 0, None
    if text[0] == "@":
        return (None, text[1:]) if is_zone(text[1:]) else None
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    minutes, seconds = int(match[3]), int(match[4] or 0)
    offset = int(match[2]) * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or offset > MAX_OFFSET:
        return None
    return (-offset if match[1] == "-" else offset), None


def nanosecond_of_day(hour: int, minute: int, second: int, nanosecond: int = 0) -> int | None:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    return ((hour * 60 + minute) * 60 + second) * _SECOND + nanosecond


def parse_time(text: str) -> Time | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    nanosecond = nanosecond_of_day(int(match[1]), int(match[2]), int(match[3]), _nanoseconds(match[4]))
    zone = parse_zone(match[5])
    return None if nanosecond is None or zone is None else Time(nanosecond, *zone)


def _nanoseconds(digits: str | None) -> int:
    return int(digits.ljust(9, "0")) if digits else 0


def parse_date_and_time(text: str) -> DateTime | None:
    """Read a date with a time; a date alone is its midnight, local or with an offset as XML Schema's dates may have."""
    day_text, separator, time_text = text.partition("T")
    if not separator:
        zone = _ZONE_OF_DATE.search(text)
        day = parse_date(text[: zone.start()] if zone else text)
        place = parse_zone(zone[0]) if zone else (None, None)
        return None if day is None or place is None else DateTime(day, 0, place[0])
    day = parse_date(day_text)
    if day is None:
        return None
    clock = parse_time(time_text)
    return None if clock is None else DateTime.at(day, clock)


def parse_duration(text: str) -> DayTimeDuration | YearMonthDuration | None:
    match = _YEARS_MONTHS.fullmatch(text)
    if match is not None:
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearMonthDuration(-months if match[1] else months)
    match = _DAYS_TIME.fullmatch(text)
    if match is None:
        return None
    minutes = (int(match[2] or 0) * 24 + int(match[3] or 0)) * 60 + int(match[4] or 0)
    length = (minutes * 60 + int(match[5] or 0)) * _SECOND + _nanoseconds(match[6])
    return DayTimeDuration(-length if match[1] else length)


def parse_at_literal(text: str) -> object:
    """Read the text of ``@"…"`` as whatever temporal value it writes; None when it is none (DMN 1.5, grammar rule 68)."""
    return _READERS[function_of_at_literal(text)](text)


_READERS: dict[str, Callable[[str], object]] = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_and_time,
    "duration": parse_duration,
}


def function_of_at_literal(text: str) -> str:
    """Name the function that ``@"…"`` calls, by the look of its text."""
    if text.lstrip("-").startswith("P"):
        return "duration"
    if text[2:3] == ":":
        return "time"
    return "date and time" if "T" in text else "date"
