"""Filters, paths over lists, `for`, `some` and `every` (DMN 1.5, 10.3.2.5, 10.3.2.14 and tables 49 and 68)."""

import pytest
from tests.support.effort import effort

from laneway.expressions import feel

SCOPE: dict[str, object] = {
    "orders": [{"n": 1, "amount": 10}, {"n": 2, "amount": None}, {"n": 3}, {"n": 4, "amount": 40}],
    "index": 2,
    "n": 3,
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2, 3][1]", 1),
        ("[1, 2, 3][3]", 3),
        ("[1, 2, 3][4]", None),
        ("[1, 2, 3][-1]", 3),
        ("[1, 2, 3][-3]", 1),
        ("[1, 2, 3][-4]", None),
        ("[1, 2, 3][0]", None),
        ("[1, 2, 3][2.0]", 2),
        ("[1, 2, 3][1.5]", None),
        ("[1, 2, 3][index]", 2),
        ("[1, 2, 3][index - 3]", 3),
        ("[1, 2, 3][count([1, 2])]", 2),
        ("[][1]", None),
        ("[][index]", None),
        ("5[1]", 5),
        ("5[-1]", 5),
        ("5[2]", None),
        ("5[0]", None),
        ("{a: 1}[1]", {"a": 1}),
        ('"abc"[1]', "abc"),
        ("null[1]", None),
        ("nothing[1]", None),
        ("[null][1]", None),
        ("[[1, 2], [3]][1][2]", 2),
        ("orders[index].n", 2),
        ("orders[n].n", 3),
    ],
)
def test_an_index_picks_one_element(text: str, expected: object) -> None:
    assert feel.evaluate(text, SCOPE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2, 3][item > 1]", [2, 3]),
        ("[1, 2, 3][item > 9]", []),
        ("[1, 2, 3][true]", [1, 2, 3]),
        ("[1, 2, 3][false]", []),
        ("[1, 2, 3][null]", []),
        ("[][true]", []),
        ("[][item > 1]", []),
        ("[true, false, null][item]", [True]),
        ("[null, true][item]", [True]),
        ("[1, null, 3][item = null]", [None]),
        ("[1, null, 3][item != null]", [1, 3]),
        ("[1, null, 3][item > 1]", [3]),
        ('[1, "a", 3][item > 1]', [3]),
        ("3[item > 2]", [3]),
        ("3[item > 5]", []),
        ("5[true]", [5]),
        ("5[false]", []),
        ("null[item > 1]", None),
        ("nothing[true]", None),
        ("{a: 1}[a = 1]", [{"a": 1}]),
        ("{a: 1}[a = 2]", []),
        ("orders[amount > 5].n", [1, 4]),
        ("orders[amount = null].n", [2, 3]),
        ("orders[n > 2].n", [3, 4]),
        ("orders[item.n > 2].n", [3, 4]),
        ("orders[n > index].n", [3, 4]),
        ("[{item: 5, x: 1}, {item: 6}][item = 5].x", [1]),
        ("[{a: [1, 2]}, {a: [3]}][a[1] = 3].a", [[3]]),
        ("[{a: [1, 2]}, {a: [3]}][count(a[item > 1]) = 1].a", [[1, 2], [3]]),
        ("[[1, 2], [3]][item[1] = 3]", [[3]]),
        ("[[1, 2], [3]][count(item) = 2][1]", [1, 2]),
        ('[1, 2, 3]["a"]', None),
        ("[1, 2, 3][[true]]", None),
        ('[1, 2, 3][if item = 2 then "x" else true]', None),
        ("[1, 2, 3][item]", None),
    ],
)
def test_a_condition_keeps_what_it_is_true_for(text: str, expected: object) -> None:
    assert feel.evaluate(text, SCOPE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[{a: 1}, {a: 2}].a", [1, 2]),
        ("[{a: 1}, {b: 2}].a", [1, None]),
        ("[{a: 1}, null, 5].a", [1, None, None]),
        ("[].a", []),
        ("[{a: {b: 1}}, {a: {b: 2}}].a.b", [1, 2]),
        ("[{a: [1, 2]}, {a: [3]}].a", [[1, 2], [3]]),
        ("[[{a: 1}], [{a: 2}]].a", [[1], [2]]),
        ("null.a", None),
        ("5.a", None),
        ("{a: 1}.b", None),
        ('[@"2026-01-31", @"2025-02-01"].year', [2026, 2025]),
    ],
)
def test_a_path_goes_into_every_element(text: str, expected: object) -> None:
    assert feel.evaluate(text.replace("5.a", "(5).a")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for i in [] return i", []),
        ("for i in [1, null] return i", [1, None]),
        ("for i in 3..1 return i", [3, 2, 1]),
        ("for i in -1..1 return i", [-1, 0, 1]),
        ("for i in 1..1 return i", [1]),
        ("for i in [1..3] return i", [1, 2, 3]),
        ("for i in (1..3] return i", [2, 3]),
        ("for i in [1..3) return i", [1, 2]),
        ("for i in 1..index + 1 return i", [1, 2, 3]),
        ("for i in 1.0..2.0 return i", [1, 2]),
        ("for i in 1.5..3 return i", None),
        ("for i in 1..null return i", None),
        ("for i in null..1 return i", None),
        ('for i in "a".."c" return i', None),
        ("for i in (> 3) return i", None),
        ("for i in null return i", None),
        ("for i in 5 return i", [5]),
        ("for i in {a: 1} return i.a", [1]),
        ("for i in [1, 2], j in [i, 10] return i * j", [1, 10, 4, 20]),
        ("for i in 1..2, j in 1..2, k in 1..2 return i + j + k", [3, 4, 4, 5, 4, 5, 5, 6]),
        ("for i in [[1, 2], [3]], j in i return j", [1, 2, 3]),
        ("for i in 1..2, j in [] return j", []),
        ("for i in 1..2, j in null return j", None),
        ("for i in [1, 2] return for j in 1..i return j", [[1], [1, 2]]),
        ("for index in [1] return index", [1]),
        ("for i in 0..5 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6, 24, 120]),
        ("for i in 1..3 return partial", [[], [[]], [[], [[]]]]),
        ("for i in 1..3 return [count(partial), partial]", [[0, []], [1, [[0, []]]], [2, [[0, []], [1, [[0, []]]]]]]),
        ("for i in 1..2, j in 1..2 return count(partial)", [0, 1, 2, 3]),
        ("for f in (for i in 1..3 return function() count(partial)) return f()", [0, 1, 2]),
        ("for i in 1..3 return partial[true]", [[], [[]], [[], [[]]]]),
    ],
)
def test_for(text: str, expected: object) -> None:
    assert feel.evaluate(text, SCOPE) == expected


