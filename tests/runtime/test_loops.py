"""Standard loops, multi-instance, and budgets."""

import pytest

from laneway.domain.stimulus import CompleteWork
from laneway.domain.transition import UserTaskOpened
from laneway.runtime import Limits
from tests.support.drawing import Drawing, duration, extension
from tests.support.play import Player


def looping(characteristics: str, kind: str = "userTask") -> bytes:
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node(kind, "work", characteristics)
    process.node("boundaryEvent", "late", duration("PT1H"), attachedToRef="work")
    process.node("userTask", "after")
    process.node("userTask", "handler")
    process.chain("start", "work", "after")
    process.flow("late", "handler")
    return drawing.xml()


def multi(
    sequential: bool, collection: str = "=items", extra: str = "", output: str = "=item * 2", condition: str = ""
) -> str:
    inner = extension(
        f'<zeebe:loopCharacteristics inputCollection="{collection}" inputElement="item" '
        f'outputCollection="results" outputElement="{output}"/>'
    )
    completion = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    flag = str(sequential).lower()
    return f'<multiInstanceLoopCharacteristics isSequential="{flag}">{inner}{extra}{completion}</multiInstanceLoopCharacteristics>'


def test_parallel_instances_all_open_at_once_and_results_keep_the_order_of_the_items():
    player = Player(looping(multi(False))).start({"items": [1, 2, 3]})
    assert player.waiting() == ["work"] * 3
    for item in reversed([item for item in player.open.values() if isinstance(item, UserTaskOpened)]):
        player._step(CompleteWork(item.element_instance_key, item.key))
    assert player.waiting() == ["after"]
    assert player.variables()["results"] == [2, 4, 6]


def test_sequential_instances_come_one_after_another_also_for_null_items():
    player = Player(looping(multi(True, output="=item"))).start({"items": [1, None, 3]})
    for _ in range(3):
        assert player.waiting() == ["work"]
        player.complete("work")
    assert player.waiting() == ["after"]
    assert player.variables()["results"] == [1, None, 3]


@pytest.mark.parametrize("sequential", [True, False])
def test_no_items_no_instances(sequential):
    player = Player(looping(multi(sequential))).start({"items": []})
    assert player.waiting() == ["after"]
    assert player.variables()["results"] == []


def test_a_collection_that_is_no_list_is_an_incident():
    player = Player(looping(multi(False))).start({"items": "text"})
    assert "must be a list" in player.incidents()[0]
    assert player.resolve({"items": [1]}).waiting() == ["work"]


def test_completion_condition_ends_the_rest():
    data = looping(multi(False, condition="=numberOfCompletedInstances = 2"))
    player = Player(data).start({"items": [1, 2, 3, 4]})
    player.complete("work")
    assert player.waiting() == ["work"] * 3
    player.complete("work")
    assert player.waiting() == ["after"]
    assert player.variables()["results"] == [2, 4, None, None]


def test_the_boundary_event_belongs_to_all_instances_together():
    player = Player(looping(multi(False))).start({"items": [1, 2]})
    player.wait(hours=1)
    assert player.waiting() == ["handler"]


def test_cardinality():
    data = looping(
        "<multiInstanceLoopCharacteristics><loopCardinality>=n + 1</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    assert Player(data).start({"n": 2}).waiting() == ["work"] * 3


def test_a_huge_cardinality_is_an_incident():
    data = looping(
        "<multiInstanceLoopCharacteristics><loopCardinality>=10 ** 9</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    assert "more than" in Player(data).start().incidents()[0]


def test_standard_loop_runs_while_its_condition_holds():
    data = looping(
        '<standardLoopCharacteristics testBefore="false"><loopCondition>=more</loopCondition></standardLoopCharacteristics>'
    )
    player = Player(data).start({"more": False}).complete("work", {"more": True}).complete("work", {"more": False})
    assert player.waiting() == ["after"]


def test_standard_loop_may_test_before():
    data = looping(
        '<standardLoopCharacteristics testBefore="true"><loopCondition>=more</loopCondition></standardLoopCharacteristics>'
    )
    assert Player(data).start({"more": False}).waiting() == ["after"]


def test_standard_loop_maximum():
    data = looping(
        '<standardLoopCharacteristics loopMaximum="2"><loopCondition>=true</loopCondition></standardLoopCharacteristics>'
    )
    player = Player(data).start().complete("work").complete("work")
    assert player.waiting() == ["after"]


def circle(rounds: int) -> bytes:
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("exclusiveGateway", "again")
    process.node("scriptTask", "count", extension('<zeebe:script expression="=n + 1" resultVariable="n"/>'))
    process.node("exclusiveGateway", "enough")
    process.node("endEvent", "end")
    process.chain("start", "again", "count", "enough")
    process.flow("enough", "again", f"=n < {rounds}")
    process.flow("enough", "end", default=True)
    return drawing.xml()


def test_a_circle_of_five_thousand_rounds_completes():
    player = Player(circle(5000)).start({"n": 0})
    assert player.ended
    assert player.variables()["n"] == 5000


def test_a_circle_without_end_becomes_an_incident_and_can_be_mended():
    player = Player(circle(10**9), limits=Limits(steps=300)).start({"n": 0})
    assert "goes round in circles" in player.incidents()[0]
    assert player.resolve({"n": 10**9}).ended


def test_a_chain_of_five_thousand_tasks_completes():
    drawing = Drawing()
    process = drawing.process()
    names = [process.node("startEvent", "start")] + [process.node("task", f"t{index}") for index in range(5000)]
    process.chain(*names, process.node("endEvent", "end"))
    assert Player(drawing.xml()).start().ended
