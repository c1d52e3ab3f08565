"""FEEL's operators on numbers, strings and null."""

from decimal import Decimal

import pytest

from laneway.expressions import feel


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2", 3),
        ("1 - 2 - 3", -4),
        ("2 * 3 + 4", 10),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("10 / 5", 2),
        ("10 / 4", Decimal("2.5")),
        ("1 / 3", Decimal("0.3333333333333333333333333333333333")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("1.5 + 1.5", 3),
        (".872", Decimal("0.872")),
        ("-.872", Decimal("-0.872")),
        ("1.2*10**3", 1200),
        ("10**-5", Decimal("0.00001")),
        ("5+2**5", 37),
        ("2**3**2", 64),
        ("-3 ** 2", 9),
        ("(5+2)**5", 16807),
        ("10 + 20 / -5 - 3", 3),
        ("10 + 20 / (-5 - 3)", Decimal("7.5")),
        ("-10--5", -5),
        ("-(-3)", 3),
        ("1e3", 1000),
        ("1.5E-2", Decimal("0.015")),
        ("0 ** 0", 1),
        ('"foo" + "bar"', "foobar"),
        ('"横綱"', "横綱"),
        (r'"\"\\\n\t\u00e9"', '"\\\n\té'),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\U01F600"', "😀"),
        ("9999999999999999999999999999999999 + 1", Decimal("1E+34")),
    ],
)
def test_arithmetic_gives_exact_numbers(text: str, expected: object) -> None:
    value = feel.evaluate(text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("10 / 0", "zero"),
        ("10 + null", "null"),
        ("null * 2", "null"),
        ('1 + "a"', "string(value)"),
        ('"a" - "b"', "subtract"),
        ("true + 1", "boolean"),
        ("-true", "negate"),
        ("[1] * 2", "list"),
        ("{a: 1} ** 2", "context"),
        ("missing", "no variable missing"),
        ("missing.x", "of null"),
        ('"a".b', "no property b"),
        ("{a: 1}.b", "there are: a"),
        ('1 < "a"', "compare"),
        ('1 = "1"', "compare"),
        ("[1,2][5]", "first one is 1"),
        ("(1)(2)", "not a function"),
    ],
)
def test_what_has_no_meaning_is_null_and_says_why(text: str, says: str) -> None:
    warnings: list[str] = []
    assert feel.evaluate(text, warnings=warnings) is None
    assert any(says in warning for warning in warnings), warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 < 2", True),
        ("2 <= 2", True),
        ("1 > 2", False),
        ("1.0 = 1", True),
        ("1 != 2", True),
        ('"a" < "b"', True),
        ("null = null", True),
        ("null != null", False),
        ("1 = null", False),
        ("null != 1", True),
        ("null < 1", None),
        ("1 = true", None),
        ("[1, 2] = [1, 2.0]", True),
        ("[1, 2] = [2, 1]", False),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("{a: 1} = {a: 2}", False),
        ("[1] = {a: 1}", None),
        ("2 between 1 and 3", True),
        ("1 between 1 and 3", True),
        ("4 between 1 and 3", False),
        ("null between 1 and 3", None),
        ("2 between 1 and 3 and true", True),
        ("5 in (> 3, < 1)", True),
        ("2 in (> 3, < 1)", False),
        ("5 in > 3", True),
        ("5 in [1..5]", True),
        ("5 in [1..5)", False),
        ("5 in [1..5[", False),
        ("1 in ]1..5]", False),
        ("1 in (1..5)", False),
        ("2 in (1..5)", True),
        ("2 in (2)", True),
        ("2 in (1 + 1)", True),
        ("2 in (1, 2)", True),
        ("2 in [1, 2, 3]", True),
        ("2 in [[1..5]]", True),
        ("2 in (!= 3)", True),
        ("2 in (= 3)", False),
        ('"b" in ["a".."c"]', True),
        ("7 in ((> 5))", True),
        ("5 in (2) + 3", True),
        ("(> 5) = (> 5)", True),
        ("[1..2] = [1..2]", True),
        ("[1..2].start", 1),
        ("[1..2).end included", False),
    ],
)
def test_comparison(text: str, expected: object) -> None:
    assert feel.evaluate(text) is expected or feel.evaluate(text) == expected


def test_floats_of_the_scope_are_read_by_their_shortest_text() -> None:
    assert feel.evaluate("x + 0.2", {"x": 0.1}) == Decimal("0.3")
    assert feel.evaluate("x = 0.1", {"x": 0.1}) is True
    assert feel.evaluate("x", {"x": float("nan")}) is None
    assert feel.evaluate("x > 1", {"x": Decimal("NaN")}) is None
    assert feel.evaluate("x + 1", {"x": Decimal("NaN")}) is None
    assert feel.evaluate("x", {"x": [0.5, {"y": 2.0}]}) == [Decimal("0.5"), {"y": 2}]


def test_whole_decimals_come_back_as_integers_also_inside() -> None:
    value = feel.evaluate("[1.50 * 2, {a: 4 / 2}]")
    assert value == [3, {"a": 2}]
    assert isinstance(value, list)
    assert type(value[0]) is int


def test_nothing_is_copied_that_needs_no_change() -> None:
    order = {"lines": [{"price": 1}]}
    assert feel.evaluate("order", {"order": order}) is order


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True),
        ('"a" instance of string', True),
        ("true instance of boolean", True),
        ("1 instance of string", False),
        ("null instance of number", False),
        ("null instance of Null", True),
        ("1 instance of Any", True),
        ("[1] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("{a: 1} instance of context<a: number>", True),
        ("{b: 1} instance of context<a: number>", False),
        ("[1..2] instance of range<number>", True),
        ("(function(x) x) instance of function<number> -> number", False),
        ('@"2026-01-31" instance of date', True),
        ('@"2026-01-31T00:00:00" instance of date and time', True),
        ('@"P1D" instance of days and time duration', True),
        ('@"P1Y" instance of years and months duration', True),
    ],
)
def test_instance_of(text: str, expected: bool) -> None:
    assert feel.evaluate(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('if true then "a" else "b"', "a"),
        ('if null then "a" else "b"', "b"),
        ('if 1 then "a" else "b"', "b"),
        ('if x > 2 then "big" else if x > 1 then "middle" else "small"', "middle"),
        ("(if true then 1 else 2) + 1", 2),
        ("1 /* note */ + 2 // end", 3),
        ("/* a\nb */ 1", 1),
    ],
)
def test_choices_and_comments(text: str, expected: object) -> None:
    assert feel.evaluate(text, {"x": 2}) == expected
