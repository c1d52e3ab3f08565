"""Events in the positions that BPMN 2.0, 10.5 allows them."""

import pytest

from tests.support.drawing import Drawing, Scope, cycle, duration, extension, job, refers
from tests.support.play import Player


def drawn(build) -> bytes:
    drawing = Drawing()
    build(drawing, drawing.process())
    return drawing.xml()


def host_with_boundary(definition: str, *, interrupting: bool = True, prepare=None, kind: str = "userTask") -> bytes:
    """start → host (a task with one boundary event leading to «handler») → after → end"""

    def build(drawing: Drawing, process: Scope) -> None:
        if prepare:
            prepare(drawing)
        inner = extension(job("work")) if kind == "serviceTask" else ""
        process.node("startEvent", "start")
        process.node(kind, "host", inner)
        process.node(
            "boundaryEvent", "boundary", definition, attachedToRef="host", cancelActivity=str(interrupting).lower()
        )
        process.node("userTask", "handler")
        process.node("userTask", "after")
        process.node("endEvent", "end")
        process.chain("start", "host", "after", "end")
        process.flow("boundary", "handler")

    return drawn(build)


def test_timer_date_duration_and_message_events_wait_in_turn():
    def build(drawing, process):
        drawing.message("m", "paid", "=order")
        drawing.signal("s", "go")
        process.node("startEvent", "start")
        process.node("intermediateCatchEvent", "timer", duration("PT1H"))
        process.node("intermediateCatchEvent", "message", refers("message", "m"))
        process.node("intermediateCatchEvent", "signal", refers("signal", "s"))
        process.node("endEvent", "end")
        process.chain("start", "timer", "message", "signal", "end")

    player = Player(drawn(build)).start({"order": 42})
    player.wait(minutes=59)
    assert player.completed == ["start"]
    player.wait(minutes=1)
    player.message("paid", "42", {"amount": 7})
    assert player.variables()["amount"] == 7
    assert player.signal("go", {"by": "me"}).ended
    assert player.variables()["by"] == "me"


def test_a_missing_correlation_key_is_an_incident():
    def build(drawing, process):
        drawing.message("m", "paid", "=order")
        process.node("startEvent", "start")
        process.node("receiveTask", "wait", messageRef="m")
        process.chain("start", "wait")

    player = Player(drawn(build)).start()
    assert "correlation key" in player.incidents()[0]
    player.resolve({"order": "A-1"}).message("paid", "A-1")
    assert player.ended


def test_an_interrupting_timer_ends_its_activity():
    player = Player(host_with_boundary(duration("PT1H"))).start()
    player.wait(hours=1)
    assert player.waiting() == ["handler"]


def test_a_completed_activity_is_not_interrupted_any_more():
    player = Player(host_with_boundary(duration("PT1H"))).start().complete("host")
    player.wait(hours=2)
    assert player.waiting() == ["after"]


def test_a_non_interrupting_cycle_fires_as_often_as_it_says():
    player = Player(host_with_boundary(cycle("R3/PT10M"), interrupting=False)).start()
    player.wait(minutes=25)
    assert player.waiting() == ["host", "handler", "handler"]
    player.wait(hours=10)
    assert player.waiting() == ["host", "handler", "handler", "handler"]
    player.complete("host")
    assert player.waiting() == ["handler", "handler", "handler", "after"]


def test_an_interrupting_cycle_fires_once():
    player = Player(host_with_boundary(cycle("R3/PT10M"))).start()
    player.wait(hours=1)
    assert player.waiting() == ["handler"]


def test_a_non_interrupting_message_boundary_fires_each_time():
    data = host_with_boundary(
        refers("message", "m"), interrupting=False, prepare=lambda drawing: drawing.message("m", "ask", '="k"')
    )
    player = Player(data).start()
    player.message("ask", "k").message("ask", "k")
    assert player.waiting() == ["host", "handler", "handler"]


