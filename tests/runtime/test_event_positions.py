"""Events at every activity, and scope by scope outwards (BPMN 2.0, 10.5.1–10.5.7 and 13.5)."""

import pytest

from tests.support.drawing import Drawing, cycle, duration, extension, job, refers, when
from tests.support.play import Player


def drawn(build) -> bytes:
    drawing = Drawing()
    drawing.message("m", "go")
    drawing.signal("s", "go")
    drawing.error("e", "broken")
    drawing.error("other", "other")
    drawing.escalation("esc", "late")
    build(drawing.process())
    return drawing.xml()


@pytest.fixture(params=[False, True], ids=["", "restarted"])
def play(request):
    def make(*files: bytes) -> Player:
        player = Player(*files)
        player.restart_each_step = request.param
        return player

    return make


def called() -> bytes:
    drawing = Drawing()
    process = drawing.process("called")
    process.node("startEvent", "called_start")
    process.node("userTask", "called_work")
    process.chain("called_start", "called_work")
    return drawing.xml()


LOOP = (
    '<multiInstanceLoopCharacteristics isSequential="{}"><loopCardinality>3</loopCardinality>'
    "</multiInstanceLoopCharacteristics>"
)
HOSTS = {
    "userTask": ("userTask", "", {}),
    "serviceTask": ("serviceTask", extension(job("work")), {}),
    "sendTask": ("sendTask", extension(job("work")), {}),
    "businessRuleTask": ("businessRuleTask", extension(job("work")), {}),
    "scriptTask": ("scriptTask", extension(job("work")), {}),
    "receiveTask": ("receiveTask", "", {"messageRef": "m"}),
    "callActivity": ("callActivity", extension('<zeebe:calledElement processId="called"/>'), {}),
    "parallel": ("userTask", LOOP.format("false"), {}),
    "sequential": ("userTask", LOOP.format("true"), {}),
    "loop": (
        "userTask",
        '<standardLoopCharacteristics loopMaximum="3"><loopCondition>true</loopCondition></standardLoopCharacteristics>',
        {},
    ),
}
TRIGGERS = {
    "message": (refers("message", "m"), lambda player: player.message("go")),
    "signal": (refers("signal", "s"), lambda player: player.signal("go")),
    "timer": (duration("PT1H"), lambda player: player.wait(hours=1)),
    "condition": (when("=x > 5"), lambda player: player.set(x=6)),
}


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("host", [*HOSTS, "subProcess"])
def test_every_activity_may_be_interrupted(play, host, trigger):
    # Given an activity of any kind; when the event on its border comes; then nothing of it is left.
    definition, happens = TRIGGERS[trigger]

    def build(process):
        process.node("startEvent", "start")
        if host == "subProcess":
            _, inner = process.sub("host")
            inner.node("userTask", "inside")
        else:
            kind, inner, attributes = HOSTS[host]
            process.node(kind, "host", inner, **attributes)
        process.node("boundaryEvent", "boundary", definition, attachedToRef="host")
        process.node("userTask", "handler")
        process.chain("start", "host")
        process.flow("boundary", "handler")

    if (host, trigger) == ("receiveTask", "message"):
        return  # both wait for the same message: which of them takes it is nobody's promise
    player = happens(play(drawn(build), called()).start({"x": 1}))
    assert player.waiting() == ["handler"]
    assert player.complete("handler").ended


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("place", ["boundary", "event sub-process", "nested event sub-process"])
def test_what_does_not_interrupt_comes_as_often_as_it_is_triggered(play, place, trigger):
    definition, happens = TRIGGERS[trigger]
    definition = cycle("R3/PT1H") if trigger == "timer" else definition
    values = iter((6, 7, 8))

    def build(process):
        process.node("startEvent", "start")
        scope = process
        if place == "nested event sub-process":
            _, scope = process.sub("outer")
            process.flow("start", "outer")
        scope.node("userTask", "work")
        if scope is process:
            process.flow("start", "work")
        if place == "boundary":
            scope.node("boundaryEvent", "event", definition, attachedToRef="work", cancelActivity="false")
            scope.node("userTask", "handler")
            scope.flow("event", "handler")
        else:
            _, inner = scope.sub("handling", triggeredByEvent="true")
            inner.node("startEvent", "event", definition, isInterrupting="false")
            inner.node("userTask", "handler")
            inner.chain("event", "handler")

    player = play(drawn(build)).start({"x": 1})
    for _ in range(3):
        player.set(x=next(values)) if trigger == "condition" else happens(player)
    assert sorted(player.waiting()) == ["handler"] * 3 + ["work"]
    player.complete("work")
    assert not player.ended
    for _ in range(3):
        player.complete("handler")
    assert player.ended


