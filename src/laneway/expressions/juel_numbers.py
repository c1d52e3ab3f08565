"""Methods of numbers in JUEL: those of Java's Number and BigDecimal."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.juel_values import number_of, same
from laneway.expressions.operators import ARITHMETIC, as_number, order
from laneway.expressions.run import Run
from laneway.expressions.values import NUMBERS, type_name

__all__ = ["NUMBER", "compared", "index_of"]

Method = Callable[..., object]


def index_of(value: object) -> int:
    number = as_number(value)
    if number is None or not -(10**18) <= number <= 10**18 or number != int(number):
        raise ExpressionEvaluationError(f"An index is a whole number, not a {type_name(value)}.")
    return int(number)


def compared(run: Run, a: object, b: object) -> int:
    if same(a, b, run):
        return 0
    less = order("<", a, b, run)
    if less is None:
        raise ExpressionEvaluationError(f"Can't compare {type_name(a)} and {type_name(b)}.")
    return -1 if less else 1


_ROUNDING = {
    "UP": "ROUND_UP", "DOWN": "ROUND_DOWN", "CEILING": "ROUND_CEILING", "FLOOR": "ROUND_FLOOR", "HALF_UP": "ROUND_HALF_UP",
    "HALF_DOWN": "ROUND_HALF_DOWN", "HALF_EVEN": "ROUND_HALF_EVEN",
}  # fmt: skip


def _set_scale(run: Run, number: object, digits: object, mode: object = "HALF_UP") -> object:
    scale = index_of(digits)
    if mode not in _ROUNDING or not isinstance(mode, str):
        raise ExpressionEvaluationError("The rounding is not known.", hint=f"There are {', '.join(_ROUNDING)}.")
    if not -34 <= scale <= 34:
        raise ExpressionEvaluationError("A number has at most 34 digits.")
    context = NUMBERS.copy()
    context.rounding = _ROUNDING[mode]
    result = Decimal(number_of(number)).quantize(Decimal(1).scaleb(-scale), context=context)
    if not result.is_finite():
        raise ExpressionEvaluationError("A number has at most 34 digits.")
    return result


def _calculation(operator: str) -> Method:
    def calculate(run: Run, number: object, other: object) -> object:
        result = ARITHMETIC[operator](number, number_of(other), run)
        if result is None:
            raise ExpressionEvaluationError("Division by zero." if operator == "/" else "The result is no number.")
        return result

    return calculate


def _whole(run: Run, number: object) -> int:
    value = number_of(number)
    if isinstance(value, Decimal) and value.adjusted() > 40:
        raise ExpressionEvaluationError("The number is too large for a whole one.")
    return int(value)


def _remainder(run: Run, number: object, other: object) -> object:
    divisor = Decimal(number_of(other))
    if not divisor:
        raise ExpressionEvaluationError("Division by zero.")
    return as_number(NUMBERS.remainder(Decimal(number_of(number)), divisor))


NUMBER: dict[str, Method] = {
    "intValue": _whole,
    "longValue": _whole,
    "doubleValue": lambda run, number: as_number(number),
    "floatValue": lambda run, number: as_number(number),
    "numberValue": lambda run, number: as_number(number),
    "compareTo": lambda run, number, other: compared(run, number, number_of(other)),
    "add": _calculation("+"),
    "subtract": _calculation("-"),
    "multiply": _calculation("*"),
    "divide": _calculation("/"),
    "remainder": _remainder,
    "negate": lambda run, number: -number,
    "abs": lambda run, number: abs(number),
    "signum": lambda run, number: (number > 0) - (number < 0),
    "max": lambda run, number, other: max(number, number_of(other)),
    "min": lambda run, number, other: min(number, number_of(other)),
    "setScale": _set_scale,
}
