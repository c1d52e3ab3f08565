"""Tables for inclusive and complex joins (BPMN 2.0, 13.4.3 and 13.4.5): from where can each incoming flow of a gateway still be reached?

A gateway outside of every cycle needs no search of its own: what can reach it never lies behind it, so the answer is the
set of ancestors, computed once per scope over the strongly connected components. Only a gateway on a cycle is searched
from, and only within its component.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from laneway.domain.model import InclusiveJoin, SequenceFlow
from laneway.domain.types import ElementType

MAX_SEARCH = 1_000_000
"""Steps within cycles over all gateways of a process; only a diagram drawn to be costly comes near."""


_SYNCHRONISING = (ElementType.INCLUSIVE_GATEWAY, ElementType.COMPLEX_GATEWAY)


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
    entries: int = 0

    def __post_init__(self) -> None:
        self.entries = bit_set([slot for slot in self.slots if not self.before.get(slot)])
        self.members = strong_components(self.slots, self.before)
        for number, members in enumerate(self.members):
            for slot in members:
                self.component[slot] = number
        # Tarjan over `before` emits a component after all that it can reach, which here is all that lies before it.
        for number, members in enumerate(self.members):
            others = {self.component[source] for slot in members for source in self.before.get(slot, ())}
            bits = bit_set(members)
            for other in others - {number}:
                bits |= self.ancestors[other]
            self.ancestors.append(bits)


def join_tables(
    types: Sequence[ElementType],
    parents: Sequence[int],
    children: Sequence[Sequence[int]],
    incoming: Sequence[Sequence[int]],
    flows: Sequence[SequenceFlow],
    hosts: Sequence[int | None],
    link_throws: Mapping[int, Sequence[int]],
) -> dict[int, InclusiveJoin]:
    """Gateway slot → table, for every inclusive or complex gateway with several incoming flows.

    A token comes to a node over a flow, to a boundary event from its host, and to a link catch event from its throw.

    Raises
    ------
    TooManyJoins
    """
    graphs: dict[int, Graph] = {}
    joins = {}
    budget = MAX_SEARCH
    for gateway, kind in enumerate(types):
        if kind not in _SYNCHRONISING or len(incoming[gateway]) < 2:
            continue
        scope = parents[gateway]
        if scope not in graphs:
            before = {}
            for slot in children[scope]:
                host = hosts[slot]
                sources = [flows[index].source for index in incoming[slot]]
                sources += [] if host is None else [host]
                sources += link_throws.get(slot, ())
                before[slot] = [source for source in sources if parents[source] == scope]
            graphs[scope] = Graph(children[scope], before)
        graph = graphs[scope]
        own = graph.component[gateway]
        inside = [index for index in incoming[gateway] if parents[flows[index].source] == scope]
        upstream = []
        returning = []
        for index in inside:
            source = flows[index].source
            if graph.component[source] != own:
                upstream.append(graph.ancestors[graph.component[source]])
                continue
            budget -= len(graph.members[own])
            if budget < 0:
                raise TooManyJoins
            upstream.append(_search(graph, gateway, source, own))
            if not upstream[-1] & graph.entries:
                returning.append(index)
        joins[gateway] = InclusiveJoin(tuple(inside), tuple(upstream), tuple(returning))
    return joins


def _search(graph: Graph, gateway: int, source: int, own: int) -> int:
    """Backwards from ``source`` without passing ``gateway``; what lies before the component comes from its table."""
    if source == gateway:
        return 0
    component, before = graph.component, graph.before
    outside: set[int] = set()
    seen = {source, gateway}
    stack = [source]
    while stack:
        for slot in before.get(stack.pop(), ()):
            if slot in seen:
                continue
            if component[slot] != own:
                outside.add(component[slot])
                continue
            seen.add(slot)
            stack.append(slot)
    seen.discard(gateway)
    bits = bit_set(seen)
    for other in outside:
        bits |= graph.ancestors[other]
    return bits


def bit_set(slots: Collection[int]) -> int:
    """Set at once: a shift per slot would copy the whole number every time."""
    marks = bytearray(max(slots, default=0) // 8 + 1)
    for slot in slots:
        marks[slot >> 3] |= 1 << (slot & 7)
    return int.from_bytes(marks, "little")


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
