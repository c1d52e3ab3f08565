"""Every expression ends soon, whatever it is; budgets count and never look at a clock."""

import pytest
from tests.support.effort import effort

from laneway.expressions import (
    ExpressionError,
    ExpressionEvaluationError,
    ExpressionSyntaxError,
    compile,
    feel,
    to_json_value,
)
from laneway.expressions.limits import MAX_TEXT_LENGTH

SOON = 80
"""In units of ``effort``; the promise of 100 ms is about ten."""

BOMBS = [
    "for i in 1..10**9 return i",
    "for i in 1..1000, j in 1..1000 return i + j",
    "for i in 1..1000 return for j in 1..1000 return i",
    "some i in 1..1000, j in 1..1000 satisfies false",
    "for i in 1..60 return [partial[-1], partial[-1]]",
    "string(for i in 1..60 return [partial[-1], partial[-1]])",
    'for i in 1..60 return if i = 1 then "aa" else partial[-1] + partial[-1]',
    "for i in 1..100000 return [partial]",
    "(function(f) f(f))(function(f) f(f))",
    "{f: function(g, n) if n = 0 then 0 else g(g, n - 1), r: f(f, 10000)}.r",
    'replace("' + "a" * 20_000 + '", "a", "' + "b" * 1_000 + '")',
    'matches("' + "a" * 30_000 + '", "(a?){900}a{900}")',
    "for i in 1..300 return for j in 1..300 return exp(j / 7)",
    "for i in 1..20000 return 1.234567890123 ** 33.3",
    "for i in 1..20000 return 1.0000000001 ** 999999999",
    "for i in 1..30000 return decimal(1 / 3, 6000)",
    'for i in 1..30000 return matches("a", "(a|b)*c" + string(i))',
    "distinct values(for i in 1..3000 return function() i)",
    "concatenate(for i in 1..50000 return i, for i in 1..90000 return i)",
    'for i in @"0001-01-01"..@"9999-12-31" return i',
    'string join(for i in 1..9000 return upper case("' + "a" * 200 + '"))',
    "for i in 1..1000000000000000000000000000000 return i",
    "count(for i in -(10**20)..10**20 return 1)",
    'for i in 1..40 return {t: "ab", u: string join([string(partial), string(partial)])}.u',
    "for i in 1..60 return {a: partial, b: partial}",
    "{f: function(g, n) g(g, n + 1) + g(g, n + 1), r: f(f, 1)}.r",
    "(for i in 1..400 return i)[count((for j in 1..400 return j)[item > 5]) > item]",
    "every i in 1..30000 satisfies every j in 1..30000 satisfies i + j > 0",
    "sort(for i in 1..60000 return modulo(i * 7919, 60000), function(a, b) a < b)",
    "distinct values(for i in 1..60000 return string(i))",
    'for i in 1..3000 return split(string(i) + ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", ",")',
    "flatten(for i in 1..1000 return for j in 1..1000 return [i])",
    "list replace(for i in 1..90000 return i, function(a, b) a > b, 5)",
    'for i in 1..9000 return replace("' + "ab" * 200 + '", "(a)(b)", "$2$1")',
    'for i in 1..30000 return date and time("2020-01-01T00:00:00@Europe/Paris")',
    'for i in 1..90000 return @"2020-01-31" + @"P1M"',
    "sort(for i in 1..9000 return modulo(i * 7919, 9001), function(a, b) count(1..1) > 0 and a > b)".replace(
        "1..1", "[1]"
    ),
]


@pytest.mark.parametrize("text", BOMBS, ids=[text[:40] for text in BOMBS])
def test_a_bomb_ends_as_an_incident_soon(text: str) -> None:
    expression = compile("=" + text)

    def explode() -> None:
        with pytest.raises(ExpressionEvaluationError) as caught:
            expression.evaluate({})
        assert caught.value.code == "expression_budget"
        assert caught.value.text == "=" + text
        assert caught.value.hint

    assert effort(explode) < SOON


def test_patterns_that_backtrack_elsewhere_are_harmless() -> None:
    scope = {"text": "a" * 30_000 + "b"}

    def match() -> None:
        assert feel.evaluate('matches(text, "^(a+)+$")', scope) is False
        assert feel.evaluate('matches(text, "(a|aa)+c")', scope) is False

    assert effort(match) < SOON


