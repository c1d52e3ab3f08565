"""Functions on lists and contexts, each with what is outside of its domain, and their laws (DMN 1.5, tables 75, 80, 81)."""

from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from laneway.expressions import feel

VALUES = {
    "null": "null", "number": "7", "string": '"a"', "boolean": "true", "list": "[1, 2]", "context": "{a: 1}",
    "date": '@"2026-01-31"', "time": '@"10:00:00"', "moment": '@"2026-01-31T10:00:00"', "duration": '@"P1D"',
    "months": '@"P1Y"', "range": "[1..2]", "function": "(function(x) x)",
}  # fmt: skip


@pytest.mark.parametrize(
    ("call", "kinds"),
    [
        ("list contains({}, 1)", "number string boolean list context date time moment duration months range function"),
        ("count({})", "number string boolean list context date time moment duration months range function"),
        ("reverse({})", "number string boolean list context date time moment duration months range function"),
        ("flatten({})", "number string boolean list context date time moment duration months range function"),
        ("distinct values({})", "number string boolean list context date time moment duration months range function"),
        ("union({}, [1])", "number string boolean list context date time moment duration months range function"),
        ("concatenate({}, [1])", "number string boolean list context date time moment duration months range function"),
        ("append({}, 1)", "number string boolean list context date time moment duration months range function"),
        ("index of({}, 1)", "number string boolean list context date time moment duration months range function"),
        ("sublist({}, 1)", "number string boolean list context date time moment duration months range function"),
        ("sublist([1], {})", ""),
        ("sublist([1, 2, 3, 4, 5, 6, 7], {})", "number"),
        ("sublist([1, 2, 3, 4, 5, 6, 7], 1, {})", "null number"),
        ("remove([1, 2, 3, 4, 5, 6, 7], {})", "number"),
        ("insert before([1, 2, 3, 4, 5, 6, 7], {}, 0)", "number"),
        ("list replace([1, 2, 3, 4, 5, 6, 7], {}, 0)", "number"),
        ("min([{}])", "number string date time moment duration months"),
        ("max({})", "number string list date time moment duration months"),
        ("sum([{}])", "number"),
        ("mean([{}])", "number"),
        ("median([{}])", "number"),
        ("product([{}])", "number"),
        ("mode([{}])", "number"),
        ("stddev([1, {}])", "number"),
        ("all([{}])", "boolean"),
        ("any([{}])", "boolean"),
        ("sort([2, 1], {})", ""),
        ("get value({}, \"a\")", "context"),
        ("get value({{a: 1}}, {})", "string"),
        ("get entries({})", "context"),
        ("context({})", ""),
        ("context put({}, \"b\", 1)", "context"),
        ("context put({{}}, {}, 1)", "string"),
        ("context merge({})", "context"),
        ("context merge([{{b: 1}}, {}])", "context"),
        ("not({})", "boolean"),
    ],
)  # fmt: skip
def test_a_function_takes_values_of_its_domain_and_gives_null_for_all_others(call: str, kinds: str) -> None:
    for kind, value in VALUES.items():
        warnings: list[str] = []
        result = feel.evaluate(call.format(value), warnings=warnings)
        if call.startswith("get value({{") and kind == "list":
            continue
        assert (result is not None) == (kind in kinds.split()), (call, kind, result)
        if result is None and kind != "null":
            assert warnings, (call, kind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("list contains([1, 2], 2.0)", True),
        ('list contains(["a"], 1)', False),
        ("list contains([], null)", False),
        ("list contains([[1]], 1)", False),
        ("list contains([[1]], [1])", True),
        ("list contains([true], 1)", False),
        ("list contains(1, 1)", True),
        ("count([[]])", 1),
        ("count([1, [2, 3]])", 2),
        ("min([])", None),
        ("min([1, null])", None),
        ('min([1, "a"])', None),
        ('min("b", "a")', "a"),
        ("min([1], 2)", 1),
        ("max(1, [2, 3])", None),
        ("min([1])", 1),
        ("min(1)", 1),
        ("sum([])", None),
        ("sum(1)", 1),
        ("sum([0.1, 0.2])", Decimal("0.3")),
        ("sum([1, null])", None),
        ('sum([1, "2"])', None),
        ("mean([])", None),
        ("mean(1, 2)", Decimal("1.5")),
        ("product([])", None),
        ("median([])", None),
        ("median(1, 2)", Decimal("1.5")),
        ("stddev([])", None),
        ("stddev([47])", None),
        ("stddev(47)", None),
        ("mode([])", []),
        ("mode(6, 3, 9, 6, 6)", [6]),
        ("mode([1, 1.0, 2])", [1]),
        ("all([])", True),
        ("all(null)", None),
        ("all([null, false])", False),
        ("all([true, null])", None),
        ("all([1, false])", None),
        ("all(true, true)", True),
        ("any([])", False),
        ("any([null, true])", True),
        ("any([null, false])", None),
        ("any([1, true])", None),
        ("any(false, true)", True),
        ("sublist([1, 2, 3], 1)", [1, 2, 3]),
        ("sublist([1, 2, 3], -1)", [3]),
        ("sublist([1, 2, 3], -2, 2)", [2, 3]),
        ("sublist([1, 2, 3], -2, 3)", None),
        ("sublist([1, 2, 3], 2, 2)", [2, 3]),
        ("sublist([1, 2, 3], 2, 3)", None),
        ("sublist([1, 2, 3], 1, 0)", None),
        ("sublist([1, 2, 3], 1, -1)", None),
        ("sublist([1, 2, 3], 0)", None),
        ("sublist([1, 2, 3], 4)", None),
        ("sublist([1, 2, 3], 1.5)", [1, 2, 3]),
        ("sublist([1, 2, 3], 1, 1.5)", [1]),
        ("sublist([1, 2, 3], 1.0, 2.0)", [1, 2]),
        ("sublist([], 1)", None),
        ("append([], null)", [None]),
        ("append([1], [2])", [1, [2]]),
        ("append(1, 2)", [1, 2]),
        ("concatenate([1])", [1]),
        ("concatenate([1], 2)", [1, 2]),
        ("concatenate([1], null)", None),
        ("concatenate([[1]], [2])", [[1], 2]),
        ("insert before([1], 1, null)", [None, 1]),
        ("insert before([1], -1, 0)", [0, 1]),
        ("insert before([1], 2, 0)", None),
        ("insert before([], 1, 0)", None),
        ("insert before([1], 0, 0)", None),
        ("remove([1], 1)", []),
        ("remove([1], 2)", None),
        ("remove([1], 0)", None),
        ("remove([1, 2], -2)", [2]),
        ("reverse([])", []),
        ("reverse([[1, 2], 3])", [3, [1, 2]]),
        ("index of([], 1)", []),
        ("index of([1, null, 1.0], 1)", [1, 3]),
        ("index of([1, null], null)", [2]),
        ("index of([[1], 1], [1])", [1]),
        ("union([1, null], [null])", [1, None]),
        ("union([1], 1, 2)", [1, 2]),
        ("union([[1]], [[1]])", [[1]]),
        ('distinct values([1, "1", 1.00, true, [1], {a: 1}, {a: 1.0}])', [1, "1", True, [1], {"a": 1}]),
        ("distinct values([null, null])", [None]),
        ("flatten([])", []),
        ("flatten([[], [[]]])", []),
        ("flatten([1, [null, [{a: [1]}]]])", [1, None, {"a": [1]}]),
        ("list replace([1, 2], -1, 9)", [1, 9]),
        ("list replace([1, 2], 3, 9)", None),
        ("list replace([1, 2], 0, 9)", None),
        ("list replace([1, 2], 1.5, 9)", [9, 2]),
        ("list replace([1, 2, 3], function(x, y) x > 1, 9)", [1, 9, 9]),
        ("list replace([1, 2, 3], function(x, y) x + y > 4, 2)", [1, 2, 2]),
        ("list replace([1, 2], function(x, y) x, 9)", None),
        ("list replace([1, 2], function(x, y) null, 9)", None),
        ("list replace([1, 2], function(x) true, 9)", None),
        ("list replace([], function(x, y) true, 9)", []),
        ("list replace([null], 1, 9)", [9]),
        ("sort([], function(x, y) x < y)", []),
        ("sort([1, 2], function(x, y) x)", None),
        ("sort([1, 2], function(x) true)", None),
        ("sort([1, 2], function(x, y, z) true)", None),
        ("sort([1, 2], null)", None),
        ('sort([{a: 2, b: "x"}, {a: 1, b: "y"}, {a: 2, b: "z"}], function(x, y) x.a < y.a).b', ["y", "x", "z"]),
        ('sort(["b", "a"], function(x, y) x < y)', ["a", "b"]),
        ('get value({"a b": 1}, "a b")', 1),
        ('get value({a: null}, "a")', None),
        ("get entries({})", []),
        ("get entries({b: 1, a: 2}).key", ["b", "a"]),
        ("context([])", {}),
        ('context({key: "a", value: 1})', {"a": 1}),
        ('context([{key: "a", value: null}])', {"a": None}),
        ('context([{key: "a", value: 1, more: 2}])', {"a": 1}),
        ('context([{key: "a"}])', None),
        ("context([{value: 1}])", None),
        ("context([{key: 1, value: 1}])", None),
        ('context([{key: "a", value: 1}, {key: "a", value: 1}])', None),
        ("context(get entries({a: 1, b: 2}))", {"a": 1, "b": 2}),
        ('context put({}, "a", null)', {"a": None}),
        ('context put({x: 1, y: 2}, "x", 3)', {"x": 3, "y": 2}),
        ('context put({x: 1}, ["x"], 3)', {"x": 3}),
        ('context put({x: {y: {z: 1}}}, ["x", "y", "z"], 3)', {"x": {"y": {"z": 3}}}),
        ('context put({x: {}}, ["x", "y"], 3)', {"x": {"y": 3}}),
        ('context put({}, ["x", "y"], 3)', None),
        ('context put({x: 1}, ["x", "y"], 3)', None),
        ("context put({x: 1}, [], 3)", None),
        ("context put({x: 1}, [1], 3)", None),
        ("context put({x: 1}, null, 3)", None),
        ("context merge([])", {}),
        ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
        ("context merge([{a: 1}, null])", None),
    ],
)
def test_lists_and_contexts(text: str, expected: object) -> None:
    value = feel.evaluate(text)
    assert value == expected
    assert type(value) is type(expected) or isinstance(value, (int, Decimal))


