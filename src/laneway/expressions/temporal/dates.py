"""FEEL's date: year, month and day, without a zone (DMN 1.5, 10.3.2.3.5)."""

from __future__ import annotations

from typing import Any

from laneway.expressions.temporal.gregorian import MAX_YEAR, MIN_YEAR, date_of_days, days_in_month, days_of_date

__all__ = ["Date"]

_FIRST_DAY, _LAST_DAY = days_of_date(MIN_YEAR, 1, 1), days_of_date(MAX_YEAR, 12, 31)


class Date:
    """A date of the proleptic Gregorian calendar; making one that isn't in it raises ValueError."""

    __slots__ = ("day", "month", "year")

    year: int
    month: int
    day: int

    def __init__(self, year: int, month: int, day: int) -> None:
        if not (
            MIN_YEAR <= year <= MAX_YEAR
            and 1 <= month <= 12
            and 1 <= day <= (28 if day < 29 else days_in_month(year, month))
        ):
            raise ValueError(f"there is no date {year}-{month}-{day}")
        _put_year(self, year)
        _put_month(self, month)
        _put_day(self, day)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Date doesn't change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Date doesn't change")

    def __reduce__(self) -> tuple[Any, ...]:
        return Date, (self.year, self.month, self.day)

    @property
    def _order(self) -> int:
        return (self.year * 16 + self.month) * 32 + self.day

    def __eq__(self, other: object) -> bool:
        return self._order == other._order if isinstance(other, Date) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._order < other._order if isinstance(other, Date) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._order <= other._order if isinstance(other, Date) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._order > other._order if isinstance(other, Date) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._order >= other._order if isinstance(other, Date) else NotImplemented

    def __hash__(self) -> int:
        return hash((Date, self._order))

    @staticmethod
    def of(year: int, month: int, day: int) -> Date | None:
        """Make a date; None for one that isn't in the calendar."""
        try:
            return Date(year, month, day)
        except ValueError:
            return None

    @staticmethod
    def of_days(days: int) -> Date | None:
        """Give the date so many days after 1970-01-01; None beyond the calendar."""
        return Date(*date_of_days(days)) if _FIRST_DAY <= days <= _LAST_DAY else None

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        return days_of_date(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 for Monday to 7 for Sunday (ISO 8601)."""
        return (self.days + 3) % 7 + 1

    @property
    def day_of_year(self) -> int:
        return self.days - days_of_date(self.year, 1, 1) + 1

    @property
    def week_of_year(self) -> int:
        """The week by ISO 8601: it belongs to the year that its Thursday lies in."""
        thursday = self.days + 4 - self.weekday
        year = date_of_days(thursday)[0]
        return (thursday - days_of_date(year, 1, 1)) // 7 + 1

    def plus_days(self, days: int) -> Date | None:
        return Date.of_days(self.days + days)

    def plus_months(self, months: int) -> Date | None:
        """Move by months; the day is cut to the last one of the month it lands in."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        if not MIN_YEAR <= year <= MAX_YEAR:
            return None
        return Date(year, month + 1, min(self.day, days_in_month(year, month + 1)))

    def last_of_month(self) -> Date:
        return Date(self.year, self.month, days_in_month(self.year, self.month))

    def isoformat(self) -> str:
        return str(self)

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"

    def __repr__(self) -> str:
        return f"Date({self})"


# The slots' own setters are the quickest way past __setattr__.
_put_year = Date.__dict__["year"].__set__
_put_month = Date.__dict__["month"].__set__
_put_day = Date.__dict__["day"].__set__
