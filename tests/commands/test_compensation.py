"""Compensation and transactions through the whole engine: what is stored between the steps is enough to go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.drawing import Drawing, extension, mapping
from tests.support.world import World

ALL = "<compensateEventDefinition/>"


@pytest.fixture
def world() -> Iterator[World]:
    one = World()
    yield one
    one.close()


def trip(*, called: bool = False) -> Drawing:
    """Two bookings within a scope with a variable of its own (``number``), one after it, then everything is undone."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    if called:
        inner = drawing.process("called")
        process.node("callActivity", "scope", calledElement="called")
    else:
        _, inner = process.sub("scope", extension(mapping({"number": "=0"})))
    inner.node("startEvent", "begin")
    for id in ("hotel", "flight"):
        inner.node("userTask", id)
        inner.compensate(id, f"cancel_{id}")
    inner.node("endEvent", "over")
    inner.chain("begin", "hotel", "flight", "over")
    process.node("userTask", "pay")
    process.compensate("pay", "refund")
    process.node("endEvent", "end", ALL)
    process.chain("start", "scope", "pay", "end")
    return drawing


def open_tasks(world: World) -> list[str]:
    return [row["elementId"] for row in world.rows("user-tasks", state="CREATED")]


def complete(world: World, id: str, **variables: object) -> None:
    (task,) = world.rows("user-tasks", state="CREATED", elementId=id)
    world.engine.complete_user_task(int(task["userTaskKey"]), variables)
    world.settle()


@pytest.mark.parametrize("called", [False, True], ids=["embedded", "called"])
def test_what_was_done_is_undone_with_the_variables_that_it_had(world: World, called: bool):
    world.deploy(trip(called=called))
    key = world.start()
    complete(world, "hotel", number=1)
    complete(world, "flight", number=2)
    complete(world, "pay")

    for id in ("refund", "cancel_flight", "cancel_hotel"):
        assert open_tasks(world) == [id]
        (task,) = world.rows("user-tasks", state="CREATED")
        if id != "refund":
            assert world.engine.user_task_variables(int(task["userTaskKey"]))["number"] == 2
        complete(world, id)
    assert world.state(key) == "COMPLETED"
    assert world.rows("incidents") == []


def test_no_reader_is_shown_what_is_remembered(world: World):
    world.deploy(trip())
    key = world.start()
    complete(world, "hotel")
    complete(world, "flight")

    names = [row["name"] for row in world.rows("variables", processInstanceKey=key)]
    assert names == ["number"]


def test_an_engine_that_is_opened_anew_before_every_step_ends_the_same(tmp_path):
    url = f"sqlite:///{tmp_path / 'compensation.db'}"
    world = World(url)
    world.deploy(trip())
    key = world.start()
    for id in ("hotel", "flight", "pay", "refund", "cancel_flight", "cancel_hotel"):
        world.close()
        world = World(url)
        complete(world, id)
    assert world.state(key) == "COMPLETED"
    world.close()


def test_a_cancelled_transaction_is_left_by_its_cancel_event(world: World):
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    id, scope = process.sub("transaction", kind="transaction")
    scope.node("startEvent", "begin")
    scope.node("userTask", "hotel")
    scope.compensate("hotel", "cancel_hotel")
    scope.node("endEvent", "stop", "<cancelEventDefinition/>")
    scope.chain("begin", "hotel", "stop")
    process.flow("start", id)
    process.node("boundaryEvent", "cancelled", "<cancelEventDefinition/>", attachedToRef=id)
    process.node("userTask", "tell")
    process.flow("cancelled", "tell")
    world.deploy(drawing)
    key = world.start()

    for task in ("hotel", "cancel_hotel", "tell"):
        assert open_tasks(world) == [task]
        complete(world, task)

    assert world.state(key) == "COMPLETED"
    (row,) = world.rows("element-instances", processInstanceKey=key, elementId="transaction")
    assert row["state"] == "TERMINATED"
