"""Multiple and parallel multiple events wherever BPMN 2.0, table 10.93 has them (10.5.5)."""

import pytest

from tests.support.drawing import Drawing, cycle, duration, extension, job, mapping, refers, when
from tests.support.play import Player

BOTH = refers("signal", "one") + refers("signal", "two")


def drawn(build) -> bytes:
    drawing = Drawing()
    for name in ("one", "two", "three"):
        drawing.signal(name, name)
        drawing.message(f"m_{name}", name)
    drawing.error("e", "broken")
    drawing.escalation("esc", "late")
    build(drawing.process())
    return drawing.xml()


def catching(definitions: str, **attributes: str) -> bytes:
    """start → event → after"""

    def build(process):
        process.node("startEvent", "start")
        process.node("intermediateCatchEvent", "event", definitions, **attributes)
        process.node("userTask", "after")
        process.chain("start", "event", "after")

    return drawn(build)


def bounded(definitions: str, kind: str = "userTask", inner: str = "", **attributes: str) -> bytes:
    """start → host → after; boundary event on «host» → handler"""

    def build(process):
        process.node("startEvent", "start")
        process.node(kind, "host", inner)
        process.node("boundaryEvent", "boundary", definitions, attachedToRef="host", **attributes)
        process.node("userTask", "handler")
        process.node("userTask", "after")
        process.chain("start", "host", "after")
        process.flow("boundary", "handler")

    return drawn(build)


def event_sub_process(definitions: str, **attributes: str) -> bytes:
    def build(process):
        process.node("startEvent", "start")
        process.node("userTask", "work")
        process.chain("start", "work")
        _, inner = process.sub("handling", triggeredByEvent="true")
        inner.node("startEvent", "event", definitions, **attributes)
        inner.node("userTask", "handler")
        inner.chain("event", "handler")

    return drawn(build)


@pytest.fixture(params=[False, True], ids=["", "restarted"])
def play(request):
    def make(data: bytes) -> Player:
        player = Player(data)
        player.restart_each_step = request.param
        return player

    return make


def test_a_multiple_event_goes_on_with_whichever_comes_first(play):
    for name in ("one", "two"):
        player = play(catching(BOTH)).start().signal(name, {"by": name})
        assert player.waiting() == ["after"]
        assert player.variables() == {"by": name}
        assert [kind for kind in player.open.values() if hasattr(kind, "name") and kind.element_id == "event"] == []


def test_a_parallel_multiple_event_needs_all_of_them(play):
    player = play(catching(BOTH, parallelMultiple="true")).start()
    assert player.signal("two", {"b": 2}).waiting() == []
    assert player.variables() == {"b": 2}
    assert player.signal("one", {"a": 1}).waiting() == ["after"]
    assert player.variables() == {"a": 1, "b": 2}


def test_all_kinds_of_things_may_be_waited_for_together(play):
    everything = refers("signal", "one") + refers("message", "m_two") + duration("PT1H") + when("=x > 5")
    for trigger in (
        lambda player: player.signal("one"),
        lambda player: player.message("two"),
        lambda player: player.wait(hours=1),
        lambda player: player.set(x=6),
    ):
        assert trigger(play(catching(everything)).start({"x": 1})).waiting() == ["after"]
    player = play(catching(everything, parallelMultiple="true")).start({"x": 1})
    player.signal("one").message("two").wait(hours=1)
    assert player.waiting() == []
    assert player.set(x=6).waiting() == ["after"]


def test_an_interrupting_multiple_boundary_is_triggered_once(play):
    player = play(bounded(BOTH)).start().signal("two")
    assert player.waiting() == ["handler"]


def test_a_non_interrupting_multiple_boundary_is_triggered_by_each(play):
    player = play(bounded(BOTH + cycle("R2/PT1H"), cancelActivity="false")).start()
    player.signal("one").signal("one").signal("two").wait(hours=5)
    assert player.waiting().count("handler") == 5
    assert "host" in player.waiting()


def test_a_non_interrupting_parallel_multiple_boundary_is_triggered_by_each_full_set(play):
    player = play(bounded(BOTH, cancelActivity="false", parallelMultiple="true")).start()
    player.signal("one")
    assert player.waiting() == ["host"]
    player.signal("two")
    assert player.waiting() == ["host", "handler"]
    player.signal("two").signal("one")
    assert player.waiting() == ["host", "handler", "handler"]


