"""Camunda's extension functions, and numbers at the ends of their domains."""

import pytest

from laneway.expressions import ExpressionEvaluationError, feel

CASES = [
    ('extract("a1b22", "[0-9]+")', ["1", "22"]),
    ('is blank(" ")', True),
    ('to base64("FEEL")', "RkVFTA=="),
    ('to json({a: [1, 1.5, "x"], b: null, d: @"2020-01-01", e: [], f: {}})',
     '{"a":[1,1.5,"x"],"b":null,"d":"2020-01-01","e":[],"f":{}}'),
    ('from json("{\\"a\\": [1, 2.50, true]}").a[2] = 2.5', True),
    ('from json("NaN")', None),
    ('from json("{")', None),
    ('assert(5, 5 > 1)', 5),
    ('assert(5, true, "why")', 5),
    ("fromAi(5)", 5),
    ('fromAi(5, "a number", "number", {minimum: 1}, {required: true})', 5),
    ('fromAi(value: 5, description: null)', 5),
    ("fromAi(5, 1)", None),
    ("duplicate values([1, 2, 3, 2, 1])", [1, 2]),
    ('substring("foobar", 3.8)', "obar"),
    ('substring("foobar", 1e6000)', None),
    ('number("+1", ",", ".")', None),
    ('number("1.", ",", ".")', None),
    ('number("1.5", null, ",") = 1.5', True),
    ("modulo(1e40, 7)", 4),
    ("4 ** 0.5", 2),
    ("(-8) ** (1 / 3)", None),
    ("0 ** -1", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_function(text: str, expected: object) -> None:
    assert feel.evaluate(text, {}) == expected


def test_a_false_assertion_ends_the_evaluation_with_its_cause() -> None:
    with pytest.raises(ExpressionEvaluationError, match="must be positive"):
        feel.evaluate('assert(-1, -1 > 0, "must be positive")')
