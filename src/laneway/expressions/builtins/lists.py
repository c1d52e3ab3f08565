"""Functions on lists (DMN 1.5, 10.3.4.4). Positions count from 1, or from the end when negative; no list is changed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.operators import as_number, key_of, order, strictly_equal
from laneway.expressions.run import Run
from laneway.expressions.temporal import TEMPORAL, own
from laneway.expressions.values import NUMBERS, FeelFunction, normalise_number

__all__: list[str] = []

Items = list[object]
Position = int | Decimal


@builtin("list contains(list: list, element: any)")
def list_contains(run: Run, items: Items, element: object) -> object:
    run.charge(2 * len(items))
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
@builtin("min(*c: each)")
def minimum(run: Run, items: Items) -> object:
    return _extreme(items, "<", run)


@builtin("max(list: list)")
@builtin("max(*c: each)")
def maximum(run: Run, items: Items) -> object:
    return _extreme(items, ">", run)


@builtin("sum(list: list)")
@builtin("sum(*n: each)")
def total(run: Run, items: Items) -> object:
    if not items:
        return None
    numbers = _numbers(items, run)
    if numbers is None:
        return UNFIT
    if all(type(number) is int for number in numbers):
        return normalise_number(sum(numbers))
    result = _sum(numbers)
    return result if result.is_finite() else UNFIT


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

    builtin(f"{name}(*n: each)")(builtin(f"{name}(list: list)")(apply))


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
    if any(items is None for items in lists):
        return UNFIT
    pieces = [items if isinstance(items, list) else [items] for items in lists]
    run.charge_list(sum(map(len, pieces)) + len(pieces))
    return [item for piece in pieces for item in piece]


@builtin("union(*list: list)")
def union(run: Run, lists: Items) -> object:
    joined = concatenate(run, lists)
    return distinct_values(run, joined) if isinstance(joined, list) else joined


class _Seen:
    """Values that were met, found again without comparing with each of them; functions are compared one by one."""

    def __init__(self) -> None:
        self.keys: set[object] = set()
        self.functions: Items = []

    def add(self, item: object, run: Run) -> bool:
        """Note a value and say whether an equal one was there before."""
        if isinstance(item, FeelFunction):
            run.charge(8 * len(self.functions))
            if any(strictly_equal(item, other, run) for other in self.functions):
                return True
            self.functions.append(item)
            return False
        before = len(self.keys)
        self.keys.add(key_of(item, run))
        return len(self.keys) == before


@builtin("distinct values(list: list)")
def distinct_values(run: Run, items: Items) -> object:
    run.charge(2 * len(items))
    seen = _Seen()
    return [item for item in items if not seen.add(item, run)]


@builtin("duplicate values(list: list)")
def duplicate_values(run: Run, items: Items) -> object:
    """Values that occur more than once, in the order of their first occurrences (Camunda's extension)."""
    run.charge(3 * len(items))
    later, earlier = _Seen(), _Seen()
    repeated = [later.add(item, run) for item in reversed(items)]
    # Every element is noted, so that each value comes once.
    new = [not earlier.add(item, run) for item in items]
    return [item for item, again, first in zip(items, reversed(repeated), new, strict=True) if first and again]


@builtin("flatten(list: list)")
def flatten(run: Run, items: Items) -> object:
    result: Items = []

    def collect(nested: Items) -> None:
        run.charge(2 + 2 * len(nested))
        for item in nested:
            if isinstance(item, list):
                collect(item)
            else:
                result.append(item)

    collect(items)
    run.charge_list(len(result))
    return result


@builtin("reverse(list: list)")
def reverse(run: Run, items: Items) -> object:
    run.charge(len(items))
    return items[::-1]


@builtin("index of(list: list, match: any)")
def index_of(run: Run, items: Items, match: object) -> object:
    run.charge(2 * len(items))
    return [position for position, item in enumerate(items, 1) if strictly_equal(item, match, run)]


def _offset(items: Items, position: int, run: Run) -> int | None:
    """Turn a FEEL position into a Python index."""
    if position == 0 or abs(position) > len(items):
        run.warn(f"There is no position {position} in a list of {len(items)}; the first one is 1.")
        return None
    return position - 1 if position > 0 else len(items) + position


@builtin("insert before(list: list, position: integer, newItem: any)")
def insert_before(run: Run, items: Items, position: int, new_item: object) -> object:
    offset = _offset(items, position, run)
    run.charge_list(len(items) + 1)
    return None if offset is None else [*items[:offset], new_item, *items[offset:]]


@builtin("remove(list: list, position: integer)")
def remove(run: Run, items: Items, position: int) -> object:
    offset = _offset(items, position, run)
    run.charge(len(items))
    return None if offset is None else items[:offset] + items[offset + 1 :]


def _takes_two(function: FeelFunction) -> bool:
    return len(function.parameters) == 2 or function.parameters == ("…",)


@builtin("list replace(list: list, match: function, newItem: any)")
def list_replace_matching(run: Run, items: Items, match: FeelFunction, new_item: object) -> object:
    if not _takes_two(match):
        return UNFIT
    run.charge(2 * len(items))
    outcomes = [match.invoke(run, [item, new_item]) for item in items]
    if not all(isinstance(outcome, bool) for outcome in outcomes):
        return UNFIT
    return [new_item if outcome else item for item, outcome in zip(items, outcomes, strict=True)]


@builtin("list replace(list: list, position: integer, newItem: any)")
def list_replace(run: Run, items: Items, position: int, new_item: object) -> object:
    offset = _offset(items, position, run)
    run.charge(len(items))
    return None if offset is None else [*items[:offset], new_item, *items[offset + 1 :]]


@builtin("sublist(list: list, start position: integer, length?: integer)")
def sublist(run: Run, items: Items, start: int, length: int | None) -> object:
    offset = _offset(items, start, run)
    if offset is None:
        return None
    run.charge(len(items))
    if length is None:
        return items[offset:]
    if length < 1 or offset + length > len(items):
        run.warn(f"sublist: there are no {length} elements from there.")
        return None
    return items[offset : offset + length]


@builtin("partition(list: list, size: number)")
def partition(run: Run, items: Items, size: Position) -> object:
    """Pieces of a list, each of ``size`` elements but the last (Camunda's extension)."""
    if size < 1:
        return UNFIT
    run.charge(2 * len(items))
    width = int(size)
    return [items[start : start + width] for start in range(0, len(items), width)]


@builtin("sort(list: list, precedes: function)")
def sort(run: Run, items: Items, precedes: FeelFunction) -> object:
    """Stable; ``precedes`` says of two elements whether the first comes before the second (DMN 1.5, 10.3.4.11)."""
    if not _takes_two(precedes):
        return UNFIT
    invoke, unfit = precedes.invoke, False

    def compare(a: object, b: object) -> int:
        # Python only asks whether a comes before b.
        nonlocal unfit
        run.charge(2)
        outcome = invoke(run, [a, b])
        unfit = unfit or not (outcome is None or isinstance(outcome, bool))
        return -1 if outcome is True else 0

    result = sorted(items, key=cmp_to_key(compare))
    return UNFIT if unfit else result