def test_an_error_among_several_is_caught(play):
    work = {"kind": "serviceTask", "inner": extension(job("work"))}
    player = play(bounded(refers("signal", "one") + refers("error", "e"), **work)).start()
    assert player.throw("host", "broken", why="x").waiting() == ["handler"]
    assert play(bounded(refers("error", "e") + refers("signal", "one"), **work)).start().signal("one").waiting() == [
        "handler"
    ]


def test_an_error_of_a_parallel_multiple_event_is_caught_once_the_rest_has_come(play):
    data = bounded(
        refers("signal", "one") + refers("error", "e"),
        "serviceTask",
        extension(job("work")),
        parallelMultiple="true",
    )
    assert "caught nowhere" in play(data).start().throw("host", "broken").incidents()[0]
    assert play(data).start().signal("one").throw("host", "broken").waiting() == ["handler"]


def test_an_error_among_several_interrupts_whatever_is_drawn(play):
    both = refers("signal", "one") + refers("error", "e")
    data = bounded(both, "serviceTask", extension(job("work")), cancelActivity="false")
    assert play(data).start().throw("host", "broken").waiting() == ["handler"]


def test_an_escalation_of_a_parallel_multiple_event_is_remembered(play):
    def build(process):
        process.node("startEvent", "start")
        _, inner = process.sub("sub")
        inner.node("intermediateThrowEvent", "throw", refers("escalation", "esc"))
        inner.node("userTask", "work")
        inner.chain("throw", "work")
        both = refers("escalation", "esc") + refers("signal", "one")
        process.node("boundaryEvent", "boundary", both, attachedToRef="sub", parallelMultiple="true")
        process.node("userTask", "handler")
        process.chain("start", "sub")
        process.flow("boundary", "handler")

    player = play(drawn(build)).start()
    assert player.waiting() == ["work"]
    assert player.signal("one").waiting() == ["handler"]


def test_an_event_sub_process_keeps_what_it_caught_to_itself(play):
    player = play(event_sub_process(BOTH, parallelMultiple="true")).start()
    player.signal("one", {"a": 1})
    assert (player.waiting(), player.variables().get("a")) == (["work"], None)
    player.signal("two", {"b": 2})
    assert player.waiting() == ["handler"]
    scopes = [scope for scope in player.state.variables.values() if "a" in scope]
    assert scopes == [{"a": 1, "b": 2}]


def test_a_non_interrupting_event_sub_process_of_several_triggers_repeats(play):
    player = play(event_sub_process(BOTH, isInterrupting="false")).start()
    player.signal("one").signal("two").signal("one")
    assert player.waiting().count("handler") == 3


