"""What must hold for every text: it is read, compiled and evaluated soon, or refused with an ``ExpressionError``.

``make fuzz`` feeds these from atheris, which looks for texts that reach new code; ``test_fuzz`` from a random walk of a few
seconds. Bytes become a text either as they are (UTF-8) or as places in a list of what FEEL and JUEL are made of.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from laneway.expressions import ExpressionError, feel, to_json_value
from laneway.expressions.builtins import BUILTINS
from laneway.expressions.juel import compile_composite, compile_juel
from laneway.expressions.names import KEYWORDS
from laneway.expressions.parser import parse, parse_unary_tests
from laneway.expressions.printer import to_text

__all__ = ["FRAGMENTS", "SCOPE", "Changed", "TooSlow", "check", "text_of"]

SECONDS_PER_INPUT = 5.0
"""Generous, for a machine that does other things too; the budgets end everything within about 0.1 s."""

SCOPE: Mapping[str, object] = {
    "a": 1, "b": "text", "c": [1, 2, 3], "d": {"e": {"f": None}, "a-b": 2}, "Monthly Salary": 10, "a-b": 3,
    "Profit and Loss": -1, "?ok": True, "list": [{"a": 1, "b": 2}, {"a": None}], "date": "2026-01-31", "n": None,
}  # fmt: skip

_WORDS = sorted(KEYWORDS | {
    "not", "item", "partial", "is", "list", "number", "string", "boolean", "context", "range", "date", "time", "Any", "eq", "ne", "lt",
    "gt", "empty", "div", "mod",
})  # fmt: skip

FRAGMENTS = (
    *"()[]{}<>+-*/.,:?=@\"'`\\ \n_!;&|%^#$0159abcdeinxyz",
    *("**", "..", "<=", ">=", "!=", "->", "//", "/*", "*/", "1..", "..5", "[1..5]", "]1..5[", "(1..5)", "(< 5)", ".5", "1e5", "007"),
    *(f" {word} " for word in _WORDS),
    *(f"{name}(" for name in BUILTINS),
    *('"abc"', '"\\u00e9"', '"\\U01F40E"', '"(a|b)*c"', '"\\ud83d\\udc0e"', '@"2026-01-31"', '@"2026-01-31T10:30:00Z"', '@"P1D"'),
    *('@"10:30:00"', '@"P1Y2M"', "9999999999", "1.000000001", "e99", "e-99", "Monthly Salary", "Profit and Loss", "a-b", "?ok"),
    *("date and time", "years and months duration", "list<", "context<a:", "function<", "${", "#{", "}", ".size()", ".contains("),
    *("d.e.f", "c[", "list[a", "{a:", '{"a b":', "function(x)", "function(x:number)", "for x in ", "some x in ", "if a then ", " else "),
    *("“", "’", "é", "🐎", "\u00a0", "\ufeff", "\x00", "\ud800", "×", "€"),
)  # fmt: skip


class Changed(AssertionError):
    """What was printed means something else."""


class TooSlow(AssertionError):
    """An input took longer than any may."""


def text_of(data: bytes) -> str:
    """Make a text of bytes: the first says how."""
    if not data:
        return ""
    if data[0] % 4 == 0:
        return data[1:].decode("utf-8", "surrogateescape")
    # Two bytes each, since there are more pieces than a byte can tell apart.
    places = (int.from_bytes(data[start : start + 2]) for start in range(1, len(data), 2))
    return "".join(FRAGMENTS[place % len(FRAGMENTS)] for place in places)


def check(data: bytes) -> None:
    """Put one input through everything that takes text from outside."""
    text = text_of(data)
    began = time.perf_counter()
    for use in (_expression, _unary_tests, _printed, _juel):
        try:
            use(text)
        except ExpressionError:
            continue
    spent = time.perf_counter() - began
    if spent > SECONDS_PER_INPUT:
        raise TooSlow(f"{spent:.1f} s for {text!r}")


def _expression(text: str) -> None:
    for strict in (True, False):
        expression = feel.compile_expression(text, known_names=SCOPE, strict=strict)
    warnings: list[str] = []
    to_json_value(expression.evaluate(SCOPE, None, warnings))


def _unary_tests(text: str) -> None:
    expression = feel.compile_expression(text, known_names=SCOPE, unary=True)
    for value in (5, "b"):
        expression.evaluate_test(value, SCOPE, None, [])


def _printed(text: str) -> None:
    for read in (parse, parse_unary_tests):
        try:
            tree = read(text, SCOPE, BUILTINS, strict=False).root
        except ExpressionError:
            continue
        printed = to_text(tree, SCOPE)
        try:
            again = read(printed, SCOPE, BUILTINS, strict=False).root
        except ExpressionError as error:
            if "nested" in error.reason or "characters, more" in error.reason:
                continue  # parentheses and backticks that the printer added
            raise Changed(f"{text!r} was printed as {printed!r}, which doesn't parse: {error}") from error
        if not tree.same_as(again):
            raise Changed(f"{text!r} was printed as {printed!r}, which is something else")


def _juel(text: str) -> None:
    for compiled in (compile_juel, compile_composite):
        try:
            compiled(text if "{" in text else "${" + text + "}").evaluate(SCOPE)
        except ExpressionError:
            continue
