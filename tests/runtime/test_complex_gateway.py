"""Complex gateways (BPMN 2.0, 13.4.5)."""

import pytest

from tests.support.drawing import Drawing
from tests.support.play import Player


def activation(text: str) -> str:
    return f"<activationCondition>{text}</activationCondition>"


def gathering(condition: str | None, branches: str = "abc", second_phase: bool = False, fork: str = "task") -> bytes:
    """start → fork → one user task per branch → complex gateway → «after»; with ``second_phase`` also → «late» at reset"""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node(fork, "fork")
    process.node("complexGateway", "join", activation(condition) if condition else "")
    process.node("userTask", "after")
    process.flow("start", "fork")
    for name in branches:
        process.node("userTask", name)
        process.elements[-1] = (*process.elements[-1][:2], "", "", None)
        process.flow("fork", name, f'=contains(take, "{name}")' if fork == "inclusiveGateway" else None)
        process.flows.append((f"from_{name}", name, "join", None))
    process.flow("join", "after", "=waitingForStart" if second_phase else None)
    if second_phase:
        process.node("userTask", "late")
        process.flow("join", "late", "=not(waitingForStart)")
    return drawing.xml()


def test_two_of_three_activate_it_and_the_third_is_taken_by_the_reset():
    # given
    player = Player(gathering("=activationCount >= 2")).start()
    # when
    player.complete("b")
    # then
    assert player.waiting() == ["a", "c"]
    # when
    player.complete("c")
    # then
    assert player.waiting() == ["a", "after"]
    # when
    player.complete("after").complete("a")
    # then
    assert player.ended
    assert player.completed.count("after") == 1


def test_the_condition_sees_the_tokens_of_each_flow_by_its_id():
    player = Player(gathering("=from_a &gt;= 1 and from_b + from_c &gt;= 1")).start().complete("b").complete("c")
    assert player.waiting() == ["a"]
    assert player.complete("a").waiting() == ["after"]


@pytest.mark.parametrize("text", ["=activationCount &gt;= 1", "${activationCount &gt;= 1}", "activationCount>=1", None])
def test_a_discriminator_in_each_language(text):
    player = Player(gathering(text)).start().complete("a")
    assert player.waiting() == ["b", "c", "after"]
    assert player.complete("b").complete("c").complete("after").ended


def test_the_reset_gives_tokens_to_the_flows_that_look_at_the_phase():
    player = Player(gathering("=activationCount >= 2", second_phase=True)).start().complete("a").complete("b")
    assert player.waiting() == ["c", "after"]
    assert player.complete("c").waiting() == ["after", "late"]
    assert player.complete("after").complete("late").ended


def test_the_reset_does_not_wait_for_what_cannot_come():
    data = gathering("=activationCount >= 1", second_phase=True, fork="inclusiveGateway")
    player = Player(data).start({"take": "ab"}).complete("a")
    assert player.waiting() == ["b", "after"]
    assert player.complete("b").waiting() == ["after", "late"]


def test_the_reset_comes_at_once_where_nothing_is_expected():
    data = gathering("=activationCount >= 1", second_phase=True, fork="inclusiveGateway")
    assert Player(data).start({"take": "c"}).complete("c").waiting() == ["after", "late"]


def test_a_condition_that_can_hold_no_more_is_an_incident_that_is_looked_at_again():
    player = Player(gathering("=activationCount >= needed")).start({"needed": 4}).complete("a").complete("b")
    assert player.incidents() == []
    player.complete("c")
    [message] = player.incidents()
    assert "activationCount >= needed" in message
    player.resolve({"needed": 5})
    assert len(player.incidents()) == 1
    assert player.resolve({"needed": 3}).waiting() == ["after"]
    assert player.complete("after").ended


def test_a_condition_that_fails_is_an_incident_and_another_token_may_solve_it():
    player = Player(gathering("=activationCount >= needed")).start({"needed": "two"}).complete("a")
    assert "activation condition" in player.incidents()[0]
    player.complete("b", {"needed": 2})
    assert player.incidents() == []
    assert player.waiting() == ["c", "after"]
    assert player.complete("c").complete("after").ended
    assert player.completed.count("join") == 1


@pytest.mark.parametrize("text", ["=activationCount >= 2", "=activationCount >= 1"])
def test_it_is_the_same_after_a_restart_at_every_step(text):
    for order in ("abc", "cab"):
        player, other = Player(gathering(text)), Player(gathering(text))
        other.restart_each_step = True
        for one in (player, other):
            one.start()
            for name in order:
                one.complete(name)
            one.complete("after")
            assert one.ended
        assert player.completed == other.completed


def splitting(*conditions: str | None, default: int | None = None) -> bytes:
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("complexGateway", "split")
    process.flow("start", "split")
    for index, condition in enumerate(conditions):
        process.node("userTask", "abc"[index])
        process.flow("split", "abc"[index], condition, default=index == default)
    return drawing.xml()


def test_it_splits_as_an_inclusive_gateway_does():
    data = splitting("=x > 1", "=x > 2", None, default=2)
    assert Player(data).start({"x": 3}).waiting() == ["a", "b"]
    assert Player(data).start({"x": 2}).waiting() == ["a"]
    assert Player(data).start({"x": 1}).waiting() == ["c"]


