"""What FEEL's operators do with any two values (DMN 1.5, 10.3.2.7 to 10.3.2.14).

The compiler tries whole numbers and strings itself and comes here for the rest. What has no meaning is null, with a warning
that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from operator import ge, gt, le, lt
from typing import Any

from laneway.expressions.limits import NUMBER_DIGITS
from laneway.expressions.run import Run
from laneway.expressions.temporal import TEMPORAL, Date, DateTime, DayTimeDuration, Time, YearMonthDuration, own
from laneway.expressions.temporal.arithmetic import difference, moved, scaled
from laneway.expressions.values import (
    INTEGER_LIMIT,
    NUMBERS,
    FeelFunction,
    Range,
    from_float,
    normalise_number,
    type_name,
)

__all__ = [
    "ARITHMETIC",
    "ORDERINGS",
    "arithmetic",
    "between",
    "both",
    "contains",
    "equal",
    "is_end",
    "key_of",
    "matches_test",
    "negate",
    "order",
    "range_of",
    "strictly_equal",
]

Number = int | Decimal
_SPARE_DIGITS = Context(prec=NUMBER_DIGITS + 6, Emin=-6143, Emax=6144, traps=[])
_NUMBER_TYPES = (int, Decimal, float)
_ORDERED = frozenset({str, *TEMPORAL})
"""Classes whose values have an order among themselves; numbers have one across theirs."""
_EQUATED = frozenset({int, str, bool, Decimal, *TEMPORAL})
"""Classes whose values are equal where Python says so."""


def as_number(value: object) -> Number | None:
    """Take a number within 34 digits; booleans are none."""
    kind = type(value)
    if kind is int:
        assert isinstance(value, int)
        return value if -INTEGER_LIMIT < value < INTEGER_LIMIT else normalise_number(value)
    if kind is Decimal:
        return normalise_number(value)
    if kind is float:
        assert isinstance(value, float)
        return from_float(value)
    return None


def _finite(value: Decimal, run: Run, what: str) -> Decimal | None:
    if value.is_finite():
        return value
    run.warn(f"The {what} has no finite result.")
    return None


def _decimal(value: Number) -> Decimal:
    return value if type(value) is Decimal else Decimal(value)


def _add(a: Any, b: Any, run: Run) -> object:
    if type(a) is str and type(b) is str:
        run.charge_text(len(a) + len(b))
        return a + b
    x, y = as_number(a), as_number(b)
    if x is not None and y is not None:
        if type(x) is int and type(y) is int:
            return normalise_number(x + y)
        return _finite(NUMBERS.add(x, y), run, "sum")
    if isinstance(b, (Date, Time, DateTime)):
        a, b = b, a
    return moved(a, b, 1)


def _subtract(a: Any, b: Any, run: Run) -> object:
    x, y = as_number(a), as_number(b)
    if x is not None and y is not None:
        if type(x) is int and type(y) is int:
            return normalise_number(x - y)
        return _finite(NUMBERS.subtract(x, y), run, "difference")
    length = difference(a, b)
    return moved(a, b, -1) if length is None else length


def _multiply(a: Any, b: Any, run: Run) -> object:
    x, y = as_number(a), as_number(b)
    if x is not None and y is not None:
        if type(x) is int and type(y) is int:
            return normalise_number(x * y)
        return _finite(NUMBERS.multiply(x, y), run, "product")
    if x is not None:
        a, y = b, x
    return None if y is None else scaled(a, _decimal(y), divide=False)


def _divide(a: Any, b: Any, run: Run) -> object:
    x, y = as_number(a), as_number(b)
    if y is not None and not y:
        run.warn("Division by zero.")
        return None
    if x is not None and y is not None:
        if type(x) is int and type(y) is int and not x % y:
            return x // y
        return _finite(NUMBERS.divide(_decimal(x), _decimal(y)), run, "quotient")
    if y is not None:
        return scaled(a, _decimal(y), divide=True)
    if isinstance(a, YearMonthDuration) and isinstance(b, YearMonthDuration) and b:
        return NUMBERS.divide(Decimal(a.months), Decimal(b.months))
    if isinstance(a, DayTimeDuration) and isinstance(b, DayTimeDuration) and b:
        return NUMBERS.divide(Decimal(a.nanoseconds), Decimal(b.nanoseconds))
    return None


def _power(a: Any, b: Any, run: Run) -> object:
    x, y = as_number(a), as_number(b)
    if x is None or y is None:
        return None
    base, exponent = _decimal(x), _decimal(y)
    if not base and not exponent:
        return 1
    run.charge(20 + 5 * abs(exponent.adjusted()) if exponent == exponent.to_integral_value() else 800)
    # With digits to spare, for the last one of a power isn't certain.
    return _finite(NUMBERS.plus(_SPARE_DIGITS.power(base, exponent)), run, "power")


ARITHMETIC: dict[str, Callable[[Any, Any, Run], object]] = {
    "+": _add, "-": _subtract, "*": _multiply, "/": _divide, "**": _power,
}  # fmt: skip
_VERBS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "raise"}


def arithmetic(operator: str, a: object, b: object, run: Run) -> object:
    """Apply an operator to any two values; null, with a warning, where it has no meaning."""
    if a is None or b is None:
        run.warn(f"{_VERBS[operator].capitalize()} with null is null.")
        return None
    result = ARITHMETIC[operator](a, b, run)
    if result is None and ((first := own(a)) is not a or own(b) is not b):
        result = ARITHMETIC[operator](first, own(b), run)
    if result is None and run.warnings is not None:
        hint = (
            " Make a text of a value with string(value)."
            if operator == "+" and (type(a) is str) != (type(b) is str)
            else ""
        )
        run.warn(f"Can't {_VERBS[operator]} {type_name(a)} and {type_name(b)}.{hint}")
    return result


def negate(value: object, run: Run) -> object:
    number = as_number(value)
    if number is not None:
        return -number
    value = own(value)
    if isinstance(value, (DayTimeDuration, YearMonthDuration)):
        return -value
    run.warn(f"Can't negate {type_name(value)}.")
    return None


# Comparison


def _comparable(a: object, b: object) -> bool:
    """Say whether two values have an order between them."""
    if isinstance(a, _NUMBER_TYPES) and isinstance(b, _NUMBER_TYPES):
        if isinstance(a, bool) or isinstance(b, bool):
            return False
        # A Decimal that is no number can't be compared at all: it raises.
        return not ((type(a) is Decimal and a.is_nan()) or (type(b) is Decimal and b.is_nan()))
    return type(a) is type(b) and (type(a) in _ORDERED or isinstance(a, str))


ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def order(operator: str, a: Any, b: Any, run: Run) -> bool | None:
    """Compare by order; null where the two have none.

    ``<=`` is "less or equal" (DMN 1.5, 10.3.2.15), and null equals null; so it holds between two nulls, where ``<`` is null.
    """
    if type(a) is float:
        a = from_float(a)
    if type(b) is float:
        b = from_float(b)
    if _comparable(a, b) or _comparable(a := own(a), b := own(b)):
        if isinstance(a, (Time, DateTime)):
            return ORDERINGS[operator](a.value_beside(b), b.value_beside(a))
        return ORDERINGS[operator](a, b)
    if a is None and b is None and operator in ("<=", ">="):
        return True
    if run.warnings is not None:
        run.warn(f"Can't compare {type_name(a)} and {type_name(b)} with {operator}.")
    return None


def both(a: bool | None, b: bool | None) -> bool | None:
    """Three-valued ``and`` (DMN 1.5, table 50)."""
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def between(value: object, low: object, high: object, run: Run) -> bool | None:
    """Say whether ``value >= low and value <= high`` (DMN 1.5, table 55)."""
    return both(order(">=", value, low, run), order("<=", value, high, run))


def equal(a: Any, b: Any, run: Run, warn: bool = True) -> bool | None:
    """FEEL's ``=``: null equals null only; values of different kinds are neither equal nor unequal (DMN 1.5, table 53)."""
    if a is None or b is None:
        return a is b
    kind_a, kind_b = type(a), type(b)
    if kind_a is kind_b and kind_a in _EQUATED:
        return bool(a == b)
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b if isinstance(a, bool) and isinstance(b, bool) else _different(a, b, run, warn)
    if isinstance(a, _NUMBER_TYPES) and isinstance(b, _NUMBER_TYPES):
        return as_number(a) == as_number(b)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        run.charge(12 + 8 * min(len(a), len(b)))
        return len(a) == len(b) and all(equal(x, y, run, warn) is True for x, y in zip(a, b, strict=True))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        run.charge(12 + 8 * min(len(a), len(b)))
        return a.keys() == b.keys() and all(equal(value, b[key], run, warn) is True for key, value in a.items())
    a, b = own(a), own(b)
    if type(a) is type(b) and (type(a) in _EQUATED or isinstance(a, str)):
        return bool(a == b)
    if isinstance(a, Range) and isinstance(b, Range):
        return (
            a.start_included == b.start_included
            and a.end_included == b.end_included
            and equal(a.start, b.start, run, False) is True
            and equal(a.end, b.end, run, False) is True
        )
    if isinstance(a, FeelFunction) and isinstance(b, FeelFunction):
        return a.same_as(b)
    return _different(a, b, run, warn)


