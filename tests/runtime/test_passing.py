"""What a token passes through: no element instance is made of what begins and completes at once."""

from laneway.domain.history import ElementActivated, ElementCompleted
from tests.support.drawing import Drawing
from tests.support.play import Player


def two_branches() -> bytes:
    """start → fork → two branches of two abstract tasks each → join → end"""
    drawing = Drawing()
    process = drawing.process()
    start, end = process.node("startEvent", "start"), process.node("endEvent", "end")
    fork, join = process.node("parallelGateway", "fork"), process.node("parallelGateway", "join")
    process.flow(start, fork)
    for branch in "ab":
        process.chain(fork, process.node("task", f"{branch}1"), process.node("task", f"{branch}2"), join)
    process.flow(join, end)
    return drawing.xml()


def test_the_process_alone_is_an_element_instance_where_nothing_waits():
    # when
    player = Player(two_branches()).start()
    # then
    assert player.ended
    assert list(player.last.created) == [player.state.root_key]
    assert len(player.last.passed) == 8
    activated = [event.element_instance_key for event in player.last.events if isinstance(event, ElementActivated)]
    completed = [event.element_instance_key for event in player.last.events if isinstance(event, ElementCompleted)]
    assert activated == [player.state.root_key, *(key for key, *_ in player.last.passed)]
    assert sorted(completed) == activated


def test_tokens_of_branches_move_in_turns():
    player = Player(two_branches()).start()
    assert player.completed[2:6] == ["a1", "b1", "a2", "b2"]


def test_what_cannot_be_passed_holds_an_incident_under_the_key_that_history_tells():
    # given
    drawing = Drawing()
    process = drawing.process()
    start, end = process.node("startEvent", "start"), process.node("endEvent", "end")
    which = process.node("exclusiveGateway", "which")
    process.flow(start, which)
    process.flow(which, end, "=x > 1")
    # when
    player = Player(drawing.xml()).start({"x": 0})
    # then
    [held] = [element for element in player.state.elements.values() if element.incident]
    assert held.key not in {key for key, *_ in player.last.passed}
    assert ElementActivated(held.key, "which") in player.last.events
    assert player.resolve({"x": 2}).ended


def test_a_row_of_joins_at_each_of_which_a_token_waits():
    """The last token lets all of them fire at once, one after the other: as deep as there are joins, if it were recursion."""
    # given
    joins = 1_500
    drawing = Drawing()
    process = drawing.process()
    fork = process.node("parallelGateway", "fork")
    process.flow(process.node("startEvent", "start"), fork)
    before = process.node("userTask", "last")
    process.flow(fork, before)
    for index in range(joins):
        join = process.node("parallelGateway", f"join_{index}")
        process.flow(fork, join)
        process.flow(before, join)
        before = join
    process.flow(before, process.node("endEvent", "end"))
    # when
    player = Player(drawing.xml()).start()
    assert player.waiting() == ["last"]
    # then
    assert player.complete("last").ended
