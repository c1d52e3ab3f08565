"""Conditional events wherever BPMN 2.0, table 10.93 has them (13.5; Camunda 8, "Conditional events")."""

import pytest

from laneway.runtime import Limits
from tests.support.drawing import Drawing, Scope, duration, extension, mapping, refers, when
from tests.support.play import Player


def drawn(build) -> bytes:
    drawing = Drawing()
    build(drawing, drawing.process())
    return drawing.xml()


def catching(condition: str, filter: str = "") -> bytes:
    """start → (event, other) → end, where «event» waits for the condition and «other» is a person's"""

    def build(drawing: Drawing, process: Scope) -> None:
        process.node("startEvent", "start")
        process.node("parallelGateway", "split")
        process.node("intermediateCatchEvent", "event", when(condition, filter))
        process.node("userTask", "other")
        process.node("userTask", "after")
        process.chain("start", "split", "event", "after")
        process.flow("split", "other")

    return drawn(build)


def bounded(condition: str, *, interrupting: bool, filter: str = "") -> bytes:
    """start → sub(first → second) → after; boundary event on «sub» → handler"""

    def build(drawing: Drawing, process: Scope) -> None:
        process.node("startEvent", "start")
        _, inner = process.sub("sub")
        inner.node("userTask", "first")
        inner.node("userTask", "second")
        inner.chain("first", "second")
        process.node(
            "boundaryEvent",
            "boundary",
            when(condition, filter),
            attachedToRef="sub",
            cancelActivity=str(interrupting).lower(),
        )
        process.node("userTask", "handler")
        process.node("userTask", "after")
        process.chain("start", "sub", "after")
        process.flow("boundary", "handler")

    return drawn(build)


def event_sub_process(condition: str, *, interrupting: bool) -> bytes:
    """start → work; an event sub-process of the process: condition → handler"""

    def build(drawing: Drawing, process: Scope) -> None:
        process.node("startEvent", "start")
        process.node("userTask", "work")
        process.chain("start", "work")
        _, inner = process.sub("handling", triggeredByEvent="true")
        inner.node("startEvent", "event", when(condition), isInterrupting=str(interrupting).lower())
        inner.node("userTask", "handler")
        inner.chain("event", "handler")

    return drawn(build)


@pytest.fixture(params=[False, True], ids=["", "restarted"])
def play(request):
    def make(*files: bytes, **options) -> Player:
        player = Player(*files, **options)
        player.restart_each_step = request.param
        return player

    return make


def test_a_condition_that_is_true_already_is_no_wait(play):
    assert play(catching("=x > 5")).start({"x": 6}).waiting() == ["other", "after"]


def test_a_condition_waits_until_a_person_gives_what_makes_it_true(play):
    player = play(catching("=x > 5")).start({"x": 1})
    assert player.waiting() == ["other"]
    assert player.complete("other", {"x": 6}).waiting() == ["after"]


def test_a_condition_over_nothing_is_false_and_not_an_incident(play):
    # Given FEEL and JUEL conditions over a variable that nobody has set; when it is set; then the event is triggered.
    for condition in ("=x > 5", '${x.contains("a")}'):
        player = play(catching(condition)).start()
        assert (player.waiting(), player.incidents()) == (["other"], [])
        assert player.set(x=6 if condition[0] == "=" else "cat").waiting() == ["other", "after"]


def test_a_condition_that_gives_no_truth_is_an_incident_until_it_does(play):
    player = play(catching("=x")).start({"x": "yes"})
    assert "instead of true or false" in player.incidents()[0]
    assert player.resolve().incidents() != []
    player.set(x=True)
    assert player.incidents() == []
    assert "after" in player.waiting()


def test_an_interrupting_boundary_takes_over_at_once(play):
    player = play(bounded("=x > 5", interrupting=True)).start({"x": 6})
    assert player.waiting() == ["handler"]
    assert "first" not in player.completed


def test_an_interrupting_boundary_takes_over_before_the_next_step(play):
    player = play(bounded("=x > 5", interrupting=True)).start({"x": 1})
    assert player.complete("first", {"x": 6}).waiting() == ["handler"]


