"""Events where BPMN has none of their kind are refused with the table that says so (BPMN 2.0, table 10.93)."""

import pytest

from laneway.diagrams import load
from laneway.diagrams.support import ALLOWED_EVENTS, MULTIPLE_MEMBERS, RUNNING_EVENTS
from laneway.domain.model import EventKind
from tests.support.drawing import Drawing, refers


def drawn(place: str, definition: str) -> bytes:
    drawing = Drawing()
    drawing.message("m", "paid")
    drawing.error("e", "broken")
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "work")
    process.chain("start", "work")
    if place == "start":
        process.node("startEvent", "event", definition)
        process.chain("event", "work")
    elif place in ("sub_start", "event_start"):
        _, inner = process.sub("sub", triggeredByEvent=str(place == "event_start").lower())
        inner.node("startEvent", "event", definition)
        if place == "sub_start":
            process.chain("work", "sub")
    elif place == "boundary":
        process.node("boundaryEvent", "event", definition, attachedToRef="work")
    else:
        kinds = {"catch": "intermediateCatchEvent", "throw": "intermediateThrowEvent", "end": "endEvent"}
        process.node(kinds[place], "event", definition)
        process.chain("work", "event")
    return drawing.xml()


@pytest.mark.parametrize(
    ("place", "definition", "said"),
    [
        ("start", refers("error", "e"), "a start event cannot have an error trigger"),
        ("start", "<terminateEventDefinition/>", "a start event cannot have a terminate trigger"),
        ("sub_start", refers("message", "m"), "the start event of an embedded sub-process cannot have a message"),
        ("event_start", '<linkEventDefinition name="x"/>', "an event sub-process cannot have a link trigger"),
        ("catch", refers("error", "e"), "an intermediate catch event cannot have an error trigger"),
        ("catch", refers("error", "e") + refers("message", "m"), "an error trigger among several"),
        ("throw", "<terminateEventDefinition/>", "an intermediate throw event cannot have a terminate trigger"),
        ("throw", refers("error", "e"), "an intermediate throw event cannot have an error trigger"),
        ("boundary", "<terminateEventDefinition/>", "a boundary event cannot have a terminate trigger"),
        ("end", "<timerEventDefinition/>", "an end event cannot have a timer trigger"),
    ],
)
def test_an_event_is_refused_where_bpmn_has_none_of_its_kind(place, definition, said):
    problems = [each for each in load(drawn(place, definition), "test.bpmn").problems if each.severity == "error"]

    assert [each.rule for each in problems] == ["event_not_allowed"]
    assert said in problems[0].message
    assert problems[0].element_id == "event"
    assert "Draw it with one of these" in problems[0].fix


def test_nothing_runs_where_bpmn_does_not_allow_it():
    for place, running in RUNNING_EVENTS.items():
        assert running <= ALLOWED_EVENTS[place]
        assert MULTIPLE_MEMBERS[place] <= running | {EventKind.CONDITIONAL}


# What begins a process


def beginning(kind: str, *, before: bool = False, strict: bool = True, **attributes: str) -> bytes:
    drawing = Drawing()
    drawing.message("m", "paid")
    process = drawing.process()
    if before:
        process.node("startEvent", "start")
        process.flow("start", "begin")
    process.node(kind, "begin", **attributes)
    process.node("intermediateCatchEvent", "event", refers("message", "m"))
    process.chain("begin", "event")
    return drawing.xml().replace(b'isExecutable="true"', f'isExecutable="{str(strict).lower()}"'.encode())


@pytest.mark.parametrize("kind", ["receiveTask", "eventBasedGateway"])
def test_what_begins_the_process_has_no_incoming_flow(kind):
    more = {"messageRef": "m"} if kind == "receiveTask" else {}
    for strict, severity in ((True, "error"), (False, "warning")):
        data = beginning(kind, before=True, strict=strict, instantiate="true", **more)
        found = [each for each in load(data, "test.bpmn").problems if each.rule == "instantiate_position"]
        assert [(each.severity, each.element_id) for each in found] == [(severity, "begin")]


def test_an_event_based_gateway_that_needs_all_events_begins_the_process():
    data = beginning("eventBasedGateway", before=True, eventGatewayType="Parallel")
    assert "event_gateway_parallel" in [each.rule for each in load(data, "test.bpmn").problems]
    model = load(
        beginning("eventBasedGateway", eventGatewayType="Parallel", instantiate="true"), "test.bpmn"
    ).processes[0]
    assert (model.node("begin").instantiate, model.node("begin").all_events) == (True, True)
    assert [model.nodes[slot].id for slot in model.nodes[0].event_starts] == ["event"]


@pytest.mark.parametrize("what", ["a loop", "boundary events"])
def test_behind_an_event_based_gateway_stands_nothing_with_a_life_of_its_own(what):
    drawing = Drawing()
    drawing.message("m", "paid")
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("eventBasedGateway", "gateway")
    loop = "<standardLoopCharacteristics><loopCondition>true</loopCondition></standardLoopCharacteristics>"
    loop = loop if what == "a loop" else ""
    process.node("receiveTask", "receive", loop, messageRef="m")
    process.chain("start", "gateway", "receive")
    if not loop:
        process.node("boundaryEvent", "border", refers("message", "m"), attachedToRef="receive")
    found = [each for each in load(drawing.xml(), "test.bpmn").problems if each.rule == "event_gateway_target"]
    assert [each.element_id for each in found] == ["receive"]
    assert what in found[0].message
