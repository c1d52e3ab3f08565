"""Execution listeners: jobs that are done, one after the other, before an element does its work or before it is left.

Source: Camunda 8, "Execution listeners". ``start``: inputs are applied, nothing is open yet; variables of the job become
the element's own. ``end``: outputs are applied; variables go to the scope around it. ``beforeAll``: of a multi-instance
activity, before its collection is read. Meanwhile the element is ACTIVATING or COMPLETING and waits for the job alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from laneway.domain.model import FlowNode, JobSpec, ListenerSpec, ProcessModel
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.types import ElementState, ElementType, JobPurpose
from laneway.runtime import subprocesses, tasks
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import merge, set_local

if TYPE_CHECKING:
    from laneway.runtime.run import Run

PROCESS = ElementType.PROCESS


def hold(run: Run, element: ElementInstance, node: FlowNode, event: str, chosen: Iterable[int] | None = None) -> bool:
    """Whether ``element`` has to wait for listeners to ``event``. Open the first of them if none is open.

    Raises
    ------
    ElementFailure
        Its type or retries cannot be found out; asked again, it begins with the first listener.
    """
    if element.data.get("heard") == event:
        return False
    if any(wait.data is not None and "listener" in wait.data for wait in element.waits.values()):
        return True
    wanted = _of(node, event)
    if not wanted:
        return False
    if event == "end":
        run.close_waits(element)
        if chosen is not None:
            element.own_data()["chosen"] = list(chosen)
    _open(run, element, node, wanted[0], 0)
    element.state = ElementState.COMPLETING if event == "end" else ElementState.ACTIVATING
    return True


def _of(node: FlowNode, event: str) -> list[ListenerSpec]:
    return [each for each in node.listeners if each.event == event]


def _open(run: Run, element: ElementInstance, node: FlowNode, listener: ListenerSpec, index: int) -> None:
    spec = JobSpec(listener.type, listener.retries, listener.headers, internal=listener.internal)
    tasks.open_job(
        run,
        element,
        node,
        spec,
        JobPurpose.EXECUTION_LISTENER,
        listener.event,
        {"listener": listener.event, "index": index},
    )


def job_done(
    run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, wait: Wait, variables: Mapping[str, Any]
) -> None:
    """A listener has done its work: the next one, or the element goes on where it was held."""
    assert wait.data is not None
    event, index = str(wait.data["listener"]), int(wait.data["index"])
    run.close_wait(element, wait.key, "completed")
    if event == "end" and element.type is not PROCESS:
        merge(run, run.state.elements[element.parent], variables)
    else:
        for name, value in variables.items():
            set_local(run, element, name, value)
    wanted = _of(node, event)
    if index + 1 < len(wanted):
        try:
            _open(run, element, node, wanted[index + 1], index + 1)
        except ElementFailure as failure:
            if element.type is PROCESS:
                stage = "end" if event == "end" else "listen"
            else:
                stage = "complete" if event == "end" else "begin"
            if stage == "begin" and node.inputs:
                element.own_data()["again"] = True
            run.raise_incident(element, failure.type, failure.message, stage=stage)
        return
    element.own_data()["heard"] = event
    run.touch(element)
    if element.type is PROCESS:
        element.state = ElementState.ACTIVE
        if event == "end":
            run.maybe_done.append(element.key)
        else:
            subprocesses.listen_and_start(run, model, element, node, element.data.pop("start", None))
    elif event != "end":
        run.begin(model, element, node)
    elif element.data.pop("again_behave", False):
        run.behave(model, element, node)
    else:
        run.complete(model, element, node, element.data.pop("chosen", None))