def test_no_condition_and_no_default_is_an_incident():
    player = Player(splitting("=x > 1", "=x > 2")).start({"x": 0})
    assert "no condition holds" in player.incidents()[0]
    assert player.resolve({"x": 2}).waiting() == ["a"]


def test_a_flow_without_condition_goes_with_the_activation():
    assert Player(splitting(None, "=x > 2")).start({"x": 0}).waiting() == ["a"]


def round_trip(condition: str = "=activationCount >= 1") -> bytes:
    """start → merge (complex) → work → again? → merge | end"""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("complexGateway", "merge", activation(condition))
    process.node("userTask", "work")
    process.node("exclusiveGateway", "again")
    process.node("endEvent", "end")
    process.chain("start", "merge", "work", "again")
    process.flow("again", "merge", "=more")
    process.flow("again", "end", default=True)
    return drawing.xml()


def test_a_token_that_comes_round_activates_it_again():
    player = Player(round_trip()).start()
    for _ in range(3):
        player.complete("work", {"more": True})
        assert player.waiting() == ["work"]
    assert player.complete("work", {"more": False}).ended
    assert player.completed.count("merge") == 4


def test_a_whole_cycle_can_be_gone_through_again():
    """A discriminator in a loop: each cycle passes once, and the next one starts from the beginning."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("exclusiveGateway", "top")
    process.node("parallelGateway", "fork")
    process.node("userTask", "a")
    process.node("userTask", "b")
    process.node("complexGateway", "first", activation("=activationCount >= 1"))
    process.node("userTask", "after")
    process.node("exclusiveGateway", "again")
    process.node("endEvent", "end")
    process.chain("start", "top", "fork", "a", "first", "after", "again")
    process.chain("fork", "b", "first")
    process.flow("again", "top", "=more")
    process.flow("again", "end", default=True)
    player = Player(drawing.xml()).start()
    for _ in range(3):
        player.complete("b")
        assert player.waiting() == ["a", "after"]
        player.complete("a").complete("after", {"more": True})
        assert player.waiting() == ["a", "b"]
    player.complete("a").complete("b").complete("after", {"more": False})
    assert player.ended
    assert player.completed.count("after") == 4


def test_an_interrupted_scope_forgets_the_phase():
    """A terminate event ends the cycle; a later scope of the same kind starts a new one."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    loop = '<standardLoopCharacteristics loopMaximum="2"><loopCondition>=true</loopCondition></standardLoopCharacteristics>'
    _, inner = process.sub("inner", loop)
    inner.node("startEvent", "begin")
    inner.node("parallelGateway", "fork")
    inner.node("userTask", "a")
    inner.node("userTask", "b")
    inner.node("complexGateway", "first", activation("=activationCount >= 1"))
    inner.node("endEvent", "stop", "<terminateEventDefinition/>")
    inner.chain("begin", "fork", "a", "first", "stop")
    inner.chain("fork", "b", "first")
    process.node("endEvent", "end")
    process.chain("start", "inner", "end")
    player = Player(drawing.xml()).start().complete("a")
    assert player.waiting() == ["a", "b"]
    assert player.complete("b").ended


def test_an_inclusive_join_behind_it_goes_on_when_the_reset_takes_the_last_token():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("parallelGateway", "fork")
    for name in "abc":
        process.node("userTask", name)
    process.node("complexGateway", "first", activation("=activationCount >= 1"))
    process.node("inclusiveGateway", "join")
    process.node("userTask", "after")
    process.chain("start", "fork", "a", "first", "join", "after")
    process.chain("fork", "b", "first")
    process.chain("fork", "c", "join")
    player = Player(drawing.xml()).start().complete("a").complete("c").complete("b")
    assert player.waiting() == ["after"]
    assert player.complete("after").ended


def test_a_variable_may_make_the_condition_hold_when_no_token_comes_any_more():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("parallelGateway", "fork")
    process.node("complexGateway", "join", activation("=activationCount = 2 or urgent"))
    for name in ("a", "b", "c", "after"):
        process.node("userTask", name)
    process.node("exclusiveGateway", "come")
    process.node("endEvent", "away")
    process.chain("start", "fork", "a", "join", "after")
    process.chain("fork", "b", "come")
    process.flow("come", "join", "=not(urgent)")
    process.flow("come", "away", default=True)
    player = Player(drawing.xml()).start({"urgent": False}).complete("a")
    assert player.waiting() == ["b"]
    assert player.complete("b", {"urgent": True}).waiting() == ["after"]
    assert player.complete("after").ended


def test_in_a_walkthrough_a_person_chooses_and_words_are_no_condition():
    data = splitting(None, None).replace(b'isExecutable="true"', b'isExecutable="false"')
    player = Player(data).start()
    assert player.waiting() == ["split"]
    assert player.complete("split", {"choice": ["a", "b"]}).waiting() == ["a", "b"]
    words = gathering("two of them").replace(b'isExecutable="true"', b'isExecutable="false"')
    assert Player(words).start().waiting() == ["fork"]