def test_the_order_of_entries_is_that_of_the_standard() -> None:
    assert feel.evaluate('string(context put({x: 1, y: 2}, "x", 3))') == "{x: 3, y: 2}"
    assert feel.evaluate('string(context put({x: 1}, "a", 3))') == "{x: 1, a: 3}"
    assert feel.evaluate("string(context merge([{b: 1}, {a: 2, b: 3}]))") == "{b: 3, a: 2}"


SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "b"]) | st.decimals(-2, 2, places=1)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=12,
)
LISTS = st.lists(ANYTHING, max_size=8)


def run(text: str, **scope: object) -> object:
    return feel.evaluate(text, scope)


@settings(max_examples=40)
@given(LISTS)
def test_reversing_twice_gives_the_list_and_the_last_comes_first(items: list[object]) -> None:
    assert run("reverse(reverse(xs)) = xs", xs=items) is True
    assert run("reverse(xs)[1] = xs[-1]", xs=items) is True
    assert run("count(reverse(xs)) = count(xs)", xs=items) is True


@settings(max_examples=40)
@given(LISTS)
def test_flattening_is_done_once(items: list[object]) -> None:
    assert run("flatten(flatten(xs)) = flatten(xs)", xs=items) is True
    assert run("every x in flatten(xs) satisfies not(x instance of list<Any>)", xs=items) is True


