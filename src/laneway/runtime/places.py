"""Moments that know whose calendar they are counted on.

Source: RFC 9557, section 4 (``2026-01-31T00:00:00+01:00[Europe/Berlin]``).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_NAMED_ZONE = re.compile(r"(.*?)(?:\[([^\]]*)\]|@([\w/+-]+))?", re.DOTALL)


class UnknownZone(ValueError):
    """``args[0]`` is no name of a time zone."""


def zone(name: str) -> tzinfo:
    """
    Raises
    ------
    UnknownZone
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        raise UnknownZone(name) from None


def read(text: str, timezone: str) -> datetime:
    """In the zone that the text names, else at the offset that it has, else in ``timezone``. A time that the clocks of its
    zone leave out stays as it is written: what is counted from it keeps its hour.

    Raises
    ------
    ValueError
        If it is no ISO 8601 date; UnknownZone.
    OverflowError
        Outside the years 1 to 9999.
    """
    match = _NAMED_ZONE.fullmatch(text)
    assert match is not None  # any text matches
    moment = datetime.fromisoformat(match[1])
    named = match[2] or match[3]
    if moment.tzinfo is None:
        return moment.replace(tzinfo=zone(named or timezone))
    if not named:
        return moment
    place = zone(named)
    for fold in (0, 1):
        there = moment.replace(tzinfo=place, fold=fold)
        if there.utcoffset() == moment.utcoffset():
            return there
    return moment.astimezone(place)


def written(moment: datetime) -> str:
    """As ``read`` reads it."""
    text = moment.isoformat()
    return f"{text}[{moment.tzinfo.key}]" if isinstance(moment.tzinfo, ZoneInfo) else text
