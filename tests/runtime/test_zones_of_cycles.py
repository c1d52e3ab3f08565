"""Cycles on the calendars of places: days and months by the clocks on the wall there, hours exactly, the phase kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from laneway.domain.model import TimerKind
from laneway.runtime.schedule import Due, first_due, following
from tests.runtime.test_events import host_with_boundary
from tests.support.drawing import cycle
from tests.support.play import Player

BERLIN = ZoneInfo("Europe/Berlin")


def times(
    text: str, count: int, *, now: datetime | None = None, timezone: str = "UTC", kept: bool = False
) -> list[datetime]:
    """The first times; ``kept``: as of a start event, which keeps nothing but a text between them."""
    now = now or datetime(2026, 1, 1, tzinfo=UTC)
    found: Due | None = first_due(TimerKind.CYCLE, text, now, timezone)
    moments = []
    while found is not None and len(moments) < count:
        moments.append(found.at)
        if kept:
            found = Due(found.at, found.repetitions, found.kept_cycle)
        # The setting has changed since: a cycle keeps the zone that it began with.
        found = following(found, moments[-1], "Asia/Tokyo")
    return moments


def on_the_wall(moments: list[datetime], zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{moment.astimezone(zone):%m-%d %H:%M}" for moment in moments]


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(
    ("text", "timezone", "expected"),
    [
        (
            "R/2026-01-31T00:00[Europe/Berlin]/P1M",
            "UTC",
            ["01-31 00:00", "02-28 00:00", "03-31 00:00", "04-30 00:00"],
        ),
        ("R/2026-01-31T00:00/P1M", "Europe/Berlin", ["01-31 00:00", "02-28 00:00", "03-31 00:00", "04-30 00:00"]),
        ("R/2026-01-31T00:00+01:00/P1M", "UTC", ["01-31 00:00", "02-28 00:00", "03-31 01:00", "04-30 01:00"]),
        ("R/2026-03-28T12:00[Europe/Berlin]/P1D", "UTC", ["03-28 12:00", "03-29 12:00", "03-30 12:00"]),
        ("R/2026-03-28T12:00[Europe/Berlin]/PT24H", "UTC", ["03-28 12:00", "03-29 13:00", "03-30 13:00"]),
        ("R/2026-10-24T12:00@Europe/Berlin/P1W", "UTC", ["10-24 12:00", "10-31 12:00"]),
        # 02:30 is left out on March 29, and comes twice on October 25.
        ("R/2026-03-28T02:30[Europe/Berlin]/P1D", "UTC", ["03-28 02:30", "03-29 03:30", "03-30 02:30"]),
        ("R/2026-03-29T02:30[Europe/Berlin]/P1D", "UTC", ["03-29 03:30", "03-30 02:30"]),
        ("R/2026-10-24T02:30[Europe/Berlin]/P1DT1H", "UTC", ["10-24 02:30", "10-25 02:30", "10-26 04:30"]),
        ("R/2028-02-29T08:00[Europe/Berlin]/P1Y", "UTC", ["02-29 08:00", "02-28 08:00", "02-28 08:00", "02-28 08:00", "02-29 08:00"]),
        ("CRON_TZ=Europe/Berlin 0 9 * * *", "UTC", ["01-01 09:00", "01-02 09:00"]),
        ("0 9 * * *", "Europe/Berlin", ["01-01 09:00", "01-02 09:00"]),
    ],
)  # fmt: skip
def test_cycles_keep_to_the_clocks_of_their_place(text: str, timezone: str, expected: list[str], kept: bool) -> None:
    assert on_the_wall(times(text, len(expected), timezone=timezone, kept=kept)) == expected


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert times("R/2026-10-24T02:30[Europe/Berlin]/P1D", 3) == [
        datetime(2026, 10, 24, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]


def test_without_a_start_days_are_those_of_the_setting() -> None:
    saturday = datetime(2026, 3, 28, 8, tzinfo=UTC)
    found = times("R2/P1D", 3, now=saturday, timezone="Europe/Berlin")
    assert on_the_wall(found) == ["03-29 09:00", "03-30 09:00"]


def test_an_instance_that_waits_keeps_the_zone_of_its_cycle() -> None:
    # Given a boundary event by local months; when an instance is written down and read again between the times
    player = Player(host_with_boundary(cycle("R4/2026-01-31T00:00[Europe/Berlin]/P1M"), interrupting=False)).start()
    player.restart_each_step = True
    found = []
    for _ in range(4):
        [timer] = [item for item in player.open.values() if type(item).__name__ == "TimerOpened"]
        found.append(timer.due)
        player.wait(seconds=(timer.due - player.now).total_seconds())
    # Then it is midnight there each time
    assert on_the_wall(found) == ["01-31 00:00", "02-28 00:00", "03-31 00:00", "04-30 00:00"]


ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Port-au-Prince", "Pacific/Apia", "Asia/Kathmandu"]
)  # fmt: skip
STARTS = st.datetimes(datetime(2005, 1, 1), datetime(2045, 12, 31))


@given(ZONES, STARTS, st.integers(1, 40), st.integers(0, 3), st.booleans())
@settings(max_examples=200, deadline=None)
def test_local_days_keep_their_hour(zone: str, start: datetime, days: int, months: int, kept: bool) -> None:
    # Given a cycle of days and months on a local calendar; when it goes on
    step = f"P{f'{months}M' if months else ''}{days}D"
    place = ZoneInfo(zone)
    for nth, found in enumerate(times(f"R5/{start.isoformat()}[{zone}]/{step}", 5, kept=kept)):
        # Then each time is at the hour on the wall that it began with, or as much later as the clocks were moved
        there = found.astimezone(place)
        year, month = divmod(start.month - 1 + months * nth, 12)
        last = (datetime(start.year + year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        wanted = start.replace(year=start.year + year, month=month + 1, day=min(start.day, last)) + timedelta(
            days * nth
        )
        late = there.replace(tzinfo=None) - wanted
        exists = wanted.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None) == wanted
        assert late == timedelta() if exists else timedelta() < late <= timedelta(days=1)


@given(ZONES, STARTS, st.integers(1, 200_000), st.booleans())
@settings(max_examples=100, deadline=None)
def test_times_of_the_clock_are_exact(zone: str, start: datetime, seconds: int, kept: bool) -> None:
    found = times(f"R4/{start.isoformat()}[{zone}]/PT{seconds}S", 4, kept=kept)
    begun = start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert found == [begun + timedelta(seconds=seconds * nth) for nth in range(4)]


@given(ZONES, STARTS, st.sampled_from(["P1D", "P3W", "P1M", "P1Y", "P1M1DT5H", "PT36H"]), st.floats(0, 9000))
@settings(max_examples=200, deadline=None)
def test_a_cycle_without_end_goes_on_at_its_next_time(zone: str, start: datetime, step: str, days: float) -> None:
    # Given a cycle without end that nobody looked after for a while
    first = first_due(TimerKind.CYCLE, f"R/{start.isoformat()}[{zone}]/{step}", datetime(2004, 1, 1, tzinfo=UTC))
    now = first.at + timedelta(days)
    # When it goes on, then with the first of its times that is not past
    found = following(first, now)
    assert found is not None
    counted = first._replace(repetitions=10**9)
    while counted.at <= now or counted.nth == 0:
        went_on = following(counted, now)
        assert went_on is not None
        counted = went_on
    assert (found.at, found.nth) == (counted.at, counted.nth)
