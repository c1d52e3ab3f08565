"""Where tokens go: choosing sequence flows (BPMN 2.0, 13.2.1 and 13.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import IncidentType
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import evaluate_boolean, evaluate_condition, may_draw, undecided, view

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


class Choice(NamedTuple):
    """``ways``: conditions in document order, each with the flow that it leads to; ``otherwise`` is the default."""

    ways: tuple[tuple[Callable[[Mapping[str, Any], datetime], bool], tuple[int, ...]], ...]
    otherwise: tuple[int, ...] | None


def choice_by_variables(model: ProcessModel, node: FlowNode) -> Choice | None:
    """As ``exclusive_choice``, for who has the variables and nothing else; None where they are not enough."""
    conditions = [(model.flows[index].condition, index) for index in node.outgoing if index != node.default_flow]
    if any(each is not None and ("execution" in each.names or may_draw(each)) for each, _ in conditions):
        return None
    ways = tuple((each.evaluate_boolean, (index,)) for each, index in conditions if each is not None)
    return Choice(ways, None if node.default_flow is None else (node.default_flow,))


def exclusive_choice(model: ProcessModel, node: FlowNode) -> Callable[[Run, ElementInstance], tuple[int, ...]]:
    """The first flow, in document order, whose condition holds; else the default flow. Compiled once per gateway."""
    ways = tuple(
        (flow.condition, f"condition of flow {called(flow.id, flow.name)}", (flow.index,))
        for flow in (model.flows[index] for index in node.outgoing if index != node.default_flow)
        if flow.condition is not None
    )
    otherwise = node.outgoing if len(node.outgoing) < 2 and not ways else None
    if node.default_flow is not None:
        otherwise = (node.default_flow,)

    by_itself = all("execution" not in condition.names and not may_draw(condition) for condition, _, _ in ways)

    def choose(run: Run, element: ElementInstance) -> tuple[int, ...]:
        scope = view(run, element)
        for condition, what, way in ways:
            if not by_itself:
                if evaluate_boolean(run, element, condition, what):
                    return way
                continue
            try:
                if condition.evaluate_boolean(scope, run.now):
                    return way
            except Exception as error:
                raise undecided(condition, what, scope, error) from error
        if otherwise is None:
            raise no_flow(model, node)
        return otherwise

    return choose


def choice(model: ProcessModel, node: FlowNode) -> Callable[[Run, ElementInstance], tuple[int, ...]]:
    """``choose`` for this node."""
    return lambda run, element: tuple(choose(run, model, element, node))


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
