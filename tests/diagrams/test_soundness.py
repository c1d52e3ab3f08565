"""Joins that may wait for ever and elements that may be reached twice: found where they are, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies

from laneway.diagrams import load
from laneway.diagrams.findings import Findings
from laneway.diagrams.lint.soundness import soundness
from laneway.diagrams.lint.token_game import Effort
from laneway.diagrams.lint.workflow import SINK, SOURCE, Kind, Net, scope_nets
from laneway.domain.problem import Problem
from tests.diagrams.sheet import draw, flows, found
from tests.support.blocks import Block, Drawn, blocks
from tests.support.drawing import Drawing, Scope

RULES = ("join_waits", "reached_twice", "no_way_out", "unreachable")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")


def told(data: bytes) -> list[Problem]:
    return [each for each in load(data, "drawn.bpmn", thorough=True).problems if each.rule in RULES]


@given(blocks)
@settings(max_examples=300, deadline=None)
def test_nothing_is_said_of_a_sound_process(block: Block) -> None:
    assert told(Drawn(block).xml) == []


def diamond(scope: Scope, split: str, join: str, ways: int = 2) -> tuple[str, str]:
    """``ways`` tasks between a split and a join; their ids."""
    first, last = scope.node(split), scope.node(join)
    for way in range(ways):
        middle = scope.node("task")
        default = split != "parallelGateway" and way == 0
        condition = None if default or split == "parallelGateway" else "=true"
        scope.flow(first, middle, condition, default=default)
        scope.flow(middle, last)
    return first, last


MISMATCHES = {
    ("exclusiveGateway", "parallelGateway"): "join_waits",
    ("inclusiveGateway", "parallelGateway"): "join_waits",
    ("parallelGateway", "exclusiveGateway"): "reached_twice",
    ("inclusiveGateway", "exclusiveGateway"): "reached_twice",
}


@given(
    block=blocks,
    pair=strategies.sampled_from([(split, join) for split in GATEWAYS for join in GATEWAYS]),
    ways=strategies.integers(2, 4),
)
@settings(max_examples=150, deadline=None)
def test_a_join_of_another_kind_than_its_split_is_found_anywhere(
    block: Block, pair: tuple[str, str], ways: int
) -> None:
    # Given a sound process with a split and a join put before its end.
    drawn = Drawn(block)
    _, process = drawn.drawing.processes[0]
    split, join = diamond(process, *pair, ways)
    process.chain(process.node("startEvent"), split)
    process.flow(join, process.node("endEvent"))

    # When it is checked; then nothing is said but of these two, and of them only if they do not belong together.
    problems = [each for each in told(drawn.drawing.xml()) if each.rule != "several_blank_starts"]
    expected = [(MISMATCHES[pair], join)] if pair in MISMATCHES else []
    assert [(each.rule, each.element_id) for each in problems] == expected
    assert all(split in each.message and join in each.message and each.severity == "warning" for each in problems)


def in_process(draw_it: Callable[[Scope], None]) -> list[tuple[str, str | None]]:
    drawing = Drawing()
    draw_it(drawing.process())
    return [(each.rule, each.element_id) for each in told(drawing.xml())]


def test_a_way_out_of_a_parallel_branch_makes_its_join_wait() -> None:
    # A split in parallel; one branch may end early, so that the join waits for it for ever.
    def draw_it(scope: Scope) -> None:
        split, join, choice = (
            scope.node("parallelGateway"),
            scope.node("parallelGateway", "join"),
            scope.node("exclusiveGateway", "choice"),
        )
        scope.chain(scope.node("startEvent"), split, scope.node("task"), join, scope.node("endEvent"))
        scope.chain(split, scope.node("task"), choice)
        scope.flow(choice, join, "=ok")
        scope.flow(choice, scope.node("endEvent"), default=True)

    assert in_process(draw_it) == [("join_waits", "join")]


def test_a_termination_leaves_no_join_waiting() -> None:
    def draw_it(scope: Scope) -> None:
        split, join, choice = (
            scope.node("parallelGateway"),
            scope.node("parallelGateway"),
            scope.node("exclusiveGateway"),
        )
        scope.chain(scope.node("startEvent"), split, scope.node("task"), join, scope.node("endEvent"))
        scope.chain(split, scope.node("task"), choice)
        scope.flow(choice, join, "=ok")
        scope.flow(choice, scope.node("endEvent", None, "<terminateEventDefinition/>"), default=True)

    assert in_process(draw_it) == []


def test_a_jump_back_out_of_a_parallel_branch_is_found() -> None:
    def draw_it(scope: Scope) -> None:
        merge, split, join, choice = (
            scope.node("exclusiveGateway", "merge"),
            scope.node("parallelGateway"),
            scope.node("parallelGateway", "join"),
            scope.node("exclusiveGateway"),
        )
        scope.chain(scope.node("startEvent"), merge, scope.node("task"), split, scope.node("task"), join)
        scope.chain(split, scope.node("task"), choice)
        scope.flow(choice, join, "=ok")
        scope.flow(choice, merge, default=True)
        scope.chain(join, scope.node("endEvent"))

    assert {rule for rule, _ in in_process(draw_it)} & {"join_waits", "reached_twice"}


def test_an_interrupting_event_before_a_parallel_join_is_found() -> None:
    def draw_it(scope: Scope) -> None:
        split, join = scope.node("parallelGateway"), scope.node("parallelGateway", "join")
        guarded = scope.node("userTask", "guarded")
        scope.chain(scope.node("startEvent"), split, guarded, join, scope.node("endEvent"))
        scope.chain(split, scope.node("task"), join)
        timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
        scope.chain(scope.node("boundaryEvent", None, timer, attachedToRef="guarded"), scope.node("endEvent"))

    assert in_process(draw_it) == [("join_waits", "join")]


@pytest.mark.parametrize("rounds", [1, 30])
def test_crossed_branches_that_all_meet_are_sound(rounds: int) -> None:
    """Not structured: two parallel branches, each of which hands something to the other."""

    def draw_it(scope: Scope) -> None:
        before = scope.node("startEvent")
        for _ in range(rounds):
            split, left, right = (scope.node("parallelGateway") for _ in range(3))
            wait_left, wait_right, join = (scope.node("parallelGateway") for _ in range(3))
            scope.flow(before, split)
            scope.chain(split, scope.node("task"), left, wait_left, scope.node("task"), join)
            scope.chain(split, scope.node("task"), right, wait_right, scope.node("task"), join)
            scope.flow(left, wait_right)
            scope.flow(right, wait_left)
            before = join
        scope.flow(before, scope.node("endEvent"))

    assert in_process(draw_it) == []


def test_branches_that_wait_for_each_other_are_found() -> None:
    def draw_it(scope: Scope) -> None:
        split, one, two, after = (scope.node("parallelGateway") for _ in range(4))
        fork_one, fork_two = scope.node("parallelGateway"), scope.node("parallelGateway")
        scope.chain(scope.node("startEvent"), split, one, scope.node("task"), fork_one, after, scope.node("endEvent"))
        scope.chain(split, two, scope.node("task"), fork_two, after)
        scope.flow(fork_one, two)
        scope.flow(fork_two, one)

    assert {rule for rule, _ in in_process(draw_it)} == {"join_waits"}


def test_an_event_that_does_not_interrupt_may_join_the_flow_again() -> None:
    def draw_it(scope: Scope) -> None:
        merge = scope.node("exclusiveGateway")
        scope.node("userTask", "guarded")
        scope.chain(scope.node("startEvent"), "guarded", merge, scope.node("task"), scope.node("endEvent"))
        timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
        event = scope.node("boundaryEvent", None, timer, attachedToRef="guarded", cancelActivity="false")
        scope.chain(event, scope.node("task"), merge)

    assert in_process(draw_it) == []


def test_a_join_whose_flow_comes_from_nowhere_waits() -> None:
    body = '<startEvent id="s"/><task id="lost"/><parallelGateway id="j"/><endEvent id="e"/>' + flows(
        "s>j", "lost>j", "j>e"
    )

    (problem,) = found(draw(body, thorough=True), "join_waits")

    assert problem.element_id == "j"
    assert "lost_j" in problem.message


def test_parallel_branches_may_end_each_for_itself() -> None:
    def draw_it(scope: Scope) -> None:
        split, ending = scope.node("parallelGateway"), scope.node("endEvent")
        scope.chain(scope.node("startEvent"), split, scope.node("task"), ending)
        scope.chain(split, scope.node("task"), ending)
        scope.chain(split, scope.node("task"), scope.node("endEvent"))

    assert in_process(draw_it) == []


@strategies.composite
def tangles(draw: strategies.DrawFn, *, back: bool) -> bytes:
    """Small nets of gateways and tasks, none of them structured; with ``back`` flows may lead back too."""
    kinds = draw(strategies.lists(strategies.sampled_from(["task", *GATEWAYS[:2]]), min_size=3, max_size=7))
    drawing = Drawing()
    scope = drawing.process()
    nodes = [scope.node("startEvent"), *(scope.node(kind) for kind in kinds), scope.node("endEvent")]
    scope.chain(*nodes)
    inner = strategies.integers(1, len(kinds))
    for source, target in draw(strategies.lists(strategies.tuples(inner, inner), max_size=4, unique=True)):
        if kinds[source - 1] != "task" and (source < target or (back and source != target)):
            scope.flow(nodes[source], nodes[target])
    return drawing.xml()


def just_ending(net: Net) -> set[int]:
    """Edges behind which nothing is but ends: what comes over them meets nothing any more."""
    ending = set(net.ins[SINK])
    while True:
        more = {
            edge
            for edge, vertex in enumerate(net.target)
            if net.ins[vertex] == {edge} and net.outs[vertex] and net.outs[vertex] <= ending
        }
        if more <= ending:
            return ending
        ending |= more


def by_hand(net: Net) -> bool:
    """Whether every run ends with no join waiting and no two tokens in one place: all interleavings, no reduction."""
    ending = just_ending(net)
    start = [tuple(edge for edge in net.outs[SOURCE] if edge not in ending)]
    seen, stack = set(start), list(start)
    while stack:
        marking = stack.pop()
        merging = [net.target[edge] for edge in marking if net.joins[net.target[edge]]]
        if len(set(marking)) < len(marking) or any(
            net.kinds[vertex] is Kind.XOR and merging.count(vertex) > 1 for vertex in merging
        ):
            return False
        following: list[list[int]] = []
        for edge in marking:
            vertex = net.target[edge]
            rest = [each for each in marking if each != edge]
            if net.joins[vertex] and net.kinds[vertex] is Kind.AND:
                if net.ins[vertex] <= set(marking):
                    following.append([*(each for each in marking if each not in net.ins[vertex]), *net.outs[vertex]])
            elif net.kinds[vertex] is Kind.AND:
                following.append([*rest, *net.outs[vertex]])
            else:
                following.extend([*rest, out] for out in net.outs[vertex])
        if marking and not following:
            return False
        for edges in following:
            each = tuple(sorted(edge for edge in edges if edge not in ending))
            if each not in seen:
                seen.add(each)
                stack.append(each)
    return True


def compared(data: bytes) -> tuple[bool, bool]:
    """Whether nothing is told of it, and whether it is sound."""
    (model,) = load(data, "tangle.bpmn", walkthrough=True).processes
    (scope,) = scope_nets(model)
    sound = by_hand(scope.net)
    findings = Findings("tangle.bpmn")
    soundness(model, findings, Effort())
    return findings.problems == [], sound


@given(tangles(back=False))
@settings(max_examples=300, deadline=None)
def test_reduction_and_game_agree_with_all_interleavings(data: bytes) -> None:
    silent, sound = compared(data)

    assert silent == sound


@given(tangles(back=True))
@settings(max_examples=300, deadline=None)
def test_nothing_is_told_of_sound_tangles_with_loops(data: bytes) -> None:
    """The other way round a parallel branch that only ends may meet itself; that harms nobody and is not told."""
    silent, sound = compared(data)

    assert silent or not sound