@pytest.mark.parametrize(
    "bracket", ["(", "[", "{a:", "-", "not(", "if ", "a[", "f(", "for x in ", "function() ", "1 in (", "[1.."]
)
def test_deep_nesting_is_a_syntax_error_and_no_crash(bracket: str) -> None:
    for levels in (200, MAX_TEXT_LENGTH // len(bracket) - 5, 100_000):
        text = "=" + bracket * levels

        def read(text: str = text) -> None:
            with pytest.raises(ExpressionSyntaxError):
                compile(text)

        assert effort(read) < SOON


@pytest.mark.parametrize("chain", ["a.", "a[1][", "${!", "${(", "${a.b(", "${a?", "${a["])
def test_deep_nesting_of_other_kinds_too(chain: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile(chain * 3_000 + "a")
    with pytest.raises(ExpressionSyntaxError):
        compile(chain[:2] + chain[2:] * 9_000 + "a}")


@pytest.mark.parametrize("operator", ["+", "-", "*", " and ", " or ", "**"])
def test_long_chains_are_flat(operator: str) -> None:
    assert compile("=" + operator.join(["a"] * 3_000)).names == {"a"}
    compile("=" + operator.join(["1"] * 3_000)).evaluate({})


def test_a_long_else_if_is_flat() -> None:
    text = "=" + "".join(f"if x = {i} then {i} else " for i in range(1_000)) + "-1"
    assert compile(text).evaluate({"x": 999}) == 999


def test_a_text_too_long_is_refused() -> None:
    with pytest.raises(ExpressionSyntaxError, match="more than"):
        compile("=" + "1+" * MAX_TEXT_LENGTH + "1")


def test_deeply_nested_data_is_an_incident_and_no_crash() -> None:
    value: object = 1
    for _ in range(5_000):
        value = [value]
    for text in ("=x = x2", "=string(x)", "=flatten(x)", "=x"):
        with pytest.raises(ExpressionEvaluationError):
            compile(text).evaluate({"x": value, "x2": [value]})


def test_the_same_work_costs_the_same_every_time() -> None:
    expression = compile("=count(for i in 1..9000 return {a: i}.a + 1)")
    outcomes = set()
    for _ in range(3):
        try:
            outcomes.add(str(expression.evaluate({})))
        except ExpressionError as error:
            outcomes.add(error.message)
    assert len(outcomes) == 1


def test_ordinary_work_fits_the_budget() -> None:
    lines = [{"price": i, "quantity": 2, "sku": f"A{i}"} for i in range(2_000)]
    scope = {"lines": lines}
    assert feel.evaluate("sum(for line in lines return line.price * line.quantity)", scope) == 3_998_000
    assert feel.evaluate('count(lines[price > 1000 and starts with(sku, "A")])', scope) == 999
    assert feel.evaluate("every line in lines satisfies line.price >= 0", scope) is True
    assert feel.evaluate("sort(lines, function(a, b) a.price > b.price)[1].price", {"lines": lines[:300]}) == 299


def test_compiled_expressions_are_kept() -> None:
    assert compile("=kept + 1") is compile("=kept + 1")


def test_a_caller_may_limit_the_time_too() -> None:
    # given
    text = "count(for i in 1..60000 return i)"
    # then
    assert feel.evaluate(text, {}, seconds=30) == 60_000
    with pytest.raises(ExpressionEvaluationError, match="took more than the 0 seconds") as caught:
        feel.evaluate(text, {}, seconds=0.0)
    assert caught.value.code == "expression_budget"
    assert "more time" in (caught.value.hint or "")


def test_with_a_time_limit_the_steps_stay_limited() -> None:
    text = "for i in 1..1000, j in 1..1000 return i + j"
    messages = set()
    for seconds in (None, 30.0):
        with pytest.raises(ExpressionEvaluationError) as caught:
            feel.evaluate(text, {}, seconds=seconds)
        messages.add(caught.value.message)
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("some i in 1..30000, j in 1..30000 satisfies false", "steps"),
        ("for i in 1..200000 return i", "100000 is the most"),
        ('string join(for i in 1..9000 return "' + "a" * 200 + '")', "characters"),
        ("{f: function(g, n) g(g, n + 1), r: f(f, 1)}.r", "levels deep"),
    ],
)
def test_every_limit_names_itself_and_a_way_out(text: str, limit: str) -> None:
    with pytest.raises(ExpressionEvaluationError, match=limit) as caught:
        feel.evaluate(text)
    assert caught.value.code == "expression_budget"
    assert caught.value.hint


def test_large_variables_are_passed_on_untouched() -> None:
    rows = [{"n": i, "text": "x", "deep": {"a": [1, 2]}} for i in range(25_000)]
    assert compile("=rows").evaluate({"rows": rows}) is rows
    assert feel.evaluate("{all: rows}", {"rows": rows}) == {"all": rows}


def test_a_result_that_repeats_itself_without_end_is_counted_as_written_out() -> None:
    value: object = 1
    for _ in range(80):
        value = [value, value]
    with pytest.raises(ExpressionEvaluationError, match="more than 1000000 elements"):
        compile("=x").evaluate({"x": value})
    with pytest.raises(ExpressionEvaluationError):
        to_json_value(value)


def test_long_texts_are_kept_apart_from_short_ones() -> None:
    text = "=" + " + ".join(["kept"] * 1_000)
    assert compile(text) is compile(text)
