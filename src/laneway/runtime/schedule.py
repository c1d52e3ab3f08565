"""When a timer fires: ISO 8601 dates, durations and repeating intervals, and cron expressions.

Source: BPMN 2.0, 10.5.5.9 (timeDate, timeDuration, timeCycle); ISO 8601-1:2019 5.5 and 5.6; cron as in cronsim.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from laneway.domain.model import TimerKind
from laneway.runtime.durations import Duration, add, first_after, parse_duration

_REPEAT = re.compile(r"^R(-?[0-9]{0,9})/(.+)$", re.DOTALL)
_NAMED_ZONE = re.compile(r"(.*?)(?:\[([^\]]*)\]|@([\w/+-]+))?", re.DOTALL)


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
        ISO 8601-1:2019 5.6.2 (``2026-01-31T00:00:00+00:00/P1M``)."""
        return self.cycle if self.start is None else f"{self.start.isoformat()}/{self.cycle}"


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
    if "/P" in cycle:
        return _following_kept(last, cycle, now, timezone)
    endless = last.repetitions < 0
    left = -1 if endless else last.repetitions - 1
    try:
        if not cycle.startswith("P"):
            return Due(_cron(cycle, max(last.at, now) if endless else last.at, timezone), left, cycle)
        interval = _duration(cycle)
        start, index = (last.start, last.nth + 1) if last.start is not None else (last.at, 1)
        if endless:
            index = first_after(start, interval, index, now)
        return Due(add(start, interval, index), left, cycle, start, index)
    except (TimerError, OverflowError):
        return None  # beyond the calendar


def _following_kept(last: Due, kept: str, now: datetime, timezone: str) -> Due | None:
    """As ``following``, of a ``kept_cycle``; gives one."""
    begun, _, interval = kept.partition("/")
    start = datetime.fromisoformat(begun)
    nth = first_after(start, _duration(interval), 0, last.at) - 1
    found = following(Due(last.at, last.repetitions, interval, start, nth), now, timezone)
    return None if found is None else Due(found.at, found.repetitions, kept)


def parse_date(value: Any, timezone: str = "UTC") -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the zone comes below
    else:
        match = _NAMED_ZONE.fullmatch(str(value).strip())
        assert match is not None  # any text matches
        text, in_brackets, after_sign = match.groups()
        timezone = in_brackets or after_sign or timezone
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise TimerError(f"«{_short(value)}» is no date; write it as 2026-12-24T18:00:00Z") from None
    try:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(timezone))
        return moment.astimezone(UTC)
    except OverflowError:
        raise TimerError(f"«{_short(value)}» is not within the years 1 to 9999") from None
    except (ValueError, LookupError, OSError):
        raise TimerError(f"«{_short(timezone)}» is no time zone; write it as Europe/Berlin") from None


def _first_of_cycle(text: str, now: datetime, timezone: str) -> Due:
    match = _REPEAT.match(text)
    if match is None:
        if not text.startswith("P"):
            return Due(_cron(text, now, timezone), -1, text)
        return Due(_after_interval(text, text, now), -1, text, now, 1)
    count = int(match[1]) if match[1] not in ("", "-") else -1
    parts = match[2].split("/")
    if count == 0 or len(parts) > 2 or (len(parts) == 2 and parts[0].startswith("P")):
        raise TimerError(f"«{_short(text)}» is no cycle; write it as R3/PT10M, R/PT1H or R3/2026-12-24T18:00:00Z/P1D")
    interval = parts[-1]
    if len(parts) == 2 and not interval.startswith("P"):
        raise TimerError(f"«{_short(text)}»: the interval comes last, as in R3/2026-12-24T18:00:00Z/P1D")
    left = -1 if count < 0 else count - 1
    at = _after_interval(interval, text, now)
    if len(parts) == 1:
        return Due(at, left, interval, now, 1)
    start = parse_date(parts[0], timezone)
    return Due(start, left, interval, start, 0)


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


def _cron(text: str, after: datetime, timezone: str) -> datetime:
    from cronsim import CronSim, CronSimError

    zone = ZoneInfo(timezone)
    try:
        found: datetime = next(CronSim(_cron_macro(text), after.astimezone(zone)))
    except (CronSimError, StopIteration, ValueError, OverflowError):
        raise TimerError(
            f"«{_short(text)}» is no cycle; write an interval as R3/PT10M or R/PT1H, or cron as «0 9 * * MON-FRI»"
        ) from None
    return found.astimezone(UTC)


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