WORDS = {"true": True, "false": False, "null": None, "1": None, '"a"': None, "[true]": None}


@pytest.mark.parametrize("first", WORDS)
@pytest.mark.parametrize("second", WORDS)
def test_quantifiers_are_chains_of_or_and_of_and(first: str, second: str) -> None:
    assert feel.evaluate(f"some x in [{first}, {second}] satisfies x") is feel.evaluate(f"false or {first} or {second}")
    assert feel.evaluate(f"every x in [{first}, {second}] satisfies x") is feel.evaluate(
        f"true and {first} and {second}"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("some x in [] satisfies true", False),
        ("every x in [] satisfies false", True),
        ("some x in [1, 2], y in [] satisfies true", False),
        ("every x in [1, 2], y in [] satisfies false", True),
        ("some x in null satisfies true", None),
        ("every x in null satisfies true", None),
        ("some x in [1, 2], y in [x + 1] satisfies y = 3", True),
        ("every x in 1..3 satisfies x > 0", True),
        ("some x in 3..1 satisfies x = 2", True),
        ("some x in [1..3] satisfies x = 3", True),
        ("every x in [1..3) satisfies x < 3", True),
        ("some x in 5 satisfies x = 5", True),
        ("some x in [{a: 1}] satisfies x.a = 1", True),
        ("some x in [[1, 2], [3]] satisfies some y in x satisfies y = 3", True),
        ("every x in [null] satisfies x = null", True),
    ],
)
def test_quantifiers(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text) is expected


def test_what_a_loop_reads_of_its_own_results_costs_no_copy_of_them() -> None:
    text = "count(for i in 1..N return if i < 3 then 1 else modulo(partial[-1] + partial[-2], 1000))"

    def count(rounds: int) -> None:
        assert feel.evaluate(text.replace("N", str(rounds))) == rounds

    count(8_000)
    assert effort(lambda: count(8_000)) < 40 * max(1, effort(lambda: count(500)))


@pytest.mark.parametrize(
    "text",
    [
        "count(distinct values(for i in 1..5000 return {a: i, b: [i]}))",
        "count(duplicate values(for i in 1..5000 return [modulo(i, 100)]))",
        "count(union(for i in 1..4000 return {a: i}, for i in 1..4000 return {a: i}))",
        "count(flatten(for i in 1..9000 return [i, [i]]))",
        "list contains(for i in 1..9000 return {a: i}, {a: 8999})",
        "count(index of(for i in 1..9000 return {a: i}, {a: 8999}))",
        "count(concatenate(for i in 1..9000 return i, for i in 1..9000 return i))",
        "count(sort(for i in 1..2000 return modulo(i * 7919, 9001), function(a, b) a < b))",
    ],
)
def test_long_lists_fit_the_budget(text: str) -> None:
    assert feel.evaluate(text)
