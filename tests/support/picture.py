"""What a picture must hold to, whatever is drawn: shapes beside each other, children in parents, lines from border to border."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"


@dataclass(frozen=True)
class Bounds:
    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def overlaps(self, other: Bounds) -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def holds(self, other: Bounds) -> bool:
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def on_border(self, x: int, y: int) -> bool:
        inside = self.x <= x <= self.right and self.y <= y <= self.bottom
        return inside and (x in (self.x, self.right) or y in (self.y, self.bottom))

    def crossed_by(self, first: tuple[int, int], second: tuple[int, int]) -> bool:
        """By a horizontal or vertical line, in its inside."""
        (x1, y1), (x2, y2) = first, second
        left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
        return (
            left < self.right
            and self.x < right + (left == right)
            and top < self.bottom
            and self.y < bottom + (top == bottom)
            and not (left == right and not self.x < left < self.right)
            and not (top == bottom and not self.y < top < self.bottom)
        )


class Drawn:
    """``shapes``: element id → bounds; ``lines``: element id → waypoints."""

    def __init__(self, data: bytes) -> None:
        self.root = etree.fromstring(data)
        self.by_id: dict[str, Any] = {}
        for element in self.root.iter():
            if isinstance(element.tag, str) and element.tag.startswith(BPMN) and element.get("id"):
                self.by_id.setdefault(element.get("id"), element)
        self.shapes = {
            shape.get("bpmnElement"): Bounds(*(int(shape.find(DC + "Bounds").get(name)) for name in _SIDES))
            for shape in self.root.iter(BPMNDI + "BPMNShape")
        }
        self.lines = {
            edge.get("bpmnElement"): [(int(p.get("x")), int(p.get("y"))) for p in edge.iter(DI + "waypoint")]
            for edge in self.root.iter(BPMNDI + "BPMNEdge")
        }

    def faults(self) -> list[str]:
        return [*self._missing(), *self._places(), *self._lines()]

    def _missing(self) -> list[str]:
        nodes = [
            element.get("id")
            for element in self.by_id.values()
            if element.getparent() is not None
            and element.getparent().tag in _SCOPES
            and element.tag.endswith(("Event", "Gateway", "ask", "ctivity", "rocess", "transaction"))
        ]
        flows = [element.get("id") for element in self.root.iter(BPMN + "sequenceFlow")]
        return [f"{node} has no shape" for node in nodes if node not in self.shapes] + [
            f"{flow} has no line" for flow in flows if flow not in self.lines
        ]

    def _scope_of(self, identifier: str) -> str | None:
        parent = self.by_id[identifier].getparent()
        return None if parent is None else parent.get("id")

    def _places(self) -> list[str]:
        found = []
        groups: dict[str | None, list[str]] = {}
        for identifier, bounds in self.shapes.items():
            element = self.by_id[identifier]
            if element.tag in (BPMN + "lane", BPMN + "participant"):
                continue
            scope = self._scope_of(identifier)
            if scope in self.shapes and not self.shapes[scope].holds(bounds):
                found.append(f"{identifier} lies outside of {scope}")
            host = element.get("attachedToRef")
            if host in self.shapes:
                middle = bounds.x + bounds.width // 2, bounds.y + bounds.height // 2
                if not self.shapes[host].on_border(*middle):
                    found.append(f"{identifier} is not on the border of {host}")
                continue
            groups.setdefault(scope, []).append(identifier)
        for members in groups.values():
            members.sort(key=lambda each: self.shapes[each].x)
            for number, one in enumerate(members):
                for other in members[number + 1 :]:
                    if self.shapes[other].x >= self.shapes[one].right:
                        break
                    if self.shapes[one].overlaps(self.shapes[other]):
                        found.append(f"{one} and {other} overlap")
        for lane in self.root.iter(BPMN + "lane"):
            for reference in lane.findall(BPMN + "flowNodeRef"):
                inside = self.shapes.get(reference.text or "")
                if inside is not None and not self.shapes[lane.get("id")].holds(inside):
                    found.append(f"{reference.text} lies outside of its lane")
        return found

    def _lines(self) -> list[str]:
        found = []
        for identifier, points in self.lines.items():
            element = self.by_id[identifier]
            if element.tag not in (BPMN + "sequenceFlow", BPMN + "messageFlow"):
                continue
            for end, point in (("sourceRef", points[0]), ("targetRef", points[-1])):
                bounds = self.shapes[element.get(end)]
                if not bounds.on_border(*point):
                    found.append(f"{identifier} does not touch its {end}")
            if any(a[0] != b[0] and a[1] != b[1] for a, b in pairwise(points)):
                found.append(f"{identifier} is not orthogonal")
            if element.tag == BPMN + "sequenceFlow":
                scope = self._scope_of(identifier)
                for other, bounds in self.shapes.items():
                    if other in self.by_id and self._scope_of(other) == scope and self.by_id[other].tag not in _AROUND:
                        if self.by_id[other].get("attachedToRef"):
                            continue
                        if any(bounds.crossed_by(a, b) for a, b in pairwise(points)):
                            found.append(f"{identifier} runs through {other}")
        return found


_SIDES = ("x", "y", "width", "height")
_SCOPES = tuple(BPMN + name for name in ("process", "subProcess", "transaction", "adHocSubProcess"))
_AROUND = (BPMN + "lane", BPMN + "participant")
