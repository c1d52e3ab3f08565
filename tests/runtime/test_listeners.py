"""Execution listeners (Camunda 8, "Execution listeners"): jobs before an element does its work, and before it is left."""

from datetime import UTC, datetime
from typing import Any

import pytest

from laneway.diagrams import load
from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.stimulus import ChangeUserTask, CompleteWork, SetVariables, ThrowError
from laneway.domain.transition import JobOpened, UserTaskOpened
from laneway.domain.types import JobPurpose, UserTaskState
from tests.support.drawing import HEAD, Drawing, extension, job, mapping, refers
from tests.support.play import Player


def listeners(*said: tuple[str, str]) -> str:
    rows = "".join(f'<zeebe:executionListener eventType="{event}" type="{type}"/>' for event, type in said)
    return f"<zeebe:executionListeners>{rows}</zeebe:executionListeners>"


BOTH = listeners(("start", "before"), ("end", "after"), ("start", "before-2"))


def types(player: Player) -> list[str]:
    return [item.type for item in player.open.values() if isinstance(item, JobOpened)]


def play(drawing: Drawing) -> Player:
    player = Player(drawing.xml())
    player.restart_each_step = True
    return player


def around(kind: str, inner: str = "", **attributes: Any) -> Player:
    """``start → x → end`` where ``x`` is of ``kind``."""
    drawing = Drawing()
    process = drawing.process()
    process.node(kind, "x", inner, **attributes)
    process.chain(process.node("startEvent", "start"), "x", process.node("endEvent", "end"))
    return play(drawing)


def test_listeners_run_in_order_around_the_work() -> None:
    # Given a task with two start listeners and one end listener
    player = around("serviceTask", extension(job("work") + BOTH + mapping({"x": "=1"}, {"y": "=x + z"}))).start()
    assert types(player) == ["before"]

    # When each is done: a start listener's variables are the task's own, the next one sees them
    player.complete("x", {"z": 1})
    assert types(player) == ["before-2"]
    player.complete("x", {"x": 40})
    assert types(player) == ["work"]
    player.complete("x")

    # Then the end listener comes after the outputs, and its variables go to the scope around
    assert types(player) == ["after"]
    assert player.variables() == {"y": 41}
    player.complete("x", {"y": 5, "w": 6})
    assert player.ended
    assert player.variables() == {"y": 5, "w": 6}


def test_a_listener_says_what_it_is() -> None:
    player = around("manualTask", extension(BOTH)).start()
    (opened,) = [item for item in player.open.values() if isinstance(item, JobOpened)]
    assert (opened.purpose, opened.listener_event) == (JobPurpose.EXECUTION_LISTENER, "start")


@pytest.mark.parametrize(
    ("kind", "inner"),
    [
        ("task", ""),
        ("intermediateThrowEvent", ""),
        ("endEvent", ""),
        ("endEvent", "<terminateEventDefinition/>"),
        ("scriptTask", '<zeebe:script expression="=1" resultVariable="r"/>'),
    ],
)
def test_they_stand_at_what_does_its_work_at_once(kind: str, inner: str) -> None:
    drawing = Drawing()
    process = drawing.process()
    extra = inner if inner.startswith("<zeebe") else ""
    process.node(kind, "x", extension(listeners(("start", "a"), ("end", "b")) + extra) + ("" if extra else inner))
    process.chain(process.node("startEvent", "start"), "x")
    player = play(drawing).start()
    assert types(player) == ["a"]
    player.complete("x")
    assert types(player) == ["b"]
    assert player.complete("x").ended


def test_a_start_listener_decides_where_a_gateway_leads() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("exclusiveGateway", "x", extension(listeners(("start", "look"))))
    process.chain(process.node("startEvent", "start"), "x")
    process.flow("x", process.node("endEvent", "yes"), "=good")
    process.flow("x", process.node("endEvent", "no"), default=True)
    player = play(drawing).start({"good": False}).complete("x", {"good": True})
    assert "yes" in player.completed


