"""Joins: tokens that wait for others, at a parallel, inclusive or complex gateway or before an activity with a quantity.

Source: BPMN 2.0, 13.3.2, 13.4.1, 13.4.3 and 13.4.5 (``complex_gateway``); the inclusive join with the upstream rule of 13.4.3. An inclusive join is looked at
only when a token has come to it or one upstream of it has moved, so that joins elsewhere in a scope cost nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from functools import lru_cache, reduce
from operator import and_
from typing import TYPE_CHECKING

from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import TOKENS, WIDE, ElementInstance
from laneway.domain.types import ElementType
from laneway.runtime import complex_gateway
from laneway.runtime.scope import set_local

if TYPE_CHECKING:
    from laneway.runtime.behaviours import Plan
    from laneway.runtime.run import Run

PARALLEL = ElementType.PARALLEL_GATEWAY
INCLUSIVE = ElementType.INCLUSIVE_GATEWAY
COMPLEX = ElementType.COMPLEX_GATEWAY
MOST_PARTS = 200_000
"""Pairs of slot and flow that are held for one join."""
FEW_FLOWS = 32
"""Flows of a join whose waiting tokens are kept with the row of the scope."""
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


def arrive(run: Run, plan: Plan, scope: ElementInstance, flow_index: int) -> bool:
    """A token reaches a join. A parallel join fires when every incoming flow has one; excess tokens stay.

    True: the gateway's tokens are taken, and go on as one; whoever brought the last one takes it there.
    """
    model, node, slot = plan.model, plan.node, plan.slot
    waiting = scope.arrivals.get(slot)
    if waiting is None:
        waiting = scope.own_arrivals()[slot] = {}
    waiting[flow_index] = waiting.get(flow_index, 0) + 1
    wanted = len(node.incoming)
    if wanted > FEW_FLOWS:
        _keep(run, scope, node, (flow_index,))
    elif scope.key not in run.transition.created:
        run.transition.touched[scope.key] = None
    if plan.counted:
        count(scope, slot, 1)
    if node.type is PARALLEL:
        if len(waiting) == wanted:
            take(run, model, scope, node)
            return True
        last = run.maybe_done
        if not last or last[-1] != scope.key:  # one look at the end is enough for all tokens that wait
            last.append(scope.key)
    elif node.type is INCLUSIVE:
        run.joining[scope.key, slot] = None
        run.maybe_done.append(scope.key)
    elif node.type is COMPLEX:
        complex_gateway.arrived(run, model, scope, node)
    elif sum(waiting.values()) >= node.start_quantity:
        take_all(run, model, scope, node, node.start_quantity)
        run.activate(model, scope, node)
    else:
        run.maybe_done.append(scope.key)
    return False


def take(
    run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode, only: Collection[int] | None = None
) -> None:
    """One token leaves each flow that has one (or of those in ``only``, which have)."""
    waiting = scope.arrivals.get(node.slot, {})
    if only is None and not model.joins and len(node.incoming) <= FEW_FLOWS and sum(waiting.values()) == len(waiting):
        scope.arrivals.pop(node.slot, None)  # the same for the most common case: no token is left
        run.touch(scope)
        return
    taken = list(waiting) if only is None else only
    for flow_index in taken:
        waiting[flow_index] -= 1
        if not waiting[flow_index]:
            del waiting[flow_index]
        if model.joins:
            count(scope, node.slot, -1)
    _keep(run, scope, node, taken)
    if not waiting:
        scope.arrivals.pop(node.slot, None)


def take_all(run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode, most: int) -> None:
    """Up to ``most`` tokens leave, whichever flows they came over: several flows into an activity are as an exclusive
    gateway before it (13.3.2)."""
    waiting = scope.arrivals[node.slot]
    taken = 0
    flows = list(waiting)
    for flow_index in flows:
        part = min(waiting[flow_index], most - taken)
        waiting[flow_index] -= part
        taken += part
        if not waiting[flow_index]:
            del waiting[flow_index]
    if model.joins:
        count(scope, node.slot, -taken)
    _keep(run, scope, node, flows)
    if not waiting:
        del scope.arrivals[node.slot]


def _keep(run: Run, scope: ElementInstance, node: FlowNode, flows: Collection[int]) -> None:
    """Write what waits at ``node`` over ``flows``: with the row of the scope, or where that would grow with the number of
    branches, each flow in a row of its own."""
    if len(node.incoming) <= FEW_FLOWS:
        run.touch(scope)
        return
    waiting = scope.arrivals.get(node.slot, {})
    wide = scope.data.get(WIDE, ())
    if node.slot not in wide:
        scope.own_data()[WIDE] = [*wide, node.slot]
        run.touch(scope)
    for flow_index in flows:
        set_local(run, scope, f"{TOKENS}{node.slot}.{flow_index}", waiting.get(flow_index, 0))


def drop(run: Run, model: ProcessModel, scope: ElementInstance) -> None:
    """No token waits in ``scope`` any more."""
    for slot, waiting in scope.arrivals.items():
        if model.joins:
            count(scope, slot, -sum(waiting.values()))
        flows = list(waiting)
        waiting.clear()
        _keep(run, scope, model.nodes[slot], flows)
    scope.arrivals.clear()


def changed(run: Run, model: ProcessModel, scope: ElementInstance, slot: int) -> None:
    """A token has left ``slot``: inclusive joins that wait downstream of it may fire now."""
    waiting: Collection[int] = scope.arrivals
    if complex_gateway.RESETTING in scope.data:
        waiting = {*waiting, *complex_gateway.resetting(scope)}
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


@lru_cache(maxsize=4096)
def _everywhere(model: ProcessModel, join: int) -> int:
    """All slots from which each of its flows can be reached: what is there is never waited for by a join with a token."""
    return reduce(and_, model.joins[join].upstream)


@lru_cache(maxsize=1024)
def _some(model: ProcessModel, join: int) -> dict[int, list[int]] | None:
    """Of the other slots upstream: the flows that each can reach. None where that would be too much to hold."""
    spec = model.joins[join]
    everywhere = _everywhere(model, join)
    parts = [upstream & ~everywhere for upstream in spec.upstream]
    if sum(part.bit_count() for part in parts) > MOST_PARTS:
        return None
    found: dict[int, list[int]] = {}
    for flow, part in zip(spec.flows, parts, strict=True):
        while part:
            lowest = part & -part
            found.setdefault(lowest.bit_length() - 1, []).append(flow)
            part ^= lowest
    return found


def _reached(model: ProcessModel, join: int, slot: int) -> Sequence[int]:
    """The flows into ``join`` that a token at ``slot`` can still reach."""
    spec = model.joins[join]
    found = _some(model, join)
    if found is not None and not _everywhere(model, join) >> slot & 1:
        return found.get(slot, ())
    return [flow for flow, upstream in zip(spec.flows, spec.upstream, strict=True) if upstream >> slot & 1]


def fire_inclusive_joins(run: Run) -> bool:
    """Fire at most one inclusive join that no token upstream can still reach. True if one fired."""
    elements = run.state.elements
    while run.joining:
        key, slot = run.joining.popitem()[0]
        scope = elements.get(key)
        if scope is None:
            continue
        model = run.model(scope.definition_key)
        if model.nodes[slot].type is COMPLEX:
            if complex_gateway.reset(run, model, scope, model.nodes[slot]):
                return True
            continue
        if slot not in scope.arrivals or is_awaited(model, scope, slot, scope.arrivals[slot]):
            continue
        run.joining[key, slot] = None  # tokens that were too many for the first time may wait still
        take(run, model, scope, model.nodes[slot])
        run.enter(scope, run.plans(scope.definition_key)[slot])
        return True
    return False


def is_awaited(
    model: ProcessModel, scope: ElementInstance, slot: int, waiting: Container[int], apart_from: Collection[int] = ()
) -> bool:
    """Whether a token upstream can reach an empty flow of the join, and none of those that have a token (``waiting``).
    Flows ``apart_from`` count as neither."""
    upstream = scope.active_mask & _upstream(model, slot)
    if not apart_from:
        upstream &= ~_everywhere(model, slot)
    while upstream:
        lowest = upstream & -upstream
        reached = _reached(model, slot, lowest.bit_length() - 1)
        if apart_from:
            reached = [flow for flow in reached if flow not in apart_from]
        if reached and not any(flow in waiting for flow in reached):
            return True
        upstream ^= lowest
    return False
