"""Lists, contexts, paths, filters, loops and functions of FEEL."""

from datetime import date

import pytest

from laneway.expressions import feel

SCOPE: dict[str, object] = {
    "people": [
        {"name": "Ann", "age": 30, "pets": ["cat"]},
        {"name": "Bob", "age": 17, "pets": []},
        {"name": "Cyd", "age": 45, "pets": ["dog", "fox"]},
    ]
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("people.name", ["Ann", "Bob", "Cyd"]),
        ("people[age >= 18].name", ["Ann", "Cyd"]),
        ("people[item.age >= 18][1].name", "Ann"),
        ("people[1].name", "Ann"),
        ("people[-1].name", "Cyd"),
        ("people[count(pets) > 1].name", ["Cyd"]),
        ("people[0]", None),
        ("people[9]", None),
        ("people[age > 99]", []),
        ("people[count(people)].name", "Cyd"),
        ("[1, 2, 3][item > 1]", [2, 3]),
        ("[1, 2, 3][even(item)]", [2]),
        ("[][1]", None),
        ("[][item > 1]", []),
        ("1[1]", 1),
        ("1[item = 1]", [1]),
        ("null[1]", None),
        ("[[1, 2], [3]][1][2]", 2),
        ("[{item: 5}][item = 5]", [{"item": 5}]),
        ("for i in [1, 2] return i * 2", [2, 4]),
        ("for i in 1..3 return i", [1, 2, 3]),
        ("for i in 3..1 return i", [3, 2, 1]),
        ("for i in [1..3] return i", [1, 2, 3]),
        ("for i in (1..3) return i", [2]),
        ("for i in 1..2, j in [10, 20] return i + j", [11, 21, 12, 22]),
        ("for i in 1..2, j in 1..i return j", [1, 1, 2]),
        ("for i in 1..5 return if i < 3 then 1 else partial[-1] + partial[-2]", [1, 1, 2, 3, 5]),
        ("for i in 5 return i", [5]),
        ("for i in null return i", None),
        ('for d in @"2026-01-30"..@"2026-02-01" return d', [date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1)]),
        ("{a: 1}", {"a": 1}),
        ('{"a b": 1}', {"a b": 1}),
        ("{}", {}),
        ("{a: {b: [1, {c: 2}]}}.a.b[2].c", 2),
        ("(function(a, b) a - b)(5, 3)", 2),
        ("(function(a, b) a - b)(b: 5, a: 3)", -2),
        ("{f: function(x: number) x * 2, r: f(4)}.r", 8),
        ('{f: function(x: number) x * 2, r: f("a")}.r', None),
        ("{make: function(n) function(x) x + n, r: make(1)(2)}.r", 3),
        ("for f in (for i in 1..2 return function() i) return f()", [1, 2]),
        (
            "(function(f, n) if n = 0 then 1 else n * f(f, n - 1))(function(f, n) if n = 0 then 1 else n * f(f, n - 1), 5)",
            120,
        ),
        ("{max: function(a) 7, r: max(1)}.r", 7),
    ],
)
def test_collections(text: str, expected: object) -> None:
    assert feel.evaluate(text, SCOPE) == expected


def test_an_expression_never_changes_the_scope() -> None:
    scope: dict[str, object] = {"xs": [3, 1, 2], "c": {"a": 1}}
    for text in (
        "append(xs, 4)",
        "sort(xs, function(a, b) a < b)",
        "reverse(xs)",
        'context put(c, "b", 2)',
        "insert before(xs, 1, 0)",
        "remove(xs, 1)",
    ):
        feel.evaluate(text, scope)
    assert scope == {"xs": [3, 1, 2], "c": {"a": 1}}


def test_partial_is_a_copy() -> None:
    assert feel.evaluate("for i in 1..3 return count(partial)") == [0, 1, 2]
    assert feel.evaluate("for i in 1..2 return partial") == [[], [[]]]


def test_functions_made_in_a_loop_keep_their_own_round() -> None:
    assert feel.evaluate("for f in (for i in 1..3, g in [function() i] return g) return f()") == [1, 2, 3]
    assert feel.evaluate("every f in (for i in 1..3 return function() i > 0) satisfies f()") is True
