"""Embedded and event sub-processes, call activities, and how their scopes end (BPMN 2.0, 13.3.4, 13.3.5, 13.5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from laneway.domain.history import ELEMENT_ACTIVATED, PROCESS_INSTANCE_STARTED, VARIABLE_WRITTEN
from laneway.domain.model import CallSpec, FlowNode, ProcessModel, UserTaskSpec
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.types import HIDDEN_PREFIX, ElementState, ElementType, IncidentType
from laneway.runtime import (
    adhoc,
    catching,
    compensation,
    conditions,
    correlation,
    data,
    gateways,
    listeners,
    multiple,
    stuck,
    tasks,
)
from laneway.runtime.expected import a_text
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import merge, set_local, view

if TYPE_CHECKING:
    from laneway.runtime.run import Run

PROCESS = ElementType.PROCESS
ACTIVE = ElementState.ACTIVE


def sub_process(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.3.4: a token at each of its none start events, or where there are none at each node without incoming flow."""
    if isinstance(node.work, UserTaskSpec):
        tasks.open_user_task(run, element, node, node.work)
        return
    if not node.start_nodes:
        run.complete(model, element, node)
        return
    for slot in node.start_nodes:
        run.later(enter_start, element, slot)


def enter_start(run: Run, scope: ElementInstance, slot: int) -> None:
    run.enter(scope, run.plans(scope.definition_key)[slot])