@settings(max_examples=40)
@given(LISTS, LISTS)
def test_distinct_values_keep_one_of_each(items: list[object], others: list[object]) -> None:
    scope: dict[str, object] = {"xs": items, "ys": others}
    assert run("distinct values(distinct values(xs)) = distinct values(xs)", **scope) is True
    assert run("every x in xs satisfies count(index of(distinct values(xs), x)) = 1", **scope) is True
    assert run("union(xs, ys) = distinct values(concatenate(xs, ys))", **scope) is True
    assert run("every x in duplicate values(xs) satisfies count(index of(xs, x)) > 1", **scope) is True


@settings(max_examples=40)
@given(LISTS, ANYTHING)
def test_looking_up_agrees_with_equality(items: list[object], item: object) -> None:
    scope = {"xs": items, "x": item}
    found = run("list contains(xs, x)", **scope)
    assert found is (run("count(index of(xs, x)) > 0", **scope))
    assert found is run("some y in xs satisfies (y = x) = true", **scope) or found is False
    assert run("x in xs", **scope) is True or found is not True or isinstance(item, list)


@settings(max_examples=40)
@given(st.lists(st.integers(-9, 9) | st.decimals(-9, 9, places=1), max_size=12))
def test_sorting_is_a_stable_permutation(items: list[object]) -> None:
    pairs = [{"k": item, "at": at} for at, item in enumerate(items)]
    ordered = feel.evaluate("sort(ps, function(a, b) a.k < b.k)", {"ps": pairs})
    assert ordered == sorted(pairs, key=lambda pair: pair["k"])  # type: ignore[arg-type, return-value]


@settings(max_examples=40)
@given(LISTS, st.integers(-9, 9), ANYTHING)
def test_inserting_is_undone_by_removing(items: list[object], position: int, item: object) -> None:
    scope = {"xs": items, "p": position, "x": item}
    valid = position != 0 and abs(position) <= len(items)
    assert (run("insert before(xs, p, x)", **scope) is not None) is valid
    assert (run("remove(xs, p)", **scope) is not None) is valid
    if valid:
        at = "p" if position > 0 else "p - 1"
        assert run(f"remove(insert before(xs, p, x), {at}) = xs", **scope) is True
        assert run(f"insert before(xs, p, x)[{at}] = x", **scope) is True
        assert run("list replace(xs, p, x)[p] = x", **scope) is True


@settings(max_examples=40)
@given(st.lists(st.sampled_from([True, False, None]), max_size=5))
def test_all_and_any_are_and_and_or_over_a_list(items: list[bool | None]) -> None:
    words = {True: "true", False: "false", None: "null"}
    assert run("all(xs)", xs=items) is feel.evaluate(" and ".join(["true", *(words[item] for item in items)]))
    assert run("any(xs)", xs=items) is feel.evaluate(" or ".join(["false", *(words[item] for item in items)]))
    assert run("all(xs)", xs=items) is run("not(any(for x in xs return not(x)))", xs=items)
