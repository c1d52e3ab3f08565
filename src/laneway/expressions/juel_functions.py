"""The functions that JUEL may call: Camunda 7's ``now()`` and its like, Spin's ``S()``, Flowable's ``variables:…``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from laneway.domain.errors import InvalidInput
from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.juel_dates import moment_of
from laneway.expressions.juel_values import equals, is_empty, ordered
from laneway.expressions.run import Run, Scope
from laneway.expressions.values import type_name
from laneway.json_gate import loads

__all__ = ["FUNCTIONS", "PREFIXES", "VARIABLE_FUNCTIONS", "VARIABLE_PREFIXES"]

_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?", re.ASCII)


def _json(run: Run, value: object) -> object:
    """Read a text of JSON; what is no text is JSON already, for variables here are."""
    if not isinstance(value, str):
        return value
    run.charge_text(4 * len(value))
    run.charge(len(value) // 4)
    try:
        return loads(value.encode("utf-8", "replace"))
    except InvalidInput as error:
        raise ExpressionEvaluationError(f"The text can't be read as JSON: {error}.") from error


def _now(run: Run) -> object:
    return run.now


FUNCTIONS: dict[str, tuple[int, Callable[..., object]]] = {
    "now": (0, _now),
    "dateTime": (0, _now),
    "S": (1, _json),
    "JSON": (1, _json),
}
"""Functions with the number of their arguments."""


def _each(test: Callable[[list[bool]], bool]) -> Callable[..., object]:
    def contains(run: Run, value: object, *others: object) -> bool:
        if isinstance(value, str):
            inside = [isinstance(one, str) and one in value for one in others]
            run.charge_text(len(value) * len(others))
        elif isinstance(value, list):
            run.charge(len(value) * len(others))
            inside = [any(equals(item, one, run) for item in value) for one in others]
        elif value is None:
            return False
        else:
            raise ExpressionEvaluationError(f"A text or a list is needed, not a {type_name(value)}.")
        return test(inside)

    return contains


def _compared(operator: str) -> Callable[..., object]:
    return lambda run, value, other: value is not None and other is not None and ordered(operator, value, other, run)


def _date(run: Run, value: object) -> object:
    """Read a date of Flowable's editor, ``2026-01-31`` or with a time behind it."""
    moment = moment_of(value)
    if moment is None:
        raise ExpressionEvaluationError(
            f"A date is needed, not a {type_name(value)}.", hint="Write it as '2026-01-31' or '2026-01-31T12:00:00Z'."
        )
    return moment


def _values(run: Run, value: object) -> list[object]:
    """Read the values to look for: a list, one value, or a text with commas, each part in quotes or a number."""
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        return [value]
    run.charge_text(len(value))
    return [_part(part.strip()) for part in value.split(",")] if "," in value else [value]


def _part(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _same(item: object, wanted: object, run: Run) -> bool:
    """Compare an item of a collection with a value that may have been written as a text."""
    if isinstance(item, str) == isinstance(wanted, str):
        return equals(item, wanted, run)
    if isinstance(wanted, str) and _NUMBER.fullmatch(wanted) and isinstance(item, (int, Decimal)):
        return not isinstance(item, bool) and item == Decimal(wanted)
    return False


def _collection(test: Callable[[list[bool]], bool]) -> Callable[..., object]:
    def about(run: Run, collection: object, value: object) -> bool:
        if collection is None:
            return test([False])
        items = collection if isinstance(collection, list) else [collection]
        wanted = _values(run, value)
        run.charge(len(items) * len(wanted))
        return test([any(_same(item, one, run) for item in items) for one in wanted])

    return about


FUNCTIONS |= {
    "fn_date": (1, _date),
    "date:toDate": (1, _date),
    "fn_now": (0, _now),
    "date:now": (0, _now),
    **dict.fromkeys(("collection:contains", "collection:allOf"), (2, _collection(all))),
    **dict.fromkeys(("collection:containsAny", "collection:anyOf"), (2, _collection(any))),
    **dict.fromkeys(("collection:notContains", "collection:notAllOf"), (2, _collection(lambda found: not all(found)))),
    **dict.fromkeys(("collection:notContainsAny", "collection:noneOf"), (2, _collection(lambda found: not any(found)))),
}
"""What Flowable's editor of decision tables writes (Flowable documentation, DMN: date and collection operators)."""
PREFIXES = ("date", "collection")
VARIABLE_PREFIXES = ("variables", "vars", "var")
_GIVEN: tuple[tuple[str, tuple[int, int], Callable[..., object]], ...] = (
    ("get", (0, 0), lambda run, value: value),
    ("getOrDefault", (1, 1), lambda run, value, other: other if value is None else value),
    ("exists exist", (0, 0), lambda run, value: value is not None),
    ("isEmpty empty", (0, 0), lambda run, value: is_empty(value)),
    ("isNotEmpty notEmpty", (0, 0), lambda run, value: not is_empty(value)),
    ("equals eq", (1, 1), lambda run, value, other: equals(value, other, run)),
    ("notEquals ne", (1, 1), lambda run, value, other: not equals(value, other, run)),
    ("lowerThan lessThan lt", (1, 1), _compared("<")),
    ("lowerThanOrEquals lessThanOrEquals lte", (1, 1), _compared("<=")),
    ("greaterThan gt", (1, 1), _compared(">")),
    ("greaterThanOrEquals gte", (1, 1), _compared(">=")),
    ("contains", (1, 100), _each(all)),
    ("containsAny", (1, 100), _each(any)),
)
VARIABLE_FUNCTIONS = {name: (counts, function) for names, counts, function in _GIVEN for name in names.split()}
"""Flowable's functions of a variable that need not be there, with how many arguments come after its name."""


def variable_of(scope: Scope | Mapping[str, object], name: str) -> object:
    try:
        return scope[name]
    except KeyError:
        return None
