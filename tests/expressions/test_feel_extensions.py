"""Camunda's extension functions, and numbers at the ends of their domains."""

from uuid import RFC_4122, UUID

import pytest

from laneway.expressions import ExpressionEvaluationError, feel
from laneway.expressions.randomness import Randomness

CASES = [
    ('extract("a1b22", "[0-9]+")', ["1", "22"]),
    ('is blank(" ")', True),
    ('to base64("FEEL")', "RkVFTA=="),
    ('to json({a: [1, 1.5, "x"], b: null, d: @"2020-01-01", e: [], f: {}})',
     '{"a":[1,1.5,"x"],"b":null,"d":"2020-01-01","e":[],"f":{}}'),
    ('from json("{\\"a\\": [1, 2.50, true]}").a[2] = 2.5', True),
    ('from json("NaN")', None),
    ('from json("{")', None),
    ('assert(5, 5 > 1)', 5),
    ('assert(5, true, "why")', 5),
    ("fromAi(5)", 5),
    ('fromAi(5, "a number", "number", {minimum: 1}, {required: true})', 5),
    ('fromAi(value: 5, description: null)', 5),
    ("fromAi(5, 1)", None),
    ("duplicate values([1, 2, 3, 2, 1])", [1, 2]),
    ('substring("foobar", 3.8)', "obar"),
    ('substring("foobar", 1e6000)', None),
    ('number("+1", ",", ".")', None),
    ('number("1.", ",", ".")', None),
    ('number("1.5", null, ",") = 1.5', True),
    ("modulo(1e40, 7)", 4),
    ("4 ** 0.5", 2),
    ("(-8) ** (1 / 3)", None),
    ("0 ** -1", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_function(text: str, expected: object) -> None:
    assert feel.evaluate(text, {}) == expected


RANDOM = "[uuid(), uuid(), random number(), random number()]"


def test_the_same_seed_gives_the_same_random_values_each_another() -> None:
    first, again, other = (feel.evaluate(RANDOM, seed=seed) for seed in (7, 7, "another"))

    assert isinstance(first, list)
    assert isinstance(other, list)
    assert first == again
    assert len({*first, *other}) == 8


def test_without_a_seed_nothing_comes_twice() -> None:
    assert len({feel.evaluate("uuid()") for _ in range(20)}) == 20


def test_a_uuid_is_one_of_version_4() -> None:
    text = feel.evaluate("uuid()", seed=7)

    assert isinstance(text, str)
    assert (UUID(text).version, UUID(text).variant, str(UUID(text))) == (4, RFC_4122, text)


def test_random_numbers_fill_the_space_between_0_and_1() -> None:
    found = feel.evaluate("for i in 1..1000 return random number()", seed=7)

    assert isinstance(found, list)
    assert 0 <= min(found) < 0.01
    assert 0.99 < max(found) < 1
    assert 0.45 < sum(found) / 1000 < 0.55


@pytest.mark.parametrize("text", ["uuid()", "random number()", "if uuid() = null then 1 else 2"])
def test_what_is_random_is_not_constant(text: str) -> None:
    assert not feel.compile_expression(text).constant


def test_evaluations_that_share_a_row_go_on_in_it_and_its_seed_is_asked_for_once_and_late() -> None:
    asked: list[int] = []

    def seed() -> str:
        asked.append(1)
        return "seed"

    row = Randomness(seed)
    assert feel.evaluate("1 + 1", seed=row) == 2
    assert not asked
    assert feel.evaluate("uuid()", seed=row) != feel.evaluate("uuid()", seed=row)
    assert asked == [1]


def test_a_test_in_a_cell_takes_the_seed_too() -> None:
    assert feel.unary_test("uuid()", feel.evaluate("uuid()", seed=7), seed=7)


LONG = "for i in 1..30000 return i * i"


def test_time_ends_a_test_in_a_cell() -> None:
    with pytest.raises(ExpressionEvaluationError, match="took more than"):
        feel.unary_test(f"count({LONG}) > ?", 1, seconds=0)


def test_a_false_assertion_ends_the_evaluation_with_its_cause() -> None:
    with pytest.raises(ExpressionEvaluationError, match="must be positive"):
        feel.evaluate('assert(-1, -1 > 0, "must be positive")')
