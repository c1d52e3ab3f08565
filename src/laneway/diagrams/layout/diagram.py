"""Every process of a file as one picture: scopes from the inside out, then pools under each other, then what connects them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from laneway.diagrams.document import Document
from laneway.diagrams.layout.grid import draw_scope
from laneway.diagrams.layout.reading import ScopeItem, read_associations, read_scopes
from laneway.diagrams.layout.shapes import Box, Line, Picture, Point, Shape, simplified

POOL_LABEL, POOL_GAP, BLACK_BOX = 30, 60, (600, 80)
INSET, INSET_TOP = 10, 20
"""Between the border of a sub-process and its content."""
ORIGIN = 100


@dataclass(slots=True)
class Plane:
    """``element``: the collaboration or process that is drawn on it."""

    element: str
    shapes: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def planes(document: Document) -> list[Plane]:
    """One for the collaboration, if there is one, else one for each process."""
    scopes = read_scopes(document)
    pictures = _pictures(scopes)
    processes = [each.get("id") for each in document.of("process") if each.get("id") in scopes]
    collaboration = next((each for each in document.of("collaboration") if _own(document, each)), None)
    participants = [
        each for each in document.of("participant") if _own(document, each) and each.getparent() is collaboration
    ]
    if collaboration is not None and participants:
        found = [_pools(collaboration.get("id"), participants, processes, pictures)]
    else:
        found = []
        for process in processes:
            plane = Plane(process)
            _unfold(plane, process, pictures, ORIGIN, ORIGIN)
            found.append(plane)
    for plane in found:
        _connect(plane, document)
    return [plane for plane in found if plane.shapes]


def _own(document: Document, element: Any) -> bool:
    return bool(element.get("id")) and element.get("id") not in document.synthetic


def _pictures(scopes: dict[str, ScopeItem]) -> dict[str, Picture]:
    """Outer scopes come first in ``scopes``, so the inner ones are drawn first the other way round."""
    pictures: dict[str, Picture] = {}
    for identifier, scope in reversed(scopes.items()):
        sizes = {}
        for node in scope.nodes:
            if node.scope:
                inner = pictures.get(node.id, Picture())
                sizes[node.id] = (
                    Picture(inner.width + 2 * INSET, inner.height + INSET_TOP + INSET) if inner.shapes else Picture()
                )
        pictures[identifier] = draw_scope(scope, sizes)
    return pictures


def _pools(identifier: str, participants: list[Any], processes: list[str], pictures: dict[str, Picture]) -> Plane:
    plane = Plane(identifier)
    shown = [each.get("processRef") for each in participants]
    widths = [pictures[process].width for process in shown if process in pictures]
    width = max([BLACK_BOX[0], *widths]) + POOL_LABEL
    y = ORIGIN
    drawn: set[str] = set()
    for participant, process in zip(participants, shown, strict=True):
        inside = process if process in pictures and process not in drawn and pictures[process].shapes else None
        height = BLACK_BOX[1] if inside is None else pictures[inside].height
        plane.shapes.append(Shape(participant.get("id"), Box(ORIGIN, y, width, height), horizontal=True))
        if inside is not None:
            drawn.add(inside)
            first = len(plane.shapes)
            _unfold(plane, inside, pictures, ORIGIN + POOL_LABEL, y)
            wider = width - POOL_LABEL - pictures[inside].width
            for shape in plane.shapes[first:]:
                if shape.horizontal:  # lanes reach to the end of their pool
                    shape.box.width += wider
        y += height + POOL_GAP
    for process in processes:
        if process not in drawn and process not in shown:
            _unfold(plane, process, pictures, ORIGIN, y)
            y += pictures[process].height + POOL_GAP
    return plane


def _unfold(plane: Plane, scope: str, pictures: dict[str, Picture], x: int, y: int) -> None:
    stack = [(scope, x, y)]
    while stack:
        identifier, left, top = stack.pop()
        picture = pictures[identifier]
        for shape in picture.shapes:
            label = shape.label.moved(left, top) if shape.label is not None else None
            plane.shapes.append(
                Shape(shape.element, shape.box.moved(left, top), shape.expanded, shape.horizontal, label)
            )
        for line in picture.lines:
            points = [(px + left, py + top) for px, py in line.points]
            label = line.label.moved(left, top) if line.label is not None else None
            plane.lines.append(Line(line.element, points, label))
        for inner, (ix, iy) in reversed(picture.inner):
            stack.append((inner, left + ix + INSET, top + iy + INSET_TOP))


def _connect(plane: Plane, document: Document) -> None:
    """Message flows and associations, between shapes wherever they lie."""
    boxes = {shape.element: shape.box for shape in plane.shapes}
    for number, flow in enumerate(document.of("messageFlow")):
        source, target = boxes.get(flow.get("sourceRef")), boxes.get(flow.get("targetRef"))
        if _own(document, flow) and source is not None and target is not None:
            plane.lines.append(Line(flow.get("id"), _message(source, target, number)))
    middles = {line.element: line.points[0] for line in plane.lines}
    for identifier, source_id, target_id in read_associations(document):
        ends = list(_ends(boxes, middles, source_id, target_id))
        if len(ends) == 2:
            plane.lines.append(Line(identifier, ends))


def _message(source: Box, target: Box, number: int) -> list[Point]:
    """Down or up out of one, across between the two, and into the other."""
    x1, x2 = source.middle[0], target.middle[0]
    if target.width > source.width and target.x < x1 < target.right:
        x2 = x1
    elif source.width > target.width and source.x < x2 < source.right:
        x1 = x2
    down = target.y >= source.bottom
    y1, y2 = (source.bottom, target.y) if down else (source.y, target.bottom)
    across = y2 - POOL_GAP // 2 + number % 4 * 6 if down else y2 + POOL_GAP // 2 - number % 4 * 6
    return simplified([(x1, y1), (x1, across), (x2, across), (x2, y2)])


def _ends(boxes: dict[str, Box], middles: dict[str, Point], source: str, target: str) -> Iterator[Point]:
    first, second = boxes.get(source), boxes.get(target)
    for own, other, identifier in ((first, second, source), (second, first, target)):
        if own is not None:
            towards = other.middle if other is not None else own.middle
            yield _border(own, towards)
        elif identifier in middles:
            yield middles[identifier]


def _border(box: Box, towards: Point) -> Point:
    """The middle of the side of ``box`` that looks towards a point."""
    x, y = box.middle
    if towards[1] >= box.bottom:
        return x, box.bottom
    if towards[1] <= box.y:
        return x, box.y
    return (box.right, y) if towards[0] > x else (box.x, y)
