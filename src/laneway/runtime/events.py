"""Events: start, catch, throw, end (BPMN 2.0, 13.5)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from laneway.domain.history import ElementCompleted, EventTriggered, SignalThrown
from laneway.domain.model import EventDefinition, EventKind, FlowNode, JobSpec, ProcessModel, ThrowSpec, UserTaskSpec
from laneway.domain.state import ElementInstance
from laneway.domain.transition import SignalToSend
from laneway.domain.types import ElementState, ElementType, IncidentType
from laneway.runtime import catching, compensation, data, listeners, loops, multiple, tasks, throwing
from laneway.runtime.expected import a_text
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import apply_outputs

if TYPE_CHECKING:
    from laneway.runtime.run import Run


def start(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """Its trigger, if any, came before the token; of a parallel multiple event it may be the first of several."""
    if element.data.get("came"):
        multiple.open_rest(run, model, element, node)
    else:
        run.complete(model, element, node)


def boundary(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """Reached only when triggered (see ``catching``)."""
    run.complete(model, element, node)


def catch(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """Intermediate catch event or receive task: wait for its trigger. Link events are only reached by their throw."""
    if isinstance(node.work, JobSpec):
        tasks.open_job(run, element, node, node.work)
    elif catching.waits_for_something(node):
        catching.open_catch(run, model, element, node)
    else:
        run.complete(model, element, node)


def throw(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """Intermediate throw or end event: do what its definition says, then complete."""
    work = node.work
    if isinstance(work, JobSpec):
        tasks.open_job(run, element, node, work)
        return
    if isinstance(work, UserTaskSpec):
        tasks.open_user_task(run, element, node, work)
        return
    event = node.event
    if isinstance(work, ThrowSpec):
        tasks.send_message(run, element, node, work.name, work.correlation_key, work.message_key)
    elif event is None or event.kind is EventKind.NONE:
        pass
    elif event.kind is EventKind.MESSAGE:
        tasks.send_message(run, element, node, event.name, event.correlation_key, event.message_key)
    elif event.kind is EventKind.SIGNAL:
        throw_signal(run, element, node, event)
        return
    elif event.kind is EventKind.MULTIPLE:
        throw_rest(run, model, element, node)
        return
    elif event.kind is EventKind.ERROR:
        throwing.throw_error_event(run, model, element, node, event)
        return
    elif event.kind is EventKind.ESCALATION:
        throwing.throw_escalation_event(run, model, element, node, event)
        return
    elif event.kind is EventKind.TERMINATE:
        _terminate(run, model, element, node, event)
        return
    elif event.kind is EventKind.COMPENSATION:
        compensation.throw(run, model, element, node, event)
        return
    elif event.kind is EventKind.CANCEL:
        compensation.cancel(run, model, element)
        return
    elif event.kind is EventKind.LINK:
        _follow_link(run, model, element, node, event)
        return
    else:
        raise ElementFailure(IncidentType.UNKNOWN, f"{event.kind.value.lower()} throw events do not run yet")
    run.complete(model, element, node)


def throw_signal(run: Run, element: ElementInstance, node: FlowNode, event: EventDefinition) -> None:
    """It is thrown, and the event goes on, when all other tokens of this run have come to rest: two branches that run
    at the same time meet, whichever is drawn first, and what is reached only afterwards does not get it."""
    name = a_text(run, element, event.name, "signal name")
    tasks.findable(name, "the signal name")
    run.signals.append((element, name, data.payload(run, element, node), True, event.within))


def deliver_signal(run: Run) -> None:
    """To whoever waits for it in this instance, at once; to others by the outbox."""
    element, name, payload, goes_on, within = run.signals.popleft()
    elements = run.state.elements
    if goes_on and elements.get(element.key) is not element:
        return
    if not within:
        run.transition.outbox.append(SignalToSend(element.key, element.process_key, name, payload))
    run.transition.write(SignalThrown(element.key, name))
    for key, holder_key in sorted(run.state.signals.get(name, {}).items()):  # whoever waited first, also once reloaded
        holder = elements.get(holder_key)
        wait = holder.waits.get(key) if holder is not None else None
        if holder is not None and wait is not None:
            catching.triggered(run, holder, wait, payload)
    if not goes_on or elements.get(element.key) is not element:
        return
    model = run.model(element.definition_key)
    node = model.nodes[element.slot]
    if node.event is None or node.event.kind is not EventKind.MULTIPLE:
        run.complete(model, element, node)
        return
    try:
        throw_rest(run, model, element, node)
    except ElementFailure as failure:
        run.raise_incident(element, failure.type, failure.message, stage="behave")


def throw_rest(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """What a multiple event throws, as far as it has not been thrown: nothing goes out twice when an incident is resolved."""
    assert node.event is not None
    everything = multiple.to_throw(node.event)
    while (done := element.data.get("thrown", 0)) < len(everything):
        event = everything[done]
        if event.kind is EventKind.ERROR:
            throwing.throw_error_event(run, model, element, node, event)
            return
        if event.kind is EventKind.TERMINATE:
            _terminate(run, model, element, node, event)
            return
        if event.kind is EventKind.CANCEL:
            element.own_data()["thrown"] = done + 1
            compensation.cancel(run, model, element)
            return
        waits = event.kind is EventKind.SIGNAL
        if waits:
            throw_signal(run, element, node, event)
        elif event.kind is EventKind.COMPENSATION:
            waits = compensation.begin(run, model, element, event)
        elif event.kind is EventKind.MESSAGE:
            tasks.send_message(run, element, node, event.name, event.correlation_key, event.message_key)
        else:
            throwing.throw_escalation(run, element, event)
        if run.state.elements.get(element.key) is not element:
            return
        element.own_data()["thrown"] = done + 1
        run.touch(element)
        if waits:
            return
    run.complete(model, element, node)


def _terminate(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, event: EventDefinition) -> None:
    """Its scope, or (Flowable) everything up to the loop around it or to the instance that nobody called."""
    elements = run.state.elements
    scope = elements[element.parent]
    top = scope
    while event.ends and top.key != run.state.root_key and not (event.ends == "loop" and top.role == "body"):
        top = elements[top.parent]
    if top is scope or (event.ends == "loop" and top.role != "body"):
        _terminate_scope(run, model, element, node)
        return
    run.close_waits(element)
    run.close_incident(element, "resolved")
    run.transition.write(ElementCompleted(element.key, node.id))
    run.end(model, element, scope, ElementState.COMPLETED)
    for key in list(top.children):
        run.terminate(elements[key])
    outer = run.model(top.definition_key)
    if top.role == "body":
        loops.finish(run, outer, top, run.node_of(top))
    else:
        catching.drop_tokens(run, outer, top)


def _terminate_scope(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.5.6: everything else in the scope of the end event ends; the scope itself completes."""
    scope = run.state.elements[element.parent]
    for key in list(scope.children):
        if key != element.key:
            sibling = run.state.elements.get(key)
            if sibling is not None:
                run.terminate(sibling)
    catching.drop_tokens(run, model, scope)
    run.complete(model, element, node, ())


