"""Sound processes that Hypothesis makes up, each with the answer known: how often every user task is reached.

The expectation is a token game over the block tree, simple enough to be believed; it knows nothing of the runtime.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import strategies

from tests.support.drawing import Drawing, Scope, extension, mapping, refers


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


Block = Task | Sequence | Choice | Together | Some | Rounds | Each | Nested | Failing


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


class Drawn:
    """The XML of a block and how often each user task is expected to be completed."""

    def __init__(self, block: Block) -> None:
        self.drawing = Drawing()
        self.drawing.error("e", "E")
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
        if isinstance(block, Task):
            id = scope.node(block.kind)
            if block.kind == "userTask" and times:
                self.expected[id] += times
            return id, id
        if isinstance(block, Sequence):
            ends = [self._draw(scope, part, times) for part in block.parts]
            for (_, before), (after, _) in zip(ends, ends[1:], strict=False):
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