def test_a_non_interrupting_boundary_is_triggered_by_each_change_that_leaves_it_true(play):
    player = play(bounded("=x > 5", interrupting=False)).start({"x": 6})
    assert sorted(player.waiting()) == ["first", "handler"]
    assert sorted(player.set(x=7).waiting()) == ["first", "handler", "handler"]
    assert player.set(y=1).waiting().count("handler") == 2
    assert player.set(x=2).waiting().count("handler") == 2
    assert player.complete("first").complete("second", {"x": 8}).waiting().count("handler") == 3


def test_only_the_changes_that_the_filter_names_count(play):
    updates = 'variableNames="y" variableEvents="update"'
    player = play(bounded("=x > 5", interrupting=False, filter=updates)).start({"x": 1})
    assert player.set(x=6).waiting() == ["first"]
    assert player.set(y=1).waiting() == ["first"]
    assert player.set(y=2).waiting() == ["first", "handler"]


def test_a_change_in_a_scope_that_the_event_does_not_see_does_not_count(play):
    # Given a condition on a sub-process, and a variable of the task within; when only that changes; then nothing happens.
    player = play(bounded("=x > 5", interrupting=True)).start({"x": 1})
    assert player.set("first", x=9).waiting() == ["first"]
    assert player.set("sub", x=9).waiting() == ["handler"]


def test_a_variable_that_is_hidden_by_a_nearer_one_does_not_count(play):
    player = play(bounded("=x > 5", interrupting=False)).start({"x": 1})
    player.set("sub", x=7)
    assert player.waiting().count("handler") == 1
    assert player.set(x=9).waiting().count("handler") == 1


def test_an_interrupting_event_sub_process_may_come_before_the_start(play):
    player = play(event_sub_process("=x > 5", interrupting=True)).start({"x": 6})
    assert player.waiting() == ["handler"]
    assert player.complete("handler").ended


def test_an_interrupting_event_sub_process_ends_what_runs(play):
    player = play(event_sub_process("=x > 5", interrupting=True)).start({"x": 1})
    assert player.set(x=6).waiting() == ["handler"]


def test_a_non_interrupting_event_sub_process_runs_beside(play):
    player = play(event_sub_process("=x > 5", interrupting=False)).start({"x": 6})
    assert sorted(player.waiting()) == ["handler", "work"]
    assert sorted(player.set(x=7).waiting()) == ["handler", "handler", "work"]


def test_after_an_event_based_gateway_a_condition_is_one_of_the_events(play):
    def build(drawing, process):
        process.node("startEvent", "start")
        process.node("eventBasedGateway", "gateway")
        process.node("intermediateCatchEvent", "late", duration("PT1H"))
        process.node("intermediateCatchEvent", "condition", when("=x > 5"))
        process.node("userTask", "after")
        process.chain("start", "gateway", "late")
        process.chain("gateway", "condition", "after")

    player = play(drawn(build)).start({"x": 1})
    assert player.set(x=6).waiting() == ["after"]
    assert play(drawn(build)).start({"x": 6}).waiting() == ["after"]
    assert play(drawn(build)).start({"x": 1}).wait(hours=2).ended


def test_output_mappings_and_results_are_changes(play):
    def build(drawing, process):
        process.node("startEvent", "start")
        process.node("parallelGateway", "split")
        process.node("intermediateCatchEvent", "event", when("=total > 5"))
        process.node("userTask", "work", extension(mapping(outputs={"total": "=amount * 2"})))
        process.node("userTask", "after")
        process.chain("start", "split", "event", "after")
        process.flow("split", "work")

    assert play(drawn(build)).start().complete("work", {"amount": 4}).waiting() == ["after"]