def test_an_end_listener_decides_over_the_flows_that_leave() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("manualTask", "x", extension(listeners(("end", "look"))))
    process.chain(process.node("startEvent", "start"), "x")
    process.flow("x", process.node("endEvent", "yes"), "=good")
    process.flow("x", process.node("endEvent", "no"), default=True)
    player = play(drawing).start({"good": False}).complete("x", {"good": True})
    assert "yes" in player.completed
    assert "no" not in player.completed


def test_boundary_events_wait_only_while_the_work_is_done() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("serviceTask", "x", extension(job("work") + listeners(("start", "a"), ("end", "b"))))
    timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    process.node("boundaryEvent", "late", extension(listeners(("end", "c"))) + timer, attachedToRef="x")
    process.chain(process.node("startEvent", "start"), "x")
    player = play(drawing).start().wait(hours=2)
    assert types(player) == ["a"]
    player.complete("x")
    assert types(player) == ["work"]
    player.wait(hours=2)
    assert types(player) == ["c"]
    assert player.complete("late").ended

    player = play(drawing).start().complete("x").complete("x").wait(hours=2)
    assert types(player) == ["b"]


def test_the_event_behind_an_event_based_gateway_has_both() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("eventBasedGateway", "g", extension(listeners(("start", "g"))))
    timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    process.node("intermediateCatchEvent", "x", extension(listeners(("start", "a"), ("end", "b"))) + timer)
    process.chain(process.node("startEvent", "start"), "g", "x")
    player = play(drawing).start().complete("g").wait(hours=2)
    assert types(player) == ["a"]
    player.complete("x")
    assert types(player) == ["b"]
    assert player.complete("x").ended


def test_a_link_is_followed_after_its_end_listener() -> None:
    drawing = Drawing()
    process = drawing.process()
    link = '<linkEventDefinition name="l"/>'
    process.node("intermediateThrowEvent", "x", extension(listeners(("end", "b"))) + link)
    process.node("intermediateCatchEvent", "y", link)
    process.node("serviceTask", "z", extension(job("work")))
    process.chain(process.node("startEvent", "start"), "x")
    process.chain("y", "z")
    player = play(drawing).start()
    assert types(player) == ["b"]
    player.complete("x")
    assert types(player) == ["work"]


def process_with(said: str, body: str) -> bytes:
    return f'{HEAD}<process id="p" isExecutable="true">{extension(said)}{body}</process></definitions>'.encode()


def test_a_process_begins_and_ends_with_its_listeners() -> None:
    player = Player(process_with(listeners(("start", "a"), ("start", "a2"), ("end", "b")), '<startEvent id="s"/>'))
    player.restart_each_step = True
    player.start()
    assert types(player) == ["a"]
    assert "s" not in player.completed
    player.complete("p", {"v": 1}).complete("p")
    assert types(player) == ["b"]
    player.complete("p", {"w": 2})
    assert player.ended
    assert player.variables() == {"v": 1, "w": 2}


def test_a_called_process_ends_with_its_listeners_before_its_caller_goes_on() -> None:
    caller = Drawing()
    process = caller.process()
    process.node("callActivity", "x", extension('<zeebe:calledElement processId="p"/>' + listeners(("end", "c"))))
    process.chain(process.node("startEvent", "start"), "x")
    called = process_with(listeners(("start", "a"), ("end", "b")), '<startEvent id="s"/>')
    player = Player(caller.xml(), called)
    player.restart_each_step = True
    player.start().complete("p", {"v": 1})
    assert types(player) == ["b"]
    player.complete("p", {"w": 2})
    assert types(player) == ["c"]
    assert player.complete("x").variables() == {"v": 1, "w": 2}


