"""Gateways and implicit splits (BPMN 2.0, 13.2.1 and 13.4)."""

import pytest

from tests.support.drawing import Drawing
from tests.support.play import Player


def split_and_join(split: str, join: str, *conditions: str | None, default: int | None = None) -> bytes:
    """start → split → one user task per condition (a, b, c …) → join → user task «after» → end"""
    drawing = Drawing()
    process = drawing.process()
    start = process.node("startEvent", "start")
    fork = process.node(split, "split")
    merge = process.node(join, "join")
    after = process.node("userTask", "after")
    end = process.node("endEvent", "end")
    process.flow(start, fork)
    for index, condition in enumerate(conditions):
        task = process.node("userTask", "abcdefgh"[index])
        process.flow(fork, task, condition, default=index == default)
        process.flow(task, merge)
    process.chain(merge, after, end)
    return drawing.xml()


def test_exclusive_takes_the_first_flow_that_holds():
    player = Player(split_and_join("exclusiveGateway", "exclusiveGateway", "=x > 1", "=x > 0", "=x > -1"))
    player.start({"x": 1})
    assert player.waiting() == ["b"]


def test_exclusive_takes_the_default_only_if_nothing_holds():
    data = split_and_join("exclusiveGateway", "exclusiveGateway", "=x > 1", None, default=1)
    assert Player(data).start({"x": 5}).waiting() == ["a"]
    assert Player(data).start({"x": 0}).waiting() == ["b"]


def test_exclusive_without_a_match_is_an_incident_that_goes_on_once_resolved():
    # given
    player = Player(split_and_join("exclusiveGateway", "exclusiveGateway", "=x > 1", "=x < 0"))
    # when
    player.start({"x": 1})
    # then
    [message] = player.incidents()
    assert "split" in message
    assert "x > 1" in message
    assert "default" in message
    # when
    player.resolve({"x": 2})
    # then
    assert player.waiting() == ["a"]
    assert player.incidents() == []


@pytest.mark.parametrize("missing", [{}, {"x": None}, {"x": "text"}])
def test_a_condition_that_gives_no_boolean_is_an_incident(missing):
    player = Player(split_and_join("exclusiveGateway", "exclusiveGateway", "=x > 1", "=x <= 1")).start(missing)
    assert len(player.incidents()) == 1
    assert "x > 1" in player.incidents()[0]


def test_parallel_waits_for_every_branch():
    player = Player(split_and_join("parallelGateway", "parallelGateway", None, None, None)).start()
    assert player.waiting() == ["a", "b", "c"]
    player.complete("b").complete("a")
    assert player.waiting() == ["c"]
    player.complete("c")
    assert player.waiting() == ["after"]
    assert player.complete("after").ended


def test_data_of_all_branches_survives_the_join():
    player = Player(split_and_join("parallelGateway", "parallelGateway", None, None)).start({"seen": "start"})
    player.complete("a", {"seen": "a", "one": [1]})
    player.complete("b", {"two": [2, 2, 2]})
    assert player.variables() == {"seen": "a", "one": [1], "two": [2, 2, 2]}


def test_inclusive_joins_what_was_split():
    data = split_and_join("inclusiveGateway", "inclusiveGateway", "=x > 1", "=x > 2", "=x > 3")
    player = Player(data).start({"x": 3})
    assert player.waiting() == ["a", "b"]
    assert player.complete("a").waiting() == ["b"]
    assert player.complete("b").waiting() == ["after"]


def test_inclusive_without_a_match_is_an_incident():
    player = Player(split_and_join("inclusiveGateway", "inclusiveGateway", "=x > 1", "=x > 2")).start({"x": 0})
    assert len(player.incidents()) == 1


def test_parallel_into_exclusive_runs_the_rest_once_per_token():
    player = Player(split_and_join("parallelGateway", "exclusiveGateway", None, None)).start()
    player.complete("a").complete("b")
    assert player.waiting() == ["after", "after"]


def test_parallel_into_inclusive_joins_all():
    player = Player(split_and_join("parallelGateway", "inclusiveGateway", None, None)).start()
    assert player.complete("b").waiting() == ["a"]
    assert player.complete("a").waiting() == ["after"]


def test_exclusive_into_inclusive_does_not_wait():
    player = Player(split_and_join("exclusiveGateway", "inclusiveGateway", "=x > 0", "=x <= 0")).start({"x": 1})
    assert player.complete("a").waiting() == ["after"]


def test_exclusive_into_parallel_is_an_incident_at_the_join_not_a_silent_stop():
    player = Player(split_and_join("exclusiveGateway", "parallelGateway", "=x > 0", "=x <= 0")).start({"x": 1})
    player.complete("a")
    assert not player.ended
    [message] = player.incidents()
    assert message.startswith("join")
    assert player.resolve().waiting() == ["after"]


def test_excess_tokens_at_a_parallel_join_are_kept():
    """Two tokens come over one flow before the other flow has its first: the join fires twice, once for each pair."""
    drawing = Drawing()
    process = drawing.process()
    for name in ("a1", "a2", "b1", "b2"):
        process.node("userTask", name)
    process.node("startEvent", "start")
    process.node("parallelGateway", "split")
    process.node("exclusiveGateway", "left")
    process.node("exclusiveGateway", "right")
    process.node("parallelGateway", "join")
    process.node("userTask", "after")
    process.flow("start", "split")
    for name, merge in (("a1", "left"), ("a2", "left"), ("b1", "right"), ("b2", "right")):
        process.flow("split", name)
        process.flow(name, merge)
    process.flow("left", "join")
    process.flow("right", "join")
    process.flow("join", "after")
    player = Player(drawing.xml()).start()
    player.complete("a1").complete("a2")
    assert player.waiting() == ["b1", "b2"]
    player.complete("b1").complete("b2")
    assert player.waiting() == ["after", "after"]
    player.complete("after").complete("after")
    assert player.ended


