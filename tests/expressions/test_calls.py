"""Calls of functions: arguments by position and name, conversions, closures, functions as values (DMN 1.5, 10.3.2.13)."""

import pytest

from laneway.expressions import ExpressionSyntaxError, feel

PAIR = "function(a, b) [a, b]"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("f(1, 2)", [1, 2]),
        ("f(a: 1, b: 2)", [1, 2]),
        ("f(b: 2, a: 1)", [1, 2]),
        ("f(a: 1)", [1, None]),
        ("f(b: 2)", [None, 2]),
        ("f(null, null)", [None, None]),
        ("f(1)", None),
        ("f()", None),
        ("f(1, 2, 3)", None),
        ("f(c: 1)", None),
        ("f(a: 1, b: 2, c: 3)", None),
        ("f(a: 1, a: 2)", None),
    ],
)
def test_arguments_of_a_function_of_the_user(call: str, expected: object) -> None:
    assert feel.evaluate(f"{{f: {PAIR}, r: {call}}}.r") == expected


@pytest.mark.parametrize(
    ("parameter", "argument", "expected"),
    [
        ("number", "1", 1),
        ("number", "null", None),
        ("number", '"1"', None),
        ("number", "[1]", 1),
        ("number", "[1, 2]", None),
        ("number", '["1"]', None),
        ("list<number>", "[1, 2]", [1, 2]),
        ("list<number>", "1", [1]),
        ("list<number>", '"1"', None),
        ("list<number>", '[1, "2"]', None),
        ("context<a: number>", "{a: 1, b: 2}", {"a": 1, "b": 2}),
        ("context<a: number>", "{b: 2}", None),
        ("Any", "[1]", [1]),
    ],
)
def test_typed_parameters_convert_or_make_the_call_null(parameter: str, argument: str, expected: object) -> None:
    assert feel.evaluate(f"(function(x: {parameter}) x)({argument})") == expected


def test_an_argument_of_the_wrong_type_stops_the_body_from_being_evaluated() -> None:
    warnings: list[str] = []
    assert feel.evaluate('(function(x: number) "reached")("a")', warnings=warnings) is None
    assert "number is asked for, not string." in warnings
    assert feel.evaluate('(function(x: number) "reached")(null)') == "reached"


