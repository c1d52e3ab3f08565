"""When timers fire: every text is a time or a TimerError, and cycles keep their phase."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from laneway.domain.model import TimerKind
from laneway.runtime.schedule import Due, TimerError, first_due, following
from tests.runtime.test_events import host_with_boundary
from tests.support.drawing import cycle
from tests.support.play import START, Player

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def due(kind: TimerKind, text: object, now: datetime = NOW, timezone: str = "UTC") -> datetime:
    return first_due(kind, text, now, timezone).at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT90S", datetime(2026, 1, 31, 12, 1, 30, tzinfo=UTC)),
        ("PT0.5S", datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("P1M", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("P1Y2M", datetime(2027, 3, 31, 12, tzinfo=UTC)),
        ("P2W", datetime(2026, 2, 14, 12, tzinfo=UTC)),
        ("-PT5M", NOW),
    ],
)
def test_durations(text, expected):
    assert due(TimerKind.DURATION, text) == expected


def test_a_year_after_a_leap_day():
    assert due(TimerKind.DURATION, "P1Y", datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2029, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "soon",
        "P99999999999Y",
        "P9999999999999999999999D",
        "PT1E999S",
        "P1.5M",
        "R" + "9" * 5_000 + "/PT1H",
        "R0/PT1H",
        "R3/PT0S",
        "PT0S",
        "-PT1H",
        "R/-PT1H",
        "R3/PT1H/PT1H",
        "R3/2026-01-01T00:00:00Z/2026-01-02T00:00:00Z",
        "R3//PT1H",
        "R3/2026-01-01T00:00[Nowhere/Land]/P1D",
        "R3/2026-01-01T00:00[Europe/Paris]",
        "CRON_TZ=Nowhere/Land 0 9 * * *",
        "99 99 * * *",
        "0 0 31 2 *",
        "@never",
        "1 2 3 4 5 6 7 8",
        [],
        {"a": 1},
        True,
    ],
)
def test_what_is_no_cycle_says_how_one_is_written(text):
    with pytest.raises(TimerError):
        first_due(TimerKind.CYCLE, text, NOW)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30", "", "5", None, 7]
)
def test_what_is_no_date_is_a_timer_error(text):
    with pytest.raises(TimerError):
        first_due(TimerKind.DATE, text, NOW)


def test_a_date_with_a_named_zone_is_in_that_zone():
    expected = datetime(2026, 7, 1, 16, tzinfo=UTC)
    assert due(TimerKind.DATE, "2026-07-01T18:00:00[Europe/Berlin]") == expected
    assert due(TimerKind.DATE, "2026-07-01T18:00:00@Europe/Berlin") == expected
    assert due(TimerKind.DATE, "2026-07-01T18:00:00+02:00[Europe/Berlin]") == expected
    with pytest.raises(TimerError, match="Nowhere"):
        due(TimerKind.DATE, "2026-07-01T18:00:00[Nowhere/Land]")


def test_a_cycle_with_a_start_begins_there():
    found = first_due(TimerKind.CYCLE, "R3/2026-12-24T18:00:00Z/P1D", NOW)
    assert found.at == datetime(2026, 12, 24, 18, tzinfo=UTC)
    assert found.repetitions == 2


def test_cron_follows_the_zone_over_the_change_of_clocks():
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    sunday = due(TimerKind.CYCLE, "0 9 * * *", saturday, "Europe/Berlin")
    assert sunday == datetime(2026, 3, 29, 7, tzinfo=UTC)
    friday = Due(saturday - timedelta(days=1), 1, "0 9 * * *")
    saturday_morning = following(friday, saturday, "Europe/Berlin")
    assert saturday_morning is not None
    assert saturday_morning.at == datetime(2026, 3, 28, 8, tzinfo=UTC)


def test_six_fields_begin_with_seconds():
    assert due(TimerKind.CYCLE, "30 0 9 * * *") == datetime(2026, 2, 1, 9, 0, 30, tzinfo=UTC)
    assert due(TimerKind.CYCLE, "0 0 9 ? * MON") == datetime(2026, 2, 2, 9, tzinfo=UTC)


def test_a_cycle_by_months_keeps_the_day_that_it_began_with():
    player = Player(host_with_boundary(cycle("R4/2026-01-31T00:00:00Z/P1M"), interrupting=False)).start()
    player.restart_each_step = True
    times = []
    for _ in range(4):
        [timer] = [item for item in player.open.values() if type(item).__name__ == "TimerOpened"]
        times.append((timer.due.month, timer.due.day))
        player.wait(seconds=(timer.due - player.now).total_seconds())
    assert times == [(1, 31), (2, 28), (3, 31), (4, 30)]


def test_a_cycle_without_end_fires_once_for_all_the_times_that_were_missed():
    from laneway.domain.stimulus import TriggerWait

    player = Player(host_with_boundary(cycle("R/PT1M"), interrupting=False)).start()
    [timer] = [item for item in player.open.values() if type(item).__name__ == "TimerOpened"]
    player.now = START + timedelta(days=900, seconds=90)
    player._step(TriggerWait(timer.element_instance_key, timer.key))
    [timer] = [item for item in player.open.values() if type(item).__name__ == "TimerOpened"]
    assert timer.due == START + timedelta(days=900, minutes=2)


def test_a_cycle_that_leaves_the_calendar_just_ends():
    player = Player(host_with_boundary(cycle("R3/P5000Y"), interrupting=False)).start()
    player.wait(days=5000 * 365 + 1300)
    assert player.waiting() == ["host", "handler"]


texts = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="PTRYMWDHS/-+.,0123456789:Z*? @EW", max_size=24),
    st.from_regex(r"R\d{0,3}/(-?P(\d{1,12}(\.\d)?[YMWD])?(T\d{1,12}(\.\d)?[HMS])?)", fullmatch=True),
    st.from_regex(r"P(\d{1,12}(\.\d)?[YMWD]){0,3}(T(\d{1,12}(\.\d)?[HMS]){0,3})?", fullmatch=True),
)


@given(st.sampled_from(list(TimerKind)), texts)
@settings(max_examples=300)
def test_any_text_is_a_time_or_a_timer_error(kind, text):
    try:
        found = first_due(kind, text, NOW)
        if found.cycle is not None:
            assert found.at > NOW or "/" in text
            coming = following(found, NOW)
            assert coming is None or coming.at > found.at
    except TimerError:
        pass
