"""Columns and rows for the flow nodes of one scope: left to right along the flows, branches below each other.

A layered layout after Sugiyama, with two simplifications that keep it O(n log n): flows that lead back are set aside first (by
depth-first search), and long flows get no dummy nodes, since whole paths, not nodes, are put into rows. A path claims its row from
the column of the node it branches off to the column of the node it leads to, so that its flows can run along the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Placement:
    """``column`` and ``row`` of each node; ``band``: which lane it lies in, ``rows``: how many rows each lane has.

    ``next_of``: the node that goes on straight to the right; ``head_of``: node → the node its path branches off from.
    """

    column: dict[str, int] = field(default_factory=dict)
    row: dict[str, int] = field(default_factory=dict)
    band: Mapping[str, int] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    next_of: dict[str, str] = field(default_factory=dict)
    head_of: dict[str, str] = field(default_factory=dict)


def place(
    nodes: Sequence[str],
    flows: Sequence[tuple[str, str]],
    band: Mapping[str, int],
    aside: frozenset[tuple[str, str]] = frozenset(),
) -> Placement:
    """
    Parameters
    ----------
    nodes
        In document order.
    flows
        (source, target), both in ``nodes``.
    band
        Node → number of its lane, from the top.
    aside
        Those of ``flows`` that begin at an event on the border of their source: they never go on straight.
    """
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in flows:
        if source != target:
            after[source].append(target)
    order = _forward(nodes, after)
    before: dict[str, list[str]] = {node: [] for node in nodes}
    for node in order:
        for target in after[node]:
            before[target].append(node)
    placement = Placement(band=band)
    for node in order:
        placement.column[node] = max((placement.column[each] + 1 for each in before[node]), default=0)
    _rows(order, after, before, placement, aside)
    return placement


def _forward(nodes: Sequence[str], after: dict[str, list[str]]) -> list[str]:
    """Nodes in topological order; the flows that lead back are taken out of ``after``."""
    entered = dict.fromkeys((target for targets in after.values() for target in targets), True)
    state: dict[str, int] = {}
    done: list[str] = []
    for root in [*(node for node in nodes if node not in entered), *nodes]:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(list(after[root])))]
        while stack:
            node, targets = stack[-1]
            for target in targets:
                if target not in state:
                    state[target] = 1
                    stack.append((target, iter(list(after[target]))))
                    break
                if state[target] == 1:
                    after[node].remove(target)
            else:
                state[node] = 2
                done.append(node)
                stack.pop()
    return done[::-1]


def _rows(
    order: list[str],
    after: dict[str, list[str]],
    before: dict[str, list[str]],
    placement: Placement,
    aside: frozenset[tuple[str, str]],
) -> None:
    column, band = placement.column, placement.band
    depth: dict[str, int] = {}
    for node in reversed(order):
        depth[node] = max((depth[target] + 1 for target in after[node]), default=0)
    ends: dict[int, Rows] = {number: Rows() for number in sorted(set(band.values()))}
    position = {node: number for number, node in enumerate(order)}
    for head in sorted(order, key=lambda node: (column[node], position[node])):
        if head in placement.row:
            continue
        path = [head]
        taken = {head}
        while True:
            last = path[-1]
            free = [
                target
                for target in after[last]
                if target not in placement.row
                and target not in taken
                and band[target] == band[head]
                and (last, target) not in aside
            ]
            if not free:
                break
            path.append(max(free, key=lambda node: depth[node]))
            taken.add(path[-1])
        parent = max((each for each in before[head] if each in placement.row), key=lambda n: column[n], default=None)
        start, lowest = column[head], 0
        if parent is not None:
            placement.head_of[head] = parent
            start = column[parent]
            lowest = placement.row[parent] + 1 if band[parent] == band[head] else 0
        end = max([column[path[-1]], *(column[target] - 1 for target in after[path[-1]])])
        row = ends[band[head]].take(lowest, start, end)
        for node, following in zip(path, [*path[1:], ""], strict=True):
            placement.row[node] = row
            if following:
                placement.next_of[node] = following
    placement.rows = {number: rows.used for number, rows in ends.items()}


class Rows:
    """For each row the last column claimed in it: a tree of minima, to find the first row that is free from a column on."""

    def __init__(self) -> None:
        self.size = 1
        self.tree = [-1, -1]
        self.used = 0

    def take(self, lowest: int, start: int, end: int) -> int:
        """Claim columns ``start`` to ``end`` of the first free row that is not above ``lowest``."""
        row = self._first(lowest, start)
        while row is None:
            self._grow()
            row = self._first(lowest, start)
        place = row + self.size
        self.tree[place] = max(self.tree[place], end)
        while place > 1:
            place //= 2
            self.tree[place] = min(self.tree[2 * place], self.tree[2 * place + 1])
        self.used = max(self.used, row + 1)
        return row

    def _grow(self) -> None:
        leaves = self.tree[self.size :] + [-1] * self.size
        self.size *= 2
        self.tree = [-1] * self.size + leaves
        for place in range(self.size - 1, 0, -1):
            self.tree[place] = min(self.tree[2 * place], self.tree[2 * place + 1])

    def _first(self, lowest: int, start: int) -> int | None:
        """Climb from ``lowest`` until a tree to the right holds a row that is free, then go down to its first."""
        if lowest >= self.size:
            return None
        place = lowest + self.size
        while self.tree[place] >= start:
            while place % 2 == 1:
                if place == 1:
                    return None
                place //= 2
            place += 1
        while place < self.size:
            place *= 2
            if self.tree[place] >= start:
                place += 1
        return place - self.size
