"""Whether a value is as a case expects it. The tests are those of the API's searches, and three of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

ABSENT = object()
"""Stands for a variable that does not exist, which is something else than null."""


def mismatch(expected: Any, actual: Any) -> str | None:
    """None if ``actual`` is as ``expected``; else what was expected and what was found, in words.

    A mapping whose keys all begin with ``$`` is a set of tests that must all hold; everything else must be equal, numbers
    by value.
    """
    if _is_test(expected):
        for name, operand in expected.items():
            test = TESTS.get(name)
            if test is None:
                return f"there is no test {name}; known are {', '.join(TESTS)}"
            if not test(operand, actual):
                return f"expected {name} {show(operand)}, found {show(actual)}"
        return None
    return None if same(expected, actual) else f"expected {show(expected)}, found {show(actual)}"


def lookup(variables: Mapping[str, Any], path: str) -> Any:
    """The value at ``draft.sources.0.name``, or ABSENT. A variable whose name has dots comes first."""
    if path in variables:
        return variables[path]
    value: Any = variables
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.lstrip("-").isdigit() and -len(value) <= int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, Mapping):
        return (
            isinstance(actual, Mapping)
            and expected.keys() == actual.keys()
            and all(same(value, actual[key]) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(same(one, other) for one, other in zip(expected, actual, strict=True))
        )
    return bool(expected == actual)


def show(value: Any) -> str:
    """``value`` on one line, for a message."""
    if value is ABSENT:
        return "nothing"
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(show(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {show(item)}" for key, item in value.items()) + "}"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:200] + "…"


def _is_test(expected: Any) -> bool:
    return isinstance(expected, Mapping) and bool(expected) and all(str(key).startswith("$") for key in expected)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(operand: Any, actual: Any) -> bool:
        numbers = all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in (operand, actual))
        texts = isinstance(operand, str) and isinstance(actual, str)
        return (numbers or texts) and compare(actual, operand)

    return test


def _contains(operand: Any, actual: Any) -> bool:
    if isinstance(actual, str):
        return str(operand).lower() in actual.lower()
    if isinstance(actual, list):
        return any(same(operand, item) for item in actual)
    return isinstance(actual, Mapping) and operand in actual


def _length(operand: Any, actual: Any) -> bool:
    return isinstance(actual, str | list | dict) and mismatch(operand, len(actual)) is None


TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": same,
    "$neq": lambda operand, actual: not same(operand, actual),
    "$gt": _ordered(lambda actual, operand: actual > operand),
    "$gte": _ordered(lambda actual, operand: actual >= operand),
    "$lt": _ordered(lambda actual, operand: actual < operand),
    "$lte": _ordered(lambda actual, operand: actual <= operand),
    "$in": lambda operand, actual: any(same(item, actual) for item in operand),
    "$notIn": lambda operand, actual: not any(same(item, actual) for item in operand),
    "$exists": lambda operand, actual: (actual is not ABSENT) == operand,
    "$contains": _contains,
    "$matches": lambda operand, actual: isinstance(actual, str) and re.search(operand, actual) is not None,
    "$length": _length,
}
"""Test name → whether it holds, given its operand and the value."""
