"""Functions that make and read dates, times and durations (DMN 1.5, 10.3.4.1, 10.3.4.7 and 10.3.4.9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.run import Run
from laneway.expressions.temporal import parse_date, parse_date_and_time, parse_duration, parse_time
from laneway.expressions.values import YearMonthDuration

__all__: list[str] = []

Number = int | Decimal


def _unreadable(run: Run, what: str, text: str, example: str) -> None:
    run.warn(f"{text[:60]!r} is no {what}; one is written like {example}.")


@builtin("date(from: string)")
def date_of_text(run: Run, text: str) -> object:
    value = parse_date(text)
    if value is None:
        _unreadable(run, "date", text, '"2026-01-31"')
    return value


@builtin("date(from: date)")
def date_of_date(run: Run, value: date) -> object:
    return value.date() if isinstance(value, datetime) else value


@builtin("date(year: number, month: number, day: number)")
def date_of_parts(run: Run, year: Number, month: Number, day: Number) -> object:
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        run.warn(f"There is no date {year}-{month}-{day}.")
        return None


@builtin("time(from: string)")
def time_of_text(run: Run, text: str) -> object:
    value = parse_time(text)
    if value is None:
        _unreadable(run, "time", text, '"10:30:00" or "10:30:00+02:00"')
    return value


@builtin("time(from: time)")
def time_of_time(run: Run, value: time) -> object:
    return value


@builtin("time(from: datetime)")
def time_of_moment(run: Run, value: datetime) -> object:
    return value.timetz()


@builtin("time(from: date)")
def time_of_date(run: Run, value: date) -> object:
    return time(0, 0, 0, tzinfo=UTC)


@builtin("time(hour: number, minute: number, second: number, offset?: duration?)")
def time_of_parts(run: Run, hour: Number, minute: Number, second: Number, offset: timedelta | None) -> object:
    try:
        microsecond = int((Decimal(second) - int(second)) * 1_000_000)
        zone = None if offset is None else timezone(offset)
        return time(int(hour), int(minute), int(second), microsecond, zone)
    except (ValueError, OverflowError):
        run.warn(f"There is no time {hour}:{minute}:{second}.")
        return None


@builtin("date and time(from: string)")
def moment_of_text(run: Run, text: str) -> object:
    value = parse_date_and_time(text)
    if value is None:
        _unreadable(run, "date and time", text, '"2026-01-31T10:30:00Z"')
    return value


@builtin("date and time(from: datetime)")
def moment_of_moment(run: Run, value: datetime) -> object:
    return value


@builtin("date and time(date: date, time: time)")
def moment_of_parts(run: Run, day: date, clock: time) -> object:
    return datetime.combine(day.date() if isinstance(day, datetime) else day, clock)


@builtin("duration(from: string)")
def duration_of_text(run: Run, text: str) -> object:
    value = parse_duration(text)
    if value is None:
        _unreadable(run, "duration", text, '"P3DT4H" or "P1Y2M"')
    return value


@builtin("duration(from: duration)")
def duration_of_duration(run: Run, value: timedelta) -> object:
    return value


@builtin("duration(from: months)")
def duration_of_months(run: Run, value: YearMonthDuration) -> object:
    return value


@builtin("years and months duration(from: date, to: date)")
def months_between(run: Run, start: date, end: date) -> object:
    """Whole months from one date to another, negative when it lies before."""
    first = start.date() if isinstance(start, datetime) else start
    last = end.date() if isinstance(end, datetime) else end
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
    return run.now


@builtin("today()")
def today(run: Run) -> object:
    if run.now is None:
        run.warn("today() is not known here.")
        return None
    return run.now.date()


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@builtin("day of week(date: date)")
def day_of_week(run: Run, day: date) -> object:
    return _DAYS[day.weekday()]


@builtin("day of year(date: date)")
def day_of_year(run: Run, day: date) -> object:
    return day.timetuple().tm_yday


@builtin("week of year(date: date)")
def week_of_year(run: Run, day: date) -> object:
    return day.isocalendar().week


@builtin("month of year(date: date)")
def month_of_year(run: Run, day: date) -> object:
    return _MONTHS[day.month - 1]


@builtin("last day of month(date: date)")
def last_day_of_month(run: Run, day: date) -> object:
    """The last date of the month of a date (Camunda's extension)."""
    if day.year == 9999 and day.month == 12:
        return date(9999, 12, 31)
    first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return first - timedelta(days=1)


@builtin("is(value1: any, value2: any)")
def is_same(run: Run, first: object, second: object) -> object:
    """Same kind and same value, down to the zone of a time (DMN 1.5, table 80)."""
    if isinstance(first, (int, Decimal)) and isinstance(second, (int, Decimal)):
        if isinstance(first, bool) or isinstance(second, bool):
            return first is second
        return first == second
    if type(first) is not type(second):
        return False
    if isinstance(first, (time, datetime)) and isinstance(second, (time, datetime)):
        return first.replace(tzinfo=None) == second.replace(tzinfo=None) and first.utcoffset() == second.utcoffset()
    if isinstance(first, (list, dict)):
        return UNFIT
    return first == second
