"""When a timer fires: ISO 8601 dates, durations and repeating intervals, and cron expressions.

Source: BPMN 2.0, 10.5.5.9 (timeDate, timeDuration, timeCycle); ISO 8601-1:2019 5.5 and 5.6; cron as in cronsim.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from laneway.domain.model import TimerKind

_REPEAT = re.compile(r"^R(-?\d*)/(.+)$", re.DOTALL)


class Due(NamedTuple):
    """``repetitions`` after this one (-1: without end); ``cycle`` the interval or cron text that gives the next."""

    at: datetime
    repetitions: int = 0
    cycle: str | None = None


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
        return Due(_add(now, value))
    return _first_of_cycle(str(value).strip(), now, timezone)


def next_due(cycle: str, previous: datetime, timezone: str = "UTC") -> datetime:
    """The one after ``previous``; counted from it, so that a late one keeps the phase."""
    if cycle.startswith(("P", "p")):
        return _add(previous, cycle)
    return _cron(cycle, previous, timezone)


def parse_date(value: Any, timezone: str = "UTC") -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the zone comes below
    else:
        try:
            moment = datetime.fromisoformat(re.sub(r"\[[^\]]*\]$", "", str(value).strip()))
        except ValueError:
            raise TimerError(f"«{value}» is no date; write it as 2026-12-24T18:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone))
    return moment.astimezone(UTC)


def _first_of_cycle(text: str, now: datetime, timezone: str) -> Due:
    match = _REPEAT.match(text)
    if match is None:
        if text.startswith(("P", "p")):
            return Due(_add(now, text), -1, text)
        return Due(_cron(text, now, timezone), -1, text)
    count = int(match[1]) if match[1] not in ("", "-") else -1
    parts = match[2].split("/")
    if count == 0 or len(parts) > 2 or (len(parts) == 2 and parts[0].startswith("P") and parts[1].startswith("P")):
        raise TimerError(f"«{text}» is no cycle; write it as R3/PT10M, R/PT1H or R3/2026-12-24T18:00:00Z/P1D")
    interval = parts[-1]
    if len(parts) == 2 and not interval.startswith("P"):
        raise TimerError(f"«{text}»: the interval comes last, as in R3/2026-12-24T18:00:00Z/P1D")
    at = parse_date(parts[0], timezone) if len(parts) == 2 else _add(now, interval)
    if _add(now, interval) <= now:
        raise TimerError(f"«{text}» repeats without time passing; the interval must be longer than zero")
    return Due(at, -1 if count < 0 else count - 1, interval)


def _add(moment: datetime, value: Any) -> datetime:
    try:
        if isinstance(value, timedelta):
            return moment + value
        text = str(value).strip()
        if text.startswith("-"):
            return moment
        from_text = _duration(text)
        result: datetime = moment + from_text
        return result
    except OverflowError:
        raise TimerError(f"«{value}» reaches beyond the year 9999") from None


@lru_cache(maxsize=1024)
def _duration(text: str) -> Any:
    from isoduration import parse_duration
    from isoduration.parser.exceptions import DurationParsingException

    try:
        return parse_duration(text)
    except DurationParsingException:
        raise TimerError(f"«{text}» is no duration; write it as PT15M, PT2H or P3D") from None


def _cron(text: str, after: datetime, timezone: str) -> datetime:
    from cronsim import CronSim, CronSimError

    zone = ZoneInfo(timezone)
    try:
        found: datetime = next(CronSim(_cron_macro(text), after.astimezone(zone)))
    except (CronSimError, StopIteration):
        raise TimerError(
            f"«{text}» is no cycle; write an interval as R3/PT10M or R/PT1H, or cron as «0 9 * * MON-FRI»"
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
