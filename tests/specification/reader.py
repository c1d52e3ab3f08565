"""Reads the cases: one line each, ``expression => expected``, in groups that begin with ``# section, what``.

Expected is ``null`` (``null!``: with a warning recorded), ``error`` (can't be read), ``function``, JSON, ``~ number`` (equal in
nine digits), or a temporal value or range as its kind and its text: ``date 2024-02-29``, ``time``, ``dt``, ``dtd``, ``ymd``,
``range``. ``given {…}`` on a line of its own binds names, in JSON, for the rest of the group. ``each … $ … except kinds``
stands for one case per kind of value that is not named, with ``$`` replaced by a value of it. In the cases of unary tests
``value :: test`` is a cell under an input. A line that begins with ``;`` is a comment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from laneway.expressions import ExpressionSyntaxError, feel, to_json_value
from laneway.expressions.values import type_name

CASES = Path(__file__).parent / "cases"

NOW = datetime(2024, 2, 29, 10, 20, 30, tzinfo=UTC)

KINDS = {
    "date": "date",
    "time": "time",
    "dt": "date and time",
    "dtd": "days and time duration",
    "ymd": "years and months duration",
    "range": "range",
}

SAMPLES = {
    "number": "7",
    "string": '"a"',
    "boolean": "true",
    "list": '[1, "b"]',
    "context": "{a: 1}",
    "date": '@"2024-02-29"',
    "time": '@"10:20:30"',
    "date and time": '@"2024-02-29T10:20:30"',
    "days and time duration": '@"P1DT2H"',
    "years and months duration": '@"P1Y2M"',
    "range": "[1..2]",
    "function": "(function(x) x)",
    "null": "null",
}


@dataclass(frozen=True)
class Case:
    expression: str
    expected: str
    line: int


@dataclass
class Group:
    name: str
    cases: list[Case] = field(default_factory=list)
    given: dict[str, object] = field(default_factory=dict)


def groups() -> Iterator[Group]:
    for path in sorted(CASES.glob("*.cases")):
        group = Group(path.stem)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("# "):
                if group.cases:
                    yield group
                group = Group(f"{path.stem}: {line[2:]}")
            elif line.startswith("given "):
                group.given |= json.loads(line[6:], parse_float=Decimal)
            elif line.strip() and not line.startswith(";"):
                expression, separator, expected = line.rpartition(" => ")
                assert separator, f"{path.name}:{number} has no ' => '"
                group.cases.extend(Case(one, expected.strip(), number) for one in _expanded(expression.strip()))
        yield group


def _expanded(expression: str) -> Iterator[str]:
    if not expression.startswith("each "):
        yield expression
        return
    body, _, left_out = expression[5:].partition(" except ")
    excluded = {kind.strip() for kind in left_out.split(",")} if left_out else set()
    assert excluded <= set(SAMPLES), excluded
    for kind, sample in SAMPLES.items():
        if kind not in excluded:
            yield body.strip().replace("$", sample)


def difference(case: Case, given: dict[str, object]) -> str | None:
    """Give what is wrong with the outcome of a case, or None."""
    warnings: list[str] = []
    value, separator, test = case.expression.partition(" :: ")
    try:
        if separator:
            result: object = feel.unary_test(test, feel.evaluate(value, given), given, NOW, warnings)
        else:
            result = feel.evaluate(case.expression, given, NOW, warnings)
    except ExpressionSyntaxError as error:
        return None if case.expected == "error" else f"can't be read: {error}"
    shown = f"{type_name(result)} {to_json_value(result)!r}"
    if case.expected == "null!" and result is None and not warnings:
        return "null without a warning"
    return None if _fits(result, case.expected) else shown


def _fits(result: object, expected: str) -> bool:
    word, _, rest = expected.partition(" ")
    if expected in ("null", "null!"):
        return result is None
    if expected == "error":
        return False
    if expected == "function":
        return type_name(result) == "function"
    if word in KINDS and rest:
        return type_name(result) == KINDS[word] and to_json_value(result) == rest
    if word == "~":
        return isinstance(result, (int, Decimal)) and abs(result / Decimal(rest) - 1) < Decimal("1e-9")
    return _same(to_json_value(result), json.loads(expected, parse_float=Decimal))


def _same(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    return one == other and isinstance(one, str) == isinstance(other, str)
