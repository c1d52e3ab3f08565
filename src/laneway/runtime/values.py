"""Values on their way from an expression into a variable: JSON, with int and Decimal as the only numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from laneway.expressions import to_json_value

_PLAIN = frozenset({str, int, bool, type(None)})


def to_json(value: Any) -> Any:
    """Temporal values become ISO 8601 strings (they are not revived by themselves); lists and contexts are copied."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Decimal:
        return value
    return to_json_value(value)
