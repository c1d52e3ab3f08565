"""Where tokens go: choosing sequence flows, joins, and the end of a scope.

Source: BPMN 2.0, 13.2.1 (sequence flow), 13.4.1–13.4.3 (gateways); the inclusive join with the upstream rule of 13.4.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import ElementType, IncidentType
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import evaluate_condition

if TYPE_CHECKING:
    from laneway.runtime.run import Run


def choose(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> list[int]:
    """All flows whose condition holds and all without one; the default flow only if no condition holds."""
    chosen: list[int] = []
    any_condition = held = False
    for index in node.outgoing:
        flow = model.flows[index]
        if index == node.default_flow:
            continue
        if flow.condition is None:
            chosen.append(index)
            continue
        any_condition = True
        if evaluate_condition(run, element, flow.condition, f"condition of flow {called(flow.id, flow.name)}"):
            chosen.append(index)
            held = True
    if node.default_flow is not None and not held:
        chosen.append(node.default_flow)
    if not chosen and any_condition:
        raise _no_flow(model, node)
    return chosen


def choose_exclusive(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> list[int]:
    """The first flow, in document order, whose condition holds; else the default flow."""
    for index in node.outgoing:
        flow = model.flows[index]
        if index == node.default_flow:
            continue
        if flow.condition is None:
            if len(node.outgoing) == 1:
                return [index]
            continue
        if evaluate_condition(run, element, flow.condition, f"condition of flow {called(flow.id, flow.name)}"):
            return [index]
    if node.default_flow is not None:
        return [node.default_flow]
    if not node.outgoing:
        return []
    raise _no_flow(model, node)


def called(id: str, name: str | None) -> str:
    return f"{id} «{name}»" if name else id


def _no_flow(model: ProcessModel, node: FlowNode) -> ElementFailure:
    tried = "; ".join(
        f"{called(flow.id, flow.name)}: {flow.condition.text}"
        for flow in (model.flows[index] for index in node.outgoing)
        if flow.condition is not None
    )
    return ElementFailure(
        IncidentType.CONDITION_ERROR,
        f"no condition holds and there is no default flow ({tried}). Correct the variables and resolve this incident, "
        "or mark one flow as default in the diagram",
    )


# Joins


def count(scope: ElementInstance, slot: int, change: int) -> None:
    """Keep the number of live tokens per node of a scope, for the inclusive joins in it."""
    tokens = scope.own_tokens()
    now = tokens.get(slot, 0) + change
    if now > 0:
        tokens[slot] = now
        scope.active_mask |= 1 << slot
    else:
        tokens.pop(slot, None)
        scope.active_mask &= ~(1 << slot)


def arrive(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode, flow_index: int) -> None:
    """A token reaches a join. A parallel join fires when every incoming flow has one; excess tokens stay."""
    waiting = scope.arrivals.get(node.slot)
    if waiting is None:
        waiting = scope.own_arrivals()[node.slot] = {}
    waiting[flow_index] = waiting.get(flow_index, 0) + 1
    run.touch(scope)
    if model.joins:
        count(scope, node.slot, 1)
    if node.type is ElementType.PARALLEL_GATEWAY:
        if len(waiting) == len(node.incoming):
            _fire(run, model, scope, node)
        else:
            run.maybe_done.append(scope.key)
            run.joining_changed(scope)
    else:
        run.joining[scope.key] = None
        run.maybe_done.append(scope.key)


def _fire(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> None:
    """Take one token from each flow that has one, and go on as one."""
    take(run, model, scope, node)
    run.activate(model, scope, node)


def take(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> None:
    """One token leaves each flow that has one."""
    waiting = scope.arrivals[node.slot]
    for flow_index in list(waiting):
        waiting[flow_index] -= 1
        if not waiting[flow_index]:
            del waiting[flow_index]
        if model.joins:
            count(scope, node.slot, -1)
    if not waiting:
        del scope.arrivals[node.slot]
    run.touch(scope)


def fire_inclusive_joins(run: Run) -> bool:
    """Fire at most one inclusive join that no token upstream can still reach. True if one fired."""
    elements = run.state.elements
    while run.joining:
        key, _ = run.joining.popitem()
        scope = elements.get(key)
        if scope is None or not scope.arrivals:
            continue
        model = run.model(scope.definition_key)
        for slot, waiting in scope.arrivals.items():
            join = model.joins.get(slot)
            if join is None:
                continue
            to_filled = to_empty = 0
            for flow_index, upstream in zip(join.flows, join.upstream, strict=True):
                if flow_index in waiting:
                    to_filled |= upstream
                else:
                    to_empty |= upstream
            if scope.active_mask & to_empty & ~to_filled & ~(1 << slot):
                continue
            run.joining[key] = None
            _fire(run, model, scope, model.nodes[slot])
            return True
    return False
