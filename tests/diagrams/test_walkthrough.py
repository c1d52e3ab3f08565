"""Descriptive diagrams run: what they leave open becomes human work, and lint says where."""

from __future__ import annotations

import pytest

from laneway.domain.model import CallSpec, EventKind, JobSpec, ThrowSpec, UserTaskSpec
from laneway.domain.problem import Severity
from tests.diagrams.sheet import draw, errors, flows, found, in_line, model, one

LANE = '<laneSet><lane name="Back office"><flowNodeRef>t</flowNodeRef></lane></laneSet>'


@pytest.mark.parametrize(
    "element",
    [
        '<task id="t"/>',
        '<manualTask id="t"/>',
        '<serviceTask id="t"/>',
        '<sendTask id="t"/>',
        '<businessRuleTask id="t"/>',
        '<scriptTask id="t"/>',
        '<scriptTask id="t"><script>a == 1</script></scriptTask>',
        '<callActivity id="t"/>',
        '<callActivity id="t" calledElement="g"/>',
        '<intermediateCatchEvent id="t"/>',
        '<intermediateCatchEvent id="t"><messageEventDefinition/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="t"><timerEventDefinition/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>two days</timeDuration></timerEventDefinition>'
        "</intermediateCatchEvent>",
        '<intermediateCatchEvent id="t"><conditionalEventDefinition/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="t"><signalEventDefinition/><timerEventDefinition/></intermediateCatchEvent>',
        '<intermediateThrowEvent id="t"><messageEventDefinition/></intermediateThrowEvent>',
        '<receiveTask id="t"/>',
    ],
)
def test_what_is_open_is_work_of_a_person_of_its_lane(element: str) -> None:
    diagram = draw(LANE + in_line(element, "t"), executable=False, beside='<globalTask id="g"/>')

    node = model(diagram).node("t")
    assert isinstance(node.work, UserTaskSpec)
    assert node.walkthrough
    assert node.work.candidate_groups == ("Back office",)
    assert [problem.element_id for problem in found(diagram, "walkthrough")] == ["t"]


def test_an_undefined_event_asks_whether_it_happened() -> None:
    element = '<intermediateCatchEvent id="t" name="Payment arrived"><messageEventDefinition/></intermediateCatchEvent>'

    node = model(draw(in_line(element, "t"), executable=False)).node("t")

    assert isinstance(node.work, UserTaskSpec)
    assert node.work.question == "Did this happen: Payment arrived?"
    assert node.event is not None
    assert node.event.kind is EventKind.MESSAGE


def test_what_is_said_runs_by_itself() -> None:
    body = (
        '<startEvent id="s"/><serviceTask id="a" implementation="rate"/><sendTask id="b" messageRef="m"/>'
        '<callActivity id="c" calledElement="other"/><endEvent id="e"/>' + flows("s>a", "a>b", "b>c", "c>e")
    )

    loaded = model(draw(body, executable=False, beside='<message id="m" name="Order"/>'))

    assert [loaded.node(each).work for each in "abc"] == [JobSpec("rate"), ThrowSpec("Order"), CallSpec("other")]
    assert not any(node.walkthrough for node in loaded.nodes)


GATEWAY = (
    '<startEvent id="s"/><{0} id="g" name="Which?"/><task id="a" name="Go left"/><task id="b"/>'
    + flows("s>g")
    + '<sequenceFlow id="fa" sourceRef="g" targetRef="a"/><sequenceFlow id="fb" name="right" sourceRef="g" targetRef="b"/>'
)


@pytest.mark.parametrize(("tag", "many"), [("exclusiveGateway", False), ("inclusiveGateway", True)])
def test_a_gateway_without_conditions_is_a_persons_decision(tag: str, many: bool) -> None:
    node = model(draw(GATEWAY.format(tag), executable=False)).node("g")

    assert isinstance(node.work, UserTaskSpec)
    assert node.walkthrough
    assert node.work.choices == (("fa", "Go left"), ("fb", "right"))
    assert (node.work.choose_many, node.work.question) == (many, "Which?")


def test_a_gateway_with_an_unreadable_condition_is_a_persons_decision() -> None:
    body = GATEWAY.format("exclusiveGateway").replace(
        'targetRef="a"/>', 'targetRef="a"><conditionExpression>is it == good?</conditionExpression></sequenceFlow>', 1
    )

    diagram = draw(body, executable=False)

    assert isinstance(model(diagram).node("g").work, UserTaskSpec)
    assert one(diagram, "expression_syntax").severity is Severity.WARNING


def test_a_gateway_with_all_conditions_decides_by_itself() -> None:
    body = GATEWAY.format("exclusiveGateway").replace('id="g"', 'id="g" default="fb"')
    body = body.replace(
        'targetRef="a"/>', 'targetRef="a"><conditionExpression>x</conditionExpression></sequenceFlow>', 1
    )

    assert model(draw(body, executable=False)).node("g").work is None


def test_a_parallel_gateway_asks_nobody() -> None:
    assert model(draw(GATEWAY.format("parallelGateway"), executable=False)).node("g").work is None


def test_an_undefined_boundary_event_is_asked_beside_its_activity() -> None:
    body = (
        in_line('<task id="t"/>', "t")
        + '<boundaryEvent id="b" attachedToRef="t"><timerEventDefinition/></boundaryEvent>'
    )

    loaded = model(draw(body, executable=False))

    assert isinstance(loaded.node("b").work, UserTaskSpec)
    assert loaded.node("t").boundary_events == (loaded.slots["b"],)


def test_a_process_with_undefined_triggers_is_started_by_hand() -> None:
    body = '<startEvent id="a"><messageEventDefinition/></startEvent><startEvent id="b"><timerEventDefinition/></startEvent>'

    process = model(draw(body, executable=False)).nodes[0]

    assert process.start_nodes == (1,)
    assert process.event_starts == (1, 2)  # a person may name either


def test_a_defined_trigger_still_starts_it() -> None:
    body = '<startEvent id="a"><messageEventDefinition messageRef="m"/></startEvent>'

    process = model(draw(body, executable=False, beside='<message id="m" name="Order"/>')).nodes[0]

    assert process.start_nodes == (1,)
    assert process.event_starts == (1,)


def test_a_thrown_error_without_code_is_called_like_its_event() -> None:
    body = in_line('<endEvent id="t" name="Refused"><errorEventDefinition/></endEvent>', "t")

    event = model(draw(body, executable=False)).node("t").event

    assert event is not None
    assert event.code == "Refused"


def test_a_loop_without_bounds_is_done_once() -> None:
    diagram = draw(in_line('<task id="t"><multiInstanceLoopCharacteristics/></task>', "t"), executable=False)

    assert model(diagram).node("t").loop is None
    assert one(diagram, "loop_undefined").severity is Severity.WARNING


def test_what_nobody_could_decide_is_still_refused() -> None:
    body = '<endEvent id="t"><cancelEventDefinition/></endEvent>'

    diagram = draw(body, executable=False)

    assert [problem.rule for problem in errors(diagram)] == ["cancel_event"]
