"""Loops on every kind of activity, nested, with what may happen to them (BPMN 2.0, 10.3.8, 13.3.6 and 13.3.7)."""

import pytest

from laneway.domain.stimulus import CompleteWork
from laneway.domain.transition import JobOpened, UserTaskOpened
from tests.support.drawing import Drawing, Scope, duration, extension, job, refers
from tests.support.play import Player

ITEMS = {"items": [{"n": 1}, {"n": 2}, {"n": 3}]}


def characteristics(sequential: bool, completion: str = "") -> str:
    inner = extension(
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="results" '
        'outputElement="=item.n * 10"/>'
    )
    condition = f"<completionCondition>{completion}</completionCondition>" if completion else ""
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">{inner}{condition}'
        "</multiInstanceLoopCharacteristics>"
    )


def around(process: Scope, *names: str) -> None:
    process.node("startEvent", "start")
    process.node("userTask", "after")
    process.chain("start", *names, "after")


def user_task(drawing: Drawing, loop: str) -> str:
    process = drawing.process()
    process.node("userTask", "work", loop)
    around(process, "work")
    return "work"


def service_task(drawing: Drawing, loop: str) -> str:
    process = drawing.process()
    process.node("serviceTask", "work", extension(job("work")) + loop)
    around(process, "work")
    return "work"


def sub_process(drawing: Drawing, loop: str) -> str:
    process = drawing.process()
    _, inner = process.sub("outer", loop)
    inner.node("startEvent", "begin")
    inner.node("userTask", "work")
    inner.node("endEvent", "end")
    inner.chain("begin", "work", "end")
    around(process, "outer")
    return "work"


def call_activity(drawing: Drawing, loop: str) -> str:
    process = drawing.process()
    process.node("callActivity", "call", loop, calledElement="callee")
    around(process, "call")
    callee = drawing.process("callee")
    callee.node("startEvent", "begin")
    callee.node("userTask", "work")
    callee.chain("begin", "work")
    return "work"


def receive_task(drawing: Drawing, loop: str) -> str:
    drawing.message("m", "news")
    process = drawing.process()
    process.node("receiveTask", "work", loop, messageRef="m")
    around(process, "work")
    return "news"


ACTIVITIES = [user_task, service_task, sub_process, call_activity, receive_task]


def do(player: Player, name: str) -> None:
    if name == "news":
        player.message("news")
    else:
        player.complete(name)


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("activity", ACTIVITIES)
def test_every_activity_runs_in_several_instances_and_gives_its_results_in_order(activity, sequential):
    # given
    drawing = Drawing()
    name = activity(drawing, characteristics(sequential))
    player = Player(drawing.xml())
    player.restart_each_step = True
    # when
    player.start(ITEMS)
    for _ in range(3):
        do(player, name)
    # then
    assert player.waiting() == ["after"]
    assert player.variables()["results"] == [10, 20, 30]
    assert player.complete("after").ended


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("activity", ACTIVITIES)
def test_every_activity_may_be_complete_early(activity, sequential):
    drawing = Drawing()
    name = activity(drawing, characteristics(sequential, "=numberOfCompletedInstances &gt;= 2"))
    player = Player(drawing.xml()).start(ITEMS)
    do(player, name)
    do(player, name)
    assert player.waiting() == ["after"]
    assert player.variables()["results"] == [10, 20, None]


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("activity", ACTIVITIES)
def test_no_item_no_instance(activity, sequential):
    drawing = Drawing()
    activity(drawing, characteristics(sequential))
    player = Player(drawing.xml()).start({"items": []})
    assert player.waiting() == ["after"]
    assert player.variables()["results"] == []


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_a_standard_loop_stands_on_every_activity(activity):
    drawing = Drawing()
    loop = '<standardLoopCharacteristics loopMaximum="2"><loopCondition>=true</loopCondition></standardLoopCharacteristics>'
    name = activity(drawing, loop)
    player = Player(drawing.xml()).start()
    do(player, name)
    do(player, name)
    assert player.waiting() == ["after"]


@pytest.mark.parametrize("collection", ["=items", "=for i in items return i", "items"])
def test_a_collection_is_an_expression(collection):
    drawing = Drawing()
    user_task(drawing, characteristics(False).replace('"=items"', f'"{collection}"'))
    assert Player(drawing.xml()).start(ITEMS).waiting() == ["work"] * 3


