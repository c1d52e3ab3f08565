"""What needs no run of its own: what loops count with, and what gateways most often ask.

``n + 1`` and ``amount > 1000`` charge nothing, warn of nothing and read no clock where the variable is a whole number (a
text, where it is compared with one). Making a run for them costs twice what they do.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from laneway.expressions import nodes
from laneway.expressions.run import Scope
from laneway.expressions.values import INTEGER_LIMIT

__all__ = ["AtOnce", "at_once"]

AtOnce = Callable[[Scope], object]
"""Gives None where it does not know: then the expression is evaluated as any other."""

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def at_once(node: nodes.Node) -> AtOnce | None:
    """What tells the value of ``node`` for the variables that it is mostly asked with, if it is one of those."""
    if not isinstance(node, (nodes.Arithmetic, nodes.Comparison)):
        return None
    if not (isinstance(node.left, nodes.Name) and isinstance(node.right, nodes.Literal)):
        return None
    name, constant = node.left.name, node.right.value
    if isinstance(node, nodes.Comparison):
        kind = type(constant)
        if kind is int or (kind is str and node.operator in ("=", "!=")):
            return _compared(name, _COMPARED[node.operator], constant, kind)
        return None
    if type(constant) is int and node.operator in ("+", "-"):
        return _counted(name, constant if node.operator == "+" else -constant)
    return None


def _counted(name: str, step: int) -> AtOnce:
    def counted(scope: Scope) -> object:
        try:
            value = scope[name]
        except KeyError:
            return None
        if type(value) is int and -INTEGER_LIMIT < (result := value + step) < INTEGER_LIMIT:
            return result
        return None

    return counted


def _compared(name: str, compare: Callable[[object, object], bool], constant: object, kind: type) -> AtOnce:
    def compared(scope: Scope) -> object:
        try:
            value = scope[name]
        except KeyError:
            return None
        return compare(value, constant) if type(value) is kind else None

    return compared
