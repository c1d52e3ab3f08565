"""Three-valued logic (DMN 1.5, table 50 and 10.3.2.15)."""

import itertools

import pytest

from laneway.expressions import feel

WORDS = {True: "true", False: "false", None: "null"}


def conjunction(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return True if a and b else None


def disjunction(a: bool | None, b: bool | None) -> bool | None:
    if a is True or b is True:
        return True
    return False if a is False and b is False else None


@pytest.mark.parametrize(("a", "b"), list(itertools.product([True, False, None], repeat=2)))
def test_and_or_follow_the_truth_table(a: bool | None, b: bool | None) -> None:
    assert feel.evaluate("a and b", {"a": a, "b": b}) is conjunction(a, b)
    assert feel.evaluate("a or b", {"a": a, "b": b}) is disjunction(a, b)


@pytest.mark.parametrize("values", list(itertools.product([True, False, None], repeat=3)))
def test_long_chains_agree_with_pairs(values: tuple[bool | None, ...]) -> None:
    scope = dict(zip("abc", values, strict=True))
    assert feel.evaluate("a and b and c", scope) is conjunction(conjunction(values[0], values[1]), values[2])
    assert feel.evaluate("a or b or c", scope) is disjunction(disjunction(values[0], values[1]), values[2])
    assert feel.evaluate("a or b and c", scope) is disjunction(values[0], conjunction(values[1], values[2]))


@pytest.mark.parametrize(("value", "expected"), [(True, False), (False, True), (None, None), (1, None), ("x", None)])
def test_not(value: object, expected: bool | None) -> None:
    assert feel.evaluate("not(a)", {"a": value}) is expected


def test_what_is_no_boolean_counts_as_null() -> None:
    warnings: list[str] = []
    assert feel.evaluate('true and "yes"', warnings=warnings) is None
    assert "need true or false, not string" in warnings[0]
    assert feel.evaluate("false and 1") is False
    assert feel.evaluate("1 or true") is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("some x in [1, 2] satisfies x > 1", True),
        ("some x in [1, 2] satisfies x > 5", False),
        ("some x in [1, null] satisfies x > 5", None),
        ("some x in [] satisfies true", False),
        ("every x in [1, 2] satisfies x > 0", True),
        ("every x in [1, 2] satisfies x > 1", False),
        ("every x in [1, null] satisfies x > 0", None),
        ("every x in [] satisfies false", True),
        ("some x in [1, 2], y in [x, 5] satisfies y = 5", True),
        ("every x in 1..3 satisfies x < 4", True),
        ("some x in null satisfies true", None),
        ("all([true, true])", True),
        ("all([true, null])", None),
        ("all([false, null])", False),
        ("all([])", True),
        ("any([false, null])", None),
        ("any([true, null])", True),
        ("any(false, false)", False),
        ("all(true, false)", False),
        ("is defined(null)", False),
        ("is defined(0)", True),
        ("get or else(null, 1)", 1),
    ],
)
def test_quantifiers_and_boolean_functions(text: str, expected: object) -> None:
    assert feel.evaluate(text) is expected or feel.evaluate(text) == expected