def event_sub_process(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """What its start event caught is local to it; it runs as any sub-process."""
    adhoc.event_begins(run, element)
    run.later(_enter_triggered, element, element.own_data().pop("start", node.start_nodes[0]))


def _enter_triggered(run: Run, scope: ElementInstance, slot: int, member: int | None = None) -> None:
    model = run.model(scope.definition_key)
    start = model.nodes[slot]
    before = (model.nodes[model.flows[index].source] for index in start.incoming)
    gateway = next((node for node in before if node.instantiate), None)
    if gateway is not None:
        gateways.begin_with(run, model, scope, gateway, slot)
        return
    if member is not None and start.event is not None and start.event.parallel:
        multiple.begin_with(run, model, scope, start, member)
        return
    brought = run.state.variables.get(scope.key, {}) if start.data_outputs else {}
    item = {name: value for name, value in brought.items() if not name.startswith(HIDDEN_PREFIX)}
    catching.activate_triggered(run, model, scope, start, item)


def scope_is_empty(run: Run, scope: ElementInstance) -> None:
    """No child is alive in ``scope``. It ends, unless a token waits at a join that can never fire."""
    model = run.model(scope.definition_key)
    node = model.nodes[scope.slot]
    if scope.arrivals:
        stuck.hold(run, model, scope, model.nodes[next(iter(scope.arrivals))])
        return
    scope_ended(run, model, scope, node)


def scope_ended(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> None:
    """No token is left in ``scope``."""
    if not (scope.parent or scope.data or node.listeners) and node.ad_hoc is None:  # most that end
        run.finish_process(scope, model)
        return
    if scope.incident and scope.data.get("stage") == conditions.STAGE:
        run.close_incident(scope, "resolved")
    if "restored" in scope.data and scope.type is not PROCESS:
        compensation.restored_ended(run, model, scope, node)
        return
    if "cancelled" in scope.data:
        if not scope.incident:
            compensation.leave_transaction(run, scope)
        return
    if node.ad_hoc is not None and scope.role != "body":
        ended = adhoc.inner_ended if scope.role == adhoc.INNER else adhoc.nothing_left
        if scope.state is ACTIVE and not scope.incident:
            ended(run, model, scope, node)
        return
    if scope.type is not PROCESS:
        if scope.state is ACTIVE and not scope.incident and scope.role != "body":
            run.complete(model, scope, node)
        return
    if node.listeners and _held_at_end(run, scope, node):
        return
    if not scope.parent:
        run.finish_process(scope, model)
        return
    caller = run.state.elements[scope.parent]
    caller_model = run.model(caller.definition_key)
    caller_node = caller_model.nodes[caller.slot]
    if "restored" in caller.data:
        run.finish_process(scope, model)
        compensation.restored_ended(run, caller_model, caller, caller_node)
        return
    compensation.remember_called(run, scope, model.nodes[0], caller)
    given = {
        name: value for name, value in run.state.variables.get(scope.key, {}).items() if not name.startswith("\x01")
    }
    run.finish_process(scope, model)
    for key, wait in list(caller.waits.items()):
        if wait.kind == "call":
            del caller.waits[key]
    spec = caller_node.work
    if isinstance(spec, CallSpec) and spec.propagate_all_child:
        if not caller_node.outputs:  # outputs, where there are any, say what goes on
            past = {name: given.pop(name) for name in spec.handed if name in given}
            merge(run, run.state.elements[caller.parent], past)
        tasks.give(run, caller, caller_node, given)
    elif caller_node.outputs or caller_node.data_outputs:
        for name, value in given.items():
            set_local(run, caller, name, value)
    run.complete(caller_model, caller, caller_node)


def _held_at_end(run: Run, process: ElementInstance, node: FlowNode) -> bool:
    try:
        return listeners.hold(run, process, node, "end")
    except ElementFailure as failure:
        run.raise_incident(process, failure.type, failure.message, stage="end")
        return True


def call_activity(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.3.5: an instance of the called process, in the same state and transaction as its caller."""
    spec = node.work
    if not isinstance(spec, CallSpec):  # a global task, or a person in its place
        tasks.by_work(spec)(run, model, element, node)
        return
    depth = _depth(run, element)
    if depth >= run.limits.call_depth:
        raise ElementFailure(
            IncidentType.CALLED_ELEMENT_ERROR,
            f"calls are nested {depth} deep: a process calls itself without end. Add a condition that ends the recursion",
        )
    process_id = a_text(run, element, spec.process_id, "called process id", type=IncidentType.CALLED_ELEMENT_ERROR)
    called = run.definitions.resolve_process(process_id, spec.binding, spec.version, element.definition_key)
    if called is None:
        raise ElementFailure(
            IncidentType.CALLED_ELEMENT_ERROR,
            f"no process «{process_id}» is deployed ({spec.binding}{f' {spec.version}' if spec.version else ''}); "
            "deploy it and resolve this incident",
        )
    definition_key, called_model = called
    if not called_model.nodes[0].start_nodes and called_model.nodes[0].event_starts:
        raise ElementFailure(
            IncidentType.CALLED_ELEMENT_ERROR,
            f"process «{process_id}» starts only by an event; draw a start event without a trigger to call it",
        )
    if spec.propagate_all_parent:
        variables = dict(view(run, element))
    else:
        variables = dict(run.state.variables.get(element.key, {}))
    variables = {name: value for name, value in variables.items() if not name.startswith("\x01")}
    start_process(run, called_model, definition_key, variables, element)


def _depth(run: Run, element: ElementInstance) -> int:
    depth = 0
    elements = run.state.elements
    current: ElementInstance | None = elements[element.process_key]
    while current is not None and current.parent:
        depth += 1
        current = elements[elements[current.parent].process_key]
    return depth


def start_process(
    run: Run,
    model: ProcessModel,
    definition_key: int,
    variables: Mapping[str, Any],
    caller: ElementInstance | None,
    key: int | None = None,
    start_slot: int | None = None,
    correlation_key: str = "",
    member: int | None = None,
) -> ElementInstance:
    """Make a process instance: its variables, what it listens to, a token at its start."""
    element = open_process(run, model, definition_key, variables, caller, key)
    if start_slot is not None:
        event = model.nodes[start_slot].event
        definition = event.members[member] if event is not None and event.members and member is not None else event
        correlation.received(run, element, definition, correlation_key, variables, None)
    listen_and_start(run, model, element, model.nodes[0], start_slot, member)
    return element


def open_process(
    run: Run,
    model: ProcessModel,
    definition_key: int,
    variables: Mapping[str, Any],
    caller: ElementInstance | None,
    key: int | None = None,
) -> ElementInstance:
    """A process instance with its variables, in which nothing goes on yet."""
    key = run.ids.next() if key is None else key
    parent_key = caller.key if caller is not None else 0
    element = ElementInstance(key, 0, PROCESS, definition_key, parent_key, key)
    element.state = ACTIVE
    run.state.elements[key] = element
    if caller is not None:
        caller.own_children()[key] = None
        caller.own_waits()[key] = Wait("call", key, caller.slot)
        run.touch(caller)
    transition = run.transition
    transition.created[key] = element
    parent_process = caller.process_key if caller is not None else None
    transition.process_instances[key] = (definition_key, parent_process, parent_key or None)
    transition.log.append((PROCESS_INSTANCE_STARTED, key, definition_key, parent_process, parent_key or None))
    node = model.nodes[0]
    transition.log.append((ELEMENT_ACTIVATED, key, node.id))
    if variables:  # as set_local, in a scope that nothing can know of yet
        run.state.variables[key] = dict(variables)
        for name, value in variables.items():
            transition.variables[key, name] = value
            transition.log.append((VARIABLE_WRITTEN, key, name))
    if node.declared:
        data.declare(run, element, node)
    return element


def listen_and_start(
    run: Run,
    model: ProcessModel,
    element: ElementInstance,
    node: FlowNode,
    start_slot: int | None,
    member: int | None = None,
) -> None:
    """Open what a process instance listens to, then put tokens at its start. Repeated when its incident is resolved."""
    try:
        if node.listeners and listeners.hold(run, element, node, "start"):
            element.own_data()["start"] = start_slot
            return
        if node.event_sub_processes:
            catching.open_event_sub_processes(run, model, element, node)
    except ElementFailure as failure:
        run.close_waits(element)
        run.raise_incident(element, failure.type, failure.message, stage="listen")
        element.own_data().update(start=start_slot, member=member)
        return
    slots = model.nodes[0].start_nodes if start_slot is None else (start_slot,)
    for slot in slots:
        if start_slot is not None:
            run.later(_enter_triggered, element, slot, member)
        else:
            run.queue.append((enter_start, element, (slot,)))
    if not slots:
        run.maybe_done.append(element.key)
