"""A walk reaches what can be reached and tells what cannot, and what is served is what was deployed."""

from laneway.bootstrap import build
from laneway.diagrams import load
from laneway.settings import Settings
from tests.conformance.walks import loaded, served_back
from tests.diagrams.inventory import own_diagrams
from tests.support.drawing import Drawing, duration, extension, refers
from tests.support.walk import missed

DIAGRAMS = [path for path in own_diagrams() if loaded(path.read_bytes(), path.name).deployable]


def test_a_walk_reaches_every_corner() -> None:
    """Borders, choices, an error, an escalation, a call, a loop, an event sub-process, a race."""
    drawing = Drawing()
    drawing.error("e", "BAD")
    drawing.message("m", "news", '="k"')
    process = drawing.process()
    start, split = process.node("startEvent"), process.node("exclusiveGateway")
    call = process.node("callActivity", None, extension('<zeebe:calledElement processId="elsewhere"/>'))
    process.chain(start, call, split)
    process.chain(process.node("boundaryEvent", None, refers("error", "e"), attachedToRef=call), process.node("task"))
    process.flow(split, process.node("userTask", "rich"), "=order.amount > 1000")
    process.flow(split, process.node("userTask", "late"), '=state = "late"')
    race = process.node("eventBasedGateway")
    process.flow(split, race, default=True)
    for definition in (duration("PT1H"), refers("message", "m")):
        process.chain(race, process.node("intermediateCatchEvent", None, definition), process.node("task"))
    _, handler = process.sub(triggeredByEvent="true")
    handler.chain(handler.node("startEvent", None, duration("PT9H"), isInterrupting="false"), handler.node("task"))

    found, nodes, _ = missed(load(drawing.xml(), "corners.bpmn"))

    assert found == {}
    assert nodes == 15


def test_what_is_served_is_the_upload() -> None:
    laneway = build(Settings(database_url="sqlite://"))

    assert DIAGRAMS
    assert all(served_back(laneway.engine, path.read_bytes(), path.name) for path in DIAGRAMS)
    laneway.close()


def test_a_walk_tells_what_it_cannot_reach() -> None:
    """A condition that never holds: only the walk can tell."""
    drawing = Drawing()
    process = drawing.process()
    split = process.node("exclusiveGateway")
    process.flow(process.node("startEvent"), split)
    process.flow(split, process.node("userTask", "never"), "=1 > 2")
    process.flow(split, process.node("userTask", "always"), default=True)

    found, _, _ = missed(load(drawing.xml(), "never.bpmn"))

    assert found == {"process": ["never"]}
