"""Properties that hold for every expression."""

import string
from contextlib import suppress
from decimal import Context, Decimal

from hypothesis import given, strategies as st

from laneway.expressions import ExpressionError, ExpressionSyntaxError, compile, feel, to_json_value
from laneway.expressions.parser import parse
from laneway.expressions.values import number_text

DECIMAL128 = Context(prec=34)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.decimals(-(10**12), 10**12, allow_nan=False, places=6),
    st.sampled_from([0, 1, -1, 10**33]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.text(string.ascii_letters, max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(string.ascii_lowercase, min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
PIECES = st.sampled_from(
    [*'()[]{},.:?=<>!+-*/"`@$#%', "..", "**", "!=", "<=", "==", "1", "2.5", '"a"', "a", "b c", "x", " ", "if ", " then ", " else ", "for ",
     " in ", " return ", "some ", " satisfies ", " and ", " or ", "not(", "null", "true", "function(", "between ", " instance of ",
     "date and time(", "count(", "${", "}", "#{", "'", "empty ", "\\", "\n", "é", "\x00", "\ud800", '@"P1D"']
)  # fmt: skip


def plain(value: int | Decimal) -> str:
    return f"({number_text(value)})"


def syntax_error(text: str) -> ExpressionSyntaxError | None:
    try:
        compile(text)
    except ExpressionSyntaxError as error:
        return error
    return None


@given(NUMBERS, NUMBERS)
def test_arithmetic_agrees_with_decimal(a: int | Decimal, b: int | Decimal) -> None:
    x, y = DECIMAL128.plus(Decimal(a)), DECIMAL128.plus(Decimal(b))
    assert feel.evaluate(f"{plain(a)} + {plain(b)}") == DECIMAL128.add(x, y)
    assert feel.evaluate("a - b", {"a": a, "b": b}) == DECIMAL128.subtract(x, y)
    assert feel.evaluate("a * b", {"a": a, "b": b}) == DECIMAL128.multiply(x, y)
    expected = DECIMAL128.divide(x, y) if y else None
    assert feel.evaluate("a / b", {"a": a, "b": b}) == expected


@given(NUMBERS, NUMBERS)
def test_order_agrees_with_decimal(a: int | Decimal, b: int | Decimal) -> None:
    scope = {"a": a, "b": b}
    assert feel.evaluate("a < b", scope) is (a < b)
    assert feel.evaluate("a >= b", scope) is (a >= b)
    assert feel.evaluate("a = b", scope) is (a == b)
    assert feel.evaluate(f"a > {plain(b)}", scope) is (a > b)


@given(NUMBERS)
def test_numbers_survive_their_own_text(number: int | Decimal) -> None:
    assert feel.evaluate(f"number(string({plain(number)}))") == number


@given(st.text(max_size=40) | st.lists(PIECES, max_size=20).map("".join))
def test_any_text_parses_or_is_a_syntax_error(text: str) -> None:
    for reading in ("=" + text, text):
        error = syntax_error(reading)
        if error is not None:
            str(error).encode("utf-8")
            column = error.column or 0
            assert 1 <= column <= len(reading) + 1


@given(st.lists(PIECES, max_size=16).map("".join), st.dictionaries(st.sampled_from(["a", "b c", "x"]), JSON))
def test_any_expression_gives_a_value_or_an_incident(text: str, scope: dict[str, object]) -> None:
    for reading in ("=" + text, text):
        with suppress(ExpressionError):
            to_json_value(compile(reading).evaluate(scope))
    with suppress(ExpressionError):
        feel.unary_test(text, 1, scope)


@given(JSON, JSON)
def test_equality_is_symmetric_and_unequal_is_its_inverse(a: object, b: object) -> None:
    scope = {"a": a, "b": b}
    assert feel.evaluate("a = b", scope) is feel.evaluate("b = a", scope)
    equal = feel.evaluate("a = b", scope)
    assert feel.evaluate("a != b", scope) is (None if equal is None else not equal)
    assert feel.evaluate("a = a", scope) is True


@given(JSON)
def test_a_literal_reads_back_to_the_value_it_was_written_from(value: object) -> None:
    assert feel.evaluate(str(feel.evaluate("string([v])", {"v": value}))) == [value]


@given(st.lists(st.integers(-50, 50), max_size=20))
def test_list_functions_agree_with_python(items: list[int]) -> None:
    scope = {"xs": items}
    assert feel.evaluate("sort(xs, function(a, b) a < b)", scope) == sorted(items)
    assert feel.evaluate("reverse(xs)", scope) == items[::-1]
    assert feel.evaluate("distinct values(xs)", scope) == list(dict.fromkeys(items))
    assert feel.evaluate("xs[item > 0]", scope) == [item for item in items if item > 0]
    assert feel.evaluate("count(xs)", scope) == len(items)
    assert feel.evaluate("max(xs)", scope) == (max(items) if items else None)


@given(st.text(max_size=30), st.integers(-35, 35))
def test_substring_agrees_with_slicing(text: str, start: int) -> None:
    expected = None
    if start != 0 and abs(start) <= len(text):
        expected = text[start - 1 :] if start > 0 else text[start:]
    assert feel.evaluate("substring(t, s)", {"t": text, "s": start}) == expected


def test_the_parser_is_linear_in_the_length_of_the_text() -> None:
    for piece in ("a + ", "f.g[x > 1] and ", "a between 1 and 2 or ", '{a: "b"}.a + '):
        counts = [len(parse(piece * times + "1").names) for times in (10, 500)]
        assert counts[0] == counts[1]