def key_of(value: object, run: Run) -> object:
    """Give what is hashable and equal for values that are equal, so that many are told apart without comparing all pairs.

    The opposite holds as well but for functions, whose key is the value itself.
    """
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is bool:
        return kind, value
    if isinstance(value, _NUMBER_TYPES):
        number = as_number(value)
        return (float, "nan") if number is None else number
    if isinstance(value, (list, tuple)):
        run.charge(6 + 2 * len(value))
        return list, tuple([key_of(item, run) for item in value])
    if isinstance(value, Mapping):
        run.charge(6 + 4 * len(value))
        return dict, frozenset([(name, key_of(item, run)) for name, item in value.items()])
    value = own(value)
    if isinstance(value, Range):
        return Range, key_of(value.start, run), key_of(value.end, run), value.start_included, value.end_included
    if isinstance(value, FeelFunction):
        return FeelFunction, value.parameters
    return type(value), value


def _different(a: object, b: object, run: Run, warn: bool) -> bool | None:
    if warn and run.warnings is not None:
        run.warn(f"Can't compare {type_name(a)} and {type_name(b)} with =.")
    return None


def strictly_equal(a: object, b: object, run: Run) -> bool:
    """Equality for looking things up in lists: never null, never a warning."""
    return equal(a, b, run, warn=False) is True


