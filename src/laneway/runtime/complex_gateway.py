"""Complex gateways: activated by a condition over the tokens that have come, then reset (BPMN 2.0, 13.4.5).

    waiting for start ── the activation condition holds: one token from each flow that has one, out ──> waiting for reset
           ^                                                                                                  │
           └── from each flow not yet served a token has come, or none can come any more: they are taken, out ┘

What the reset still expects is decided as at an inclusive join. A scope keeps, per gateway that waits for reset, the
flows that were served in the first phase; that is small whatever has happened before.

Two things the standard leaves to the reader. A flow gets a token of the second phase only if the gateway's conditions
look at the phase (``waitingForStart``), else a discriminator (WCP-9) would let every cycle pass twice. And if they do
not look at it, a token that comes round from behind the gateway is one of the next cycle: the reset does not take it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import IncidentType
from laneway.runtime import flows, joins, stuck
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import evaluate_boolean

if TYPE_CHECKING:
    from laneway.runtime.run import Run

RESETTING = "resetting"
"""In a scope's data: gateway slot, as JSON has it → flows served in the first phase."""
HELD = "held"
"""In a scope's data: gateway slot, as JSON has it → the element instance that holds an incident for its tokens."""
PHASE = "waitingForStart"


def drop(run: Run, scope: ElementInstance) -> None:
    """The tokens of ``scope`` are gone: what its gateways remember of them too."""
    for name in (RESETTING, HELD):
        if scope.data.pop(name, None) is not None:
            run.touch(scope)


def resetting(scope: ElementInstance) -> list[int]:
    """Slots of the gateways in ``scope`` that wait for their reset."""
    return [int(slot) for slot in scope.data.get(RESETTING, ())]


