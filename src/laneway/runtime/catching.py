"""Waiting for events and being triggered by them (BPMN 2.0, 13.5.2–13.5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from laneway.domain.history import ElementActivated, EventTriggered, SequenceFlowTaken
from laneway.domain.model import EventDefinition, EventKind, FlowNode, ProcessModel, TimerKind, UserTaskSpec
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.transition import MessageSubscriptionOpened, SignalSubscriptionOpened, TimerOpened
from laneway.domain.types import ElementState, ElementType, IncidentType
from laneway.runtime import adhoc, complex_gateway, conditions, correlation, joins, tasks
from laneway.runtime.failure import ElementFailure
from laneway.runtime.schedule import Due, TimerError, first_due, following
from laneway.runtime.scope import evaluate, set_local
from laneway.runtime.values import shown

if TYPE_CHECKING:
    from laneway.runtime.run import Run

ACTIVE = ElementState.ACTIVE
_WAITING = frozenset({EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.CONDITIONAL})


_STAYING = frozenset({"message", "signal", "condition"})


def definition_of(event: FlowNode, wait: Wait) -> EventDefinition:
    """What ``wait`` stands for: the event's definition, or one of those of a multiple event."""
    definition = event.event
    assert definition is not None
    return definition.members[wait.data["member"]] if wait.data and "member" in wait.data else definition


def waits_for_something(node: FlowNode) -> bool:
    """Whether something outside must happen for it. Errors and escalations are thrown within the instance instead."""
    return isinstance(node.work, UserTaskSpec) or (node.event is not None and node.event.kind in _WAITING)


