"""Tables for inclusive joins (BPMN 2.0, 13.4.3): from where can each incoming flow of a gateway still be reached?

A gateway outside of every cycle needs no search of its own: what can reach it never lies behind it, so the answer is the
set of ancestors, computed once per scope over the strongly connected components. Only a gateway on a cycle is searched
from, and only within its component.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from laneway.domain.model import InclusiveJoin

MAX_SEARCH = 20_000_000
"""Steps within cycles over all gateways of a process; only a diagram drawn to be costly comes near."""


class TooManyJoins(Exception):
    """The gateways on cycles would cost more than ``MAX_SEARCH`` steps to analyse."""


@dataclass(slots=True)
class Graph:
    """One scope: ``before[slot]`` are the slots that a token can come from in one step."""

    slots: Sequence[int]
    before: Mapping[int, Sequence[int]]
    component: dict[int, int] = field(default_factory=dict)
    members: list[list[int]] = field(default_factory=list)
    ancestors: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.members = strong_components(self.slots, self.before)
        for number, members in enumerate(self.members):
            for slot in members:
                self.component[slot] = number
        # Tarjan over `before` emits a component after all that it can reach, which here is all that lies before it.
        for number, members in enumerate(self.members):
            bits = 0
            for slot in members:
                bits |= 1 << slot
                for source in self.before.get(slot, ()):
                    other = self.component[source]
                    if other != number:
                        bits |= self.ancestors[other]
            self.ancestors.append(bits)


def inclusive_joins(
    scopes: Sequence[tuple[Sequence[int], Mapping[int, Sequence[int]]]],
    gateways: Mapping[int, Sequence[tuple[int, int]]],
    scope_of: Mapping[int, int],
) -> dict[int, InclusiveJoin]:
    """
    Parameters
    ----------
    scopes
        Slots and predecessors of every scope that holds an inclusive join.
    gateways
        Gateway slot → its incoming flows as (flow index, source slot).
    scope_of
        Gateway slot → index in ``scopes``.

    Raises
    ------
    TooManyJoins
    """
    graphs = [Graph(slots, before) for slots, before in scopes]
    joins = {}
    budget = MAX_SEARCH
    for gateway, incoming in gateways.items():
        graph = graphs[scope_of[gateway]]
        own = graph.component[gateway]
        upstream = []
        for _, source in incoming:
            if graph.component[source] != own or len(graph.members[own]) == 1:
                upstream.append(graph.ancestors[graph.component[source]] if source != gateway else 0)
                continue
            budget -= len(graph.members[own])
            if budget < 0:
                raise TooManyJoins
            upstream.append(_search(graph, gateway, source, own))
        joins[gateway] = InclusiveJoin(tuple(index for index, _ in incoming), tuple(upstream))
    return joins


def _search(graph: Graph, gateway: int, source: int, own: int) -> int:
    """Backwards from ``source`` without passing ``gateway``; what lies before the component comes from its table."""
    if source == gateway:
        return 0
    bits = 0
    seen = {source, gateway}
    stack = [source]
    while stack:
        slot = stack.pop()
        bits |= 1 << slot
        for before in graph.before.get(slot, ()):
            if graph.component[before] != own:
                bits |= graph.ancestors[graph.component[before]]
            elif before not in seen:
                seen.add(before)
                stack.append(before)
    return bits


def strong_components(nodes: Sequence[int], edges: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Tarjan's algorithm without recursion; a component comes after all that its edges lead to."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    path: list[int] = []
    found: list[list[int]] = []
    for root in nodes:
        if root in index:
            continue
        work = [(root, 0)]
        while work:
            node, position = work.pop()
            if position == 0:
                index[node] = low[node] = len(index)
                path.append(node)
                on_stack.add(node)
            targets = edges.get(node, ())
            descended = False
            while position < len(targets):
                target = targets[position]
                position += 1
                if target not in index:
                    work.append((node, position))
                    work.append((target, 0))
                    descended = True
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            if descended:
                continue
            if low[node] == index[node]:
                members = []
                while True:
                    member = path.pop()
                    on_stack.discard(member)
                    members.append(member)
                    if member == node:
                        break
                found.append(members)
            if work:
                parent = work[-1][0]
                low[parent] = min(low[parent], low[node])
    return found