def arrived(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> None:
    """A token has come: it may activate the gateway, or be one that the reset expects."""
    if str(node.slot) in scope.data.get(RESETTING, ()):
        run.joining[scope.key, node.slot] = None
        run.maybe_done.append(scope.key)
        return
    _try_to_start(run, model, scope, node)


def _try_to_start(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> None:
    try:
        holds = activates(run, model, scope, node)
    except ElementFailure as failure:
        hold(run, model, scope, node, failure)
        return
    if holds:
        start(run, model, scope, node)
    else:
        run.maybe_done.append(scope.key)


def activates(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> bool:
    """Whether the activation condition holds for the tokens that wait; it sees how many by flow id, and in all."""
    if node.activation is None:
        return True
    tokens = Tokens(_flows(model, node.slot), scope.arrivals.get(node.slot, {}))
    return evaluate_boolean(run, scope, node.activation, "activation condition", tokens)


class Tokens(Mapping[str, Any]):
    """The variables of an activation condition, counted when they are asked for."""

    __slots__ = ("_flows", "_waiting")

    def __init__(self, flows: Mapping[str, int], waiting: Mapping[int, int]) -> None:
        self._flows = flows
        self._waiting = waiting

    def __getitem__(self, name: str) -> Any:
        if name == "activationCount":
            return sum(self._waiting.values())
        return True if name == PHASE else self._waiting.get(self._flows[name], 0)

    def __contains__(self, name: object) -> bool:
        return name == "activationCount" or name == PHASE or name in self._flows

    def __iter__(self) -> Iterator[str]:
        return iter(("activationCount", PHASE, *self._flows))

    def __len__(self) -> int:
        return len(self._flows) + 2


@lru_cache(maxsize=512)
def _flows(model: ProcessModel, slot: int) -> dict[str, int]:
    return {model.flows[index].id: index for index in model.nodes[slot].incoming}


def start(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> None:
    """The first phase: one token of each flow that has one is served, and the gateway goes on."""
    element = _release(run, scope, node)
    served = list(scope.arrivals.get(node.slot, ()))
    if served:
        joins.take(run, model, scope, node)
    _remember(run, model, scope, node, served)
    if element is None:
        run.activate(model, scope, node)
    else:
        run.close_incident(element, "resolved")
        run.begin(model, element, node)


def last_look(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> None:
    """No token can come any more. The condition may hold by now, since it reads variables too; else it never will."""
    try:
        if not activates(run, model, scope, node):
            raise why_stuck(node)
    except ElementFailure as failure:
        hold(run, model, scope, node, failure)
        return
    start(run, model, scope, node)


def hold(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode, failure: ElementFailure) -> None:
    """An incident for the tokens, which stay where they are; others that come may solve it yet."""
    element = _held(run, scope, node)
    if element is None:
        element = stuck.stand_in(run, model, scope, node)
        data = scope.own_data()
        data[HELD] = {**data.get(HELD, {}), str(node.slot): element.key}
        run.touch(scope)
    run.raise_incident(element, failure.type, failure.message, stage="activation")


def again(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """The incident at the activation condition was resolved: look at it once more."""
    scope = run.state.elements[element.parent]
    try:
        if not activates(run, model, scope, node):
            raise why_stuck(node)
    except ElementFailure as failure:
        run.raise_incident(element, failure.type, failure.message, stage="activation")
        return
    start(run, model, scope, node)


def _held(run: Run, scope: ElementInstance, node: FlowNode) -> ElementInstance | None:
    return run.state.elements.get(scope.data.get(HELD, {}).get(str(node.slot), 0))


def _release(run: Run, scope: ElementInstance, node: FlowNode) -> ElementInstance | None:
    element = _held(run, scope, node)
    if element is not None:
        _forget(run, scope, HELD, node)
    return element


def _forget(run: Run, scope: ElementInstance, name: str, node: FlowNode) -> None:
    remaining = {slot: value for slot, value in scope.data[name].items() if slot != str(node.slot)}
    if remaining:
        scope.data[name] = remaining
    else:
        del scope.data[name]
    run.touch(scope)


def _remember(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode, served: list[int]) -> None:
    if len(node.incoming) < 2 and not looks_at_phase(model, node):
        return  # nothing to wait for, nothing to give
    data = scope.own_data()
    data[RESETTING] = {**data.get(RESETTING, {}), str(node.slot): served}
    run.joining[scope.key, node.slot] = None
    run.touch(scope)


def looks_at_phase(model: ProcessModel, node: FlowNode) -> bool:
    conditions = (model.flows[index].condition for index in node.outgoing)
    return any(condition is not None and PHASE in condition.names for condition in conditions)


def reset(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode) -> bool:
    """The second phase, if nothing is expected any more. True if the gateway was reset."""
    slot = str(node.slot)
    resetting = scope.data.get(RESETTING, {})
    if slot not in resetting:
        return False
    phased = looks_at_phase(model, node)
    served = set(resetting[slot])
    waiting = scope.arrivals.get(node.slot, {})
    table = model.joins.get(node.slot)
    returning = () if phased or table is None else table.returning
    if table is not None and joins.is_awaited(model, scope, node.slot, {*waiting, *served}, returning):
        return False
    _forget(run, scope, RESETTING, node)
    taken = [index for index in waiting if index not in served and index not in returning]
    joins.take(run, model, scope, node, taken)
    if taken and model.joins:
        joins.changed(run, model, scope, node.slot)
    if phased:
        run.activate(model, scope, node, data={PHASE: False})
    if node.slot in scope.arrivals:
        _try_to_start(run, model, scope, node)
    else:
        run.maybe_done.append(scope.key)
    return True


def choose(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> list[int]:
    """The flows that get a token in the phase that the gateway is in."""
    starting = element.data.get(PHASE, True)
    chosen = []
    held = False
    for index in node.outgoing:
        flow = model.flows[index]
        if index == node.default_flow:
            continue
        if flow.condition is None:
            if starting:
                chosen.append(index)
            continue
        what = f"condition of flow {flows.called(flow.id, flow.name)}"
        if evaluate_boolean(run, element, flow.condition, what, {PHASE: starting}):
            chosen.append(index)
            held = True
    if node.default_flow is not None and not held:
        chosen.append(node.default_flow)
    if starting and not chosen and node.outgoing:
        raise flows.no_flow(model, node)
    return chosen


def why_stuck(node: FlowNode) -> ElementFailure:
    """No token can come any more, and the activation condition does not hold."""
    condition = node.activation.text if node.activation is not None else ""
    return ElementFailure(
        IncidentType.CONDITION_ERROR,
        f"the activation condition ({condition}) does not hold for the tokens that are there, and no other can come. "
        "Correct the variables that it reads, or the condition; resolving this incident looks at it again",
    )
