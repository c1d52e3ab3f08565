"""Gateways, once a token may pass (joining is in ``flows``). BPMN 2.0, 13.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneway.domain.model import FlowNode, ProcessModel, UserTaskSpec
from laneway.domain.state import ElementInstance
from laneway.runtime import catching, complex_gateway, flows, tasks

if TYPE_CHECKING:
    from laneway.runtime.run import Run


def exclusive(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.2: the first flow whose condition holds. In a walkthrough a person chooses."""
    if isinstance(node.work, UserTaskSpec):
        tasks.open_user_task(run, element, node, node.work)
    else:
        run.complete(model, element, node, flows.choose_exclusive(run, model, element, node))


def inclusive(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.3: every flow whose condition holds."""
    if isinstance(node.work, UserTaskSpec):
        tasks.open_user_task(run, element, node, node.work)
    else:
        run.complete(model, element, node, flows.choose(run, model, element, node))


def parallel(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.1: every flow."""
    run.complete(model, element, node, node.outgoing)


def complex(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.5, once it is activated or reset: every flow whose condition holds."""
    if isinstance(node.work, UserTaskSpec):
        tasks.open_user_task(run, element, node, node.work)
    else:
        run.complete(model, element, node, complex_gateway.choose(run, model, element, node))


def event_based(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.4.4: wait for whichever of the events behind it comes first."""
    for index in node.outgoing:
        catching.open_catch(run, model, element, model.nodes[model.flows[index].target])
