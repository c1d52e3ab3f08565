"""What a regular expression is made of, once it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from laneway.expressions.regex.characters import Characters

__all__ = ["Anchor", "Choice", "Group", "Node", "OneOf", "Reference", "Regex", "Repeat", "Sequence"]


@dataclass(frozen=True, slots=True)
class OneOf:
    """One character of a set."""

    characters: Characters


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place: the start or end of the text, or of a line with flag m."""

    kind: Literal["start", "end", "line start", "line end"]


@dataclass(frozen=True, slots=True)
class Reference:
    """What a group has matched, once more."""

    group: int
    ignore_case: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A pair of parentheses; ``number`` is None for one that keeps nothing."""

    number: int | None
    body: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    body: Node
    least: int
    most: int | None
    lazy: bool


Node = OneOf | Anchor | Reference | Sequence | Choice | Group | Repeat


@dataclass(frozen=True, slots=True)
class Regex:
    root: Node
    groups: int
    references: bool
    """It refers back to a group, which no automaton can do."""
    line_anchors: bool
    """It holds ``^`` or ``$`` with flag m."""
