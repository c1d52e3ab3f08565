"""Functions on numbers (DMN 1.5, 10.3.4.5). All results have at most 34 digits."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

from laneway.expressions.builtins.registry import builtin
from laneway.expressions.run import Run
from laneway.expressions.temporal import DayTimeDuration, YearMonthDuration
from laneway.expressions.values import NUMBERS

__all__: list[str] = []

Number = int | Decimal
_LARGEST_SCALE, _SMALLEST_SCALE = 6176, -6111
_WIDE = Context(prec=12_400, Emin=-999_999, Emax=999_999, traps=[])
"""Wide enough to move the decimal point of any number before it is rounded to 34 digits."""


def _rounded(value: Number, scale: Number, mode: str, run: Run) -> object:
    """Round to a scale; table 76 bounds it without asking for a whole number, so what follows its point is dropped."""
    if not _SMALLEST_SCALE <= scale <= _LARGEST_SCALE:
        run.warn(f"The scale is a number from {_SMALLEST_SCALE} to {_LARGEST_SCALE}.")
        return None
    places = int(scale)
    run.charge(10 + abs(places) // 40)
    if isinstance(value, int) and places >= 0:
        return value
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -places:
        return value
    rounded = number.quantize(Decimal(1).scaleb(-places, _WIDE), rounding=mode, context=_WIDE)
    return NUMBERS.plus(rounded)


@builtin("decimal(n: number, scale: number)")
def decimal(run: Run, value: Number, scale: Number) -> object:
    return _rounded(value, scale, ROUND_HALF_EVEN, run)


def _round_with(name: str, mode: str) -> None:
    def rounding(run: Run, value: Number, scale: Number) -> object:
        return _rounded(value, scale, mode, run)

    builtin(f"{name}(n: number, scale: number)")(rounding)


def _round_to_whole(name: str, mode: str) -> None:
    """Besides, with one argument: the scale is 0. A scale of null is not one left out (table 76)."""

    def rounding(run: Run, value: Number) -> object:
        return _rounded(value, 0, mode, run)

    builtin(f"{name}(n: number)")(rounding)


for _name, _mode in (
    ("floor", ROUND_FLOOR),
    ("ceiling", ROUND_CEILING),
    ("round", ROUND_HALF_EVEN),  # this and the next are ours
    ("round half even", ROUND_HALF_EVEN),
):
    _round_to_whole(_name, _mode)
    _round_with(_name, _mode)

_round_with("round up", ROUND_UP)
_round_with("round down", ROUND_DOWN)
_round_with("round half up", ROUND_HALF_UP)
_round_with("round half down", ROUND_HALF_DOWN)


@builtin("abs(n: number)")
def absolute(run: Run, value: Number) -> object:
    return abs(value)


@builtin("abs(n: duration)")
def absolute_duration(run: Run, value: DayTimeDuration) -> object:
    return abs(value)


@builtin("abs(n: months)")
def absolute_months(run: Run, value: YearMonthDuration) -> object:
    return abs(value)


@builtin("modulo(dividend: number, divisor: number)")
def modulo(run: Run, dividend: Number, divisor: Number) -> object:
    """Remainder with the sign of the divisor: dividend - divisor * floor(dividend / divisor)."""
    if not divisor:
        run.warn("modulo: division by zero.")
        return None
    if isinstance(dividend, int) and isinstance(divisor, int):
        return dividend % divisor
    run.charge(40 + (abs(Decimal(dividend).adjusted()) + abs(Decimal(divisor).adjusted())) // 16)
    remainder = _WIDE.remainder(Decimal(dividend), Decimal(divisor))
    if remainder and (remainder < 0) != (divisor < 0):
        remainder = _WIDE.add(remainder, Decimal(divisor))
    return NUMBERS.plus(remainder)


def _through(
    name: str, compute: Callable[[Decimal], Decimal], allowed: Callable[[Number], bool], rule: str, cost: int
) -> None:
    def apply(run: Run, value: Number) -> object:
        run.charge(cost)
        result = compute(Decimal(value)) if allowed(value) else Decimal("NaN")
        if not result.is_finite():
            run.warn(f"{name}: {rule}.")
            return None
        return result

    builtin(f"{name}(number: number)")(apply)


_through("sqrt", NUMBERS.sqrt, lambda value: value >= 0, "the number must not be negative", 25)
_through("log", NUMBERS.ln, lambda value: value > 0, "the number must be positive", 400)
_through("exp", NUMBERS.exp, lambda value: -14_200 < value < 14_200, "the result is too large", 400)


@builtin("odd(number: number)")
def odd(run: Run, value: Number) -> object:
    return _parity(value, 1)


@builtin("even(number: number)")
def even(run: Run, value: Number) -> object:
    return _parity(value, 0)


def _parity(value: Number, rest: int) -> bool:
    if isinstance(value, Decimal):
        if value.adjusted() >= 34:
            return rest == 0
        if value != value.to_integral_value():
            return False
    return int(value) % 2 == rest