def test_a_passing_change_is_not_missed(play):
    # Given two scripts in a row that set a variable and unset it; when they run in one step; then the event was triggered.
    script = '<zeebe:script expression="{}" resultVariable="x"/>'

    def build(drawing, process):
        process.node("startEvent", "start")
        process.node("scriptTask", "on", extension(script.format("=true")))
        process.node("scriptTask", "off", extension(script.format("=false")))
        process.chain("start", "on", "off")
        _, inner = process.sub("handling", triggeredByEvent="true")
        inner.node("startEvent", "event", when("=x"), isInterrupting="false")
        inner.node("userTask", "handler")
        inner.chain("event", "handler")

    assert play(drawn(build)).start().waiting() == ["handler"]


def test_a_condition_that_its_own_handler_makes_true_again_ends_in_an_incident(play):
    def build(drawing, process):
        process.node("startEvent", "start")
        process.node("userTask", "work")
        process.chain("start", "work")
        process.node(
            "boundaryEvent",
            "boundary",
            extension(mapping(outputs={"x": "=x + 1"})) + when("=x > 0"),
            attachedToRef="work",
            cancelActivity="false",
        )
        process.node("endEvent", "end")
        process.flow("boundary", "end")

    player = play(drawn(build), limits=Limits(steps=50)).start({"x": 0})
    assert "goes round in circles" in player.set(x=1).incidents()[0]


def test_an_open_incident_of_a_condition_ends_with_its_activity(play):
    player = play(bounded("=x", interrupting=True)).start({"x": "yes"})
    assert len(player.incidents()) == 1
    player.complete("first").complete("second")
    assert (player.waiting(), player.incidents()) == (["after"], [])


def test_what_changes_costs_only_the_conditions_that_read_it():
    # Given many events that wait for other variables; when one variable changes; then one condition is looked at.
    def build(drawing, process):
        process.node("startEvent", "start")
        process.node("parallelGateway", "split")
        process.flow("start", "split")
        for number in range(50):
            process.node("intermediateCatchEvent", f"event{number}", when(f"=x{number} > 5"))
            process.flow("split", f"event{number}")

    player = Player(drawn(build)).start()
    state = player.state
    assert {len(waiting) for waiting in state.conditions.values()} == {1}
    assert len(state.conditions) == 100  # seen at the event itself and at the process
    player.set(x7=9)
    assert player.completed == ["start", "split", "event7"]
    assert len(state.conditions) == 98


def test_a_condition_in_a_called_process_does_not_see_its_caller(play):
    calling = Drawing()
    process = calling.process()
    process.node("startEvent", "start")
    called = '<zeebe:calledElement processId="called" propagateAllParentVariables="false"/>'
    process.node("callActivity", "call", extension(called))
    process.chain("start", "call")
    other = Drawing()
    process = other.process("called")
    process.node("startEvent", "start")
    process.node("intermediateCatchEvent", "event", when("=x > 5"))
    process.node("userTask", "after")
    process.chain("start", "event", "after")

    player = play(calling.xml(), other.xml()).start({"x": 6})
    assert player.waiting() == []
    assert player.set("called", x=6).waiting() == ["after"]


def test_a_condition_is_left_alone_once_its_scope_is_interrupted(play):
    def build(drawing, process):
        drawing.signal("s", "stop")
        process.node("startEvent", "start")
        process.node("userTask", "work")
        process.chain("start", "work")
        for name, definition in (("stopping", refers("signal", "s")), ("watching", when("=x > 5"))):
            _, inner = process.sub(name, triggeredByEvent="true")
            inner.node("startEvent", f"{name}_start", definition)
            inner.node("userTask", f"{name}_work")
            inner.chain(f"{name}_start", f"{name}_work")

    player = play(drawn(build)).start({"x": 1})
    player.signal("stop")
    assert player.set(x=9).waiting() == ["stopping_work"]


def test_in_a_walkthrough_a_condition_in_words_is_for_a_person_to_see():
    # Given a descriptive diagram; when its condition is an expression, it runs; when it is in words, a person is asked.
    for condition, waiting in (("stock is low", ["other", "event"]), ("=stock < 5", ["other"])):
        data = catching(condition).replace(b'isExecutable="true"', b'isExecutable="false"')
        assert sorted(Player(data).start().waiting()) == sorted(waiting)
