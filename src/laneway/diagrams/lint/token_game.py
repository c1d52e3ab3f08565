"""Plays through what the reduction left: every choice of a small net, until a join waits for ever or a token meets another.

In a marking one thing that can happen is enough to look at, whichever comes first, as long as nothing else can prevent it: a split
with all of its ways, or a parallel join that is complete. Exclusive joins come after them, inclusive joins last, so that tokens that
can meet do meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from laneway.diagrams.lint.workflow import SINK, SOURCE, STOP, Kind, Net

MAX_WAYS = 6
"""Of an inclusive split with more, one way, two ways and all of them are played."""


@dataclass(slots=True)
class Effort:
    """What may still be spent on a file, in tokens looked at."""

    left: int = 400_000


@dataclass(slots=True)
class Played:
    """``waiting``: (vertex of a parallel join, edges that never get a token); ``met``: edges that came to hold two tokens."""

    waiting: dict[int, set[int]] = field(default_factory=dict)
    met: set[int] = field(default_factory=set)


Marking = frozenset[int]


def play(net: Net, effort: Effort) -> Played:
    """Exact within ``effort``; what is found is right also if it runs out."""
    played = Played()
    if not _can_be_parallel(net):
        return played
    game = _Game(net, played, effort)
    seen: set[Marking] = set()
    stack = [frozenset({edge}) for edge in sorted(net.outs[SOURCE])]
    while stack and effort.left > 0:
        marking = stack.pop()
        if marking in seen:
            continue
        seen.add(marking)
        effort.left -= len(marking) + 1
        stack.extend(game.after(marking))
    return played


def _can_be_parallel(net: Net) -> bool:
    """Whether anything but exclusive ways is left. Of a complex gateway nothing is known, so nothing is said."""
    kinds = {net.kinds[vertex] for vertex in range(len(net.kinds)) if net.ins[vertex] or net.outs[vertex]}
    return Kind.ANY not in kinds and bool(kinds & {Kind.AND, Kind.OR})


class _Game:
    def __init__(self, net: Net, played: Played, effort: Effort) -> None:
        self.net = net
        self.played = played
        self.effort = effort
        self.upstream: dict[int, frozenset[int]] = {}

    def after(self, marking: Marking) -> Iterator[Marking]:
        net = self.net
        merging: list[int] = []
        joining: set[int] = set()
        for edge in sorted(marking):
            vertex = net.target[edge]
            if vertex == SINK:
                yield marking - {edge}
                return
            if vertex == STOP:
                return
            if not net.joins[vertex]:
                yield from self._split(marking, edge, vertex)
                return
            if net.kinds[vertex] is Kind.AND:
                if net.ins[vertex] <= marking:
                    yield from self._put(marking - net.ins[vertex], net.outs[vertex])
                    return
            elif net.kinds[vertex] is Kind.XOR:
                merging.append(edge)
            else:
                joining.add(vertex)
        if merging:
            yield from self._merge(marking, merging)
            return
        for vertex in sorted(joining):
            if self._may_join(vertex, marking):
                yield from self._put(marking - net.ins[vertex], net.outs[vertex])
                return
        self._stuck(marking)

    def _split(self, marking: Marking, edge: int, vertex: int) -> Iterator[Marking]:
        outs = sorted(self.net.outs[vertex])
        rest = marking - {edge}
        kind = self.net.kinds[vertex]
        if kind is Kind.AND:
            yield from self._put(rest, outs)
            return
        sizes = [1] if kind is Kind.XOR else list(range(1, len(outs) + 1))
        if kind is Kind.OR and len(outs) > MAX_WAYS:
            sizes = [1, 2, len(outs)]
        for size in sizes:
            for chosen in combinations(outs, size):
                self.effort.left -= 1
                if self.effort.left <= 0:
                    return
                yield from self._put(rest, chosen)

    def _merge(self, marking: Marking, merging: list[int]) -> Iterator[Marking]:
        net = self.net
        first: dict[int, int] = {}
        for edge in merging:
            other = first.setdefault(net.target[edge], edge)
            if other != edge:
                self.played.met.add(edge)
                return
        for edge in merging:
            yield from self._put(marking - {edge}, net.outs[net.target[edge]])

    def _put(self, marking: Marking, edges: Iterable[int]) -> Iterator[Marking]:
        added = frozenset(edges)
        double = marking & added
        if double:
            self.played.met |= double
            return
        yield marking | added

    def _may_join(self, vertex: int, marking: Marking) -> bool:
        """Nothing can reach an incoming edge any more that has no token (BPMN 2.0, 13.4.3)."""
        net = self.net
        empty = net.ins[vertex] - marking
        others = marking - net.ins[vertex]
        return not any(others & self._leading_to(edge, vertex) for edge in empty)

    def _leading_to(self, edge: int, vertex: int) -> frozenset[int]:
        """Edges from which ``edge`` can be reached without passing ``vertex``."""
        known = self.upstream.get(edge)
        if known is None:
            net = self.net
            found: set[int] = set()
            stack = [edge]
            while stack:
                source = net.source[stack.pop()]
                if source != vertex:
                    fresh = net.ins[source] - found
                    found |= fresh
                    stack.extend(fresh)
            self.effort.left -= len(found)
            known = self.upstream[edge] = frozenset(found)
        return known

    def _stuck(self, marking: Marking) -> None:
        for edge in marking:
            vertex = self.net.target[edge]
            if self.net.kinds[vertex] is Kind.AND:
                self.played.waiting.setdefault(vertex, set()).update(self.net.ins[vertex] - marking)
