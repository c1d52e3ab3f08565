"""Terminate events that end more than their scope (Flowable, ``terminateAll`` and ``terminateMultiInstance``)."""

from __future__ import annotations

import pytest

from tests.support.drawing import Drawing, Scope
from tests.support.play import Player


def terminate(scope: Scope, what: str = "") -> str:
    said = f'xmlns:f="http://flowable.org/bpmn" f:{what}="true"' if what else ""
    return scope.node("endEvent", "stop", f"<terminateEventDefinition {said}/>")


def two_tasks(scope: Scope, what: str) -> None:
    """``a`` leads to the terminate event, ``b`` to an end beside it."""
    scope.chain(scope.node("startEvent"), scope.node("parallelGateway", "both"))
    scope.chain("both", scope.node("userTask", "a"), terminate(scope, what))
    scope.chain("both", scope.node("userTask", "b"), scope.node("endEvent"))


def play(*files: bytes) -> Player:
    """Restarted from its rows before every step."""
    player = Player(*files)
    player.restart_each_step = True
    return player


def looped(what: str, sequential: str, *, nested: bool = False) -> bytes:
    """Three rounds of ``loop``, then ``after``; with ``nested`` the tasks stand one scope further in."""
    drawing = Drawing()
    process = drawing.process()
    loop = f'<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>3</loopCardinality>'
    id, scope = process.sub("loop", loop + "</multiInstanceLoopCharacteristics>")
    process.chain(process.node("startEvent"), id, process.node("userTask", "after"), process.node("endEvent"))
    if nested:
        inner, within = scope.sub("inner")
        scope.chain(scope.node("startEvent"), inner, scope.node("userTask", "then"))
        two_tasks(within, what)
    else:
        two_tasks(scope, what)
    return drawing.xml()


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("sequential", ["true", "false"])
def test_the_whole_loop_ends_with_one_round(sequential: str, nested: bool) -> None:
    player = play(looped("terminateMultiInstance", sequential, nested=nested)).start()

    player.complete("a")

    assert player.waiting() == ["after"]
    assert player.complete("after").ended


def test_without_a_word_of_it_the_next_round_begins() -> None:
    player = play(looped("", "true")).start()

    assert player.complete("a").waiting() == ["a", "b"]


def test_without_a_loop_around_it_only_its_scope_ends() -> None:
    drawing = Drawing()
    process = drawing.process()
    id, scope = process.sub("inside")
    process.chain(process.node("startEvent"), id, process.node("userTask", "after"))
    two_tasks(scope, "terminateMultiInstance")

    assert play(drawing.xml()).start().complete("a").waiting() == ["after"]


def test_everything_ends_from_within_a_sub_process() -> None:
    drawing = Drawing()
    process = drawing.process()
    id, scope = process.sub("inside")
    process.chain(process.node("startEvent"), process.node("parallelGateway", "fork"), id, process.node("userTask"))
    process.chain("fork", process.node("userTask", "beside"))
    two_tasks(scope, "terminateAll")
    player = play(drawing.xml()).start()

    player.complete("a")

    assert player.ended
    assert player.completed[-2:] == ["stop", "process"]


def test_everything_ends_with_the_process_that_called() -> None:
    calling, called = Drawing(), Drawing()
    process = calling.process()
    target = '<extensionElements><zeebe:calledElement processId="called"/></extensionElements>'
    process.chain(process.node("startEvent"), process.node("callActivity", "call", target), process.node("userTask"))
    two_tasks(called.process("called"), "terminateAll")
    player = play(calling.xml(), called.xml()).start()
    assert player.waiting() == ["a", "b"]

    assert player.complete("a").ended
