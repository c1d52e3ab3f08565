"""The grammar of DMN 1.5, 10.3.1.2, rule by rule, in the numbers of its rules."""

from decimal import Decimal

import pytest

from laneway.expressions import ExpressionSyntaxError, feel

SCOPE = {
    "a": 1, "b": 2, "s": "text", "xs": [1, 2, 3], "ys": [3, 4], "c": {"d": {"e": 5}, "a-b": 6, "first name": "Ann", "b": 9},
    "rows": [{"n": 1, "order-id": 7}, {"n": 2, "order-id": 8}], "a-b": 30, "Profit and Loss": 40, "ok?": True, "for sale": 50,
    "Line 1": 60, "it’s": 70, "naïve": 80, "名前": 90, "f": None,
}  # fmt: skip

CASES = [
    # 2, 4, 19 to 24: operators and how they group
    ("1 + 2 * 3 ** 2", 19), ("2 ** 3 ** 2", 64), ("-2 ** 2", 4), ("10 - 4 - 3", 3), ("8 / 4 / 2", 1), ("- 5", -5), ("--5", 5),
    ("- -a", 1), ("2 - -a", 3), ("2 * -a", -2), ("-c.b", -9), ("-xs[1]", -1), ("(1 + 2) * 3", 9), ("- (a + b)", -3),
    ("a + if a = 1 then 2 else 3 + 4", 3), ("if false then 1 else 2 + 3", 5),
    # 7, 8, 13 to 16: one-sided ranges and ranges
    ("5 in (< 6)", True), ("5 in < 6", True), ("5 in (>= 5)", True), ("5 in (= 5)", True), ("5 in (!= 5)", False),
    ("7 in [< 3, > 6]", True), ("7 in [[1..3], (6..8)]", True), ("5 in (1..5)", False), ("5 in (1..5]", True),
    ("5 in [1..5[", False), ("1 in ]1..5[", False), ("1 in ]1..5[ or a = 1", True), ("1 in [-1..1]", True),
    ("5 in [a + 1..b * 3]", True), ("3 in [max(1, 2)..count(xs)]", True), ('"b" in ["a".."c"]', True),
    ('@"2026-01-15" in [@"2026-01-01"..@"2026-01-31"]', True), ('date("2026-01-15") in (date("2026-01-01")..date("2026-01-31"))', True),
    ("(1..5).end", 5), ("(> 5).start", 5), ("{r: > 5}.r.start", 5),
    # 17, 18, 25 to 30, 43: names and paths
    ("a-b", 30), ("a -b", 30), ("`a` - `b`", -1), ("(a)-b", -1), ("Profit and Loss + 1", 41), ("Line 1 + 1", 61), ("ok?", True),
    ("if ok? then 1 else 2", 1), ("for sale", 50), ("it’s + 1", 71), ("naïve", 80), ("名前", 90), ("c.d.e", 5),
    ("c.a-b", 6), ("c.a-b + 1", 7), ("c.first name", "Ann"), ("c . d . e", 5), ("rows.n", [1, 2]), ("rows.order-id", [7, 8]),
    ("rows[order-id > 7].n", [2]), ("rows[item.order-id = 7].n", [1]), ("{a b: 1, c: a b + 1}.c", 2), ("{x: 5}.x", 5),
    ("{ok?: 1}.ok?", 1), ("[1, 2, 3][2]", 2), ("[{n: 1}].n", [1]), ("(c).d.e", 5), ("{x: {y-z: 3}, w: x.y-z}.w", 3), ("{?: 5, r: ? + 1}.r", 6),
    # 31 to 37, 64, 65: literals
    (".5", Decimal("0.5")), ("1e3", 1000), ("1.5E-2", Decimal("0.015")), ("007", 7), ("-.5", Decimal("-0.5")), ("1E+2", 100),
    ("-1234567890123456789012345678901234", -1234567890123456789012345678901234),
    ("-1.234567890123456789012345678901234", Decimal("-1.234567890123456789012345678901234")),
    (r'"\u00e9\U01F40E\n\t\\\"\'"', "é🐎\n\t\\\"'"), (r'"\ud83d\udc0e"', "🐎"), (r'"\d"', r"\d"), ('"//no comment"', "//no comment"),
    ('string(@"P1D")', "P1D"), ('@"2026-01-31" = date("2026-01-31")', True), ('@ "P1D" = duration("P1D")', True),
    # 38 to 42: invocations
    ("(function(x) function(y) x - y)(5)(3)", 2), ("{f: function(x) x * 2, r: f(4)}.r", 8), ("{g: {h: function() 3}, r: g.h()}.r", 3),
    ("[function(x) x + 1][1](2)", 3), ('substring(string: "abc", start position: 2)', "bc"), ("(function(a-b, Line 1) Line 1)(a-b: 1, Line 1: 2)", 2),
    ("(function(x: number, y: string) y)(1, s)", "text"), ("(function(`x y`) x y)(`x y`: 4)", 4),
    # 44 to 46, 63: iterations and choices
    ("for x in xs, y in [x, x * 10] return y", [1, 10, 2, 20, 3, 30]), ("for i in 1..3 return i", [1, 2, 3]), ("for i in 3..1 return i", [3, 2, 1]),
    ("for i in a..b + 1 return i", [1, 2, 3]), ("for i in 0..3 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6]),
    ("for x in [xs, ys] return for y in x return y + 1", [[2, 3, 4], [4, 5]]), ("for a-c in xs return a-c + 1", [2, 3, 4]),
    ("some x in xs, y in ys satisfies x = y", True), ("some x in xs y in ys satisfies x = y", True), ("every x in [1, 2] y in [3] satisfies x < y", True),
    ("some x in xs satisfies x in ys and x > 2", True), ("some x in (if a in xs then xs else ys) satisfies x = 4", False),
    ("if a = 1 then 2 else if a = 2 then 3 else 4", 2), ("(if true then xs else ys)[1]", 1),
    # 47 to 49: logic and comparisons
    ("true or false and false", True), ("a = 1 = true", True), ("a between 0 and 1 and b = 2", True), ("b between a + 1 and a * 3", True),
    ("a + 1 between 2 and 2", True), ("a in xs and b in xs", True), ("a in xs or false", True), ("a in (1, 2)", True), ("9 in (1, > 8)", True),
    ("a in ([1..5])", True), ("a + 8 in (9) and true", True), ("4 in (? > 3)", True), ("4 in (? > 5, ? < 3)", False), ("s in (contains(?, \"x\"))", True),
    ("a in (xs)", True), ("a in ((< 5))", True), ("xs in ([1, 2, 3], [4])", True), ("a != b", True),
    # 50: filters
    ("xs[item > 1]", [2, 3]), ("xs[-1]", 3), ("xs[item > 1][1]", 2), ("rows[n = 2].n", [2]), ("[xs, ys][1][2]", 2), ("xs[a]", 1), ("xs[(1)]", 1),
    # 51, 52: types
    ("a instance of number", True), ("-1 instance of number", True), ("xs instance of list<number>", True), ("[xs] instance of list<list<number>>", True),
    ("xs instance of list<number>= true", True), ("{a: 1} instance of context<a: number>", True), ("{a: {b: [1]}} instance of context<a: context<b: list<number>>>", True),
    ("[1..2] instance of range<number>", True), ("a instance of number and true", True), ("@\"P1D\" instance of days and time duration", True),
    ('@"2026-01-01T00:00:00" instance of date and time and true', True), ("a instance of Any", True), ("abs instance of function<number> -> number", True),
    ("(function(x: number) x) instance of function<string> -> number", False),
    # 53 to 59: boxed expressions in texts
    ("[]", []), ("{}", {}), ("2 in []1..5[, 7]", True), ("[][1]", None), ('{"a b": 1, c-d: 2, if: 3, e f: 4}', {"a b": 1, "c-d": 2, "if": 3, "e f": 4}), ("[[1], {a: [2]}]", [[1], {"a": [2]}]),
    ("{a: 1, b: {c: a + 1, d: c + a}}.b.d", 3), ("(function() 1)()", 1),
    # 61, 62, comments
    ("1\u00a0+\u30002\u2028+\ufeff3", 6), ("1 // one\n + /* two */ 2", 3), ("/* a */ 5 /**/", 5),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_grammar(text: str, expected: object) -> None:
    assert feel.evaluate(text, SCOPE) == expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("-", 1, True), ("1, 2", 2, True), ("not(1, 2)", 3, True), ("not(1, 2)", 2, False), ("not(? > 3)", 2, True), ("? in [1..3]", 2, True),
        ("? + 1 = 3", 2, True), ("[1..3], > 7", 8, True), ("not(< 3, > 7)", 5, True), ("<= a + 1", 2, True), ("< c.d.e", 4, True), ("ok?", True, True),
        ("]1..3[, 5", 3, False), ("not(a = 1) or ? = 2", 2, True), ("xs", 2, True), ("(< 3)", 2, True), ('@"P1D"', None, False), ("-a", -1, True),
        ("? in (? > 1, 0)", 2, True), ("every x in xs satisfies x <= ?", 3, True), ("if ? > 1 then true else false", 2, True),
    ],
)  # fmt: skip
def test_unary_tests(text: str, value: object, expected: bool) -> None:
    assert feel.unary_test(text, value, SCOPE) is expected


@pytest.mark.parametrize(
    "text",
    [
        "", "1 2", "1 +", "* 2", "a.", ".a", "(", "()", "[1,]", "{a: 1,}", "{a}", "{1: 2}", "f(,)", "if a then b", "for x return x", "some x in xs",
        "a between 1", "a in", "a in ()", "[1..", "[..", "1..5", "function x", "list<number>", "1 = = 2", "a < b < 3", "x[]",
        "? > 1", "not(1, 2) 3", "a ! b", "\"open", "`open", "/* open",
    ],
)  # fmt: skip
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        feel.evaluate(text, {"a": 1, "b": 2, "xs": [1], "x": [1]})
