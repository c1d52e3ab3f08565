"""The syntax tree that FEEL and JUEL share: what was written, typed and frozen.

Trees are compared by identity only: generating equality for each kind costs more time at import than all the rest.
``position`` is the 0-based offset in the text. ``FEEL`` rules are those of the grammar in DMN 1.5, 10.3.1.2.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal as OneOf

__all__ = [
    "And", "Arithmetic", "Between", "Builtin", "Call", "Chain", "Comparison", "Composite", "ContextLiteral", "Empty", "Filter", "For",
    "FunctionLiteral", "If", "In", "InputValue", "InstanceOf", "Iterator", "ListLiteral", "Literal", "MethodCall", "Name",
    "Negate", "Node", "Not", "Or", "Path", "Quantified", "RangeLiteral", "TypeReference", "UnaryComparison", "UnaryTests",
]  # fmt: skip

ComparisonOperator = OneOf["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Node:
    position: int

    def same_as(self, other: object) -> bool:
        """Say whether two trees are the same, wherever they were written."""
        pending: list[tuple[object, object]] = [(self, other)]  # no recursion: a tree may be deeper than the stack
        while pending:
            a, b = pending.pop()
            if type(a) is not type(b):
                return False
            if isinstance(a, Node):
                pending.extend(
                    (getattr(a, one.name), getattr(b, one.name)) for one in fields(a) if one.name != "position"
                )
            elif isinstance(a, tuple) and isinstance(b, tuple):
                if len(a) != len(b):
                    return False
                pending.extend(zip(a, b, strict=True))
            elif a != b:
                return False
        return True


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Literal(Node):
    value: object


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Name(Node):
    name: str
    local: bool = False
    """Bound by the expression itself: an iterator, a parameter, an entry of the context around it."""


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Builtin(Node):
    """A built-in function that is being called."""

    name: str


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class InputValue(Node):
    """``?`` of a unary test."""


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Path(Node):
    base: Node
    name: str


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Filter(Node):
    """``list[condition]`` or ``list[index]``; in JUEL ``base[key]``."""

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Negate(Node):
    operand: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Not(Node):
    """JUEL's ``!``; FEEL has a function for it."""

    operand: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Empty(Node):
    """JUEL's ``empty``."""

    operand: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Arithmetic(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Chain(Node):
    """Three or more operands at one level, as in ``a + b - c``: flat, so that a long sum doesn't nest."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Comparison(Node):
    operator: ComparisonOperator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class And(Node):
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Or(Node):
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class UnaryComparison(Node):
    """``> 5`` as a test of the input, or in parentheses as a range open to one side."""

    operator: ComparisonOperator
    operand: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class In(Node):
    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class UnaryTests(Node):
    """A cell of a decision table; no tests at all is ``-``, which fits everything."""

    tests: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class RangeLiteral(Node):
    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class ListLiteral(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class ContextLiteral(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class If(Node):
    """All branches of ``if … else if … else …``, flat."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Iterator(Node):
    name: str
    domain: Node
    """A list or range; ``1..n`` without brackets is a ``RangeLiteral`` that may also run downwards."""


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class For(Node):
    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Quantified(Node):
    kind: OneOf["some", "every"]
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class TypeReference(Node):
    name: str
    arguments: tuple[TypeReference, ...] = ()
    members: tuple[tuple[str, TypeReference], ...] = ()


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class InstanceOf(Node):
    value: Node
    type: TypeReference


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class FunctionLiteral(Node):
    parameters: tuple[tuple[str, TypeReference | None], ...]
    body: Node
    external: bool = False
    """The body is a context that says which function of another language is meant."""


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Call(Node):
    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None
    """Given for a call with named arguments, one per argument."""


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class MethodCall(Node):
    """JUEL's ``value.method(arguments)``."""

    base: Node
    method: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Composite(Node):
    """JUEL text around expressions, as in ``Order ${id}``; always a string."""

    parts: tuple[Node, ...]
