"""What does not hold together in a file is named: both ids, line, what to do."""

from __future__ import annotations

import pytest

from laneway.diagrams import load
from tests.diagrams.sheet import NAMESPACES, draw, errors, flows, found, in_line, model, one, sheet


def test_a_duplicate_id_names_both_elements() -> None:
    diagram = draw('<startEvent id="a"/>\n<task id="a" name="Twin"/>')

    problem = one(diagram, "duplicate_id")
    assert problem.element_id == "a"
    assert "startEvent in line 1" in problem.message
    assert "task «Twin» in line 2" in problem.message


def test_both_elements_of_a_duplicate_id_stay_in_the_model() -> None:
    diagram = draw('<startEvent id="a"/><task id="a"/>')

    assert [node.id for node in diagram.processes[0].nodes] == ["p", "a", "a"]


def test_a_dangling_target_names_flow_and_target() -> None:
    diagram = draw('<startEvent id="s"/>' + flows("s>nowhere"))

    problem = one(diagram, "dangling_reference")
    assert problem.severity == "error"
    assert "s_nowhere" in problem.message
    assert "points to nowhere" in problem.message


def test_a_dangling_flow_stays_in_the_model() -> None:
    diagram = draw('<startEvent id="s"/>' + flows("s>nowhere"))

    assert [flow.id for flow in diagram.processes[0].flows] == ["s_nowhere"]


@pytest.mark.parametrize(
    "element",
    [
        '<boundaryEvent id="b" attachedToRef="x"><timerEventDefinition/></boundaryEvent>',
        '<exclusiveGateway id="b" default="x"/>',
        '<receiveTask id="b" messageRef="x"/>',
        '<endEvent id="b"><errorEventDefinition errorRef="x"/></endEvent>',
        '<endEvent id="b"><escalationEventDefinition escalationRef="x"/></endEvent>',
        '<endEvent id="b"><signalEventDefinition signalRef="x"/></endEvent>',
        '<endEvent id="b"><messageEventDefinition messageRef="x"/></endEvent>',
        '<endEvent id="b"><eventDefinitionRef>x</eventDefinitionRef></endEvent>',
        '<laneSet><lane id="b"><flowNodeRef>x</flowNodeRef></lane></laneSet>',
    ],
)
def test_references_that_matter_are_errors_in_both_modes(element: str) -> None:
    for executable in (True, False):
        diagram = draw('<startEvent id="s"/>' + element, executable=executable)

        assert {problem.rule for problem in errors(diagram)} >= {"dangling_reference"}


def test_references_of_documentation_are_warnings() -> None:
    diagram = draw('<startEvent id="s"/><association id="a" sourceRef="s" targetRef="gone"/>')

    assert one(diagram, "dangling_reference").severity == "warning"
    assert diagram.deployable


def test_a_prefixed_reference_means_the_id_behind_the_prefix() -> None:
    diagram = draw(in_line('<receiveTask id="t" messageRef="tns:m"/>', "t"), beside='<message id="m" name="Order"/>')

    event = model(diagram).node("t").event
    assert event is not None
    assert event.name == "Order"


def test_an_unknown_element_of_the_bpmn_namespace_is_named() -> None:
    diagram = draw('<startEvent id="s"/>\n<serviceTusk id="x"/>')

    problem = one(diagram, "unknown_element")
    assert "<serviceTusk>" in problem.message
    assert (problem.element_id, problem.line) == ("x", 2)


def test_unknown_elements_in_extensions_are_left_alone() -> None:
    diagram = draw('<startEvent id="s"><extensionElements><whatever/></extensionElements></startEvent>')

    assert errors(diagram) == []


def test_missing_ids_are_given_by_position_and_stay_the_same() -> None:
    data = sheet('<startEvent/><task name="A"/><sequenceFlow id="f"/>').replace(b'<sequenceFlow id="f"/>', b"")

    first, second = (load(data, "x.bpmn").processes[0] for _ in range(2))

    assert [node.id for node in first.nodes] == ["p", "startEvent_1", "task_1"]
    assert [node.id for node in first.nodes] == [node.id for node in second.nodes]


def test_a_given_id_never_takes_one_that_exists() -> None:
    diagram = draw('<task id="task_2"/><task/>')

    assert [node.id for node in diagram.processes[0].nodes[1:]] == ["task_2", "task_2_"]


def test_ids_start_and_end_survive() -> None:
    diagram = draw('<startEvent id="Start"/><task id="p.EndJoin"/><endEvent id="End"/>' + flows("Start>p.EndJoin"))

    assert [node.id for node in model(diagram).nodes] == ["p", "Start", "p.EndJoin", "End"]


@pytest.mark.parametrize("value", ["NaN", "abc", "inf", ""])
def test_bounds_that_are_no_numbers_are_errors(value: str) -> None:
    shape = f'<bpmndi:BPMNShape bpmnElement="s"><dc:Bounds x="{value}" y="1" width="1" height="1"/></bpmndi:BPMNShape>'

    diagram = draw('<startEvent id="s"/>', beside=f"<bpmndi:BPMNDiagram>{shape}</bpmndi:BPMNDiagram>")

    problem = one(diagram, "bad_bounds")
    assert (problem.element_id, problem.severity) == ("s", "error")


def test_a_file_without_a_process_is_refused() -> None:
    diagram = load(f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" {NAMESPACES}/>'.encode(), "x")

    assert one(diagram, "no_process").severity == "error"


def test_a_file_of_something_else_is_refused() -> None:
    diagram = load(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "x.bpmn")

    assert one(diagram, "not_bpmn").severity == "error"
    assert diagram.processes == ()


def test_a_flow_across_a_sub_process_border_is_an_error() -> None:
    diagram = draw('<startEvent id="s"/><subProcess id="u"><task id="t"/></subProcess>' + flows("s>t"))

    assert one(diagram, "flow_crosses_scope").element_id == "s_t"


def test_a_flow_into_another_process_is_an_error() -> None:
    other = '<process id="q"><task id="t"/></process>'

    diagram = draw('<startEvent id="s"/>' + flows("s>t"), beside=other)

    assert one(diagram, "flow_crosses_scope").element_id == "s_t"
    assert len(diagram.processes) == 2


def test_a_default_flow_of_another_node_is_an_error() -> None:
    diagram = draw(
        '<startEvent id="s"/><exclusiveGateway id="g" default="s_g"/><endEvent id="e"/>' + flows("s>g", "g>e")
    )

    assert one(diagram, "default_flow").element_id == "g"


def test_every_error_names_element_line_and_fix() -> None:
    diagram = draw('<startEvent id="s"/>\n<serviceTask id="t" name="Do it"/>' + flows("s>t"))

    problem = one(diagram, "unbound_task")
    assert (problem.element_id, problem.element_name, problem.line, problem.file) == ("t", "Do it", 2, "sheet.bpmn")
    assert "elements: t" in problem.fix


def test_problems_are_capped() -> None:
    diagram = draw('<startEvent id="s"/>' + "<serviceTask/>" * 3000)

    assert len(diagram.problems) <= 1002
    assert found(diagram, "more_problems")
