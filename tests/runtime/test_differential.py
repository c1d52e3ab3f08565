"""Beside SpiffWorkflow's own runtime (3.2.0): where it is right both must agree, where it is silently wrong both are shown.

The same XML goes to both; work is completed in the same order; what is compared is how often each flow node completed.
"""

from __future__ import annotations

import io
import re
import time
from collections import Counter
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from tests.support.drawing import Drawing, Scope, cycle, refers
from tests.support.play import Player


class Spiff:
    """Its own runtime, driven as its users do."""

    def __init__(self, data: bytes, variables: dict[str, Any]) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(io.BytesIO(data)))
        spec = parser.get_spec("process")
        self.workflow = BpmnWorkflow(spec, parser.get_subprocess_specs("process"))
        self.workflow.task_tree.data.update(variables)
        self.workflow.do_engine_steps()

    def waiting(self) -> list[str]:
        return [task.task_spec.bpmn_id for task in self._ready()]

    def complete(self, name: str, variables: dict[str, Any] | None = None) -> Spiff:
        task = next(task for task in self._ready() if task.task_spec.bpmn_id == name)
        task.data.update(variables or {})
        task.run()
        self.workflow.do_engine_steps()
        return self

    def completed(self) -> Counter[str]:
        """Flow nodes only: it has tasks of its own beside them."""
        tasks = self.workflow.get_tasks(state=TaskState.COMPLETED)
        return Counter(task.task_spec.bpmn_id for task in tasks if task.task_spec.bpmn_id)

    @property
    def ended(self) -> bool:
        return bool(self.workflow.is_completed())

    def _ready(self) -> list[Any]:
        return list(self.workflow.get_tasks(state=TaskState.READY, manual=True))


def drawn(build: Any) -> bytes:
    drawing = Drawing()
    build(drawing, drawing.process())
    return drawing.xml()


def sequence(drawing: Drawing, process: Scope) -> None:
    process.chain(
        process.node("startEvent", "begin"),
        process.node("userTask", "a"),
        process.node("userTask", "b"),
        process.node("endEvent", "finish"),
    )


def gateway(split: str, join: str, *conditions: str | None, default: int | None = None) -> Any:
    def build(drawing: Drawing, process: Scope) -> None:
        process.node("startEvent", "begin")
        process.node(split, "split")
        process.node(join, "join")
        process.node("userTask", "after")
        process.flow("begin", "split")
        for index, condition in enumerate(conditions):
            name = process.node("userTask", "abcdef"[index])
            process.flow("split", name, condition, default=index == default)
            process.flow(name, "join")
        process.chain("join", "after", process.node("endEvent", "finish"))

    return build


def sub_process(drawing: Drawing, process: Scope) -> None:
    process.node("startEvent", "begin")
    _, inner = process.sub("outer")
    inner.node("startEvent", "outer_begin")
    _, innermost = inner.sub("inner")
    innermost.chain(
        innermost.node("startEvent", "inner_begin"),
        innermost.node("userTask", "a"),
        innermost.node("endEvent", "inner_end"),
    )
    inner.chain("outer_begin", "inner", inner.node("userTask", "b"), inner.node("endEvent", "outer_end"))
    process.chain("begin", "outer", process.node("userTask", "c"), process.node("endEvent", "finish"))


def circle(drawing: Drawing, process: Scope) -> None:
    process.node("startEvent", "begin")
    process.chain(
        "begin",
        process.node("exclusiveGateway", "merge"),
        process.node("userTask", "a"),
        process.node("exclusiveGateway", "again"),
    )
    process.flow("again", "merge", "more")
    process.flow("again", process.node("endEvent", "finish"), default=True)


def caught_error(drawing: Drawing, process: Scope) -> None:
    drawing.error("e", "BAD")
    process.node("startEvent", "begin")
    _, inner = process.sub("sub")
    inner.chain(
        inner.node("startEvent", "s"), inner.node("userTask", "a"), inner.node("endEvent", "boom", refers("error", "e"))
    )
    process.node("boundaryEvent", "failed", refers("error", "e"), attachedToRef="sub")
    process.node("userTask", "handler")
    process.chain("begin", "sub", process.node("userTask", "after"), process.node("endEvent", "finish"))
    process.chain("failed", "handler", process.node("endEvent", "handled"))


def called(drawing: Drawing, process: Scope) -> None:
    process.node("startEvent", "begin")
    process.node("callActivity", "call", calledElement="callee")
    process.chain("begin", "call", process.node("userTask", "after"), process.node("endEvent", "finish"))
    callee = drawing.process("callee")
    callee.chain(callee.node("startEvent", "cs"), callee.node("userTask", "inside"), callee.node("endEvent", "ce"))


def several(sequential: bool) -> Any:
    def build(drawing: Drawing, process: Scope) -> None:
        process.node("startEvent", "begin")
        loop = f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><loopCardinality>3</loopCardinality>'
        process.node("userTask", "a", f"{loop}</multiInstanceLoopCharacteristics>")
        process.chain("begin", "a", process.node("userTask", "after"), process.node("endEvent", "finish"))

    return build


