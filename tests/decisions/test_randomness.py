"""Random values and the time that a decision may take."""

from __future__ import annotations

import pytest
from tests.decisions.drawing import decision, dmn, literal

from laneway.decisions import load_decisions
from laneway.decisions.errors import DecisionFailed

DRAWN = dmn(
    decision("first", literal("uuid()")),
    decision("asked", literal("[first, uuid()]"), "decision:first"),
)
LONG = dmn(
    decision("long", literal("count(for i in 1..30000 return i * i)")),
    decision("asked", literal("long + 1"), "decision:long"),
)


def test_the_same_seed_gives_the_same_decision_and_each_value_once() -> None:
    model = load_decisions(DRAWN)

    first, again, other = (model.evaluate("asked", {}, seed=seed).output for seed in (7, 7, 8))

    assert isinstance(first, list)
    assert isinstance(other, list)
    assert first == again
    assert len({*first, *other}) == 4


def test_time_ends_a_decision_with_all_that_it_requires() -> None:
    model = load_decisions(LONG)

    assert model.evaluate("asked", {}, seconds=60).output == 30001
    with pytest.raises(DecisionFailed, match="took more than"):
        model.evaluate("asked", {}, seconds=0)
