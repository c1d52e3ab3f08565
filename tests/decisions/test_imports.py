"""DMN files that import DMN files (DMN 1.5, 6.3.3)."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.decisions.drawing import (
    component,
    decision,
    dmn,
    imported,
    input_data,
    invocation,
    item,
    knowledge,
    literal,
    service,
    typed_decision,
)

from laneway.decisions import DecisionModel, load_decisions

BASE = dmn(
    item("tPerson", None, component("full-name", "string"), component("born", "date")),
    item("tLevel", "number", allowed="[1..3]"),
    input_data("person", kind="tPerson"),
    decision("greeting", literal('"Hello " + person.full-name'), "input:person", name="the greeting"),
    knowledge("shout", ["text"], literal("upper case(text)")),
    service("serve", ["greeting"], inputs=["person"]),
    target="urn:base",
)
FRED = {"full-name": "Fred", "born": "2000-01-31"}


def load(*elements: str, files: Mapping[str, Any] | None = None) -> DecisionModel:
    return load_decisions(dmn(*elements, target="urn:top"), "top.dmn", {"base.dmn": BASE} if files is None else files)


def test_decisions_knowledge_and_types_are_used_behind_the_name_of_the_import() -> None:
    model = load(
        imported("base", "urn:base"),
        decision(
            "d", literal("base.shout(base.the greeting)"), "decision:urn:base#greeting", "knowledge:urn:base#shout"
        ),
    )
    assert not model.problems
    assert model.evaluate("d", {"person": FRED}).output == "HELLO FRED"
    assert model.evaluate("d", {"person": FRED}).details["requiredDecisions"][0]["decisionId"] == "greeting"


@pytest.mark.parametrize(
    "inputs", [{"person": FRED}, {"base": {"person": FRED}}, {"base.person": FRED}, {"urn:base#person": FRED}]
)
def test_imported_input_data_is_given_in_several_ways(inputs: dict[str, object]) -> None:
    model = load(imported("base", "urn:base"), decision("d", literal("base.person.born.year"), "input:urn:base#person"))
    assert model.evaluate("d", inputs).output == 2000


def test_an_import_without_a_name_puts_all_among_the_own_names() -> None:
    model = load(
        imported("", "urn:base"),
        decision("d", literal("shout(the greeting)"), "decision:urn:base#greeting", "knowledge:urn:base#shout"),
        typed_decision("level", "tLevel", literal("5")),
    )
    assert not model.problems
    assert model.evaluate("d", {"person": FRED}).output == "HELLO FRED"
    assert model.evaluate("level", {}).output is None


@pytest.mark.parametrize("reference", ["base.tLevel", "{urn:base}tLevel"])
def test_imported_types_are_checked(reference: str) -> None:
    model = load(
        imported("base", "urn:base"),
        typed_decision("bad", reference, literal("5")),
        typed_decision("good", reference, literal("[3]")),
        item("tLevels", reference, many=True),
        typed_decision("many", "tLevels", literal("[1, 9]")),
        decision("asked", literal("[3 instance of base.tLevel, 5 instance of base.tLevel]")),
    )
    assert not model.problems
    assert [model.evaluate(one, {}).output for one in ("bad", "good", "many")] == [None, 3, None]
    assert model.evaluate("asked", {}).output == [True, False]


def test_an_imported_type_by_prefix_as_in_dmn_1_1() -> None:
    source = dmn(
        imported("", "urn:base", kind="http://www.omg.org/spec/DMN/20151101/dmn.xsd").replace('name="" ', ""),
        typed_decision("d", "b:tLevel", literal("5")),
        target="urn:top", namespace="http://www.omg.org/spec/DMN/20151101/dmn.xsd", prefixes='xmlns:b="urn:base"',
    )  # fmt: skip
    model = load_decisions(source, "top.dmn", {"base.dmn": BASE})
    assert not model.problems
    assert model.evaluate("d", {}).output is None


def test_imported_functions_are_invoked_from_boxes_and_services_are_called() -> None:
    model = load(
        imported("base", "urn:base"),
        decision("boxed", invocation("base.shout", text=literal('"a"')), "knowledge:urn:base#shout"),
        decision("served", literal('base.serve({full-name: "Ann", born: null})'), "knowledge:urn:base#serve"),
    )
    assert not model.problems
    assert model.evaluate("boxed", {}).output == "A"
    assert model.evaluate("served", {}).output == "Hello Ann"


def test_imports_nest_and_meet_again() -> None:
    left = dmn(
        imported("b", "urn:base"),
        decision("l", literal('b.the greeting + "!"'), "decision:urn:base#greeting"),
        target="urn:left",
    )
    right = dmn(
        imported("x", "urn:base"),
        decision("r", literal('x.the greeting + "?"'), "decision:urn:base#greeting"),
        target="urn:right",
    )
    model = load(
        imported("left", "urn:left"), imported("right", "urn:right"),
        decision("d", literal("left.l + right.r"), "decision:urn:left#l", "decision:urn:right#r"),
        files={"left.dmn": left, "right.dmn": right, "base.dmn": BASE},
    )  # fmt: skip
    assert not model.problems
    result = model.evaluate("d", {"person": FRED})
    assert result.output == "Hello Fred!Hello Fred?"
    assert len(result.details["requiredDecisions"]) == 3
    assert model.evaluate("d", {"left": {"b": {"person": FRED}}}).output == "Hello Fred!Hello Fred?"


def test_two_files_may_use_the_same_names_and_ids() -> None:
    one = dmn(input_data("x"), decision("d", literal("x + 1"), "input:x"), target="urn:one")
    two = dmn(input_data("x"), decision("d", literal("x + 2"), "input:x"), target="urn:two")
    model = load(
        imported("one", "urn:one"), imported("two", "urn:two"), input_data("x"),
        decision("d", literal("[x, one.d, two.d]"), "input:x", "decision:urn:one#d", "decision:urn:two#d"),
        files={"one.dmn": one, "two.dmn": two},
    )  # fmt: skip
    assert not model.problems
    assert model.evaluate("d", {"x": 0, "one": {"x": 10}, "two": {"x": 20}}).output == [0, 11, 22]


def test_a_reference_with_the_files_own_namespace_is_local() -> None:
    model = load(decision("a", literal("1")), decision("d", literal("a"), "decision:urn:top#a"))
    assert not model.problems
    assert model.evaluate("d", {}).output == 1


def test_the_location_decides_where_the_namespace_does_not() -> None:
    first, second = (dmn(decision("d", literal(f"{n}")), target="urn:same") for n in (1, 2))
    model = load(
        imported("it", "urn:same", "files/second.dmn"), decision("d", literal("it.d"), "decision:urn:same#d"),
        files={"first.dmn": first, "second.dmn": second},
    )  # fmt: skip
    assert model.evaluate("d", {}).output == 2


def test_files_may_come_from_a_function() -> None:
    def find(namespace: str, location: str | None) -> tuple[str, bytes] | None:
        return ("base.dmn", BASE) if namespace == "urn:base" else None

    source = dmn(
        imported("base", "urn:base"), decision("d", literal("base.the greeting"), "decision:urn:base#greeting")
    )
    assert load_decisions(source, "top.dmn", find).evaluate("d", {"person": FRED}).output == "Hello Fred"


@pytest.mark.parametrize(
    ("elements", "rule", "says"),
    [
        ([imported("gone", "urn:gone")], "import-missing", "urn:gone"),
        ([imported("a", "urn:a", "a.pmml", "http://www.dmg.org/PMML-4_2")], "import-unsupported", "PMML"),
        ([imported("a", "urn:a", "a.xsd", "http://www.w3.org/2001/XMLSchema")], "import-unsupported", "XMLSchema"),
        (
            [imported("b", "urn:base"), decision("e", literal("1"), "decision:urn:base#no")],
            "dangling-requirement",
            "urn:base#no",
        ),
        ([decision("e", literal("1"), "decision:urn:base#greeting")], "dangling-requirement", "urn:base#greeting"),
    ],
)
def test_what_is_wrong_with_imports_is_said(elements: list[str], rule: str, says: str) -> None:
    model = load(*elements, decision("d", literal("1")))
    assert [one.rule for one in model.problems] == [rule]
    assert says in str(model.problems[0])
    assert model.evaluate("d", {}).output == 1


def test_files_that_import_each_other_are_an_error_that_names_them() -> None:
    one = dmn(imported("two", "urn:two"), decision("a", literal("1")), target="urn:one")
    two = dmn(imported("one", "urn:one"), decision("b", literal("2")), target="urn:two")
    files = {"one.dmn": one, "two.dmn": two}
    top = load_decisions(one, "one.dmn", files)
    assert top.evaluate("a", {}).output == 1
    problems = [problem for name in files for problem in load_decisions(files[name], name, files).problems]
    assert {problem.rule for problem in problems} == {"import-cycle"}
    assert "one.dmn → two.dmn → one.dmn" in problems[0].message


def test_an_error_in_an_imported_file_is_its_own_and_concerns_who_needs_it() -> None:
    from laneway.decisions import DecisionFailed

    base = dmn(decision("bad", literal("1 +")), decision("good", literal("1")), target="urn:base")
    model = load(
        imported("b", "urn:base"),
        decision("one", literal("b.good"), "decision:urn:base#good"),
        decision("two", literal("b.bad"), "decision:urn:base#bad"),
        files={"base.dmn": base},
    )
    assert not model.problems
    assert model.evaluate("one", {}).output == 1
    with pytest.raises(DecisionFailed, match=r"base\.dmn"):
        model.evaluate("two", {})
