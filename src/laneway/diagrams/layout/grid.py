"""From columns and rows to pixels: where each shape lies and where its flows run.

Flows run in three places only, where no shape ever is: in the channels between columns, in the gaps between rows, and along a part of
a row that their path has claimed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from laneway.diagrams.layout.layers import place
from laneway.diagrams.layout.reading import Item, LaneItem, ScopeItem
from laneway.diagrams.layout.shapes import EVENT, Box, Line, Picture, Point, Shape, label_box, simplified

CHANNEL, GAP, ROW = 60, 60, 80
MARGIN, LANE_LABEL = 30, 30
SHELF_WIDTH = 800


def draw_scope(scope: ScopeItem, sizes: Mapping[str, Picture]) -> Picture:
    """``sizes``: pictures of the scopes in it."""
    for node in scope.nodes:
        if node.scope:
            node.expanded = bool(sizes[node.id].width)
            node.width = max(node.width, sizes[node.id].width)
            node.height = max(node.height, sizes[node.id].height)
    return _Grid(scope).draw()


class _Grid:
    def __init__(self, scope: ScopeItem) -> None:
        self.scope = scope
        self.items = {node.id: node for node in scope.nodes}
        self.picture = Picture()
        self.boxes: dict[str, Box] = {}
        self.guests: dict[str, list[Item]] = {}
        for node in scope.nodes:
            if node.host in self.items and node.host != node.id:
                self.guests.setdefault(str(node.host), []).append(node)
        self.attached = {guest.id: host for host, guests in self.guests.items() for guest in guests}
        self.lanes = _leaves(scope.lanes)
        self.lane_of = {node: number for number, lane in enumerate(self.lanes) for node in lane.nodes}

    def draw(self) -> Picture:
        flowing = {end for _, source, target, _ in self.scope.flows for end in (source, target)}
        flowing |= {self.attached[each] for each in flowing if each in self.attached}
        loose: list[Item] = []
        placed: list[str] = []
        for node in self.scope.nodes:
            if node.id in self.attached:
                continue
            alone = len(self.scope.nodes) == 1 and not self.lanes
            if node.id in flowing or node.id in self.lane_of or alone:
                placed.append(node.id)
            else:
                loose.append(node)
        ends = [
            (self.attached.get(source, source), self.attached.get(target, target))
            for _, source, target, _ in self.scope.flows
        ]
        last = len(self.lanes)
        band = {node: self.lane_of.get(node, last) for node in placed}
        own = {(source, target) for _, source, target, _ in self.scope.flows}
        aside = frozenset(pair for pair in ends if pair not in own)
        self.placement = place(placed, ends, band, aside)
        self._columns()
        self._rows()
        for identifier in placed:
            self._put(self.items[identifier], self._box(self.items[identifier]))
        self._shelf([*loose, *self.scope.artifacts])
        for number, (id, source, target, name) in enumerate(self.scope.flows):
            self._flow(number, id, source, target, name)
        self._lane_shapes()
        return self.picture

    def _columns(self) -> None:
        column = self.placement.column
        widths = [0] * (max(column.values(), default=-1) + 1)
        for node, number in column.items():
            guests = len(self.guests.get(node, ())) * (EVENT + 10)
            widths[number] = max(widths[number], self.items[node].width, guests)
        depth = _depth(self.scope.lanes)
        x = MARGIN + LANE_LABEL * depth + CHANNEL // 2
        self.left: list[tuple[int, int]] = []
        for width in widths:
            self.left.append((x, x + width))
            x += width + CHANNEL
        self.picture.width = max(x - CHANNEL // 2 + MARGIN, 100)

    def _rows(self) -> None:
        """Tops and heights of the rows, lane by lane; ``bands``: from where to where each lane goes."""
        placement = self.placement
        heights: dict[tuple[int, int], int] = {}
        for node, row in placement.row.items():
            place = placement.band[node], row
            heights[place] = max(heights.get(place, ROW), self.items[node].height)
        self.row_at: dict[tuple[int, int], tuple[int, int]] = {}
        self.bands: list[tuple[int, int]] = []
        y = 0 if self.lanes else MARGIN
        for number in range(len(self.lanes) + 1):
            top = y
            rows = placement.rows.get(number, 0)
            if number < len(self.lanes):
                rows = max(rows, 1)
            y += 20 if rows else 0
            for row in range(rows):
                height = heights.get((number, row), ROW)
                self.row_at[number, row] = y, height
                y += height + GAP
            self.bands.append((top, y))
        self.picture.height = max(y, 80)
        below: dict[int, list[int]] = {}
        for node, number in placement.column.items():
            below.setdefault(number, []).append(self._row_top(node))
        self.tops = {number: sorted(tops) for number, tops in below.items()}

    def _row_top(self, node: str) -> int:
        return self.row_at[self.placement.band[node], self.placement.row[node]][0]

    def _box(self, item: Item) -> Box:
        left, right = self.left[self.placement.column[item.id]]
        top, height = self.row_at[self.placement.band[item.id], self.placement.row[item.id]]
        return Box((left + right - item.width) // 2, top + (height - item.height) // 2, item.width, item.height)

    def _put(self, item: Item, box: Box) -> None:
        label = None
        if item.outside and item.name:
            label = label_box(item.name, box.middle[0], box.bottom + 4)
            if item.gateway:
                label.y = box.y - 4 - label.height
        self._add(item, box, label)
        for number, guest in enumerate(self.guests.get(item.id, ())):
            x = box.x + 14 + number * (EVENT + 10)
            on_border = Box(x, box.bottom - EVENT // 2, EVENT, EVENT)
            name = label_box(guest.name, x + EVENT // 2, on_border.bottom + 2) if guest.name else None
            self._add(guest, on_border, name)

    def _add(self, item: Item, box: Box, label: Box | None) -> None:
        self.boxes[item.id] = box
        self.picture.shapes.append(Shape(item.id, box, item.expanded if item.scope else None, label=label))
        if item.scope:
            self.picture.inner.append((item.id, (box.x, box.y)))

    def _shelf(self, items: list[Item]) -> None:
        """What no flow leads to, in lines below everything else."""
        if not items:
            return
        limit = max(self.picture.width, SHELF_WIDTH)
        x, y, height = MARGIN, self.picture.height + (20 if self.lanes else 0), 0
        for item in items:
            guests = len(self.guests.get(item.id, ())) * (EVENT + 10)
            width = max(item.width, guests, 90 if item.outside else 0)
            if x > MARGIN and x + width > limit - MARGIN:
                x, y, height = MARGIN, y + height + GAP, 0
            self._put(item, Box(x + (width - item.width) // 2 if not guests else x, y, item.width, item.height))
            self.picture.width = max(self.picture.width, x + width + MARGIN)
            x += width + 40
            height = max(height, item.height)
        self.picture.height = y + height + GAP

    def _flow(self, number: int, id: str, source: str, target: str, name: str) -> None:
        points = simplified(self._route(number, source, target))
        label = None
        if name:
            (x1, y1), (x2, y2) = points[0], points[1]
            middle = (x1 + x2) // 2 if y1 == y2 else x1 + 50
            label = label_box(name, middle, y1 - 20 if y1 == y2 else (y1 + y2) // 2)
        self.picture.lines.append(Line(id, points, label))

    def _route(self, number: int, source: str, target: str) -> list[Point]:
        placement, column = self.placement, self.placement.column
        start, end = self.boxes[source], self.boxes[target]
        into = (end.x, end.middle[1])
        from_border = source in self.attached
        here = self.attached.get(source, source)
        there = self.attached.get(target, target)
        if target in self.attached:  # no flow may lead there, but it is drawn where it says
            into = (end.middle[0], end.bottom)
        out = (start.right, start.middle[1])
        if not from_border and target not in self.attached:
            if placement.next_of.get(source) == target:
                return [out, into]
            if placement.head_of.get(target) == source and into[1] != out[1]:
                if self.items[source].gateway and into[1] > out[1] and self._free_below(source, target):
                    return [(start.middle[0], start.bottom), (start.middle[0], into[1]), into]
                x = self._channel_after(column[source], number)
                return [out, (x, out[1]), (x, into[1]), into]
            if source not in placement.next_of and column[target] > column[source]:
                x = self._channel_before(column[target], number)
                return [out, (x, out[1]), (x, into[1]), into]
        track = self._track(here, number)
        before = self._channel_before(column[there], number)
        if from_border:
            down = start.middle[0]
            return [(down, start.bottom), (down, track), (before, track), (before, into[1]), into]
        x = self._channel_after(column[here], number)
        if target in self.attached:
            lower = self._track(there, number)
            return [out, (x, out[1]), (x, lower), (into[0], lower), into]
        return [out, (x, out[1]), (x, track), (before, track), (before, into[1]), into]

    def _free_below(self, source: str, target: str) -> bool:
        """Whether no shape stands between the row of ``source`` and that of ``target`` in the column of ``source``."""
        tops = self.tops[self.placement.column[source]]
        following = bisect_right(tops, self._row_top(source))
        return following == len(tops) or tops[following] > self._row_top(target)

    def _channel_after(self, column: int, number: int) -> int:
        return self.left[column][1] + 10 + number % 3 * 7

    def _channel_before(self, column: int, number: int) -> int:
        return self.left[column][0] - 10 - number % 3 * 7

    def _track(self, node: str, number: int) -> int:
        top, height = self.row_at[self.placement.band[node], self.placement.row[node]]
        return top + height + EVENT // 2 + 8 + number % 4 * 7

    def _lane_shapes(self) -> None:
        if not self.lanes:
            return
        self.picture.height = max(self.picture.height, self.bands[-1][1])
        numbers = {id(lane): number for number, lane in enumerate(self.lanes)}
        shapes: list[Shape] = []
        stack = [(lane, 0) for lane in reversed(self.scope.lanes)]
        while stack:
            lane, depth = stack.pop()
            leaves = _leaves([lane])
            top, bottom = self.bands[numbers[id(leaves[0])]][0], self.bands[numbers[id(leaves[-1])]][1]
            x = LANE_LABEL * depth
            shapes.append(Shape(lane.id, Box(x, top, self.picture.width - x, bottom - top), horizontal=True))
            stack += [(each, depth + 1) for each in reversed(lane.inner)]
        self.picture.shapes[:0] = shapes


def _leaves(lanes: list[LaneItem]) -> list[LaneItem]:
    """The innermost lanes, from the top; a lane with inner ones keeps what only it lists in its first."""
    found = []
    stack = list(reversed(lanes))
    while stack:
        lane = stack.pop()
        if lane.inner:
            lane.inner[0].nodes[:0] = lane.nodes
            lane.nodes = []
            stack += reversed(lane.inner)
        else:
            found.append(lane)
    return found


def _depth(lanes: list[LaneItem]) -> int:
    return 1 + max((_depth(lane.inner) for lane in lanes), default=0) if lanes else 0
