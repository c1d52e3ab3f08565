"""FEEL's two kinds of duration: days and time, years and months (DMN 1.5, 10.3.2.3.7 and 10.3.2.3.8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["DayTimeDuration", "YearMonthDuration", "fraction_text"]

_DAY, _HOUR, _MINUTE, _SECOND = 86_400_000_000_000, 3_600_000_000_000, 60_000_000_000, 1_000_000_000
_MOST = 10**34
"""Magnitude below which a duration is kept: as many digits as a number has."""


def fraction_text(nanoseconds: int) -> str:
    """Write a fraction of a second with its point, without trailing zeros; nothing for none."""
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""


def _signed(amount: int, whole: int) -> int:
    return -amount if whole < 0 else amount


@dataclass(frozen=True, slots=True, order=True)
class DayTimeDuration:
    """FEEL's "days and time duration", counted in nanoseconds.

    The parts have the sign of the whole: the hours of -P1DT2H are -2 (XPath F&O 3.1, 8.3).
    """

    nanoseconds: int

    @staticmethod
    def of(nanoseconds: int) -> DayTimeDuration | None:
        """Make a duration; None for one of more digits than a number has."""
        return DayTimeDuration(nanoseconds) if -_MOST < nanoseconds < _MOST else None

    @property
    def days(self) -> int:
        return _signed(abs(self.nanoseconds) // _DAY, self.nanoseconds)

    @property
    def hours(self) -> int:
        return _signed(abs(self.nanoseconds) % _DAY // _HOUR, self.nanoseconds)

    @property
    def minutes(self) -> int:
        return _signed(abs(self.nanoseconds) % _HOUR // _MINUTE, self.nanoseconds)

    @property
    def seconds(self) -> int | Decimal:
        seconds, rest = divmod(abs(self.nanoseconds) % _MINUTE, _SECOND)
        if not rest:
            return _signed(seconds, self.nanoseconds)
        value = Decimal(seconds * _SECOND + rest).scaleb(-9).normalize()
        return -value if self.nanoseconds < 0 else value

    def __neg__(self) -> DayTimeDuration:
        return DayTimeDuration(-self.nanoseconds)

    def __abs__(self) -> DayTimeDuration:
        return DayTimeDuration(abs(self.nanoseconds))

    def __bool__(self) -> bool:
        return self.nanoseconds != 0

    def isoformat(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """Write the canonical form (XPath F&O 3.1, 19.1.2.3): whole days, hours, minutes and seconds, no zeros."""
        if not self.nanoseconds:
            return "PT0S"
        days, rest = divmod(abs(self.nanoseconds), _DAY)
        hours, rest = divmod(rest, _HOUR)
        minutes, rest = divmod(rest, _MINUTE)
        seconds, rest = divmod(rest, _SECOND)
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds or rest:
            clock += f"{seconds}{fraction_text(rest)}S"
        sign = "-" if self.nanoseconds < 0 else ""
        return f"{sign}P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")


@dataclass(frozen=True, slots=True, order=True)
class YearMonthDuration:
    """FEEL's "years and months duration", counted in months."""

    months: int

    @staticmethod
    def of(months: int) -> YearMonthDuration | None:
        """Make a duration; None for one of more digits than a number has."""
        return YearMonthDuration(months) if -_MOST < months < _MOST else None

    @property
    def whole_years(self) -> int:
        return _signed(abs(self.months) // 12, self.months)

    @property
    def months_of_year(self) -> int:
        return _signed(abs(self.months) % 12, self.months)

    def __neg__(self) -> YearMonthDuration:
        return YearMonthDuration(-self.months)

    def __abs__(self) -> YearMonthDuration:
        return YearMonthDuration(abs(self.months))

    def __bool__(self) -> bool:
        return self.months != 0

    def isoformat(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """Write the canonical form (XPath F&O 3.1, 19.1.2.2)."""
        if not self.months:
            return "P0M"
        years, months = divmod(abs(self.months), 12)
        sign = "-" if self.months < 0 else ""
        return f"{sign}P" + (f"{years}Y" if years else "") + (f"{months}M" if months else "")