def test_an_escalation_is_caught_each_time(play):
    def build(process):
        process.node("startEvent", "start")
        _, inner = process.sub("sub")
        inner.node("userTask", "one")
        inner.node("intermediateThrowEvent", "throw", refers("escalation", "esc"))
        inner.node("userTask", "two")
        inner.node("endEvent", "end", refers("escalation", "esc"))
        inner.chain("one", "throw", "two", "end")
        process.node(
            "boundaryEvent", "boundary", refers("escalation", "esc"), attachedToRef="sub", cancelActivity="false"
        )
        process.node("userTask", "handler")
        process.node("userTask", "after")
        process.chain("start", "sub", "after")
        process.flow("boundary", "handler")

    player = play(drawn(build)).start().complete("one").complete("two")
    assert sorted(player.waiting()) == ["after", "handler", "handler"]


def catchers(*codes: tuple[str, str | None]):
    """A sub-process in a sub-process that throws «broken»; (place, code of the catcher) for each of them"""

    def build(process):
        process.node("startEvent", "start")
        _, outer = process.sub("outer")
        _, inner = outer.sub("inner")
        inner.node("endEvent", "throw", refers("error", "e"))
        process.chain("start", "outer")
        scopes = {"outer": process, "inner": outer}
        for number, (place, code) in enumerate(codes):
            scope = scopes[place.removesuffix(" event sub-process")]
            name = f"handler{number}"
            if place.endswith("event sub-process"):
                within = outer if place.startswith("outer") else inner
                _, handling = within.sub(f"handling{number}", triggeredByEvent="true")
                handling.node("startEvent", f"event{number}", refers("error", code))
                handling.node("userTask", name)
                handling.chain(f"event{number}", name)
            else:
                scope.node("boundaryEvent", f"event{number}", refers("error", code), attachedToRef=place)
                scope.node("userTask", name)
                scope.flow(f"event{number}", name)

    return drawn(build)


@pytest.mark.parametrize(
    ("codes", "taken"),
    [
        ([("inner", None), ("inner", "e")], "handler1"),
        ([("inner", "e"), ("inner", None)], "handler0"),
        ([("inner", None), ("outer", "e")], "handler0"),
        ([("inner", "other"), ("outer", "e")], "handler1"),
        ([("inner event sub-process", "e"), ("inner", "e")], "handler0"),
        ([("inner event sub-process", "other"), ("inner", None)], "handler1"),
        ([("outer event sub-process", "e"), ("outer", "e")], "handler0"),
        ([("outer event sub-process", None), ("inner", "other")], "handler0"),
    ],
)
def test_the_nearest_catcher_takes_an_error_and_there_an_exact_code_goes_first(play, codes, taken):
    assert play(catchers(*codes)).start().waiting() == [taken]


def test_an_error_of_a_called_process_reaches_its_caller(play):
    inside = Drawing()
    inside.error("e", "broken")
    process = inside.process("called")
    process.node("startEvent", "called_start")
    process.node("userTask", "called_work")
    process.node("endEvent", "throw", refers("error", "e"))
    process.node("parallelGateway", "split")
    process.chain("called_start", "split", "called_work")
    process.flow("split", "throw")

    def build(process):
        process.node("startEvent", "start")
        process.node("callActivity", "call", extension('<zeebe:calledElement processId="called"/>'))
        process.node("boundaryEvent", "boundary", refers("error", "e"), attachedToRef="call")
        process.node("userTask", "handler")
        process.chain("start", "call")
        process.flow("boundary", "handler")

    assert play(drawn(build), inside.xml()).start().waiting() == ["handler"]


