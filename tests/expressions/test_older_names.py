"""Functions that had other names before the standard, or its later versions, named them."""

from __future__ import annotations

import pytest

from laneway.expressions import ExpressionError, feel


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('put({x: 1}, "y", 2)', {"x": 1, "y": 2}),
        ('put({x: 1}, "x", 2)', {"x": 2}),
        ("put({x: 1}, 3, 2)", None),
        ("put all({x: 1, y: 0}, {y: 2})", {"x": 1, "y": 2}),
        ("put all({x: 1}, 3)", None),
        ("and([true, false])", False),
        ("and(false, null, true)", False),
        ("or(false, null, true)", True),
        ("true and (or(false, true))", True),
        ("if and(true, true) then 1 else 2", 1),
    ],
)
def test_an_older_name_is_understood(text: str, value: object) -> None:
    assert feel.evaluate(text, {}) == value


@pytest.mark.parametrize("text", ["true and and(true)", "true or and(true)", "and", "and = 3", "or"])
def test_an_operator_too_many_is_still_a_slip(text: str) -> None:
    with pytest.raises(ExpressionError):
        feel.compile_expression(text)
