"""How compensation and transactions must be drawn (BPMN 2.0, 10.3.5 and 10.7), and what is said where they are not."""

from __future__ import annotations

import pytest

from tests.diagrams.sheet import draw, errors, flows, found, in_line, model, one

EVENT = '<boundaryEvent id="b" attachedToRef="t"><compensateEventDefinition/></boundaryEvent>'
HANDLER = '<task id="undo" isForCompensation="true"/>'
LINE = '<association id="l" sourceRef="b" targetRef="undo"/>'
DRAWN = EVENT + HANDLER + LINE
TASK = in_line('<task id="t"/>', "t")
CANCEL = "<cancelEventDefinition/>"


def throw(inner: str = "<compensateEventDefinition/>") -> str:
    return (
        f'<startEvent id="s"/><task id="t"/><intermediateThrowEvent id="x">{inner}</intermediateThrowEvent>'
        f'<endEvent id="e"/>{flows("s>t", "t>x", "x>e")}'
    )


def test_a_handler_belongs_to_the_activity_whose_event_it_is_connected_with():
    diagram = draw(TASK + DRAWN)

    assert errors(diagram) == []
    loaded = model(diagram)
    assert loaded.node("t").compensation_handler == loaded.slots["undo"]
    assert loaded.node("t").compensable
    assert not loaded.node("undo").compensable
    assert found(diagram, "unreachable") == []


def test_an_association_may_be_drawn_from_the_handler():
    diagram = draw(TASK + EVENT + HANDLER + '<association id="l" sourceRef="undo" targetRef="b"/>')

    assert model(diagram).node("t").compensation_handler is not None


def test_an_association_may_lie_outside_of_the_process():
    beside = '<collaboration id="c"><participant id="pool" processRef="p"/>' + LINE + "</collaboration>"

    assert errors(draw(TASK + EVENT + HANDLER, beside=beside)) == []


def test_an_annotation_on_the_event_is_no_handler():
    note = '<textAnnotation id="n"/><association id="m" sourceRef="b" targetRef="n"/>'

    assert errors(draw(TASK + DRAWN + note)) == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (EVENT, "no handler"),
        (EVENT + HANDLER, "no handler"),
        (EVENT + '<task id="undo"/>' + LINE, "not marked"),
        (DRAWN + '<task id="u2" isForCompensation="true"/><association id="m" sourceRef="b" targetRef="u2"/>', "several handlers: undo, u2"),
        (DRAWN + '<task id="z"/><sequenceFlow id="f" sourceRef="undo" targetRef="z"/>', "leads to or from the handler"),
        (DRAWN + '<task id="z"/><sequenceFlow id="f" sourceRef="b" targetRef="z"/>', "no part of the flow"),
        (DRAWN + EVENT.replace('"b"', '"b2"') + LINE.replace('"b"', '"b2"').replace('"l"', '"l2"'), "two compensation events"),
        (EVENT + LINE + f'<subProcess id="s">{HANDLER}</subProcess>', "another scope"),
    ],
)  # fmt: skip
def test_a_handler_that_is_drawn_wrongly_is_an_error(body: str, what: str):
    assert any(what in problem.message for problem in found(draw(TASK + body), "compensation_handler"))


def test_two_ways_to_compensate_a_sub_process_are_an_error():
    inner = '<subProcess id="h" triggeredByEvent="true"><startEvent id="hs"><compensateEventDefinition/></startEvent></subProcess>'

    diagram = draw(in_line(f'<subProcess id="t"><task id="i"/>{inner}</subProcess>', "t") + DRAWN)

    assert "two ways" in one(diagram, "compensation_handler").message


def test_a_missing_handler_is_a_warning_where_nothing_has_to_run_by_itself():
    assert errors(draw(TASK + EVENT, executable=False)) == []


def test_a_marked_activity_that_nothing_is_connected_with_is_a_warning():
    diagram = draw(TASK + HANDLER)

    assert errors(diagram) == []
    assert one(diagram, "compensation_unused").element_id == "undo"


def test_compensation_of_an_activity_beside_it_or_of_all_is_fine():
    assert errors(draw(throw() + DRAWN)) == []
    assert errors(draw(throw('<compensateEventDefinition activityRef="t"/>') + DRAWN)) == []


