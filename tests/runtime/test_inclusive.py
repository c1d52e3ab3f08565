"""Inclusive joins where it is hard to say what can still come (BPMN 2.0, 13.4.3)."""

import pytest

from tests.support.drawing import Drawing, Scope, duration, refers
from tests.support.play import Player


def begun() -> tuple[Drawing, Scope]:
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    return drawing, process


def inclusive(process: Scope, *names: str) -> None:
    for name in names:
        process.node("inclusiveGateway", name)


def tasks(process: Scope, names: str) -> None:
    for name in names:
        process.node("userTask", name)


def played(drawing: Drawing, variables: dict[str, object], order: str) -> Player:
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start(variables)
    for name in order:
        player.complete(name)
    return player


def nested() -> Drawing:
    """outer split ⟨a | inner split ⟨b | c⟩ inner join⟩ outer join → z"""
    drawing, process = begun()
    inclusive(process, "outer", "inner", "inner_join", "outer_join")
    tasks(process, "abcz")
    process.flow("start", "outer")
    process.flow("outer", "a", "=a")
    process.flow("outer", "inner", "=b or c")
    process.flow("inner", "b", "=b")
    process.flow("inner", "c", "=c")
    process.chain("b", "inner_join", "outer_join", "z")
    process.chain("c", "inner_join")
    process.chain("a", "outer_join")
    return drawing


@pytest.mark.parametrize("taken", ["a", "b", "c", "ab", "ac", "bc", "abc", "cba", "bca"])
def test_nested_splits_and_joins(taken):
    variables = {name: name in taken for name in "abc"}
    player = played(nested(), variables, taken[:-1])
    assert "z" not in player.waiting()
    assert player.complete(taken[-1]).waiting() == ["z"]
    assert player.complete("z").ended


def looping() -> Drawing:
    """merge → split ⟨a | b⟩ join → again? → merge | end"""
    drawing, process = begun()
    inclusive(process, "split", "join")
    process.node("exclusiveGateway", "merge")
    process.node("exclusiveGateway", "again")
    process.node("endEvent", "end")
    tasks(process, "abz")
    process.chain("start", "merge", "split")
    process.flow("split", "a", "=a")
    process.flow("split", "b", "=b")
    process.chain("a", "join", "z", "again")
    process.chain("b", "join")
    process.flow("again", "merge", "=more")
    process.flow("again", "end", default=True)
    return drawing


def test_a_block_in_a_loop_joins_each_round_by_itself():
    player = played(looping(), {"a": True, "b": True, "more": True}, "b")
    assert player.waiting() == ["a"]
    player.complete("a").complete("z", {"a": True, "b": False})
    assert player.waiting() == ["a"]
    player.complete("a")
    assert player.waiting() == ["z"]
    assert player.complete("z", {"more": False}).ended


def test_an_inclusive_gateway_may_be_the_head_of_a_loop():
    """Nothing but its own token can come round to it, and that one is not upstream without passing it."""
    drawing, process = begun()
    inclusive(process, "head")
    process.node("exclusiveGateway", "again")
    process.node("endEvent", "end")
    tasks(process, "a")
    process.chain("start", "head", "a", "again")
    process.flow("again", "head", "=more")
    process.flow("again", "end", default=True)
    player = played(drawing, {"more": True}, "aa")
    assert player.waiting() == ["a"]
    assert player.complete("a", {"more": False}).ended


def test_a_token_that_may_loop_back_upstream_is_waited_for():
    """a → join; b → retry? → b | join"""
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node("exclusiveGateway", "merge")
    process.node("exclusiveGateway", "retry")
    inclusive(process, "join")
    tasks(process, "abz")
    process.chain("start", "fork", "a", "join", "z")
    process.chain("fork", "merge", "b", "retry")
    process.flow("retry", "merge", "=more")
    process.flow("retry", "join", default=True)
    player = played(drawing, {"more": True}, "abb")
    assert player.waiting() == ["b"]
    assert player.complete("b", {"more": False}).waiting() == ["z"]


