"""Beside SpiffWorkflow's own runtime (3.2.0): events, loops and data where it is right; both must agree after every step."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from laneway.domain.transition import MessageSubscriptionOpened, SignalSubscriptionOpened, TimerOpened
from tests.runtime.test_differential import Spiff
from tests.support.drawing import Drawing, Scope, refers
from tests.support.play import Player

Build = Callable[[Drawing, Scope], None]
SOON = '<timerEventDefinition><timeDuration>"PT0.1S"</timeDuration></timerEventDefinition>'
LATER = '<timerEventDefinition><timeDuration>"PT9H"</timeDuration></timerEventDefinition>'
DEFINITIONS = {
    "message": refers("message", "m"),
    "signal": refers("signal", "s"),
    "timer": LATER,
    "error": refers("error", "e"),
    "escalation": refers("escalation", "x"),
    "any error": refers("error"),
    "any escalation": refers("escalation"),
    "cancel": "<cancelEventDefinition/>",
    "terminate": "<terminateEventDefinition/>",
    "none": "",
}
DATA = {"xs": [1, 2, 3], "nothing": [], "by": {"k": 1, "l": 2}, "n": 2, "more": False}


def drawn(build: Build) -> bytes:
    drawing = Drawing()
    drawing.message("m", "news")
    drawing.signal("s", "alarm")
    drawing.error("e", "BAD")
    drawing.escalation("x", "UP")
    build(drawing, drawing.process())
    return drawing.xml()


def line(*nodes: tuple[str, str] | tuple[str, str, str]) -> Build:
    """Nodes one after another, between a start and an end."""

    def build(drawing: Drawing, process: Scope) -> None:
        ids = [process.node(kind, id, *inner) for kind, id, *inner in nodes]
        process.chain(process.node("startEvent", "begin"), *ids, process.node("userTask", "after"))
        process.flow("after", process.node("endEvent", "finish"))

    return build


def received(drawing: Drawing, process: Scope) -> None:
    process.chain(process.node("startEvent", "begin"), process.node("receiveTask", "r", messageRef="m"))
    process.chain("r", process.node("userTask", "after"), process.node("endEvent", "finish"))


def looped(inner: str) -> Build:
    return line(("userTask", "a", inner))


def several(inner: str, sequential: str = "false") -> Build:
    return looped(
        f'<multiInstanceLoopCharacteristics isSequential="{sequential}">{inner}</multiInstanceLoopCharacteristics>'
    )


def over(name: str, sequential: str = "false", more: str = "") -> Build:
    return several(f'<loopDataInputRef>{name}</loopDataInputRef><inputDataItem id="i" name="item"/>{more}', sequential)


def border(event: str, end: str = "none", interrupting: str = "true", kind: str = "sub") -> Build:
    """A sub-process with two tasks that ends as ``end`` says, and ``event`` on its border."""

    def build(drawing: Drawing, process: Scope) -> None:
        process.node("startEvent", "begin")
        _, inner = process.sub("sub")
        inner.chain(
            inner.node("startEvent", "s1"), inner.node("userTask", "a"), inner.node("endEvent", "e1", DEFINITIONS[end])
        )
        process.node("boundaryEvent", "caught", DEFINITIONS[event], attachedToRef="sub", cancelActivity=interrupting)
        process.chain("begin", "sub", process.node("userTask", "after"), process.node("endEvent", "finish"))
        process.chain("caught", process.node("userTask", "handler"), process.node("endEvent", "handled"))

    return build


def race(*events: str) -> Build:
    def build(drawing: Drawing, process: Scope) -> None:
        process.chain(process.node("startEvent", "begin"), process.node("eventBasedGateway", "gateway"))
        for index, event in enumerate(events):
            if event == "receive":
                catch = process.node("receiveTask", f"c{index}", messageRef="m")
            else:
                catch = process.node("intermediateCatchEvent", f"c{index}", DEFINITIONS[event])
            process.chain("gateway", catch, process.node("userTask", "abc"[index]))
            process.flow("abc"[index], process.node("endEvent", f"end{index}"))

    return build


def ending(event: str) -> Build:
    """Two tasks side by side, one of which ends as ``event`` says."""

    def build(drawing: Drawing, process: Scope) -> None:
        process.chain(process.node("startEvent", "begin"), process.node("parallelGateway", "split"))
        process.chain("split", process.node("userTask", "a"), process.node("endEvent", "e1", DEFINITIONS[event]))
        process.chain("split", process.node("userTask", "b"), process.node("endEvent", "e2"))

    return build


def inclusive_in_a_loop(drawing: Drawing, process: Scope) -> None:
    process.chain(process.node("startEvent", "begin"), process.node("exclusiveGateway", "merge"))
    process.chain("merge", process.node("inclusiveGateway", "split"))
    for name, condition in (("a", "n > 0"), ("b", "n > 1"), ("c", "n > 5")):
        process.flow("split", process.node("userTask", name), condition)
    process.node("inclusiveGateway", "join")
    for name in "abc":
        process.flow(name, "join")
    process.chain("join", process.node("exclusiveGateway", "again"))
    process.flow("again", "merge", "more")
    process.flow("again", process.node("userTask", "after"), default=True)
    process.flow("after", process.node("endEvent", "finish"))


def sub_process_in_a_loop(drawing: Drawing, process: Scope) -> None:
    process.node("startEvent", "begin")
    _, inner = process.sub("sub", '<standardLoopCharacteristics loopMaximum="2" testBefore="false"/>')
    inner.chain(inner.node("startEvent", "s1"), inner.node("userTask", "a"), inner.node("endEvent", "e1"))
    process.chain("begin", "sub", process.node("userTask", "after"), process.node("endEvent", "finish"))


def calls_itself(drawing: Drawing, process: Scope) -> None:
    process.chain(
        process.node("startEvent", "begin"), process.node("userTask", "a"), process.node("exclusiveGateway", "deeper")
    )
    process.flow("deeper", process.node("callActivity", "call", calledElement="process"), "more")
    process.flow("deeper", process.node("userTask", "b"), default=True)
    process.flow("call", process.node("endEvent", "e1"))
    process.flow("b", process.node("endEvent", "e2"))


BOTH_RIGHT: dict[str, tuple[Build, list[str]]] = {
    "a message is waited for": (line(("intermediateCatchEvent", "c", DEFINITIONS["message"])), ["!message", "after"]),
    "a signal is waited for": (line(("intermediateCatchEvent", "c", DEFINITIONS["signal"])), ["!signal", "after"]),
    "a timer is waited for": (line(("intermediateCatchEvent", "c", SOON)), ["!timer", "after"]),
    "a receive task": (received, ["!message", "after"]),
    "a message is thrown": (line(("intermediateThrowEvent", "t", DEFINITIONS["message"])), ["after"]),
    "a signal is thrown": (line(("intermediateThrowEvent", "t", DEFINITIONS["signal"])), ["after"]),
    "an escalation that nobody catches": (
        line(("intermediateThrowEvent", "t", DEFINITIONS["escalation"])),
        ["after"],
    ),
    "a message on the border": (border("message"), ["!message", "handler"]),
    "a message on the border that does not come": (border("message"), ["a", "after"]),
    "a message beside": (border("message", interrupting="false"), ["!message", "a", "handler", "after"]),
    "a signal on the border": (border("signal"), ["!signal", "handler"]),
    "a signal beside": (border("signal", interrupting="false"), ["!signal", "handler", "a", "after"]),
    "a timer on the border": (border("timer"), ["a", "after"]),
    "an error by its code": (border("error", "error"), ["a", "handler"]),
    "any error": (border("any error", "error"), ["a", "handler"]),
    "an escalation by its code": (border("escalation", "escalation"), ["a", "handler"]),
    "any escalation": (border("any escalation", "escalation"), ["a", "handler"]),
    "an escalation beside": (border("escalation", "escalation", "false"), ["a", "handler", "after"]),
    "whichever comes first: the message": (race("message", "signal"), ["!message", "a"]),
    "whichever comes first: the signal": (race("message", "signal"), ["!signal", "b"]),
    "whichever comes first, a timer beside": (race("timer", "message"), ["!message", "b"]),
    "terminate": (ending("terminate"), ["a"]),
    "an end with a message": (ending("message"), ["a", "b"]),
    "an end with an escalation": (ending("escalation"), ["b", "a"]),
    "an inclusive gateway in a loop": (inclusive_in_a_loop, ["a", "b", "after"]),
    "a sub-process in a loop": (sub_process_in_a_loop, ["a", "a", "after"]),
    "a process that calls itself": (calls_itself, ["a", "b"]),
    "a loop that tests before": (
        looped('<standardLoopCharacteristics loopMaximum="2" testBefore="true"/>'),
        ["a", "a", "after"],
    ),
    "by cardinality": (several("<loopCardinality>n</loopCardinality>"), ["a", "a", "after"]),
    "one after another by cardinality": (several("<loopCardinality>n</loopCardinality>", "true"), ["a", "a", "after"]),
    "over a list": (over("xs"), ["a", "a", "a", "after"]),
    "over nothing": (over("nothing"), ["after"]),
    "over a dictionary": (over("by"), ["a", "a", "after"]),
    "until enough are complete": (
        several("<loopCardinality>3</loopCardinality><completionCondition>n = 2</completionCondition>", "true"),
        ["a", "after"],
    ),
}


def theirs(data: bytes) -> Spiff:
    """In its own language where the two differ."""
    return Spiff(data.replace(b"n = 2<", b"n == 2<"), dict(DATA))


def happens(spiff: Spiff, kind: str) -> None:
    """A message, signal or timer comes."""
    if kind == "timer":
        time.sleep(0.12)
        spiff.workflow.refresh_timers()
    else:
        waiting = spiff.workflow.get_tasks(state=TaskState.WAITING)
        wanted = {"message": "MessageEventDefinition", "signal": "SignalEventDefinition"}[kind]
        found = [
            definition
            for task in waiting
            for event in [getattr(task.task_spec, "event_definition", None)]
            for definition in [event, *getattr(event, "event_definitions", [])]
            if type(definition).__name__ == wanted
        ]
        spiff.workflow.catch(BpmnEvent(found[0], payload={}))
    spiff.workflow.do_engine_steps()


def comes(player: Player, kind: str) -> None:
    opened = {"message": MessageSubscriptionOpened, "signal": SignalSubscriptionOpened, "timer": TimerOpened}[kind]
    item = next(item for item in player.open.values() if isinstance(item, opened))
    if kind == "timer":
        player.wait(seconds=1)
    elif kind == "message":
        player.message(item.name, item.correlation_key)
    else:
        player.signal(item.name)


@pytest.mark.parametrize("case", BOTH_RIGHT)
def test_both_do_the_same_at_every_step(case: str) -> None:
    build, steps = BOTH_RIGHT[case]
    data = drawn(build)
    spiff = theirs(data)
    ours = Player(data.replace(b'"PT0.1S"', b"PT0.1S").replace(b'"PT9H"', b"PT9H")).start(dict(DATA))
    for step in steps:
        assert Counter(spiff.waiting()) == Counter(ours.waiting()), step
        if step.startswith("!"):
            happens(spiff, step[1:])
            comes(ours, step[1:])
        else:
            ours.complete(step)
            spiff.complete(step)
    assert (ours.ended, spiff.ended) == (True, True)
    names = {name for name in ours.completed if name in ("a", "b", "c", "after", "handler")}
    counted: dict[str, Any] = Counter(ours.completed)
    assert {name: spiff.completed()[name] for name in names} == {name: counted[name] for name in names}