@pytest.mark.parametrize("place", ["sub-process", "event sub-process", "multi-instance"])
def test_terminate_ends_only_the_scope_that_holds_it(play, place):
    def build(process):
        process.node("startEvent", "start")
        loop = LOOP.format("false") if place == "multi-instance" else ""
        triggered = {"triggeredByEvent": "true"} if place == "event sub-process" else {}
        _, inner = process.sub("sub", loop, **triggered)
        definition = refers("message", "m") if triggered else ""
        inner.node("startEvent", "begin", definition, **({"isInterrupting": "false"} if triggered else {}))
        inner.node("parallelGateway", "split")
        inner.node("userTask", "inside")
        inner.node("userTask", "last")
        inner.node("endEvent", "terminate", "<terminateEventDefinition/>")
        inner.chain("begin", "split", "last", "terminate")
        inner.flow("split", "inside")
        process.node("userTask", "beside")
        process.node("userTask", "after")
        if triggered:
            process.chain("start", "beside")
        else:
            process.chain("start", "sub", "after")

    player = play(drawn(build)).start()
    if place == "event sub-process":
        player.message("go")
        assert player.complete("last").waiting() == ["beside"]
    elif place == "sub-process":
        assert player.complete("last").waiting() == ["after"]
    else:
        player.complete("last")
        assert sorted(player.waiting()) == ["inside", "inside", "last", "last"]
        assert player.complete("last").complete("last").waiting() == ["after"]


def test_several_throws_lead_to_one_link(play):
    def build(process):
        link = '<linkEventDefinition name="L"/>'
        process.node("startEvent", "start")
        process.node("parallelGateway", "split")
        process.flow("start", "split")
        for number in range(3):
            process.node("intermediateThrowEvent", f"throw{number}", link)
            process.flow("split", f"throw{number}")
        process.node("intermediateCatchEvent", "catch", link)
        process.node("userTask", "after")
        process.flow("catch", "after")

    assert play(drawn(build)).start().waiting() == ["after"] * 3


