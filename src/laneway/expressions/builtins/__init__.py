"""FEEL's built-in functions, one file per kind of value."""

from laneway.expressions.builtins import (
    contexts,
    conversion,
    extensions,
    lists,
    numbers,
    range_reading,
    ranges,
    strings,
    temporal,
)
from laneway.expressions.builtins.registry import BUILTINS

__all__ = [
    "BUILTINS",
    "contexts",
    "conversion",
    "extensions",
    "lists",
    "numbers",
    "range_reading",
    "ranges",
    "strings",
    "temporal",
]
