"""Functions that make and read dates, times and durations (DMN 1.5, 10.3.4.1, 10.3.4.7 and 10.3.4.9)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.operators import strictly_equal
from laneway.expressions.run import Run
from laneway.expressions.temporal import (
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    own,
    parse_date,
    parse_date_and_time,
    parse_duration,
    parse_time,
)
from laneway.expressions.temporal.reading import nanosecond_of_day, parse_zone
from laneway.expressions.temporal.zones import MAX_OFFSET
from laneway.expressions.values import FeelFunction

__all__: list[str] = []

Number = int | Decimal
_SECOND = 1_000_000_000
_FAR = 10**12
"""Beyond every part of a date or time: such numbers aren't written out in full."""


def _unreadable(run: Run, what: str, text: str, example: str) -> None:
    run.warn(f"{text[:60]!r} is no {what}; one is written like {example}.")


def _whole(number: Number) -> int:
    """Cut a number to a whole one, as the implementations of DMN do with parts of dates."""
    return int(number) if -_FAR < number < _FAR else _FAR


@builtin("date(from: string)")
def date_of_text(run: Run, text: str) -> object:
    value = parse_date(text)
    if value is None:
        _unreadable(run, "date", text, '"2026-01-31"')
    return value


@builtin("date(from: date)")
def date_of_date(run: Run, value: Date) -> object:
    return value


@builtin("date(from: datetime)")
def date_of_moment(run: Run, value: DateTime) -> object:
    return value.date


@builtin("date(year: number, month: number, day: number)")
def date_of_parts(run: Run, year: Number, month: Number, day: Number) -> object:
    return _date(run, year, month, day)


def _date(run: Run, year: Number, month: Number, day: Number) -> Date | None:
    value = Date.of(_whole(year), _whole(month), _whole(day))
    if value is None:
        run.warn(f"There is no date {year}-{month}-{day}.")
    return value


@builtin("time(from: string)")
def time_of_text(run: Run, text: str) -> object:
    value = parse_time(text)
    if value is None:
        _unreadable(run, "time", text, '"10:30:00" or "10:30:00+02:00"')
    return value


@builtin("time(from: time)")
def time_of_time(run: Run, value: Time) -> object:
    return value


@builtin("time(from: datetime)")
def time_of_moment(run: Run, value: DateTime) -> object:
    """The time of a moment; a date is one too, midnight UTC."""
    return value.time


@builtin("time(hour: number, minute: number, second: number, offset?: duration?)")
def time_of_parts(run: Run, hour: Number, minute: Number, second: Number, offset: DayTimeDuration | None) -> object:
    return _time(run, hour, minute, second, offset)


def _time(run: Run, hour: Number, minute: Number, second: Number, offset: DayTimeDuration | None) -> Time | None:
    nanosecond = None
    if 0 <= second < 60:
        whole = int(second)
        fraction = int((Decimal(second) - whole).scaleb(9))
        nanosecond = nanosecond_of_day(_whole(hour), _whole(minute), whole, fraction)
    if nanosecond is None:
        run.warn(f"There is no time {hour}:{minute}:{second}.")
        return None
    if offset is None:
        return Time(nanosecond)
    seconds, rest = divmod(offset.nanoseconds, _SECOND)
    if rest or abs(seconds) > MAX_OFFSET:
        run.warn(f"There is no offset of {offset}; it is whole seconds, at most 14 hours.")
        return None
    return Time(nanosecond, seconds)


@builtin("date and time(from: string)")
def moment_of_text(run: Run, text: str) -> object:
    run.charge(80 if "@" in text else 10)  # a zone is looked up
    value = parse_date_and_time(text)
    if value is None:
        _unreadable(run, "date and time", text, '"2026-01-31T10:30:00Z"')
    return value


@builtin("date and time(from: any)")
def moment_of_moment(run: Run, value: object) -> object:
    """A moment as it is; a date is none here, for the parameter of the standard is a string."""
    if isinstance(value, list) and len(value) == 1:
        value = own(value[0])
    return value if isinstance(value, DateTime) else UNFIT


@builtin("date and time(date: date, time: time)")
def moment_of_date_and_time(run: Run, day: Date, clock: Time) -> object:
    return DateTime.at(day, clock)


@builtin("date and time(date: datetime, time: time)")
def moment_of_moment_and_time(run: Run, moment: DateTime, clock: Time) -> object:
    return DateTime.at(moment.date, clock)