# Ranges and tests


def is_end(value: object, run: Run) -> bool:
    """Say whether a value can be an end of a range: a number, a string or a temporal value (DMN 1.5, 10.3.2.7)."""
    if type(value) is int or type(value) is str or _comparable(own(value), own(value)):
        return True
    run.warn(f"A range can't end at {type_name(value)}.")
    return False


def range_of(start: Any, end: Any, start_included: bool, end_included: bool, run: Run) -> Range | None:
    """Make a range; null if its ends are of different kinds or the wrong way round (DMN 1.5, 10.3.2.7).

    An end that is null stays null: nothing is surely in such a range.
    """
    for value in (start, end):
        if value is not None and not is_end(value, run):
            return None
    if start is None or end is None:
        if start is end:
            run.warn("A range of null to null is null.")
            return None
    elif order("<=", start, end, run) is not True:
        run.warn("A range goes from its lower end to its higher one.")
        return None
    return Range(start, end, start_included, end_included)


def contains(interval: Range, value: object, run: Run) -> bool | None:
    """Say whether a range holds a value: the conjunction of a comparison with either end (DMN 1.5, table 55)."""
    low: bool | None = True
    high: bool | None = True
    if not interval.start_unbounded:
        low = order(">=" if interval.start_included else ">", value, interval.start, run)
    if not interval.end_unbounded:
        high = order("<=" if interval.end_included else "<", value, interval.end, run)
    return both(low, high)


def matches_test(value: object, test: object, run: Run) -> bool | None:
    """Say whether an input fits the value of a test: it equals it, or is in that list or range."""
    if isinstance(test, Range):
        return equal(value, test, run) if isinstance(value, Range) else contains(test, value, run)
    if isinstance(test, (list, tuple)):
        if isinstance(value, (list, tuple)) and equal(value, test, run):
            return True
        run.charge(len(test))
        return any(
            matches_test(value, item, run) is True for item in test if not isinstance(item, (list, tuple))
        ) or any(strictly_equal(value, item, run) for item in test if isinstance(item, (list, tuple)))
    return equal(value, test, run)