def test_an_interrupting_event_sub_process_ends_those_that_run_beside(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("userTask", "work")
        process.chain("start", "work")
        for name, definition, interrupting in (
            ("beside", refers("message", "m"), "false"),
            ("instead", refers("signal", "s"), "true"),
        ):
            _, inner = process.sub(name, triggeredByEvent="true")
            inner.node("startEvent", f"{name}_start", definition, isInterrupting=interrupting)
            inner.node("userTask", f"{name}_work")
            inner.chain(f"{name}_start", f"{name}_work")

    player = play(drawn(build)).start().message("go").message("go")
    assert sorted(player.waiting()) == ["beside_work", "beside_work", "work"]
    assert player.signal("go").waiting() == ["instead_work"]
    assert player.complete("instead_work").ended


def test_an_event_sub_process_within_an_event_sub_process(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("userTask", "work")
        process.chain("start", "work")
        _, outer = process.sub("outer", triggeredByEvent="true")
        outer.node("startEvent", "outer_start", refers("message", "m"), isInterrupting="false")
        outer.node("userTask", "outer_work")
        outer.chain("outer_start", "outer_work")
        _, inner = outer.sub("inner", triggeredByEvent="true")
        inner.node("startEvent", "inner_start", duration("PT1H"))
        inner.node("userTask", "inner_work")
        inner.chain("inner_start", "inner_work")

    player = play(drawn(build)).start().message("go")
    assert sorted(player.waiting()) == ["outer_work", "work"]
    assert sorted(player.wait(hours=1).waiting()) == ["inner_work", "work"]


def test_a_process_may_have_several_none_starts_and_others(play):
    def build(process):
        process.node("startEvent", "one")
        process.node("startEvent", "two")
        process.node("startEvent", "by_message", refers("message", "m"))
        for name in ("one", "two", "by_message"):
            process.node("userTask", f"after_{name}")
            process.flow(name, f"after_{name}")

    assert play(drawn(build)).start().waiting() == ["after_one", "after_two"]
    assert play(drawn(build)).start(element_id="by_message").waiting() == ["after_by_message"]
    assert play(drawn(build)).start(element_id="two").waiting() == ["after_two"]


def test_a_process_that_only_an_event_starts_cannot_be_called(play):
    inside = Drawing()
    inside.message("m", "go")
    process = inside.process("called")
    process.node("startEvent", "by_message", refers("message", "m"))

    def build(process):
        process.node("startEvent", "start")
        process.node("callActivity", "call", extension('<zeebe:calledElement processId="called"/>'))
        process.chain("start", "call")

    assert "starts only by an event" in play(drawn(build), inside.xml()).start().incidents()[0]


def test_a_sub_process_may_have_several_starts(play):
    def build(process):
        process.node("startEvent", "start")
        _, inner = process.sub("sub")
        for name in ("one", "two"):
            inner.node("startEvent", name)
            inner.node("userTask", f"after_{name}")
            inner.chain(name, f"after_{name}")
        process.node("userTask", "after")
        process.chain("start", "sub", "after")

    player = play(drawn(build)).start()
    assert player.waiting() == ["after_one", "after_two"]
    assert player.complete("after_one").waiting() == ["after_two"]
    assert player.complete("after_two").waiting() == ["after"]


@pytest.mark.parametrize("kind", ["intermediateThrowEvent", "endEvent"])
def test_a_throwing_event_may_be_a_job(play, kind):
    def build(process):
        process.node("startEvent", "start")
        process.node(kind, "throw", extension(job("send")) + refers("message", "m"))
        process.chain("start", "throw")

    player = play(drawn(build)).start()
    assert player.waiting() == ["throw"]
    assert player.complete("throw").ended
    assert player.sent == []


def test_event_definitions_at_file_level_are_referred_to(play):
    drawing = Drawing()
    drawing.error("e", "broken")
    drawing.globals.append('<errorEventDefinition id="shared" errorRef="e"/>')
    drawing.globals.append('<timerEventDefinition id="later"><timeDuration>PT1H</timeDuration></timerEventDefinition>')
    reference = "<eventDefinitionRef>{}</eventDefinitionRef>"
    process = drawing.process()
    process.node("startEvent", "start")
    _, inner = process.sub("sub")
    inner.node("intermediateCatchEvent", "wait", reference.format("later"))
    inner.node("endEvent", "throw", reference.format("shared"))
    inner.chain("wait", "throw")
    process.node("boundaryEvent", "boundary", reference.format("shared"), attachedToRef="sub")
    process.node("userTask", "handler")
    process.chain("start", "sub")
    process.flow("boundary", "handler")

    assert play(drawing.xml()).start().wait(hours=1).waiting() == ["handler"]


@pytest.mark.parametrize(
    ("definition", "hours"),
    [
        ("<timeDate>2026-01-01T14:00:00Z</timeDate>", 2),
        ("<timeDate>2026-01-01T15:00:00+01:00</timeDate>", 2),
        ("<timeDate>2026-01-01T15:00:00[Europe/Berlin]</timeDate>", 2),
        ("<timeDate>=date and time(day)</timeDate>", 2),
        ("<timeDuration>=duration(pause)</timeDuration>", 2),
        ("<timeCycle>R/2026-01-01T14:00:00Z/PT1H</timeCycle>", 2),
        ("<timeCycle>0 0 14 * * *</timeCycle>", 2),
    ],
)
def test_a_timer_may_be_written_in_any_way(play, definition, hours):
    def build(process):
        process.node("startEvent", "start")
        process.node("intermediateCatchEvent", "wait", f"<timerEventDefinition>{definition}</timerEventDefinition>")
        process.chain("start", "wait")

    player = play(drawn(build)).start({"day": "2026-01-01T14:00:00Z", "pause": "PT2H"})
    assert not player.wait(hours=hours, minutes=-1).ended
    assert player.wait(minutes=1).ended
