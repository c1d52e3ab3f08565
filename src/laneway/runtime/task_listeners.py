"""User task listeners: jobs that are done before something about a user task takes effect, and may correct or deny it.

Source: Camunda 8, "User task listeners". While they run the task is CREATING, ASSIGNING, UPDATING or COMPLETING and takes
no other command. What is to take effect is kept with the element (``task``): the event, what it was asked to change, and
what listeners have corrected since; the variables of a completion are a hidden variable. Denied, all of it is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.model import FlowNode, JobSpec, ListenerSpec, ProcessModel
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.types import HIDDEN_PREFIX, ElementType, JobPurpose, UserTaskState
from laneway.runtime import tasks
from laneway.runtime.failure import ElementFailure
from laneway.runtime.schedule import TimerError, parse_date
from laneway.runtime.scope import merge, set_local
from laneway.runtime.values import shown

if TYPE_CHECKING:
    from laneway.runtime.run import Run

STAGE = "task_listener"
STATES = {
    "creating": UserTaskState.CREATING,
    "assigning": UserTaskState.ASSIGNING,
    "updating": UserTaskState.UPDATING,
    "completing": UserTaskState.COMPLETING,
}
GIVEN = HIDDEN_PREFIX + "completing"
HEADER = "io.camunda.zeebe:"
"""Prefix of the headers in which a listener reads the task (Camunda 8, "Accessing user task data")."""
WIRE = {
    "assignee": "assignee",
    "candidate_groups": "candidateGroups",
    "candidate_users": "candidateUsers",
    "due_date": "dueDate",
    "follow_up_date": "followUpDate",
    "priority": "priority",
}


def listens(node: FlowNode, event: str) -> bool:
    return any(each.event == event for each in node.listeners)


def opening(node: FlowNode, assignee: str | None) -> UserTaskState:
    """The state in which a user task opens."""
    if node.type is ElementType.USER_TASK and node.listeners:
        if listens(node, "creating"):
            return UserTaskState.CREATING
        if assignee and listens(node, "assigning"):
            return UserTaskState.ASSIGNING
    return UserTaskState.CREATED


def opened(run: Run, element: ElementInstance, node: FlowNode, key: int, assignee: str | None) -> None:
    """A user task has opened in a state that waits for listeners; the assignee that the diagram names comes with them."""
    if listens(node, "creating"):
        _start(run, element, node, key, "creating", {}, "", assignee)
    else:
        _start(run, element, node, key, "assigning", {"assignee": assignee}, "assign")


def change(run: Run, element: ElementInstance, wait: Wait, event: str, changes: Mapping[str, Any], action: str) -> None:
    """Someone assigns or changes a task that has listeners to it.

    Raises
    ------
    Conflict
        ``user_task_not_active``: listeners are at work on it already.
    """
    refuse_twice(element, wait.key)
    _start(run, element, run.node_of(element), wait.key, event, dict(changes), action)


def set_variables(run: Run, element: ElementInstance, variables: Mapping[str, Any], local: bool) -> bool:
    """Variables are written at a user task from outside: that updates it too. False: nobody listens, or someone does now."""
    if "task" in element.data or not listens(run.node_of(element), "updating"):
        return False
    key = next((key for key, wait in element.waits.items() if wait.kind == "user_task"), None)
    if key is None:
        return False
    set_local(run, element, GIVEN, dict(variables))
    _start(run, element, run.node_of(element), key, "updating", {}, "update", local=local)
    return True


def complete(
    run: Run, element: ElementInstance, node: FlowNode, wait: Wait, variables: Mapping[str, Any], action: str
) -> None:
    """Someone completes a task that has listeners to it: the variables are kept until they have run."""
    refuse_twice(element, wait.key)
    set_local(run, element, GIVEN, dict(variables))
    _start(run, element, node, wait.key, "completing", {}, action)


def refuse_twice(element: ElementInstance, key: int) -> None:
    if "task" in element.data:
        raise Conflict("user_task_not_active", f"User task {key} waits for its listeners; try again when they are done")


def _start(
    run: Run,
    element: ElementInstance,
    node: FlowNode,
    key: int,
    event: str,
    changes: dict[str, Any],
    action: str,
    assignee: str | None = None,
    local: bool | None = None,
) -> None:
    """``local``: how the variables of an update are to be written; None if it has none."""
    element.own_data()["task"] = {
        "key": key,
        "event": event,
        "action": action,
        "asked": changes,
        "changes": dict(changes),
        "assignee": assignee,
        "local": local,
    }
    run.touch(element)
    run.transition.user_tasks.setdefault(key, {})["state"] = STATES[event]
    _open(run, element, node, 0)


def again(run: Run, element: ElementInstance, node: FlowNode) -> None:
    """An incident over the type of a listener is resolved: all of them run again."""
    pending = element.data["task"]
    pending["changes"] = dict(pending["asked"])
    _open(run, element, node, 0)


def _of(node: FlowNode, event: str) -> list[ListenerSpec]:
    return [each for each in node.listeners if each.event == event]


def _open(run: Run, element: ElementInstance, node: FlowNode, index: int) -> None:
    pending = element.data["task"]
    event = pending["event"]
    listener = _of(node, event)[index]
    changes = pending["changes"]
    headers = {**listener.headers, f"{HEADER}userTaskKey": str(pending["key"])}
    if pending["action"]:
        headers[f"{HEADER}action"] = pending["action"]
    headers[f"{HEADER}changedAttributes"] = _text(
        sorted([*(WIRE[name] for name in changes), *(["variables"] if pending["local"] is not None else [])])
    )
    for name, value in changes.items():
        headers[HEADER + WIRE[name]] = "" if value is None else _text(value)
    try:
        tasks.open_job(
            run,
            element,
            node,
            JobSpec(listener.type, listener.retries, headers, internal=listener.internal),
            JobPurpose.TASK_LISTENER,
            event,
            {"task_listener": event, "index": index},
        )
    except ElementFailure as failure:
        run.raise_incident(element, failure.type, failure.message, stage=STAGE)


def _text(value: Any) -> str:
    """As the wire writes it into a header: lists as JSON, all else as it is."""
    if not isinstance(value, list):
        return str(value)
    return "[" + ",".join('"' + str(each).replace("\\", "\\\\").replace('"', '\\"') + '"' for each in value) + "]"


def job_done(
    run: Run,
    model: ProcessModel,
    element: ElementInstance,
    node: FlowNode,
    wait: Wait,
    variables: Mapping[str, Any],
    result: Mapping[str, Any],
) -> None:
    """A listener has done its work.

    Raises
    ------
    InvalidInput
        ``listener_variables``, ``listener_cannot_deny``, ``listener_correction_invalid``.
    """
    assert wait.data is not None
    pending = element.data["task"]
    event, index = pending["event"], int(wait.data["index"])
    denied = result.get("denied") is True
    if denied and event == "creating":
        raise InvalidInput("listener_cannot_deny", "that a user task is created cannot be denied")
    corrections = _corrections(run, result.get("corrections"))
    if variables:
        raise InvalidInput(
            "listener_variables",
            "a user task listener gives no variables; it corrects the task, or denies what is done",
        )
    if denied and corrections:
        raise InvalidInput("listener_cannot_deny", "a listener either denies or corrects, not both")
    if event == "creating" and "assignee" in corrections and pending["assignee"]:
        raise InvalidInput(
            "listener_correction_invalid",
            "the diagram names an assignee; correct it in a listener to «assigning», not to «creating»",
        )
    run.close_wait(element, wait.key, "completed")
    if denied:
        _over(run, element, {})
        return
    pending["changes"].update(corrections)
    run.touch(element)
    if index + 1 < len(_of(node, event)):
        _open(run, element, node, index + 1)
        return
    _take_effect(run, model, element, node)


def _over(run: Run, element: ElementInstance, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The task takes commands again, with ``changes``. Gives what was pending."""
    pending: dict[str, Any] = element.data.pop("task")
    run.touch(element)
    if pending["event"] == "completing" or pending["local"] is not None:
        set_local(run, element, GIVEN, None)
    done = {
        name: datetime.fromisoformat(value) if name in ("due_date", "follow_up_date") and value else value
        for name, value in changes.items()
    }
    run.transition.user_tasks.setdefault(pending["key"], {}).update(done, state=UserTaskState.CREATED)
    return pending