def test_a_map_is_gone_through_by_its_values():
    drawing = Drawing()
    user_task(drawing, characteristics(True))
    player = Player(drawing.xml()).start({"items": {"a": {"n": 1}, "b": {"n": 2}}})
    assert player.complete("work").complete("work").variables()["results"] == [10, 20]


def test_data_of_the_standard_says_what_is_gone_through():
    drawing = Drawing()
    process = drawing.process()
    process.node("dataObject", "List")
    process.node("dataObject", "Out")
    loop = (
        "<multiInstanceLoopCharacteristics><loopDataInputRef>List</loopDataInputRef>"
        "<loopDataOutputRef>Out</loopDataOutputRef>"
        '<inputDataItem id="i" name="item"/><outputDataItem id="o" name="item"/></multiInstanceLoopCharacteristics>'
    )
    process.node("userTask", "work", loop)
    around(process, "work")
    player = Player(drawing.xml()).start({"List": [7, 8]})
    assert player.complete("work").complete("work").variables()["Out"] == [7, 8]


def failing() -> tuple[Drawing, Scope]:
    drawing = Drawing()
    drawing.error("E", "E")
    process = drawing.process()
    process.node("userTask", "handler")
    return drawing, process


@pytest.mark.parametrize("sequential", [True, False])
def test_an_error_in_one_instance_ends_them_all(sequential):
    drawing, process = failing()
    process.node("userTask", "work", characteristics(sequential))
    process.node("boundaryEvent", "failed", refers("error", "E"), attachedToRef="work")
    around(process, "work")
    process.flow("failed", "handler")
    player = Player(drawing.xml()).start(ITEMS).complete("work").throw("work", "E")
    assert player.waiting() == ["handler"]


