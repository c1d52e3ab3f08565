"""Values on their way out: as results, as FEEL's own text, as JSON.

A list may hold the same list many times over, so that what is small in memory is endless written out: results are
counted as if they were, and writing text pays for each element.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.limits import MAX_RESULT_ELEMENTS
from laneway.expressions.run import Run
from laneway.expressions.temporal import TEMPORAL, native, own
from laneway.expressions.values import (
    FeelFunction,
    Range,
    from_float,
    integral,
    normalise_number,
    number_text,
)

__all__ = ["text_of", "to_json_value", "to_result"]

_PLAIN = frozenset({str, int, bool, type(None)})


def to_result(value: object) -> object:
    """Make a result natural for JSON: whole Decimals become int, floats Decimal, temporal values Python's own
    where these are exact; containers are copied only if needed.

    Raises
    ------
    ExpressionEvaluationError
        Written out it would have more than ``MAX_RESULT_ELEMENTS`` elements.
    """
    kind = type(value)
    if kind is bool or kind is str or kind is int or value is None:
        return value
    return _bounded(_Walk(json=False).convert(value))


def to_json_value(value: object) -> object:
    """Make any value fit for JSON: temporal values, ranges and functions become the text that FEEL writes for them.

    Raises
    ------
    ExpressionEvaluationError
        Written out it would have more than ``MAX_RESULT_ELEMENTS`` elements, or is nested too deeply.
    """
    if type(value) in _PLAIN:
        return value
    try:
        return _bounded(_Walk(json=True).convert(value))
    except RecursionError:
        raise ExpressionEvaluationError("The value is nested too deeply.", code="expression_budget") from None


def _bounded(converted: tuple[object, int]) -> object:
    value, size = converted
    if size > MAX_RESULT_ELEMENTS:
        raise ExpressionEvaluationError(
            f"The result has more than {MAX_RESULT_ELEMENTS} elements.",
            code="expression_budget",
            hint="A list is repeated inside itself; give back less of it.",
        )
    return value


class _Walk:
    """Converts a value and counts its elements as if written out; what is shared is walked once."""

    __slots__ = ("json", "seen")

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self.seen: dict[int, tuple[object, int]] = {}

    def convert(self, value: object) -> tuple[object, int]:
        kind = type(value)
        if kind is list or kind is dict:
            known = self.seen.get(id(value))
            if known is None:
                known = self.list(value) if isinstance(value, list) else self.dict(cast("Mapping[str, object]", value))
                self.seen[id(value)] = known
            return known
        if isinstance(value, Decimal):
            return integral(value) if value.is_finite() else None, 1
        if isinstance(value, float):
            number = from_float(value)
            return None if number is None else integral(number), 1
        if value is None or isinstance(value, (bool, int, str)):
            return value, 1
        if not self.json:
            return (_native_range(value) if isinstance(value, Range) else native(value)), 1
        if isinstance(value, tuple):
            return self.list(value)
        if isinstance(value, Mapping):
            return self.dict(value)
        return text_of(value, Run()), 1

    def list(self, value: Sequence[object]) -> tuple[object, int]:
        size = 1 + len(value)
        changes: dict[int, object] = {}
        for index, item in enumerate(value):
            if type(item) not in _PLAIN:
                new, inner = self.convert(item)
                size += inner - 1
                if new is not item:
                    changes[index] = new
        if not changes and type(value) is list:
            return value, size
        return [changes.get(index, item) for index, item in enumerate(value)], size

    def dict(self, value: Mapping[str, object]) -> tuple[object, int]:
        size = 1 + len(value)
        changes: dict[str, object] = {}
        for key, item in value.items():
            if type(item) not in _PLAIN:
                new, inner = self.convert(item)
                size += inner - 1
                if new is not item:
                    changes[key] = new
        if not changes and type(value) is dict:
            return value, size
        return {str(key): changes.get(key, item) for key, item in value.items()}, size


def _native_range(value: Range) -> Range:
    start, end = native(value.start), native(value.end)
    return value if start is value.start and end is value.end else replace(value, start=start, end=end)


def text_of(value: object, run: Run, *, nested: bool = False) -> str:
    """Write a value as FEEL does; inside lists and contexts strings stand in quotes."""
    if isinstance(value, str):
        run.charge_text(len(value))
        if not nested:
            return value
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal, float)):
        number = normalise_number(value)
        text = "null" if number is None else number_text(number)
        run.charge_text(len(text))
        run.charge(20)
        return text
    value = own(value)
    if isinstance(value, TEMPORAL):
        text = str(value)
        return f'@"{text}"' if nested else text
    if isinstance(value, (list, tuple)):
        run.charge(8 + 5 * len(value))
        return _joined("[", [text_of(item, run, nested=True) for item in value], "]", run)
    if isinstance(value, Mapping):
        run.charge(8 + 12 * len(value))
        entries = [f"{_key(str(key))}: {text_of(item, run, nested=True)}" for key, item in value.items()]
        return _joined("{", entries, "}", run)
    if isinstance(value, Range):
        return _range_text(value, run)
    if isinstance(value, FeelFunction):
        return str(value)
    return ""


def _joined(opening: str, pieces: list[str], closing: str, run: Run) -> str:
    run.charge_text(sum(map(len, pieces)) + 2 * len(pieces))
    return opening + ", ".join(pieces) + closing


def _key(name: str) -> str:
    return name if name.replace(" ", "_").isidentifier() else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _range_text(value: Range, run: Run) -> str:
    if value.start_unbounded:
        return f"({'<=' if value.end_included else '<'} {text_of(value.end, run, nested=True)})"
    if value.end_unbounded:
        return f"({'>=' if value.start_included else '>'} {text_of(value.start, run, nested=True)})"
    start, end = text_of(value.start, run, nested=True), text_of(value.end, run, nested=True)
    return f"{'[' if value.start_included else '('}{start}..{end}{']' if value.end_included else ')'}"
