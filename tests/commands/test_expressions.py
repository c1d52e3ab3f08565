"""Expressions evaluated for people who write diagrams."""

import pytest

from laneway.domain.errors import InvalidInput
from tests.support.world import World


def test_an_expression_is_evaluated_over_variables(world: World) -> None:
    # Given variables; when expressions in both languages are evaluated; then their values are given.
    assert world.engine.evaluate_expression("= a + 1", {"a": 2}).result == 3
    assert world.engine.evaluate_expression("${a > 1}", {"a": 2}).result is True


@pytest.mark.parametrize("expression", ["= a +", "= 1 = = 2", "=" + "1+" * 20_000 + "1"])
def test_what_cannot_be_read_is_refused(world: World, expression: str) -> None:
    # Given a text that is no expression; when it is evaluated; then it is refused by its code.
    with pytest.raises(InvalidInput) as refused:
        world.engine.evaluate_expression(expression)
    assert refused.value.code == "expression_invalid"