@lru_cache(maxsize=256)
def _link_targets(model: ProcessModel) -> dict[tuple[int, str], int]:
    """(scope slot, link name) → slot of the catch event."""
    return {
        (node.parent, str(node.event.name)): node.slot
        for node in model.nodes
        if node.type is ElementType.INTERMEDIATE_CATCH_EVENT
        and node.event is not None
        and node.event.kind is EventKind.LINK
    }


def _follow_link(
    run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, event: EventDefinition
) -> None:
    """10.5.5.7: go on at the catch event of the same name in the same scope."""
    target = _link_targets(model).get((node.parent, str(event.name)))
    if target is None:
        raise ElementFailure(IncidentType.UNKNOWN, f"no link catch event «{event.name}» in the same scope")
    if node.outputs and "given" not in element.data:  # here, since a failure after the jump would jump again
        apply_outputs(run, element, node.outputs)
        element.own_data()["given"] = True
    if node.listeners and listeners.hold(run, element, node, "end"):
        element.own_data()["again_behave"] = True
        return
    scope = run.state.elements[element.parent]
    run.transition.write(EventTriggered(element.key, model.nodes[target].id, "LINK", str(event.name)))
    run.later(enter_link, scope, target)
    run.complete(model, element, node, ())


def enter_link(run: Run, scope: ElementInstance, slot: int) -> None:
    model = run.model(scope.definition_key)
    run.activate(model, scope, model.nodes[slot])
