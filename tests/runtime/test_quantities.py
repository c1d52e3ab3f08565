"""Token quantities of activities (BPMN 2.0, 13.3.2; table 10.3)."""

import pytest

from laneway.diagrams import load
from tests.support.drawing import Drawing
from tests.support.play import Player


def chain(start: str = "1", completion: str = "1", middle: bool = True) -> bytes:
    """start → give (completionQuantity) → pass → take (startQuantity) → end"""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("userTask", "give", completionQuantity=completion)
    process.node("userTask" if middle else "task", "pass")
    process.node("userTask", "take", startQuantity=start)
    process.node("endEvent", "end")
    process.chain("start", "give", "pass", "take", "end")
    return drawing.xml()


def test_completion_quantity_puts_as_many_tokens_on_the_flow():
    player = Player(chain(completion="3")).start().complete("give")
    assert player.waiting() == ["pass"] * 3


def test_start_quantity_gathers_tokens_before_the_activity_begins_once():
    # given
    player = Player(chain(start="2", completion="2")).start().complete("give")
    # when
    player.complete("pass")
    # then
    assert player.waiting() == ["pass"]
    assert player.complete("pass").waiting() == ["take"]
    assert player.complete("take").ended
    assert player.completed.count("take") == 1


def test_tokens_left_over_wait_for_others():
    player = Player(chain(start="2", completion="4", middle=False)).start().complete("give")
    assert player.waiting() == ["take", "take"]


def test_too_few_tokens_are_an_incident_that_goes_on_when_resolved():
    player = Player(chain(start="2", completion="3", middle=False)).start().complete("give").complete("take")
    [message] = player.incidents()
    assert "1 of 2 tokens" in message
    assert player.resolve().waiting() == ["take"]
    assert player.complete("take").ended


def test_tokens_of_different_flows_count_together():
    """Several flows into an activity are as an exclusive gateway before it (13.3.2)."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("task", "split")
    process.node("userTask", "a")
    process.node("userTask", "b")
    process.node("userTask", "take", startQuantity="2")
    process.chain("start", "split", "a", "take")
    process.chain("split", "b", "take")
    player = Player(drawing.xml()).start().complete("a")
    assert player.waiting() == ["b"]
    assert player.complete("b").waiting() == ["take"]


def test_every_flow_that_is_left_by_gets_the_quantity():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("task", "give", completionQuantity="2")
    for name in "abc":
        process.node("userTask", name)
    process.flow("start", "give")
    process.flow("give", "a")
    process.flow("give", "b", "=x > 1")
    process.flow("give", "c", "=x > 2")
    assert Player(drawing.xml()).start({"x": 2}).waiting() == ["a", "a", "b", "b"]


def test_a_parallel_join_keeps_the_tokens_that_are_too_many():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("parallelGateway", "fork")
    process.node("task", "twice", completionQuantity="2")
    process.node("userTask", "also", completionQuantity="2")
    process.node("parallelGateway", "join")
    process.node("userTask", "after")
    process.chain("start", "fork", "twice", "join", "after")
    process.chain("fork", "also", "join")
    player = Player(drawing.xml()).start().complete("also")
    assert player.waiting() == ["after", "after"]


def test_a_multi_instance_activity_gathers_tokens_once_for_all_its_instances():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("task", "give", completionQuantity="2")
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    process.node("userTask", "take", loop, startQuantity="2", completionQuantity="2")
    process.node("userTask", "after")
    process.chain("start", "give", "take", "after")
    player = Player(drawing.xml()).start()
    assert player.waiting() == ["take", "take"]
    assert player.complete("take").complete("take").waiting() == ["after", "after"]


def test_waiting_tokens_survive_a_restart():
    player = Player(chain(start="3", completion="3"))
    player.restart_each_step = True
    player.start().complete("give").complete("pass").complete("pass")
    assert player.waiting() == ["pass"]
    assert player.complete("pass").complete("take").ended


def test_an_inclusive_join_waits_for_tokens_that_wait_for_others():
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("parallelGateway", "fork")
    process.node("userTask", "one")
    process.node("userTask", "two")
    process.node("userTask", "three")
    process.node("task", "take", startQuantity="2")
    process.node("inclusiveGateway", "join")
    process.node("userTask", "after")
    process.chain("start", "fork", "one", "take", "join", "after")
    process.chain("fork", "two", "take")
    process.chain("fork", "three", "join")
    player = Player(drawing.xml()).start().complete("three").complete("one")
    assert player.waiting() == ["two"]
    assert player.complete("two").waiting() == ["after"]


@pytest.mark.parametrize("attribute", ["startQuantity", "completionQuantity"])
@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (b'isExecutable="true"', b'isExecutable="false"'),
        (b"<definitions ", b'<definitions xmlns:adonis="http://www.boc-group.com" '),
    ],
)
def test_zero_is_read_as_one_and_said_where_it_means_not_set(attribute, part, instead):
    assert part in zero(attribute)
    data = zero(attribute).replace(part, instead)
    problems = [each for each in load(data, "x.bpmn").problems if each.rule == "quantity_zero"]
    assert [(each.element_id, each.severity) for each in problems] == [("give", "info")]
    assert Player(data).start().complete("give").waiting() == ["pass"]


@pytest.mark.parametrize("attribute", ["startQuantity", "completionQuantity"])
def test_zero_is_refused_in_an_executable_process(attribute):
    problems = [each for each in load(zero(attribute), "x.bpmn").problems if each.rule == "quantity_zero"]
    assert [(each.element_id, each.severity) for each in problems] == [("give", "error")]


def zero(attribute: str) -> bytes:
    data = chain().replace(b'id="give" name="give"', f'id="give" name="give" {attribute}="0"'.encode())
    return data.replace(b' completionQuantity="1"', b"")


@pytest.mark.parametrize("said", ["-1", "two", "1.5", "10001", "9" * 5000])
def test_what_is_no_quantity_is_refused(said):
    diagram = load(chain(start=said), "x.bpmn")
    assert [each.element_id for each in diagram.problems if each.rule == "not_a_number"] == ["take"]
