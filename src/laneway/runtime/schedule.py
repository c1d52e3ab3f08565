"""When a timer fires: ISO 8601 dates, durations and repeating intervals, and cron expressions.

Source: BPMN 2.0, 10.5.5.9 (timeDate, timeDuration, timeCycle); ISO 8601-1:2019 5.5 and 5.6; cron as in cronsim.

A cycle keeps the zone that it began with, whatever the setting says later: that of its text, else that of the setting. Its
months and days are counted on the calendar of that zone, its hours, minutes and seconds exactly.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from laneway.domain.model import TimerKind
from laneway.runtime import places
from laneway.runtime.durations import Duration, add, first_after, parse_duration

_REPEAT = re.compile(r"^R(-?[0-9]{0,9})/(.+)$", re.DOTALL)
_CRON_ZONE = re.compile(r"CRON_TZ=(\S+)\s+(.+)", re.DOTALL)


class Due(NamedTuple):
    """``repetitions`` after this one (-1: without end); ``cycle`` the interval or cron text that gives the next.

    The time is ``nth`` intervals after ``start``: counting from there, a cycle by months keeps its day of the month.
    """

    at: datetime
    repetitions: int = 0
    cycle: str | None = None
    start: datetime | None = None
    nth: int = 0

    @property
    def kept_cycle(self) -> str | None:
        """The cycle for who keeps nothing else beside the time: an interval with the start that it is counted from, as in
        ISO 8601-1:2019 5.6.2 (``2026-01-31T00:00:00+01:00[Europe/Berlin]/P1M``)."""
        return self.cycle if self.start is None else f"{places.written(self.start)}/{self.cycle}"


class TimerError(ValueError):
    """The text is no date, duration or cycle; the message says what one looks like."""


def first_due(kind: TimerKind, value: Any, now: datetime, timezone: str = "UTC") -> Due:
    """
    Raises
    ------
    TimerError
        With an example of what is expected.
    """
    if kind is TimerKind.DATE:
        return Due(parse_date(value, timezone))
    if kind is TimerKind.DURATION:
        return Due(_add(now, str(value).strip()))
    return _first_of_cycle(str(value).strip(), now, timezone)


def following(last: Due, now: datetime, timezone: str = "UTC") -> Due | None:
    """The next time of a cycle; None if there is none. A cycle without end fires once for all the times it missed."""
    cycle = last.cycle
    if cycle is None or last.repetitions == 0:
        return None
    by_cron = _CRON_ZONE.match(cycle) is not None
    if "/P" in cycle and not by_cron:
        return _following_kept(last, cycle, now, timezone)
    endless = last.repetitions < 0
    left = -1 if endless else last.repetitions - 1
    try:
        if by_cron or not cycle.startswith("P"):
            return _by_cron(cycle, max(last.at, now) if endless else last.at, timezone, left)
        interval = _duration(cycle)
        start, index = (last.start, last.nth + 1) if last.start is not None else (last.at, 1)
        if endless:
            index = first_after(start, interval, index, now)
        return Due(add(start, interval, index), left, cycle, start, index)
    except (TimerError, OverflowError):
        return None  # beyond the calendar


def _following_kept(last: Due, kept: str, now: datetime, timezone: str) -> Due | None:
    """As ``following``, of a ``kept_cycle``; gives one."""
    begun, _, interval = kept.rpartition("/")
    start = places.read(begun, timezone)
    nth = first_after(start, _duration(interval), 0, last.at) - 1
    found = following(Due(last.at, last.repetitions, interval, start, nth), now, timezone)
    return None if found is None else Due(found.at, found.repetitions, kept)


def parse_date(value: Any, timezone: str = "UTC") -> datetime:
    """In UTC. TimerError."""
    return _moment(value, timezone)[1]


def _moment(value: Any, timezone: str) -> tuple[datetime, datetime]:
    """In its own zone, and in UTC."""
    try:
        if isinstance(value, datetime):
            moment = value if value.tzinfo is not None else value.replace(tzinfo=places.zone(timezone))
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day, tzinfo=places.zone(timezone))
        else:
            moment = places.read(str(value).strip(), timezone)
        return moment, moment.astimezone(UTC)
    except OverflowError:
        raise TimerError(f"«{_short(value)}» is not within the years 1 to 9999") from None
    except places.UnknownZone as error:
        raise TimerError(f"«{_short(error)}» is no time zone; write it as Europe/Berlin") from None
    except ValueError:
        raise TimerError(f"«{_short(value)}» is no date; write it as 2026-12-24T18:00:00Z") from None


def _first_of_cycle(text: str, now: datetime, timezone: str) -> Due:
    match = _REPEAT.match(text)
    if match is None:
        if not text.startswith("P"):
            return _by_cron(text, now, timezone, -1)
        count, begun, interval = -1, "", text
    else:
        count = int(match[1]) if match[1] not in ("", "-") else -1
        begun, _, interval = match[2].rpartition("/")
        if count == 0 or begun.startswith("P") or match[2].startswith("/"):
            raise TimerError(
                f"«{_short(text)}» is no cycle; write it as R3/PT10M, R/PT1H or R3/2026-12-24T18:00:00Z/P1D"
            )
        if begun and not interval.startswith("P"):
            raise TimerError(f"«{_short(text)}»: the interval comes last, as in R3/2026-12-24T18:00:00Z/P1D")
    left = -1 if count < 0 else count - 1
    start = now.astimezone(places.zone(timezone))
    at = _after_interval(interval, text, start)
    if not begun:
        return Due(at, left, interval, start, 1)
    start, at = _moment(begun, timezone)
    return Due(at, left, interval, start, 0)


def _after_interval(interval: str, text: str, now: datetime) -> datetime:
    at = _add(now, interval)
    if at <= now:
        raise TimerError(f"«{_short(text)}» repeats without time passing; the interval must be longer than zero")
    return at


def _add(moment: datetime, text: str) -> datetime:
    """A duration that goes back in time is over already."""
    try:
        return max(moment, add(moment, _duration(text)))
    except OverflowError:
        raise TimerError(f"«{_short(text)}» reaches beyond the year 9999") from None


def _duration(text: str) -> Duration:
    try:
        return parse_duration(text)
    except ValueError:
        raise TimerError(f"«{_short(text)}» is no duration; write it as PT15M, PT2H or P3D") from None


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _by_cron(text: str, after: datetime, timezone: str, left: int) -> Due:
    """``text`` may begin with ``CRON_TZ=`` and its zone, as crontab(5) of cronie writes it; the cycle that is kept does."""
    from cronsim import CronSim, CronSimError

    named = _CRON_ZONE.match(text)
    name, fields = named.groups() if named is not None else (timezone, text)
    try:
        found: datetime = next(CronSim(_cron_macro(fields), after.astimezone(places.zone(name))))
    except places.UnknownZone:
        raise TimerError(f"«{_short(name)}» is no time zone; write it as Europe/Berlin") from None
    except (CronSimError, StopIteration, ValueError, OverflowError):
        raise TimerError(
            f"«{_short(text)}» is no cycle; write an interval as R3/PT10M or R/PT1H, or cron as «0 9 * * MON-FRI»"
        ) from None
    return Due(found.astimezone(UTC), left, f"CRON_TZ={name} {fields}")


def _cron_macro(text: str) -> str:
    """Six fields (seconds first) and macros, as Spring and Camunda 8 write cron, in the form that cronsim reads."""
    macros = {
        "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
        "@monthly": "0 0 1 * *",
        "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *",
        "@midnight": "0 0 * * *",
        "@hourly": "0 * * * *",
    }
    return macros.get(text, text.replace("?", "*"))
