"""Unary tests: the cells of decision tables (DMN 1.5, 7.3.2)."""

from decimal import Decimal

import pytest

from laneway.expressions import compile, feel


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("-", 1, True),
        (" - ", None, True),
        ("> 5", 6, True),
        ("> 5", 5, False),
        (">=18", 18, True),
        ("<18", Decimal("17.5"), True),
        ("!= 3", 4, True),
        ("5", 5, True),
        ("-5", -5, True),
        ('"a"', "a", True),
        ('"a","b"', "b", True),
        ('"a","b"', "c", False),
        ('not("a","b")', "c", True),
        ('not("a","b")', "b", False),
        ("not(> 5)", 3, True),
        ("not(> 5)", None, False),
        ("[1..5]", 5, True),
        ("]1..5[", 5, False),
        ("< 3, [5..7], 9", 6, True),
        ("< 3, [5..7], 9", 4, False),
        ("null", None, True),
        ("null", 1, False),
        ("> 5", None, False),
        ("> 5", "x", False),
        ("true", True, True),
        ("false", True, False),
        ("limit", 10, True),
        ("> limit", 11, True),
        ("[1, 2, 3]", 2, True),
        ("list", "b", True),
        ('contains(?, "x")', "axb", True),
        ("? > 3 and ? < 8", 5, True),
        ("modulo(?, 2) = 0", 4, True),
        ("limit > 5", "anything", True),
        ("limit > 50", "anything", False),
        ("count(?) > 1", [1, 2], True),
        ('not(contains(?, "x"))', "axb", False),
        ("not(flag)", True, True),
        ('date("2026-01-31")', feel.evaluate('@"2026-01-31"'), True),
        ('< @"2026-02-01"', feel.evaluate('@"2026-01-31"'), True),
    ],
)
def test_unary_test(text: str, value: object, expected: bool) -> None:
    scope: dict[str, object] = {"limit": 10, "list": ["a", "b"], "flag": False}
    assert feel.unary_test(text, value, scope) is expected


def test_compile_reads_unary_tests_on_request() -> None:
    cell = compile("> limit", unary=True)
    assert cell.names == {"limit"}
    assert cell.evaluate_test(5, {"limit": 4}) is True
    assert cell.evaluate_test(3, {"limit": 4}) is False
