"""Values on their way out: as results, as FEEL's own text, as JSON.

A list may hold the same list many times over, so that what is small in memory is endless written out: every walk
pays for each element it meets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal

from laneway.expressions.run import Run
from laneway.expressions.temporal import temporal_text
from laneway.expressions.values import (
    FeelFunction,
    Range,
    YearMonthDuration,
    from_float,
    integral,
    normalise_number,
    number_text,
)

__all__ = ["text_of", "to_json_value", "to_result"]

_TEMPORAL = (date, time, timedelta, YearMonthDuration)


def to_result(value: object, run: Run) -> object:
    """Make a result natural for JSON: whole Decimals become int, floats Decimal; containers are copied only if needed."""
    kind = type(value)
    if kind is Decimal:
        assert isinstance(value, Decimal)
        return integral(value)
    if kind is float:
        assert isinstance(value, float)
        number = from_float(value)
        return None if number is None else integral(number)
    if kind is list:
        assert isinstance(value, list)
        run.charge(6 + 4 * len(value))
        items = [to_result(item, run) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if kind is dict:
        assert isinstance(value, dict)
        run.charge(4 + 3 * len(value))
        entries = {key: to_result(item, run) for key, item in value.items()}
        return entries if any(entries[key] is not item for key, item in value.items()) else value
    return value


def to_json_value(value: object, run: Run | None = None) -> object:
    """Make any value fit for JSON: temporal values, ranges and functions become the text that FEEL writes for them."""
    run = run or Run()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (Decimal, float)):
        return to_result(value, run)
    if isinstance(value, (list, tuple)):
        run.charge(6 + 4 * len(value))
        return [to_json_value(item, run) for item in value]
    if isinstance(value, Mapping):
        run.charge(4 + 4 * len(value))
        return {str(key): to_json_value(item, run) for key, item in value.items()}
    return text_of(value, run)


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
    if isinstance(value, _TEMPORAL):
        text = temporal_text(value)
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