def test_a_signal_boundary_interrupts():
    data = host_with_boundary(refers("signal", "s"), prepare=lambda drawing: drawing.signal("s", "stop"))
    assert Player(data).start().signal("stop").waiting() == ["handler"]


def test_an_error_from_a_worker_goes_to_its_code_before_the_catch_all():
    def build(drawing, process):
        drawing.error("e", "FULL")
        process.node("startEvent", "start")
        process.node("serviceTask", "host", extension(job("work")))
        process.node("boundaryEvent", "any", refers("error"), attachedToRef="host")
        process.node("boundaryEvent", "full", refers("error", "e"), attachedToRef="host")
        process.node("userTask", "handle_any")
        process.node("userTask", "handle_full")
        process.flow("start", "host")
        process.flow("any", "handle_any")
        process.flow("full", "handle_full")

    assert Player(drawn(build)).start().throw("host", "FULL").waiting() == ["handle_full"]
    assert Player(drawn(build)).start().throw("host", "ELSE", reason=1).waiting() == ["handle_any"]


def test_an_uncaught_error_is_an_incident_and_the_work_can_be_done_again():
    player = Player(host_with_boundary(duration("PT1H"), kind="serviceTask")).start()
    player.throw("host", "FULL")
    assert "«FULL» is caught nowhere" in player.incidents()[0]
    assert player.resolve().waiting() == ["host"]
    assert player.complete("host").waiting() == ["after"]


def test_an_escalation_from_work_is_caught_without_ending_the_work_path():
    data = host_with_boundary(
        refers("escalation", "x"),
        interrupting=False,
        kind="serviceTask",
        prepare=lambda drawing: drawing.escalation("x", "LATE"),
    )
    player = Player(data).start().throw("host", "LATE", escalation=True, note="n")
    assert sorted(player.waiting()) == ["after", "handler"]


def test_an_error_end_event_interrupts_the_sub_process_that_holds_it():
    def build(drawing, process):
        drawing.error("e", "BAD")
        process.node("startEvent", "start")
        _, inner = process.sub("sub")
        inner.node("startEvent", "s")
        inner.node("parallelGateway", "split")
        inner.node("userTask", "other")
        inner.node("userTask", "risky")
        inner.node("endEvent", "boom", refers("error", "e"))
        inner.chain("s", "split", "other")
        inner.chain("split", "risky", "boom")
        process.node("boundaryEvent", "caught", refers("error", "e"), attachedToRef="sub")
        process.node("userTask", "handler")
        process.flow("start", "sub")
        process.flow("caught", "handler")

    player = Player(drawn(build)).start().complete("risky")
    assert player.waiting() == ["handler"]
    assert player.complete("handler").ended


def test_escalation_end_and_throw_events_reach_a_non_interrupting_boundary():
    def build(drawing, process):
        drawing.escalation("x", "LOOK")
        process.node("startEvent", "start")
        _, inner = process.sub("sub")
        inner.node("startEvent", "s")
        inner.node("intermediateThrowEvent", "throw", refers("escalation", "x"))
        inner.node("userTask", "work")
        inner.node("endEvent", "e", refers("escalation", "x"))
        inner.chain("s", "throw", "work", "e")
        process.node("boundaryEvent", "caught", refers("escalation", "x"), attachedToRef="sub", cancelActivity="false")
        process.node("userTask", "look")
        process.node("userTask", "after")
        process.chain("start", "sub", "after")
        process.flow("caught", "look")

    player = Player(drawn(build)).start()
    assert sorted(player.waiting()) == ["look", "work"]
    player.complete("work")
    assert sorted(player.waiting()) == ["after", "look", "look"]


def test_terminate_ends_everything_in_its_scope_at_once():
    def build(drawing, process):
        process.node("startEvent", "start")
        process.node("parallelGateway", "split")
        process.node("userTask", "other")
        process.node("userTask", "last")
        process.node("endEvent", "stop", "<terminateEventDefinition/>")
        process.flow("start", "split")
        process.flow("split", "other")
        process.chain("split", "last", "stop")

    player = Player(drawn(build)).start().complete("last")
    assert player.ended
    assert player.waiting() == []


