"""Item definitions and type references: what they admit, and what becomes of values (DMN 1.5, 7.3.3 and 10.3.2.9.4)."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from tests.decisions.drawing import (
    component,
    context,
    decision,
    dmn,
    function,
    input_data,
    item,
    knowledge,
    literal,
    table,
    typed_decision,
)

from laneway.decisions import load_decisions
from laneway.decisions.model import DecisionResult

PERSON = item(
    "tPerson", None, component("name", "string"), component("born", "date"), component("address", "tAddress"),
    component("pets", "tPet", many=True),
)  # fmt: skip
TYPES = (
    item("tLevel", "number", allowed="[1..5]"),
    item("tColour", "string", allowed='"red", "green"'),
    item("tNumbers", "number", many=True),
    item("tColours", "tColour", many=True),
    item("tFew", "number", allowed="> 0", constraint="count(?) <= 2", many=True),
    item("tShort", "string", constraint="string length(?) <= 3"),
    item("tMatrix", "tNumbers", many=True),
    item("tLater", "tPerson"),
    PERSON,
    item("tAddress", None, component("city", "string"), component("geo", None, component("lat", "number"))),
    item("tPet", None, component("name", "string")),
    item("tTree", None, component("value", "number"), component("children", "tTree", many=True)),
    item("tMoment", "date and time"),
    item("t-odd name", "number"),
)
FRED = {
    "name": "Fred",
    "born": "2000-01-31",
    "address": {"city": "Bonn", "geo": {"lat": 50}},
    "pets": [{"name": "Rex"}],
}


def given(kind: str, value: object, expression: str = "x") -> DecisionResult:
    """Evaluate an expression about input data of a type."""
    model = load_decisions(dmn(*TYPES, input_data("x", kind=kind), decision("d", literal(expression), "input:x")))
    assert not model.errors
    return model.evaluate("d", {"x": value})


def result(kind: str, expression: str) -> DecisionResult:
    """Evaluate an expression to a decision of a type."""
    model = load_decisions(dmn(*TYPES, typed_decision("d", kind, literal(expression))))
    assert not model.errors
    return model.evaluate("d", {})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", 5), ("number", Decimal("1.5")), ("number", 1.5), ("string", "a"), ("boolean", False), ("Any", {"a": [1]}),
        ("tLevel", 5), ("tColour", "red"), ("tNumbers", [1, 2]), ("tNumbers", []), ("tColours", ["red", "red"]),
        ("tFew", [1, 2]), ("tShort", "abc"), ("tMatrix", [[1], [], [2, 3]]), ("tAddress", {"city": "a", "geo": {"lat": 1}}),
        ("tAddress", {"city": None, "geo": None}), ("tPet", {"name": "Rex", "age": 5}), ("t-odd name", 5),
        ("tTree", {"value": 1, "children": [{"value": 2, "children": []}]}), ("number", None), ("tLevel", None),
        ("tNumbers", [1, None]), ("list<number>", [1, 2]), ("list<list<tLevel>>", [[1]]), ("context<a: number>", {"a": 1}),
    ],
)  # fmt: skip
def test_a_value_of_its_type_is_taken_as_it_is(kind: str, value: object) -> None:
    answer = given(kind, value)
    assert answer.output == value
    assert not answer.warnings


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "5"), ("number", True), ("string", 5), ("boolean", "true"), ("tLevel", 6), ("tLevel", "a"), ("tColour", "blue"),
        ("tNumbers", [1, "a"]), ("tColours", ["red", "blue"]), ("tFew", [1, 2, 3]), ("tFew", [1, -2]), ("tShort", "abcd"),
        ("tMatrix", [1, "a"]), ("tAddress", {"city": 5, "geo": {"lat": 1}}), ("tAddress", {"city": "a", "geo": {"lat": "x"}}),
        ("tPet", "Rex"), ("tTree", {"value": 1, "children": [{"value": "x", "children": []}]}), ("date", "tomorrow"),
        ("date", 5), ("number", [1, 2]), ("number", []), ("list<number>", ["a"]), ("context<a: number>", {"a": "x"}),
        ("t-odd name", "x"),
    ],
)  # fmt: skip
def test_input_data_of_another_type_makes_the_decision_null(kind: str, value: object) -> None:
    answer = given(kind, value, '"made"')
    assert answer.output is None
    assert kind in answer.warnings[0]
    assert "input x" in answer.warnings[0]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("tNumbers", 5, [5]),
        ("number", [5], 5),
        ("tColours", "red", ["red"]),
        ("tMatrix", [1], None),
        ("tLevel", [3], 3),
    ],
)
def test_input_data_is_converted_to_and_from_a_list_of_one(kind: str, value: object, expected: object) -> None:
    assert given(kind, value).output == expected


@pytest.mark.parametrize(
    ("kind", "text", "expression"),
    [
        ("date", "2026-01-31", 'x = date("2026-01-31")'),
        ("date", "2026-01-31T10:00:00Z", 'x = date("2026-01-31")'),
        ("time", "10:30:00", 'x = time("10:30:00")'),
        ("date and time", "2026-01-31T10:00:00", "x.hour = 10"),
        ("dateTime", "2026-01-31T10:00:00", "x.hour = 10"),
        ("tMoment", "2026-01-31T10:00:00", "x.hour = 10"),
        ("days and time duration", "P1DT2H", "x.hours = 2"),
        ("dayTimeDuration", "P1D", "x.days = 1"),
        ("years and months duration", "P1Y2M", "x.months = 2"),
        ("yearMonthDuration", "P1Y", "x.years = 1"),
        ("duration", "P1Y", "x.years = 1"),
    ],
)
def test_texts_are_read_where_the_type_says_what_they_are(kind: str, text: str, expression: str) -> None:
    assert given(kind, text, expression).output is True


def test_texts_are_read_however_deep_they_lie() -> None:
    assert given("tPerson", FRED, "x.born.year").output == 2000
    assert given("tLater", FRED, 'x.born + duration("P1D")').output == "2000-02-01"
    assert given("list<date>", ["2026-01-31"], "x[1].day").output == 31


def test_components_that_input_data_leaves_out_are_null() -> None:
    assert given("tPerson", {"name": "Fred"}, "x.address.city").output is None
    assert given("tPerson", {"name": "Fred"}, "x.name").output == "Fred"


@pytest.mark.parametrize(
    ("kind", "expression", "expected"),
    [
        ("number", "1", 1), ("number", "[1]", 1), ("number", '"1"', None), ("string", '["a"]', "a"), ("string", "1", None),
        ("tNumbers", "1", [1]), ("tNumbers", "[1, 2]", [1, 2]), ("tNumbers", '"a"', None), ("tNumbers", '[1, "a"]', None),
        ("number", "[1, 2]", None), ("number", '["a"]', None), ("number", "null", None), ("tLevel", "6", None),
        ("tLevel", "2", 2), ("tPet", '{name: "Rex"}', {"name": "Rex"}), ("tPet", "{name: 1}", None), ("tPet", "{}", None),
        ("tPet", '[{name: "Rex", age: 1}]', {"name": "Rex", "age": 1}), ("boolean", "1 = 1", True), ("list", "1", [1]),
        ("context", "{a: 1}", {"a": 1}), ("context", "1", None), ("Any", "[1]", [1]), ("date", '"2026-01-31"', None),
        ("function", "1", None), ("range", "[1..2]", "[1..2]"), ("tMatrix", "[1]", None), ("tMatrix", "[[1]]", [[1]]),
    ],
)  # fmt: skip
def test_a_result_is_of_its_variables_type_or_null(kind: str, expression: str, expected: object) -> None:
    answer = result(kind, expression)
    assert answer.output == expected
    if expected is None and expression != "null":
        assert f"type {kind} doesn't admit" in answer.warnings[0]


def test_a_date_becomes_its_midnight_where_a_moment_is_asked_for() -> None:
    assert result("date and time", 'date("2026-01-31")').output == "2026-01-31T00:00:00Z"
    assert result("tMoment", '[date("2026-01-31")]').output == "2026-01-31T00:00:00Z"
    assert given("date and time", date(2026, 1, 31), "x.hour").output == 0
    assert given("date", datetime(2026, 1, 31, 10), '"made"').output is None


def test_parameters_of_knowledge_models_are_typed() -> None:
    model = (
        '<businessKnowledgeModel id="f" name="f"><variable name="f" typeRef="number"/><encapsulatedLogic>'
        f'<formalParameter name="p" typeRef="tLevel"/>{literal("p * 10")}</encapsulatedLogic></businessKnowledgeModel>'
    )
    calls = '{one: f(2), single: f([3]), beyond: f(6), text: f("a"), named: f(p: 4)}'
    answer = load_decisions(dmn(*TYPES, model, decision("d", literal(calls), "knowledge:f"))).evaluate("d", {})
    assert answer.output == {"one": 20, "single": 30, "beyond": None, "text": None, "named": 40}
    assert any("tLevel" in warning for warning in answer.warnings)


def test_a_function_item_types_a_function() -> None:
    signature = '<itemDefinition name="tScore"><functionItem outputTypeRef="string"><parameters name="p" typeRef="number"/></functionItem></itemDefinition>'
    model = (
        '<businessKnowledgeModel id="f" name="f"><variable name="f" typeRef="tScore"/><encapsulatedLogic>'
        f'<formalParameter name="p"/>{literal("if p > 1 then string(p) else p")}</encapsulatedLogic></businessKnowledgeModel>'
    )
    calls = '[f(2), f(1), f("x")]'
    answer = load_decisions(dmn(signature, model, decision("d", literal(calls), "knowledge:f"))).evaluate("d", {})
    assert answer.output == ["2", None, None]


def test_feel_knows_item_definitions() -> None:
    text = (
        '[x instance of tPerson, 5 instance of tLevel, 6 instance of tLevel, [1] instance of tNumbers, "red" instance of tColour,'
        " 5 instance of t-odd name, {f: function(a: tLevel) a, r: f(9)}.r, {f: function(a: tNumbers) a, r: f(9)}.r]"
    )
    assert given("tPerson", FRED, text).output == [True, True, False, True, True, True, None, [9]]


def test_names_of_components_may_hold_signs_and_keywords() -> None:
    types = item(
        "tLoan",
        None,
        component("rate-per-year", "number"),
        component("date of start", "date"),
        component("in stock", "number"),
    )
    text = "loan.rate-per-year + loan.in stock + loan.date of start.day"
    model = load_decisions(dmn(types, input_data("loan", kind="tLoan"), decision("d", literal(text), "input:loan")))
    assert not model.problems
    assert (
        model.evaluate("d", {"loan": {"rate-per-year": 3, "in stock": 4, "date of start": "2026-01-05"}}).output == 12
    )


@pytest.mark.parametrize(
    ("types", "rule", "says"),
    [
        ([item("a", "b"), item("b", "a")], "item-definition-cycle", "a → b → a"),
        ([item("a", "a", many=True)], "item-definition-cycle", "a → a"),
        ([item("a", "gone")], "type-unknown", "gone"),
        ([item("a", "number"), item("a", "string")], "item-definition-duplicate", "named a"),
        ([item("a", "number", allowed="> > 1")], "expression-syntax", ">"),
    ],
)
def test_what_is_wrong_with_types_is_said(types: list[str], rule: str, says: str) -> None:
    model = load_decisions(dmn(*types, decision("d", literal("1"))))
    assert rule in [one.rule for one in model.problems]
    assert any(says in str(one) for one in model.problems)
    assert model.evaluate("d", {}).output == 1


def test_an_unknown_type_reference_checks_nothing_and_is_said() -> None:
    model = load_decisions(dmn(typed_decision("d", "tGone", literal("1"))))
    assert [one.rule for one in model.problems] == ["type-unknown"]
    assert model.evaluate("d", {}).output == 1


@pytest.mark.parametrize(
    ("namespace", "prefixes", "reference"),
    [
        ("http://www.omg.org/spec/DMN/20151101/dmn.xsd", 'xmlns:feel="http://www.omg.org/spec/FEEL/20140401"', "feel:number"),
        ("http://www.omg.org/spec/DMN/20151101/dmn.xsd", 'xmlns:xsd="http://www.w3.org/2001/XMLSchema"', "xsd:decimal"),
        ("http://www.omg.org/spec/DMN/20151101/dmn.xsd", 'xmlns:my="x"', "my:tAmount"),
        ("http://www.omg.org/spec/DMN/20180521/MODEL/", 'xmlns:feel="http://www.omg.org/spec/DMN/20180521/FEEL/"', "feel:number"),
        ("http://www.omg.org/spec/DMN/20180521/MODEL/", "", "number"),
        ("https://www.omg.org/spec/DMN/20191111/MODEL/", "", "tAmount"),
        ("https://www.omg.org/spec/DMN/20211108/MODEL/", "", "Number"),
        ("https://www.omg.org/spec/DMN/20230324/MODEL/", "", "{x}tAmount"),
        ("https://www.omg.org/spec/DMN/20230324/MODEL/", "", "long"),
    ],
)  # fmt: skip
def test_type_references_of_all_versions(namespace: str, prefixes: str, reference: str) -> None:
    source = dmn(
        item("tAmount", "number"), typed_decision("d", reference, literal('"text"')), typed_decision("e", reference, literal("[5]")),
        namespace=namespace, prefixes=prefixes,
    )  # fmt: skip
    model = load_decisions(source)
    assert not model.problems
    assert model.evaluate("d", {}).output is None
    assert model.evaluate("e", {}).output == 5


def test_a_type_reference_may_be_an_element() -> None:
    name = "http://www.omg.org/spec/DMN/20151101/dmn.xsd"
    types = '<itemDefinition name="tAge"><typeRef xmlns:feel="http://www.omg.org/spec/FEEL/20140401">feel:number</typeRef></itemDefinition>'
    model = load_decisions(dmn(types, typed_decision("d", "tAge", literal('"a"')), namespace=name))
    assert not model.problems
    assert model.evaluate("d", {}).output is None


def test_a_typed_table_gives_its_decision_the_type() -> None:
    rules = [("> 5", '"red"'), ("<= 5", '"blue"')]
    model = load_decisions(dmn(*TYPES, typed_decision("d", "tColour", table(["x"], ["c"], rules))))
    assert [model.evaluate("d", {"x": x}).output for x in (6, 5)] == ["red", None]


def test_a_decision_without_logic_takes_its_value_from_the_variables() -> None:
    model = load_decisions(dmn(typed_decision("day", "date", ""), decision("d", literal("day.year"), "decision:day")))
    assert model.evaluate("d", {"day": "2026-01-31"}).output == 2026
    assert model.evaluate("day", {"day": 5}).output is None
    assert model.evaluate("day", {}).output is None


def test_checking_large_data_pays_for_it() -> None:
    from laneway.decisions import DecisionFailed

    with pytest.raises(DecisionFailed):
        given("tNumbers", list(range(500_000)), "count(x)")


def test_knowledge_with_types_but_no_decisions_is_a_file() -> None:
    assert not load_decisions(dmn(item("tA", "number"), knowledge("f", ["a"], literal("a")))).problems


def test_a_function_of_item_definitions_is_an_instance_of_its_signature() -> None:
    # given a boxed function of a person, and types that it conforms to or doesn't
    grown = function({"p": "tPerson"}, literal("p.age > 17", typeRef="boolean"), typeRef="tTest")
    named = item("tNamed", None, component("name", "string"))
    person = item("tPerson", None, component("name", "string"), component("age", "number"))
    asked = literal(
        "[grown instance of function<tPerson> -> boolean, grown instance of function<tNamed> -> boolean,"
        " grown instance of function<tPerson> -> string, grown instance of function<tPerson, tPerson> -> boolean,"
        " grown(null)]"
    )
    model = load_decisions(
        dmn(person, named, decision("d", context(("grown", grown, "boolean"), ("r", asked), (None, literal("r")))))
    )
    # when, then: parameters conform the other way round, results as they are
    assert model.evaluate("d", {}).output == [True, False, False, False, None]