def test_a_sub_process_ends_with_its_listeners() -> None:
    drawing = Drawing()
    process = drawing.process()
    _, inner = process.sub("x", extension(listeners(("start", "a"), ("end", "b"))))
    inner.chain(inner.node("startEvent", "s"), inner.node("endEvent", "e", extension(listeners(("end", "c")))))
    process.chain(process.node("startEvent", "start"), "x")
    player = play(drawing).start()
    for expected, element in (("a", "x"), ("c", "e"), ("b", "x")):
        assert types(player) == [expected]
        player.complete(element)
    assert player.ended


def test_every_instance_of_a_multi_instance_activity_has_them_and_one_comes_before_all() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics>"
        + extension('<zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/>')
        + "</multiInstanceLoopCharacteristics>"
    )
    said = listeners(("beforeAll", "all"), ("start", "a"), ("end", "b"))
    player = around("manualTask", extension(said) + loop).start()
    assert types(player) == ["all"]
    player.complete("x", {"items": [1, 2]})
    assert types(player) == ["a", "a"]
    player.complete("x")
    assert types(player) == ["a", "b"]
    player.complete("x").complete("x").complete("x")
    assert player.ended


def test_a_type_that_cannot_be_found_out_is_an_incident_and_its_listeners_begin_again() -> None:
    said = listeners(("start", "a"), ("start", "=kind"))
    player = around("manualTask", extension(said + mapping({"n": "=1"}))).start().complete("x")
    assert "job type" in player.incidents()[0]
    player.resolve({"kind": "k"})
    assert types(player) == ["a"]
    player.complete("x")
    assert types(player) == ["k"]
    assert player.complete("x").ended

    player = around("manualTask", extension(listeners(("end", "b"), ("end", "=kind")))).start().complete("x")
    player.resolve({"kind": "k"})
    assert types(player) == ["b"]
    assert player.complete("x").complete("x").ended

    player = Player(process_with(listeners(("end", "=kind")), '<startEvent id="s"/>')).start().resolve({"kind": "k"})
    assert types(player) == ["k"]
    player = Player(process_with(listeners(("start", "=kind")), '<startEvent id="s"/>')).start().resolve({"kind": "k"})
    assert types(player) == ["k"]
    assert player.complete("p").ended


def test_work_that_fails_after_the_listeners_does_not_repeat_them() -> None:
    player = around("serviceTask", extension(job("=kind") + listeners(("start", "a")))).start().complete("x")
    player.resolve({"kind": "k"})
    assert types(player) == ["k"]


def test_a_listener_throws_no_error() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("manualTask", "x", extension(BOTH))
    process.node("boundaryEvent", "caught", refers("error"), attachedToRef="x")
    process.chain(process.node("startEvent", "start"), "x")
    player = play(drawing).start()
    with pytest.raises(Conflict, match="listener"):
        player.throw("x", "E")


def test_cancelling_ends_them() -> None:
    player = around("manualTask", extension(BOTH)).start().cancel()
    assert player.ended
    assert player.open == {}


@pytest.mark.parametrize(
    ("element", "message"),
    [
        (
            f'<startEvent id="x">{extension(listeners(("start", "a")))}</startEvent>',
            "a start event has no start listener",
        ),
        (f'<parallelGateway id="x">{extension(listeners(("end", "a")))}</parallelGateway>', "no end listener"),
        (f'<task id="x">{extension(listeners(("never", "a")))}</task>', "no listener «never»"),
        (f'<task id="x">{extension(listeners(("beforeAll", "a")))}</task>', "only a multi-instance activity"),
        (f'<task id="x">{extension(listeners(("start", "")))}</task>', "names no job type"),
        (
            f'<endEvent id="x">{extension(listeners(("end", "a")))}<errorEventDefinition errorRef="e"/></endEvent>',
            "an error end event has no end listener",
        ),
    ],
)
def test_what_an_element_cannot_have_is_refused(element: str, message: str) -> None:
    text = f'{HEAD}<error id="e" errorCode="E"/><process id="p" isExecutable="true">{element}</process></definitions>'
    problems = [each for each in load(text.encode(), "x.bpmn").problems if each.rule == "listener_event"]
    assert [each.severity for each in problems] == ["error"]
    assert message in problems[0].message


