"""Joins: tokens that wait for others, parallel or inclusive.

Source: BPMN 2.0, 13.4.1 and 13.4.3; the inclusive join with the upstream rule of 13.4.3. An inclusive join is looked at
only when a token has come to it or one upstream of it has moved, so that joins elsewhere in a scope cost nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import ElementType

if TYPE_CHECKING:
    from laneway.runtime.run import Run

PARALLEL = ElementType.PARALLEL_GATEWAY
FEW = 4
"""Waiting joins that are asked one by one whether a node is upstream of them."""


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
    if node.type is PARALLEL:
        if len(waiting) == len(node.incoming):
            _fire(run, model, scope, node)
        else:
            run.maybe_done.append(scope.key)
    else:
        run.joining[scope.key, node.slot] = None
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


def changed(run: Run, model: ProcessModel, scope: ElementInstance, slot: int) -> None:
    """A token has left ``slot``: inclusive joins that wait downstream of it may fire now."""
    waiting = scope.arrivals
    if len(waiting) > FEW:
        downstream = [join for join in _downstream(model, slot) if join in waiting]
    else:
        downstream = [join for join in waiting if join in model.joins and _upstream(model, join) >> slot & 1]
    for join in downstream:
        run.joining[scope.key, join] = None


@lru_cache(maxsize=4096)
def _upstream(model: ProcessModel, join: int) -> int:
    """All slots from which any of its flows can be reached."""
    slots = 0
    for upstream in model.joins[join].upstream:
        slots |= upstream
    return slots & ~(1 << join)


@lru_cache(maxsize=4096)
def _downstream(model: ProcessModel, slot: int) -> tuple[int, ...]:
    return tuple(join for join in model.joins if _upstream(model, join) >> slot & 1)


@lru_cache(maxsize=65536)
def _reached(model: ProcessModel, join: int, slot: int) -> tuple[int, ...]:
    """The flows into ``join`` that a token at ``slot`` can still reach."""
    spec = model.joins[join]
    return tuple(flow for flow, upstream in zip(spec.flows, spec.upstream, strict=True) if upstream >> slot & 1)


def fire_inclusive_joins(run: Run) -> bool:
    """Fire at most one inclusive join that no token upstream can still reach. True if one fired."""
    elements = run.state.elements
    while run.joining:
        key, slot = run.joining.popitem()[0]
        scope = elements.get(key)
        if scope is None or slot not in scope.arrivals:
            continue
        model = run.model(scope.definition_key)
        if _is_awaited(model, scope, slot):
            continue
        run.joining[key, slot] = None  # tokens that were too many for the first time may wait still
        _fire(run, model, scope, model.nodes[slot])
        return True
    return False


def _is_awaited(model: ProcessModel, scope: ElementInstance, slot: int) -> bool:
    """Whether a token upstream can reach an empty flow of the join, and none of those that have a token."""
    waiting = scope.arrivals[slot]
    upstream = scope.active_mask & _upstream(model, slot)
    while upstream:
        lowest = upstream & -upstream
        if not any(flow in waiting for flow in _reached(model, slot, lowest.bit_length() - 1)):
            return True
        upstream ^= lowest
    return False
