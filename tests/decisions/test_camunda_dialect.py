"""Files of Camunda 7 mean what its documentation says where they say more than, or other than, the standard."""

from __future__ import annotations

from typing import Any

import pytest

from laneway.decisions import load_decisions

DMN_1_1 = "http://www.omg.org/spec/DMN/20151101/dmn.xsd"
DMN_1_3 = "https://www.omg.org/spec/DMN/20191111/MODEL/"
CAMUNDA = 'xmlns:camunda="http://camunda.org/schema/1.0/dmn"'
CLOUD = (
    'xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Cloud" '
    'exporter="Camunda Modeler"'
)


def drawn(
    cell: str = "-", output: str = '"yes"', *, column: str = "", expression: str = "<text>amount</text>", typed: str = "",
    language: str = "", output_type: str = "", space: str = DMN_1_1, platform: str = CAMUNDA,
) -> bytes:  # fmt: skip
    said = f'expressionLanguage="{language}"' if language else ""
    kind = f'typeRef="{typed}"' if typed else ""
    given = f"<inputExpression {kind}>{expression}</inputExpression>" if expression else ""
    result = f'typeRef="{output_type}"' if output_type else ""
    return (
        f'<definitions xmlns="{space}" {platform} id="file" name="file" namespace="test">'
        '<decision id="d" name="d"><decisionTable hitPolicy="FIRST">'
        f'<input id="in" {column}>{given}</input><output id="out" name="out" {result}/>'
        f"<rule><inputEntry {said}><text><![CDATA[{cell}]]></text></inputEntry>"
        f"<outputEntry {said}><text><![CDATA[{output}]]></text></outputEntry></rule>"
        "</decisionTable></decision></definitions>"
    ).encode()


def decided(source: bytes, **variables: Any) -> object:
    return load_decisions(source).evaluate("d", variables).value


@pytest.mark.parametrize(
    ("cell", "column", "language"),
    [
        ("cellInput > 3", "", ""),
        ("cellInput > 3", "", "juel"),
        ("${cellInput > 3}", "", ""),
        ("#{cellInput == 5}", "", ""),
        ("total > 3", 'camunda:inputVariable="total"', ""),
        ("total == 5 && amount > 1", 'camunda:inputVariable="total"', "juel"),
    ],
)
def test_a_cell_may_call_its_input_by_name(cell: str, column: str, language: str) -> None:
    source = drawn(cell, "'yes'" if language else '"yes"', column=column, language=language)
    assert decided(source, amount=5) == "yes"
    assert decided(source, amount=1) is None


def test_the_name_of_an_input_hides_a_variable_and_is_unknown_elsewhere() -> None:
    source = drawn("cellInput = 5", "cellInput")
    assert decided(source, amount=5, cellInput=7) == 7


@pytest.mark.parametrize(
    ("output", "value"),
    [("'yes'", "yes"), ("amount > 3 ? 'big' : 'small'", "big"), ("kind.length()", 3), ("amount + 1", 6)],
)
def test_a_file_from_before_feel_may_hold_juel_without_saying_so(output: str, value: object) -> None:
    assert decided(drawn("> 3", output), amount=5, kind="new") == value


def test_a_newer_file_holds_feel_unless_it_says_otherwise() -> None:
    model = load_decisions(drawn("> 3", "'yes'", space=DMN_1_3))
    assert [one.rule for one in model.errors] == ["expression-syntax"]


@pytest.mark.parametrize(
    ("typed", "given", "value"),
    [
        ("integer", "5", 5),
        ("integer", 5.7, 5),
        ("long", "-12", -12),
        ("double", "5.5", 5.5),
        ("boolean", "True", True),
        ("integer", "many", "many"),
        ("integer", None, None),
    ],
)
def test_an_input_of_a_type_of_camunda_7_is_made_of_a_text_or_number(typed: str, given: object, value: object) -> None:
    # given a column whose value is asked for by its name, and one output that repeats it as a test
    source = drawn("? = wanted", typed=typed, space=DMN_1_3)
    # then
    assert decided(source, amount=given, wanted=value) == "yes"


@pytest.mark.parametrize(
    ("typed", "text", "value"), [("integer", '"7"', 7), ("double", "1", 1), ("boolean", '"false"', False)]
)
def test_an_output_of_a_type_of_camunda_7_is_made_of_a_text(typed: str, text: str, value: object) -> None:
    assert decided(drawn("-", text, output_type=typed, space=DMN_1_3), amount=1) == value


def test_camunda_8_converts_nothing() -> None:
    source = drawn("5", typed="integer", space=DMN_1_3, platform=CLOUD)
    assert decided(source, amount="5") is None


def test_a_column_without_an_expression_is_null() -> None:
    # given
    model = load_decisions(drawn("null", expression=""))
    # then
    assert [(one.severity.value, one.rule) for one in model.problems] == [("warning", "input-without-expression")]
    assert model.evaluate("d", {"amount": 5}).value == "yes"


def test_the_type_of_a_result_holds_nobody_back() -> None:
    # given
    source = (
        f'<definitions xmlns="{DMN_1_3}" {CLOUD} id="f" name="f" namespace="test"><decision id="d" name="d">'
        '<variable name="d" typeRef="string"/><literalExpression><text>amount + 1</text></literalExpression>'
        "</decision></definitions>"
    ).encode()
    # then
    assert decided(source, amount=1) == 2


FLOWABLE = 'exporter="flowable"'


@pytest.mark.parametrize(
    ("cell", "fits", "fails"),
    [
        ("== 'new'", "new", "old"),
        ("!= 'new'", "old", "new"),
        ('== "new"', "new", "old"),
        (".contains('ew')", "new", "old"),
        ("'new'", "new", "old"),
        ("> 3 && kind != 'x'", 5, 2),
        ("== kind", "k", "new"),
        ("== fn_date('2015-01-01')", "2015-01-01", "2015-01-02"),
        ("> date:toDate('2015-01-01')", "2015-01-02", "2014-12-31"),
        ('${collection:contains(amount, "a")}', ["a", "b"], ["b"]),
        ('${collection:contains(amount, \'"a","b"\')}', ["a", "b"], ["b"]),
        ("${collection:contains(amount, '10,50')}", [10, 50, 60], [10]),
        ("${collection:anyOf(amount, '10,50')}", [10], [60]),
        ("${collection:noneOf(amount, '10,50')}", [60], [10]),
        ("${collection:notAllOf(amount, 'x')}", None, ["x"]),
    ],
)
def test_a_cell_of_flowable_goes_on_where_the_input_ends(cell: str, fits: object, fails: object) -> None:
    source = drawn(cell, "'yes'", space="http://www.omg.org/spec/DMN/20151101", platform=FLOWABLE)
    assert decided(source, amount=fits, kind="k") == "yes"
    assert decided(source, amount=fails, kind="k") is None


def test_what_is_wrong_with_a_cell_says_its_rule_and_column() -> None:
    # given
    model = load_decisions(drawn("> ", '"yes', space=DMN_1_3, column='label="Amount"'))
    # then
    assert [one.message.partition(": ")[0] for one in model.errors] == [
        "rule 1, column «Amount»",
        "rule 1, column «out»",
    ]
