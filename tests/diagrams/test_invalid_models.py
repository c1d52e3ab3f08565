"""Models with one mistake each: one clear finding, with line, element, what is wrong and how to put it right."""

from __future__ import annotations

import pytest

from laneway.diagrams import load
from laneway.domain.problem import Problem
from tests.diagrams.sheet import flows, sheet

PLAIN = ("purpose_missing", "owner_missing", "missing_name")
"""What is said of every small diagram."""

TASK = '<startEvent id="s"/><task id="t"/><endEvent id="e"/>' + flows("s>t", "t>e")
SUB = '<startEvent id="s"/><subProcess id="u">{}</subProcess><endEvent id="e"/>' + flows("s>u", "u>e")
INNER = '<startEvent id="is"/><endEvent id="ie"/>' + flows("is>ie")
CHOICE = (
    '<startEvent id="s"/><exclusiveGateway id="g" default="f2"/><endEvent id="a"/><endEvent id="b"/>'
    '<sequenceFlow id="f0" sourceRef="s" targetRef="g"/><sequenceFlow id="f2" sourceRef="g" targetRef="b"/>'
)
POOLS = (
    '<collaboration id="c"><participant id="pool_p" processRef="p"/><participant id="pool_q" processRef="q"/>{}'
    '</collaboration><process id="q" isExecutable="true"><startEvent id="qs"/><task id="qt"/><endEvent id="qe"/>'
    + flows("qs>qt", "qt>qe")
    + "</process>"
)


def check(data: bytes) -> list[Problem]:
    return [each for each in load(data, "model.bpmn", thorough=True).problems if each.rule not in PLAIN]


