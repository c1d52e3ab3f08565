"""Logic, equality, order, `between` and `in` for every pair of kinds (DMN 1.5, tables 50 to 55)."""

import itertools

import pytest

from laneway.expressions import feel

KINDS = {
    "null": ("null", "null"), "number": ("1", "2"), "string": ('"a"', '"b"'), "boolean": ("true", "false"),
    "list": ("[1]", "[2]"), "context": ("{a: 1}", "{a: 2}"), "range": ("[1..2]", "[1..3]"),
    "function": ("(function(x) x)", "(function(x) 1)"), "date": ('@"2026-01-01"', '@"2026-01-02"'),
    "time": ('@"10:00:00"', '@"11:00:00"'), "moment": ('@"2026-01-01T00:00:00Z"', '@"2026-01-02T00:00:00Z"'),
    "duration": ('@"P1D"', '@"P2D"'), "months": ('@"P1M"', '@"P2M"'),
}  # fmt: skip
ORDERED = {"number", "string", "date", "time", "moment", "duration", "months"}
PAIRS = list(itertools.product(KINDS, repeat=2))


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_equality_of_two_kinds(left: str, right: str) -> None:
    a, b = KINDS[left][0], KINDS[right][1]
    if left == right:
        assert feel.evaluate(f"{a} = {a}") is True
        assert feel.evaluate(f"{a} != {a}") is False
        expected = left == "null"
        assert feel.evaluate(f"{a} = {b}") is expected
        assert feel.evaluate(f"{a} != {b}") is not expected
    elif "null" in (left, right):
        assert feel.evaluate(f"{a} = {b}") is False
        assert feel.evaluate(f"{a} != {b}") is True
    else:
        warnings: list[str] = []
        assert feel.evaluate(f"{a} = {b}", warnings=warnings) is None
        assert feel.evaluate(f"{a} != {b}") is None
        assert warnings


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_order_of_two_kinds(left: str, right: str) -> None:
    (low, high), other = KINDS[left], KINDS[right][0]
    if left == right and left in ORDERED:
        found = [feel.evaluate(f"{low} {sign} {high}") for sign in ("<", "<=", ">", ">=")]
        assert found == [True, True, False, False]
        found = [feel.evaluate(f"{low} {sign} {low}") for sign in ("<", "<=", ">", ">=")]
        assert found == [False, True, False, True]
        return
    nulls = left == right == "null" or None  # less or equal, and null equals null
    assert [feel.evaluate(f"{low} {sign} {other}") for sign in ("<", "<=", ">", ">=")] == [None, nulls, None, nulls]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 = 1.00", True),
        ("100 = 100.0", True),
        ("[] = []", True),
        ("[1, 2] = [1, 2]", True),
        ("[1, 2] = [2, 1]", False),
        ("[1] = [1, 2]", False),
        ("[null] = [null]", True),
        ("[null] = []", False),
        ("[[1], {a: [2]}] = [[1.0], {a: [2]}]", True),
        ("{} = {}", True),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("{a: 1} = {a: 1, b: null}", False),
        ("{a: null} = {}", False),
        ("{a: {b: 1}} = {a: {b: 1.0}}", True),
        ("{} = []", None),
        ('"" = null', False),
        ("[] = null", False),
        ('"A" = "a"', False),
        ('"A" < "a"', True),
        ('"ab" < "abc"', True),
        ('"" < "a"', True),
        ("true = true", True),
        ("true != false", True),
        ("true < false", None),
        ('@"P1Y" = @"P12M"', True),
        ('@"P1D" = @"PT24H"', True),
        ('@"P1Y" = @"P365D"', None),
        ("(1 = 1) = true", True),
        ("not(1 = 2)", True),
        ('not(1 = "a")', None),
    ],
)
def test_equality_goes_into_values(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 between 1 and 10", True),
        ("1 between 1 and 10", True),
        ("10 between 1 and 10", True),
        ("0 between 1 and 10", False),
        ("5 between 10 and 1", False),
        ("5 between 1 and null", None),
        ("0 between 1 and null", False),
        ("5 between null and 10", None),
        ("11 between null and 10", False),
        ("null between 1 and 10", None),
        ('5 between "a" and 10', None),
        ('11 between "a" and 10', False),
        ('"b" between "a" and "c"', True),
        ('@"P2D" between @"P1D" and @"P3D"', True),
        ("5 in [1..10]", True),
        ("1 in (1..10]", False),
        ("10 in [1..10)", False),
        ("null in [1..10]", None),
        ('"a" in [1..10]', None),
        ("5 in (> 4)", True),
        ("5 in > 4", True),
        ("5 in (< 4)", False),
        ("5 in (<= 4, >= 5)", True),
        ("5 in (1, 5)", True),
        ("5 in (1, 2)", False),
        ("5 in ([1..2], [4..6])", True),
        ('5 in (1, "a")', None),
        ('1 in (1, "a")', True),
        ("5 in [1, 5]", True),
        ("5 in [1, 2]", False),
        ("5 in []", False),
        ("5 in [[1..2], [4..6]]", True),
        ("5 in [[1..2], 5]", True),
        ("null in [null]", True),
        ("null in [1]", False),
        ("null in null", True),
        ("1 in null", False),
        ("1 in 1", True),
        ("1 in 2", False),
        ('1 in "a"', None),
        ("[1] in [[1], [2]]", True),
        ("[1, 2] in [1, 2]", True),
        ("[3] in [[1], [2]]", False),
        ("{a: 1} in [{a: 1}]", True),
        ("[1..2] in [[1..2]]", True),
        ("true in [false, true]", True),
        ("1 in (not(false))", None),
        ("5 in (= 5)", True),
        ("5 in (!= 5)", False),
        ('@"2026-01-15" in [@"2026-01-01"..@"2026-02-01"]', True),
        ('"b" in ["a".."c"]', True),
        ("1 in undefined", False),
    ],
)
def test_between_and_in(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text) is expected


OPERANDS = {"true": True, "false": False, "null": None, "1": None, '"true"': None, "[true]": None, "{}": None}


@pytest.mark.parametrize(("left", "right"), list(itertools.product(OPERANDS, repeat=2)))
def test_and_and_or_of_any_two_values(left: str, right: str) -> None:
    a, b = OPERANDS[left], OPERANDS[right]
    conjunction = False if a is False or b is False else True if a and b else None
    disjunction = True if a is True or b is True else False if a is False and b is False else None
    assert feel.evaluate(f"{left} and {right}") is conjunction
    assert feel.evaluate(f"{left} or {right}") is disjunction
    assert feel.evaluate(f"{left} and {right} and true") is conjunction
    assert feel.evaluate(f"{left} or {right} or false") is disjunction


@pytest.mark.parametrize("condition", ["false", "null", "1", '"true"', "[true]", "{}", "1 = null", "undefined"])
def test_whatever_is_not_true_takes_the_else_branch(condition: str) -> None:
    assert feel.evaluate(f"if {condition} then 1 else 2") == 2
    assert feel.evaluate(f"if {condition} then 1 else if true then 3 else 2") == 3
