"""Signals: to all who wait, and to what they start."""

from tests.commands.drawings import start_by, wait_for
from tests.support.drawing import Drawing, refers
from tests.support.world import World


def waiting() -> Drawing:
    drawing = wait_for(refers("signal", "Signal_1"))
    drawing.signal("Signal_1", "alarm")
    return drawing


def test_a_signal_reaches_all_who_wait_and_starts_what_it_starts(stored: World) -> None:
    # Given two instances that wait for a signal, and a process that starts by it
    stored.deploy(waiting())
    starting = start_by(refers("signal", "Signal_1"), "started")
    starting.signal("Signal_1", "alarm")
    stored.deploy(starting)
    keys = [stored.start(), stored.start()]
    # When it is broadcast
    stored.engine.broadcast_signal("alarm", variables={"level": 2})
    # Then all go on with its variables, and one instance starts
    assert [stored.state(key) for key in keys] == ["COMPLETED", "COMPLETED"]
    assert [stored.variables(key) for key in keys] == [{"level": 2}, {"level": 2}]
    assert stored.one_job("work").variables == {"level": 2}


def test_a_signal_waits_for_nobody(world: World) -> None:
    # Given a signal that was broadcast; when an instance begins to wait for it; then it does not get it.
    world.deploy(waiting())
    world.engine.broadcast_signal("alarm")
    assert world.state(world.start()) == "ACTIVE"


def test_a_thrown_signal_is_delivered_after_the_commit(stored: World) -> None:
    # Given an instance that waits and a process that throws the signal; when the latter runs; then the former goes on.
    stored.deploy(waiting())
    key = stored.start()
    throwing = Drawing()
    throwing.signal("Signal_1", "alarm")
    process = throwing.process("thrower")
    process.chain(process.node("startEvent"), process.node("endEvent", "end", refers("signal", "Signal_1")))
    stored.deploy(throwing)
    stored.start("thrower")
    assert stored.state(key) == "COMPLETED"