def repeated(drawing: Drawing, process: Scope) -> None:
    process.node("startEvent", "begin")
    process.node("userTask", "a", '<standardLoopCharacteristics loopMaximum="3" testBefore="false"/>')
    process.chain("begin", "a", process.node("userTask", "after"), process.node("endEvent", "finish"))


BOTH_RIGHT: dict[str, tuple[Any, dict[str, Any]]] = {
    "sequence": (sequence, {}),
    "exclusive": (gateway("exclusiveGateway", "exclusiveGateway", "x > 1", "x > 0", None, default=2), {"x": 1}),
    "exclusive by default": (gateway("exclusiveGateway", "exclusiveGateway", "x > 1", None, default=1), {"x": 0}),
    "parallel": (gateway("parallelGateway", "parallelGateway", None, None, None), {}),
    "parallel into exclusive": (gateway("parallelGateway", "exclusiveGateway", None, None), {}),
    "inclusive, one": (gateway("inclusiveGateway", "inclusiveGateway", "x > 0", "x > 1", "x > 2"), {"x": 1}),
    "inclusive, all": (gateway("inclusiveGateway", "inclusiveGateway", "x > 0", "x > 1", "x > 2"), {"x": 3}),
    "inclusive by default": (gateway("inclusiveGateway", "inclusiveGateway", "x > 1", None, default=1), {"x": 0}),
    "parallel into inclusive": (gateway("parallelGateway", "inclusiveGateway", None, None), {}),
    "sub-processes in one another": (sub_process, {}),
    "a circle": (circle, {"more": False}),
    "an error caught on the border": (caught_error, {}),
    "a called process": (called, {}),
    "several in parallel": (several(sequential=False), {}),
    "several one after another": (several(sequential=True), {}),
    "a loop up to its maximum": (repeated, {}),
}
COMPARED = ("a", "b", "c", "d", "after", "handler", "inside")
"""The user tasks of these diagrams: both sides must complete them equally often."""


@pytest.mark.parametrize("case", BOTH_RIGHT)
@pytest.mark.parametrize("from_the_end", [False, True])
def test_both_complete_the_same(case, from_the_end):
    # given the same diagram in both
    build, variables = BOTH_RIGHT[case]
    data = drawn(build)
    ours, theirs = Player(data).start(variables), Spiff(data, dict(variables))
    # when everything that waits is completed, in the same order
    for _ in range(20):
        waiting = ours.waiting()
        assert Counter(theirs.waiting()) == Counter(waiting)
        if not waiting:
            break
        name = waiting[-1 if from_the_end else 0]
        ours.complete(name)
        theirs.complete(name)
    # then
    assert ours.ended
    assert theirs.ended
    found = Counter(ours.completed)
    assert {name: theirs.completed()[name] for name in COMPARED} == {name: found[name] for name in COMPARED}


def test_data_at_a_join():
    """SpiffWorkflow: what one branch set is lost, since the other's old copy arrives later."""
    data = drawn(gateway("parallelGateway", "parallelGateway", None, None))
    theirs = Spiff(data, {"seen": "start"}).complete("a", {"seen": "a"}).complete("b")
    [task] = theirs.workflow.get_tasks(state=TaskState.READY, manual=True)
    assert task.data["seen"] == "start"
    ours = Player(data).start({"seen": "start"}).complete("a", {"seen": "a"}).complete("b")
    assert ours.variables()["seen"] == "a"


def test_the_inside_of_values():
    """SpiffWorkflow: branches share the inner lists of what they were given."""
    data = drawn(gateway("parallelGateway", "parallelGateway", None, None))
    theirs = Spiff(data, {"order": {"lines": {"n": []}}})
    first, second = theirs.workflow.get_tasks(state=TaskState.READY, manual=True)
    first.data["order"]["lines"]["n"].append(1)
    shared = second.data["order"]["lines"]["n"] == [1]
    ours = Player(data).start({"order": {"lines": {"n": []}}})
    ours.complete("a", {"order": {"lines": {"n": [1]}}})
    assert shared
    assert ours.variables()["order"] == {"lines": {"n": [1]}}


def test_a_long_loop():
    """SpiffWorkflow: stops after 333 rounds and says that it has completed."""

    def build(drawing: Drawing, process: Scope) -> None:
        process.node("startEvent", "begin")
        process.node("exclusiveGateway", "merge")
        process.node("scriptTask", "count", "<script>n = n + 1</script>")
        process.node("exclusiveGateway", "again")
        process.chain("begin", "merge", "count", "again")
        process.flow("again", "merge", "n < 500")
        process.flow("again", process.node("endEvent", "finish"), default=True)

    theirs = Spiff(drawn(build), {"n": 0})
    assert theirs.ended
    assert theirs.completed()["count"] < 340
    assert theirs.completed()["finish"] == 0
    feel = drawn(build).replace(
        b"<script>n = n + 1</script>",
        b'<extensionElements><zeebe:script expression="=n + 1" resultVariable="n"/></extensionElements>',
    )
    ours = Player(feel).start({"n": 0})
    assert ours.ended
    assert Counter(ours.completed)["count"] == 500


