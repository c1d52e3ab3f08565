"""What waits for conditions, for several things, and for signals of its own instance is found again after a restart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from laneway.cases.session import Session
from tests.durability.test_restart import Restarting, told
from tests.support.drawing import Drawing, cycle, refers, when


def process() -> bytes:
    """Two people beside each other, watched by events of every kind that waits within the instance."""
    drawing = Drawing()
    for name in ("one", "two", "done"):
        drawing.signal(name, name)
    process = drawing.process("watched")
    process.node("startEvent", "start")
    process.node("parallelGateway", "split")
    process.chain("start", "split")
    both = refers("signal", "one") + refers("signal", "two")
    process.node("intermediateCatchEvent", "both", both, parallelMultiple="true")
    process.node("intermediateCatchEvent", "either", both)
    process.node("intermediateCatchEvent", "counted", cycle("R2/PT1H"))
    process.node("userTask", "first")
    process.node("userTask", "second")
    process.node("intermediateThrowEvent", "throw", refers("signal", "one") + refers("signal", "done"))
    process.node("boundaryEvent", "watch", when("=x > 5"), attachedToRef="second", cancelActivity="false")
    process.node("userTask", "seen")
    process.flow("watch", "seen")
    for name in ("both", "either", "counted", "second"):
        process.flow("split", name)
        process.node("userTask", f"after_{name}")
        process.flow(name, f"after_{name}")
    process.chain("split", "first", "throw")
    _, inner = process.sub("handling", triggeredByEvent="true")
    inner.node("startEvent", "event", when("=y") + refers("signal", "done"), isInterrupting="false")
    inner.node("userTask", "handled")
    inner.chain("event", "handled")
    return drawing.xml()


def run(session: Session) -> list[tuple[object, ...]]:
    session.root_key = session.engine.start_instance(process_id="watched", variables={"x": 1, "y": False}).key
    session.settle()
    session.complete("first", None, {"x": 7})
    session.engine.set_variables(session.root_key, {"y": True})
    session.settle()
    session.engine.set_variables(session.root_key, {"x": 8})
    session.settle()
    session.signal("two", {"by": "us"})
    session.wait(timedelta(hours=3))
    while session.open_tasks():
        session.complete(session.open_tasks()[0]["elementId"], None, {})
    assert session.state() == "COMPLETED"
    return told(session)


def test_events_go_on_after_a_restart_at_every_step(tmp_path: Path) -> None:
    # given an uninterrupted run
    files = [("watched.bpmn", process())]
    with Session(files) as whole:
        expected = run(whole)
    names = [name for _, name in expected]
    assert names.count("seen") >= 2
    assert names.count("handled") >= 2
    assert "after_both" in names
    # when
    with Restarting(files, database_url=f"sqlite:///{tmp_path / 'events.db'}") as restarted:
        # then
        assert run(restarted) == expected