def task_listeners(*said: tuple[str, str]) -> str:
    rows = "".join(f'<zeebe:taskListener eventType="{event}" type="{type}"/>' for event, type in said)
    return f"<zeebe:userTask/><zeebe:taskListeners>{rows}</zeebe:taskListeners>"


def changed(player: Player) -> dict[str, Any]:
    """What the last step settled of the one user task."""
    assert player.last is not None
    (values,) = player.last.user_tasks.values()
    return values


def task_job(player: Player, variables: dict[str, Any] | None = None, **result: Any) -> Player:
    """Complete the one open listener job."""
    (found,) = [item for item in player.open.values() if isinstance(item, JobOpened)]
    assert found.purpose is JobPurpose.TASK_LISTENER
    return player.do(CompleteWork(found.element_instance_key, found.key, variables or {}, result))


def the_task(player: Player) -> UserTaskOpened:
    (found,) = [item for item in player.open.values() if isinstance(item, UserTaskOpened)]
    return found


def test_a_user_task_is_created_when_its_listeners_have_run() -> None:
    # Given two listeners
    player = around("userTask", extension(task_listeners(("creating", "a"), ("creating", "b")))).start()
    assert the_task(player).state is UserTaskState.CREATING
    assert types(player) == ["a"]

    # When they correct it, the later one sees what the earlier one said
    task_job(player, corrections={"assignee": "ada", "priority": 80, "dueDate": "2026-02-01T00:00:00Z"})
    (second,) = [item for item in player.open.values() if isinstance(item, JobOpened)]
    assert second.headers["io.camunda.zeebe:assignee"] == "ada"
    assert second.headers["io.camunda.zeebe:changedAttributes"] == '["assignee","dueDate","priority"]'
    task_job(player, corrections={"priority": 90, "candidateGroups": ["g"]})

    # Then all of it takes effect
    assert changed(player) == {
        "state": UserTaskState.CREATED,
        "assignee": "ada",
        "priority": 90,
        "candidate_groups": ["g"],
        "due_date": datetime(2026, 2, 1, tzinfo=UTC),
    }
    task = the_task(player)
    assert player.do(CompleteWork(task.element_instance_key, task.key)).ended


def test_the_assignee_of_the_diagram_comes_after_the_creation() -> None:
    said = task_listeners(("creating", "a"), ("assigning", "b")) + '<zeebe:assignmentDefinition assignee="ada"/>'
    player = around("userTask", extension(said)).start()
    assert the_task(player).assignee is None
    with pytest.raises(InvalidInput, match="assigning"):
        task_job(player, corrections={"assignee": "ben"})
    task_job(player)
    assert changed(player) == {"state": UserTaskState.ASSIGNING}
    task_job(player, corrections={"assignee": "ben"})
    assert changed(player) == {"state": UserTaskState.CREATED, "assignee": "ben"}


def test_a_completion_waits_for_its_listeners_and_may_be_denied() -> None:
    # Given
    player = around("userTask", extension(task_listeners(("completing", "a"), ("completing", "b")))).start()
    task = the_task(player)
    complete = CompleteWork(task.element_instance_key, task.key, {"x": 1}, {"action": "ok"})

    # When it is completed, it can't be completed twice
    player.do(complete)
    assert changed(player) == {"state": UserTaskState.COMPLETING}
    with pytest.raises(Conflict):
        player.do(complete)

    # Then denied, nothing has happened
    task_job(player)
    task_job(player, denied=True, deniedReason="no")
    assert changed(player) == {"state": UserTaskState.CREATED}
    assert player.variables() == {}

    # And accepted, it is complete with its variables
    player.do(complete)
    task_job(player)
    task_job(player, corrections={"priority": 1})
    assert player.ended
    assert player.variables() == {"x": 1}