@builtin("date and time(date: datetime, timezone: string)")
def moment_in_zone(run: Run, moment: DateTime, zone: str) -> object:
    """The same instant as clocks of a zone show it (Camunda's extension); a local moment gets the zone."""
    found = _zone_of_text(run, zone)
    if found is None:
        return None
    if moment.offset is None:
        return DateTime.at(moment.date, Time(moment.nanosecond, *found))
    return DateTime.of_value(moment.value, *found)


def _zone_of_text(run: Run, zone: str) -> tuple[int | None, str | None] | None:
    """Read ``Europe/Paris``, ``Z`` or ``+02:00``."""
    found = parse_zone(zone if zone in ("Z", "z") or zone[:1] in ("+", "-") else "@" + zone)
    if found is None:
        run.warn(f'There is no time zone {zone[:60]!r}; one is written like "Europe/Paris" or "+02:00".')
    return found


@builtin(
    "date and time(year: number, month: number, day: number, hour: number, minute: number, second: number, "
    "offset?: duration?)"
)
def moment_of_parts(
    run: Run,
    year: Number,
    month: Number,
    day: Number,
    hour: Number,
    minute: Number,
    second: Number,
    offset: DayTimeDuration | None,
) -> object:
    date = _date(run, year, month, day)
    clock = _time(run, hour, minute, second, offset)
    return None if date is None or clock is None else DateTime.at(date, clock)


@builtin(
    "date and time(year: number, month: number, day: number, hour: number, minute: number, second: number, "
    "timezone: string)"
)
def moment_of_parts_in_zone(
    run: Run, year: Number, month: Number, day: Number, hour: Number, minute: Number, second: Number, zone: str
) -> object:
    """As with an offset; the zone is written ``Europe/Paris`` or ``+02:00`` (KIE's extension)."""
    date = _date(run, year, month, day)
    clock = _time(run, hour, minute, second, None)
    found = _zone_of_text(run, zone)
    if date is None or clock is None or found is None:
        return None
    return DateTime.at(date, Time(clock.nanosecond, *found))


@builtin("duration(from: string)")
def duration_of_text(run: Run, text: str) -> object:
    value = parse_duration(text)
    if value is None:
        _unreadable(run, "duration", text, '"P3DT4H" or "P1Y2M"')
    return value


@builtin("duration(from: duration)")
def duration_of_duration(run: Run, value: DayTimeDuration) -> object:
    return value


@builtin("duration(from: months)")
def duration_of_months(run: Run, value: YearMonthDuration) -> object:
    return value


@builtin("years and months duration(from: datetime, to: datetime)")
def months_between(run: Run, start: DateTime, end: DateTime) -> object:
    """Whole months from one date to another, negative when it lies before; times don't count."""
    first, last = start.date, end.date
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return YearMonthDuration(months)


@builtin("now()")
def now(run: Run) -> object:
    if run.now is None:
        run.warn("now() is not known here.")
    return own(run.now)


@builtin("today()")
def today(run: Run) -> object:
    if run.now is None:
        run.warn("today() is not known here.")
        return None
    return own(run.now).date


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@builtin("day of week(date: datetime)")
def day_of_week(run: Run, day: DateTime) -> object:
    return _DAYS[day.weekday - 1]


@builtin("day of year(date: datetime)")
def day_of_year(run: Run, day: DateTime) -> object:
    return day.date.day_of_year


@builtin("week of year(date: datetime)")
def week_of_year(run: Run, day: DateTime) -> object:
    return day.date.week_of_year


@builtin("month of year(date: datetime)")
def month_of_year(run: Run, day: DateTime) -> object:
    return _MONTHS[day.month - 1]


@builtin("last day of month(date: datetime)")
def last_day_of_month(run: Run, day: DateTime) -> object:
    """The last date of the month of a date (Camunda's extension)."""
    return day.date.last_of_month()


@builtin("is(value1: any, value2: any)")
def is_same(run: Run, first: object, second: object) -> object:
    """Same kind and same value, down to the zone of a time (DMN 1.5, table 80)."""
    return identical(first, second, run)


def identical(first: object, second: object, run: Run) -> bool:
    """Say whether two values are the same element of FEEL's domain: a time with another offset is another one."""
    run.charge(2)
    first, second = own(first), own(second)
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, (int, Decimal, float)) and isinstance(second, (int, Decimal, float)):
        return strictly_equal(first, second, run)
    if isinstance(first, (Time, DateTime)) and isinstance(second, (Time, DateTime)):
        return type(first) is type(second) and first.parts == second.parts
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(identical(a, b, run) for a, b in zip(first, second, strict=True))
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(identical(value, second[key], run) for key, value in first.items())
    if isinstance(first, FeelFunction) or isinstance(second, FeelFunction):
        return first is second
    return type(first) is type(second) and first == second
