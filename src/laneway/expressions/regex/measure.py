"""How large a regular expression is, in what it costs to compile and to match."""

from __future__ import annotations

from laneway.expressions.regex.syntax import Anchor, Choice, Group, Node, OneOf, Reference, Repeat, Sequence

__all__ = ["longest", "ranges", "weight"]


def weight(node: Node) -> int:
    """States that an automaton may be in at one moment; it looks at a share of the ranges of a set."""
    match node:
        case OneOf():
            return 1 + min(len(node.characters), 32) // 4
        case Sequence():
            return sum(map(weight, node.parts))
        case Choice():
            return 1 + sum(map(weight, node.branches))
        case Group():
            return 1 + weight(node.body)
        case Repeat():
            return 1 + weight(node.body) * max(node.least, node.most or node.least + 1)
        case Anchor() | Reference():
            return 1


def ranges(node: Node) -> int:
    """Ranges of characters that a compiler goes through."""
    match node:
        case OneOf():
            return len(node.characters)
        case Sequence():
            return sum(map(ranges, node.parts))
        case Choice():
            return sum(map(ranges, node.branches))
        case Group():
            return ranges(node.body)
        case Repeat():
            return ranges(node.body) * min(64, max(1, node.least, node.most or 1))
        case Anchor() | Reference():
            return 1


def longest(node: Node) -> int | None:
    """Characters of the longest match; None if there is no end to it."""
    match node:
        case OneOf():
            return 1
        case Anchor():
            return 0
        case Reference():
            return None
        case Group():
            return longest(node.body)
        case Repeat():
            body = longest(node.body)
            return None if body is None or node.most is None else body * node.most
        case Sequence() | Choice():
            parts = node.parts if isinstance(node, Sequence) else node.branches
            lengths = [length for length in map(longest, parts) if length is not None]
            if len(lengths) < len(parts):
                return None
            return sum(lengths) if isinstance(node, Sequence) else max(lengths)
