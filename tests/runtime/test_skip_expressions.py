"""Skip expressions of Flowable and Activiti."""

from __future__ import annotations

import pytest

from tests.diagrams.sheet import in_line, sheet
from tests.support.play import Player

FILE = sheet(in_line('<userTask id="t" flowable:skipExpression="${amount &lt; 10}"/>', "t"))
SWITCH = "_FLOWABLE_SKIP_EXPRESSION_ENABLED"


def test_work_is_left_out_where_its_skip_expression_holds() -> None:
    player = Player(FILE).start({"amount": 5, SWITCH: True})

    assert not player.open
    assert "t" in player.completed


@pytest.mark.parametrize("variables", [{"amount": 50, SWITCH: True}, {"amount": 5, SWITCH: False}, {"amount": 5}])
def test_work_is_done_where_it_does_not_hold_or_nothing_switches_it_on(variables: dict[str, object]) -> None:
    player = Player(FILE).start(variables)

    assert len(player.open) == 1
