"""Findings beyond whether a diagram loads."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from laneway.diagrams.rules import GATE, RULES
from laneway.domain.contract import AgentContract, Authority, ExceptionPath
from tests.diagrams.sheet import draw, errors, flows, found, in_line, model, one
from tests.support.drawing import job

ROOT = Path(__file__).parents[2]


def test_a_circle_of_gateways_is_an_error() -> None:
    body = '<startEvent id="s"/><exclusiveGateway id="a"/><parallelGateway id="b"/>' + flows("s>a", "a>b", "b>a")

    assert "a, b" in one(draw(body), "no_wait_state").message


def test_a_gateway_that_leads_to_itself_is_an_error() -> None:
    assert one(draw('<startEvent id="s"/><parallelGateway id="a"/>' + flows("s>a", "a>a")), "no_wait_state")


def test_a_circle_with_something_to_do_is_fine() -> None:
    body = '<startEvent id="s"/><exclusiveGateway id="a"/><task id="t"/>' + flows("s>a", "a>t", "t>a")

    assert errors(draw(body)) == []


def test_a_circle_in_which_a_person_decides_is_fine() -> None:
    body = '<startEvent id="s"/><exclusiveGateway id="a"/><exclusiveGateway id="b"/><endEvent id="e"/>' + flows(
        "s>a", "a>b", "b>a", "b>e"
    )

    assert errors(draw(body, executable=False)) == []


def test_unreachable_nodes() -> None:
    body = in_line('<task id="t"/>', "t") + '<task id="x"/><task id="y"/>' + flows("x>y", "y>x")

    diagram = draw(body)

    assert [problem.element_id for problem in found(diagram, "unreachable")] == ["x", "y"]


def test_what_boundary_events_links_and_event_sub_processes_lead_to_is_reachable() -> None:
    body = (
        in_line('<task id="t"/>', "t")
        + '<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition/></boundaryEvent>'
        '<intermediateThrowEvent id="l1"><linkEventDefinition name="x"/></intermediateThrowEvent>'
        '<intermediateCatchEvent id="l2"><linkEventDefinition name="x"/></intermediateCatchEvent><endEvent id="z"/>'
        '<subProcess id="u" triggeredByEvent="true"><startEvent id="us"><errorEventDefinition/></startEvent></subProcess>'
        + flows("b>l1", "l2>z")
    )

    assert not found(draw(body), "unreachable")


def test_links_must_meet() -> None:
    throw = '<intermediateThrowEvent id="t"><linkEventDefinition name="x"/></intermediateThrowEvent>'
    catches = "".join(
        f'<intermediateCatchEvent id="c{n}"><linkEventDefinition name="y"/></intermediateCatchEvent>' for n in (1, 2)
    )

    diagram = draw('<startEvent id="s"/>' + throw + catches + flows("s>t"))

    assert {problem.element_id for problem in found(diagram, "link_target")} == {"t", "c2"}


@pytest.mark.parametrize(("wrong", "element_id"), [("t>e", "t"), ("s>c", "c")])
def test_a_link_stands_for_the_flow(wrong: str, element_id: str) -> None:
    link = '<linkEventDefinition name="x"/>'
    body = (
        f'<startEvent id="s"/><intermediateThrowEvent id="t">{link}</intermediateThrowEvent>'
        f'<intermediateCatchEvent id="c">{link}</intermediateCatchEvent><endEvent id="e"/>'
    )

    assert one(draw(body + flows("s>t", "c>e", wrong)), "link_target").element_id == element_id
    assert not found(draw(body + flows("s>t", "c>e")), "link_target")


@pytest.mark.parametrize(("events", "told"), [(("a",), ["g"]), (("a", "b"), [])])
def test_an_event_based_gateway_has_several_events_to_choose_from(events: tuple[str, ...], told: list[str]) -> None:
    timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    catches = "".join(f'<intermediateCatchEvent id="{each}">{timer}</intermediateCatchEvent>' for each in events)
    body = '<startEvent id="s"/><eventBasedGateway id="g"/>' + catches + flows("s>g", *(f"g>{each}" for each in events))

    assert [each.element_id for each in found(draw(body), "event_gateway_target")] == told


@pytest.mark.parametrize(
    ("said", "told"), [("Converging", ["split"]), ("Diverging", ["join"]), ("Mixed", []), ("Unspecified", [])]
)
def test_a_gateway_has_the_flows_that_its_direction_says(said: str, told: list[str]) -> None:
    body = (
        f'<startEvent id="s"/><parallelGateway id="split" gatewayDirection="{said}"/><task id="a"/><task id="b"/>'
        f'<parallelGateway id="join" gatewayDirection="{said}"/><endEvent id="e"/>'
    )
    body += flows("s>split", "split>a", "split>b", "a>join", "b>join", "join>e")

    assert [each.element_id for each in found(draw(body, thorough=True), "gateway_direction")] == told


def test_an_event_based_gateway_leads_to_events() -> None:
    body = '<startEvent id="s"/><eventBasedGateway id="g"/><task id="t"/>' + flows("s>g", "g>t")

    assert one(draw(body), "event_gateway_target").element_id == "g"


def test_names_purpose_and_owner() -> None:
    diagram = draw(in_line('<task id="t"/>', "t"))

    assert one(diagram, "missing_name").element_id == "t"
    assert one(diagram, "purpose_missing").severity == "info"
    assert one(diagram, "owner_missing").severity == "info"


def test_an_agent_is_suggested_for_a_task_called_like_it() -> None:
    contract = AgentContract("classify-enquiry", "Classify", "kim", ("classify",), "local")

    diagram = draw(in_line('<task id="t" name="Classify enquiry"/>', "t"), executable=False, contracts=[contract])

    assert "agent: classify-enquiry" in one(diagram, "agent_suggested").fix
    assert model(diagram).node("t").walkthrough


RULES_OF_DRAWING = [
    ("start_event_missing", '<task id="a"/><endEvent id="e"/>' + flows("a>e"), "p"),
    ("end_event_missing", '<startEvent id="s"/><task id="a"/>' + flows("s>a"), "p"),
    ("implicit_end", '<startEvent id="s"/><task id="a"/>' + flows("s>a"), "a"),
    (
        "implicit_split",
        '<startEvent id="s"/><task id="a"/><endEvent id="e"/><endEvent id="f"/>' + flows("s>a", "a>e", "a>f"),
        "a",
    ),
    (
        "fake_join",
        '<startEvent id="s"/><task id="a"/><task id="b"/><endEvent id="e"/>' + flows("s>a", "a>b", "s>b", "b>e"),
        "b",
    ),
    (
        "several_blank_starts",
        '<startEvent id="s"/><startEvent id="z"/><endEvent id="e"/>' + flows("s>e", "z>e"),
        "z",
    ),
    ("superfluous_gateway", in_line('<exclusiveGateway id="g"/>', "g"), "g"),
    (
        "superfluous_termination",
        '<startEvent id="s"/><endEvent id="e"><terminateEventDefinition/></endEvent>' + flows("s>e"),
        "e",
    ),
    (
        "join_and_split",
        '<startEvent id="s"/><task id="a"/><parallelGateway id="g"/><endEvent id="e"/><endEvent id="f"/>'
        + flows("s>g", "s>a", "a>g", "g>e", "g>f"),
        "g",
    ),
    (
        "duplicate_flow",
        in_line('<task id="t"/>', "t") + '<sequenceFlow id="again" sourceRef="t" targetRef="e"/>',
        "t",
    ),
    (
        "disconnected",
        '<task id="a"/><task id="b"/><endEvent id="e"/>' + flows("a>e"),
        "b",
    ),
]


@pytest.mark.parametrize(("rule", "body", "element"), RULES_OF_DRAWING)
def test_rules_of_drawing_are_told_by_a_thorough_reading_alone(rule: str, body: str, element: str) -> None:
    thorough = draw(body, thorough=True)

    assert one(thorough, rule).element_id == element
    assert thorough.deployable
    assert not found(draw(body), rule)


def test_a_termination_of_something_is_not_superfluous() -> None:
    body = (
        '<startEvent id="s"/><parallelGateway id="g"/><task id="a"/><userTask id="b"/>'
        '<endEvent id="e"><terminateEventDefinition/></endEvent>' + flows("s>g", "g>a", "g>b", "a>e")
    )

    assert not found(draw(body, thorough=True), "superfluous_termination")


def test_an_agent_task_says_what_happens_when_the_agent_fails() -> None:
    element = f'<serviceTask id="t"><extensionElements>{job("classify")}</extensionElements></serviceTask>'
    guarded = in_line(element, "t") + (
        '<boundaryEvent id="b" attachedToRef="t"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        '</timerEventDefinition></boundaryEvent><endEvent id="z"/>' + flows("b>z")
    )
    careless = AgentContract("classify-enquiry", "Classify", "kim", ("classify",), "local")
    careful = replace(careless, on={"failed": ExceptionPath("incident", owner="kim")})

    assert one(draw(in_line(element, "t"), contracts=[careless], thorough=True), "agent_unguarded").element_id == "t"
    assert not found(draw(in_line(element, "t"), contracts=[careful], thorough=True), "agent_unguarded")
    assert not found(draw(guarded, contracts=[careless], thorough=True), "agent_unguarded")


def script(expression: str, result: str) -> str:
    return f'<extensionElements><zeebe:script expression="{expression}" resultVariable="{result}"/></extensionElements>'


def deciding(work: str, condition: str) -> str:
    return (
        f'<startEvent id="s"/>{work}<exclusiveGateway id="g" name="Well?" default="g_b"/><endEvent id="a"/><endEvent id="b"/>'
        + flows("s>t", "t>g", "g>b")
        + f'<sequenceFlow id="g_a" sourceRef="g" targetRef="a"><conditionExpression>{condition}</conditionExpression>'
        "</sequenceFlow>"
    )


SCRIPTED = f'<scriptTask id="t" name="Weigh">{script("=1", "totalAmount")}</scriptTask>'


@pytest.mark.parametrize("name", ["total_amount", "totalamount", "totalAmout"])
def test_a_name_that_is_a_slip_of_a_written_one(name: str) -> None:
    problem = one(draw(deciding(SCRIPTED, f"={name} > 5"), thorough=True), "variable_unwritten")

    assert (problem.severity, problem.element_id) == ("warning", "g_a")
    assert "totalAmount" in problem.fix


@pytest.mark.parametrize(
    ("work", "condition"),
    [
        (SCRIPTED, "=totalAmount &gt; 5"),
        ('<userTask id="t" name="Ask"/>', "=approved"),
        (
            f'<serviceTask id="t" name="Ask"><extensionElements>{job("ask")}</extensionElements></serviceTask>',
            "=approved",
        ),
        (SCRIPTED, "=count([1, 2][item &gt; 1]) &gt; 1"),
        (SCRIPTED, "=totalAmount1 &gt; 5 or true"),
        (SCRIPTED, "=totalAmounts = null"),
    ],
)
def test_what_may_be_written_is_not_told(work: str, condition: str) -> None:
    problems = found(draw(deciding(work, condition), thorough=True), "variable_unwritten")

    assert [problem for problem in problems if problem.severity == "warning"] == []


def test_what_only_the_start_can_bring() -> None:
    problem = one(draw(deciding(SCRIPTED, "=urgent and vip"), thorough=True), "variable_unwritten")

    assert problem.severity == "info"
    assert "urgent, vip" in problem.message


def test_a_definition_that_nothing_refers_to() -> None:
    diagram = draw(in_line('<task id="t"/>', "t"), beside='<message id="m" name="Order"/>', thorough=True)

    assert one(diagram, "unused_definition").element_id == "m"


def test_the_xml_schema_is_told_once_for_each_kind_of_fault() -> None:
    body = '<userTask id="1"/><userTask id="2" wrong="x"/>'

    problems = found(draw(body, attributes='targetNamespace="x"', thorough=True), "xml_schema")

    assert [(each.severity, each.message) for each in problems] == [
        ("warning", "the id of <userTask> is no XML name: «1» (and in 1 more place)"),
        ("warning", "<userTask> has an attribute wrong, which BPMN 2.0 does not know there"),
    ]
    assert all(each.fix and each.line for each in problems)


def test_what_the_schema_says_of_a_diagram_does_not_refuse_it() -> None:
    body = in_line('<userTask id="t"><incoming>s_t</incoming><documentation>Late</documentation></userTask>', "t")

    diagram = draw(body, thorough=True, attributes='targetNamespace="x"')

    assert "documentation" in one(diagram, "xml_schema").message
    assert model(diagram).node("t").documentation == "Late"


def test_every_rule_is_documented_and_nothing_else() -> None:
    page = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `([a-z_]+)`", page, re.MULTILINE)) == {*RULES, *GATE}


def test_every_rule_is_used() -> None:
    texts = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src" / "laneway" / "diagrams").rglob("*.py")
        if path.name != "rules.py"
    )

    assert [rule for rule in (*RULES, *GATE) if f'"{rule}"' not in texts] == []


def test_what_starts_without_a_flow_is_reachable() -> None:
    handler = (
        in_line('<task id="t"/>', "t")
        + '<boundaryEvent id="b" attachedToRef="t"><compensateEventDefinition/></boundaryEvent>'
        '<task id="undo" isForCompensation="true"/><association id="x" sourceRef="b" targetRef="undo"/>'
    )
    chosen = in_line('<adHocSubProcess id="u"><task id="a"/><task id="b"/></adHocSubProcess>', "u")

    assert not found(draw(handler), "unreachable")
    assert not found(draw(chosen), "unreachable")


def test_what_lies_in_and_on_something_unreachable_is_not_told_apart() -> None:
    body = in_line('<task id="t"/>', "t") + (
        '<subProcess id="u"><startEvent id="us"/><endEvent id="ue"/>' + flows("us>ue") + "</subProcess>"
        '<subProcess id="w"/>'
        '<boundaryEvent id="b" attachedToRef="u"><errorEventDefinition/></boundaryEvent>' + flows("w>u", "u>w")
    )

    assert [problem.element_id for problem in found(draw(body), "unreachable")] == ["u", "w"]


def test_a_link_catch_event_without_a_throw_says_so() -> None:
    body = in_line('<task id="t"/>', "t") + (
        '<intermediateCatchEvent id="c"><linkEventDefinition name="Later"/></intermediateCatchEvent><endEvent id="z"/>'
        + flows("c>z")
    )

    assert "Later" in found(draw(body), "unreachable")[0].message


@pytest.mark.parametrize("broken", ["s>gone", "gone>t"])
def test_what_an_error_cut_off_is_not_told_apart(broken: str) -> None:
    body = '<startEvent id="s"/><task id="t"/><task id="w"/><endEvent id="e"/>' + flows(broken, "t>w", "w>e")

    diagram = draw(body)

    assert [problem.rule for problem in diagram.problems if problem.severity != "info"] == ["dangling_reference"]


def test_a_circle_in_a_scope_that_an_event_may_end_is_fine() -> None:
    inside = '<startEvent id="is"/><task id="a"/><task id="b"/>' + flows("is>a", "a>b", "b>a")
    watched = in_line(f'<subProcess id="u">{inside}</subProcess>', "u")
    border = '<boundaryEvent id="x" attachedToRef="u"><errorEventDefinition/></boundaryEvent><endEvent id="z"/>'

    assert one(draw(watched, thorough=True), "no_way_out").element_id == "a"
    assert not found(draw(watched + border + flows("x>z"), thorough=True), "no_way_out")


CHOOSE = (
    '<exclusiveGateway id="g" default="g_e"/><userTask id="p"/><endEvent id="e"/><endEvent id="f"/>'
    '<sequenceFlow id="g_p" sourceRef="g" targetRef="p"><conditionExpression>=kind = "x"</conditionExpression></sequenceFlow>'
)
AGENT = (
    f'<startEvent id="s"/><serviceTask id="t"><extensionElements>{job("classify")}</extensionElements></serviceTask>'
)
OUTPUT = {"type": "object", "properties": {"kind": {"type": "string"}, "other": {"type": "string"}}}
WITHOUT = AGENT + CHOOSE + flows("s>t", "t>g", "g>e", "p>f")
BETWEEN = AGENT + CHOOSE + '<userTask id="q"/>' + flows("s>t", "t>q", "q>g", "g>e", "p>f")
AFTER = AGENT + CHOOSE + '<userTask id="q"/>' + flows("s>t", "t>g", "g>q", "q>e", "p>f").replace("g_q", "g_e")
PASSED_ON = (
    AGENT
    + CHOOSE.replace("kind", "made")
    + f'<scriptTask id="m">{script("=kind", "made")}</scriptTask>'
    + flows("s>t", "t>m", "m>g", "g>e", "p>f")
)
MADE_ANEW = (
    AGENT
    + CHOOSE
    + '<scriptTask id="m">'
    + script("=&quot;x&quot;", "kind")
    + "</scriptTask>"
    + flows("s>t", "t>m", "m>g", "g>e", "p>f")
)
RENAMED = WITHOUT.replace(
    job("classify"),
    job("classify") + '<zeebe:ioMapping><zeebe:output source="=other" target="kind"/></zeebe:ioMapping>',
)


@pytest.mark.parametrize(
    ("body", "authority", "fields", "told"),
    [
        (WITHOUT, "decide", {}, False),
        (WITHOUT, "recommend", {}, True),
        (WITHOUT, "none", {}, True),
        (WITHOUT, "decide", {"kind": "none"}, True),
        (WITHOUT, "none", {"kind": "decide"}, False),
        (WITHOUT, "decide", {"other": "none"}, False),
        (BETWEEN, "recommend", {}, False),
        (BETWEEN, "none", {}, False),
        (AFTER, "recommend", {}, False),
        (AFTER, "none", {}, True),
        (PASSED_ON, "recommend", {}, True),
        (MADE_ANEW, "none", {}, False),
        (RENAMED, "decide", {"other": "none"}, True),
        (RENAMED, "decide", {"kind": "none"}, False),
    ],
)
def test_what_an_agent_may_not_decide_does_not_choose_the_way(
    body: str, authority: Authority, fields: dict[str, Authority], told: bool
) -> None:
    contract = AgentContract(
        "classify-enquiry",
        "Classify",
        "kim",
        ("classify",),
        "local",
        output_schema=OUTPUT,
        authority=authority,
        field_authority=fields,
    )

    steers = found(draw(body, contracts=[contract], thorough=True), "agent_steers")

    assert [problem.element_id for problem in steers] == (["g"] if told else [])


def test_a_person_in_a_sub_process_or_behind_a_boundary_event_decides_as_well() -> None:
    inside = (
        AGENT
        + '<subProcess id="u"><startEvent id="us"/><userTask id="q"/><endEvent id="ue"/>'
        + flows("us>q", "q>ue")
        + "</subProcess>"
        + CHOOSE
        + flows("s>t", "t>u", "u>g", "g>e", "p>f")
    )
    around = inside.replace(
        '<endEvent id="f"/>',
        '<endEvent id="f"/><boundaryEvent id="b" attachedToRef="t"><errorEventDefinition/></boundaryEvent>',
    ) + flows("b>g")
    contract = AgentContract("c", "C", "kim", ("classify",), "local", output_schema=OUTPUT, authority="none")

    assert not found(draw(inside, contracts=[contract], thorough=True), "agent_steers")
    assert one(draw(around, contracts=[contract], thorough=True), "agent_steers").element_id == "g"
