"""The result of a decision in the shapes of Camunda 7 and Flowable."""

from __future__ import annotations

from typing import Any

import pytest

from laneway.runtime.decision_results import WrongShape, shaped


def _details(policy: str | None, *rules: dict[str, Any]) -> dict[str, Any]:
    matched = [
        {"evaluatedOutputs": [{"outputName": name, "outputValue": value} for name, value in rule.items()]}
        for rule in rules
    ]
    names = list(rules[0]) if rules else ["level"]
    return {
        "decisionId": "risk",
        "decisionName": "Risk",
        "hitPolicy": policy,
        "matchedRules": matched,
        "outputNames": names,
    }


ONE = ("high", _details("UNIQUE", {"level": "high"}))
NONE = (None, _details("UNIQUE"))
TWO_ENTRIES = ({"level": "high", "fee": 5}, _details("FIRST", {"level": "high", "fee": 5}))
SEVERAL = (["a", "b"], _details("COLLECT", {"level": "a"}, {"level": "b"}))
SUMMED = (7, _details("SUM", {"fee": 3}, {"fee": 4}))
LITERAL = (42, _details(None))
DEFAULT = ("low", _details("UNIQUE"))


@pytest.mark.parametrize(
    ("decided", "shape", "result"),
    [
        (ONE, "singleEntry", "high"),
        (ONE, "singleResult", {"level": "high"}),
        (ONE, "collectEntries", ["high"]),
        (ONE, "resultList", [{"level": "high"}]),
        (ONE, "variables", {"level": "high"}),
        (NONE, "singleEntry", None),
        (NONE, "singleResult", None),
        (NONE, "collectEntries", []),
        (NONE, "resultList", []),
        (NONE, "variables", {}),
        (TWO_ENTRIES, "singleResult", {"level": "high", "fee": 5}),
        (TWO_ENTRIES, "resultList", [{"level": "high", "fee": 5}]),
        (SEVERAL, "collectEntries", ["a", "b"]),
        (SEVERAL, "resultList", [{"level": "a"}, {"level": "b"}]),
        (SEVERAL, "variables", {"risk": [{"level": "a"}, {"level": "b"}]}),
        (ONE, "columns", {"level": "high"}),
        (NONE, "columns", {}),
        (SEVERAL, "columns", {"level": ["a", "b"]}),
        (SUMMED, "columns", {"fee": 7}),
        (SUMMED, "singleEntry", 7),
        (SUMMED, "resultList", [{"fee": 7}]),
        (DEFAULT, "singleEntry", "low"),
        (DEFAULT, "resultList", [{"level": "low"}]),
        (LITERAL, "singleEntry", 42),
        (LITERAL, "resultList", [{"Risk": 42}]),
    ],
)
def test_a_result_takes_the_shape_that_is_asked_for(decided: Any, shape: str, result: Any) -> None:
    output, details = decided

    assert shaped(output, details, shape) == result


@pytest.mark.parametrize(
    ("decided", "shape"),
    [
        (SEVERAL, "singleEntry"),
        (SEVERAL, "singleResult"),
        (TWO_ENTRIES, "singleEntry"),
        (TWO_ENTRIES, "collectEntries"),
    ],
)
def test_more_than_a_shape_has_room_for_is_no_result(decided: Any, shape: str) -> None:
    output, details = decided

    with pytest.raises(WrongShape):
        shaped(output, details, shape)
