"""Multiple and parallel multiple events (BPMN 2.0, 10.5.5 and table 10.93).

A multiple event waits for, or throws, several things. What catches goes on with the first of them; if it is a parallel
multiple event, once each of them has come. What throws does all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from laneway.domain.model import EventDefinition, EventKind, FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import HIDDEN_PREFIX, ElementType
from laneway.runtime import catching
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import merge, set_local

if TYPE_CHECKING:
    from laneway.runtime.run import Run

_ORDER = {
    EventKind.MESSAGE: 0,
    EventKind.SIGNAL: 1,
    EventKind.ESCALATION: 2,
    EventKind.COMPENSATION: 3,
    EventKind.ERROR: 4,
    EventKind.CANCEL: 5,
    EventKind.TERMINATE: 6,
}
"""Whatever may end the event that throws comes after the rest."""


def to_throw(definition: EventDefinition) -> tuple[EventDefinition, ...]:
    """The definitions of a multiple event, in the order in which they are thrown."""
    return tuple(sorted(definition.members, key=lambda member: _ORDER.get(member.kind, len(_ORDER))))


def _came(element: ElementInstance, event: FlowNode) -> list[int]:
    came = element.data.get("came", {}).get(str(event.slot), [])
    return list(came)


def is_last(element: ElementInstance, event: FlowNode, member: int) -> bool:
    """Whether everything else that a parallel multiple event needs has come."""
    assert event.event is not None
    return len({*_came(element, event), member}) == len(event.event.members)


def arrived(
    run: Run, element: ElementInstance, event: FlowNode, member: int, variables: Mapping[str, Any]
) -> dict[str, Any] | None:
    """One of what a parallel multiple event needs has come to ``element``, which waits for it.

    Gives None while something is missing, then the variables that all of them brought. They are written when they come,
    but those of an event whose variables are its own (a start of an event sub-process, one with output mappings).
    """
    assert event.event is not None
    came = _came(element, event)
    if member not in came:
        came.append(member)
        element.own_data().setdefault("came", {})[str(event.slot)] = came
        run.touch(element)
        _keep(run, element, event, member, variables)
    if len(came) < len(event.event.members):
        return None
    del element.data["came"][str(event.slot)]
    if not element.data["came"]:
        del element.data["came"]
    return _kept(run, element, event)


def _keep(run: Run, element: ElementInstance, event: FlowNode, member: int, variables: Mapping[str, Any]) -> None:
    if not variables:
        return
    if event.outputs or event.type is ElementType.START_EVENT or not element.parent:
        set_local(run, element, _place(event, member), dict(variables))
    else:
        merge(run, run.state.elements[element.parent], variables)


def _kept(run: Run, element: ElementInstance, event: FlowNode) -> dict[str, Any]:
    assert event.event is not None
    local = run.state.variables.get(element.key, {})
    found: dict[str, Any] = {}
    for member in range(len(event.event.members)):
        place = _place(event, member)
        found.update(local.get(place) or {})
        if local.get(place):
            set_local(run, element, place, None)
    return found


def _place(event: FlowNode, member: int) -> str:
    return f"{HIDDEN_PREFIX}came:{event.slot}:{member}"


def begin_with(run: Run, model: ProcessModel, scope: ElementInstance, start: FlowNode, member: int) -> None:
    """One of the triggers of a parallel multiple start event has begun the instance, which waits there for the others."""
    run.activate(model, scope, start, "", None, {"came": {str(start.slot): [member]}})


def open_rest(run: Run, model: ProcessModel, element: ElementInstance, event: FlowNode) -> None:
    assert event.event is not None
    came = _came(element, event)
    if len(came) == len(event.event.members):
        run.complete(model, element, event)
        return
    catching.open_members(run, element, event, [n for n in range(len(event.event.members)) if n not in came])


def wait_again(run: Run, model: ProcessModel, element: ElementInstance, event: FlowNode) -> None:
    """A parallel multiple event that does not interrupt has been triggered; it may be so again, by all of them."""
    try:
        catching.open_catch(run, model, element, event)
    except ElementFailure as failure:
        run.raise_incident(element, failure.type, failure.message, stage="events")


def open_missing(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """An incident in ``wait_again`` is resolved: wait for what is not waited for."""
    waited = {wait.slot for wait in element.waits.values()}
    starts = [start for slot in node.event_sub_processes for start in model.nodes[slot].start_nodes]
    for slot in (*node.boundary_events, *starts):
        event = model.nodes[slot]
        if slot not in waited and not event.interrupting and event.event is not None and event.event.parallel:
            wait_again(run, model, element, event)
