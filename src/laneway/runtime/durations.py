"""ISO 8601 durations, added to a moment in one step however long they are.

Source: ISO 8601-1:2019 5.5.2; adding as in XML Schema part 2, appendix E: months first, with the day kept in the month,
then days and time. Months and days are those of the moment's own calendar; at changes of its clocks as in RFC 5545 3.3.5: a
time that is left out is as much later as the clocks were moved, of one that comes twice the first is meant.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

_NUMBER = r"(\d{1,15}(?:[.,]\d{1,15})?)"
_TEXT = re.compile(
    rf"([+-]?)P(?=.)(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?=.)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.ASCII,
)
_DAY = 86_400_000_000
_MICROSECONDS = (3_600_000_000, 60_000_000, 1_000_000)
_AVERAGE_MONTH = timedelta(days=30.436875)


class Duration(NamedTuple):
    """``months`` and ``days`` are steps on a calendar, ``time`` is exact."""

    months: int
    days: int
    time: timedelta

    @property
    def about(self) -> timedelta:
        return self.months * _AVERAGE_MONTH + timedelta(self.days) + self.time


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> Duration:
    """
    Raises
    ------
    ValueError
        If it is no duration, or has a part of a month.
    OverflowError
        If it is longer than time is.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    sign, *parts = match.groups()
    years, months, weeks, days, *times = (Decimal(part.replace(",", ".")) if part else Decimal(0) for part in parts)
    whole = years * 12 + months
    if whole != int(whole):
        raise ValueError(text)
    days += weeks * 7
    part_of_a_day = int((days - int(days)) * _DAY)
    exact = sum((int(amount * size) for amount, size in zip(times, _MICROSECONDS, strict=True)), part_of_a_day)
    factor = -1 if sign == "-" else 1
    return Duration(factor * int(whole), factor * int(days), factor * timedelta(microseconds=exact))


def add(moment: datetime, duration: Duration, times: int = 1) -> datetime:
    """``moment`` and ``times`` the duration, in UTC.

    Raises
    ------
    OverflowError
        Outside the years 1 to 9999.
    """
    if times and duration.months:
        years, month = divmod(moment.month - 1 + duration.months * times, 12)
        year = moment.year + years
        if not 1 <= year <= 9999:
            raise OverflowError(f"year {year}")
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        moment = moment.replace(year=year, month=month + 1, day=day, fold=0)
    if times and duration.days:
        moment = moment.replace(fold=0) + timedelta(duration.days * times)
    return moment.astimezone(UTC) + duration.time * times


def first_after(start: datetime, duration: Duration, index: int, after: datetime) -> int:
    """The smallest number of times, from ``index`` on, that ``duration`` must be added to ``start`` to be past ``after``."""
    # Months differ from their average, and clocks are moved, once by a whole day, by less than three steps.
    index = max(index, (after - start) // duration.about - 3)
    while add(start, duration, index) <= after:
        index += 1
    return index