def test_an_assignment_and_a_change_wait_for_their_listeners() -> None:
    player = around("userTask", extension(task_listeners(("assigning", "a"), ("updating", "u")))).start()
    task = the_task(player)
    assert task.state is UserTaskState.CREATED

    def change(event: str, **changes: Any) -> Player:
        return player.do(ChangeUserTask(task.element_instance_key, task.key, event, changes))

    change("assigning", assignee="ada")
    task_job(player)
    assert changed(player) == {"state": UserTaskState.CREATED, "assignee": "ada"}
    change("assigning", assignee=None)
    task_job(player, denied=True)
    assert changed(player) == {"state": UserTaskState.CREATED}
    change("updating", priority=3, due_date=None)
    task_job(player, corrections={"priority": 4})
    assert changed(player) == {"state": UserTaskState.CREATED, "priority": 4, "due_date": None}


def test_variables_written_at_a_user_task_wait_for_its_listeners_too() -> None:
    player = around("userTask", extension(task_listeners(("updating", "u")))).start({"x": 0})
    task = the_task(player)

    for local, denied, expected in ((False, True, 0), (False, False, 1), (True, False, 1)):
        player.do(SetVariables(task.element_instance_key, {"x": 1}, local))
        assert changed(player) == {"state": UserTaskState.UPDATING}
        (found,) = [item for item in player.open.values() if isinstance(item, JobOpened)]
        assert found.headers["io.camunda.zeebe:changedAttributes"] == '["variables"]'
        task_job(player, denied=denied)
        assert changed(player) == {"state": UserTaskState.CREATED}
        assert player.variables()["x"] == expected


@pytest.mark.parametrize(
    "result",
    [
        {"denied": True},
        {"denied": True, "corrections": {"priority": 1}},
        {"corrections": "x"},
        {"corrections": {"priority": 101}},
        {"corrections": {"assignee": 1}},
        {"corrections": {"dueDate": "soon"}},
        {"corrections": {"candidateUsers": "ada"}},
    ],
)
def test_what_a_listener_cannot_say_is_refused(result: dict[str, Any]) -> None:
    player = around("userTask", extension(task_listeners(("creating", "a")))).start()
    with pytest.raises(InvalidInput):
        task_job(player, **result)
    with pytest.raises(InvalidInput):
        task_job(player, {"x": 1})


def test_a_type_of_a_task_listener_that_cannot_be_found_out_is_an_incident() -> None:
    player = around("userTask", extension(task_listeners(("creating", "a"), ("creating", "=kind")))).start()
    task_job(player, corrections={"priority": 1})
    player.resolve({"kind": "k"})
    assert types(player) == ["a"]
    task_job(player)
    assert types(player) == ["k"]
    task_job(player)
    assert changed(player) == {"state": UserTaskState.CREATED}


def test_a_task_is_cancelled_while_its_listeners_are_at_work() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("userTask", "x", extension(task_listeners(("creating", "a"))))
    timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    process.node("boundaryEvent", "late", timer, attachedToRef="x")
    process.chain(process.node("startEvent", "start"), "x")
    player = play(drawing).start().wait(hours=2)
    assert player.ended
    assert player.open == {}


def test_canceling_listeners_and_those_of_other_tasks_are_refused() -> None:
    for kind, event in (("userTask", "canceling"), ("serviceTask", "creating")):
        text = f'{HEAD}<process id="p" isExecutable="true"><{kind} id="x">{extension(task_listeners((event, "a")) + job("w"))}</{kind}></process></definitions>'
        assert "listener_event" in [each.rule for each in load(text.encode(), "x.bpmn").problems]


def test_a_user_task_throws_nothing_while_its_listeners_are_at_work() -> None:
    player = around("userTask", extension(task_listeners(("completing", "a")))).start()
    task = the_task(player)
    player.do(CompleteWork(task.element_instance_key, task.key))
    with pytest.raises(Conflict):
        player.do(ThrowError(task.element_instance_key, task.key, "E"))
    assert task_job(player).ended
