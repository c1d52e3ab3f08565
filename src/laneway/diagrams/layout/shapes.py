"""What is drawn: boxes and lines, in pixels, y downwards."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[int, int]

EVENT, GATEWAY = 36, 50
TASK = (100, 80)
DATA_OBJECT, DATA_STORE = (36, 50), (50, 50)
LABEL_WIDTH, LABEL_LINE, LABEL_LETTERS = 90, 14, 15


@dataclass(slots=True)
class Box:
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

    @property
    def middle(self) -> Point:
        return self.x + self.width // 2, self.y + self.height // 2

    def moved(self, x: int, y: int) -> Box:
        return Box(self.x + x, self.y + y, self.width, self.height)


@dataclass(slots=True)
class Shape:
    """``label``: where its name stands, if not in it."""

    element: str
    box: Box
    expanded: bool | None = None
    horizontal: bool = False
    label: Box | None = None


@dataclass(slots=True)
class Line:
    element: str
    points: list[Point]
    label: Box | None = None


@dataclass(slots=True)
class Picture:
    """Shapes and lines of a scope, by its own upper left corner. ``inner``: (scope's element, where its content begins)."""

    width: int = 0
    height: int = 0
    shapes: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    inner: list[tuple[str, Point]] = field(default_factory=list)


def label_box(name: str, x: int, y: int) -> Box:
    """For a name centred around ``x`` and beginning at ``y``."""
    lines = max(1, -(-len(name[:200]) // LABEL_LETTERS))
    return Box(x - LABEL_WIDTH // 2, y, LABEL_WIDTH, lines * LABEL_LINE)


def simplified(points: list[Point]) -> list[Point]:
    """Without points that say nothing: repeated ones and those on a straight line."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and (kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]):
            kept[-1] = point
        else:
            kept.append(point)
    return kept if len(kept) > 1 else [points[0], points[-1]]
