"""JUEL within a running process: what ``execution`` says of itself."""

import pytest

from tests.runtime.test_gateways import split_and_join
from tests.support.play import Player


@pytest.mark.parametrize(
    "condition",
    [
        "${execution.currentActivityId == 'split'}",
        "${execution.getCurrentActivityId().equals('split')}",
        "${execution.processInstanceId.matches('[0-9]+')}",
        "${execution.id != execution.processInstanceId}",
        "${execution.currentActivityName == 'split'}",
        "${execution.getVariable('x') == 1 && !execution.hasVariable('y')}",
    ],
)
def test_a_condition_reads_its_execution(condition):
    data = split_and_join("exclusiveGateway", "exclusiveGateway", condition, None, default=1)
    assert Player(data).start({"x": 1}).waiting() == ["a"]


def test_a_variable_called_execution_is_feels_own():
    data = split_and_join("exclusiveGateway", "exclusiveGateway", '=execution = "mine"', None, default=1)
    assert Player(data).start({"execution": "mine"}).waiting() == ["a"]
