"""What a decision warns of: beside its answer, and in the error where there is none."""

import pytest
from tests.decisions.drawing import decision, dmn, literal

from laneway.decisions import DecisionFailed, load_decisions


def test_a_null_decision_says_why() -> None:
    model = load_decisions(dmn(decision("d", literal("string length(word) + 1"))))

    result = model.evaluate("d", {"word": 5})

    assert result.output is None
    assert "string length doesn't take (number)" in result.warnings[0]
    assert result.details["warnings"] == list(result.warnings)


def test_a_failed_decision_says_what_it_warned_of_before() -> None:
    # given an expression that is null first and without end afterwards
    model = load_decisions(dmn(decision("d", literal("[string length(word), for i in 1..10**9 return i]"))))

    with pytest.raises(DecisionFailed) as failed:
        model.evaluate("d", {"word": 5})

    assert "string length doesn't take (number)" in failed.value.message
    assert "string length doesn't take (number)" in failed.value.details["warnings"][0]
