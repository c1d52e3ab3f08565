"""An instance that goes a known leg from one place where it waits to the next does what it would have done had nobody known it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from laneway.domain.leg import LegTaken
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.stimulus import CompleteWork, SetVariables, StartInstance, Stimulus, TriggerWait
from laneway.domain.transition import Transition
from laneway.runtime import Limits, advance_in_place, courses
from tests.support.drawing import Drawing, Scope, extension
from tests.support.examples import examples
from tests.support.play import START, Counter, Models

COLUMNS = [name for name in Transition.__slots__ if name not in ("state", "created", "ended")]
ELEMENT = [name for name in ElementInstance.__slots__ if name != "waits"]

Part = tuple[Any, ...]
works = st.tuples(st.just("job"), st.none(), st.none()) | st.tuples(
    st.sampled_from(["person", "message"]), st.sampled_from(["a", "string(b)", "c"]), st.none()
)
parts = st.recursive(
    works
    | st.tuples(st.just("script"), st.sampled_from("abc"), st.sampled_from(["a + 1", "b", "if c > 2 then 0 else c + 1"])),
    lambda inner: (
        st.tuples(st.just("ways"), st.sampled_from(["a > 1", "b = c"]), st.lists(inner, min_size=2, max_size=2))
        | st.tuples(st.just("branches"), st.just(""), st.lists(inner, min_size=2, max_size=3))
        | st.tuples(st.just("rounds"), st.just("a < 3"), st.lists(inner, min_size=1, max_size=2))
    ),
    max_leaves=5,
)  # fmt: skip
values = st.integers(0, 3) | st.sampled_from(["text", "2", ["x"]]) | st.none()
brought = st.dictionaries(st.sampled_from("abcd"), values, max_size=3)


def work(process: Scope, kind: str, text: str | None) -> str:
    if kind == "job":
        return process.node("serviceTask", None, extension('<zeebe:taskDefinition type="work" retries="2"/>'))
    if kind == "person":
        who = f'<zeebe:userTask/><zeebe:assignmentDefinition assignee="={text}" candidateGroups="a, b"/>'
        return process.node("userTask", None, extension(who))
    message = process.drawing.message(process.drawing.fresh("message"), "come", f"={text}")
    return process.node("intermediateCatchEvent", None, f'<messageEventDefinition messageRef="{message}"/>')


def draw(process: Scope, before: str, part: Part) -> str:
    """``part`` behind ``before``; gives the node that it ends with."""
    kind, text, inner = part
    if kind in ("job", "person", "message"):
        node = work(process, kind, text)
        process.flow(before, node)
        return node
    if kind == "script":
        told = inner.replace("<", "&lt;").replace(">", "&gt;")
        node = process.node(
            "scriptTask", None, extension(f'<zeebe:script expression="={told}" resultVariable="{text}"/>')
        )
        process.flow(before, node)
        return node
    if kind == "rounds":
        again, enough = process.node("exclusiveGateway"), process.node("exclusiveGateway")
        process.flow(before, again)
        last = draw(process, again, ("script", "a", "a + 1"))
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
        process.flow(
            split, first, f"={text}" if kind == "ways" and number else None, default=kind == "ways" and not number
        )
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


class Instance:
    """One instance and its keys; ``known`` False: as if nobody had ever gone its way."""

    def __init__(self, models: Models, *, known: bool) -> None:
        self._models: Any = models
        self._known = known
        self._ids = Counter()
        self._ids.last = 1_000
        self.state: InstanceState | None = None
        self.open: list[Any] = []

    def step(self, stimulus: Stimulus) -> Transition:
        if not self._known:
            courses.courses_of.cache_clear()
            if self.state is not None:
                self.state.move()
        found = advance_in_place(self._models, self.state, stimulus, START, self._ids, Limits(steps=200))
        self.state = found.state
        gone = {one.key for one in found.closed}
        self.open = [one for one in [*self.open, *found.opened] if one.key not in gone]
        return found

    def start(self, variables: Mapping[str, Any]) -> Transition:
        return self.step(StartInstance(1, variables))

    def go_on(self, number: int, variables: Mapping[str, Any]) -> Transition | None:
        """With whatever is open, but incidents."""
        able = [one for one in self.open if type(one).__name__ != "IncidentOpened"]
        if not able:
            return None
        one = able[number % len(able)]
        if type(one).__name__ == "MessageSubscriptionOpened":
            return self.step(TriggerWait(one.element_instance_key, one.key, variables))
        return self.step(CompleteWork(one.element_instance_key, one.key, variables))

    def keys_taken(self) -> int:
        return self._ids.last


def told(element: ElementInstance) -> list[Any]:
    waits = [(key, wait.as_json(element.key)) for key, wait in element.waits.items()]
    return copy.deepcopy([*(getattr(element, name) for name in ELEMENT), waits])


def said(transition: Transition) -> dict[str, Any]:
    """All that there is to be said of it, at this moment."""
    state = transition.state
    return {
        **{name: getattr(transition, name) for name in COLUMNS},
        "order": list(transition.variables),
        "created": [told(one) for one in transition.created.values() if one.key in state.elements],
        "created keys": list(transition.created),
        "ended": [
            (key, end.element.slot, end.element.type, end.element.parent, end.element.definition_key, str(end.state), end.at)
            for key, end in transition.ended.items()
        ],
        "elements": [told(one) for one in state.elements.values()],
        "alive": state.alive,
        "variables now": {key: dict(scope) for key, scope in state.variables.items() if scope},
        "steps": state.steps,
    }  # fmt: skip


def played(models: Models, script: Sequence[Any], *, known: bool, look: bool) -> list[Any]:
    """``look``: whether what is alive is asked for after each step."""
    variables, steps = script
    instance = Instance(models, known=known)
    found = [instance.start(variables)]
    out = [said(found[0]) if look else None]
    for number, given_then in steps:
        one = instance.go_on(number, given_then)
        if one is None:
            break
        found.append(one)
        out.append(said(one) if look else None)
    return [*out, said(found[-1]), instance.keys_taken()]


@given(
    st.lists(parts, min_size=1, max_size=3),
    st.lists(
        st.tuples(brought, st.lists(st.tuples(st.integers(0, 2), brought), min_size=1, max_size=6)),
        min_size=1,
        max_size=3,
    ),
)
@settings(max_examples=examples(60), deadline=None)
def test_whatever_is_drawn_and_done_a_known_leg_tells_the_same(made: list[Part], scripts: list[Any]) -> None:
    # given
    models = drawn(*made)
    expected = [played(models, script, known=False, look=True) for script in scripts]
    courses.courses_of.cache_clear()
    # when
    again = [[played(models, script, known=True, look=look) for script in scripts] for look in (True, True, False)]
    # then
    assert again[0] == expected
    assert again[1] == expected
    assert [one[-2:] for one in again[2]] == [one[-2:] for one in expected]


WORK = [
    ("job", None, None),
    ("branches", "", [("person", "a", None), ("message", "b", None)]),
    ("script", "a", "a + 1"),
]
STEPS = [(0, {"a": "x"}), (1, {"c": 1}), (0, {"a": 2})]


def test_the_second_instance_goes_the_legs_of_the_first() -> None:
    models = drawn(*WORK)

    found = []
    for _ in range(2):
        instance = Instance(models, known=True)
        found.append([instance.start({"b": "k"}), *(instance.go_on(*step) for step in STEPS)])

    assert [[isinstance(step, LegTaken) for step in steps] for steps in found] == [[False] * 4, [True] * 4]
    assert found[1][-1] is not None
    assert found[1][-1].completed


@pytest.mark.parametrize(
    "given_then",
    [
        {"a": 1},  # nobody can be assigned to a number
        {"a": "x", "c": 1},  # another variable
        {"b": "k", "a": "x"},  # nothing is changed where something was
        {},
    ],
)
def test_whoever_leaves_the_leg_runs_as_any_other(given_then: dict[str, Any]) -> None:
    # given
    models = drawn(*WORK)
    script = ({"b": "k"}, [(0, given_then), *STEPS[1:]])
    expected = played(models, script, known=False, look=True)
    courses.courses_of.cache_clear()
    played(models, ({"b": "k"}, STEPS), known=True, look=True)
    # when
    found = played(models, script, known=True, look=True)
    # then
    assert found == expected


def test_what_happens_besides_is_seen_by_the_next_leg() -> None:
    # given: two instances, of which one is told something in between
    models = drawn(*WORK)
    played(models, ({"b": "k"}, STEPS), known=True, look=False)
    instance = Instance(models, known=True)
    started = instance.start({"b": "k"})
    root_key = started.state.root_key
    # when
    instance.step(SetVariables(root_key, {"b": "other"}))
    found = instance.go_on(*STEPS[0])
    # then
    assert isinstance(found, LegTaken)
    assert [one.correlation_key for one in found.opened if type(one).__name__ == "MessageSubscriptionOpened"] == [
        "other"
    ]


def test_what_fails_on_the_way_leaves_the_variables_as_they_were() -> None:
    # given: a known leg, and an instance whose script on the way will fail
    models = drawn(("job", None, None), ("script", "a", "a + 1"), ("ways", "a > 1", [("job", None, None)] * 2))
    played(models, ({"a": 1}, [(0, {"c": 1})]), known=True, look=False)
    instance = Instance(models, known=True)
    instance.start({"a": 1})
    # when
    found = instance.go_on(0, {"a": "text", "c": 2})
    # then: as an instance of which nothing is known
    assert found is not None
    assert not isinstance(found, LegTaken)
    assert found.variables == {(found.state.root_key, "a"): None, (found.state.root_key, "c"): 2}
    assert [type(one).__name__ for one in found.opened] == ["IncidentOpened"]


def test_an_instance_that_rests_at_a_known_place_holds_no_elements_of_its_own() -> None:
    models = drawn(*WORK)
    instances = [Instance(models, known=True) for _ in range(2)]
    states = [each.start({"b": "k"}).state for each in instances]

    assert states[0].place is states[1].place is not None
    assert states[1].alive == 2
    assert [one.key for one in states[1].elements.values()] == [1_001, 1_003]
