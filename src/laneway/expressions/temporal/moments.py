"""FEEL's date and time (DMN 1.5, 10.3.2.3.6)."""

from __future__ import annotations

from typing import Any

from laneway.expressions.temporal.dates import Date
from laneway.expressions.temporal.gregorian import NANOSECONDS_PER_DAY, days_of_date
from laneway.expressions.temporal.times import Clock, Time, put_clock
from laneway.expressions.temporal.zones import local_offset, offset_at

__all__ = ["DateTime"]

_SECOND = 1_000_000_000


class DateTime(Clock):
    """A date with a time of day, local, with an offset, or in a zone.

    Two of them are equal, and have an order, if both have an offset or neither; then it is the instant that counts.
    """

    __slots__ = ("date",)

    date: Date

    def __init__(self, date: Date, nanosecond: int, offset: int | None = None, zone: str | None = None) -> None:
        """Take the parts as they are; ``at`` and ``of_value`` find the offset of a zone."""
        _put_date(self, date)
        put_clock(self, nanosecond, offset, zone)

    @staticmethod
    def at(date: Date, time: Time) -> DateTime | None:
        """Put a date and a time together; None where a zone moves the last time of the calendar out of it."""
        if time.zone is None:
            return DateTime(date, time.nanosecond, time.offset)
        offset, skipped = local_offset(time.zone, date.days, time.nanosecond // _SECOND)
        if not skipped:
            return DateTime(date, time.nanosecond, offset, time.zone)
        return _moved(date, time.nanosecond + skipped * _SECOND, offset, time.zone)

    @staticmethod
    def of_value(value: int, offset: int | None, zone: str | None = None) -> DateTime | None:
        """Make the moment of a value, as seen at an offset or in a zone; None beyond the calendar."""
        if zone is not None:
            offset = offset_at(zone, value // _SECOND)
        return _moved(Date(1970, 1, 1), value + (offset or 0) * _SECOND, offset, zone)

    @property
    def local_value(self) -> int:
        date = self.date
        return days_of_date(date.year, date.month, date.day) * NANOSECONDS_PER_DAY + self.nanosecond

    @property
    def parts(self) -> tuple[Any, ...]:
        return self.date, self.nanosecond, self.offset, self.zone

    @property
    def time(self) -> Time:
        return Time(self.nanosecond, self.offset, self.zone)

    @property
    def year(self) -> int:
        return self.date.year

    @property
    def month(self) -> int:
        return self.date.month

    @property
    def day(self) -> int:
        return self.date.day

    @property
    def weekday(self) -> int:
        return self.date.weekday

    def plus(self, nanoseconds: int) -> DateTime | None:
        """Move in time; in a zone its clocks may have been set meanwhile."""
        if self.zone is None:
            return _moved(self.date, self.nanosecond + nanoseconds, self.offset, None)
        return DateTime.of_value(self.value + nanoseconds, self.offset, self.zone)

    def plus_months(self, months: int) -> DateTime | None:
        """Move the date and keep the time on the clock."""
        date = self.date.plus_months(months)
        return None if date is None else DateTime.at(date, self.time)

    def __str__(self) -> str:
        return f"{self.date}T{self.clock_text()}"

    def __repr__(self) -> str:
        return f"DateTime({self})"


_put_date = DateTime.__dict__["date"].__set__


def _moved(date: Date, nanosecond: int, offset: int | None, zone: str | None) -> DateTime | None:
    days, rest = divmod(nanosecond, NANOSECONDS_PER_DAY)
    day = date.plus_days(days) if days else date
    return None if day is None else DateTime(day, rest, offset, zone)
