"""Sound processes that Hypothesis makes up, each with the answer known: how often every user task is reached.

The expectation is a token game over the block tree, simple enough to be believed; it knows nothing of the runtime.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import strategies

from tests.support.drawing import Drawing, Scope, cycle, duration, extension, job, mapping, refers

EVENTS = {
    "timer": duration("PT1H"),
    "cycle": cycle("R3/PT20M"),
    "message": refers("message", "m"),
    "signal": refers("signal", "s"),
    "error": refers("error", "e"),
    "escalation": refers("escalation", "x"),
    "terminate": "<terminateEventDefinition/>",
}


@dataclass(frozen=True)
class Task:
    kind: str = "userTask"


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Block, ...]


@dataclass(frozen=True)
class Choice:
    """Exclusive: the branch ``taken``, by condition or (default) because no condition holds."""

    branches: tuple[Block, ...]
    taken: int
    by_default: bool


@dataclass(frozen=True)
class Together:
    branches: tuple[Block, ...]


@dataclass(frozen=True)
class Some:
    """Inclusive: the branches whose bit is set in ``taken``."""

    branches: tuple[Block, ...]
    taken: int


@dataclass(frozen=True)
class Rounds:
    """Round and round through a gateway, ``times`` times; in a sub-process, so that its counter is its own."""

    body: Block
    times: int


@dataclass(frozen=True)
class Each:
    """Multi-instance sub-process over ``times`` items."""

    body: Block
    times: int
    sequential: bool


@dataclass(frozen=True)
class Nested:
    body: Block


@dataclass(frozen=True)
class Failing:
    """A sub-process that ends in an error, which is handled on its border."""

    body: Block
    handler: Block


@dataclass(frozen=True)
class Guarded:
    """A sub-process with a boundary event that leads into a handler, and on to where the sub-process leads."""

    body: Block
    handler: Block
    event: str
    interrupting: bool


@dataclass(frozen=True)
class Watched:
    """A sub-process with an event sub-process in it."""

    body: Block
    handler: Block
    event: str
    interrupting: bool


@dataclass(frozen=True)
class Race:
    """An event-based gateway: each branch behind an event of its own."""

    branches: tuple[Block, ...]
    events: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A call activity; the body is the called process."""

    body: Block


@dataclass(frozen=True)
class Throw:
    """Throws an escalation and goes on, or ends its sub-process by an error or at once, as ``event`` says."""

    event: str


@dataclass(frozen=True)
class Doubtful:
    """A user task whose mappings, boundary timer or outgoing condition fail for want of variables."""

    where: str


Block = (
    Task
    | Sequence
    | Choice
    | Together
    | Some
    | Rounds
    | Each
    | Nested
    | Failing
    | Guarded
    | Watched
    | Race
    | Call
    | Throw
    | Doubtful
)
CAUGHT = ("timer", "cycle", "message", "signal", "error", "escalation")
WAITED_FOR = ("timer", "message", "signal")


def _extend(children: strategies.SearchStrategy[Block]) -> strategies.SearchStrategy[Block]:
    several = strategies.lists(children, min_size=2, max_size=3).map(tuple)
    number = strategies.integers
    return strategies.one_of(
        several.map(Sequence),
        several.map(Together),
        strategies.builds(Choice, several, number(0, 1), strategies.booleans()),
        strategies.builds(Some, several, number(1, 3)),
        strategies.builds(Rounds, children, number(1, 3)),
        strategies.builds(Each, children, number(0, 3), strategies.booleans()),
        children.map(Nested),
        strategies.builds(Failing, children, children),
    )


blocks = strategies.recursive(
    strategies.sampled_from([Task(), Task(), Task("task")]).map(lambda task: task), _extend, max_leaves=8
)


