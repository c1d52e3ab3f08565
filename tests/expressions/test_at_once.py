"""What loops count with and gateways ask is told without a run; it must be what the expression says anyway."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from laneway.expressions.expression import Expression
from laneway.expressions.feel import compile_expression
from laneway.expressions.results import to_result
from laneway.expressions.run import Run
from laneway.expressions.values import INTEGER_LIMIT

TEXTS = ("n + 1", "n - 3", "n < 10", "n <= 10", "n > 10", "n >= 10", "n = 10", "n != 10", 'n = "a"', 'n != "a"')
VALUES = (0, 9, 10, 11, -3, INTEGER_LIMIT - 1, Decimal("10.5"), Decimal(10), True, None, "a", "10", [10], {"n": 10})


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_told_at_once_is_what_the_expression_says(text: str, value: Any) -> None:
    # given
    expression = compile_expression(text)
    # when
    told = expression.evaluate({"n": value})
    # then
    assert _the_long_way(expression, {"n": value}) == told
    assert type(_the_long_way(expression, {"n": value})) is type(told)


@pytest.mark.parametrize("text", TEXTS)
def test_a_variable_that_is_not_there_is_told_of(text: str) -> None:
    # when
    warnings: list[str] = []
    compile_expression(text).evaluate({}, warnings=warnings)
    # then
    assert "There is no variable n." in warnings


def test_what_is_asked_most_is_told_at_once() -> None:
    # given
    expressions = [compile_expression(text) for text in TEXTS]
    # then
    assert all(each._at_once is not None for each in expressions)


def _the_long_way(expression: Expression, scope: dict[str, object]) -> object:
    return to_result(expression.within(scope, Run()))
