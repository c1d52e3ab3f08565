"""Ranges: how they are made, compared, read, and lie to each other (DMN 1.5, 10.3.2.7 and table 78)."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from laneway.expressions import feel
from laneway.expressions.values import Range

ENDS = st.integers(-3, 3)


@st.composite
def intervals(draw: st.DrawFn) -> Range:
    """A range of numbers that holds at least one."""
    low, high = sorted((draw(ENDS), draw(ENDS)))
    if low == high:
        return Range(low, high, True, True)
    return Range(low, high, draw(st.booleans()), draw(st.booleans()))


def relation(name: str, a: object, b: object) -> object:
    return feel.evaluate(f"{name}(a, b)", {"a": a, "b": b})


POINTS = [Decimal(number) / 4 for number in range(-16, 17)]


def holds(interval: Range) -> set[Decimal]:
    """The points of a range on a raster twice as fine as its ends."""
    return {point for point in POINTS if feel.evaluate("p in r", {"p": point, "r": interval}) is True}


@given(intervals(), intervals())
def test_relations_are_those_of_the_sets_of_points(a: Range, b: Range) -> None:
    left, right = holds(a), holds(b)
    assert relation("before", a, b) is (max(left) < min(right))
    assert relation("after", a, b) is (min(left) > max(right))
    assert relation("overlaps", a, b) is bool(left & right)
    assert relation("includes", a, b) is (right <= left)
    assert relation("during", a, b) is (left <= right)
    assert relation("coincides", a, b) is (left == right)
    assert relation("starts", a, b) is (min(left) == min(right) and left <= right)
    assert relation("finishes", a, b) is (max(left) == max(right) and left <= right)


@given(intervals(), intervals())
def test_pairs_of_relations_are_each_other_s_inverse(a: Range, b: Range) -> None:
    for one, other in (
        ("before", "after"), ("meets", "met by"), ("overlaps", "overlaps"), ("overlaps before", "overlaps after"),
        ("finishes", "finished by"), ("includes", "during"), ("starts", "started by"), ("coincides", "coincides"),
    ):  # fmt: skip
        assert relation(one, a, b) is relation(other, b, a)


@given(intervals(), intervals())
def test_allen_s_relations_leave_no_two_ranges_without_one(a: Range, b: Range) -> None:
    names = ("before", "after", "overlaps before", "overlaps after", "includes", "during")
    assert any(relation(name, a, b) is True for name in names)
    assert not (relation("before", a, b) and relation("overlaps", a, b))
    assert relation("includes", a, b) is (relation("during", b, a))
    assert (relation("includes", a, b) and relation("during", a, b)) is relation("coincides", a, b)


@given(intervals(), ENDS)
def test_a_point_lies_to_a_range_as_the_range_of_it_alone(a: Range, point: int) -> None:
    alone = Range(point, point, True, True)
    for name in ("before", "after"):
        assert relation(name, point, a) is relation(name, alone, a)
        assert relation(name, a, point) is relation(name, a, alone)
    for name in ("during", "starts", "finishes"):
        assert relation(name, point, a) is relation(name, alone, a)
    for name in ("includes", "started by", "finished by"):
        assert relation(name, a, point) is relation(name, a, alone)
    assert relation("includes", a, point) is feel.evaluate("p in r", {"p": point, "r": a})


KINDS = {"before": "pp pr rp rr", "after": "pp pr rp rr", "meets": "rr", "met by": "rr", "overlaps": "rr",
         "overlaps before": "rr", "overlaps after": "rr", "finishes": "pr rr", "finished by": "rp rr", "includes": "rp rr",
         "during": "pr rr", "starts": "pr rr", "started by": "rp rr", "coincides": "pp rr"}  # fmt: skip
NAMES = {
    "pp": ("point1", "point2"), "pr": ("point", "range"), "rp": ("range", "point"), "rr": ("range1", "range2"),
}  # fmt: skip
SAMPLES = [
    ("1", "[2..3]"), ('"a"', '["b".."c"]'), ('@"2026-01-01"', '[@"2026-01-02"..@"2026-02-01"]'),
    ('@"10:00:00"', '[@"11:00:00"..@"12:00:00"]'), ('@"P1D"', '[@"P2D"..@"P3D"]'), ('@"P1M"', '[@"P2M"..@"P3M"]'),
    ('@"2026-01-01T00:00:00Z"', '[@"2026-01-02T00:00:00Z"..@"2026-02-01T00:00:00Z"]'),
]  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("kinds", ["pp", "pr", "rp", "rr"])
@pytest.mark.parametrize(("point", "interval"), SAMPLES)
def test_every_signature_takes_every_kind_of_end_and_its_names(
    name: str, kinds: str, point: str, interval: str
) -> None:
    values = [point if kind == "p" else interval for kind in kinds]
    taken = kinds in KINDS[name].split()
    result = feel.evaluate(f"{name}({', '.join(values)})")
    assert (result is not None) is taken
    if taken:
        named = [f"{label}: {value}" for label, value in zip(NAMES[kinds], values, strict=True)]
        assert feel.evaluate(f"{name}({', '.join(named)})") is result


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "arguments",
    ["", "1", "[1..2]", "1, 2, 3", "null, 1", "1, null", "null, [1..2]", "[1..2], null", "true, [1..2]", "[1..2], {}",
     '[1..2], "a"', '"a", [1..2]', '[1..2], ["a".."b"]', "x: 1, y: 2", "point1: [1..2], range2: 1", "[1..2], [1, 2]",
     '@"10:00:00", [@"P1D"..@"P2D"]', '[1..2], @"2026-01-01"', "function() 1, [1..2]"],
)  # fmt: skip
def test_everything_else_is_null(name: str, arguments: str) -> None:
    assert feel.evaluate(f"{name}({arguments})") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(1, (> 1))", True),
        ("before(1, (>= 1))", False),
        ("before(1, (< 5))", False),
        ("before((< 5), (> 5))", True),
        ("before((<= 5), (>= 5))", False),
        ("before((> 5), 9)", False),
        ("after(9, (< 5))", True),
        ("after((> 5), 5)", True),
        ("meets((<= 5), (>= 5))", True),
        ("meets((< 5), (> 5))", False),
        ("overlaps((> 1), (< 2))", True),
        ("overlaps((> 2), (< 2))", False),
        ("overlaps before((< 5), [1..9])", True),
        ("overlaps after((> 5), [1..9])", True),
        ("includes((> 5), 7)", True),
        ("includes((> 5), 5)", False),
        ("includes((> 5), [6..9])", True),
        ("includes((> 5), (> 6))", True),
        ("during((> 6), (> 5))", True),
        ("starts((< 3), (< 5))", True),
        ("finishes((> 5), (> 3))", True),
        ("finishes(5, (<= 5))", True),
        ("finishes(5, (< 5))", False),
        ("starts(5, (>= 5))", True),
        ("coincides((> 5), (> 5))", True),
        ("coincides((> 5), (>= 5))", False),
        ("starts([1], [1..2])", True),
        ("before([null..5], 7)", True),
        ("before(7, [null..5])", None),
        ("includes([null..5], 3)", None),
    ],
)
def test_ranges_open_to_infinity_or_to_null(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1..10].start", 1),
        ("[1..10].end", 10),
        ("(1..10].start included", False),
        ("(1..10].end included", True),
        ("[1..10).end included", False),
        ("]1..10[.start included", False),
        ("(> 5).start", 5),
        ("(> 5).start included", False),
        ("(> 5).end", None),
        ("(> 5).end included", False),
        ("(<= 5).start", None),
        ("(<= 5).end included", True),
        ("[1..10].middle", None),
        ("[1 + 1..2 * 3].end", 6),
        ("[5..1]", None),
        ("[5..5].start", 5),
        ('[1.."a"]', None),
        ("[true..false]", None),
        ("[[1]..[2]]", None),
        ("[{}..{}]", None),
        ("[null..null]", None),
        ('[@"11:00:00Z"..@"10:00:00"]', None),
        ('[@"2026-01-01"..@"2026-01-01T10:00:00"]', None),
        ("[1..null].start", 1),
        ("5 in [1..null]", None),
        ("0 in [1..null]", False),
        ("[1..10] = [1.0..10.00]", True),
        ("[1..10] = [1..10)", False),
        ("[1..10] = [1..11]", False),
        ('[1..2] = ["1".."2"]', False),
        ("[1..2] = 1", None),
        ("[1..2] != [1..3]", True),
        ("(< 5) = (< 5)", True),
        ("(< 5) = (<= 5)", False),
        ("[[1..2], [3..4]] = [[1..2], [3..4]]", True),
        ("[1..2] in [[1..2], [3..4]]", True),
        ("5 in [[1..2], [3..6]]", True),
        ("list contains([[1..2], [3..4]], [3..4])", True),
        ("distinct values([[1..2], [1..2], [1..2)])", None),
        ("count(distinct values([[1..2], [1.0..2], [1..2)]))", 2),
        ("string([1..5))", "[1..5)"),
        ('string(["a".."b"])', '["a".."b"]'),
        ("count([1..3])", 1),
        ("for i in [1..3] return i", [1, 2, 3]),
        ("{r: [1..3], s: for i in r return i}.s", [1, 2, 3]),
    ],
)
def test_ranges_as_values(text: str, expected: object) -> None:
    if text.startswith("distinct"):
        assert feel.evaluate(text) == [Range(1, 2, True, True), Range(1, 2, True, False)]
        return
    assert feel.evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[18..21)", "[18..21)"),
        ("(1..2]", "(1..2]"),
        ("]1..2[", "(1..2)"),
        ("[ 1 .. 2 ]", "[1..2]"),
        ("[-1.5..2]", "[-1.5..2]"),
        ("[2..)", "(>= 2)"),
        ("(2..)", "(> 2)"),
        ("(..3]", "(<= 3)"),
        ("(..3)", "(< 3)"),
        ("[2..]", None),
        ("[..3]", None),
        (r"[\"a\"..\"c\"]", '["a".."c"]'),
        (r"[\"a..b\"..\"c\"]", '["a..b".."c"]'),
        (r"[@\"2026-01-01\"..@\"2026-02-01\"]", '[@"2026-01-01"..@"2026-02-01"]'),
        (r"[date(\"2026-01-01\")..date(\"2026-02-01\"))", '[@"2026-01-01"..@"2026-02-01")'),
        (r"[duration(\"P1D\")..duration(\"P2D\")]", '[@"P1D"..@"P2D"]'),
        ("", None),
        ("[..]", None),
        ("[1]", None),
        ("1..2", None),
        ("[1..2", None),
        ("[1..2..3]", None),
        ("[2..1]", None),
        ("[null..1]", None),
        ("[a..b]", None),
        ("[1+1..3]", None),
        ("[true..false]", None),
        (r"[1..\"a\"]", None),
        (r"[string(1)..string(2)]", None),
    ],
)
def test_a_range_is_read_from_its_text(text: str, expected: str | None) -> None:
    assert feel.evaluate(f'string(range("{text}"))') == expected


@pytest.mark.parametrize("arguments", ["", "null", "1", '"[1..2]", 1', 'text: "[1..2]"', '["[1..2]", "[1..2]"]'])
def test_range_takes_one_string(arguments: str) -> None:
    assert feel.evaluate(f"range({arguments})") is None


def test_range_takes_its_parameter_by_name_and_a_list_of_one() -> None:
    assert feel.evaluate('range(from: "[1..2]") = [1..2]') is True
    assert feel.evaluate('range(["[1..2]"]) = [1..2]') is True