def test_a_parallel_join_in_a_loop_does_not_mix_rounds():
    """A loop round the whole block: in every round both branches must come, whichever is first."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("exclusiveGateway", "again")
    process.node("parallelGateway", "split")
    process.node("userTask", "a")
    process.node("userTask", "b")
    process.node("parallelGateway", "join")
    process.node("exclusiveGateway", "enough")
    process.node("endEvent", "end")
    process.chain("start", "again", "split")
    for name in "ab":
        process.chain("split", name, "join")
    process.flow("join", "enough")
    process.flow("enough", "again", "=rounds < 2")
    process.flow("enough", "end", "=rounds >= 2")
    player = Player(drawing.xml()).start({"rounds": 0})
    player.complete("a", {"rounds": 1}).complete("b")
    assert player.waiting() == ["a", "b"]
    player.complete("b", {"rounds": 2})
    assert player.waiting() == ["a"]
    player.complete("a")
    assert player.ended


def test_inclusive_join_waits_for_a_token_that_loops_back_to_it():
    """One branch goes round once more before it comes to the join."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("inclusiveGateway", "split")
    process.node("exclusiveGateway", "merge")
    process.node("userTask", "a")
    process.node("exclusiveGateway", "retry")
    process.node("userTask", "b")
    process.node("inclusiveGateway", "join")
    process.node("userTask", "after")
    process.flow("start", "split")
    process.flow("split", "merge", "=true")
    process.flow("split", "b", "=true")
    process.chain("merge", "a", "retry")
    process.flow("retry", "merge", "=not(ok)")
    process.flow("retry", "join", "=ok")
    process.chain("b", "join", "after")
    player = Player(drawing.xml()).start()
    player.complete("b")
    player.complete("a", {"ok": False})
    assert player.waiting() == ["a"]
    player.complete("a", {"ok": True})
    assert player.waiting() == ["after"]


def test_an_activity_splits_over_all_its_flows_and_its_conditions_hold():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    for name in ("first", "always", "maybe", "otherwise"):
        process.node("userTask", name)
    process.flow("start", "first")
    process.flow("first", "always")
    process.flow("first", "maybe", "=x")
    process.flow("first", "otherwise", default=True)
    assert Player(drawing.xml()).start().complete("first", {"x": True}).waiting() == ["always", "maybe"]
    assert Player(drawing.xml()).start().complete("first", {"x": False}).waiting() == ["always", "otherwise"]


def test_a_single_conditional_flow_that_does_not_hold_is_an_incident():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "first")
    process.node("userTask", "second")
    process.flow("start", "first")
    process.flow("first", "second", "=x")
    player = Player(drawing.xml()).start().complete("first", {"x": False})
    assert len(player.incidents()) == 1
    assert player.resolve({"x": True}).waiting() == ["second"]


def test_several_incoming_flows_of_an_activity_do_not_join():
    player = Player(split_and_join("parallelGateway", "userTask", None, None)).start()
    player.complete("a").complete("b")
    assert player.waiting() == ["join", "join"]


def test_fourteen_consecutive_parallel_blocks_cost_what_they_are():
    drawing = Drawing()
    process = drawing.process()
    last = process.node("startEvent", "start")
    for block in range(14):
        split = process.node("parallelGateway", f"split{block}")
        join = process.node("parallelGateway", f"join{block}")
        process.flow(last, split)
        for branch in range(2):
            process.chain(split, process.node("task", f"t{block}_{branch}"), join)
        last = join
    process.flow(last, process.node("endEvent", "end"))
    player = Player(drawing.xml()).start()
    assert player.ended
    assert len(player.completed) == 14 * 4 + 2 + 1


@pytest.mark.parametrize("split", ["parallelGateway", "inclusiveGateway"])
@pytest.mark.parametrize("join", ["parallelGateway", "inclusiveGateway", "complexGateway"])
def test_a_join_of_many_branches_writes_only_what_has_come_and_survives_restarts(split, join):
    # Given a join of more flows than a row of its scope keeps
    branches = 40
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node(split, "split")
    inner = f"<activationCondition>=activationCount &gt;= {branches}</activationCondition>"
    process.node(join, "join", inner if join == "complexGateway" else "")
    process.node("userTask", "after")
    process.flow("start", "split")
    for number in range(branches):
        process.node("userTask", f"b{number}")
        process.flow("split", f"b{number}", "=true" if split == "inclusiveGateway" else None)
        process.flow(f"b{number}", "join")
    process.flow("join", "after")
    player = Player(drawing.xml())
    player.restart_each_step = True
    # when its branches are done one after another, each after a restart
    player.start()
    written = []
    for number in range(branches):
        player.complete(f"b{number}")
        written.append(len(player.last.touched) + len(player.last.variables))
    # then it fires once, and no step but the first and the last wrote more than any other
    assert player.waiting() == ["after"]
    assert len(set(written[1:-1])) == 1
    assert set(player.variables().values()) == {0}
    assert player.complete("after").ended
