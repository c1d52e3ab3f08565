"""Fixed timer texts, checked when the diagram is read (BPMN 2.0, 10.5.5.9; ISO 8601; cron)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from laneway.domain.model import TimerKind

_REPEAT = re.compile(r"^R(-?\d*)/(.+)$", re.DOTALL)
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
    match = _REPEAT.match(text)
    if match is None:
        return _is_duration(text) or _is_cron(text)
    parts = match[2].split("/")
    count = match[1]
    if count not in ("", "-") and int(count) == 0:
        return False
    if len(parts) == 1:
        return _is_duration(parts[0])
    return len(parts) == 2 and _is_date(parts[0]) and _is_duration(parts[1])


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(re.sub(r"\[[^\]]*\]$", "", text))
    except ValueError:
        return False
    return True


def _is_duration(text: str) -> bool:
    from isoduration import parse_duration
    from isoduration.parser.exceptions import DurationParsingException

    if not text.startswith("P"):
        return False
    try:
        parse_duration(text)
    except (DurationParsingException, ArithmeticError):
        return False
    return True


def _is_cron(text: str) -> bool:
    from cronsim import CronSim, CronSimError

    if text in _MACROS:
        return True
    try:
        next(CronSim(text.replace("?", "*"), datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration, OverflowError):
        return False
    return True
