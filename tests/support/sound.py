"""Sound processes that Hypothesis makes up, for the token game: blocks in blocks, and knots that no blocks make."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.support.sketch import Sheet, Sketch
from tests.support.token_game import Part, Times

Ends = tuple[Part, Part]
Block = tuple[Any, ...]
"""The name of its drawing, and what that is given: blocks are shown by Hypothesis as they were made up."""

number, flag = st.integers, st.booleans()
CAUGHT = ("timer", "cycle", "message", "signal", "error", "escalation")
leaves = st.one_of(
    st.sampled_from([("task", "userTask"), ("task", "userTask"), ("task", "serviceTask"), ("task", "task")]),
    st.tuples(st.just("throw"), st.sampled_from(["X", "OTHER"])),
    st.tuples(st.just("catch"), st.sampled_from(["message", "timer", "signal"])),
    st.just(("jump",)),
    st.tuples(st.just("repeated"), st.none(), number(1, 3), flag, flag),
    st.tuples(st.just("each"), st.none(), number(0, 3), flag, st.sampled_from([None, 1, 2])),
)


def _wider(children: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(children, min_size=2, max_size=3)
    pairs = st.lists(st.tuples(number(0, 3), number(0, 3)), max_size=3)
    made = st.tuples
    return st.one_of(
        made(st.just("sequence"), several),
        made(st.just("branches"), st.just("parallel"), several, number(0, 7), flag),
        made(st.just("branches"), st.just("exclusive"), several, number(0, 7), flag),
        made(st.just("branches"), st.just("inclusive"), several, number(0, 7), flag),
        made(st.just("circle"), children, number(1, 3)),
        made(st.just("repeated"), children, number(1, 3), flag, flag),
        made(st.just("each"), children, number(0, 3), flag, st.sampled_from([None, 1, 2])),
        made(st.just("nested"), children),
        made(st.just("called"), children),
        made(st.just("failing"), children, children, st.sampled_from(["E", "OTHER", None])),
        made(st.just("guarded"), children, children, st.sampled_from(CAUGHT), flag),
        made(st.just("watched"), children, children, st.sampled_from(CAUGHT), flag),
        made(st.just("stopped"), children),
        made(st.just("gathered"), several, number(1, 3), children),
        made(st.just("undone"), several, flag, flag),
        made(st.just("race"), st.lists(children, min_size=2, max_size=2), number(0, 5)),
        made(st.just("maze"), st.lists(children, min_size=2, max_size=3), pairs),
        made(st.just("mesh"), st.lists(children, min_size=3, max_size=4), number(0, 63)),
        made(st.just("web"), st.lists(children, min_size=3, max_size=4), number(0, 63), number(0, 63), number(0, 80)),
    )


blocks = st.recursive(leaves, _wider, max_leaves=7)


def sketched(block: Block) -> Sketch:
    sketch = Sketch()
    whole(sketch.main, block)
    return sketch


def whole(sheet: Sheet, block: Block, end: str = "", code: str | None = None) -> None:
    """From a start to an end."""
    first, last = draw(sheet, block)
    sheet.flow(sheet.start(), first)
    sheet.flow(last, sheet.end(end, code))


def draw(sheet: Sheet, block: Block) -> Ends:
    name, *rest = block
    return DRAWINGS[name](sheet, *rest)


def one(part: Part) -> Ends:
    return part, part


def _sequence(sheet: Sheet, blocks: list[Block]) -> Ends:
    ends = [draw(sheet, block) for block in blocks]
    for (_, last), (first, _) in pairwise(ends):
        sheet.flow(last, first)
    return ends[0][0], ends[-1][1]


def _branches(sheet: Sheet, kind: str, blocks: list[Block], taken: int, by_default: bool) -> Ends:
    split, join = sheet.gateway(kind), sheet.gateway(kind)
    bits = [bool(taken >> index & 1) for index in range(len(blocks))]
    for index, block in enumerate(blocks):
        first, last = draw(sheet, block)
        default = kind != "parallel" and index == 0 and (by_default or not any(bits))
        sheet.flow(split, first, None if kind == "parallel" or default else bits[index], default=default)
        sheet.flow(last, join)
    return split, join


def _circle(sheet: Sheet, body: Block, times: int) -> Ends:
    sub, inside = sheet.sub(counts=True)
    merge, split, count = inside.gateway("exclusive"), inside.gateway("exclusive"), inside.count()
    first, last = draw(inside, body)
    inside.chain(inside.start(), merge, first)
    inside.chain(last, count, split)
    inside.flow(split, merge, below=times)
    inside.flow(split, inside.end(), default=True)
    return one(sub)


def _looped(sheet: Sheet, body: Block | None, times: Times, loop: str) -> Ends:
    if body is None:
        return one(sheet.task("userTask", times, loop))
    sub, inside = sheet.sub(times=times, loop=loop)
    whole(inside, body)
    return one(sub)


def _repeated(sheet: Sheet, body: Block | None, maximum: int, first: bool, holds: bool) -> Ends:
    """A standard loop; its condition always or never holds."""
    total = maximum if holds else 0 if first else 1
    before, condition = str(first).lower(), str(holds).lower()
    return _looped(
        sheet,
        body,
        Times(total),
        f'<standardLoopCharacteristics loopMaximum="{maximum}" testBefore="{before}">'
        f"<loopCondition>={condition}</loopCondition></standardLoopCharacteristics>",
    )


def _each(sheet: Sheet, body: Block | None, times: int, together: bool, enough: int | None) -> Ends:
    """Multi-instance. Where the first to complete ends the others, a person begins each: else it is any one's race."""
    if body is not None and together and enough:
        body = ("sequence", [("task", "userTask"), body])
    until = f"<completionCondition>=numberOfCompletedInstances &gt;= {enough}</completionCondition>" if enough else ""
    return _looped(
        sheet,
        body,
        Times(times, together, enough),
        f'<multiInstanceLoopCharacteristics isSequential="{str(not together).lower()}">'
        f"<loopCardinality>{times}</loopCardinality>{until}</multiInstanceLoopCharacteristics>",
    )