def test_after_an_event_based_gateway_a_multiple_event_may_stand(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("eventBasedGateway", "gateway")
        process.node("intermediateCatchEvent", "both", BOTH, parallelMultiple="true")
        process.node("intermediateCatchEvent", "other", refers("signal", "three"))
        process.node("userTask", "after_both")
        process.node("userTask", "after_other")
        process.chain("start", "gateway", "both", "after_both")
        process.chain("gateway", "other", "after_other")

    assert play(drawn(build)).start().signal("one").signal("two").waiting() == ["after_both"]
    assert play(drawn(build)).start().signal("one").signal("three").waiting() == ["after_other"]


@pytest.mark.parametrize("kind", ["intermediateThrowEvent", "endEvent"])
def test_a_multiple_event_throws_all_of_them(play, kind):
    def build(process):
        process.node("startEvent", "start")
        process.node(kind, "throw", BOTH + refers("message", "m_three"))
        process.chain("start", "throw")

    player = play(drawn(build)).start()
    assert sorted(sent.name for sent in player.sent) == ["one", "three", "two"]
    assert player.ended


def test_a_multiple_end_event_throws_the_error_last(play):
    def build(process):
        process.node("startEvent", "start")
        _, inner = process.sub("sub")
        inner.node("endEvent", "throw", refers("error", "e") + refers("signal", "one"))
        process.node("boundaryEvent", "boundary", refers("error", "e"), attachedToRef="sub")
        process.node("userTask", "handler")
        process.chain("start", "sub")
        process.flow("boundary", "handler")

    player = play(drawn(build)).start()
    assert [sent.name for sent in player.sent] == ["one"]
    assert player.waiting() == ["handler"]


def test_what_was_thrown_is_not_thrown_again_when_an_incident_is_resolved(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("endEvent", "throw", refers("message", "m_one") + refers("signal", "one") + refers("error", "e"))
        process.chain("start", "throw")

    player = play(drawn(build)).start()
    assert "caught nowhere" in player.incidents()[0]
    player.resolve()
    assert [sent.name for sent in player.sent] == ["one", "one"]


def test_outputs_of_a_parallel_multiple_event_see_what_all_of_them_brought(play):
    outputs = extension(mapping(outputs={"sum": "=a + b"}))
    player = play(catching(outputs + BOTH, parallelMultiple="true")).start()
    player.signal("one", {"a": 1}).signal("two", {"b": 2})
    assert player.variables() == {"sum": 3}


# Signals within one instance


def test_a_signal_end_event_is_caught_at_the_border_of_its_sub_process(play):
    def build(process):
        process.node("startEvent", "start")
        _, inner = process.sub("sub")
        inner.node("endEvent", "throw", refers("signal", "one"))
        process.node("boundaryEvent", "boundary", refers("signal", "one"), attachedToRef="sub")
        process.node("userTask", "handler")
        process.node("userTask", "after")
        process.chain("start", "sub", "after")
        process.flow("boundary", "handler")

    assert play(drawn(build)).start().waiting() == ["handler"]


@pytest.mark.parametrize("catch_first", [True, False])
def test_branches_that_run_at_the_same_time_meet(play, catch_first):
    def build(process):
        process.node("startEvent", "start")
        process.node("parallelGateway", "split")
        process.node("intermediateCatchEvent", "catch", refers("signal", "one"))
        process.node("intermediateThrowEvent", "throw", refers("signal", "one"))
        process.node("userTask", "caught")
        process.flow("start", "split")
        for branch in ("catch", "throw") if catch_first else ("throw", "catch"):
            process.flow("split", branch)
        process.flow("catch", "caught")

    assert play(drawn(build)).start().waiting() == ["caught"]


def test_a_signal_of_the_instance_alone_goes_nowhere_else(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("parallelGateway", "split")
        process.node("intermediateCatchEvent", "catch", refers("signal", "mine"))
        process.node("intermediateThrowEvent", "throw", refers("signal", "mine"))
        process.node("userTask", "caught")
        process.node("userTask", "first")
        process.chain("start", "split", "catch", "caught")
        process.chain("split", "first", "throw")

    signal = b'<signal xmlns:f="http://flowable.org/bpmn" id="mine" name="mine" f:scope="processInstance"/><process'
    player = play(drawn(build).replace(b"<process", signal, 1)).start()
    assert [one for one in player.open.values() if one.element_id == "catch"] == []
    assert player.complete("first").waiting() == ["caught"]
    assert player.sent == []


def test_what_is_reached_after_a_signal_does_not_get_it(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("intermediateThrowEvent", "throw", refers("signal", "one"))
        process.node("intermediateCatchEvent", "catch", refers("signal", "one"))
        process.chain("start", "throw", "catch")

    player = play(drawn(build)).start()
    assert player.completed == ["start", "throw"]
    assert player.signal("one").ended


def test_a_signal_that_its_own_handler_throws_again_ends_in_an_incident():
    from laneway.runtime import Limits

    def build(process):
        process.node("startEvent", "start")
        process.node("userTask", "work")
        process.chain("start", "work")
        process.node("boundaryEvent", "boundary", refers("signal", "one"), attachedToRef="work", cancelActivity="false")
        process.node("intermediateThrowEvent", "throw", refers("signal", "one"))
        process.chain("boundary", "throw")

    player = Player(drawn(build), limits=Limits(steps=50)).start()
    assert "goes round in circles" in player.signal("one").incidents()[0]


def test_a_catch_event_with_a_counted_cycle_sends_a_token_on_each_time(play):
    player = play(catching(cycle("R3/PT1H"))).start()
    assert player.wait(hours=1).waiting() == ["after"]
    assert player.wait(hours=5).waiting() == ["after"] * 3
    player.complete("after").complete("after").complete("after")
    assert player.ended


def test_a_catch_event_with_an_endless_cycle_waits_for_its_first_time(play):
    player = play(catching(cycle("R/PT1H"))).start().wait(hours=5)
    assert player.waiting() == ["after"]
    assert player.complete("after").ended
