"""Gateways, once a token may pass (joining is in ``flows``). BPMN 2.0, 13.4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from laneway.domain.model import FlowNode, ProcessModel, UserTaskSpec
from laneway.domain.state import ElementInstance
from laneway.runtime import catching, complex_gateway, steering, tasks

if TYPE_CHECKING:
    from laneway.runtime.run import Run


def exclusive(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.2: the first flow whose condition holds. In a walkthrough a person chooses."""
    if isinstance(node.work, UserTaskSpec):
        tasks.open_user_task(run, element, node, node.work)
    else:
        run.complete(model, element, node, _chosen(run, element))


def inclusive(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.3: every flow whose condition holds."""
    if isinstance(node.work, UserTaskSpec):
        tasks.open_user_task(run, element, node, node.work)
    else:
        run.complete(model, element, node, _chosen(run, element))


def _chosen(run: Run, element: ElementInstance) -> Sequence[int]:
    plan = run.plans(element.definition_key)[element.slot]
    return plan.choose(run, element) if plan.leaves is None else plan.leaves


def parallel(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.1: every flow."""
    run.complete(model, element, node, node.outgoing)


def complex(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.5, once it is activated or reset: every flow whose condition holds."""
    if isinstance(node.work, UserTaskSpec):
        tasks.open_user_task(run, element, node, node.work)
    else:
        steering.check(run, model, element, node)
        run.complete(model, element, node, complex_gateway.choose(run, model, element, node))


def event_based(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.4: wait for whichever of the events behind it comes first."""
    left = left_of(model, element, node)
    if not left:
        run.complete(model, element, node, ())
        return
    for slot in left:
        catching.open_catch(run, model, element, model.nodes[slot])


def left_of(model: ProcessModel, element: ElementInstance, node: FlowNode) -> list[int]:
    """The events that the gateway waits for still: all of them, but those that had come when it began (10.6.6)."""
    left = element.data.get("left")
    return [model.flows[index].target for index in node.outgoing] if left is None else list(left)


def begin_with(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode, slot: int) -> None:
    """The event ``slot`` behind the gateway has begun the instance. A parallel gateway waits on for the others."""
    targets = [model.flows[index].target for index in node.outgoing]
    left = [target for target in targets if target != slot] if node.all_events else []
    run.later(catching.enter_caught, scope, node.outgoing[targets.index(slot)], {})
    run.activate(model, scope, node, "", None, {"left": left})