def test_a_token_that_went_another_way_is_not_waited_for_any_more():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node("exclusiveGateway", "which")
    process.node("endEvent", "away")
    inclusive(process, "join")
    tasks(process, "abz")
    process.chain("start", "fork", "a", "join", "z")
    process.chain("fork", "b", "which")
    process.flow("which", "join", "=come")
    process.flow("which", "away", default=True)
    assert played(drawing, {"come": False}, "ab").waiting() == ["z"]
    assert played(drawing, {"come": True}, "ab").waiting() == ["z"]


def test_a_boundary_event_may_still_bring_a_token():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node("boundaryEvent", "late", duration("PT1H"), attachedToRef="b")
    process.node("endEvent", "away")
    inclusive(process, "join")
    tasks(process, "abcz")
    process.chain("start", "fork", "a", "join", "z")
    process.chain("fork", "b", "away")
    process.chain("late", "c", "join")
    # either it comes
    player = played(drawing, {}, "a").wait(hours=1)
    assert player.waiting() == ["c"]
    assert player.complete("c").waiting() == ["z"]
    # or the activity ends without it
    assert played(drawing, {}, "ab").waiting() == ["z"]


def test_a_token_that_jumps_by_a_link_is_waited_for():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node("intermediateThrowEvent", "jump", '<linkEventDefinition name="there"/>')
    process.node("intermediateCatchEvent", "land", '<linkEventDefinition name="there"/>')
    inclusive(process, "join")
    tasks(process, "abcz")
    process.chain("start", "fork", "a", "join", "z")
    process.chain("fork", "b", "jump")
    process.chain("land", "c", "join")
    player = played(drawing, {}, "ab")
    assert player.waiting() == ["c"]
    assert player.complete("c").waiting() == ["z"]


def test_what_runs_within_a_sub_process_is_waited_for_as_that():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    inclusive(process, "join")
    tasks(process, "az")
    outer, inner = process.sub("outer")
    inner.node("parallelGateway", "split")
    inclusive(inner, "inner_join")
    tasks(inner, "bc")
    inner.chain("split", "b", "inner_join")
    inner.chain("split", "c", "inner_join")
    process.chain("start", "fork", "a", "join", "z")
    process.chain("fork", outer, "join")
    player = played(drawing, {}, "ab")
    assert player.waiting() == ["c"]
    assert player.complete("c").waiting() == ["z"]


@pytest.mark.parametrize("interrupting", ["true", "false"])
def test_an_event_sub_process_is_not_upstream_of_any_join(interrupting):
    drawing, process = begun()
    drawing.signal("s", "s")
    process.node("parallelGateway", "fork")
    inclusive(process, "join")
    tasks(process, "abz")
    process.chain("start", "fork", "a", "join", "z")
    process.chain("fork", "b", "join")
    _, handler = process.sub("handler", triggeredByEvent="true")
    handler.node("startEvent", "on", refers("signal", "s"), isInterrupting=interrupting)
    tasks(handler, "h")
    handler.chain("on", "h")
    player = played(drawing, {}, "a").signal("s")
    if interrupting == "true":
        assert player.waiting() == ["h"]
    else:
        assert player.complete("b").waiting() == ["h", "z"]
        player.complete("z")
    assert player.complete("h").ended


def test_joins_that_wait_for_each_other_say_so_and_can_be_helped():
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    inclusive(process, "left", "right")
    for name in ("after_left", "after_right"):
        process.node("exclusiveGateway", name)
        process.node("endEvent", f"end_{name}")
    tasks(process, "ab")
    process.chain("start", "fork", "left", "a", "after_left")
    process.chain("fork", "right", "b", "after_right")
    process.flow("after_left", "right", "=cross")
    process.flow("after_left", "end_after_left", default=True)
    process.flow("after_right", "left", "=cross")
    process.flow("after_right", "end_after_right", default=True)
    player = Player(drawing.xml()).start({"cross": False})
    [message] = player.incidents()
    assert "no token can reach any more" in message
    player.resolve()
    assert player.waiting() == ["a"]
    assert player.complete("a").waiting() == ["b"]
    assert player.complete("b").ended