def test_an_error_caught_within_an_instance_ends_that_one_alone():
    drawing, process = failing()
    _, inner = process.sub("outer", characteristics(False))
    inner.node("startEvent", "begin")
    inner.node("userTask", "work")
    inner.node("boundaryEvent", "failed", refers("error", "E"), attachedToRef="work")
    inner.node("userTask", "mend")
    inner.chain("begin", "work")
    inner.flow("failed", "mend")
    around(process, "outer")
    process.flow("after", "handler")
    player = Player(drawing.xml()).start(ITEMS).throw("work", "E")
    assert player.waiting() == ["work", "work", "mend"]
    assert player.complete("mend").complete("work").complete("work").waiting() == ["after"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_timer_on_the_activity_stands_for_all_instances(interrupting):
    drawing, process = failing()
    process.node("userTask", "work", characteristics(False))
    process.node(
        "boundaryEvent", "late", duration("PT1H"), attachedToRef="work", cancelActivity=str(interrupting).lower()
    )
    around(process, "work")
    process.flow("late", "handler")
    player = Player(drawing.xml()).start(ITEMS).complete("work").wait(hours=1)
    assert player.waiting() == (["handler"] if interrupting else ["work", "work", "handler"])


def test_an_incident_in_one_instance_leaves_the_others_alone():
    drawing = Drawing()
    process = drawing.process()
    kind = '=if item.n = 2 then kind else "work"'.replace('"', "&quot;")
    process.node("serviceTask", "work", extension(f'<zeebe:taskDefinition type="{kind}"/>') + characteristics(False))
    around(process, "work")
    player = Player(drawing.xml()).start({**ITEMS, "kind": None})
    assert player.waiting() == ["work", "work"]
    assert len(player.incidents()) == 1
    player.complete("work").resolve({"kind": "work"}).complete("work").complete("work")
    assert player.waiting() == ["after"]
    assert player.variables()["results"] == [10, 20, 30]


def test_loops_nest():
    """A sequential multi-instance sub-process holding a parallel one, holding a standard loop."""
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    outer, middle = process.sub("outer", characteristics(True))
    middle.node("startEvent", "begin")
    two = "<multiInstanceLoopCharacteristics><loopCardinality>=item.n</loopCardinality></multiInstanceLoopCharacteristics>"
    inner_id, inner = middle.sub("inner", two)
    inner.node("startEvent", "go")
    loop = '<standardLoopCharacteristics loopMaximum="2"><loopCondition>=true</loopCondition></standardLoopCharacteristics>'
    inner.node("userTask", "work", loop)
    inner.chain("go", "work")
    middle.chain("begin", inner_id)
    process.chain("start", outer)
    player = Player(drawing.xml())
    player.restart_each_step = True
    player.start(ITEMS)
    for _ in range(2 * (1 + 2 + 3)):
        player.complete("work")
    assert player.ended
    assert player.variables()["results"] == [10, 20, 30]


def test_instances_completed_in_any_order_give_results_in_the_order_of_the_items():
    drawing = Drawing()
    user_task(drawing, characteristics(False))
    player = Player(drawing.xml()).start(ITEMS)
    opened = [item for item in player.open.values() if isinstance(item, (UserTaskOpened, JobOpened))]
    for item in (opened[1], opened[2], opened[0]):
        player._step(CompleteWork(item.element_instance_key, item.key))
    assert player.variables()["results"] == [10, 20, 30]


def standard(attributes: str, condition: str = "") -> bytes:
    drawing = Drawing()
    inside = f"<loopCondition>{condition}</loopCondition>" if condition else ""
    user_task(drawing, f"<standardLoopCharacteristics {attributes}>{inside}</standardLoopCharacteristics>")
    return drawing.xml()


@pytest.mark.parametrize(
    ("attributes", "condition", "variables", "rounds"),
    [
        ('loopMaximum="3"', "", {}, 3),
        ('loopMaximum="=limit"', "", {"limit": 2}, 2),
        ('loopMaximum="${limit}"', "", {"limit": 2}, 2),
        ('loopMaximum="=limit"', "=true", {"limit": 2}, 2),
        ('loopMaximum="=limit"', "=loopCounter &lt; 4", {"limit": None}, 4),
        ('loopMaximum="0"', "=true", {}, 1),
        ('loopMaximum="0" testBefore="true"', "=true", {}, 0),
        ('testBefore="true"', "=loopCounter &lt; 2", {}, 2),
        ('testBefore="false"', "=loopCounter &lt; 2", {}, 2),
        ('testBefore="false"', "${loopCounter &lt; 2}", {}, 2),
        ('testBefore="1"', "=false", {}, 0),
        ("", "=false", {}, 1),
    ],
)
def test_how_often_a_standard_loop_is_done(attributes, condition, variables, rounds):
    player = Player(standard(attributes, condition)).start(variables)
    done = 0
    while player.waiting() == ["work"]:
        player.complete("work")
        done += 1
    assert player.waiting() == ["after"]
    assert done == rounds


@pytest.mark.parametrize("limit", [None, -1, 1.5, "many", True])
def test_a_maximum_that_is_no_number_is_an_incident(limit):
    player = Player(standard('loopMaximum="=limit"')).start({"limit": limit})
    assert "loop maximum" in player.incidents()[0]
    assert player.resolve({"limit": 1}).complete("work").waiting() == ["after"]


@pytest.mark.parametrize(
    ("dialect", "counters"),
    [("", [1, 2]), ("http://camunda.org/schema/1.0/bpmn", [0, 1]), ("http://flowable.org/bpmn", [0, 1])],
)
def test_the_counter_begins_where_the_dialect_begins(dialect, counters):
    drawing = Drawing()
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    user_task(drawing, loop)
    data = drawing.xml()
    if dialect:
        data = data.replace(b'id="work"', f'xmlns:v="{dialect}" v:assignee="anna" id="work"'.encode())
    player = Player(data).start()
    found = [values["loopCounter"] for values in player.state.variables.values() if "loopCounter" in values]
    assert found == counters


@pytest.mark.parametrize(
    "condition", ["${nrOfCompletedInstances/nrOfInstances &gt;= 0.5}", "${nrOfCompletedInstances == 2}"]
)
def test_completion_conditions_of_camunda_7(condition):
    drawing = Drawing()
    user_task(drawing, characteristics(False, condition))
    player = Player(drawing.xml()).start({"items": [{"n": n} for n in range(4)]}).complete("work").complete("work")
    assert player.waiting() == ["after"]