def open_boundary_events(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    for slot in node.boundary_events:
        event = model.nodes[slot]
        if waits_for_something(event):
            open_catch(run, model, element, event)


def open_event_sub_processes(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    for slot in node.event_sub_processes:
        for start in model.nodes[slot].start_nodes:
            if waits_for_something(model.nodes[start]):
                open_catch(run, model, element, model.nodes[start])


def close_event_sub_processes(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """What waits to start one of them is not waited for any more."""
    for key, wait in list(element.waits.items()):
        if model.nodes[wait.slot].parent in node.event_sub_processes:
            run.close_wait(element, key, "canceled")


def open_catch(run: Run, model: ProcessModel, element: ElementInstance, event: FlowNode) -> None:
    """Let ``element`` wait for the trigger of ``event`` (itself, a boundary event, an event sub-process's start …)."""
    if isinstance(event.work, UserTaskSpec):
        tasks.open_user_task(run, element, event, event.work, slot=event.slot)
        return
    definition = event.event
    assert definition is not None  # waits_for_something
    if definition.kind is EventKind.TIMER:
        _open_timer(run, element, event)
        return
    if definition.kind is EventKind.CONDITIONAL:
        conditions.wait_for(run, element, event, definition, None)
        return
    name = evaluate(run, element, definition.name, f"name of the {definition.kind.value.lower()} of {event.id}")
    if not isinstance(name, str) or not name:
        raise ElementFailure(
            IncidentType.EXTRACT_VALUE_ERROR,
            f"the {definition.kind.value.lower()} name of {event.id} must be a text, it is {shown(name)}",
        )
    tasks.findable(name, f"the {definition.kind.value.lower()} name of {event.id}")
    key = run.ids.next()
    place = (key, element.key, element.process_key, element.definition_key, event.id)
    if definition.kind is EventKind.SIGNAL:
        run.transition.opened.append(SignalSubscriptionOpened(*place, name))
        run.wait(element, Wait("signal", key, event.slot, {"name": name}))
        return
    correlation_key = correlation.key_to_wait_for(run, element, event, key)
    run.transition.opened.append(MessageSubscriptionOpened(*place, name, correlation_key, event.interrupting))
    run.wait(element, Wait("message", key, event.slot))


def _open_timer(run: Run, element: ElementInstance, event: FlowNode) -> None:
    definition = event.event
    assert definition is not None
    value = evaluate(run, element, definition.timer, f"timer of {event.id}")
    try:
        if value is None:
            raise TimerError("the timer has no date, duration or cycle")
        due = first_due(definition.timer_kind or TimerKind.DURATION, value, run.now, run.limits.timezone)
    except TimerError as error:
        raise ElementFailure(IncidentType.EXTRACT_VALUE_ERROR, f"timer of {event.id}: {error}") from error
    _arm(run, element, event, due)


def _arm(run: Run, element: ElementInstance, event: FlowNode, due: Due) -> None:
    key = run.ids.next()
    place = (key, element.key, element.process_key, element.definition_key, event.id)
    run.transition.opened.append(TimerOpened(*place, due.at, due.repetitions, due.cycle))
    data: dict[str, Any] | None = None
    if due.cycle:
        data = {"due": due.at.isoformat(), "repetitions": due.repetitions, "cycle": due.cycle}
        if due.start is not None:
            data.update(start=due.start.isoformat(), index=due.nth)
    run.wait(element, Wait("timer", key, event.slot, data))


def triggered(
    run: Run, element: ElementInstance, wait: Wait, variables: Mapping[str, Any], correlation_key: str = ""
) -> None:
    """What ``wait`` stood for has come; ``correlation_key`` is that of the message."""
    model = run.model(element.definition_key)
    event = model.nodes[wait.slot]
    node = model.nodes[element.slot]
    stays = not event.interrupting and wait.slot != element.slot
    correlation.received(run, element, event, correlation_key, variables, None if stays else wait)
    if wait.key not in element.waits:  # it waits again, now with a key
        wait = next(each for each in reversed(element.waits.values()) if each.slot == wait.slot)
    if wait.slot == element.slot:
        run.close_wait(element, wait.key, "completed")
        _record(run, element, event)
        tasks.give(run, element, node, variables)
        run.complete(model, element, node)
    elif node.type is ElementType.EVENT_BASED_GATEWAY:
        run.close_wait(element, wait.key, "completed")
        _record(run, element, event)
        scope = run.state.elements[element.parent]
        flow = next(index for index in node.outgoing if model.flows[index].target == event.slot)
        run.complete(model, element, node, ())
        run.later(enter_caught, scope, flow, dict(variables))
    elif event.attached_to == element.slot:
        _record(run, element, event)
        _close_or_rearm(run, element, event, wait)
        trigger_boundary(run, model, element, event, variables)
    else:
        _record(run, element, event)
        _close_or_rearm(run, element, event, wait)
        trigger_event_sub_process(run, model, element, event, variables)


def _record(run: Run, element: ElementInstance, event: FlowNode) -> None:
    definition = event.event
    kind = definition.kind.value if definition is not None else "USER_TASK"
    name = definition.name if definition is not None else None
    run.transition.events.append(
        EventTriggered(element.key, event.id, kind, name if isinstance(name, str) or name is None else name.text)
    )


def _close_or_rearm(run: Run, element: ElementInstance, event: FlowNode, wait: Wait) -> None:
    """A non-interrupting event may come again: subscriptions stay, a cycle is armed for its next time."""
    if not event.interrupting and wait.kind in _STAYING:
        return
    run.close_wait(element, wait.key, "completed")
    data = wait.data
    if event.interrupting or not data:
        return
    start = datetime.fromisoformat(data["start"]) if "start" in data else None
    last = Due(datetime.fromisoformat(data["due"]), data["repetitions"], data["cycle"], start, data.get("index", 0))
    due = following(last, run.now, run.limits.timezone)
    if due is not None:
        _arm(run, element, event, due)


def enter_caught(run: Run, scope: ElementInstance, flow_index: int, variables: dict[str, Any]) -> None:
    """The token goes from the event-based gateway to the event that came, which is complete at once."""
    model = run.model(scope.definition_key)
    flow = model.flows[flow_index]
    run.transition.events.append(SequenceFlowTaken(scope.process_key, flow.id))
    activate_triggered(run, model, scope, model.nodes[flow.target], variables)


def activate_triggered(
    run: Run,
    model: ProcessModel,
    scope: ElementInstance,
    event: FlowNode,
    variables: Mapping[str, Any],
    local: Mapping[str, Any] | None = None,
) -> None:
    """An event element whose trigger has already come: it gives its variables and completes."""
    key = run.ids.next()
    element = ElementInstance(key, event.slot, event.type, scope.definition_key, scope.key, scope.process_key)
    element.state = ACTIVE
    run.state.elements[key] = element
    scope.own_children()[key] = None
    if model.joins:
        joins.count(scope, event.slot, 1)
    run.transition.created[key] = element
    run.transition.events.append(ElementActivated(key, event.id))
    run.state.steps += 1
    for name, value in (local or {}).items():
        set_local(run, element, name, value)
    tasks.give(run, element, event, variables)
    if run.out_of_steps(element, "complete"):
        return
    run.complete(model, element, event)


def trigger_boundary(
    run: Run,
    model: ProcessModel,
    host: ElementInstance,
    event: FlowNode,
    variables: Mapping[str, Any],
    local: Mapping[str, Any] | None = None,
) -> None:
    """13.5.3: an interrupting boundary event ends its activity; the token goes on at the event either way."""
    scope = run.state.elements[host.parent]
    if event.interrupting:
        run.terminate(host)
    activate_triggered(run, model, scope, event, variables, local)


def trigger_event_sub_process(
    run: Run,
    model: ProcessModel,
    scope: ElementInstance,
    start: FlowNode,
    variables: Mapping[str, Any],
    local: Mapping[str, Any] | None = None,
) -> None:
    """13.5.4: an interrupting event sub-process ends everything else in its scope, and nothing interrupts it again."""
    sub_process = model.nodes[start.parent]
    if start.interrupting:
        for key in list(scope.children):
            child = run.state.elements.get(key)
            if child is not None:
                run.terminate(child)
        drop_tokens(run, model, scope)
        close_event_sub_processes(run, model, scope, model.nodes[scope.slot])
        if scope.type is ElementType.AD_HOC_SUB_PROCESS:
            adhoc.stop(run, scope)
        scope.own_data()["interrupted"] = True
        run.touch(scope)
    run.activate(model, scope, sub_process, "", {**(local or {}), **variables}, {"start": start.slot})


def drop_tokens(run: Run, model: ProcessModel, scope: ElementInstance) -> None:
    """Tokens in flight or waiting at joins of ``scope`` are gone."""
    if scope.arrivals:
        if model.joins:
            for slot, waiting in scope.arrivals.items():
                joins.count(scope, slot, -sum(waiting.values()))
        scope.arrivals.clear()
        run.touch(scope)
    complex_gateway.drop(run, scope)
    run.drop_queued(scope)
    run.maybe_done.append(scope.key)
