"""The values that expressions work on, and how they meet JSON.

JSON's own kinds are Python's: None, bool, int, Decimal, str, list, dict. FEEL adds dates, times, two kinds of duration,
ranges and functions. Numbers are int or Decimal of 34 digits (DMN 1.5, 10.3.2.3.1), never binary float: one that
comes in is read by its shortest text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from laneway.expressions.limits import NUMBER_DIGITS
from laneway.expressions.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration, own

if TYPE_CHECKING:
    from laneway.expressions.nodes import Node, TypeReference

__all__ = [
    "NUMBERS",
    "FeelFunction",
    "Range",
    "YearMonthDuration",
    "from_float",
    "integral",
    "is_number",
    "normalise_number",
    "number_text",
    "type_name",
]

NUMBERS = Context(
    prec=NUMBER_DIGITS, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, capitals=1, clamp=0, flags=[], traps=[]
)
"""Arithmetic of decimal128 without traps: an impossible result is NaN or infinite, which callers turn into null."""

INTEGER_LIMIT = 10**NUMBER_DIGITS
"""Integers below this magnitude are kept as int; others round like every number."""


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of ordered values; an end of None with its flag false is open to infinity."""

    start: object
    end: object
    start_included: bool
    end_included: bool
    start_unbounded: bool = False
    end_unbounded: bool = False


@dataclass(frozen=True, slots=True)
class FeelFunction:
    """A function as a value: one written in the expression, or a built-in one by its name."""

    name: str
    parameters: tuple[str, ...]
    invoke: Callable[[object, list[object]], object]
    """Called with the run (budget, warnings) and one argument per parameter."""
    types: tuple[TypeReference | None, ...] = ()
    """One per parameter, None for any; nothing at all where no parameter says its type."""
    result: TypeReference | None = None
    body: Node | None = None
    scope: object = None
    """Of a function written in FEEL, for comparing it with another."""

    def same_as(self, other: FeelFunction) -> bool:
        """Say whether both have the same parameters, body and scope (DMN 1.5, table 53)."""
        if self is other:
            return True
        if self.body is None or other.body is None or self.scope is not other.scope:
            return False
        return self.parameters == other.parameters and self.body.same_as(other.body)

    def __str__(self) -> str:
        return f"function({', '.join(self.parameters)})"


def from_float(value: float) -> Decimal | None:
    """Read a binary float by its shortest decimal text; NaN and infinities are no numbers."""
    number = Decimal(repr(value))
    return number if number.is_finite() else None


def is_number(value: object) -> bool:
    kind = type(value)
    return kind is int or kind is Decimal or kind is float


def normalise_number(value: object) -> int | Decimal | None:
    """Make int or Decimal within 34 digits of any Python number, None of anything else."""
    kind = type(value)
    if kind is int:
        assert isinstance(value, int)
        if -INTEGER_LIMIT < value < INTEGER_LIMIT:
            return value
        if value.bit_length() > 20_500:  # beyond 10**6144 there is no decimal128
            return None
        return NUMBERS.create_decimal(value)
    if kind is Decimal:
        assert isinstance(value, Decimal)
        number = NUMBERS.plus(value)
        return number if number.is_finite() else None
    if kind is float:
        assert isinstance(value, float)
        return from_float(value)
    return None


def integral(value: Decimal) -> int | Decimal:
    """Give an int where the number is one and short enough to write down in full."""
    if value.is_finite() and value.adjusted() < NUMBER_DIGITS and value == value.to_integral_value():
        return int(value)
    return value


def number_text(value: int | Decimal) -> str:
    """Write a number plainly: no exponent, no trailing zeros."""
    if isinstance(value, int):
        return str(value)
    try:
        text = format(value.normalize(NUMBERS), "f")
    except InvalidOperation:  # pragma: no cover - only NaN gets here and none is kept
        return "null"
    return "0" if text == "-0" else text


_TEMPORAL_NAMES: dict[type, str] = {
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DayTimeDuration: "days and time duration",
    YearMonthDuration: "years and months duration",
}


def type_name(value: object) -> str:
    """Name the FEEL type of a value, for messages and ``instance of``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, Decimal, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    temporal = _TEMPORAL_NAMES.get(type(own(value)))
    if temporal is not None:
        return temporal
    if isinstance(value, Range):
        return "range"
    if isinstance(value, FeelFunction):
        return "function"
    if isinstance(value, (list, tuple)):
        return "list"
    if isinstance(value, Mapping):
        return "context"
    return "unknown"
