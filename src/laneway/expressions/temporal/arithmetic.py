"""Sums, differences, products of temporal values (DMN 1.5, 10.3.2.9, tables 57 to 59).

Every function gives None where the operation has no meaning or leaves the calendar.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal

from laneway.expressions.temporal.dates import Date
from laneway.expressions.temporal.durations import DayTimeDuration, YearMonthDuration
from laneway.expressions.temporal.gregorian import NANOSECONDS_PER_DAY
from laneway.expressions.temporal.moments import DateTime
from laneway.expressions.temporal.times import Time

__all__ = ["difference", "midnight", "moved", "scaled"]

_EXACT = Context(prec=80, rounding=ROUND_DOWN, Emin=-7000, Emax=7000, traps=[])
"""Wider than a duration and a number together."""


def midnight(day: Date) -> DateTime:
    """Make a date and time of a date: midnight UTC (DMN 1.5, 10.3.2.9.4)."""
    return DateTime(day, 0, 0)


def moved(value: object, duration: object, sign: int) -> object:
    """Add a duration to a moment, a date, a time or a duration of its kind; with sign -1 subtract it."""
    if isinstance(duration, YearMonthDuration):
        months = sign * duration.months
        if isinstance(value, YearMonthDuration):
            return YearMonthDuration.of(value.months + months)
        return value.plus_months(months) if isinstance(value, (Date, DateTime)) else None
    if not isinstance(duration, DayTimeDuration):
        return None
    length = sign * duration.nanoseconds
    if isinstance(value, DayTimeDuration):
        return DayTimeDuration.of(value.nanoseconds + length)
    if isinstance(value, Date):
        return value.plus_days(length // NANOSECONDS_PER_DAY)
    return value.plus(length) if isinstance(value, (DateTime, Time)) else None


def difference(a: object, b: object) -> DayTimeDuration | None:
    """Give the time from b to a.

    A date counts as its midnight in UTC, and of two moments both need an offset or neither. Of two times of day one may
    lack it (DMN 1.5, table 57).
    """
    if isinstance(a, Date) and isinstance(b, Date):
        return DayTimeDuration((a.days - b.days) * NANOSECONDS_PER_DAY)
    if isinstance(a, Time) and isinstance(b, Time):
        return DayTimeDuration(a.value_beside(b) - b.value_beside(a))
    if isinstance(a, (Date, DateTime)) and isinstance(b, (Date, DateTime)):
        end = midnight(a) if isinstance(a, Date) else a
        start = midnight(b) if isinstance(b, Date) else b
        return DayTimeDuration(end.value - start.value) if end.comparable(start) else None
    return None


def scaled(duration: object, number: Decimal, *, divide: bool) -> object:
    """Multiply or divide a duration; what is less than its unit, a nanosecond or a month, falls away."""
    if isinstance(duration, DayTimeDuration):
        length = duration.nanoseconds
    elif isinstance(duration, YearMonthDuration):
        length = duration.months
    else:
        return None
    result = (_EXACT.divide if divide else _EXACT.multiply)(Decimal(length), number)
    if not result.is_finite() or result.adjusted() > 40:
        return None
    return type(duration).of(int(result))
