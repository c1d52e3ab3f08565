"""The table of contents of the runtime: what each kind of element does when a token has reached it.

A behaviour is called once the element's inputs are applied and its boundary events are open. It completes the element,
or leaves it waiting for something (a job, a user task, a timer, a subscription, children), or raises ElementFailure,
which becomes an incident at the element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from laneway.domain.model import EventKind, FlowNode, ProcessModel, ScriptSpec
from laneway.domain.state import ElementInstance
from laneway.domain.types import ElementType
from laneway.runtime import adhoc, events, flows, gateways, steering, subprocesses, tasks
from laneway.runtime.flows import Choice
from laneway.runtime.scope import Assignment, may_draw

if TYPE_CHECKING:
    from laneway.runtime.run import Run

JOINS = (ElementType.PARALLEL_GATEWAY, ElementType.INCLUSIVE_GATEWAY, ElementType.COMPLEX_GATEWAY)
TASKS = (
    ElementType.TASK,
    ElementType.MANUAL_TASK,
    ElementType.SERVICE_TASK,
    ElementType.SEND_TASK,
    ElementType.SCRIPT_TASK,
    ElementType.BUSINESS_RULE_TASK,
)
AT_ONCE = (
    *TASKS,
    ElementType.EXCLUSIVE_GATEWAY,
    ElementType.INCLUSIVE_GATEWAY,
    ElementType.PARALLEL_GATEWAY,
    ElementType.START_EVENT,
    ElementType.INTERMEDIATE_THROW_EVENT,
    ElementType.END_EVENT,
)
"""What waits for nothing where it is bound to no work and to no event."""
CHOOSING = (ElementType.EXCLUSIVE_GATEWAY, ElementType.INCLUSIVE_GATEWAY)
"""Elements whose work it is to choose. A choice that fails holds any other in the state of completing."""
Behaviour = Callable[["Run", ProcessModel, ElementInstance, FlowNode], None]
Act = Callable[["Run", ElementInstance], None]
Choose = Callable[["Run", ElementInstance], tuple[int, ...]]
"""Both are called with the element, or for what a token passes through with the scope around it: it sees the same
variables, having none of its own."""

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


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be said of a node once and for all.

    Attributes
    ----------
    plain
        Nothing is done before its behaviour (no loop, inputs, boundary events, event sub-processes).
    joins
        Tokens wait here for others.
    leaves
        The flows by which a token leaves it whatever the variables say; None where conditions decide.
    choose
        Finds out by which flows it is left where conditions decide.
    counted
        How many tokens are at each node matters in this process, which has inclusive joins.
    passes
        A token passes through in one go: the node waits for nothing, and has nothing of its own, so that no element
        instance need be made of it. ``act`` then is what it does.
    assigns, chooses
        What ``act`` and ``choose`` are, where they need nothing but the variables of the process instance.
    """

    slot: int
    id: str
    model: ProcessModel
    node: FlowNode
    behaviour: Behaviour | None
    plain: bool
    joins: bool
    counted: bool
    leaves: tuple[int, ...] | None
    choose: Choose
    passes: bool
    act: Act | None
    assigns: Assignment | None
    chooses: Choice | None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A process with a plan per slot, and for each flow its id and the plan of the node that it leads to."""

    model: ProcessModel
    plans: tuple[Plan, ...]
    hops: tuple[tuple[str, Plan], ...]


@lru_cache(maxsize=512)
def compiled(model: ProcessModel) -> Compiled:
    plans = tuple(_plan(model, node) for node in model.nodes)
    return Compiled(model, plans, tuple((flow.id, plans[flow.target]) for flow in model.flows))


def _plan(model: ProcessModel, node: FlowNode) -> Plan:
    behaviour = BEHAVIOURS.get(node.type)
    if behaviour is tasks.task:
        behaviour = tasks.by_work(node.work)
    if node.skip is not None and behaviour is not None:
        behaviour = tasks.skippable(behaviour)
    unconditional = node.default_flow is None and all(model.flows[index].condition is None for index in node.outgoing)
    plain = node.loop is None and not (
        node.inputs or node.declared or node.boundary_events or node.event_sub_processes or node.listeners
    )
    leaves = node.outgoing if unconditional else None
    choose = flows.choice(model, node)
    if node.type is ElementType.PARALLEL_GATEWAY:
        leaves = node.outgoing
    elif node.type is ElementType.EXCLUSIVE_GATEWAY:
        choose = flows.exclusive_choice(model, node)
        if len(node.outgoing) > 1:
            leaves = None
    choose = steering.guarded(model, node, choose)
    chosen_before = leaves is not None or node.type in CHOOSING
    passes = plain and _is_over_at_once(node) and chosen_before and not _asks(model, node)
    return Plan(
        node.slot,
        node.id,
        model,
        node,
        behaviour,
        plain,
        (node.type in JOINS and len(node.incoming) > 1) or node.start_quantity > 1 or node.activation is not None,
        bool(model.joins),
        leaves,
        choose,
        passes,
        tasks.script_in(node, node.work) if passes and isinstance(node.work, ScriptSpec) else None,
        _assignment(node.work) if passes and isinstance(node.work, ScriptSpec) else None,
        _choice_by_variables(model, node) if passes else None,
    )


def _choice_by_variables(model: ProcessModel, node: FlowNode) -> Choice | None:
    if node.type is not ElementType.EXCLUSIVE_GATEWAY or node.slot in model.steered:
        return None
    return flows.choice_by_variables(model, node)


def _assignment(work: ScriptSpec) -> Assignment | None:
    if not work.result_variable or may_draw(work.expression):
        return None
    return Assignment(work.result_variable, work.expression.evaluate)


def _is_over_at_once(node: FlowNode) -> bool:
    """Whether it does its work, if it has any, without waiting, and nothing is left to do or to remember afterwards."""
    if node.outputs or node.data_outputs or node.data_names or node.compensable or node.skip is not None:
        return False
    if node.completion_quantity != 1:
        return False
    if isinstance(node.work, ScriptSpec):
        return node.type in TASKS
    return node.work is None and node.type in AT_ONCE and (node.event is None or node.event.kind is EventKind.NONE)


def _asks(model: ProcessModel, node: FlowNode) -> bool:
    """Whether an expression asks for the element instance itself (Camunda 7's and Flowable's ``execution``)."""
    asked = [model.flows[index].condition for index in node.outgoing]
    if isinstance(node.work, ScriptSpec):
        asked.append(node.work.expression)
    return any(each is not None and "execution" in each.names for each in asked)
