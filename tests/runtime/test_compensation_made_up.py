"""Made-up processes are undone in the reverse order of what was completed, scope by scope, whatever was drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings, strategies as st

from tests.support.drawing import Drawing, Scope
from tests.support.play import Player

ALL = "<compensateEventDefinition/>"


@dataclass
class Task:
    handled: bool
    id: str = ""


@dataclass
class Sub:
    kind: str
    handled: bool
    inside: Block
    id: str = ""


@dataclass
class Fork:
    branches: list[Block]


@dataclass
class Block:
    parts: list[Task | Sub | Fork] = field(default_factory=list)


def parts(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    task = st.builds(Task, st.booleans())
    sub = st.builds(Sub, st.sampled_from(["subProcess", "transaction"]), st.sampled_from([False, False, True]), inner)
    fork = st.builds(Fork, st.lists(inner, min_size=2, max_size=3))
    return st.builds(Block, st.lists(st.one_of(task, sub, fork), min_size=1, max_size=4))


BLOCKS = st.recursive(
    st.builds(Block, st.lists(st.builds(Task, st.booleans()), min_size=1, max_size=3)), parts, max_leaves=8
)


class Drawn:
    """``parent`` is the scope of each activity, ``handlers`` the handler of those that have one."""

    def __init__(self, block: Block) -> None:
        self.drawing = Drawing()
        self.parent: dict[str, str] = {}
        self.handlers: dict[str, str] = {}
        self.subs: set[str] = set()
        process = self.drawing.process()
        process.node("startEvent", "start")
        first, last = self.draw(process, block, "process")
        process.node("endEvent", "throw", ALL)
        process.flow("start", first)
        process.flow(last, "throw")

    def draw(self, scope: Scope, block: Block, parent: str) -> tuple[str, str]:
        ends = [self.part(scope, part, parent) for part in block.parts]
        for (_, before), (after, _) in pairwise(ends):
            scope.flow(before, after)
        return ends[0][0], ends[-1][1]

    def part(self, scope: Scope, part: Task | Sub | Fork, parent: str) -> tuple[str, str]:
        if isinstance(part, Fork):
            split, join = scope.node("parallelGateway"), scope.node("parallelGateway")
            for branch in part.branches:
                first, last = self.draw(scope, branch, parent)
                scope.flow(split, first)
                scope.flow(last, join)
            return split, join
        if isinstance(part, Task):
            id = scope.node("userTask")
        else:
            id, inner = scope.sub(kind=part.kind)
            self.subs.add(id)
            start = inner.node("startEvent")
            inner.flow(start, self.draw(inner, part.inside, id)[0])
        self.parent[id] = parent
        if part.handled:
            self.handlers[id] = scope.compensate(id, f"undo_{id}")
        return id, id

    def to_undo(self, scope: str, completed: list[str]) -> list[str]:
        found: list[str] = []
        for id in reversed(completed):
            if self.parent.get(id) != scope:
                continue
            if id in self.handlers:
                found.append(self.handlers[id])
            elif id in self.subs:
                found += self.to_undo(id, completed)
        return found


@settings(max_examples=60, deadline=None)
@given(BLOCKS, st.data(), st.booleans())
def test_everything_is_undone_in_the_reverse_order_of_completion(block: Block, data: st.DataObject, restart: bool):
    drawn = Drawn(block)
    player = Player(drawn.drawing.xml())
    player.restart_each_step = restart
    player.start()
    while any(id in drawn.parent for id in player.waiting()):
        player.complete(data.draw(st.sampled_from(player.waiting())))

    for handler in drawn.to_undo("process", list(player.completed)):
        assert player.waiting() == [handler]
        player.complete(handler)
    assert player.ended
