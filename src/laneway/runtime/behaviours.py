"""The table of contents of the runtime: what each kind of element does when a token has reached it.

A behaviour is called once the element's inputs are applied and its boundary events are open. It completes the element,
or leaves it waiting for something (a job, a user task, a timer, a subscription, children), or raises ElementFailure,
which becomes an incident at the element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import ElementType
from laneway.runtime import adhoc, events, gateways, subprocesses, tasks

if TYPE_CHECKING:
    from laneway.runtime.run import Run

JOINS = (ElementType.PARALLEL_GATEWAY, ElementType.INCLUSIVE_GATEWAY, ElementType.COMPLEX_GATEWAY)
Behaviour = Callable[["Run", ProcessModel, ElementInstance, FlowNode], None]

BEHAVIOURS: Mapping[ElementType, Behaviour] = {
    # Activities (BPMN 2.0, 13.3)
    ElementType.TASK: tasks.task,
    ElementType.MANUAL_TASK: tasks.task,
    ElementType.SERVICE_TASK: tasks.task,
    ElementType.SEND_TASK: tasks.task,
    ElementType.SCRIPT_TASK: tasks.task,
    ElementType.BUSINESS_RULE_TASK: tasks.task,
    ElementType.USER_TASK: tasks.user_task,
    ElementType.RECEIVE_TASK: events.catch,
    ElementType.SUB_PROCESS: subprocesses.sub_process,
    ElementType.TRANSACTION: subprocesses.sub_process,
    ElementType.EVENT_SUB_PROCESS: subprocesses.event_sub_process,
    ElementType.AD_HOC_SUB_PROCESS: adhoc.ad_hoc_sub_process,
    ElementType.CALL_ACTIVITY: subprocesses.call_activity,
    # Gateways (13.4)
    ElementType.EXCLUSIVE_GATEWAY: gateways.exclusive,
    ElementType.INCLUSIVE_GATEWAY: gateways.inclusive,
    ElementType.PARALLEL_GATEWAY: gateways.parallel,
    ElementType.COMPLEX_GATEWAY: gateways.complex,
    ElementType.EVENT_BASED_GATEWAY: gateways.event_based,
    # Events (13.5)
    ElementType.START_EVENT: events.start,
    ElementType.INTERMEDIATE_CATCH_EVENT: events.catch,
    ElementType.BOUNDARY_EVENT: events.boundary,
    ElementType.INTERMEDIATE_THROW_EVENT: events.throw,
    ElementType.END_EVENT: events.throw,
}


class Plan(NamedTuple):
    """What can be said of a node once and for all.

    ``joins``: tokens wait here for others. ``plain``: nothing to do before its behaviour (no loop, inputs, boundary events, event sub-processes). ``leaves``: the
    flows by which a token leaves it whatever the variables say; None where conditions decide.
    """

    behaviour: Behaviour | None
    plain: bool
    joins: bool
    leaves: tuple[int, ...] | None


@lru_cache(maxsize=512)
def plans(model: ProcessModel) -> tuple[Plan, ...]:
    """One plan per slot."""
    return tuple(_plan(model, node) for node in model.nodes)


def _plan(model: ProcessModel, node: FlowNode) -> Plan:
    behaviour = BEHAVIOURS.get(node.type)
    if behaviour is tasks.task:
        behaviour = tasks.by_work(node.work)
    if node.skip is not None and behaviour is not None:
        behaviour = tasks.skippable(behaviour)
    unconditional = node.default_flow is None and all(model.flows[index].condition is None for index in node.outgoing)
    return Plan(
        behaviour,
        node.loop is None
        and not (node.inputs or node.declared or node.boundary_events or node.event_sub_processes or node.listeners),
        (node.type in JOINS and len(node.incoming) > 1) or node.start_quantity > 1 or node.activation is not None,
        node.outgoing if unconditional else None,
    )
