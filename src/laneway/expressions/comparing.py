"""Closures of arithmetic and comparison, quick where both sides are whole numbers or texts.

What is written out here instead of shared is what conditions in gateways and tables run through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laneway.expressions.compiler_core import Closure
from laneway.expressions.operators import ORDERINGS, arithmetic, equal, order
from laneway.expressions.run import Run, Scope
from laneway.expressions.values import INTEGER_LIMIT

__all__ = [
    "FAST",
    "binary",
    "counted_name",
    "equal_to",
    "equality",
    "inverse",
    "ordered_to_integer",
    "ordering",
]


def inverse(value: bool | None) -> bool | None:
    return None if value is None else not value


FAST: dict[str, Callable[[int, int], int]] = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}


def counted_name(name: str, step: int, whole: Closure) -> Closure:
    """``name + 1`` and its like, what loops count with: without a call for either side where the value is an int."""

    def counted(scope: Scope, run: Run) -> object:
        try:
            value = scope[name]
        except KeyError:
            return whole(scope, run)
        if type(value) is int and -INTEGER_LIMIT < (result := value + step) < INTEGER_LIMIT:
            return result
        return whole(scope, run)

    return counted


def binary(operator: str, left: Closure, right: Closure) -> Closure:
    if operator == "+":

        def add(scope: Scope, run: Run) -> object:
            a, b = left(scope, run), right(scope, run)
            if type(a) is int and type(b) is int and -INTEGER_LIMIT < (total := a + b) < INTEGER_LIMIT:
                return total
            return arithmetic("+", a, b, run)

        return add
    if operator in FAST:
        operate = FAST[operator]

        def fast(scope: Scope, run: Run) -> object:
            a, b = left(scope, run), right(scope, run)
            if type(a) is int and type(b) is int and -INTEGER_LIMIT < (result := operate(a, b)) < INTEGER_LIMIT:
                return result
            return arithmetic(operator, a, b, run)

        return fast
    return lambda scope, run: arithmetic(operator, left(scope, run), right(scope, run), run)


def equal_to(left: Closure, constant: Any, inverted: bool) -> Closure:
    kind = type(constant)
    if kind is str or kind is int:
        if inverted:

            def unlike(scope: Scope, run: Run) -> object:
                value = left(scope, run)
                return value != constant if type(value) is kind else inverse(equal(value, constant, run))

            return unlike

        def like(scope: Scope, run: Run) -> object:
            value = left(scope, run)
            return value == constant if type(value) is kind else equal(value, constant, run)

        return like
    if inverted:
        return lambda scope, run: inverse(equal(left(scope, run), constant, run))
    return lambda scope, run: equal(left(scope, run), constant, run)


def equality(left: Closure, right: Closure, inverted: bool) -> Closure:
    if inverted:
        return lambda scope, run: inverse(equal(left(scope, run), right(scope, run), run))
    return lambda scope, run: equal(left(scope, run), right(scope, run), run)


def ordered_to_integer(operator: str, left: Closure, constant: int) -> Closure:
    # Written out, because a call of operator.gt costs as much as the rest together.
    if operator == ">":

        def above(scope: Scope, run: Run) -> object:
            value = left(scope, run)
            return value > constant if type(value) is int else order(">", value, constant, run)

        return above
    if operator == ">=":

        def at_least(scope: Scope, run: Run) -> object:
            value = left(scope, run)
            return value >= constant if type(value) is int else order(">=", value, constant, run)

        return at_least
    if operator == "<":

        def below(scope: Scope, run: Run) -> object:
            value = left(scope, run)
            return value < constant if type(value) is int else order("<", value, constant, run)

        return below

    def at_most(scope: Scope, run: Run) -> object:
        value = left(scope, run)
        return value <= constant if type(value) is int else order("<=", value, constant, run)

    return at_most


def ordering(operator: str, left: Closure, right: Closure) -> Closure:
    compare = ORDERINGS[operator]

    def compared(scope: Scope, run: Run) -> object:
        a, b = left(scope, run), right(scope, run)
        return compare(a, b) if type(a) is int and type(b) is int else order(operator, a, b, run)

    return compared
