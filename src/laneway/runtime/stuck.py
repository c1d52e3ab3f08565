"""Tokens that wait for others which cannot come any more: never a silent stop, always an incident that says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneway.domain.history import ElementActivated
from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import ElementType, IncidentType
from laneway.runtime import complex_gateway, flows, joins

if TYPE_CHECKING:
    from laneway.runtime.run import Run


def hold(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> None:
    """Nothing else is alive in ``scope``, and tokens wait at ``node``."""
    if node.type is ElementType.COMPLEX_GATEWAY:
        complex_gateway.last_look(run, model, scope, node)
        return
    waiting = scope.arrivals[node.slot]
    if node.start_quantity > 1:
        message = (
            f"{sum(waiting.values())} of {node.start_quantity} tokens have come (startQuantity), and no other can come. "
            "Correct the quantities in the diagram. Resolving this incident lets it begin with the tokens that are there"
        )
        joins.take_all(run, model, scope, node, node.start_quantity)
    else:
        missing = [
            flows.called(model.flows[index].id, model.flows[index].name)
            for index in node.incoming
            if index not in waiting
        ]
        message = (
            f"this join waits for {', '.join(missing)}, which no token can reach any more. Draw the split and the join "
            "as the same kind of gateway. Resolving this incident lets it go on with the tokens that are there"
        )
        joins.take(run, model, scope, node)
    element = stand_in(run, model, scope, node)
    run.raise_incident(element, IncidentType.UNKNOWN, message, stage="join")


def stand_in(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> ElementInstance:
    """An element instance of ``node`` that holds the incident, and goes on when it is resolved."""
    key = run.ids.next()
    role, kind = ("body", ElementType.MULTI_INSTANCE_BODY) if node.loop is not None else ("", node.type)
    element = ElementInstance(key, node.slot, kind, scope.definition_key, scope.key, scope.process_key, role)
    run.state.elements[key] = element
    scope.own_children()[key] = None
    if model.joins:
        joins.count(scope, node.slot, 1)
    run.transition.created[key] = element
    run.transition.write(ElementActivated(key, node.id))
    return element
