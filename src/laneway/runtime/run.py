"""One run of ``advance``: the work queue, and the life cycle that every element goes through.

    enter ──> activate ──> begin ──> [behaviour waits] ──> complete ──> take flows
                             │                                │
                             └── ElementFailure ──> incident ─┘   (resolving it goes on where it stopped)
    anything alive ──> terminate

Tokens in flight live in the queue only; joins and the end of scopes are looked at when it is empty (BPMN 2.0, 13.2.1:
a scope ends when no token is left in it).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from laneway.domain.history import (
    ELEMENT_ACTIVATED,
    ELEMENT_COMPLETED,
    PROCESS_INSTANCE_COMPLETED,
    SEQUENCE_FLOW_TAKEN,
    ElementTerminated,
    ProcessInstanceTerminated,
)
from laneway.domain.model import FlowNode, ProcessModel, StoreItem
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.transition import ElementClosed
from laneway.domain.types import ElementState, ElementType, IncidentType
from laneway.ports import Definitions, IdSource
from laneway.runtime import (
    adhoc,
    catching,
    compensation,
    conditions,
    data,
    events,
    joins,
    listeners,
    loops,
    subprocesses,
)
from laneway.runtime.behaviours import Plan
from laneway.runtime.complex_gateway import RESETTING
from laneway.runtime.context import Context
from laneway.runtime.failure import ElementFailure
from laneway.runtime.limits import Limits
from laneway.runtime.scope import apply_inputs, apply_outputs, new, set_local

PROCESS = ElementType.PROCESS
AD_HOC = ElementType.AD_HOC_SUB_PROCESS
EVENT_SUB_PROCESS = ElementType.EVENT_SUB_PROCESS
ACTIVE = ElementState.ACTIVE
COMPLETED = ElementState.COMPLETED


def many(chosen: Iterable[int], quantity: int) -> Iterator[int]:
    """``quantity`` tokens on each flow."""
    return (flow for flow in chosen for _ in range(quantity))


class Run(Context):
    """The queue and the life cycle. Nothing of it outlives the call but the transition."""

    __slots__ = ("_popped", "changed", "cut", "joining", "maybe_done", "queue", "signals", "watch")

    def __init__(
        self, definitions: Definitions, state: InstanceState, now: datetime, ids: IdSource, limits: Limits
    ) -> None:
        Context.__init__(self, definitions, state, now, ids, limits)
        self.queue: deque[tuple[Callable[..., None] | int, ElementInstance, tuple[Any, ...]]] = deque()
        self.maybe_done: deque[int] = deque()
        self.joining: dict[tuple[int, int], None] = {}
        self.cut: dict[int, int] = {}
        self.changed: dict[int, int] = {}
        """Conditions to look at: key of the wait → key of the element that has it."""
        self.signals: deque[tuple[ElementInstance, str, dict[str, Any], bool, bool]] = deque()
        """Thrown by these elements, and not yet delivered: name, variables, whether the element goes on only then,
        whether they are for this instance alone."""
        self._popped = 0
        self.watch: Any = None
        """Who watches this run (see ``watching``)."""

    def read_item(self, element: ElementInstance, item: StoreItem) -> dict[str, Any] | None:
        """As ``data.read_item``."""
        return data.read_item(self, element, item)

    # The queue

    def later(self, step: Callable[..., None], scope: ElementInstance, *arguments: Any) -> None:
        """Queue ``step(run, scope, *arguments)``; it is dropped if ``scope`` has ended by then."""
        self.queue.append((step, scope, arguments))

    def drop_queued(self, scope: ElementInstance) -> None:
        """Drop what is queued for ``scope`` at this moment, without looking through the queue."""
        self.cut[scope.key] = self._popped + len(self.queue)

    def _is_cut(self, scope: ElementInstance) -> bool:
        self._popped += 1
        return self._popped <= self.cut.get(scope.key, 0)

    def drain(self) -> None:
        queue = self.queue
        maybe_done = self.maybe_done
        cut = self.cut
        changed = self.changed
        elements = self.state.elements
        while True:
            while queue:
                if changed:
                    conditions.look(self)
                    continue
                step, scope, arguments = queue.popleft()
                if (cut and self._is_cut(scope)) or elements.get(scope.key) is not scope:
                    continue
                if type(step) is int:  # a token on a sequence flow, by far the most common
                    self._go(scope, None, step)
                else:
                    step(self, scope, *arguments)  # type: ignore[operator]
            if changed:
                conditions.look(self)
                continue
            if self.joining and joins.fire_inclusive_joins(self):
                continue
            if not maybe_done:
                if not self.signals:
                    return
                events.deliver_signal(self)
                continue
            # One at a time: what the end of this one sets in motion may be what keeps the next one alive.
            empty = elements.get(maybe_done.popleft())
            if empty is not None and not empty.children:
                subprocesses.scope_is_empty(self, empty)

    # Life cycle

    def enter(self, scope: ElementInstance, plan: Plan) -> None:
        """A token reaches a node, at the start of its scope or as a join lets it pass."""
        self._go(scope, plan, 0)

    def _go(self, scope: ElementInstance, plan: Plan | None, step: int) -> None:
        """A token is at ``plan``, or where that is None on the flow ``step``, and goes on while nothing else is under way;
        then the tokens behind it in the queue do, as long as they are in the same scope.

        A token passes through most nodes: the same as activate and complete, without an element instance in between.
        """
        definition_key, scope_key, process_key = scope.definition_key, scope.key, scope.process_key
        hops = (self.compiled.get(definition_key) or self.compile(definition_key)).hops
        state = self.state
        write = self.transition.log.append
        passed = self.transition.passed.append
        next_key = self.ids.next
        most_steps = self.limits.steps
        queue = self.queue
        while True:
            if plan is None:
                flow_id, plan = hops[step]
                write((SEQUENCE_FLOW_TAKEN, process_key, flow_id))
                if plan.joins and not joins.arrive(self, plan, scope, step):
                    plan = None
            while plan is not None:
                if not plan.passes:
                    self.activate(plan.model, scope, plan.node)
                    break
                key = next_key()
                passed((key, plan.slot, definition_key, scope_key, process_key))
                write((ELEMENT_ACTIVATED, key, plan.id))
                steps = state.steps = state.steps + 1
                if steps > most_steps and self.out_of_steps(self._stay(scope, plan), "begin"):
                    break
                chosen = plan.leaves
                try:
                    if plan.act is not None:
                        plan.act(self, scope)
                    if chosen is None:
                        chosen = plan.choose(self, scope)
                except ElementFailure as failure:
                    self._failed_to_begin(self._stay(scope, plan), failure)
                    break
                write((ELEMENT_COMPLETED, key, plan.id))
                if plan.counted and (scope.arrivals or RESETTING in scope.data):
                    joins.changed(self, plan.model, scope, plan.slot)
                if not chosen:
                    self.maybe_done.append(scope_key)
                    if scope.type is AD_HOC:
                        adhoc.event_handled(self, scope)
                    break
                if len(chosen) > 1 or queue or self.changed:
                    for flow in chosen:
                        queue.append((flow, scope, ()))
                    break
                flow_id, plan = hops[chosen[0]]
                write((SEQUENCE_FLOW_TAKEN, process_key, flow_id))
                if plan.joins and not joins.arrive(self, plan, scope, chosen[0]):
                    break
            if not queue or self.changed or self.cut:
                return
            token, where, _ = queue[0]
            if where is not scope or type(token) is not int or state.elements.get(scope_key) is not scope:
                return
            queue.popleft()
            step, plan = token, None

    def _stay(self, scope: ElementInstance, plan: Plan) -> ElementInstance:
        """What a token was about to pass through holds it after all."""
        key = self.transition.passed.pop()[0]
        element = ElementInstance(key, plan.slot, plan.node.type, scope.definition_key, scope.key, scope.process_key)
        self._add(plan.model, scope, element)
        return element

    def _add(self, model: ProcessModel, scope: ElementInstance, element: ElementInstance) -> None:
        key = element.key
        self.state.elements[key] = element
        scope.own_children()[key] = None
        if model.joins and scope.role != "body" and "then" not in element.data:
            joins.count(scope, element.slot, 1)
        self.transition.created[key] = element

    def activate(
        self,
        model: ProcessModel,
        scope: ElementInstance,
        node: FlowNode,
        role: str = "",
        local: Mapping[str, Any] | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Make an element instance of ``node`` in ``scope`` and begin it; ``local`` are variables of its own."""
        state = self.state
        transition = self.transition
        key = self.ids.next()
        if node.loop is not None and not role:
            role = "body"
        element = ElementInstance(
            key,
            node.slot,
            ElementType.MULTI_INSTANCE_BODY if role == "body" else node.type,
            scope.definition_key,
            scope.key,
            scope.process_key,
            role,
        )
        if data is not None:
            element.data = data
        self._add(model, scope, element)
        transition.log.append((ELEMENT_ACTIVATED, key, node.id))
        if local:
            for name, value in local.items():
                set_local(self, element, name, value)
        steps = state.steps = state.steps + 1
        if steps > self.limits.steps and self.out_of_steps(element, "begin"):
            return
        plan = self.plans(element.definition_key)[node.slot]
        if plan.plain and plan.behaviour is not None:
            element.state = ACTIVE
            try:
                plan.behaviour(self, model, element, node)
            except ElementFailure as failure:
                self._failed_to_begin(element, failure)
        else:
            self.begin(model, element, node)

    def out_of_steps(self, element: ElementInstance, stage: str) -> bool:
        """Whether the budget of this run is spent; then ``element`` holds an incident that says so."""
        if self.state.steps <= self.limits.steps:
            return False
        self.raise_incident(
            element,
            IncidentType.UNKNOWN,
            f"{self.limits.steps} steps without waiting for anyone: the process goes round in circles here. "
            "Change the condition that should end the loop, then resolve this incident to go on",
            stage=stage,
        )
        return True

    def begin(self, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
        """Inputs, what it listens to, then its behaviour. Repeated as a whole when an incident in it is resolved."""
        try:
            if element.role == "body":
                if node.listeners and listeners.hold(self, element, node, "beforeAll"):
                    return
                if node.boundary_events:
                    catching.open_boundary_events(self, model, element, node)
                element.state = ACTIVE
                if self.changed:
                    self.later(_go_on, element)
                else:
                    loops.begin_body(self, model, element, node)
                return
            if "heard" not in element.data:
                if node.declared:
                    data.declare(self, element, node)
                if node.inputs:
                    apply_inputs(self, element, node.inputs, loops.given(self, element, node))
                if node.listeners and listeners.hold(self, element, node, "start"):
                    return
            if "triggered" in element.data:
                element.state = ACTIVE
                self.complete(model, element, node)
                return
            if node.boundary_events and not element.role:
                catching.open_boundary_events(self, model, element, node)
            if node.event_sub_processes:
                catching.open_event_sub_processes(self, model, element, node)
            element.state = ACTIVE
            if self.changed:
                self.later(_go_on, element)
            else:
                self._behave(model, element, node)
        except ElementFailure as failure:
            self._failed_to_begin(element, failure)

    def go_on(self, element: ElementInstance) -> None:
        """Begin was put off, for a condition that an event of the element waits for may be true at once."""
        model = self.model(element.definition_key)
        node = model.nodes[element.slot]
        try:
            if element.role == "body":
                loops.begin_body(self, model, element, node)
            else:
                self._behave(model, element, node)
        except ElementFailure as failure:
            self._failed_to_begin(element, failure)

    def _failed_to_begin(self, element: ElementInstance, failure: ElementFailure) -> None:
        if self.state.elements.get(element.key) is element:
            self.close_waits(element)
            element.state = ElementState.ACTIVATING
            if element.role != "body" and self.node_of(element).inputs:
                element.own_data()["again"] = True
            self.raise_incident(element, failure.type, failure.message, stage="begin")

    def _behave(self, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
        behaviour = self.plans(element.definition_key)[node.slot].behaviour
        if behaviour is None:
            raise ElementFailure(IncidentType.UNKNOWN, f"{node.type.value.lower()} elements do not run yet")
        behaviour(self, model, element, node)

    def behave(self, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
        """The behaviour alone, once more (what it listens to is still open)."""
        try:
            self._behave(model, element, node)
        except ElementFailure as failure:
            self.raise_incident(element, failure.type, failure.message, stage="behave")

    def complete(
        self,
        model: ProcessModel,
        element: ElementInstance,
        node: FlowNode,
        chosen: Iterable[int] | None = None,
    ) -> None:
        """Outputs, then out over ``chosen`` flows (None: those that BPMN 2.0, 13.2.1 says for an activity)."""
        is_round = element.role == "round"
        try:
            if (node.outputs or node.data_outputs) and element.role != "body" and "given" not in element.data:
                if node.data_outputs:
                    data.apply_data_outputs(self, element, node)
                if node.outputs:
                    apply_outputs(self, element, node.outputs)
                element.own_data()["given"] = True
            if node.listeners and element.role != "body" and listeners.hold(self, element, node, "end", chosen):
                return
            if is_round:
                loops.collect(self, element, node)
            elif element.type is EVENT_SUB_PROCESS:
                adhoc.event_ended(self, element)
            if not is_round and chosen is None:
                plan = self.plans(element.definition_key)[node.slot]
                chosen = plan.leaves
                if chosen is None:
                    chosen = plan.choose(self, element)
        except ElementFailure as failure:
            self._failed_to_complete(model, element, node, failure, chosen)
            return
        if element.waits:
            self.close_waits(element)
        if element.incident:
            self.close_incident(element, "resolved")
        if node.compensable:
            compensation.remember(self, element, node)
        transition = self.transition
        elements = self.state.elements
        scope = elements[element.parent]
        key = element.key
        transition.log.append((ELEMENT_COMPLETED, key, node.id))
        if model.joins or "then" in element.data:
            self.end(model, element, scope, COMPLETED)
        else:  # the same, without its frame: most elements end here
            element.state = COMPLETED
            del elements[key], scope.children[key]
            self.state.variables.pop(key, None)
            if transition.touched:
                transition.touched.pop(key, None)
            transition.ended[key] = new(ElementClosed, (element, COMPLETED, self.now))
        if is_round:
            loops.round_completed(self, model, scope, node)
            return
        if chosen:
            for flow in chosen if node.completion_quantity == 1 else many(chosen, node.completion_quantity):
                self.queue.append((flow, scope, ()))
        else:
            self.maybe_done.append(scope.key)
            if scope.type is AD_HOC:
                adhoc.event_handled(self, scope)

    def _failed_to_complete(
        self,
        model: ProcessModel,
        element: ElementInstance,
        node: FlowNode,
        failure: ElementFailure,
        chosen: Iterable[int] | None,
    ) -> None:
        """What is done is not done again: outputs that were applied, a choice that was made. Its inside is over."""
        element.state = ElementState.COMPLETING
        if chosen is not None:
            element.own_data()["chosen"] = list(chosen)
        if node.event_sub_processes:
            catching.close_event_sub_processes(self, model, element, node)
        self.touch(element)
        self.raise_incident(element, failure.type, failure.message, stage="complete")

    def end(
        self, model: ProcessModel, element: ElementInstance, scope: ElementInstance | None, state: ElementState
    ) -> None:
        """Take it out of the state. Its row keeps how it ended."""
        key = element.key
        element.state = state
        live = self.state
        del live.elements[key]
        live.variables.pop(key, None)
        if scope is not None:
            scope.children.pop(key, None)
            inner = scope.process_key == element.process_key and scope.role != "body"
            if model.joins and inner and "then" not in element.data:
                joins.count(scope, element.slot, -1)
                if scope.arrivals or RESETTING in scope.data:
                    joins.changed(self, model, scope, element.slot)
        transition = self.transition
        if transition.touched:
            transition.touched.pop(key, None)
        transition.ended[key] = new(ElementClosed, (element, state, self.now))
        if "then" in element.data:
            compensation.handled(self, element)

    def terminate(self, element: ElementInstance) -> None:
        """End it and all below it, innermost first; nothing of it goes on."""
        order: list[ElementInstance] = []
        stack = [element]
        elements = self.state.elements
        while stack:
            current = stack.pop()
            order.append(current)
            stack.extend(elements[key] for key in current.children)
        for current in reversed(order):
            model = self.model(current.definition_key)
            node = model.nodes[current.slot]
            self.close_waits(current)
            self.close_incident(current, "canceled")
            scope = elements.get(current.parent)
            self.transition.write(ElementTerminated(current.key, node.id))
            self.end(model, current, scope, ElementState.TERMINATED)
            if current.type is PROCESS:
                self.transition.write(ProcessInstanceTerminated(current.key))

    def finish_process(self, element: ElementInstance, model: ProcessModel) -> None:
        """A process instance has no token left."""
        if element.waits:
            self.close_waits(element)
        if element.incident:
            self.close_incident(element, "resolved")
        log = self.transition.log
        log.append((ELEMENT_COMPLETED, element.key, model.nodes[0].id))
        self.end(model, element, self.state.elements.get(element.parent), COMPLETED)
        log.append((PROCESS_INSTANCE_COMPLETED, element.key))


def _go_on(run: Run, element: ElementInstance) -> None:
    run.go_on(element)
