"""Names with signs, spaces and keywords behind a dot and in filters, where what else is in scope may read as their parts."""

from __future__ import annotations

import pytest
from tests.decisions.drawing import component, context, decision, dmn, imported, input_data, item, literal

from laneway.decisions import load_decisions

TYPES = (
    item("tOrder", None, component("order-id", "number"), component("Gross Income", "number"), component("is new", "boolean"),
         component("parts", None, component("a/b", "number"), component("order", "number"), many=True)),
    item("tNoted", None, component("order-id", "number"), tag="itemDefinition"),
)  # fmt: skip
ORDER = {
    "order-id": 7,
    "Gross Income": 10,
    "is new": True,
    "parts": [{"a/b": 1, "order": 2}, {"a/b": 3, "order": 4}],
}
NAMES = {"order": 100, "id": 1, "a": 8, "b": 2}
"""Input data whose names are the parts of those of components."""


def given(text: str) -> object:
    inputs = [input_data(name, kind="number") for name in NAMES]
    model = load_decisions(
        dmn(
            *TYPES,
            *inputs,
            input_data("x", kind="tOrder"),
            decision("d", literal(text), "input:x", *(f"input:{name}" for name in NAMES)),
        )
    )
    assert not model.errors
    return model.evaluate("d", {**NAMES, "x": ORDER}).output


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x.order-id", 7),
        ("x.order-id - id", 6),
        ("order-id", 99),
        ("x.Gross Income + 1", 11),
        ("x.is new", True),
        ("x.parts.a/b", [1, 3]),
        ("x.parts[a/b > 1].order", [4]),
        ("x.parts[item.a/b = 3].order", [4]),
        ("a/b", 4),
        ("[x][order-id = 7].order-id", [7]),
        ("for one in [x] return one.order-id", [7]),
        ("if x.is new then x.order-id else order-id", 7),
    ],
)
def test_a_component_is_read_as_one_name_where_it_can_stand(text: str, expected: object) -> None:
    assert given(text) == expected


def test_entries_of_a_boxed_context_are_known_behind_the_name_of_its_decision() -> None:
    model = load_decisions(
        dmn(
            input_data("low"),
            input_data("high"),
            decision("bounds", context(("low-high", literal("1")), ("low", literal("2")))),
            decision("d", literal("bounds.low-high + high"), "decision:bounds", "input:low", "input:high"),
        )
    )

    assert model.evaluate("d", {"low": 50, "high": 10}).output == 11


def test_components_of_imported_types_are_known_as_well() -> None:
    shared = dmn(TYPES[1], target="shared")
    model = load_decisions(
        dmn(
            imported("s", "shared"),
            input_data("order"),
            input_data("id"),
            input_data("x", kind="s.tNoted"),
            decision("d", literal("x.order-id"), "input:x", "input:order", "input:id"),
        ),
        files={"shared.dmn": shared},
    )

    assert model.evaluate("d", {"x": {"order-id": 7}, "order": 1, "id": 1}).output == 7


def test_allowed_values_may_speak_of_components() -> None:
    model = load_decisions(
        dmn(
            item("tPositive", None, component("order-id", "number"), constraint="?.order-id > 0"),
            input_data("x", kind="tPositive"),
            decision("d", literal("x.order-id"), "input:x"),
        )
    )

    assert not model.problems
    assert [model.evaluate("d", {"x": {"order-id": one}}).output for one in (5, -5)] == [5, None]
