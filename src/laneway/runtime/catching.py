"""Waiting for events and being triggered by them (BPMN 2.0, 13.5.2–13.5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from laneway.domain.history import ElementActivated, EventTriggered, SequenceFlowTaken
from laneway.domain.model import EventDefinition, EventKind, FlowNode, ProcessModel, TimerKind, UserTaskSpec
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.transition import MessageSubscriptionOpened, SignalSubscriptionOpened, TimerOpened
from laneway.domain.types import ElementState, ElementType
from laneway.runtime import adhoc, complex_gateway, conditions, correlation, gateways, joins, multiple, places, tasks
from laneway.runtime.expected import a_text, unfit
from laneway.runtime.failure import ElementFailure
from laneway.runtime.schedule import Due, TimerError, first_due, following
from laneway.runtime.scope import apply_outputs, evaluate, set_local

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


def same(one: Wait, other: Wait) -> bool:
    """Whether two waits stand for the same."""
    return one.slot == other.slot and (one.data or {}).get("member") == (other.data or {}).get("member")


def open_again(run: Run, element: ElementInstance, wait: Wait) -> None:
    """Wait for the same once more."""
    event = run.model(element.definition_key).nodes[wait.slot]
    member = {"member": wait.data["member"]} if wait.data and "member" in wait.data else {}
    _open(run, element, event, definition_of(event, wait), member)


def waits_for_something(node: FlowNode) -> bool:
    """Whether something outside must happen for it. Errors and escalations are thrown within the instance instead."""
    event = node.event
    if isinstance(node.work, UserTaskSpec):
        return True
    return event is not None and (event.kind in _WAITING or any(each.kind in _WAITING for each in event.members))


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
    if definition.kind is not EventKind.MULTIPLE:
        _open(run, element, event, definition, {})
        return
    open_members(run, element, event, range(len(definition.members)))


def open_members(run: Run, element: ElementInstance, event: FlowNode, members: Iterable[int]) -> None:
    """Wait for ``members`` of a multiple event."""
    assert event.event is not None
    for member in members:
        definition = event.event.members[member]
        if definition.kind in _WAITING:
            _open(run, element, event, definition, {"member": member})


def _open(
    run: Run, element: ElementInstance, event: FlowNode, definition: EventDefinition, data: dict[str, Any]
) -> None:
    """``data`` names the member that ``definition`` is of a multiple event."""
    if definition.kind is EventKind.TIMER:
        _open_timer(run, element, event, definition, data)
        return
    if definition.kind is EventKind.CONDITIONAL:
        conditions.wait_for(run, element, event, definition, data)
        return
    name = a_text(run, element, definition.name, f"{definition.kind.value.lower()} name of {event.id}")
    tasks.findable(name, f"the {definition.kind.value.lower()} name of {event.id}")
    key = run.ids.next()
    place = (key, element.key, element.process_key, element.definition_key, event.id)
    if definition.kind is EventKind.SIGNAL:
        if definition.within:
            data = {**data, "within": True}
        else:
            run.transition.opened.append(SignalSubscriptionOpened(*place, name))
        run.wait(element, Wait("signal", key, event.slot, {"name": name, **data}))
        return
    correlation_key = correlation.key_to_wait_for(run, element, event, definition, key)
    run.transition.opened.append(MessageSubscriptionOpened(*place, name, correlation_key, event.interrupting))
    run.wait(element, Wait("message", key, event.slot, data or None))


def _open_timer(
    run: Run, element: ElementInstance, event: FlowNode, definition: EventDefinition, data: dict[str, Any]
) -> None:
    value = evaluate(run, element, definition.timer, f"timer of {event.id}")
    try:
        if value is None:
            raise TimerError("the timer has no date, duration or cycle")
        due = first_due(definition.timer_kind or TimerKind.DURATION, value, run.now, run.limits.timezone)
    except TimerError as error:
        raise unfit(run, element, definition.timer, f"timer of {event.id}: {error}") from error
    _arm(run, element, event, due, data)


def _arm(run: Run, element: ElementInstance, event: FlowNode, due: Due, data: dict[str, Any]) -> None:
    key = run.ids.next()
    place = (key, element.key, element.process_key, element.definition_key, event.id)
    run.transition.opened.append(TimerOpened(*place, due.at, due.repetitions, due.cycle))
    if due.cycle:
        data = {**data, "due": due.at.isoformat(), "repetitions": due.repetitions, "cycle": due.cycle}
        if due.start is not None:
            data.update(start=places.written(due.start), index=due.nth)
    run.wait(element, Wait("timer", key, event.slot, data or None))


def triggered(
    run: Run, element: ElementInstance, wait: Wait, variables: Mapping[str, Any], correlation_key: str = ""
) -> None:
    """What ``wait`` stood for has come; ``correlation_key`` is that of the message."""
    model = run.model(element.definition_key)
    event = model.nodes[wait.slot]
    node = model.nodes[element.slot]
    definition = definition_of(event, wait) if event.event is not None else None
    member = wait.data.get("member") if wait.data else None
    parallel = event.event is not None and event.event.parallel and member is not None
    stays = not event.interrupting and wait.slot != element.slot and not parallel
    correlation.received(run, element, definition, correlation_key, variables, None if stays else wait)
    if wait.key not in element.waits:  # it waits again, now with a key
        wait = next(each for each in reversed(element.waits.values()) if same(each, wait))
    _record(run, element, event, definition)
    if parallel and member is not None:
        run.close_wait(element, wait.key, "completed")
        everything = multiple.arrived(run, element, event, member, variables)
        if everything is not None:
            go_on(run, model, element, event, everything)
        return
    own = event.slot == element.slot or node.type is ElementType.EVENT_BASED_GATEWAY
    again = _comes_again(element, event, wait) if own else not event.interrupting
    _close_or_rearm(run, element, event, wait, again)
    if own and again and element.waits:
        _leave_once(run, model, element, node)
        return
    go_on(run, model, element, event, variables)


def go_on(
    run: Run,
    model: ProcessModel,
    element: ElementInstance,
    event: FlowNode,
    variables: Mapping[str, Any],
    local: Mapping[str, Any] | None = None,
) -> None:
    """``event``, for which ``element`` waited, is triggered."""
    node = model.nodes[element.slot]
    if event.slot == element.slot:
        tasks.give(run, element, node, variables)
        run.complete(model, element, node)
        return
    if node.type is ElementType.EVENT_BASED_GATEWAY:
        scope = run.state.elements[element.parent]
        flow = next(index for index in node.outgoing if model.flows[index].target == event.slot)
        left = [slot for slot in gateways.left_of(model, element, node) if slot != event.slot]
        if node.all_events and left:
            for key in [key for key, wait in element.waits.items() if wait.slot == event.slot]:
                run.close_wait(element, key, "canceled")
            element.own_data()["left"] = left
            run.touch(element)
        else:
            run.complete(model, element, node, ())
        run.later(enter_caught, scope, flow, dict(variables))
        return
    if event.event is not None and event.event.parallel and not event.interrupting:
        multiple.wait_again(run, model, element, event)
    if event.attached_to == element.slot:
        trigger_boundary(run, model, element, event, variables, local)
    else:
        trigger_event_sub_process(run, model, element, event, variables, local)


def _record(run: Run, element: ElementInstance, event: FlowNode, definition: EventDefinition | None) -> None:
    kind = definition.kind.value if definition is not None else "USER_TASK"
    name = definition.name if definition is not None else None
    run.transition.write(
        EventTriggered(element.key, event.id, kind, name if isinstance(name, str) or name is None else name.text)
    )


def _comes_again(element: ElementInstance, event: FlowNode, wait: Wait) -> bool:
    """Whether the timer that an intermediate event waits for has a further, counted repetition."""
    if event.slot != element.slot or event.event is None or event.event.kind is not EventKind.TIMER:
        return False
    return wait.data is not None and wait.data["repetitions"] > 0


def _leave_once(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """An intermediate event with a cycle of a fixed number sends one token on for each (10.5.5, timeCycle)."""
    scope = run.state.elements[element.parent]
    try:
        if node.outputs:
            apply_outputs(run, element, node.outputs)
    except ElementFailure as failure:
        run.raise_incident(element, failure.type, failure.message, stage="events")
        return
    for flow in node.outgoing:
        run.queue.append((flow, scope, ()))


def _close_or_rearm(run: Run, element: ElementInstance, event: FlowNode, wait: Wait, again: bool) -> None:
    """What may come ``again`` is waited for: subscriptions stay, a cycle is armed for its next time."""
    if again and wait.kind in _STAYING:
        return
    run.close_wait(element, wait.key, "completed")
    data = wait.data
    if not again or not data or "cycle" not in data:
        return
    start = places.read(data["start"], "UTC") if "start" in data else None
    last = Due(datetime.fromisoformat(data["due"]), data["repetitions"], data["cycle"], start, data.get("index", 0))
    due = following(last, run.now, run.limits.timezone)
    if due is not None:
        _arm(run, element, event, due, {"member": data["member"]} if "member" in data else {})


def enter_caught(run: Run, scope: ElementInstance, flow_index: int, variables: dict[str, Any]) -> None:
    """The token goes from the event-based gateway to the event that came, which is complete at once."""
    model = run.model(scope.definition_key)
    flow = model.flows[flow_index]
    run.transition.write(SequenceFlowTaken(scope.process_key, flow.id))
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
    run.transition.write(ElementActivated(key, event.id))
    run.state.steps += 1
    for name, value in (local or {}).items():
        set_local(run, element, name, value)
    tasks.give(run, element, event, variables)
    if run.out_of_steps(element, "complete"):
        return
    if any(each.event == "start" for each in event.listeners):
        element.own_data()["triggered"] = True
        run.begin(model, element, event)
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
    joins.drop(run, model, scope)
    complex_gateway.drop(run, scope)
    run.drop_queued(scope)
    run.maybe_done.append(scope.key)