def _take_effect(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    given = run.state.variables.get(element.key, {}).get(GIVEN)
    pending = _over(run, element, element.data["task"]["changes"])
    key, event = pending["key"], pending["event"]
    if event == "creating" and pending["assignee"]:
        if listens(node, "assigning"):
            _start(run, element, node, key, "assigning", {"assignee": pending["assignee"]}, "assign")
        else:
            run.transition.user_tasks[key]["assignee"] = pending["assignee"]
    elif event == "updating" and isinstance(given, dict) and pending["local"] is not None:
        if pending["local"]:
            for name, value in given.items():
                set_local(run, element, name, value)
        else:
            merge(run, element, given)
    elif event == "completing":
        run.close_wait(element, key, "completed")
        tasks.give(run, element, node, given if isinstance(given, dict) else {})
        run.complete(model, element, node)


def _corrections(run: Run, said: Any) -> dict[str, Any]:
    """Attributes that a listener corrects; null leaves one as it is, an empty text or list clears it."""
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise _wrong("corrections", said)
    found: dict[str, Any] = {}
    for name, wire in WIRE.items():
        value = said.get(wire)
        if value is None:
            continue
        if name in ("candidate_groups", "candidate_users"):
            if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
                raise _wrong(wire, value)
            found[name] = list(dict.fromkeys(value))
        elif name == "priority":
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
                raise _wrong(wire, value)
            found[name] = value
        elif not isinstance(value, str):
            raise _wrong(wire, value)
        elif name == "assignee" or not value:
            found[name] = value or None
        else:
            try:
                found[name] = parse_date(value, run.limits.timezone).isoformat()
            except TimerError as error:
                raise _wrong(wire, value) from error
    try:
        for value in found.values():
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    tasks.findable(text, "a correction")
    except ElementFailure as failure:
        raise InvalidInput("listener_correction_invalid", failure.message) from failure
    return found


def _wrong(wire: str, value: Any) -> InvalidInput:
    return InvalidInput(
        "listener_correction_invalid",
        f"the correction of {wire} cannot be {shown(value)}: give an assignee as a text, candidates as lists of texts, "
        "dates as ISO 8601, a priority from 0 to 100",
    )