@pytest.mark.parametrize(
    ("body", "beside", "rule", "element"),
    [
        pytest.param(TASK + flows("t>gone"), "", "dangling_reference", "t_gone", id="flow to nothing"),
        pytest.param(
            TASK + '<boundaryEvent id="b" attachedToRef="gone"><errorEventDefinition/></boundaryEvent>'
            '<endEvent id="be"/>' + flows("b>be"),
            "",
            "dangling_reference",
            "b",
            id="boundary event on nothing",
        ),
        pytest.param(
            '<startEvent id="s"><messageEventDefinition messageRef="alarm"/></startEvent><endEvent id="e"/>' + flows("s>e"),
            '<signal id="alarm" name="alarm"/>',
            "dangling_reference",
            "s",
            id="message that is a signal",
        ),
        pytest.param(
            '<startEvent id="s"><messageEventDefinition messageRef="gone"/></startEvent><endEvent id="e"/>' + flows("s>e"),
            "",
            "dangling_reference",
            "s",
            id="message that is not there",
        ),
        pytest.param(TASK + flows("t>qt"), POOLS.format(""), "flow_crosses_scope", "t_qt", id="flow across pools"),
        pytest.param(
            SUB.format('<startEvent id="is"/><task id="it"/><endEvent id="ie"/>' + flows("is>it", "it>ie", "it>e")),
            "",
            "flow_crosses_scope",
            "it_e",
            id="flow out of a sub-process",
        ),
        pytest.param(TASK + flows("t>s"), "", "start_event_incoming", "s", id="flow into a start event"),
        pytest.param(
            '<startEvent id="s"/><endEvent id="e"/><endEvent id="x"/>' + flows("s>e", "e>x"),
            "",
            "end_event_outgoing",
            "e",
            id="flow out of an end event",
        ),
        pytest.param(
            '<startEvent id="s"/><parallelGateway id="g"/><endEvent id="e"/><endEvent id="x"/><endEvent id="be"/>'
            '<boundaryEvent id="b" attachedToRef="g"><errorEventDefinition/></boundaryEvent>'
            + flows("s>g", "g>e", "g>x", "b>be"),
            "",
            "boundary_host",
            "b",
            id="boundary event on a gateway",
        ),
        pytest.param(
            TASK + '<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition/></boundaryEvent><endEvent id="be"/>'
            '<task id="h"/>' + flows("b>h", "h>be", "h>b"),
            "",
            "boundary_incoming",
            "b",
            id="flow into a boundary event",
        ),
        pytest.param(
            TASK + '<subProcess id="u" triggeredByEvent="true"><startEvent id="us"><errorEventDefinition/></startEvent>'
            '<endEvent id="ue"/>' + flows("us>ue") + "</subProcess>" + flows("t>u", "u>e"),
            "",
            "event_sub_process_flow",
            "u",
            id="event sub-process with flows",
        ),
        pytest.param(
            '<startEvent id="s"/><startEvent id="z"/><task id="t"/><task id="w"/><endEvent id="e"/><endEvent id="x"/>'
            + flows("s>t", "z>w", "t>e", "w>x"),
            "",
            "several_blank_starts",
            "z",
            id="two none start events",
        ),
        pytest.param(
            '<startEvent id="s"/><parallelGateway id="g" default="g_e"/><endEvent id="e"/><endEvent id="x"/>'
            + flows("s>g", "g>e", "g>x"),
            "",
            "default_ignored",
            "g",
            id="default flow of a parallel gateway",
        ),
        pytest.param(
            CHOICE.replace('default="f2"', 'default="f0"')
            + '<sequenceFlow id="f1" sourceRef="g" targetRef="a"><conditionExpression>=x</conditionExpression></sequenceFlow>',
            "",
            "default_flow",
            "g",
            id="default flow of another element",
        ),
        pytest.param(
            CHOICE
            + '<sequenceFlow id="f1" sourceRef="g" targetRef="a"><conditionExpression>=x &gt;</conditionExpression></sequenceFlow>',
            "",
            "expression_syntax",
            "f1",
            id="condition that cannot be read",
        ),
        pytest.param(
            CHOICE + '<sequenceFlow id="f1" sourceRef="g" targetRef="a"/>',
            "",
            "missing_condition",
            "g",
            id="flow without condition",
        ),
        pytest.param(SUB.format(""), "", "empty_scope", "u", id="empty sub-process"),
        pytest.param(
            SUB.format('<task id="it"/><endEvent id="ie"/>' + flows("it>ie")),
            "",
            "start_event_missing",
            "u",
            id="sub-process without start event",
        ),
        pytest.param(
            TASK, POOLS.format('<messageFlow id="m" sourceRef="t" targetRef="e"/>'), "message_flow_in_pool", "m",
            id="message flow within a pool",
        ),
        pytest.param(
            TASK, POOLS.format("") + '<sequenceFlow id="f" sourceRef="t" targetRef="qt"/>', "misplaced_element", "f",
            id="sequence flow in place of a message flow",
        ),
        pytest.param(TASK, '<task id="lost"/>', "misplaced_element", "lost", id="task outside of any process"),
        pytest.param(
            TASK.replace('<task id="t"/>', '<task id="t"><timerEventDefinition id="d"><timeDuration>PT1H</timeDuration>'
                         "</timerEventDefinition></task>"),
            "",
            "misplaced_element",
            "d",
            id="timer within a task",
        ),
        pytest.param(TASK + '<task id="t"/>', "", "duplicate_id", "t", id="one id twice"),
        pytest.param(TASK + '<taks id="x"/>', "", "unknown_element", "x", id="misspelt element"),
        pytest.param(
            '<startEvent id="s"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="s"/>' + flows("s>e"),
            "",
            "missing_reference",
            "f",
            id="flow without target",
        ),
        pytest.param(
            TASK.replace('<task id="t"/>', '<task id="t"/><task id="w"/>') + flows("t>w"),
            "",
            "implicit_split",
            "t",
            id="split without a gateway",
        ),
        pytest.param(
            '<startEvent id="s"/><task id="t"/><task id="w"/><exclusiveGateway id="g"/>'
            + flows("s>g", "g>t", "t>w", "w>g"),
            "",
            "no_way_out",
            "t",
            id="circle without a way out",
        ),
    ],
)  # fmt: skip
def test_one_mistake_one_finding(body: str, beside: str, rule: str, element: str) -> None:
    problems = check(sheet(body, beside=beside, attributes='targetNamespace="https://example.org"'))

    (problem,) = [each for each in problems if each.rule == rule or each.severity != "info"]
    assert (problem.rule, problem.element_id) == (rule, element)
    assert problem.line is not None
    assert problem.message
    assert problem.fix.endswith(".")


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        (
            '<Package xmlns="http://www.wfmc.org/2008/XPDL2.1" Id="p"><WorkflowProcesses/></Package>',
            "not_bpmn",
            "XPDL",
        ),
        (
            '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d"><decision id="x"/></definitions>',
            "not_bpmn",
            "DMN",
        ),
        ('<definitions xmlns="http://www.omg.org/spec/CMMN/20151109/MODEL" id="d"/>', "not_bpmn", "CMMN"),
        (
            '<definitions xmlns="http://schema.omg.org/spec/BPMN/2.0" id="d"><process id="p"/></definitions>',
            "not_bpmn",
            "draft",
        ),
        ('<bpmn:definitions xmlns:bpmn="urn:bpmn-1-2"/>', "not_bpmn", "urn:bpmn-1-2"),
        ("<definitions><process id='p'/></definitions>", "not_bpmn", "namespace"),
        ("<html/>", "not_bpmn", "<html>"),
        (
            '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><choreography id="c"/></definitions>',
            "no_process",
            "choreography",
        ),
        (
            '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x"><process id="p" '
            'isExecutable="true"/></definitions>',
            "empty_process",
            "nothing",
        ),
    ],
)
def test_a_file_that_holds_nothing_to_run(text: str, rule: str, said: str) -> None:
    (problem,) = [each for each in check(text.encode()) if each.severity == "error"]

    assert problem.rule == rule
    assert said in problem.message
    assert problem.line == 1
    assert problem.fix.endswith(".")


def test_an_empty_pool_beside_a_process_is_a_partner() -> None:
    diagram = load(sheet(TASK, beside='<process id="partner"/>'), "model.bpmn")

    assert diagram.deployable


def test_a_process_that_does_not_say_whether_it_runs() -> None:
    (problem,) = [each for each in check(sheet(TASK, executable=None)) if each.rule == "executable_unsaid"]

    assert (problem.element_id, problem.severity) == ("p", "info")


def test_a_process_without_id() -> None:
    data = sheet(TASK).replace(b'<process id="p" name="P"', b"<process")

    (problem,) = [each for each in check(data) if each.rule == "process_id_missing"]

    assert problem.element_id == "process_1"
    assert "process_1" in problem.message
