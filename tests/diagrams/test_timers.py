"""A timer text that loads is one that the runtime can arm, and the other way round."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from laneway.diagrams.timers import is_timer
from laneway.domain.model import TimerKind
from laneway.runtime.schedule import TimerError, first_due

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

TEXTS = [
    "", "P", "PT", "PT1H", "PT0S", "P1Y2M3DT4H5M6S", "P1W", "P1.5D", "P0,5D", "-PT1H", "+PT1H", "pt1h", "1 hour", "PT1H ",
    "2026-12-24", "2026-12-24T18:00:00", "2026-12-24T18:00:00Z", "2026-12-24T18:00:00+01:00", "20261224T180000Z",
    "2026-12-24T18:00:00[Europe/Berlin]", "2026-12-24T18:00:00@Europe/Berlin", "2026-12-24T18:00:00@Nowhere/There",
    "2026-13-01", "tomorrow", "R3/PT10M", "R/PT1H", "R-1/PT1H", "R0/PT1H", "R3/", "R/", "R", "R3/PT0S", "R3/P1M",
    "R3/2026-12-24T18:00:00Z/P1D", "R3/P1D/2026-12-24T18:00:00Z", "R3/PT1H/PT1H", "R3/2026-12-24/P1D/P1D", "R3/-PT1H",
    "R" + "9" * 5000 + "/PT1H", "R3/tomorrow/P1D", "0 9 * * MON-FRI", "*/5 * * * *", "0 0 9 * * *", "0 0 9 ? * MON",
    "61 * * * *", "@daily", "@never", "* * *", "0 0 31 2 *", "__import__('os')", "\x00", "R3/PT10M\n",
]  # fmt: skip


@pytest.mark.parametrize("kind", list(TimerKind))
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:30] or "empty")
def test_load_and_runtime_agree(kind: TimerKind, text: str) -> None:
    try:
        first_due(kind, text, NOW)
        armed = True
    except TimerError:
        armed = False

    assert is_timer(kind, text) is armed