def _nested(sheet: Sheet, body: Block) -> Ends:
    sub, inside = sheet.sub()
    whole(inside, body)
    return one(sub)


def _called(sheet: Sheet, body: Block) -> Ends:
    call, inside = sheet.call()
    whole(inside, body)
    return one(call)


def _failing(sheet: Sheet, body: Block, handler: Block, code: str | None) -> Ends:
    """A sub-process that ends in an error, caught on its border by its code, or by an event that catches all."""
    sub, inside = sheet.sub()
    whole(inside, body, "error", code or "E")
    event = sheet.border(sub, "error", code=code)
    if code is not None:
        sheet.flow(sheet.border(sub, "error", code="OTHER" if code == "E" else None), sheet.end())
    first, last = draw(sheet, handler)
    sheet.flow(event, first)
    return sub, last


def _guarded(sheet: Sheet, body: Block, handler: Block, event: str, interrupting: bool) -> Ends:
    """An event on the border: a handler that comes instead leads on, one that comes besides has an end of its own."""
    sub, inside = sheet.sub()
    whole(inside, body)
    code = "X" if event == "escalation" else None
    interrupting = interrupting or event == "error"
    caught = sheet.border(sub, event, interrupting=interrupting, code=code)
    first, last = draw(sheet, handler)
    sheet.flow(caught, first)
    if not interrupting:
        sheet.flow(last, sheet.end())
        return one(sub)
    merge = sheet.gateway("exclusive")
    sheet.flow(sub, merge)
    sheet.flow(last, merge)
    return sub, merge


def _watched(sheet: Sheet, body: Block, handler: Block, event: str, interrupting: bool) -> Ends:
    sub, inside = sheet.sub()
    whole(inside, body)
    aside = inside.handler()
    first, last = draw(aside, handler)
    aside.flow(aside.start(event, interrupting=interrupting or event == "error"), first)
    aside.flow(last, aside.end())
    return one(sub)


def _stopped(sheet: Sheet, body: Block) -> Ends:
    """A sub-process that a person may end at once."""
    sub, inside = sheet.sub()
    split = inside.gateway("parallel")
    first, last = draw(inside, body)
    inside.flow(inside.start(), split)
    inside.chain(split, first)
    inside.chain(last, inside.end())
    inside.chain(split, inside.task(), inside.end("terminate"))
    return one(sub)


def _gathered(sheet: Sheet, blocks: list[Block], needs: int, then: Block) -> Ends:
    """Branches of which some activate a complex gateway, and the rest resets it."""
    sub, inside = sheet.sub()
    split, join = inside.gateway("parallel"), inside.complex(min(needs, len(blocks)))
    inside.flow(inside.start(), split)
    for block in blocks:
        first, last = draw(inside, block)
        inside.flow(split, first)
        inside.flow(last, join)
    first, last = draw(inside, then)
    inside.flow(join, first, first=True)
    inside.flow(last, inside.end())
    late = inside.task()
    inside.flow(join, late, first=False)
    inside.flow(late, inside.end())
    return one(sub)


def _undone(sheet: Sheet, blocks: list[Block], side_by_side: bool, at_end: bool) -> Ends:
    """What was done is undone at the end: a handler for each block, and nothing for what is in it.

    Side by side, a person ends each, so that it is known which was complete last.
    """
    sub, inside = sheet.sub()
    parts = []
    for block in blocks:
        body = ("sequence", [block, ("task", "userTask")]) if side_by_side else block
        part, _ = draw(inside, block if block == ("task", "userTask") else ("nested", body))
        inside.undone_by(part)
        parts.append(part)
    first, last = inside.task(), inside.task()
    inside.flow(inside.start(), first)
    if side_by_side:
        split, join = inside.gateway("parallel"), inside.gateway("parallel")
        for part in parts:
            inside.chain(split, part, join)
        inside.chain(first, split)
        inside.chain(join, last)
    else:
        inside.chain(first, *parts, last)
    if at_end:
        inside.chain(last, inside.end("compensation"))
    else:
        inside.chain(last, inside.throw("compensation"), inside.task(), inside.end())
    return one(sub)


