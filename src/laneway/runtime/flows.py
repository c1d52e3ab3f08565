"""Where tokens go: choosing sequence flows (BPMN 2.0, 13.2.1 and 13.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import IncidentType
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
        raise no_flow(model, node)
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
    raise no_flow(model, node)


def called(id: str, name: str | None) -> str:
    return f"{id} «{name}»" if name else id


def no_flow(model: ProcessModel, node: FlowNode) -> ElementFailure:
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
