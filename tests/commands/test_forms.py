"""What a person entered, held against the form. Source: form-js, "Form JSON schema"."""

from decimal import Decimal
from typing import Any

import pytest

from laneway.commands.forms import check


def faults(component: dict[str, Any], variables: dict[str, Any]) -> list[str]:
    return [fault.message for fault in check({"components": [component]}, variables)]


@pytest.mark.parametrize(
    ("component", "good", "bad"),
    [
        ({"type": "textfield", "validate": {"minLength": 2, "maxLength": 4}}, "abc", "abcde"),
        ({"type": "textfield", "validate": {"pattern": "^[A-Z]+$"}}, "ABC", "abc"),
        ({"type": "textfield", "validate": {"validationType": "email"}}, "a@b.org", "a at b"),
        ({"type": "textfield", "validate": {"validationType": "phone"}}, "+49 30 1234", "call me"),
        ({"type": "textarea"}, "text", 5),
        ({"type": "number", "validate": {"min": 1, "max": 10}}, 10, 11),
        ({"type": "number", "decimalDigits": 2}, Decimal("1.25"), Decimal("1.255")),
        ({"type": "number"}, 5, "5"),
        ({"type": "number", "serializeToString": True}, "5.5", "five"),
        ({"type": "checkbox"}, True, "yes"),
        ({"type": "select", "values": [{"value": "a"}, {"value": "b"}]}, "a", "c"),
        ({"type": "radio", "values": [{"value": 1}]}, 1, 2),
        ({"type": "checklist", "values": [{"value": "a"}, {"value": "b"}]}, ["a", "b"], ["a", "c"]),
        ({"type": "taglist", "values": [{"value": "a"}]}, ["a"], "a"),
        ({"type": "datetime", "subtype": "date"}, "2026-12-24", "24.12.2026"),
        ({"type": "datetime", "subtype": "datetime"}, "2026-12-24T18:00:00Z", "today"),
        ({"type": "select", "valuesKey": "options"}, "anything", None),
    ],
)
def test_a_component_takes_what_it_says(component: dict[str, Any], good: Any, bad: Any) -> None:
    # Given a component; when a good and a bad value are entered; then only the bad one is a fault.
    field = {"key": "field", **component}
    assert faults(field, {"field": good}) == []
    if bad is not None:
        assert len(faults(field, {"field": bad})) == 1


@pytest.mark.parametrize(
    ("type", "empty"), [("textfield", ""), ("number", None), ("checkbox", False), ("checklist", []), ("select", None)]
)
def test_a_required_field_must_be_filled_in(type: str, empty: Any) -> None:
    # Given a required field; when it is left empty or out; then that is its fault.
    component = {"key": "field", "type": type, "validate": {"required": True}}
    assert faults(component, {"field": empty}) == ["must be filled in"]
    assert faults(component, {}) == ["must be filled in"]


def test_a_hidden_component_is_not_asked_for() -> None:
    # Given a required field that is shown for one answer only; when the other is given; then it is not asked for.
    schema = {
        "components": [
            {"type": "radio", "key": "wanted", "values": [{"value": "yes"}, {"value": "no"}]},
            {
                "type": "textfield",
                "key": "reason",
                "validate": {"required": True},
                "conditional": {"hide": '=wanted = "no"'},
            },
        ]
    }
    assert check(schema, {"wanted": "no"}) == []
    assert [fault.field for fault in check(schema, {"wanted": "yes"})] == ["reason"]


def test_groups_and_lists_are_looked_into() -> None:
    # Given a group with a path and a dynamic list; when values in them are wrong; then their places are named.
    field = {"type": "number", "key": "amount", "validate": {"required": True, "max": 5}}
    schema = {
        "components": [
            {"type": "group", "path": "order", "components": [field]},
            {"type": "dynamiclist", "path": "lines", "components": [field]},
            {"type": "group", "components": [{**field, "key": "total.net"}]},
        ]
    }
    given = {"order": {"amount": 9}, "lines": [{"amount": 1}, {"amount": 7}, {}], "total": {"net": 6}}
    assert [fault.field for fault in check(schema, given)] == [
        "order.amount",
        "lines[1].amount",
        "lines[2].amount",
        "total.net",
    ]


def test_a_bound_may_be_an_expression() -> None:
    # Given a bound that depends on another field; when values are entered; then the expression decides.
    component = {"type": "number", "key": "part", "validate": {"max": "=whole"}}
    assert faults(component, {"part": 5, "whole": 4}) == ["must be at most 4"]
    assert faults(component, {"part": 4, "whole": 4}) == []


def test_a_json_schema_is_a_form_too() -> None:
    # Given a JSON Schema; when it is not met; then the places are named.
    schema = {
        "type": "object",
        "properties": {"age": {"type": "integer", "minimum": 18}, "name": {"type": "string"}},
        "required": ["age", "name"],
    }
    assert check(schema, {"age": 20, "name": "x"}) == []
    assert {fault.field for fault in check(schema, {"age": 3})} == {"/age", "/name"}


def test_a_pattern_that_would_backtrack_for_ever_does_not() -> None:
    # Given a pattern with nested repetition; when a long text is entered; then the answer is there at once.
    component = {"type": "textfield", "key": "field", "validate": {"pattern": "^(a+)+$"}}
    assert len(faults(component, {"field": "a" * 5000 + "!"})) == 1
