"""An instance that takes a known course leaves what it would have left had nobody known it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from laneway.domain.course import CourseTaken
from laneway.domain.leg import LegTaken
from laneway.domain.stimulus import StartInstance
from laneway.domain.transition import Transition
from laneway.runtime import Limits, advance_in_place, courses
from tests.support.drawing import Drawing, Scope, duration, extension
from tests.support.examples import examples
from tests.support.play import START, Counter, Models

ZEEBE = 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
COLUMNS = [name for name in Transition.__slots__ if name not in ("state", "created", "ended")]

Part = tuple[Any, ...]
parts = st.recursive(
    st.tuples(st.just("script"), st.sampled_from("abc"), st.sampled_from(["a + 1", "b", "if c > 2 then 0 else c + 1", "1.5"])),
    lambda inner: (
        st.tuples(st.just("ways"), st.sampled_from(["a > 1", "b = c", "c < 2"]), st.lists(inner, min_size=2, max_size=3))
        | st.tuples(st.just("branches"), st.just(""), st.lists(inner, min_size=2, max_size=3))
        | st.tuples(st.just("rounds"), st.sampled_from(["a < 3", "c < 2"]), st.lists(inner, min_size=1, max_size=2))
    ),
    max_leaves=6,
)  # fmt: skip


def script(process: Scope, name: str, text: str) -> str:
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    inner = f'<zeebe:script {ZEEBE} expression="={text}" resultVariable="{name}"/>'
    return process.node("scriptTask", None, extension(inner))


def draw(process: Scope, before: str, part: Part) -> str:
    """``part`` behind ``before``; gives the node that it ends with."""
    kind, text, inner = part
    if kind == "script":
        node = script(process, text, inner)
        process.flow(before, node)
        return node
    if kind == "rounds":
        again, counting = (
            process.node("exclusiveGateway"),
            script(process, "a" if "a" in text else "c", text[0] + " + 1"),
        )
        enough = process.node("exclusiveGateway")
        process.chain(before, again, counting)
        last = counting
        for one in inner:
            last = draw(process, last, one)
        process.flow(last, enough)
        process.flow(enough, again, f"={text}")
        after = process.node("task")
        process.flow(enough, after, default=True)
        return after
    gateway = "exclusiveGateway" if kind == "ways" else "parallelGateway"
    split, merge = process.node(gateway), process.node(gateway)
    process.flow(before, split)
    for number, one in enumerate(inner):
        first = process.node("task")
        if kind == "branches":
            process.flow(split, first)
        elif number == 0:
            process.flow(split, first, default=True)
        else:
            process.flow(split, first, f"={text}" if number == 1 else "=a = 2")
        process.flow(draw(process, first, one), merge)
    return merge


def drawn(*made: Part) -> Models:
    drawing = Drawing()
    process = drawing.process()
    last = process.node("startEvent")
    for part in made:
        last = draw(process, last, part)
    process.flow(last, process.node("endEvent"))
    return Models(drawing.xml())


def start(models: Models, variables: Mapping[str, Any], limits: Limits | None = None) -> tuple[Transition, int]:
    """The transition, and how many keys it took."""
    ids = Counter()
    definitions: Any = models
    found = advance_in_place(definitions, None, StartInstance(1, variables), START, ids, limits or Limits(steps=200))
    return found, ids.last


def same(one: Transition, other: Transition) -> None:
    for name in COLUMNS:
        assert getattr(one, name) == getattr(other, name), name
    for name in ("root_key", "steps", "elements", "variables"):
        assert getattr(one.state, name) == getattr(other.state, name), name
    assert list(one.created) == list(other.created)
    assert [(key, str(end.state), end.at) for key, end in one.ended.items()] == [
        (key, str(end.state), end.at) for key, end in other.ended.items()
    ]


def unknown(models: Models, variables: Mapping[str, Any]) -> tuple[Transition, int]:
    """As an instance of which nothing is known."""
    courses.courses_of.cache_clear()
    return start(models, variables)


@given(
    st.lists(parts, min_size=1, max_size=3),
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.integers(0, 3) | st.just("text") | st.none(), max_size=3),
        min_size=2,
        max_size=6,
    ),
)
@settings(max_examples=examples(60), deadline=None)
def test_whatever_is_computed_a_known_course_tells_the_same(made: list[Part], given: list[dict[str, Any]]) -> None:
    # given
    models = drawn(*made)
    expected = [unknown(models, variables) for variables in given]
    courses.courses_of.cache_clear()
    # when
    found = [start(models, variables) for variables in given + given]
    # then
    for (mine, keys), (other, other_keys) in zip(found, expected + expected, strict=True):
        if other.completed:
            same(mine, other)
            assert keys == other_keys


SCRIPTS = [("script", "a", "a + 1"), ("ways", "a > 1", [("script", "b", "b"), ("script", "b", "a")])]


def test_the_second_instance_takes_the_course_of_the_first() -> None:
    models = drawn(*SCRIPTS)

    found = [start(models, {"a": 1, "b": b})[0] for b in (1, 5)]

    assert [isinstance(each, CourseTaken) for each in found] == [False, True]


@pytest.mark.parametrize(
    "variables",
    [
        {"a": 0, "b": 1},  # another way
        {"a": 1, "b": 2},  # nothing is changed where something was
        {"b": 1, "a": 1},  # in another order
        {"a": "text", "b": 1},  # the condition fails
        {"a": 1, "b": 1, "c": 1},  # another variable
    ],
)
def test_whoever_leaves_the_course_runs_as_any_other(variables: dict[str, Any]) -> None:
    # given
    models = drawn(*SCRIPTS)
    courses.courses_of.cache_clear()
    expected, _ = start(models, variables)
    courses.courses_of.cache_clear()
    start(models, {"a": 1, "b": 1})
    # when
    found, _ = start(models, variables)
    # then
    assert not isinstance(found, CourseTaken)
    assert found.log == expected.log
    assert found.variables == expected.variables


def test_a_course_longer_than_the_budget_of_steps_is_not_taken() -> None:
    models = drawn(*SCRIPTS)
    start(models, {"a": 1, "b": 1})

    found, _ = start(models, {"a": 1, "b": 1}, Limits(steps=3))

    assert not isinstance(found, CourseTaken)
    assert not found.completed


def test_numbers_stay_exact() -> None:
    models = drawn(("script", "a", "1.5"))

    found = [start(models, {"a": 0})[0].variables for _ in range(2)]

    assert found == [{(1, "a"): Decimal("1.5")}] * 2


def test_what_waits_for_something_that_no_leg_tells_has_no_course() -> None:
    # given
    drawing = Drawing()
    process = drawing.process()
    wait = process.node("intermediateCatchEvent", None, duration("PT1H"))
    process.chain(process.node("startEvent"), wait, process.node("endEvent"))
    models = Models(drawing.xml())
    # when
    found = [start(models, {})[0] for _ in range(30)]
    # then
    assert not any(isinstance(each, (CourseTaken, LegTaken)) or each.completed for each in found)
    assert courses.courses_of(models.model(1), 1).off


def test_what_is_random_has_no_course() -> None:
    models = drawn(("script", "a", "random number()"))

    found = [start(models, {"a": 0})[0] for _ in range(3)]

    assert not any(isinstance(each, CourseTaken) for each in found)