def two_tokens_for_one(drawing: Drawing, process: Scope) -> None:
    """Both left tasks lead to one side of the join, both right tasks to the other."""
    for name in ("a", "b", "c", "d"):
        process.node("userTask", name)
    process.node("startEvent", "begin")
    for name in ("split", "join"):
        process.node("parallelGateway", name)
    for name in ("left", "right"):
        process.node("exclusiveGateway", name)
    process.flow("begin", "split")
    for name, merge in (("a", "left"), ("b", "left"), ("c", "right"), ("d", "right")):
        process.chain("split", name, merge)
    process.flow("left", "join")
    process.flow("right", "join")
    process.chain("join", process.node("userTask", "after"), process.node("endEvent", "finish"))


def test_excess_tokens_at_a_parallel_join():
    """SpiffWorkflow: two tokens of a side count as one, what follows runs once."""
    data = drawn(two_tokens_for_one)
    ours, theirs = Player(data).start(), Spiff(data, {})
    for name in "abcd":
        ours.complete(name)
        theirs.complete(name)
    assert ours.waiting() == ["after", "after"]
    assert theirs.waiting() != ["after", "after"]


def event_sub_process(definition: str) -> Any:
    def build(drawing: Drawing, process: Scope) -> None:
        drawing.error("e", "BAD")
        drawing.signal("s", "stop")
        process.chain(
            process.node("startEvent", "begin"), process.node("userTask", "a"), process.node("endEvent", "finish")
        )
        _, handler = process.sub("handler", triggeredByEvent="true")
        handler.chain(
            handler.node("startEvent", "caught", definition),
            handler.node("userTask", "b"),
            handler.node("endEvent", "handled"),
        )

    return build


def test_an_error_event_sub_process():
    """SpiffWorkflow: runs its handler although nothing has failed."""
    data = drawn(event_sub_process(refers("error", "e")))
    assert "b" in Spiff(data, {}).waiting() or not Spiff(data, {}).complete("a").ended
    ours = Player(data).start()
    assert ours.waiting() == ["a"]
    assert ours.complete("a").ended


def test_an_event_sub_process_whose_timer_is_not_due():
    """SpiffWorkflow: never completes."""
    data = drawn(event_sub_process('<timerEventDefinition><timeDuration>"PT1H"</timeDuration></timerEventDefinition>'))
    assert not Spiff(data, {}).complete("a").ended
    assert Player(data.replace(b'"PT1H"', b"PT1H")).start().complete("a").ended


def test_a_signal_end_event():
    """SpiffWorkflow: ignored."""

    def build(drawing: Drawing, process: Scope) -> None:
        drawing.signal("s", "done")
        process.node("startEvent", "begin")
        process.chain("begin", process.node("endEvent", "finish", refers("signal", "s")))

    theirs = Spiff(drawn(build), {})
    assert theirs.ended
    assert theirs.workflow.get_events() == []
    assert [signal.name for signal in Player(drawn(build)).start().sent] == ["done"]


def test_a_single_conditional_flow():
    """SpiffWorkflow: the condition is ignored."""

    def build(drawing: Drawing, process: Scope) -> None:
        process.node("startEvent", "begin")
        process.node("userTask", "a")
        process.flow("begin", "a")
        process.flow("a", process.node("userTask", "b"), "x")
        process.flow("b", process.node("endEvent", "finish"))

    data = drawn(build)
    assert Spiff(data, {"x": False}).complete("a").waiting() == ["b"]
    ours = Player(data).start({"x": False}).complete("a")
    assert ours.waiting() == []
    assert len(ours.incidents()) == 1


def test_a_flow_without_an_id():
    """SpiffWorkflow: dropped, and the process stalls."""
    data = re.sub(rb'<sequenceFlow id="[^"]*"', b"<sequenceFlow", drawn(sequence))
    theirs = Spiff(data, {})
    assert (theirs.waiting(), theirs.completed()["a"]) == ([], 0)
    assert Player(data).start().waiting() == ["a"]


def test_an_interrupting_cycle_on_a_border():
    """SpiffWorkflow: the event fires as often as the cycle says."""

    def build(drawing: Drawing, process: Scope) -> None:
        process.node("startEvent", "begin")
        process.node("userTask", "a")
        process.node("boundaryEvent", "often", cycle('"R3/PT0.02S"'), attachedToRef="a")
        process.chain("begin", "a", process.node("endEvent", "finish"))
        process.chain("often", process.node("userTask", "handler"), process.node("endEvent", "handled"))

    data = drawn(build)
    theirs = Spiff(data, {})
    for _ in range(20):
        time.sleep(0.03)
        theirs.workflow.refresh_timers()
        theirs.workflow.do_engine_steps()
    assert theirs.waiting().count("handler") > 1
    ours = Player(data.replace(b'"R3/PT0.02S"', b"R3/PT1M")).start()
    ours.wait(hours=1)
    assert ours.waiting() == ["handler"]
