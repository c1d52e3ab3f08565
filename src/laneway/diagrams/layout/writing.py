"""Puts a picture into a file: one insertion before the end of the root element, every other byte as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from laneway.diagrams.layout.diagram import Plane
from laneway.diagrams.layout.shapes import Box, Line, Shape
from laneway.diagrams.names import BPMNDI, DC, DD

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

_DIAGRAM = f"{BPMNDI} BPMNDiagram"


def with_planes(data: bytes, encoding: str, planes: list[Plane], taken: set[str]) -> bytes:
    """``data`` without the pictures that it has, and with ``planes``. ``taken``: ids that are used already."""
    end, old = _places(data)
    text = "".join(_diagram(plane, taken) for plane in planes).encode(encoding, "xmlcharrefreplace")
    parts, position = [], 0
    for start, stop in old:
        parts.append(data[position:start])
        position = stop
    parts += [data[position:end], text, data[end:]]
    return b"".join(parts)


def _places(data: bytes) -> tuple[int, list[tuple[int, int]]]:
    """Where the end tag of the root begins, and from where to where each picture goes. The XML gate has let ``data`` pass."""
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator=" ")
    places = _Places(data, parser)
    parser.StartElementHandler = places.start
    parser.EndElementHandler = places.end
    parser.Parse(data, True)
    return places.root_end, places.pictures


class _Places:
    def __init__(self, data: bytes, parser: XMLParserType) -> None:
        self.data = data
        self.parser = parser
        self.depth = 0
        self.begun = 0
        self.root_end = 0
        self.pictures: list[tuple[int, int]] = []

    def start(self, name: str, _: Any) -> None:
        self.depth += 1
        if self.depth == 2 and name == _DIAGRAM:
            self.begun = self.parser.CurrentByteIndex

    def end(self, name: str) -> None:
        position = self.parser.CurrentByteIndex
        if self.depth == 1:
            self.root_end = position
        elif self.depth == 2 and name == _DIAGRAM:
            # An end tag, or once more the position of a tag that closes itself: both end at the next ">" outside of values.
            self.pictures.append((self.begun, _after_tag(self.data, max(position, self.begun))))
        self.depth -= 1


def _after_tag(data: bytes, position: int) -> int:
    quote = 0
    for index in range(position, len(data)):
        byte = data[index]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == 0x3E:
            return index + 2 if data[index + 1 : index + 2] == b"\n" else index + 1
    return len(data)


def _diagram(plane: Plane, taken: set[str]) -> str:
    name = _fresh(f"BPMNDiagram_{plane.element}", taken)
    lines = [
        f'<bpmndi:BPMNDiagram xmlns:bpmndi="{BPMNDI}" xmlns:dc="{DC}" xmlns:di="{DD}" id={quoteattr(name)}>',
        f"  <bpmndi:BPMNPlane id={quoteattr(_fresh(f'BPMNPlane_{plane.element}', taken))} "
        f"bpmnElement={quoteattr(plane.element)}>",
    ]
    for shape in plane.shapes:
        lines += _shape(shape, taken)
    for line in plane.lines:
        lines += _edge(line, taken)
    lines += ["  </bpmndi:BPMNPlane>", "</bpmndi:BPMNDiagram>", ""]
    return "\n".join(lines)


def _shape(shape: Shape, taken: set[str]) -> Iterator[str]:
    said = f"id={quoteattr(_fresh(f'{shape.element}_di', taken))} bpmnElement={quoteattr(shape.element)}"
    said += ' isHorizontal="true"' if shape.horizontal else ""
    said += f' isExpanded="{str(shape.expanded).lower()}"' if shape.expanded is not None else ""
    yield f"    <bpmndi:BPMNShape {said}>"
    yield f"      {_bounds(shape.box)}"
    yield from _label(shape.label)
    yield "    </bpmndi:BPMNShape>"


def _edge(line: Line, taken: set[str]) -> Iterator[str]:
    yield (
        f"    <bpmndi:BPMNEdge id={quoteattr(_fresh(f'{line.element}_di', taken))} "
        f"bpmnElement={quoteattr(line.element)}>"
    )
    for x, y in line.points:
        yield f'      <di:waypoint x="{x}" y="{y}"/>'
    yield from _label(line.label)
    yield "    </bpmndi:BPMNEdge>"


def _label(box: Box | None) -> Iterator[str]:
    if box is not None:
        yield f"      <bpmndi:BPMNLabel>{_bounds(box)}</bpmndi:BPMNLabel>"


def _bounds(box: Box) -> str:
    return f'<dc:Bounds x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"/>'


def _fresh(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name
