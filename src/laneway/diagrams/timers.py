"""Fixed timer texts, checked when the diagram is read (BPMN 2.0, 10.5.5.9; ISO 8601-1:2019 5.5 and 5.6; cron).

The runtime reads the same texts when a timer is armed; a test holds the two to the same answers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from laneway.domain.model import TimerKind

_REPEAT = re.compile(r"R(-?[0-9]{0,9})/(.+)", re.DOTALL)
_NAMED_ZONE = re.compile(r"(.*?)(?:\[([^\]]*)\]|@([\w/+-]+))?", re.DOTALL)
_CRON_ZONE = re.compile(r"CRON_TZ=(\S+)\s+(.+)", re.DOTALL)
_NUMBER = r"\d{1,15}(?:[.,]\d{1,15})?"
_DURATION = re.compile(
    rf"[+-]?P(?=.)(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?=.)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.ASCII,
)
_MACROS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})

EXAMPLES = {
    TimerKind.DATE: "2026-12-24T18:00:00Z",
    TimerKind.DURATION: "PT15M, PT2H or P3D",
    TimerKind.CYCLE: "R3/PT10M, R/PT1H or cron as 0 9 * * MON-FRI",
}


def is_timer(kind: TimerKind, text: str) -> bool:
    """Whether the runtime will understand ``text``."""
    text = text.strip()
    if kind is TimerKind.DATE:
        return _is_date(text)
    if kind is TimerKind.DURATION:
        return _is_duration(text)
    match = _REPEAT.fullmatch(text)
    if match is None:
        return _is_interval(text) if text.startswith("P") else _is_cron(text)
    count, (begun, slash, interval) = match[1], match[2].rpartition("/")
    if count not in ("", "-") and int(count) == 0:
        return False
    return _is_interval(interval) and (not slash or (not begun.startswith("P") and _is_date(begun)))


def _is_date(text: str) -> bool:
    match = _NAMED_ZONE.fullmatch(text)
    assert match is not None  # it matches any text
    try:
        datetime.fromisoformat(match[1])
    except ValueError:
        return False
    return not (match[2] or match[3]) or _is_zone(match[2] or match[3])


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        return False
    return True


def _is_duration(text: str) -> bool:
    return _DURATION.fullmatch(text) is not None


def _is_interval(text: str) -> bool:
    """A duration that lets time pass."""
    return text.startswith("P") and _is_duration(text) and any(digit in text for digit in "123456789")


def _is_cron(text: str) -> bool:
    from cronsim import CronSim, CronSimError

    named = _CRON_ZONE.match(text)
    if named is not None:
        if not _is_zone(named[1]):
            return False
        text = named[2]
    if text in _MACROS:
        return True
    try:
        next(CronSim(text.replace("?", "*"), datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration, ValueError, OverflowError):
        return False
    return True
