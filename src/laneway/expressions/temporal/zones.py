"""Offsets from UTC in seconds, and zones of the IANA database by name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from laneway.expressions.temporal.gregorian import date_of_days, days_of_date

__all__ = ["MAX_OFFSET", "is_zone", "local_offset", "offset_at", "offset_text", "zone_info"]

MAX_OFFSET = 14 * 3600
"""The farthest from UTC that a written offset may be (XML Schema Part 2, 3.2.7.3)."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+){0,3}")
_NO_ZONES = re.compile(r"(?:posix|right)/.*|posixrules|localtime|Factory")
"""Files beside the zones that are none of the database's names."""
_DAYS_PER_CYCLE, _SECONDS_PER_DAY = 146_097, 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo | None:
    """Find a zone by its name, whose case counts; None for one that isn't known."""
    if len(name) > 60 or _NAME.fullmatch(name) is None or _NO_ZONES.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def is_zone(name: str) -> bool:
    return zone_info(name) is not None


def _within_reach(days: int) -> int:
    """Move days by whole cycles of the calendar to where the database answers: the rules of the last year go on."""
    year = date_of_days(days)[0]
    if 2 <= year <= 9998:
        return days
    return days - ((year - 9200) // 400 if year > 9998 else (year - 2) // 400) * _DAYS_PER_CYCLE


def _seconds(offset: timedelta | None) -> int:
    return 0 if offset is None else offset.days * _SECONDS_PER_DAY + offset.seconds


def offset_at(name: str, seconds: int) -> int:
    """Give the offset of a zone at an instant, in seconds since 1970-01-01T00:00:00Z."""
    days, rest = divmod(seconds, _SECONDS_PER_DAY)
    moment = _EPOCH + timedelta(days=_within_reach(days), seconds=rest)
    return _seconds(moment.astimezone(zone_info(name)).utcoffset())


def local_offset(name: str, days: int, second: int) -> tuple[int, int]:
    """Give the offset of a zone at a local date and second of the day, and by how many seconds its clocks skip that.

    A time that occurs twice, when clocks are set back, is the first of the two. One that doesn't occur, when they are
    set forward, lies as far behind the gap as it says that it is inside.
    """
    year, month, day = date_of_days(_within_reach(days))
    minutes, seconds = divmod(second, 60)
    moment = datetime(year, month, day, minutes // 60, minutes % 60, seconds, tzinfo=zone_info(name))
    before, after = _seconds(moment.utcoffset()), _seconds(moment.replace(fold=1).utcoffset())
    return (after, after - before) if after > before else (before, 0)


REFERENCE_DAY = days_of_date(2000, 1, 1)
"""The day whose offset a time of day with a zone has; by itself it has none, for it has no date."""


def offset_text(offset: int) -> str:
    """Write an offset as ``Z`` or ``+02:00``, with its seconds if it has any."""
    if not offset:
        return "Z"
    sign, offset = ("-", -offset) if offset < 0 else ("+", offset)
    hours, rest = divmod(offset, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{sign}{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")
