"""Findings beyond whether a diagram loads."""

from __future__ import annotations

import re
from pathlib import Path

from laneway.diagrams.rules import GATE, RULES
from laneway.domain.contract import AgentContract
from tests.diagrams.sheet import draw, errors, flows, found, in_line, model, one

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
