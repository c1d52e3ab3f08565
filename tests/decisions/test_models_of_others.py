"""What files of other houses hold that only reading them teaches: names with numbers, forgotten prefixes, lists of choices."""

from __future__ import annotations

import pytest

from laneway.decisions import load_decisions
from laneway.expressions import feel

SPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def file(content: str, namespace: str = "test", prefix: str = "") -> bytes:
    declared = f'xmlns:{prefix}="{SPACE}" xmlns="{namespace}"' if prefix else f'xmlns="{SPACE}"'
    named = f"{prefix}:definitions" if prefix else "definitions"
    return f'<{named} {declared} id="f" name="f" namespace="{namespace}">{content}</{named}>'.encode()


def test_an_imported_name_may_hold_a_number() -> None:
    # given a file that holds nothing but an input, and one that imports it
    shared = file('<inputData id="i" name="Input 1"><variable name="Input 1"/></inputData>', "shared")
    source = file(
        '<import name="Model A" namespace="shared" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
        '<decision id="d" name="d"><variable name="d"/>'
        '<informationRequirement><requiredInput href="shared#i"/></informationRequirement>'
        "<literalExpression><text>Model A.Input 1 + 1</text></literalExpression></decision>"
    )
    # when
    model = load_decisions(source, files={"shared.dmn": shared})
    # then
    assert not model.errors
    assert model.evaluate("d", {"Model A": {"Input 1": 2}}).value == 3


def test_a_component_may_hold_a_number() -> None:
    source = file(
        '<itemDefinition name="tAddress"><itemComponent name="Line 2"><typeRef>string</typeRef></itemComponent>'
        '</itemDefinition><inputData id="i" name="address"><variable name="address" typeRef="tAddress"/></inputData>'
        '<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
        "<literalExpression><text>address.Line 2</text></literalExpression></decision>"
    )
    assert load_decisions(source).evaluate("d", {"address": {"Line 2": "c/o"}}).value == "c/o"


def test_a_text_that_lost_its_prefix_is_read() -> None:
    source = file(
        '<dmn:decision id="d" name="d"><dmn:literalExpression><text>1 + 1</text></dmn:literalExpression></dmn:decision>',
        prefix="dmn",
    )
    assert load_decisions(source).evaluate("d", {}).value == 2


@pytest.mark.parametrize(
    ("given", "value"), [(["a", "b"], ["a", "b"]), ("a", "a"), (["a", "z"], None), ("z", None), ([], None)]
)
def test_the_allowed_values_of_a_column_are_those_of_each_item_of_a_list(given: object, value: object) -> None:
    source = file(
        '<decision id="d" name="d"><decisionTable><input><inputExpression><text>choices</text></inputExpression>'
        '<inputValues><text>"a","b"</text></inputValues></input><output name="o"/>'
        "<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>choices</text></outputEntry></rule>"
        "</decisionTable></decision>"
    )
    assert load_decisions(source).evaluate("d", {"choices": given}).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("min(c1: 3, c2: 1)", 1),
        ("max(c2: 3, c1: 1)", 3),
        ("sum(n1: 1, n2: 2, n3: 3)", 6),
        ("all(b1: true, b2: false)", False),
        ("min(c1: 3, c3: 1)", None),
        ("min(c: 3, c2: 1)", None),
    ],
)
def test_arguments_of_any_number_are_named_by_their_places(text: str, value: object) -> None:
    assert feel.evaluate(text, {}) == value
