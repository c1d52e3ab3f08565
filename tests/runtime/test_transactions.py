"""Transactions (BPMN 2.0, 10.3.5): left by their end, by cancelling them, or by a hazard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.drawing import Drawing, Scope, extension, refers
from tests.support.play import Player

CANCEL = "<cancelEventDefinition/>"
LOOP = '<multiInstanceLoopCharacteristics isSequential="{}"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>'


@pytest.fixture(params=[False, True], ids=["at once", "restarted"])
def play(request: pytest.FixtureRequest) -> Callable[..., Player]:
    def player(*files: bytes) -> Player:
        one = Player(*files)
        one.restart_each_step = request.param
        return one

    return player


def done(player: Player, *ids: str) -> Player:
    for id in ids:
        assert player.waiting() == [id]
        player.complete(id)
    return player


def booked(scope: Scope, *ids: str) -> list[str]:
    for id in ids:
        scope.node("userTask", id)
        scope.compensate(id, f"undo_{id}")
    return list(ids)


def transaction(inside: Callable[[Drawing, Scope], None], inner: str = "") -> bytes:
    """start → transaction → succeeded; cancel border → cancelled; error border → failed"""
    drawing = Drawing()
    drawing.error("E", "boom")
    process = drawing.process()
    process.node("startEvent", "start")
    id, scope = process.sub("transaction", inner, "transaction")
    inside(drawing, scope)
    process.node("boundaryEvent", "on_cancel", CANCEL, attachedToRef=id)
    process.node("boundaryEvent", "on_error", refers("error", "E"), attachedToRef=id)
    for name in ("succeeded", "cancelled", "failed"):
        process.node("userTask", name)
    process.chain("start", id, "succeeded")
    process.flow("on_cancel", "cancelled")
    process.flow("on_error", "failed")
    return drawing.xml()


def ending(end: str, *ids: str) -> Callable[[Drawing, Scope], None]:
    def inside(drawing: Drawing, scope: Scope) -> None:
        scope.node("startEvent", "inner_start")
        tasks = booked(scope, *ids)
        scope.node("endEvent", "inner_end", end)
        scope.chain("inner_start", *tasks, "inner_end")

    return inside


def test_a_transaction_that_ends_goes_on_and_undoes_nothing(play):
    assert done(play(transaction(ending("", "a", "b"))).start(), "a", "b", "succeeded").ended


def test_cancelling_undoes_all_latest_first_and_leaves_by_the_cancel_event(play):
    player = play(transaction(ending(CANCEL, "a", "b"))).start()

    assert done(player, "a", "b", "undo_b", "undo_a", "cancelled").ended
    assert "succeeded" not in player.completed


def test_cancelling_with_nothing_to_undo_leaves_at_once(play):
    def inside(drawing, scope):
        scope.node("startEvent", "inner_start")
        scope.node("endEvent", "inner_end", CANCEL)
        scope.chain("inner_start", "inner_end")

    assert done(play(transaction(inside)).start(), "cancelled").ended


def test_a_hazard_undoes_nothing(play):
    player = play(transaction(ending(refers("error", "E"), "a"))).start()

    assert done(player, "a", "failed").ended


def test_what_is_active_in_a_cancelled_transaction_ends_before_anything_is_undone(play):
    def inside(drawing, scope):
        scope.node("startEvent", "inner_start")
        scope.node("parallelGateway", "split")
        booked(scope, "a", "b")
        scope.node("endEvent", "inner_end", CANCEL)
        scope.chain("inner_start", "split", "a", "inner_end")
        scope.flow("split", "b")

    player = play(transaction(inside)).start().complete("a")

    assert done(player, "undo_a", "cancelled").ended
    assert "b" not in player.completed


def test_completed_sub_processes_of_a_cancelled_transaction_are_undone_by_their_inside(play):
    def inside(drawing, scope):
        scope.node("startEvent", "inner_start")
        id, deeper = scope.sub("deeper")
        deeper.node("startEvent", "s")
        booked(deeper, "a", "b")
        deeper.chain("s", "a", "b")
        scope.node("endEvent", "inner_end", CANCEL)
        scope.chain("inner_start", id, "inner_end")

    assert done(play(transaction(inside)).start(), "a", "b", "undo_b", "undo_a", "cancelled").ended


def test_a_transaction_may_be_cancelled_from_a_sub_process_in_it(play):
    def inside(drawing, scope):
        scope.node("startEvent", "inner_start")
        booked(scope, "a")
        id, deeper = scope.sub("deeper")
        deeper.node("startEvent", "s")
        booked(deeper, "b")
        deeper.node("endEvent", "inner_end", CANCEL)
        deeper.chain("s", "b", "inner_end")
        scope.chain("inner_start", "a", id)

    assert done(play(transaction(inside)).start(), "a", "b", "undo_b", "undo_a", "cancelled").ended


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_cancelling_one_instance_of_a_multi_instance_transaction_undoes_all_of_them(play, sequential):
    def inside(drawing, scope):
        scope.node("startEvent", "inner_start")
        booked(scope, "a")
        scope.node("userTask", "b")
        scope.node("exclusiveGateway", "good")
        scope.node("endEvent", "inner_end")
        scope.node("endEvent", "stop", CANCEL)
        scope.chain("inner_start", "a", "b", "good", "inner_end")
        scope.defaults["good"] = scope.flows[-1][0]
        scope.flow("good", "stop", "=bad")

    player = play(transaction(inside, LOOP.format(sequential))).start({"bad": False})
    if sequential == "true":
        done(player, "a", "b", "a")
    else:
        player.complete("a").complete("a")
    player.complete("b", {"bad": True})

    assert done(player, "undo_a", "undo_a", "cancelled").ended


def test_nothing_else_may_interrupt_a_transaction_that_is_being_cancelled(play):
    def inside(drawing, scope):
        drawing.signal("S", "stop")
        ending(CANCEL, "a")(drawing, scope)
        _, handler = scope.sub("handler", triggeredByEvent="true")
        handler.node("startEvent", "stopped", refers("signal", "S"))
        handler.node("userTask", "never")
        handler.chain("stopped", "never")

    player = done(play(transaction(inside)).start(), "a")

    assert [type(item).__name__ for item in player.open.values()] == ["UserTaskOpened"]
    assert done(player, "undo_a", "cancelled").ended


def test_a_transaction_in_a_transaction_is_undone_with_the_outer_one(play):
    def inside(drawing, scope):
        scope.node("startEvent", "inner_start")
        id, deeper = scope.sub("deeper", kind="transaction")
        deeper.node("startEvent", "s")
        booked(deeper, "a")
        deeper.chain("s", "a")
        scope.node("endEvent", "inner_end", CANCEL)
        scope.chain("inner_start", id, "inner_end")

    assert done(play(transaction(inside)).start(), "a", "undo_a", "cancelled").ended


def test_a_cancel_event_may_be_one_of_several(play):
    def inside(drawing, scope):
        drawing.message("M", "cancelling")
        ending(CANCEL + refers("message", "M"), "a")(drawing, scope)

    player = play(transaction(inside)).start().complete("a")

    assert [sent.name for sent in player.sent] == ["cancelling"]
    assert done(player, "undo_a", "cancelled").ended


def test_a_listener_at_the_cancel_event_does_not_keep_it_from_cancelling(play):
    def inside(drawing, scope):
        listens = '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="told"/></zeebe:executionListeners>'
        ending(extension(listens) + CANCEL, "a")(drawing, scope)

    assert done(play(transaction(inside)).start(), "a", "undo_a", "inner_end", "cancelled").ended


def test_what_follows_an_error_in_a_handler_comes_before_the_transaction_is_left(play):
    def inside(drawing, scope):
        ending(CANCEL, "a")(drawing, scope)
        scope.node("boundaryEvent", "trouble", refers("error", "E"), attachedToRef="undo_a")
        scope.node("userTask", "call_someone")
        scope.flow("trouble", "call_someone")

    player = done(play(transaction(inside)).start(), "a").throw("undo_a", "boom")

    assert done(player, "call_someone", "cancelled").ended
