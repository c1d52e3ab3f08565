"""One scope of a process as a net of splits and joins: what a token can do there, without names, data and time.

Every flow node becomes a join and a split of the kind that it behaves as (BPMN 2.0, chapter 13); tasks stay only as the edges
between them. An interrupting boundary event is a choice of its activity, a non-interrupting one a start of its own, and so is
every start event with a trigger. Nested scopes are activities here and nets of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from laneway.diagrams.lint.graph import (
    is_compensation_handler,
    link_catches,
    link_target,
    starts_an_instance,
    targets,
)
from laneway.domain.model import EventKind, FlowNode, ProcessModel
from laneway.domain.types import SCOPES, ElementType

SOURCE, SINK, STOP = 0, 1, 2
"""Vertices that every net has: where tokens begin, where one ends, and where one ends all others with it."""


class Kind(StrEnum):
    """``ANY``: a complex gateway, of which nothing is known."""

    XOR = "XOR"
    AND = "AND"
    OR = "OR"
    ANY = "ANY"


_KINDS = {
    ElementType.PARALLEL_GATEWAY: Kind.AND,
    ElementType.INCLUSIVE_GATEWAY: Kind.OR,
    ElementType.COMPLEX_GATEWAY: Kind.ANY,
}
_CHOOSING = frozenset({ElementType.EXCLUSIVE_GATEWAY, ElementType.EVENT_BASED_GATEWAY})
_STOPPING = frozenset({EventKind.TERMINATE, EventKind.ERROR, EventKind.CANCEL})


@dataclass(slots=True)
class Net:
    """Vertices and edges by number. ``owner``: slot of the flow node, -1 where it is none.

    Merged vertices lose their names, so each edge keeps the split that it left (``split_of``) and the join that it led to
    (``join_of``) when the net was made.
    """

    kinds: list[Kind] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    joins: list[bool] = field(default_factory=list)
    source: list[int] = field(default_factory=list)
    target: list[int] = field(default_factory=list)
    ins: list[set[int]] = field(default_factory=list)
    outs: list[set[int]] = field(default_factory=list)
    split_of: list[int] = field(default_factory=list)
    join_of: list[int] = field(default_factory=list)

    def vertex(self, kind: Kind, owner: int, *, join: bool) -> int:
        self.kinds.append(kind)
        self.owners.append(owner)
        self.joins.append(join)
        self.ins.append(set())
        self.outs.append(set())
        return len(self.kinds) - 1

    def edge(self, source: int, target: int) -> int:
        edge = len(self.source)
        self.source.append(source)
        self.target.append(target)
        self.split_of.append(self.owners[source])
        self.join_of.append(self.owners[target])
        self.outs[source].add(edge)
        self.ins[target].add(edge)
        return edge

    def remove(self, edge: int) -> None:
        self.outs[self.source[edge]].discard(edge)
        self.ins[self.target[edge]].discard(edge)


@dataclass(frozen=True, slots=True)
class ScopeNet:
    """``unfed``: parallel joins with the flows into them that no token ever comes over. ``completes``: some token ends
    otherwise than by an error or a termination, or may."""

    net: Net
    unfed: tuple[tuple[int, tuple[int, ...]], ...]
    completes: bool


def scope_nets(model: ProcessModel) -> Iterator[ScopeNet]:
    """Of every scope, the innermost first."""
    held: dict[int, list[int]] = {node.slot: [] for node in model.nodes if node.type in SCOPES}
    for node in model.nodes[1:]:
        held[node.parent].append(node.slot)
    endless: set[int] = set()
    catches = link_catches(model)
    for scope in sorted(held, reverse=True):
        if not held[scope]:
            continue
        made = _Maker(model, scope, held[scope], catches, endless).make()
        if not made.completes:
            endless.add(scope)
        yield made


class _Maker:
    def __init__(
        self,
        model: ProcessModel,
        scope: int,
        inside: list[int],
        catches: dict[tuple[int, str], int],
        endless: set[int],
    ) -> None:
        self.model = model
        self.scope = model.nodes[scope]
        self.inside = inside
        self.catches = catches
        self.endless = endless
        """Scopes that never complete: they always end in an error."""
        self.net = Net()
        self.vertices: dict[int, int] = {}
        self.pending: list[int] = []

    def make(self) -> ScopeNet:
        net = self.net
        net.vertex(Kind.XOR, -1, join=False)
        net.vertex(Kind.XOR, -1, join=True)
        net.vertex(Kind.XOR, -1, join=True)
        self._begin()
        while self.pending:
            self._leave(self.model.nodes[self.pending.pop()])
        return ScopeNet(net, tuple(self._unfed()), bool(net.ins[SINK]) or not net.ins[STOP])

    def _begin(self) -> None:
        together = list(self.scope.start_nodes)
        begun = set(together)
        alone = [slot for slot in self.inside if slot not in begun and self._starts_alone(self.model.nodes[slot])]
        if self.scope.type in (ElementType.AD_HOC_SUB_PROCESS, ElementType.EVENT_SUB_PROCESS):
            together, alone = [], [*together, *alone]
        if len(together) == 1:
            alone += together
        elif together:
            split = self.net.vertex(Kind.AND, -1, join=False)
            self.net.edge(SOURCE, split)
            for slot in together:
                self._to(split, slot)
        for slot in alone:
            self._to(SOURCE, slot)

    def _starts_alone(self, node: FlowNode) -> bool:
        if is_compensation_handler(node):
            return False
        if node.type is ElementType.START_EVENT or starts_an_instance(node):
            return not node.incoming
        if node.type is ElementType.BOUNDARY_EVENT:
            return not node.interrupting
        return self.scope.type is ElementType.AD_HOC_SUB_PROCESS and not node.incoming

    def _to(self, vertex: int, slot: int) -> None:
        node = self.model.nodes[slot]
        thrown = () if node.event is None else node.event.members or (node.event,)
        plain_end = node.type is ElementType.END_EVENT and all(each.kind not in _STOPPING for each in thrown)
        if plain_end:
            self.net.edge(vertex, SINK)
            return
        if slot not in self.vertices:
            kind = _KINDS.get(node.type, Kind.XOR)
            self.vertices[slot] = self.net.vertex(kind, slot, join=True)
            self.pending.append(slot)
        self.net.edge(vertex, self.vertices[slot])

    def _leave(self, node: FlowNode) -> None:
        net, slot = self.net, node.slot
        vertex = self.vertices[slot]
        if node.type is ElementType.END_EVENT:
            net.edge(vertex, STOP)
            return
        interrupting = [each for each in node.boundary_events if self.model.nodes[each].interrupting]
        interrupting = [each for each in interrupting if _kind(self.model.nodes[each]) is not EventKind.COMPENSATION]
        if interrupting:
            choice = net.vertex(Kind.XOR, slot, join=False)
            net.edge(vertex, choice)
            vertex = choice
            for each in interrupting:
                self._to(vertex, each)
        if slot in self.endless:
            if not interrupting:
                net.edge(vertex, STOP)
            return
        linked = link_target(node, self.catches)
        onward = [*targets(self.model, node), *([] if linked is None else [linked])]
        onward = [each for each in onward if self.model.nodes[each].parent == node.parent]
        if not onward:
            net.edge(vertex, SINK)
            return
        if len(onward) == 1:
            self._to(vertex, onward[0])
            return
        self._split(node, vertex, onward)

    def _split(self, node: FlowNode, vertex: int, onward: list[int]) -> None:
        net, slot = self.net, node.slot
        if node.type in _KINDS or node.type in _CHOOSING:
            split = net.vertex(_KINDS.get(node.type, Kind.XOR), slot, join=False)
            net.edge(vertex, split)
            for each in onward:
                self._to(split, each)
            return
        flows = [self.model.flows[index] for index in node.outgoing]
        chosen = [flow for flow in flows if flow.condition is not None or flow.index == node.default_flow]
        always = [flow for flow in flows if flow not in chosen]
        split = net.vertex(Kind.AND, slot, join=False)
        net.edge(vertex, split)
        for flow in always:
            if flow.target in onward:
                self._to(split, flow.target)
        if chosen:
            some = net.vertex(Kind.OR, slot, join=False)
            net.edge(split, some)
            for flow in chosen:
                if flow.target in onward:
                    self._to(some, flow.target)
            if always and node.default_flow is None:
                net.edge(some, SINK)

    def _unfed(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        for slot, vertex in self.vertices.items():
            if self.net.kinds[vertex] is Kind.AND:
                incoming = self.model.nodes[slot].incoming
                dead = tuple(index for index in incoming if self.model.flows[index].source not in self.vertices)
                if dead and len(dead) < len(incoming):
                    yield slot, dead


def _kind(node: FlowNode) -> EventKind:
    return node.event.kind if node.event is not None else EventKind.NONE
