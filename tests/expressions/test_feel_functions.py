"""FEEL's built-in functions."""

from decimal import Decimal

import pytest

from laneway.expressions import ExpressionSyntaxError, feel
from laneway.expressions.builtins import BUILTINS

STRINGS = [
    ('string length("横綱😀")', 3),
    ('substring("foobar", 3)', "obar"),
    ('substring("foobar", 3, 3)', "oba"),
    ('substring("foobar", -2, 1)', "a"),
    ('substring("foobar", 0)', None),
    ('substring("foobar", 9)', None),
    ('substring(string: "foobar", start position: 3)', "obar"),
    ('upper case("aß")', "ASS"),
    ('lower case("Ab")', "ab"),
    ('contains("foobar", "ob")', True),
    ('starts with("foobar", "fo")', True),
    ('ends with("foobar", "ar")', True),
    ('substring before("foobar", "bar")', "foo"),
    ('substring before("foobar", "x")', ""),
    ('substring after("foobar", "ob")', "ar"),
    ('substring after("foobar", "x")', ""),
    ('substring after("foobar", "")', "foobar"),
    ('matches("foobar", "^fo*bar$")', True),
    ('matches("FOO", "foo", "i")', True),
    ('matches("a\nb", "a.b", "s")', True),
    ('matches("foo", "f o o", "x")', True),
    ('matches("foo", "[")', None),
    ('matches("foo", "f", "z")', None),
    ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
    ('replace("aXbX", "x", "-", "i")', "a-b-"),
    (r'replace("abc", "b", "\\$")', "a$c"),
    ('replace("abc", "b", "$")', None),
    ('replace("横綱", "綱", "x")', "横x"),
    ('split("John Doe", "\\s")', ["John", "Doe"]),
    ('split("a;b;;c", ";")', ["a", "b", "", "c"]),
    ('string join(["a", "b"], "-")', "a-b"),
    ('string join(["a", null, "b"])', "ab"),
    ('string join(["a"], null)', "a"),
    ('string join([1], "-")', None),
    ('extract("a1b22", "[0-9]+")', ["1", "22"]),
    ('trim("  a ")', "a"),
    ("string(1.10)", "1.1"),
    ("string(100)", "100"),
    ("string(true)", "true"),
    ("string(null)", None),
    ('string("a")', "a"),
    ('string([1, "a", null])', '[1, "a", null]'),
    ('string({a: 1, "b c": "x"})', '{a: 1, b c: "x"}'),
    ("string([1..5))", "[1..5)"),
    ('string(@"P1DT2H")', "P1DT2H"),
    ('number("1,000.5", ",", ".")', Decimal("1000.5")),
    ('number("1.000,5", ".", ",")', Decimal("1000.5")),
    ('number("1 000", " ")', 1000),
    ('number("abc")', None),
    ('number("1", "x")', None),
    ("number(5)", 5),
]
NUMBERS = [
    ("abs(-10)", 10),
    ("abs(-1.5)", Decimal("1.5")),
    ("floor(1.5)", 1),
    ("floor(-1.5)", -2),
    ("floor(1.56, 1)", Decimal("1.5")),
    ("ceiling(1.5)", 2),
    ("ceiling(-1.5)", -1),
    ("ceiling(1.51, 1)", Decimal("1.6")),
    ("round up(5.5, 0)", 6),
    ("round up(-5.5, 0)", -6),
    ("round down(5.5, 0)", 5),
    ("round half up(5.5, 0)", 6),
    ("round half up(-5.5, 0)", -6),
    ("round half down(5.5, 0)", 5),
    ("round half even(2.5, 0)", 2),
    ("round up(1.121, 2)", Decimal("1.13")),
    ("round half up(1250, -2)", 1300),
    ("round half up(1234, -2)", 1200),
    ("decimal(1/3, 2)", Decimal("0.33")),
    ("decimal(1.5, 0)", 2),
    ("decimal(2.5, 0)", 2),
    ("decimal(1, 10 ** 9)", None),
    ("modulo(12, 5)", 2),
    ("modulo(-12, 5)", 3),
    ("modulo(12, -5)", -3),
    ("modulo(10.1, 4.5)", Decimal("1.1")),
    ("modulo(-10.1, 4.5)", Decimal("3.4")),
    ("modulo(1, 0)", None),
    ("sqrt(16)", 4),
    ("sqrt(-1)", None),
    ("log(1)", 0),
    ("exp(0)", 1),
    ("odd(5)", True),
    ("even(5)", False),
    ("even(-2.0)", True),
    ("odd(1.5)", False),
    ("min([3, 1, 2])", 1),
    ("min(3, 1.5)", Decimal("1.5")),
    ("max([])", None),
    ('max("a", "b")', "b"),
    ('max(1, "b")', None),
    ("sum([1, 2.5])", Decimal("3.5")),
    ("sum(1, 2, 3)", 6),
    ("sum([])", None),
    ('sum([1, "a"])', None),
    ("mean([1, 2])", Decimal("1.5")),
    ("mean(1, 2, 3)", 2),
    ("median([8, 2, 5, 3, 4])", 4),
    ("median([6, 1, 2, 3])", Decimal("2.5")),
    ("mode([6, 1, 9, 6, 1])", [1, 6]),
    ("stddev([2, 4, 7, 5])", Decimal("2.081665999466132735282297706979931")),
    ("product([2, 3, 4])", 24),
]
LISTS = [
    ("count([1, 2, null])", 3),
    ("count(1)", 1),
    ("count([])", 0),
    ("append([1], 2, 3)", [1, 2, 3]),
    ("concatenate([1], [2, 3])", [1, 2, 3]),
    ("list contains([1, null], null)", True),
    ("list contains([1, 2], 3)", False),
    ('list contains([1, {a: "b"}], {a: "b"})', True),
    ("index of([1, 2, 3, 2], 2)", [2, 4]),
    ("distinct values([1, 1.0, 2, null, null, true, 1])", [1, 2, None, True]),
    ("distinct values([[1], [1], {a: 1}, {a: 1}])", [[1], {"a": 1}]),
    ("duplicate values([1, 2, 1])", [1]),
    ("flatten([[1, 2], [[3]], 4])", [1, 2, 3, 4]),
    ("reverse([1, 2, 3])", [3, 2, 1]),
    ("insert before([1, 3], 1, 2)", [2, 1, 3]),
    ("insert before([1, 3], -1, 2)", [1, 2, 3]),
    ("insert before([1], 5, 2)", None),
    ("remove([1, 2, 3], 2)", [1, 3]),
    ("remove([1, 2, 3], -1)", [1, 2]),
    ("sublist([4, 5, 6], 1, 2)", [4, 5]),
    ("sublist([4, 5, 6], -2)", [5, 6]),
    ("sublist([4, 5, 6], 2, 9)", None),
    ("list replace([1, 2], 2, 9)", [1, 9]),
    ("list replace([1, 5], function(item, newItem) item < newItem, 3)", [3, 5]),
    ("union([1, 2], [2, 3])", [1, 2, 3]),
    ("sort([3, 1, 2])", None),
    ("sort([3, 1, 2], function(x, y) x > y)", [3, 2, 1]),
    ("sort([{a: 2}, {a: 1}], function(x, y) x.a < y.a).a", [1, 2]),
    ("sort(list: [2, 1], precedes: function(x, y) x < y)", [1, 2]),
    ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
    ("is empty([])", True),
]
CONTEXTS = [
    ('get value({a: 1}, "a")', 1),
    ('get value({a: 1}, "b")', None),
    ('get value({a: {b: 2}}, ["a", "b"])', 2),
    ("get entries({a: 1})", [{"key": "a", "value": 1}]),
    ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
    ('context put({a: 1}, ["b", "c"], 2)', None),
    ('context put({a: 1, b: {c: 1}}, ["b", "c"], 2)', {"a": 1, "b": {"c": 2}}),
    ("context merge([{a: 1, b: 1}, {b: 2}])", {"a": 1, "b": 2}),
    ("context merge({a: 1})", {"a": 1}),
    ('context([{key: "a", value: 1}])', {"a": 1}),
    ('context([{key: "a", value: 1}, {key: "a", value: 2}])', None),
]