def test_a_gateway_that_joins_and_splits_does_both():
    drawing, process = begun()
    for name in ("first", "both"):
        inclusive(process, name)
    tasks(process, "abcd")
    process.flow("start", "first")
    process.flow("first", "a", "=x > 0")
    process.flow("first", "b", "=x > 1")
    process.flow("a", "both")
    process.flow("b", "both")
    process.flow("both", "c", "=x > 0")
    process.flow("both", "d", "=x > 1")
    assert played(drawing, {"x": 1}, "a").waiting() == ["c"]
    player = played(drawing, {"x": 2}, "a")
    assert player.waiting() == ["b"]
    assert player.complete("b").waiting() == ["c", "d"]


@pytest.mark.parametrize(
    ("kind", "after"), [("parallelGateway", ["c", "d"]), ("exclusiveGateway", ["c"]), ("inclusiveGateway", ["c", "d"])]
)
def test_mixed_gateways_of_each_kind(kind, after):
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node(kind, "both")
    tasks(process, "abcd")
    process.chain("start", "fork", "a", "both")
    process.chain("fork", "b", "both")
    process.flow("both", "c", None if kind == "parallelGateway" else "=true")
    process.flow("both", "d", None if kind == "parallelGateway" else "=true")
    player = played(drawing, {}, "a")
    if kind == "exclusiveGateway":
        assert player.waiting() == ["b", "c"]
    else:
        assert player.complete("b").waiting() == after


@pytest.mark.parametrize("kind", ["parallelGateway", "exclusiveGateway", "inclusiveGateway", "complexGateway"])
def test_a_gateway_with_one_way_in_and_one_way_out_is_passed(kind):
    drawing, process = begun()
    process.node(kind, "pass")
    tasks(process, "a")
    process.chain("start", "pass", "a")
    assert played(drawing, {}, "").waiting() == ["a"]


@pytest.mark.parametrize("kind", ["parallelGateway", "exclusiveGateway", "inclusiveGateway", "complexGateway"])
def test_a_gateway_with_no_way_out_ends_its_token(kind):
    drawing, process = begun()
    process.node("parallelGateway", "fork")
    process.node(kind, "stop")
    tasks(process, "ab")
    process.chain("start", "fork", "a", "stop")
    process.chain("fork", "b", "stop")
    assert played(drawing, {}, "ab").ended


@pytest.mark.parametrize("kind", ["parallelGateway", "exclusiveGateway", "inclusiveGateway"])
def test_a_process_may_begin_with_a_gateway(kind):
    drawing = Drawing()
    process = drawing.process()
    process.node(kind, "first")
    tasks(process, "ab")
    process.flow("first", "a", None if kind == "parallelGateway" else "=true")
    process.flow("first", "b", None if kind == "parallelGateway" else "=true")
    assert played(drawing, {}, "").waiting() == (["a"] if kind == "exclusiveGateway" else ["a", "b"])


@pytest.mark.parametrize("text", ["=x > 1", "x > 1", "${x > 1}", "#{x gt 1}"])
@pytest.mark.parametrize("kind", ["exclusiveGateway", "inclusiveGateway", "complexGateway", "task"])
def test_conditions_in_each_language_on_each_element(kind, text):
    drawing, process = begun()
    process.node(kind, "choice")
    tasks(process, "ab")
    process.flow("start", "choice")
    process.flow("choice", "a", text)
    process.flow("choice", "b", default=True)
    assert played(drawing, {"x": 2}, "").waiting() == ["a"]
    assert played(drawing, {"x": 1}, "").waiting() == ["b"]


def test_conditions_and_a_default_leave_any_activity_or_event():
    for kind in ("startEvent", "task", "subProcess", "intermediateThrowEvent"):
        drawing, process = begun()
        if kind == "startEvent":
            here = "start"
        elif kind == "subProcess":
            here, inner = process.sub("sub")
            inner.node("task", "inside")
            process.flow("start", here)
        else:
            here = process.node(kind, "here")
            process.flow("start", here)
        tasks(process, "abc")
        process.flow(here, "a", "=x > 1")
        process.flow(here, "b", "=x > 2")
        if kind in ("task", "subProcess"):
            process.flow(here, "c", default=True)
        else:
            process.flow(here, "c", "=x < 2")
        assert played(drawing, {"x": 3}, "").waiting() == ["a", "b"]
        assert played(drawing, {"x": 1}, "").waiting() == ["c"]
