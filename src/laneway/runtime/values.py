"""Values on their way from an expression into a variable: JSON, with int and Decimal as the only numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from laneway.expressions import to_json_value

DEEPEST = 100
"""Levels of lists and contexts that a value may have; the gate for JSON from outside lets 64 in."""
_PLAIN = frozenset({str, int, bool, type(None)})
_CONTAINERS = frozenset({list, dict})


def to_json(value: Any) -> Any:
    """Temporal values become ISO 8601 strings (they are not revived by themselves); lists and contexts are copied.

    Raises
    ------
    ExpressionError
        Too many elements written out.
    ValueError
        Nested too deeply.
    """
    kind = type(value)
    if kind in _PLAIN or kind is Decimal:
        return value
    result = to_json_value(value)
    level = [result]
    depth = 0
    while level:
        if depth > DEEPEST:
            raise ValueError(f"the value is nested deeper than {DEEPEST} levels")
        depth += 1
        # What stands in several places is looked at once per level: a value that holds itself many times is no tree.
        below: dict[int, Any] = {}
        for container in level:
            for item in container.values() if type(container) is dict else container if type(container) is list else ():
                if type(item) in _CONTAINERS:
                    below[id(item)] = item
        level = list(below.values())
    return result


def shown(value: Any) -> str:
    """For a message: short, whatever it is."""
    try:
        text = str(value) if isinstance(value, (int, Decimal)) else repr(value)
    except ValueError:  # more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= 80 else text[:77] + "…"
