"""Compensation (BPMN 2.0, 10.7 and 13.5.5): what is undone, in which order, with which variables."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.drawing import Drawing, Scope, extension, job, mapping, refers
from tests.support.play import Player

ALL = "<compensateEventDefinition/>"
TWO_TIMES = (
    "<multiInstanceLoopCharacteristics{}><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
)


def drawn(build: Callable[[Scope], None]) -> bytes:
    drawing = Drawing()
    build(drawing.process())
    return drawing.xml()


def one(id: str) -> str:
    return f'<compensateEventDefinition activityRef="{id}"/>'


def done(player: Player, *ids: str) -> Player:
    for id in ids:
        assert player.waiting() == [id]
        player.complete(id)
    return player


def booked(scope: Scope, *ids: str) -> list[str]:
    """A user task of each name, with a handler «undo …»."""
    for id in ids:
        scope.node("userTask", id)
        scope.compensate(id, f"undo_{id}")
    return list(ids)


def in_line(throw: str, *ids: str, kind: str = "intermediateThrowEvent") -> bytes:
    """start → the tasks → throw [→ after → end]"""

    def build(process: Scope) -> None:
        process.node("startEvent", "start")
        tasks = booked(process, *ids)
        process.node(kind, "throw", throw)
        rest = []
        if kind != "endEvent":
            process.node("userTask", "after")
            process.node("endEvent", "end")
            rest = ["after", "end"]
        process.chain("start", *tasks, "throw", *rest)

    return drawn(build)


@pytest.fixture(params=[False, True], ids=["at once", "restarted"])
def play(request: pytest.FixtureRequest) -> Callable[..., Player]:
    def player(*files: bytes) -> Player:
        one = Player(*files)
        one.restart_each_step = request.param
        return one

    return player


def test_completed_activities_are_undone_one_after_the_other_latest_first(play):
    player = play(in_line(ALL, "a", "b", "c")).start()

    done(player, "a", "b", "c", "undo_c", "undo_b", "undo_a")

    assert player.waiting() == ["after"]
    assert done(player, "after").ended
    assert player.completed[-4:] == ["throw", "after", "end", "process"]


def test_an_end_event_waits_for_the_handlers_too(play):
    player = play(in_line(ALL, "a", "b", kind="endEvent")).start()

    assert done(player, "a", "b", "undo_b", "undo_a").ended


def test_only_the_activity_that_is_named_is_undone(play):
    player = play(in_line(one("a"), "a", "b")).start()

    assert done(player, "a", "b", "undo_a", "after").ended


def test_without_waiting_the_token_goes_on_and_the_order_stays(play):
    player = play(in_line('<compensateEventDefinition waitForCompletion="false"/>', "a", "b")).start()
    done(player, "a", "b")

    assert sorted(player.waiting()) == ["after", "undo_b"]
    player.complete("after")
    assert not player.ended
    assert done(player, "undo_b", "undo_a").ended


def test_nothing_to_undo_is_no_reason_to_wait(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("intermediateThrowEvent", "throw", ALL)
        process.node("userTask", "a")
        process.compensate("a", "undo_a")
        process.node("endEvent", "end")
        process.chain("start", "throw", "a", "end")

    assert done(play(drawn(build)).start(), "a").ended


def test_what_was_undone_is_not_undone_again(play):
    def build(process):
        process.node("startEvent", "start")
        tasks = booked(process, "a", "b")
        process.node("intermediateThrowEvent", "first", one("b"))
        process.node("intermediateThrowEvent", "second", one("b"))
        process.node("intermediateThrowEvent", "third", ALL)
        process.node("endEvent", "end", ALL)
        process.chain("start", *tasks, "first", "second", "third", "end")

    assert done(play(drawn(build)).start(), "a", "b", "undo_b", "undo_a").ended


def test_an_activity_that_was_completed_twice_is_undone_twice(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("exclusiveGateway", "join")
        booked(process, "a")
        process.node("exclusiveGateway", "split")
        process.node("endEvent", "end", ALL)
        process.chain("start", "join", "a", "split")
        process.flow("split", "join", "=again")
        process.flow("split", "end", default=True)

    player = done(play(drawn(build)).start({"again": True}), "a")
    player.complete("a", {"again": False})

    assert done(player, "undo_a", "undo_a").ended


def test_a_loop_that_undoes_in_each_round_undoes_once_in_each(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("exclusiveGateway", "join")
        booked(process, "a")
        process.node("intermediateThrowEvent", "throw", one("a"))
        process.node("exclusiveGateway", "split")
        process.node("endEvent", "end", ALL)
        process.chain("start", "join", "a", "throw", "split")
        process.flow("split", "join", "=again")
        process.flow("split", "end", default=True)

    player = done(play(drawn(build)).start({"again": True}), "a", "undo_a", "a")
    player.complete("undo_a", {"again": False})

    assert player.ended


def test_what_is_active_is_not_undone(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("parallelGateway", "split")
        booked(process, "a", "b")
        process.node("endEvent", "throw", ALL)
        process.node("endEvent", "end")
        process.chain("start", "split", "a", "throw")
        process.chain("split", "b", "end")

    player = play(drawn(build)).start().complete("a")

    assert player.waiting() == ["b", "undo_a"]
    assert player.complete("b").complete("undo_a").ended


def test_each_of_two_throws_waits_for_its_own(play):
    def build(process):
        process.node("startEvent", "start")
        booked(process, "a", "b")
        process.node("parallelGateway", "split")
        process.node("endEvent", "first", one("a"))
        process.node("endEvent", "second", one("b"))
        process.chain("start", "a", "b", "split", "first")
        process.flow("split", "second")

    player = done(play(drawn(build)).start(), "a", "b")
    player.complete("undo_b")

    assert "second" in player.completed
    assert "first" not in player.completed
    assert player.complete("undo_a").ended


def test_a_handler_sees_what_the_activity_had_and_everything_else_as_it_is_now(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("userTask", "a", extension(mapping({"mine": "=given"}, {"out": "=mine"})))
        process.compensate(
            "a", "undo", "scriptTask", extension('<zeebe:script expression="=[mine, given]" resultVariable="seen"/>')
        )
        process.node("userTask", "b")
        process.node("endEvent", "end", ALL)
        process.chain("start", "a", "b", "end")

    player = done(play(drawn(build)).start({"given": 1}), "a").complete("b", {"given": 2})

    assert player.ended
    assert player.variables()["seen"] == [1, 2]


def inside(scope: Scope, *ids: str) -> None:
    scope.node("startEvent", f"start_{ids[0]}")
    tasks = booked(scope, *ids)
    scope.node("endEvent", f"end_{ids[0]}")
    scope.chain(f"start_{ids[0]}", *tasks, f"end_{ids[0]}")


def with_sub_process(prepare: Callable[[Scope, str, Scope], None], inner: str = "", kind: str = "subProcess") -> bytes:
    def build(process: Scope) -> None:
        process.node("startEvent", "start")
        id, scope = process.sub("sub", inner, kind)
        prepare(process, id, scope)
        booked(process, "z")
        process.node("endEvent", "end", ALL)
        process.chain("start", id, "z", "end")

    return drawn(build)


@pytest.mark.parametrize("kind", ["subProcess", "transaction"])
def test_a_completed_sub_process_is_undone_by_its_inside(play, kind):
    player = play(with_sub_process(lambda process, id, scope: inside(scope, "a", "b"), kind=kind)).start()

    assert done(player, "a", "b", "z", "undo_z", "undo_b", "undo_a").ended


def test_a_handler_of_a_sub_process_stands_for_its_inside(play):
    def prepare(process, id, scope):
        inside(scope, "a", "b")
        process.compensate(id, "undo_sub")

    assert done(play(with_sub_process(prepare)).start(), "a", "b", "z", "undo_z", "undo_sub").ended


def test_sub_processes_in_each_other_are_undone_at_any_depth(play):
    def prepare(process, id, scope):
        scope.node("startEvent", "s1")
        booked(scope, "a")
        inner_id, inner = scope.sub("inner")
        inside(inner, "b", "c")
        scope.node("endEvent", "e1")
        scope.chain("s1", "a", inner_id, "e1")

    player = play(with_sub_process(prepare)).start()

    assert done(player, "a", "b", "c", "z", "undo_z", "undo_c", "undo_b", "undo_a").ended


def test_the_inside_of_a_sub_process_is_undone_with_the_variables_that_it_had(play):
    def prepare(process, id, scope):
        scope.node("startEvent", "s1")
        scope.node("userTask", "a")
        scope.compensate(
            "a",
            "undo_a",
            "scriptTask",
            extension('<zeebe:script expression="=[number, outer]" resultVariable="seen"/>'),
        )
        scope.node("endEvent", "e1")
        scope.chain("s1", "a", "e1")

    player = play(with_sub_process(prepare, extension(mapping({"number": "=given"})))).start({"given": 1, "outer": 1})
    player.complete("a", {"number": 7})
    player.complete("z", {"outer": 2, "number": 100})

    assert done(player, "undo_z").ended
    assert player.variables()["seen"] == [7, 2]


def test_an_active_sub_process_keeps_its_inside_until_it_compensates_itself(play):
    def build(process):
        process.node("startEvent", "start")
        id, scope = process.sub("sub")
        scope.node("startEvent", "s1")
        booked(scope, "a")
        scope.node("userTask", "b")
        scope.node("endEvent", "e1", ALL)
        scope.chain("s1", "a", "b", "e1")
        process.node("parallelGateway", "split")
        process.node("endEvent", "outer", ALL)
        process.node("endEvent", "end")
        process.chain("start", "split", id, "end")
        process.flow("split", "outer")

    player = play(drawn(build)).start()

    assert "outer" in player.completed
    assert done(player, "a", "b", "undo_a").ended


def test_a_handler_may_be_a_sub_process_or_multi_instance(play):
    def build(process):
        process.node("startEvent", "start")
        process.node("userTask", "a")
        process.compensate("a", "undo_a", inner=TWO_TIMES.format(' isSequential="true"'))
        process.node("userTask", "b")
        event = process.node("boundaryEvent", "b_event", ALL, attachedToRef="b")
        id, scope = process.sub("undo_b", isForCompensation="true")
        scope.node("userTask", "u1")
        scope.node("userTask", "u2")
        scope.chain("u1", "u2")
        process.associations.append((event, id))
        process.node("endEvent", "end", ALL)
        process.chain("start", "a", "b", "end")

    assert done(play(drawn(build)).start(), "a", "b", "u1", "u2", "undo_a", "undo_a").ended


@pytest.mark.parametrize("loop", [TWO_TIMES.format(""), TWO_TIMES.format(' isSequential="true"')])
def test_the_handler_of_a_multi_instance_activity_runs_once_for_all(play, loop):
    # 13.5.5: "triggered only once, too, and thus has to compensate the effects of all instances"
    def build(process):
        process.node("startEvent", "start")
        process.node("userTask", "a", loop)
        process.compensate("a", "undo_a")
        process.node("endEvent", "end", ALL)
        process.chain("start", "a", "end")

    player = play(drawn(build)).start().complete("a").complete("a")

    assert done(player, "undo_a").ended


def test_each_instance_of_a_multi_instance_sub_process_is_undone_with_its_own_variables(play):
    def prepare(process, id, scope):
        scope.node("startEvent", "s1")
        scope.node("userTask", "a")
        scope.compensate("a", "undo_a")
        scope.node("endEvent", "e1")
        scope.chain("s1", "a", "e1")

    player = play(with_sub_process(prepare, TWO_TIMES.format(' isSequential="true"'))).start()
    done(player, "a", "a", "z", "undo_z")

    counters = []
    for _ in range(2):
        (work,) = (player.work("undo_a"),)
        handler = player.state.elements[work.element_instance_key]
        counters.append(player.state.variables[handler.parent]["loopCounter"])
        done(player, "undo_a")
    assert counters == [2, 1]
    assert player.ended


def test_a_compensation_event_sub_process_undoes_its_scope_as_it_sees_fit(play):
    def prepare(process, id, scope):
        inside(scope, "a", "b")
        _, steps = scope.sub("handler", triggeredByEvent="true")
        steps.node("startEvent", "asked", ALL)
        steps.node("userTask", "before")
        steps.node("intermediateThrowEvent", "again", one("a"))
        steps.node("endEvent", "over")
        steps.chain("asked", "before", "again", "over")

    player = play(with_sub_process(prepare)).start()

    assert done(player, "a", "b", "z", "undo_z", "before", "undo_a").ended


def test_compensation_from_within_its_own_handler_does_not_go_round(play):
    def prepare(process, id, scope):
        inside(scope, "a", "b")
        _, steps = scope.sub("handler", triggeredByEvent="true")
        steps.node("startEvent", "asked", ALL)
        steps.node("endEvent", "all", ALL)
        steps.chain("asked", "all")

    player = play(with_sub_process(prepare)).start()

    assert done(player, "a", "b", "z", "undo_z", "undo_b", "undo_a").ended


def test_an_error_event_sub_process_undoes_what_its_scope_has_done(play):
    drawing = Drawing()
    drawing.error("E", "boom")
    process = drawing.process()
    process.node("startEvent", "start")
    booked(process, "a")
    process.node("endEvent", "fail", refers("error", "E"))
    process.chain("start", "a", "fail")
    _, handler = process.sub("handler", triggeredByEvent="true")
    handler.node("startEvent", "failed", refers("error", "E"))
    booked(handler, "x")
    handler.node("endEvent", "end", ALL)
    handler.chain("failed", "x", "end")

    assert done(play(drawing.xml()).start(), "a", "x", "undo_x", "undo_a").ended


def called_by(
    kind: str = "callActivity", called: Callable[[Scope], None] = lambda scope: inside(scope, "a", "b")
) -> bytes:
    drawing = Drawing()
    caller = drawing.process("caller")
    caller.node("startEvent", "start")
    caller.node("callActivity", "call", calledElement="called")
    booked(caller, "z")
    caller.node("endEvent", "end", ALL)
    caller.chain("start", "call", "z", "end")
    called(drawing.process("called"))
    return drawing.xml()


def test_a_called_process_is_undone_by_its_inside(play):
    player = play(called_by()).start()

    assert done(player, "a", "b", "z", "undo_z", "undo_b", "undo_a").ended
    assert player.completed.count("call") == 2


def test_a_called_process_may_undo_itself_by_an_event_sub_process(play):
    def called(scope):
        inside(scope, "a")
        _, handler = scope.sub("handler", triggeredByEvent="true")
        handler.node("startEvent", "asked", ALL)
        handler.node("userTask", "undo")
        handler.chain("asked", "undo")

    player = play(called_by(called=called)).start()

    assert done(player, "a", "z", "undo_z", "undo").ended


def test_an_error_in_a_handler_goes_to_who_threw_and_not_to_what_was_undone(play):
    drawing = Drawing()
    drawing.error("E", "boom")
    process = drawing.process()
    process.node("startEvent", "start")
    outer, scope = process.sub("outer")
    scope.node("startEvent", "s1")
    id, inner = scope.sub("inner")
    inner.node("startEvent", "s2")
    inner.node("userTask", "a")
    inner.compensate("a", "undo_a", "serviceTask", extension(job("undo")))
    inner.chain("s2", "a")
    scope.node("endEvent", "throw", ALL)
    scope.chain("s1", id, "throw")
    scope.node("boundaryEvent", "inner_error", refers("error", "E"), attachedToRef=id)
    scope.node("userTask", "wrong")
    scope.flow("inner_error", "wrong")
    process.node("boundaryEvent", "outer_error", refers("error", "E"), attachedToRef=outer)
    process.node("userTask", "right")
    process.flow("outer_error", "right")
    process.node("endEvent", "end")
    process.chain("start", outer, "end")

    player = done(play(drawing.xml()).start(), "a").throw("undo_a", "boom")

    assert player.waiting() == ["right"]


def test_a_handler_that_fails_over_its_border_lets_the_rest_go_on(play):
    drawing = Drawing()
    drawing.error("E", "boom")
    process = drawing.process()
    process.node("startEvent", "start")
    booked(process, "a", "b")
    process.node("boundaryEvent", "failed", refers("error", "E"), attachedToRef="undo_b")
    process.node("userTask", "call_someone")
    process.flow("failed", "call_someone")
    process.node("endEvent", "end", ALL)
    process.chain("start", "a", "b", "end")

    player = done(play(drawing.xml()).start(), "a", "b").throw("undo_b", "boom")

    assert sorted(player.waiting()) == ["call_someone", "undo_a"]
    assert player.complete("undo_a").complete("call_someone").ended


def test_a_join_does_not_wait_for_what_is_being_undone(play):
    def build(process):
        process.node("startEvent", "start")
        id, scope = process.sub("sub")
        inside(scope, "a")
        process.node("parallelGateway", "split")
        process.node("intermediateThrowEvent", "throw", '<compensateEventDefinition waitForCompletion="false"/>')
        process.node("userTask", "other")
        process.node("inclusiveGateway", "join")
        process.node("userTask", "after")
        process.chain("start", id, "split", "throw", "join", "after")
        process.chain("split", "other", "join")

    player = done(play(drawn(build)).start(), "a").complete("other")

    assert sorted(player.waiting()) == ["after", "undo_a"]
    assert player.complete("after").complete("undo_a").ended


def test_cancelling_the_instance_leaves_nothing_behind(play):
    player = done(play(in_line(ALL, "a", "b")).start(), "a", "b")

    assert player.cancel().ended
    assert player.waiting() == []


def test_activities_of_an_ad_hoc_sub_process_are_undone_from_outside_and_from_within(play):
    def prepare(process, id, scope):
        booked(scope, "a")
        booked(scope, "b")
        scope.node("intermediateThrowEvent", "within", one("b"))
        scope.flow("b", "within")

    active = extension('<zeebe:adHoc activeElementsCollection="=[&quot;a&quot;]"/>')
    player = play(with_sub_process(prepare, active, "adHocSubProcess")).start()

    assert done(player, "a", "z", "undo_z", "undo_a").ended
    active = extension('<zeebe:adHoc activeElementsCollection="=[&quot;b&quot;]"/>')
    player = play(with_sub_process(prepare, active, "adHocSubProcess")).start()
    assert done(player, "b", "undo_b", "z", "undo_z").ended


def test_what_an_event_sub_process_has_done_is_undone_with_its_scope(play):
    drawing = Drawing()
    drawing.signal("S", "more")

    def prepare(process, id, scope):
        inside(scope, "a")
        _, handler = scope.sub("handler", triggeredByEvent="true")
        handler.node("startEvent", "more", refers("signal", "S"), isInterrupting="false")
        booked(handler, "x")
        handler.chain("more", "x")

    process = drawing.process()
    process.node("startEvent", "start")
    id, scope = process.sub("sub")
    prepare(process, id, scope)
    process.node("endEvent", "end", ALL)
    process.chain("start", id, "end")

    player = done(play(drawing.xml()).start().signal("more").complete("x"), "a")

    assert done(player, "undo_a", "undo_x").ended


def test_a_multiple_event_goes_on_with_the_rest_when_the_handlers_are_done(play):
    drawing = Drawing()
    drawing.message("M", "undone")
    process = drawing.process()
    process.node("startEvent", "start")
    booked(process, "a")
    process.node("endEvent", "end", ALL + "<terminateEventDefinition/>" + refers("message", "M"))
    process.chain("start", "a", "end")

    player = done(play(drawing.xml()).start(), "a")

    assert [sent.name for sent in player.sent] == ["undone"]
    assert done(player, "undo_a").ended


def test_a_failing_handler_holds_the_rest_until_its_incident_is_resolved(play):
    def build(process):
        process.node("startEvent", "start")
        booked(process, "a")
        process.node("userTask", "b")
        process.compensate("b", "undo_b", inner=extension('<zeebe:assignmentDefinition assignee="=who"/>'))
        process.node("endEvent", "end", ALL)
        process.chain("start", "a", "b", "end")

    player = done(play(drawn(build)).start({"who": 5}), "a", "b")

    assert player.waiting() == []
    assert len(player.incidents()) == 1
    player.resolve({"who": "ben"})
    assert done(player, "undo_b", "undo_a").ended


def test_an_interrupted_compensation_leaves_the_rest_undone(play):
    drawing = Drawing()
    drawing.signal("S", "stop")
    process = drawing.process()
    process.node("startEvent", "start")
    id, scope = process.sub("sub")
    scope.node("startEvent", "s1")
    booked(scope, "a", "b")
    scope.node("endEvent", "throw", ALL)
    scope.chain("s1", "a", "b", "throw")
    process.node("boundaryEvent", "stopped", refers("signal", "S"), attachedToRef=id)
    process.node("userTask", "after")
    process.flow("start", id)
    process.flow("stopped", "after")

    player = done(play(drawing.xml()).start(), "a", "b").signal("stop")

    assert done(player, "after").ended


def test_a_walkthrough_undoes_too(play):
    drawing = in_line(ALL, "a").replace(b'isExecutable="true"', b'isExecutable="false"').replace(b"userTask", b"task")

    assert done(play(drawing).start(), "a", "undo_a", "after").ended


def test_the_history_tells_of_the_event_and_of_the_handler(play):
    player = done(play(in_line(ALL, "a")).start(), "a", "undo_a")

    assert player.completed == ["start", "a", "a_event", "undo_a", "throw"]


def test_each_process_that_a_multi_instance_call_has_called_is_undone_with_its_own_variables(play):
    drawing = Drawing()
    caller = drawing.process("caller")
    caller.node("startEvent", "start")
    caller.node("callActivity", "call", TWO_TIMES.format(' isSequential="true"'), calledElement="called")
    caller.node("endEvent", "end", ALL)
    caller.chain("start", "call", "end")
    called = drawing.process("called")
    inside(called, "a")
    player = done(play(drawing.xml()).start(), "a", "a")

    counters = []
    for _ in range(2):
        handler = player.state.elements[player.work("undo_a").element_instance_key]
        counters.append(player.state.variables[handler.process_key]["loopCounter"])
        done(player, "undo_a")
    assert counters == [2, 1]
    assert player.ended


def test_a_handler_of_a_call_activity_stands_for_what_it_called_and_may_call_itself(play):
    drawing = Drawing()
    caller = drawing.process("caller")
    caller.node("startEvent", "start")
    caller.node("callActivity", "call", calledElement="called")
    event = caller.node("boundaryEvent", "call_event", ALL, attachedToRef="call")
    caller.node("callActivity", "undo", calledElement="undoing", isForCompensation="true")
    caller.associations.append((event, "undo"))
    caller.node("endEvent", "end", ALL)
    caller.chain("start", "call", "end")
    inside(drawing.process("called"), "a")
    inside(drawing.process("undoing"), "u")

    assert done(play(drawing.xml()).start(), "a", "u").ended


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_each_instance_of_a_multi_instance_sub_process_undoes_itself_by_its_event_sub_process(play, sequential):
    def prepare(process, id, scope):
        scope.node("startEvent", "s1")
        scope.node("userTask", "a")
        scope.chain("s1", "a")
        _, steps = scope.sub("handler", triggeredByEvent="true")
        steps.node("startEvent", "asked", ALL)
        steps.node(
            "scriptTask",
            "undo",
            extension('<zeebe:script expression="=append(seen, loopCounter)" resultVariable="seen"/>'),
        )
        steps.chain("asked", "undo")

    player = play(with_sub_process(prepare, TWO_TIMES.format(f' isSequential="{sequential}"'))).start({"seen": []})
    player.complete("a").complete("a")

    assert done(player, "z", "undo_z").ended
    assert player.variables()["seen"] == [2, 1]


def test_a_called_process_that_undoes_its_own_leaves_nothing_to_its_caller(play):
    def called(scope):
        scope.node("startEvent", "s")
        booked(scope, "a")
        scope.node("endEvent", "e", ALL)
        scope.chain("s", "a", "e")

    player = play(called_by(called=called)).start()

    assert done(player, "a", "undo_a", "z", "undo_z").ended
    assert player.completed.count("call") == 1


def test_rounds_of_a_standard_loop_are_undone_last_round_first(play):
    loop = '<standardLoopCharacteristics loopMaximum="2"/>'

    def prepare(process, id, scope):
        inside(scope, "a", "b")

    player = play(with_sub_process(prepare, loop)).start()

    assert done(player, "a", "b", "a", "b", "z", "undo_z", "undo_b", "undo_a", "undo_b", "undo_a").ended


@pytest.mark.parametrize("again", [ALL, one("a")])
def test_what_an_error_in_a_handler_has_left_may_be_undone_by_who_catches_it(play, again):
    drawing = Drawing()
    drawing.error("E", "boom")
    process = drawing.process()
    process.node("startEvent", "start")
    booked(process, "a", "b", "c")
    process.node("endEvent", "throw", ALL)
    process.chain("start", "a", "b", "c", "throw")
    _, handler = process.sub("handler", triggeredByEvent="true")
    handler.node("startEvent", "failed", refers("error", "E"))
    handler.node("userTask", "look")
    handler.node("endEvent", "again", again)
    handler.chain("failed", "look", "again")

    player = done(play(drawing.xml()).start(), "a", "b", "c", "undo_c").throw("undo_b", "boom")

    assert done(player, "look", "undo_a").ended