@pytest.mark.parametrize(
    "text", ["f(1)", "1(2)", '"abs"(1)', "null(1)", "{a: 1}.a(1)", "{a: 1}.b(1)", "[abs](1)", "undefined thing(1)"]
)
def test_what_is_no_function_gives_null_with_a_warning(text: str) -> None:
    warnings: list[str] = []
    assert feel.evaluate(text, {"f": 1}, warnings=warnings) is None
    assert warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abs(n: -1)", 1),
        ("abs(number: -1)", None),
        ("substring(string: \"foobar\", start position: 3)", "obar"),
        ("substring(start position: 3, string: \"foobar\")", "obar"),
        ("substring(string: \"foobar\")", None),
        ("substring(string: \"foobar\", start position: 3, size: 1)", None),
        ("list contains(list: [null])", True),
        ("list contains(list: [1], element: 1)", True),
        ("list contains(element: 1, list: [1])", True),
        ("list contains(list: [1], match: 1)", None),
        ("append(list: [1], item: 2)", [1, 2]),
        ("concatenate(list: [1, 2])", [1, 2]),
        ("min(list: [2, 1])", 1),
        ("sum(list: [2, 1])", 3),
        ("all(list: [true, false])", False),
        ("get value(m: {a: 1}, key: \"a\")", 1),
        ("get entries(m: {a: 1})", [{"key": "a", "value": 1}]),
        ("context(entries: [{key: \"a\", value: 1}])", {"a": 1}),
        ("context put(context: {}, key: \"a\", value: 1)", {"a": 1}),
        ("context put(context: {a: {}}, keys: [\"a\", \"b\"], value: 1)", {"a": {"b": 1}}),
        ("context merge(contexts: [{a: 1}, {b: 2}])", {"a": 1, "b": 2}),
        ("sort(list: [1, 2], precedes: function(x, y) x > y)", [2, 1]),
        ("sort(precedes: function(x, y) x > y, list: [1, 2])", [2, 1]),
        ("list replace(list: [1, 2], position: 1, newItem: 9)", [9, 2]),
        ("list replace(list: [1, 2], match: function(x, y) x = 2, newItem: 9)", [1, 9]),
        ("insert before(list: [1], position: 1, newItem: 0)", [0, 1]),
        ("sublist(list: [1, 2, 3], start position: 2)", [2, 3]),
        ("sublist(list: [1, 2, 3], start position: 2, length: 1)", [2]),
        ("index of(list: [1, 2], match: 2)", [2]),
        ("not(negand: true)", False),
        ("date(from: @\"2026-01-31T10:00:00\").day", 31),
        ("date(year: 2026, month: 1, day: 31).day", 31),
    ],
)  # fmt: skip
def test_named_arguments_of_built_in_functions(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


@pytest.mark.parametrize(
    "text",
    ["abs()", "abs(1, 2)", "abs(n: 1, n: 2)", "count()", "count([1], [2])", "list contains([1])", "append([1])",
     "sublist([1])", "sublist([1], 1, 1, 1)", "get value({})", "get value({}, \"a\", 1)", "sort()", "sort([1])",
     "reverse()", "reverse([1], [2])", "union()", "concatenate()", "min()", "sum()", "mean()", "all()", "any()",
     "mode()", "not()", "not(true, false)", "remove([1])", "index of([1])", "flatten()", "distinct values()",
     "insert before([1], 1)", "list replace([1], 1)", "context()", "context put({}, \"a\")", "context merge()",
     "context merge({}, {})", "get entries()", "get entries({}, {})"],
)  # fmt: skip
def test_too_few_or_too_many_arguments_are_null_in_dmn_and_an_error_in_a_diagram(text: str) -> None:
    warnings: list[str] = []
    assert feel.evaluate(text, warnings=warnings) is None
    assert "is called as" in warnings[0]
    with pytest.raises(ExpressionSyntaxError, match="is called as"):
        feel.compile_expression(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(function(f) f(-1))(abs)", 1),
        ("{f: abs}.f(-1)", 1),
        ("{f: abs, r: f(n: -1)}.r", 1),
        ("{f: abs, r: f(x: -1)}.r", None),
        ("{f: abs, r: f(1, 2)}.r", None),
        ("{f: max, r: f(1, 3, 2)}.r", 3),
        ("[abs, count][1](-2)", 2),
        ("for f in [min, max] return f([1, 2])", [1, 2]),
        ("sort([2, 1], before)", [1, 2]),
        ("{make: function(n) function(x) x + n, r: make(1)(2)}.r", 3),
        ("{a: 1, f: function() a, b: {a: 2, r: f()}}.b.r", 1),
        ("{f: function(x) x + 1, g: function(h, y) h(h(y)), r: g(f, 1)}.r", 3),
        ("{even: function(n) if n = 0 then true else odd1(n - 1), odd1: function(n) if n = 0 then false else even(n - 1), "
         "r: even(10)}.r", True),
        ("{fact: function(n) if n < 2 then 1 else n * fact(n - 1), r: fact(20)}.r", 2432902008176640000),
        ("{f: function(abs) abs + 1, r: f(1)}.r", 2),
        ("count([function(x) x, abs])", 2),
        ("abs = abs", True),
        ("abs = count", False),
        ("(function(a) a) = (function(a) a)", True),
        ("(function(a) a) = (function(b) b)", False),
        ("(function(a) a + 1) = (function(a) a + 2)", False),
        ("(function(a) a) = 1", None),
        ("{f: function(a) a, r: f = f}.r", True),
        ("count(distinct values([abs, abs, count, function(a) a, function(a) a]))", 3),
    ],
)  # fmt: skip
def test_functions_as_values(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


def test_functions_made_in_different_scopes_are_not_equal() -> None:
    assert feel.evaluate("{m: function(n) function() n, r: m(1) = m(2)}.r") is False


def test_functions_call_themselves_dozens_of_levels_deep() -> None:
    assert feel.evaluate("{sum to: function(n) if n = 0 then 0 else n + sum to(n - 1), r: sum to(70)}.r") == 2485
