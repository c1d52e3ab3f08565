"""The proleptic Gregorian calendar for any year, counted in days from 1970-01-01 (XML Schema Part 2, appendix D)."""

from __future__ import annotations

__all__ = ["MAX_YEAR", "MIN_YEAR", "NANOSECONDS_PER_DAY", "date_of_days", "days_in_month", "days_of_date"]

MIN_YEAR, MAX_YEAR = -999_999_999, 999_999_999
"""Years of FEEL's dates (DMN 1.5, 10.3.2.3.5); there is a year 0, as in ISO 8601."""
NANOSECONDS_PER_DAY = 86_400_000_000_000

_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_PER_CYCLE = 146_097
"""Days of 400 years, after which the calendar repeats."""
_DAYS_BEFORE_1970 = 719_468
"""From 0000-03-01 to 1970-01-01: years are counted from March, so that the leap day is the last of its year."""


def days_in_month(year: int, month: int) -> int:
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _MONTHS[month - 1]


def days_of_date(year: int, month: int, day: int) -> int:
    """Count the days from 1970-01-01 to a date."""
    if month <= 2:
        year, month = year - 1, month + 12
    cycle, year_of_cycle = divmod(year, 400)
    day_of_year = (153 * (month - 3) + 2) // 5 + day - 1
    day_of_cycle = year_of_cycle * 365 + year_of_cycle // 4 - year_of_cycle // 100 + day_of_year
    return cycle * _DAYS_PER_CYCLE + day_of_cycle - _DAYS_BEFORE_1970


def date_of_days(days: int) -> tuple[int, int, int]:
    """Give year, month and day of the date that lies so many days after 1970-01-01."""
    cycle, day_of_cycle = divmod(days + _DAYS_BEFORE_1970, _DAYS_PER_CYCLE)
    year_of_cycle = (day_of_cycle - day_of_cycle // 1460 + day_of_cycle // 36_524 - day_of_cycle // 146_096) // 365
    day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle // 4 - year_of_cycle // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return cycle * 400 + year_of_cycle + (month <= 2), month, day