@pytest.mark.parametrize(
    ("reference", "what"),
    [("i", "no activity of the same scope"), ("s", "no activity"), ("u", "no handler"), ("lone", "no handler")],
)
def test_compensation_of_something_else_is_an_error(reference: str, what: str):
    beside = '<task id="u"/><task id="lone" isForCompensation="true"/><subProcess id="o"><task id="i"/></subProcess>'

    diagram = draw(throw(f'<compensateEventDefinition activityRef="{reference}"/>') + DRAWN + beside)

    assert what in one(diagram, "compensation_activity").message


def test_an_event_sub_process_may_compensate_what_is_in_the_scope_around_it():
    handler = (
        '<subProcess id="h" triggeredByEvent="true"><startEvent id="hs"><errorEventDefinition/></startEvent>'
        '<endEvent id="he"><compensateEventDefinition activityRef="t"/></endEvent>'
        '<sequenceFlow id="hf" sourceRef="hs" targetRef="he"/></subProcess>'
    )

    assert errors(draw(TASK + DRAWN + handler)) == []


def test_a_sub_process_is_compensable_if_something_in_it_is():
    scope = f'<subProcess id="w"><task id="t"/>{DRAWN}</subProcess><subProcess id="v"><task id="i"/></subProcess>'

    loaded = model(draw(scope))

    assert loaded.node("w").compensable
    assert not loaded.node("v").compensable


def transaction(end: str = CANCEL, border: str = CANCEL, tag: str = "transaction") -> str:
    inner = (
        f'<startEvent id="is"/><endEvent id="x">{end}</endEvent><sequenceFlow id="if" sourceRef="is" targetRef="x"/>'
    )
    on = f'<boundaryEvent id="c" attachedToRef="t">{border}</boundaryEvent>' if border else ""
    return in_line(f'<{tag} id="t">{inner}</{tag}>', "t") + on


def test_a_transaction_with_a_cancel_end_and_border_is_fine():
    assert errors(draw(transaction())) == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (transaction(border=""), "no cancel event on its border"),
        (transaction(tag="subProcess"), "which is no transaction"),
        (transaction(tag="subProcess", border=""), "in no transaction"),
        (transaction() + f'<boundaryEvent id="c2" attachedToRef="t">{CANCEL}</boundaryEvent>', "several cancel events"),
    ],
)
def test_cancel_events_elsewhere_are_errors(body: str, what: str):
    assert any(what in problem.message for problem in found(draw(body), "cancel_event"))


def test_a_mark_on_what_the_flow_leads_to_means_nothing():
    diagram = draw(in_line('<task id="t" isForCompensation="true"/>', "t"))

    assert errors(diagram) == []
    assert one(diagram, "compensation_unused").element_id == "t"


def test_a_marked_compensation_event_sub_process_is_fine():
    inner = (
        '<subProcess id="h" triggeredByEvent="true" isForCompensation="true"><startEvent id="hs">'
        "<compensateEventDefinition/></startEvent></subProcess>"
    )

    diagram = draw(in_line(f'<subProcess id="t"><task id="i"/>{inner}</subProcess>', "t"))

    assert model(diagram).node("t").compensation_sub_process == diagram.processes[0].slots["h"]
    assert found(diagram, "compensation_unused") == []


def test_an_event_that_catches_names_no_activity():
    body = TASK + DRAWN.replace("<compensateEventDefinition/>", '<compensateEventDefinition activityRef="undo"/>')

    diagram = draw(body)

    assert errors(diagram) == []
    assert one(diagram, "compensation_activity").element_id == "b"


def test_an_event_drawn_as_not_interrupting_is_read_as_interrupting():
    body = transaction().replace('id="c" attachedToRef', 'id="c" cancelActivity="false" attachedToRef')

    assert one(draw(body), "error_interrupts").element_id == "c"


def test_a_throw_that_names_the_handler_means_what_it_undoes():
    diagram = draw(throw('<compensateEventDefinition activityRef="undo"/>') + DRAWN)

    event = model(diagram).node("x").event
    assert event is not None
    assert event.reference == "t"
    assert one(diagram, "compensation_activity").element_id == "x"


def test_whether_a_compensation_border_is_drawn_dashed_says_nothing():
    body = TASK + DRAWN.replace('attachedToRef="t"', 'attachedToRef="t" cancelActivity="false"')

    assert found(draw(body), "error_interrupts") == []


@pytest.mark.parametrize(("method", "findings"), [("##Compensate", 0), ("##Store", 1), ("##Image", 1)])
def test_a_transaction_is_undone_by_compensation_and_by_nothing_else(method: str, findings: int):
    body = transaction().replace("<transaction ", f'<transaction method="{method}" ')

    assert errors(draw(body)) == []
    assert len(found(draw(body), "kept_as_documentation")) == findings
