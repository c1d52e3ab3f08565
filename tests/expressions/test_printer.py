"""parse∘print∘parse is the identity, for expressions and for unary tests."""

import pytest
from hypothesis import given, settings, strategies as st

from laneway.expressions import ExpressionError, nodes
from laneway.expressions.builtins import BUILTINS
from laneway.expressions.parser import parse, parse_unary_tests
from laneway.expressions.printer import to_text

KNOWN = ("a", "b", "xs", "a-b", "Monthly Salary", "Profit and Loss", "ok?", "f", "date", "count", "m+n", "for sale")


def tree(text: str, *, unary: bool = False) -> nodes.Node:
    return (parse_unary_tests if unary else parse)(text, KNOWN, BUILTINS, strict=False).root


def assert_round_trip(text: str, *, unary: bool = False) -> None:
    first = tree(text, unary=unary)
    printed = to_text(first, KNOWN)
    second = tree(printed, unary=unary)
    assert first.same_as(second), printed
    assert to_text(second, KNOWN) == printed


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


NAMES = st.sampled_from((*KNOWN, "unknown", "two words", "`a`", "`a - b`", "`if`", "`x y`", "名前", "?"))
LITERALS = st.sampled_from(
    ("1", "-1", ".5", "1e5", "-2.50", "007", "0", '"a"', r'"\n\"\\\u00e9"', '""', "null", "true", "false", '@"P1D"', '@"2026-01-31T10:00:00Z"', '@"x"')
)  # fmt: skip
TYPES = st.sampled_from(
    (
        "number",
        "list<list<string>>",
        "context<a: number, b c: Any>",
        "function<number, string> -> range<date>",
        "tPerson",
        "m.t P",
    )
)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def a(text: str) -> st.SearchStrategy[str]:
        return st.just(text)

    signs = st.sampled_from((" + ", " - ", "-", "*", " / ", "**", " and ", " or ", " = ", " != ", " < ", " >= "))
    return st.one_of(
        joined(inner, signs, inner), joined(inner, signs, inner, signs, inner), joined(a("("), inner, a(")")), joined(a("-"), inner),
        joined(inner, a(" between "), inner, a(" and "), inner), joined(inner, a(" in "), inner), joined(inner, a(" in ("), inner, a(", > "), inner, a(")")),
        joined(inner, a(" in (<= "), inner, a(")")), joined(inner, a(" instance of "), TYPES), joined(inner, a("."), NAMES.filter(lambda n: n != "?")),
        joined(inner, a("["), inner, a("]")), joined(a("count("), inner, a(")")), joined(a("(f)("), inner, a(", "), inner, a(")")), joined(inner, a("()")),
        joined(a("["), inner, a(", "), inner, a("]")), joined(a("{p q: "), inner, a(', "r-s": '), inner, a("}")), joined(a("{a+b: "), inner, a(", c: a+b}")),
        joined(st.sampled_from(("[", "(", "]")), inner, a(".."), inner, st.sampled_from(("]", ")", "["))), joined(a("(> "), inner, a(")")),
        joined(a("if "), inner, a(" then "), inner, a(" else "), inner), joined(a("for i in "), inner, a(", a-c in 1.."), inner, a(" return "), inner),
        joined(a("some i in "), inner, a(" satisfies "), inner), joined(a("every i in "), inner, a(", j in i satisfies "), inner),
        joined(a("function(p, q r: list<number>) "), inner), joined(a("function() external "), inner), joined(a("substring(string: "), inner, a(", start position: 1)")),
    )  # fmt: skip


TEXTS = st.recursive(NAMES | LITERALS, grown, max_leaves=12)


@given(TEXTS)
@settings(max_examples=250, deadline=None)
def test_an_expression_reads_back(text: str) -> None:
    try:
        tree(text)
    except ExpressionError:
        return
    assert_round_trip(text)


@given(st.lists(st.one_of(TEXTS, joined(st.sampled_from(("< ", ">=", "!= ")), TEXTS)), max_size=3), st.booleans())
@settings(max_examples=200, deadline=None)
def test_unary_tests_read_back(tests: list[str], negated: bool) -> None:
    text = ", ".join(tests) or "-"
    text = f"not({text})" if negated else text
    try:
        tree(text, unary=True)
    except ExpressionError:
        return
    assert_round_trip(text, unary=True)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("1+2*3", "1 + 2 * 3"), ("(1+2)*3", "(1 + 2) * 3"), ("a-b", "`a-b`"), ("(a) - (b)", "`a` - b"), ("(a and b) and true", None),
        ("x - y", "x - y"), ("- (5.x)", "-(5.x)"), ("(-x).y", "(-x).y"), ("(1 + 1) instance of number", "(1 + 1) instance of number"),
        ("if a = 1 then 2 else if a = 2 then 3 else 4", None), ("1 in (< 5)", "1 in < 5"), ("f(1)", "f(1)"), ("g(1)", "(g)(1)"),
        ("{a b: 1}", '{"a b": 1}'), ("]1..5[", "(1..5)"), ("Monthly  Salary", "`Monthly Salary`"), ("date and time(a)", "date and time(`a`)"),
        ("(date) and time(a)", None), ("(function(x) x)(1)", "(function(x) x)(1)"), ("(count)(xs)", None),
    ],
)  # fmt: skip
def test_printed(text: str, printed: str | None) -> None:
    assert_round_trip(text)
    if printed is not None:
        assert to_text(tree(text), KNOWN) == printed


@pytest.mark.parametrize(
    "text", ["-", "> 5, [1..3]", "not(< 3)", "(not(true))", "not(true) and ?", "? in [1..2]", "not(a), b"]
)
def test_printed_tests(text: str) -> None:
    assert_round_trip(text, unary=True)


def test_what_belongs_to_juel_is_refused() -> None:
    with pytest.raises(TypeError, match="no part of FEEL"):
        to_text(nodes.Empty(0, nodes.Literal(0, None)))


def test_trees_deeper_than_the_stack_are_compared() -> None:
    # Given a path of more names than Python nests calls, when its tree is held against its like, then they are the same.
    text = "a" + ".b" * 600
    assert parse(text).root.same_as(parse(text).root)
    assert not parse(text).root.same_as(parse("b" + text[1:]).root)