def _wild(children: strategies.SearchStrategy[Block]) -> strategies.SearchStrategy[Block]:
    pairs = strategies.lists(children, min_size=2, max_size=2).map(tuple)
    races = strategies.builds(Race, pairs, strategies.tuples(*[strategies.sampled_from(WAITED_FOR)] * 2))
    caught, flag = strategies.sampled_from(CAUGHT), strategies.booleans()
    return strategies.one_of(
        _extend(children),
        strategies.builds(Guarded, children, children, caught, flag),
        strategies.builds(Watched, children, children, caught, flag),
        races,
        children.map(Call),
    )


wild_blocks = strategies.recursive(
    strategies.one_of(
        strategies.sampled_from([Task(), Task("serviceTask"), Task("task")]),
        strategies.sampled_from(["escalation", "error", "terminate"]).map(Throw),
        strategies.sampled_from(["input", "output", "timer", "condition", "collection"]).map(Doubtful),
    ),
    _wild,
    max_leaves=7,
)
"""Anything that can be drawn, with no answer known: for what must hold whatever happens."""


class Drawn:
    """The XML of a block and how often each user task is expected to be completed."""

    def __init__(self, block: Block) -> None:
        self.drawing = Drawing()
        self.drawing.error("e", "E")
        self.drawing.escalation("x", "X")
        self.drawing.message("m", "news", '="k"')
        self.drawing.signal("s", "alarm")
        self.expected: Counter[str] = Counter()
        process = self.drawing.process("made_up")
        self._whole(process, block, 1)
        self.xml = self.drawing.xml()

    def _whole(self, scope: Scope, block: Block, times: int, end: str = "") -> None:
        start = scope.node("startEvent")
        first, last = self._draw(scope, block, times)
        scope.flow(start, first)
        scope.flow(last, scope.node("endEvent", None, end))

    def _sub(self, scope: Scope, block: Block, times: int, inner: str = "", end: str = "") -> str:
        id, inside = scope.sub(None, inner)
        self._whole(inside, block, times, end)
        return id

    def _draw(self, scope: Scope, block: Block, times: int) -> tuple[str, str]:
        """Draw it; the ids of its first and last node. ``times``: how often it is gone through."""
        if isinstance(block, (Guarded, Watched, Race, Call, Throw, Doubtful)):
            return self._draw_wild(scope, block, times)
        if isinstance(block, Task):
            id = scope.node(block.kind, None, extension(job("work")) if block.kind == "serviceTask" else "")
            if block.kind == "userTask" and times:
                self.expected[id] += times
            return id, id
        if isinstance(block, Sequence):
            ends = [self._draw(scope, part, times) for part in block.parts]
            for (_, before), (after, _) in pairwise(ends):
                scope.flow(before, after)
            return ends[0][0], ends[-1][1]
        if isinstance(block, (Choice, Together, Some)):
            return self._branches(scope, block, times)
        if isinstance(block, Rounds):
            id, inside = scope.sub(None, extension(mapping({"count": "=0"})))
            merge = inside.node("exclusiveGateway")
            inside.flow(inside.node("startEvent"), merge)
            first, last = self._draw(inside, block.body, times * block.times)
            step = inside.node(
                "scriptTask", None, extension('<zeebe:script expression="=count + 1" resultVariable="count"/>')
            )
            split = inside.node("exclusiveGateway")
            inside.chain(merge, first)
            inside.chain(last, step, split)
            inside.flow(split, merge, f"=count < {block.times}")
            inside.flow(split, inside.node("endEvent"), default=True)
            return id, id
        if isinstance(block, Each):
            items = list(range(block.times))
            loop = extension(f'<zeebe:loopCharacteristics inputCollection="={items}" inputElement="item"/>')
            flag = str(block.sequential).lower()
            inner = f'<multiInstanceLoopCharacteristics isSequential="{flag}">{loop}</multiInstanceLoopCharacteristics>'
            id = self._sub(scope, block.body, times * block.times, inner)
            return id, id
        if isinstance(block, Nested):
            id = self._sub(scope, block.body, times)
            return id, id
        id = self._sub(scope, block.body, times, end=refers("error", "e"))
        caught = scope.node("boundaryEvent", None, refers("error", "e"), attachedToRef=id)
        first, last = self._draw(scope, block.handler, times)
        scope.flow(caught, first)
        return id, last

    def _draw_wild(
        self, scope: Scope, block: Guarded | Watched | Race | Call | Throw | Doubtful, times: int
    ) -> tuple[str, str]:
        if isinstance(block, Doubtful):
            return self._doubtful(scope, block.where)
        if isinstance(block, Throw):
            return self._throw(scope, block.event)
        if isinstance(block, Call):
            called = self.drawing.fresh("called")
            self._whole(self.drawing.process(called), block.body, times)
            id = scope.node("callActivity", None, extension(f'<zeebe:calledElement processId="{called}"/>'))
            return id, id
        merge = scope.node("exclusiveGateway")
        if isinstance(block, Race):
            gateway = scope.node("eventBasedGateway")
            for branch, kind in zip(block.branches, block.events, strict=True):
                first, last = self._draw(scope, branch, times)
                scope.chain(gateway, scope.node("intermediateCatchEvent", None, EVENTS[kind]), first)
                scope.flow(last, merge)
            return gateway, merge
        interrupting = str(block.interrupting or block.event == "error").lower()
        if isinstance(block, Guarded):
            id = self._sub(scope, block.body, times)
            event = scope.node(
                "boundaryEvent", None, EVENTS[block.event], attachedToRef=id, cancelActivity=interrupting
            )
            first, last = self._draw(scope, block.handler, times)
            scope.flow(event, first)
            scope.flow(last, merge)
        else:
            id, inside = scope.sub()
            self._whole(inside, block.body, times)
            _, handler = inside.sub(triggeredByEvent="true")
            first, last = self._draw(handler, block.handler, times)
            handler.flow(handler.node("startEvent", None, EVENTS[block.event], isInterrupting=interrupting), first)
            handler.flow(last, handler.node("endEvent"))
        scope.flow(id, merge)
        return id, merge

    def _throw(self, scope: Scope, event: str) -> tuple[str, str]:
        if event == "escalation":
            id = scope.node("intermediateThrowEvent", None, refers("escalation", "x"))
            return id, id
        id, inside = scope.sub()
        split = inside.node("parallelGateway")
        inside.chain(inside.node("startEvent"), split, inside.node("userTask"), inside.node("endEvent"))
        inside.chain(split, inside.node("task"), inside.node("endEvent", None, EVENTS[event]))
        return id, id

    def _doubtful(self, scope: Scope, where: str) -> tuple[str, str]:
        failing = "=if ok = true then 1 else count(for i in 1..9000000 return i)"
        inner = {
            "input": extension(mapping({"y": failing})),
            "output": extension(mapping(outputs={"n": "=1", "y": failing})),
            "collection": "<multiInstanceLoopCharacteristics>"
            + extension('<zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/>')
            + "</multiInstanceLoopCharacteristics>",
        }
        id = scope.node("userTask", None, inner.get(where, ""))
        merge = scope.node("exclusiveGateway")
        scope.flow(id, merge, "=ok" if where == "condition" else None)
        if where == "timer":
            event = scope.node("boundaryEvent", None, duration("=delay"), attachedToRef=id, cancelActivity="false")
            scope.flow(event, merge)
        return id, merge

    def _branches(self, scope: Scope, block: Choice | Together | Some, times: int) -> tuple[str, str]:
        kind = {Choice: "exclusiveGateway", Together: "parallelGateway", Some: "inclusiveGateway"}[type(block)]
        split, join = scope.node(kind), scope.node(kind)
        for index, branch in enumerate(block.branches):
            if isinstance(block, Choice):
                taken = index == block.taken
            else:
                taken = isinstance(block, Together) or bool(block.taken >> index & 1)
            first, last = self._draw(scope, branch, times if taken else 0)
            if isinstance(block, Together):
                scope.flow(split, first)
            elif isinstance(block, Choice) and block.by_default and taken:
                scope.flow(split, first, default=True)
            else:
                scope.flow(split, first, "=true" if taken else "=false")
            scope.flow(last, join)
        return split, join