def _race(sheet: Sheet, blocks: list[Block], events: int) -> Ends:
    race, merge = sheet.race(), sheet.gateway("exclusive")
    for index, block in enumerate(blocks):
        first, last = draw(sheet, block)
        event = ("timer", "message", "signal")[(events + index * (1 + events // 3)) % 3]
        sheet.chain(race, sheet.catch(event), first)
        sheet.flow(last, merge)
    return race, merge


def _throw(sheet: Sheet, code: str) -> Ends:
    """A person's work, then an escalation: nothing else moves when it is thrown."""
    task, event = sheet.task(), sheet.throw("escalation", code)
    sheet.flow(task, event)
    return task, event


def _catch(sheet: Sheet, event: str) -> Ends:
    return one(sheet.catch(event))


def _task(sheet: Sheet, kind: str) -> Ends:
    return one(sheet.task(kind))


def _maze(sheet: Sheet, blocks: list[Block], jumps: list[tuple[int, int]]) -> Ends:
    """Exclusive gateways that lead anywhere, forwards, backwards and into the middle of circles, as a counter says."""
    sub, inside = sheet.sub(counts=True)
    rooms = []
    for block in blocks:
        merge, count, split = inside.gateway("exclusive"), inside.count(), inside.gateway("exclusive")
        first, last = draw(inside, block)
        inside.chain(merge, count, first)
        inside.chain(last, split)
        rooms.append((merge, split))
    inside.flow(inside.start(), rooms[0][0])
    for step, (source, target) in enumerate(jumps):
        inside.flow(rooms[source % len(rooms)][1], rooms[target % len(rooms)][0], {step + 1, step + 4})
    for (_, split), (merge, _) in pairwise(rooms):
        inside.flow(split, merge, default=True)
    inside.flow(rooms[-1][1], inside.end(), default=True)
    return one(sub)


def _edges(count: int, bits: int) -> list[tuple[int, int]]:
    """A graph without circles on one line, with some of its shortcuts."""
    shortcuts = [(a, b) for a in range(count) for b in range(a + 2, count)]
    line = [(a, a + 1) for a in range(count - 1)]
    return line + [edge for index, edge in enumerate(shortcuts) if bits >> index & 1]


def _places(
    inside: Sheet, blocks: list[Block], edges: list[tuple[int, int]], join: str, split: Callable[[int], str]
) -> list[Ends]:
    places = []
    for index, block in enumerate(blocks):
        first, last = draw(inside, block)
        if sum(target == index for _, target in edges) > 1:
            gateway = inside.gateway(join)
            inside.flow(gateway, first)
            first = gateway
        if sum(source == index for source, _ in edges) > 1:
            gateway = inside.gateway(split(index))
            inside.flow(last, gateway)
            last = gateway
        places.append((first, last))
    inside.flow(inside.start(), places[0][0])
    inside.flow(places[-1][1], inside.end())
    return places


def _mesh(sheet: Sheet, blocks: list[Block], bits: int) -> Ends:
    """Parallel gateways that are no blocks: each place waits for all places that lead to it."""
    sub, inside = sheet.sub()
    edges = _edges(len(blocks), bits)
    places = _places(inside, blocks, edges, "parallel", lambda index: "parallel")
    for source, target in edges:
        inside.flow(places[source][1], places[target][0])
    return one(sub)


def _web(sheet: Sheet, blocks: list[Block], bits: int, taken: int, kinds: int) -> Ends:
    """Splits of any kind, inclusive joins: whatever can still come is waited for."""
    sub, inside = sheet.sub()
    edges = _edges(len(blocks), bits)
    places = _places(
        inside, blocks, edges, "inclusive", lambda index: ("inclusive", "exclusive", "parallel")[kinds // 3**index % 3]
    )
    for index, (source, target) in enumerate(edges):
        split = places[source][1]
        if split.kind not in ("inclusive", "exclusive") or sum(one == source for one, _ in edges) == 1:
            inside.flow(split, places[target][0])
        elif target == source + 1:
            inside.flow(split, places[target][0], default=True)
        else:
            inside.flow(split, places[target][0], bool(taken >> index & 1))
    return one(sub)


DRAWINGS: dict[str, Callable[..., Ends]] = {
    "task": _task,
    "throw": _throw,
    "catch": _catch,
    "jump": lambda sheet: sheet.jump(),
    "sequence": _sequence,
    "branches": _branches,
    "circle": _circle,
    "repeated": _repeated,
    "each": _each,
    "nested": _nested,
    "called": _called,
    "failing": _failing,
    "guarded": _guarded,
    "watched": _watched,
    "stopped": _stopped,
    "gathered": _gathered,
    "undone": _undone,
    "race": _race,
    "maze": _maze,
    "mesh": _mesh,
    "web": _web,
}
