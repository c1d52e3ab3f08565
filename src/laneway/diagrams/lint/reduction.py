"""Reduces a net by what is sound in itself, so that only what is left needs to be played through.

Sequences become edges; a split and a join of the same kind with several edges between them become one edge; a loop between an
exclusive join and the exclusive split behind it falls away; neighbouring joins, and neighbouring splits, of one kind become one. A
structured process ends as a single edge. Where split and join do not belong to each other they are told, and then treated as if they
did. (After Sadiq and Orlowska, Analyzing process models using graph reduction techniques, 2000.)

Every step removes an edge or a vertex, and the smaller of two merged vertices moves: O(n log n).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from laneway.diagrams.lint.workflow import SINK, SOURCE, STOP, Kind, Net

_SPECIAL = frozenset({SOURCE, SINK, STOP})


@dataclass(frozen=True, slots=True)
class Mismatch:
    """``waits``: the join may wait for ever; ``twice``: it may be passed once for each branch. Slots, -1 for the start."""

    what: Literal["waits", "twice"]
    split: int
    join: int
    kind: Kind
    """Of the split."""


def reduce(net: Net) -> list[Mismatch]:
    return _Reduction(net).run()


class _Reduction:
    def __init__(self, net: Net) -> None:
        self.net = net
        self.found: list[Mismatch] = []
        self.work = list(range(len(net.kinds)))
        self.between: dict[tuple[int, int], set[int]] = {}
        for vertex in self.work:
            for edge in net.outs[vertex]:
                self.between.setdefault((vertex, net.target[edge]), set()).add(edge)
        self.crowded = [pair for pair, edges in self.between.items() if len(edges) > 1]

    def run(self) -> list[Mismatch]:
        while self.work or self.crowded:
            while self.crowded:
                self._bundle(*self.crowded.pop())
            if self.work:
                self._vertex(self.work.pop())
        return self.found

    def _remove(self, edge: int) -> None:
        net = self.net
        source, target = net.source[edge], net.target[edge]
        net.remove(edge)
        self.between[source, target].discard(edge)
        self.work += (source, target)

    def _move(self, edge: int, source: int, target: int) -> None:
        net = self.net
        net.remove(edge)
        self.between[net.source[edge], net.target[edge]].discard(edge)
        net.source[edge], net.target[edge] = source, target
        net.outs[source].add(edge)
        net.ins[target].add(edge)
        edges = self.between.setdefault((source, target), set())
        edges.add(edge)
        if len(edges) > 1:
            self.crowded.append((source, target))
        self.work += (source, target)

    def _vertex(self, vertex: int) -> None:
        net = self.net
        if vertex in _SPECIAL:
            return
        ins, outs = net.ins[vertex], net.outs[vertex]
        if len(ins) == 1 and len(outs) == 1:
            self._bypass(vertex)
        elif len(outs) == 1 and ins:
            self._merge_joins(vertex)
        elif len(ins) == 1 and outs:
            self._split(vertex)

    def _bypass(self, vertex: int) -> None:
        net = self.net
        (before,), (after,) = net.ins[vertex], net.outs[vertex]
        if before == after:
            return
        source, target = net.source[before], net.target[after]
        split, join = net.split_of[before], net.join_of[after]
        self._remove(after)
        self._move(before, source, target)
        net.split_of[before] = split
        net.join_of[before] = join

    def _merge_joins(self, vertex: int) -> None:
        """A join that leads straight into another of its kind."""
        net = self.net
        (edge,) = net.outs[vertex]
        after = net.target[edge]
        same = net.joins[after] and net.kinds[after] is net.kinds[vertex] and net.kinds[vertex] is not Kind.ANY
        if after in _SPECIAL or after == vertex or not same or len(net.outs[after]) != 1:
            return
        if len(net.ins[vertex]) <= len(net.ins[after]):
            self._remove(edge)
            for each in list(net.ins[vertex]):
                self._move(each, net.source[each], after)
        else:
            (leaving,) = net.outs[after]
            self._remove(edge)
            for each in list(net.ins[after]):
                self._move(each, net.source[each], vertex)
            self._move(leaving, vertex, net.target[leaving])

    def _split(self, vertex: int) -> None:
        """A split straight behind another of its kind, or behind the exclusive join of a loop."""
        net = self.net
        (edge,) = net.ins[vertex]
        before = net.source[edge]
        kind = net.kinds[vertex]
        if kind is Kind.AND and len(net.outs[vertex]) > 1:
            self._drop_ends(vertex)
        if before == vertex:
            return
        if kind is Kind.XOR is net.kinds[before] and net.joins[before] and len(net.outs[before]) == 1:
            back = self.between.get((vertex, before), set())
            if back and len(back) < len(net.outs[vertex]):
                for each in list(back):
                    self._remove(each)
                return
        splits = not net.joins[before] and (before not in _SPECIAL or before == SOURCE)
        if not splits or net.kinds[before] is not kind or kind is Kind.ANY:
            return
        if len(net.outs[vertex]) <= len(net.outs[before]) or before == SOURCE:
            self._remove(edge)
            for each in list(net.outs[vertex]):
                self._move(each, before, net.target[each])
        elif len(net.ins[before]) == 1:
            (entering,) = net.ins[before]
            self._remove(edge)
            for each in list(net.outs[before]):
                self._move(each, vertex, net.target[each])
            self._move(entering, net.source[entering], vertex)

    def _drop_ends(self, vertex: int) -> None:
        """A branch of a parallel split that just ends is no concern of the others."""
        ending = self.between.get((vertex, SINK), set())
        for edge in list(ending):
            if len(self.net.outs[vertex]) > 1:
                self._remove(edge)

    def _bundle(self, split: int, join: int) -> None:
        """Several edges from a split to a join become one."""
        net = self.net
        edges = sorted(self.between[split, join])
        if len(edges) < 2 or net.joins[split]:
            return
        if join not in _SPECIAL:
            what = _mismatch(net.kinds[split], net.kinds[join])
            if what is not None:
                first = edges[0]
                self.found.append(Mismatch(what, net.split_of[first], net.join_of[first], net.kinds[split]))
        for edge in edges[1:]:
            self._remove(edge)


def _mismatch(split: Kind, join: Kind) -> Literal["waits", "twice"] | None:
    if join is Kind.AND and split in (Kind.XOR, Kind.OR):
        return "waits"
    if join is Kind.XOR and split in (Kind.AND, Kind.OR):
        return "twice"
    return None
