"""Functions on lists (DMN 1.5, 10.3.4.4). Positions count from 1, or from the end when negative; no list is changed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key
from math import log2
from typing import Any

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.operators import arithmetic, as_number, order, strictly_equal
from laneway.expressions.run import Run
from laneway.expressions.temporal import TEMPORAL, DayTimeDuration, YearMonthDuration, own
from laneway.expressions.values import NUMBERS, FeelFunction

__all__: list[str] = []

Items = list[object]
Position = int | Decimal


@builtin("list contains(list: list, element: any)")
def list_contains(run: Run, items: Items, element: object) -> object:
    run.charge(len(items))
    return any(strictly_equal(item, element, run) for item in items)


@builtin("count(list: list)")
def count(run: Run, items: Items) -> object:
    return len(items)


@builtin("is empty(list: list)")
def is_empty(run: Run, items: Items) -> object:
    """True for a list without elements (Camunda's extension)."""
    return not items


def _extreme(items: Items, operator: str, run: Run) -> object:
    run.charge(2 * len(items))
    best: object = None
    for position, item in enumerate(items):
        if position == 0:
            best = item
            continue
        better = order(operator, item, best, run)
        if better is None:
            return UNFIT
        if better:
            best = item
    if isinstance(best, bool) or not isinstance(own(best), (int, Decimal, float, str, *TEMPORAL)):
        return None if best is None and not items else UNFIT
    return best


@builtin("min(list: list)")
@builtin("min(*c: any)")
def minimum(run: Run, items: Items) -> object:
    return _extreme(items, "<", run)


@builtin("max(list: list)")
@builtin("max(*c: any)")
def maximum(run: Run, items: Items) -> object:
    return _extreme(items, ">", run)


@builtin("sum(list: list)")
@builtin("sum(*n: any)")
def total(run: Run, items: Items) -> object:
    if not items:
        return None
    run.charge(2 * len(items))
    result = own(items[0])
    if as_number(result) is None and not isinstance(result, (DayTimeDuration, YearMonthDuration)):
        return UNFIT
    for item in items[1:]:
        result = arithmetic("+", result, item, run)
        if result is None:
            return UNFIT
    return result


def _numbers(items: Items, run: Run) -> list[int | Decimal] | None:
    run.charge(8 * len(items))
    numbers = [number for number in map(as_number, items) if number is not None]
    return numbers if len(numbers) == len(items) and numbers else None


def _numeric(name: str, compute: Callable[[list[int | Decimal]], object]) -> None:
    """Register a function that takes a list of numbers, or the numbers themselves."""

    def apply(run: Run, items: Items) -> object:
        if not items:
            return [] if name == "mode" else None
        numbers = _numbers(items, run)
        return UNFIT if numbers is None else compute(numbers)

    builtin(f"{name}(*n: any)")(builtin(f"{name}(list: list)")(apply))


def _sum(numbers: list[int | Decimal]) -> Decimal:
    result = Decimal(0)
    for number in numbers:
        result = NUMBERS.add(result, number)
    return result


def _mean(numbers: list[int | Decimal]) -> Decimal:
    return NUMBERS.divide(_sum(numbers), Decimal(len(numbers)))


def _product(numbers: list[int | Decimal]) -> Decimal | None:
    result = Decimal(1)
    for number in numbers:
        result = NUMBERS.multiply(result, number)
    return result if result.is_finite() else None


def _median(numbers: list[int | Decimal]) -> object:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else _mean(ordered[middle - 1 : middle + 1])


def _standard_deviation(numbers: list[int | Decimal]) -> Decimal | None:
    if len(numbers) < 2:
        return None
    mean = _mean(numbers)
    squares: list[int | Decimal] = [NUMBERS.power(NUMBERS.subtract(number, mean), 2) for number in numbers]
    return NUMBERS.sqrt(NUMBERS.divide(_sum(squares), Decimal(len(numbers) - 1)))


def _mode(numbers: list[int | Decimal]) -> Items:
    counts: dict[int | Decimal, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values())
    return [*sorted(number for number, times in counts.items() if times == most)]


_numeric("mean", _mean)
_numeric("product", _product)
_numeric("median", _median)
_numeric("stddev", _standard_deviation)
_numeric("mode", _mode)


@builtin("append(list: list, *item: any)")
def append(run: Run, items: Items, added: Items) -> object:
    run.charge_list(len(items) + len(added))
    return items + added


@builtin("concatenate(*list: list)")
def concatenate(run: Run, lists: Items) -> object:
    result: Items = []
    for items in lists:
        if items is None:
            return UNFIT
        piece = items if isinstance(items, list) else [items]
        run.charge_list(len(result) + len(piece))
        result.extend(piece)
    return result


@builtin("union(*list: list)")
def union(run: Run, lists: Items) -> object:
    joined = concatenate(run, lists)
    return distinct_values(run, joined) if isinstance(joined, list) else joined


@builtin("distinct values(list: list)")
def distinct_values(run: Run, items: Items) -> object:
    run.charge(len(items))
    seen: set[object] = set()
    others: Items = []
    result: Items = []
    for item in items:
        if item is None or isinstance(item, (str, bool, int, Decimal, float)):
            key = (type(item), item) if item is None or isinstance(item, (str, bool)) else as_number(item)
            if key in seen:
                continue
            seen.add(key)
        else:
            run.charge(8 * len(others))
            if any(strictly_equal(item, other, run) for other in others):
                continue
            others.append(item)
        result.append(item)
    return result


@builtin("duplicate values(list: list)")
def duplicate_values(run: Run, items: Items) -> object:
    """Values that occur more than once (Camunda's extension)."""
    run.charge(len(items) * len(items))
    repeated = [
        item
        for position, item in enumerate(items)
        if any(strictly_equal(item, other, run) for other in items[:position])
    ]
    return distinct_values(run, repeated)


@builtin("flatten(list: list)")
def flatten(run: Run, items: Items) -> object:
    result: Items = []

    def collect(nested: Items) -> None:
        run.charge_list(len(result) + len(nested))
        for item in nested:
            if isinstance(item, list):
                collect(item)
            else:
                result.append(item)

    collect(items)
    return result


@builtin("reverse(list: list)")
def reverse(run: Run, items: Items) -> object:
    run.charge(len(items))
    return items[::-1]


@builtin("index of(list: list, match: any)")
def index_of(run: Run, items: Items, match: object) -> object:
    run.charge(len(items))
    return [position for position, item in enumerate(items, 1) if strictly_equal(item, match, run)]


def _offset(items: Items, position: Position, run: Run) -> int | None:
    """Turn a FEEL position into a Python index."""
    index = int(position)
    if index == 0 or abs(index) > len(items):
        run.warn(f"There is no position {index} in a list of {len(items)}; the first one is 1.")
        return None
    return index - 1 if index > 0 else len(items) + index


@builtin("insert before(list: list, position: number, newItem: any)")
def insert_before(run: Run, items: Items, position: Position, new_item: object) -> object:
    offset = _offset(items, position, run)
    run.charge_list(len(items) + 1)
    return None if offset is None else [*items[:offset], new_item, *items[offset:]]


@builtin("remove(list: list, position: number)")
def remove(run: Run, items: Items, position: Position) -> object:
    offset = _offset(items, position, run)
    run.charge(len(items))
    return None if offset is None else items[:offset] + items[offset + 1 :]


@builtin("list replace(list: list, match: function, newItem: any)")
def list_replace_matching(run: Run, items: Items, match: FeelFunction, new_item: object) -> object:
    run.charge(2 * len(items))
    outcomes = [match.invoke(run, [item, new_item]) if len(match.parameters) == 2 else None for item in items]
    if not all(isinstance(outcome, bool) for outcome in outcomes):
        return UNFIT
    return [new_item if outcome else item for item, outcome in zip(items, outcomes, strict=True)]


@builtin("list replace(list: list, position: number, newItem: any)")
def list_replace(run: Run, items: Items, position: Position, new_item: object) -> object:
    offset = _offset(items, position, run)
    run.charge(len(items))
    return None if offset is None else [*items[:offset], new_item, *items[offset + 1 :]]


@builtin("sublist(list: list, start position: number, length?: number)")
def sublist(run: Run, items: Items, start: Position, length: Position | None) -> object:
    offset = _offset(items, start, run)
    if offset is None:
        return None
    run.charge(len(items))
    if length is None:
        return items[offset:]
    if length < 1 or offset + int(length) > len(items):
        run.warn(f"sublist: there are no {length} elements from there.")
        return None
    return items[offset : offset + int(length)]


@builtin("partition(list: list, size: number)")
def partition(run: Run, items: Items, size: Position) -> object:
    """Pieces of a list, each of ``size`` elements but the last (Camunda's extension)."""
    if size < 1:
        return UNFIT
    run.charge(2 * len(items))
    width = int(size)
    return [items[start : start + width] for start in range(0, len(items), width)]


@builtin("sort(list: list, precedes?: function)")
def sort(run: Run, items: Items, precedes: FeelFunction | None) -> object:
    """Stable; without a function by the order of the values."""
    run.charge(6 * int(len(items) * (log2(len(items)) if len(items) > 1 else 1)))

    def before(a: object, b: object) -> bool:
        if precedes is None:
            return order("<", a, b, run) is True
        return precedes.invoke(run, [a, b]) is True

    def compare(a: Any, b: Any) -> int:
        if before(a, b):
            return -1
        return 1 if before(b, a) else 0

    if precedes is not None and len(precedes.parameters) != 2 and precedes.parameters != ("…",):
        return UNFIT
    return sorted(items, key=cmp_to_key(compare))