def test_tokens_in_flight_do_not_outlive_a_terminate():
    """The terminate end event is reached in the very step that also sends a token to «never»."""

    def build(drawing, process):
        process.node("startEvent", "start")
        process.node("parallelGateway", "split")
        process.node("endEvent", "stop", "<terminateEventDefinition/>")
        process.node("task", "passing")
        process.node("userTask", "never")
        process.flow("start", "split")
        process.flow("split", "stop")
        process.chain("split", "passing", "never")

    player = Player(drawn(build)).start()
    assert player.ended
    assert player.open == {}


def test_event_based_gateway_takes_whichever_comes_first():
    def build(drawing, process):
        drawing.message("m", "answer", "=id")
        process.node("startEvent", "start")
        process.node("eventBasedGateway", "first")
        process.node("intermediateCatchEvent", "answered", refers("message", "m"))
        process.node("intermediateCatchEvent", "late", duration("P3D"))
        process.node("intermediateCatchEvent", "later", duration("P9D"))
        for name in ("yes", "no", "never"):
            process.node("userTask", name)
        process.flow("start", "first")
        process.chain("first", "answered", "yes")
        process.chain("first", "late", "no")
        process.chain("first", "later", "never")

    player = Player(drawn(build)).start({"id": "7"}).message("answer", "7", {"text": "hi"})
    assert player.waiting() == ["yes"]
    assert player.variables()["text"] == "hi"
    assert len(player.open) == 1
    player = Player(drawn(build)).start({"id": "7"})
    player.wait(days=10)
    assert player.waiting() == ["no"]


def test_throwing_a_message_and_a_signal_puts_them_in_the_outbox_with_mapped_payload_only():
    def build(drawing, process):
        drawing.message("m", "shipped", "=order")
        drawing.signal("s", "done")
        payload = extension('<zeebe:ioMapping><zeebe:input source="=total + 1" target="sum"/></zeebe:ioMapping>')
        process.node("startEvent", "start")
        process.node("intermediateThrowEvent", "tell", payload + refers("message", "m"))
        process.node("endEvent", "end", refers("signal", "s"))
        process.chain("start", "tell", "end")

    player = Player(drawn(build)).start({"order": 5, "total": 1, "secret": "x"})
    message, signal = player.sent
    assert (message.name, message.variables) == ("shipped", {"sum": 2})
    assert (signal.name, signal.variables) == ("done", {})


def test_link_events_jump():
    def build(drawing, process):
        process.node("startEvent", "start")
        process.node("intermediateThrowEvent", "out", '<linkEventDefinition name="A"/>')
        process.node("intermediateCatchEvent", "in", '<linkEventDefinition name="A"/>')
        process.node("userTask", "after")
        process.flow("start", "out")
        process.flow("in", "after")

    assert Player(drawn(build)).start().waiting() == ["after"]


def test_starting_at_a_message_start_event():
    def build(drawing, process):
        drawing.message("m", "order")
        process.node("startEvent", "by_message", refers("message", "m"))
        process.node("startEvent", "by_hand")
        process.node("userTask", "a")
        process.node("userTask", "b")
        process.flow("by_message", "a")
        process.flow("by_hand", "b")

    assert Player(drawn(build)).start({"x": 1}, "by_message").waiting() == ["a"]
    assert Player(drawn(build)).start().waiting() == ["b"]


@pytest.mark.parametrize("long", ["x" * 801, "ü" * 401])
def test_a_computed_text_too_long_to_be_found_by_an_index_is_an_incident(long):
    def build(drawing, process):
        drawing.message("m", "paid", "=order")
        process.node("startEvent", "start")
        process.node("receiveTask", "wait", messageRef="m")
        process.chain("start", "wait")

    player = Player(drawn(build)).start({"order": long})
    assert "more than 800 bytes" in player.incidents()[0]
    player.resolve({"order": long[:400]}).message("paid", long[:400])
    assert player.ended
