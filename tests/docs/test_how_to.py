"""What docs/how-to/bind-a-task.md shows works as it stands there."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from laneway.diagrams import read_bindings
from laneway.domain.problem import Severity
from tests.support.drawing import Drawing
from tests.support.world import BEGIN, World

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "bind-a-task.md").read_text(encoding="utf-8")
BINDINGS = "\n".join(re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)).encode()
AGENTS = b"""
version: 1
agents:
  classify-order:
    purpose: tells orders apart
    owner: head-of-sales
    adapter: scripted
    config: {answers: {"*": {output: {}}}}
    input: {type: object}
    output: {type: object}
    authority: decide
    on: {failed: {incident: {}}}
"""
FORM = b'{"id": "approve-order", "type": "default", "components": []}'


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def unbound() -> Drawing:
    """The diagram that the page speaks of, as a modeller without extensions draws it."""
    drawing = Drawing()
    process = drawing.process("order")
    start, ending = process.node("startEvent"), process.node("endEvent")
    steps = [
        process.node("scriptTask", "Total"),
        process.node("userTask", "ApproveOrder"),
        process.node("serviceTask", "ClassifyOrder"),
        process.node("serviceTask", "ReserveStock"),
        process.node("businessRuleTask", "Discount"),
        process.node("receiveTask", "WaitForPayment"),
        process.node("intermediateCatchEvent", "Reminder", "<timerEventDefinition/>"),
        process.node("exclusiveGateway", "Large"),
    ]
    process.chain(start, *steps)
    process.flow("Large", ending, default=True)
    process.flows.append(("Flow_Large", "Large", process.node("endEvent", "LargeOrder"), None))
    return drawing


def test_its_bindings_are_read_whole() -> None:
    # Given the file on the page; when it is read; then nothing of it is refused.
    mapping, problems = read_bindings(BINDINGS, "order.bindings.yaml")

    assert not problems
    assert len(mapping["elements"]) == 8


def test_its_bindings_bind_all_that_the_diagram_leaves_open(world: World) -> None:
    # Given a diagram that says who does nothing of it; when it is checked with the bindings; then nothing is open.
    files = [("agents.yaml", AGENTS), ("approve-order.form", FORM), ("order.bindings.yaml", BINDINGS)]

    report = world.engine.check([("order.bpmn", unbound().xml()), *files])
    without = world.engine.check([("order.bpmn", unbound().xml())])

    assert [str(problem) for problem in report.problems if problem.severity is not Severity.INFO] == []
    assert {"unbound_task", "script_missing", "missing_condition"} <= {problem.rule for problem in without.problems}


def test_its_script_and_its_due_date_give_values(world: World) -> None:
    # Given the diagram with the bindings; when an order comes; then the total is known to whom it waits for.
    files = [("agents.yaml", AGENTS), ("approve-order.form", FORM), ("order.bindings.yaml", BINDINGS)]
    world.engine.deploy([("order.bpmn", unbound().xml()), *files])
    world.start("order", {"order": {"price": 200, "id": "A-1"}, "discount": 0})

    [task] = world.rows("user-tasks")
    [total] = [row["value"] for row in world.rows("variables") if row["name"] == "total"]

    assert (task["candidateGroups"], task["priority"]) == (["sales"], 80)
    assert task["dueDate"] == BEGIN + timedelta(days=2)
    assert total == 200