@pytest.mark.parametrize(("text", "expected"), STRINGS + NUMBERS + LISTS + CONTEXTS)
def test_function(text: str, expected: object) -> None:
    value = feel.evaluate(text)
    assert value == expected
    assert isinstance(value, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abs([-1])", 1),
        ('upper case(["a"])', "A"),
        ("count(5)", 1),
        ("abs([1, 2])", None),
        ("abs(null)", None),
        ('abs("1")', None),
    ],
)
def test_arguments_are_converted_between_a_value_and_a_list_of_one(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


def test_wrong_kinds_say_how_the_function_is_called() -> None:
    warnings: list[str] = []
    assert feel.evaluate('substring(1, "a")', warnings=warnings) is None
    assert warnings == [
        "substring doesn't take (number, string); "
        "it is called as substring(string: string, start position: integer, length?: number)."
    ]


def test_wrong_numbers_of_arguments_are_a_syntax_error() -> None:
    with pytest.raises(ExpressionSyntaxError, match="called as count"):
        feel.compile_expression("count(1, 2)")
    with pytest.raises(ExpressionSyntaxError, match="called as substring"):
        feel.compile_expression('substring(text: "a", start: 1)')


def test_where_names_are_known_a_bad_call_is_null_as_in_dmn() -> None:
    assert feel.evaluate("count(1, 2)", {}) is None
    assert feel.evaluate("frobnicate(1)", {}) is None


def test_every_function_survives_any_kind_of_argument() -> None:
    values = ["null", "1", "-1.5", '"a"', "true", "[]", "[1]", '["a", "b"]', "{a: 1}", '@"2026-01-31"', '@"10:00:00"',
              '@"2026-01-31T10:00:00Z"', '@"P1D"', '@"P1Y"', "[1..2]", "(> 1)", "function(x) x", "function(x, y) true"]  # fmt: skip
    for name in BUILTINS.keys() - {"assert"}:  # which is there to fail
        for first in values:
            feel.evaluate(f"{name}({first})", {})
            for second in values[1::3]:
                feel.evaluate(f"{name}({first}, {second})", {})
        feel.evaluate(f"{name}({', '.join(values[:3])})", {})
