"""Dead elements: those that no token comes to, and circles that no token leaves."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.diagrams.findings import Findings
from laneway.diagrams.joins import strong_components
from laneway.diagrams.lint.graph import (
    called,
    is_compensation_handler,
    link_catches,
    link_target,
    starts_an_instance,
    targets,
    where_is,
)
from laneway.domain.model import EventKind, FlowNode, ProcessModel
from laneway.domain.types import SCOPES, ElementType


def reached(model: ProcessModel, more: Sequence[int] = ()) -> set[int]:
    """Slots that a token can come to: from start events (and ``more``) over flows, borders, links, scopes and compensation."""
    found: set[int] = set()
    stack = [*_ways_in(model), *more]
    catches = link_catches(model)
    while stack:
        slot = stack.pop()
        if slot in found:
            continue
        found.add(slot)
        node = model.nodes[slot]
        stack.extend(targets(model, node))
        stack.extend(node.boundary_events)
        if node.type in SCOPES:
            stack.extend(node.start_nodes)
            stack.extend(node.event_sub_processes)
        target = link_target(node, catches)
        if target is not None:
            stack.append(target)
    return found


def _ways_in(model: ProcessModel) -> list[int]:
    process = model.nodes[0]
    ways = [*process.start_nodes, *process.event_starts, *process.event_sub_processes]
    for node in model.nodes[1:]:
        top = node.parent == 0
        started = (top and node.type is ElementType.START_EVENT) or starts_an_instance(node)
        # The activities of an ad-hoc sub-process are started one by one, in any order (BPMN 2.0, 10.3.5).
        chosen = not top and model.nodes[node.parent].type is ElementType.AD_HOC_SUB_PROCESS and not node.incoming
        if started or chosen or is_compensation_handler(node):
            ways.append(node.slot)
    return ways


def unreachable(model: ProcessModel, findings: Findings) -> None:
    """What lies inside or on the border of something unreachable is not told apart from it.

    Behind an error everything counts as reached, and beside a flow that leads nowhere too: it may be what cut the way off.
    """
    broken = [node.slot for node in model.nodes if findings.has_errors_at(node.id)]
    broken += [flow.target for flow in model.flows if flow.target >= 0 and findings.has_errors_at(flow.id)]
    cut = {model.nodes[flow.source].parent for flow in model.flows if flow.target < 0 <= flow.source}
    alive = reached(model, broken)
    for node in model.nodes[1:]:
        if node.slot in alive or node.parent in cut or (node.parent != 0 and node.parent not in alive):
            continue
        if node.attached_to is not None and node.attached_to not in alive:
            continue
        findings.warning("unreachable", *_why(node), where_is(node))


def _why(node: FlowNode) -> tuple[str, str]:
    if node.event is not None and node.event.kind is EventKind.LINK and not node.incoming:
        return (
            f"no link throw event «{node.event.name}» leads to it in the same scope",
            "Add one, or correct the link name.",
        )
    return "no flow leads here from a start event", "Connect it, or remove it."


def no_way_out(model: ProcessModel, findings: Findings) -> None:
    """A circle that only an end of the whole process leaves. A node without outgoing flow is an end (BPMN 2.0, 13.2.2)."""
    alive = reached(model)
    catches = link_catches(model)
    edges = {slot: _onward(model, model.nodes[slot], catches) for slot in alive}
    for members in strong_components(sorted(alive), edges):
        inside = set(members)
        if len(members) == 1 and members[0] not in edges[members[0]]:
            continue
        if any(target not in inside for slot in members for target in edges[slot]) or _is_watched(model, members[0]):
            continue
        first = model.nodes[min(members)]
        findings.warning(
            "no_way_out",
            f"from {called(first)} no flow leads to an end any more: {len(members)} elements lead in a circle",
            "Add a way out of the circle, or an event that ends it.",
            where_is(first),
        )


def _is_watched(model: ProcessModel, slot: int) -> bool:
    """Whether an event on a border around it, or an event sub-process, may end what goes on here."""
    parent = model.nodes[slot].parent
    while parent >= 0:
        scope = model.nodes[parent]
        if scope.boundary_events or scope.event_sub_processes:
            return True
        parent = scope.parent
    return False


def _onward(model: ProcessModel, node: FlowNode, catches: dict[tuple[int, str], int]) -> list[int]:
    target = link_target(node, catches)
    return [*targets(model, node), *node.boundary_events, *([] if target is None else [target])]
