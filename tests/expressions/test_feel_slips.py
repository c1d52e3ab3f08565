"""What analysts write by habit of Excel, JavaScript, SQL, Python and JUEL: each message says what to write instead."""

import pytest

from laneway.expressions import ExpressionSyntaxError, feel

SLIPS = [
    ("a == 1", "single ="), ("a === 1", "single ="), ("a <> 1", "!="), ("a !== 1", "!="), ("a =< 1", "<="), ("a > = 1", "<="), ("a ! = 1", "not("),
    ("a && b", "`and`"), ("a || b", "`or`"), ("!a", "not("), ("a & b", "joined with +"), ("a | b", "`or`"), ("a AND b", "and, in small"),
    ("a OR b", "or, in small"), ("not a", "not("), ("NOT a", "not("), ("a is null", "a = null"), ("a is not null", "a != null"), ("a IS NULL", "a ="),
    ("a not in b", "not("), ("a IN (1, 2)", "small letters"), ("a BETWEEN 1 AND 2", "between"), ("a LIKE b", "matches("), ("a contains b", "contains("),
    ("a equals b", "="), ("a gt b", ">"), ("a eq b", "="), ("a mod 2", "modulo"), ("a div 2", "/"), ("a xor b", "!="), ("empty a", "is empty"),
    ("a % 2", "modulo"), ("10%", "0.1"), ("2 ^ 3", "**"), ("a ? 1 : 2", "if … then"), ("a?.b", "a.b"), ("a ?? b", "get or else"),
    ("x => x + 1", "function("), ("x -> x", "function("), ("lambda x: x", "function("), ("a = 'x'", '"…"'), ("a = ‘x’", "straight"), ("“x”", "straight"),
    ("a; b", "list"), ("a := 1", "assign"), ("var a = 1", "assign"), ("$a", "without $"), ("${a}", "JUEL"), ("{{a}}", "without braces"), ("#a", "without $"),
    ("True", "true"), ("None", "null"), ("NULL", "null"), ("if a then 1", "else"), ("if (a) { 1 } else { 2 }", "if … then"), ("if(a, 1, 2)", "if a then b else c"),
    ("IF(a, 1, 2)", "if a then b else c"), ("IF a THEN 1 ELSE 2", "small letters"), ("if a then 1 elif b then 2 else 3", "else if"), ("1 if a else 2", "if a then"),
    ("[x for x in y]", "for x in list return"), ("for (x in y) return x", "for x in list return"), ("for x of y return x", "for x in list return"),
    ("some x in y where x > 1", "satisfies"), ("a > 5 and < 10", "x > 5 and x < 10"), ("1 < a < 5", "a < b and b < c"), ("a in 1..5", "[1..5]"), ("1..5", "[1..5]"),
    ("[1, 2,]", "Remove the comma"), ("count(1,)", "Remove the comma"), ("{a: 1,}", "Remove the comma"), ("(1 + 2", "( at column 1"), ("count([1, 2)", "[ at column 7"),
    ("[1, 2", "[ at column 1"), ("{a: 1", "{ at column 1"), ("1 + 2)", "too many"), ('"abc', "partner"), ("1,000.50", "point"), ("2 x", "2 * x"), ("5 days", '@"P1D"'),
    ("then", "backticks"), ("a + return", "backticks"), ("a instanceof b", "instance of"), ("a.[1]", "list[1]"), ("new Date()", "context"), ("1 +", None),
    ("a instance of Thing", "Types"), ('"a" "b"', "joined with +"), ('"a" & "b"', "+"), ("len(a)", "count"), ("CONCAT(a, b)", "a + b"), ("LEFT(a, 2)", "substring"),
    ("VLOOKUP(a)", "Filter"), ("Sum(a)", "sum("), ("nvl(a, b)", "get or else"), ("a ~ b", "not("), ("@2026-01-31", '@"2026'), ("{1: 2}", '{"1"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "hint"), SLIPS, ids=[text for text, _ in SLIPS])
def test_a_slip_comes_with_its_remedy(text: str, hint: str | None) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        feel.compile_expression(text)
    error = caught.value
    assert error.column is not None
    assert 1 <= error.column <= len(text) + 1
    assert error.found in text
    if hint is not None:
        assert error.hint is not None, str(error)
        assert hint in error.hint
