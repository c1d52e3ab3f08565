"""The dial: what each level means, and what recorded pairs say about turning it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from laneway.governance.autonomy import (
    LEVELS,
    Band,
    Level,
    Pair,
    activation,
    advise,
    calibration,
    edit_distance,
    evidence,
    lowest,
    may_change,
    raises,
    wilson,
)


def pairs(agreed: int, of: int, **more: object) -> list[Pair]:
    return [Pair(index < agreed, **more) for index in range(of)]  # type: ignore[arg-type]


def test_each_level_says_who_acts_and_who_sees() -> None:
    assert [level for level in LEVELS if activation(level).agent_runs] == ["shadow", "recommend", "approve", "auto"]
    assert [level for level in LEVELS if activation(level).person_acts] == ["manual", "shadow", "recommend"]
    assert [level for level in LEVELS if activation(level).person_sees] == ["recommend", "approve"]
    assert [level for level in LEVELS if activation(level).needs_approval] == ["approve"]
    assert [level for level in LEVELS if activation(level).compares] == ["shadow", "recommend", "approve"]
    assert [level for level in LEVELS if may_change(level)] == ["approve", "auto"]


@pytest.mark.parametrize("level", LEVELS)
def test_somebody_does_the_work_at_every_level(level: Level) -> None:
    meaning = activation(level)

    assert meaning.person_acts is not meaning.agent_acts


def test_where_several_speak_the_least_holds() -> None:
    assert lowest("auto", "recommend", "approve") == "recommend"
    assert raises("manual", "shadow")
    assert not raises("auto", "auto")
    assert not raises("auto", "manual")


@pytest.mark.parametrize(
    ("agreed", "of", "low", "high"),
    # Newcombe (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_that_of_wilson(agreed: int, of: int, low: float, high: float) -> None:
    found = wilson(agreed, of)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share_and_stays_a_share(one: int, other: int) -> None:
    found = wilson(one, one + other)

    assert 0 <= found.low <= found.share <= found.high <= 1 or one + other == 0
    assert (found.low == 0, found.high == 1) == (one == 0, other == 0)


@given(st.integers(1, 100), st.integers(0, 100))
def test_more_of_the_same_narrows_the_interval(agreed: int, other: int) -> None:
    few, many = wilson(agreed, agreed + other), wilson(agreed * 10, (agreed + other) * 10)

    assert many.high - many.low < few.high - few.low


def test_nothing_seen_says_nothing() -> None:
    found = evidence([])

    assert (found.agreement.low, found.agreement.high) == (0, 1)
    assert advise("recommend", found, Band()).level == "recommend"


def test_a_call_that_failed_is_no_agreement() -> None:
    found = evidence([Pair(True), Pair(False), Pair(True, failed=True), Pair(True)])

    assert (found.agreement.share, found.failures) == (0.5, 0.25)
    assert found.overrides == pytest.approx(1 / 3)


def test_evidence_tells_distance_cost_and_time_saved() -> None:
    found = evidence(
        [
            Pair(True, distance=0.5, cost=Decimal("0.10"), agent_seconds=2, person_seconds=60),
            Pair(True, distance=0.0, cost=Decimal("0.30"), person_seconds=60),
        ]
    )

    assert (found.distance, found.mean_cost, found.seconds_saved) == (0.25, Decimal("0.20"), 58)


def test_calibration_holds_what_was_said_against_what_was_right() -> None:
    good = calibration([*pairs(9, 10, confidence=0.9), *pairs(5, 10, confidence=0.5)])
    boastful = calibration(pairs(5, 10, confidence=1.0))

    assert good is not None
    assert boastful is not None
    assert good.error == pytest.approx(0)
    assert good.bins == ((pytest.approx(0.5), 0.5, 10), (pytest.approx(0.9), 0.9, 10))
    assert (boastful.error, boastful.brier) == (0.5, 0.5)
    assert calibration(pairs(5, 10)) is None


@pytest.mark.parametrize(
    ("level", "agreed", "of", "advised", "automatic"),
    [
        ("recommend", 29, 29, "recommend", False),  # too few
        ("recommend", 200, 200, "approve", False),
        ("recommend", 97, 100, "recommend", False),  # the interval holds the limit
        ("recommend", 80, 100, "shadow", True),
        ("auto", 80, 100, "approve", True),
        ("auto", 200, 200, "auto", False),
        ("shadow", 10, 100, "shadow", False),  # it harms nobody there
        ("manual", 200, 200, "shadow", False),
    ],
)
def test_the_dial_follows_the_evidence(level: Level, agreed: int, of: int, advised: Level, automatic: bool) -> None:
    found = advise(level, evidence(pairs(agreed, of)), Band())

    assert (found.level, found.automatic) == (advised, automatic)
    assert found.because


@pytest.mark.parametrize(
    ("recorded", "band", "said"),
    [
        (pairs(100, 100, failed=True), Band(least_agreement=0), "of the calls fail"),
        (pairs(100, 100, cost=Decimal(2)), Band(most_mean_cost=Decimal(1)), "costs 2.0000 on average"),
        (pairs(100, 100, confidence=0.2), Band(most_calibration_error=0.1), "confidence is off by 80.0%"),
    ],
)
def test_other_bands_lower_the_dial_as_well(recorded: list[Pair], band: Band, said: str) -> None:
    found = advise("auto", evidence(recorded), band)

    assert (found.level, found.automatic) == ("approve", True)
    assert said in found.because


@given(st.sampled_from(LEVELS), st.lists(st.builds(Pair, st.booleans(), failed=st.booleans()), max_size=80))
def test_nothing_is_ever_raised_by_itself_nor_turned_by_more_than_one(level: Level, recorded: list[Pair]) -> None:
    found = advise(level, evidence(recorded), Band())

    assert not (found.automatic and raises(level, found.level))
    assert abs(LEVELS.index(found.level) - LEVELS.index(level)) <= 1


@pytest.mark.parametrize(
    ("before", "after", "distance"),
    [("", "", 0), ("a b c", "a b c", 0), ("a b c", "a x c", 1 / 3), ("a", "b c", 1), ("a b", "", 1), ("", "a", 1)],
)
def test_the_distance_of_an_edit_is_counted_in_words(before: str, after: str, distance: float) -> None:
    assert edit_distance(before, after) == pytest.approx(distance)
    assert edit_distance(after, before) == pytest.approx(distance)
