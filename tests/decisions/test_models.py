"""Decision files: requirements, knowledge, boxed expressions, and what is wrong with them."""

import json
import time
from datetime import UTC, datetime

import pytest
from tests.decisions import tck
from tests.decisions.drawing import decision, dmn, input_data, knowledge, literal, table, text

from laneway.decisions import DecisionFailed, load_decisions
from laneway.domain.errors import NotFound, Refused
from laneway.domain.problem import Severity


def test_a_literal_expression() -> None:
    model = load_decisions(
        dmn(
            input_data("i", "Monthly Salary"),
            decision("d", literal("12 * Monthly Salary"), "input:i", name="Yearly Salary"),
        )
    )
    assert model.evaluate("d", {"Monthly Salary": 10}).output == 120
    assert model.evaluate("Yearly Salary", {"Monthly Salary": 10}).output == 120
    assert model.evaluate("d", {"Monthly Salary": 10}).details["decisionType"] == "LITERAL_EXPRESSION"


def test_names_with_operators_are_known_from_the_model() -> None:
    model = load_decisions(
        dmn(input_data("i", "Profit/Loss - net"), decision("d", literal("Profit/Loss - net + 1"), "input:i"))
    )
    assert model.evaluate("d", {"Profit/Loss - net": 1}).output == 2


def test_required_decisions_are_made_first_and_once() -> None:
    model = load_decisions(
        dmn(
            decision("top", literal("left + right"), "decision:left", "decision:right"),
            decision("left", literal("base value * 2"), "decision:base"),
            decision("right", literal("base value * 3"), "decision:base"),
            decision("base", literal("x + 1"), name="base value"),
        )
    )
    result = model.evaluate("top", {"x": 1})
    assert result.output == 10
    assert [one["decisionId"] for one in result.details["requiredDecisions"]] == ["base", "left", "right"]


def test_a_required_table_is_also_known_by_the_name_of_its_output() -> None:
    season = decision(
        "decide_season", table(["t"], ["season"], [("> 20", '"Summer"'), ("<= 20", '"Winter"')]), name="Season of year"
    )
    dish = decision(
        "dish",
        table(["season"], ["dish"], [('"Summer"', '"Salad"'), ('"Winter"', '"Roast"')]),
        "decision:decide_season",
    )
    assert load_decisions(dmn(season, dish)).evaluate("dish", {"t": 30}, strict=True).output == "Salad"


def test_a_long_chain_of_requirements() -> None:
    links = [decision(f"d{i}", literal(f"d{i - 1} + 1"), f"decision:d{i - 1}") for i in range(1, 1_000)]
    model = load_decisions(dmn(decision("d0", literal("0")), *links))
    assert model.evaluate("d999", {}).output == 999


def test_knowledge_models_are_functions() -> None:
    model = load_decisions(
        dmn(
            knowledge("twice", ["n"], literal("n * 2")),
            knowledge("four times", ["n"], literal("twice(twice(n))"), "knowledge:twice"),
            decision("d", literal("four times(x) + 1"), "knowledge:four times"),
        )
    )
    assert not model.problems
    assert model.evaluate("d", {"x": 2}).output == 9


def test_an_invocation_of_a_table() -> None:
    size = knowledge("size", ["n"], table(["n"], ["s"], [("> 5", '"big"'), ("<= 5", '"small"')]))
    call = f'<invocation>{literal("size")}<binding><parameter name="n"/>{literal("x + 1")}</binding></invocation>'
    model = load_decisions(dmn(size, decision("d", call, "knowledge:size")))
    assert model.evaluate("d", {"x": 5}).output == "big"


def test_a_context_with_and_without_a_result() -> None:
    entries = f'<contextEntry><variable name="a b"/>{literal("x + 1")}</contextEntry><contextEntry><variable name="c"/>{literal("a b * 2")}</contextEntry>'
    last = f"<contextEntry>{literal('c + 1')}</contextEntry>"
    model = load_decisions(
        dmn(decision("d", f"<context>{entries}</context>"), decision("e", f"<context>{entries}{last}</context>"))
    )
    assert model.evaluate("d", {"x": 1}).output == {"a b": 2, "c": 4}
    assert model.evaluate("e", {"x": 1}).output == 5


def test_lists_relations_conditionals_and_functions() -> None:
    listed = f"<list>{literal('1')}{literal('x')}</list>"
    relation = f'<relation><column name="n"/><column name="m"/><row>{literal("1")}{literal("x")}</row></relation>'
    choice = (
        f"<conditional><if>{literal('x > 1')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>"
    )
    function = f'<context><contextEntry><variable name="f"/><functionDefinition><formalParameter name="p"/>{literal("p + x")}</functionDefinition></contextEntry><contextEntry>{literal("f(10)")}</contextEntry></context>'
    model = load_decisions(
        dmn(decision("l", listed), decision("r", relation), decision("c", choice), decision("f", function))
    )
    assert not model.problems
    assert [model.evaluate(one, {"x": 2}).output for one in "lrcf"] == [[1, 2], [{"n": 1, "m": 2}], 1, 12]


def test_now_is_handed_in_and_results_are_json() -> None:
    model = load_decisions(dmn(decision("d", literal('{at: now(), in: @"P1D", third: 1/4}'))))
    result = model.evaluate("d", {}, datetime(2026, 3, 14, tzinfo=UTC))
    assert result.output == {"at": "2026-03-14T00:00:00Z", "in": "P1D", "third": result.value["third"]}  # type: ignore[index]
    json.dumps(result.details, default=str)


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_every_version_of_dmn_is_read(namespace: str) -> None:
    assert load_decisions(dmn(decision("d", literal("1 + 1")), namespace=namespace)).evaluate("d", {}).output == 2


def test_juel_of_older_engines_is_read() -> None:
    rules = [("> 5", '"big"'), ("<= 5", '"small"')]
    model = load_decisions(dmn(decision("d", table(["${order.amount * 2}"], ["s"], rules))))
    assert model.evaluate("d", {"order": {"amount": 4}}).output == "big"


def test_an_expression_may_begin_with_an_equals_sign() -> None:
    assert load_decisions(dmn(decision("d", literal("= 1 + 1")))).evaluate("d", {}).output == 2


def problems(*elements: str, **more: str) -> list[tuple[str, str | None, str]]:
    return [
        (problem.rule, problem.element_id, problem.message)
        for problem in load_decisions(dmn(*elements, **more)).problems
    ]


def test_a_fault_in_an_expression_names_element_line_column_and_remedy() -> None:
    model = load_decisions(dmn(decision("d", table(["x"], ["y"], [("> 5", "a == 1")]), name="Size")), "size.dmn")
    problem = model.problems[0]
    assert (problem.severity, problem.rule, problem.file) == (Severity.ERROR, "expression-syntax", "size.dmn")
    assert (problem.element_name, problem.line, problem.column) == ("Size", 3, 3)
    assert "single =" in problem.fix
    with pytest.raises(DecisionFailed) as caught:
        model.evaluate("d", {"x": 9})
    assert caught.value.code == "decision_unreadable"


def test_a_call_that_is_always_null_is_a_warning() -> None:
    model = load_decisions(dmn(decision("d", literal("len(x)"))))
    assert [(problem.severity, problem.rule) for problem in model.problems] == [
        (Severity.WARNING, "expression-always-null")
    ]
    assert model.evaluate("d", {"x": "a"}).output is None


@pytest.mark.parametrize(
    ("elements", "rule", "says"),
    [
        ([decision("d", literal("1"), "decision:gone")], "dangling-requirement", "gone"),
        ([decision("d", literal("1"), "decision:other.dmn#x")], "dangling-requirement", "other.dmn#x"),
        (
            [decision("a", literal("b"), "decision:b"), decision("b", literal("a"), "decision:a")],
            "requirement-cycle",
            "in turn",
        ),
        ([decision("a", literal("1")), decision("a", literal("2"))], "duplicate-id", "twice"),
        ([input_data("i")], "no-decision", "no decision"),
        ([decision("d", table(["x"], ["y"], [("1", "2")], "BEST"))], "hit-policy-unknown", "BEST"),
        ([decision("d", table(["x"], ["y"], [("1",)]))], "rule-incomplete", "rule 1"),
        ([decision("d", table([""], ["y"], [("1", "2")]))], "input-without-expression", "no expression"),
        ([decision("d", "<decisionTable/>")], "table-without-output", "no output"),
        ([decision("d", literal("x", expressionLanguage="groovy"))], "expression-language-unsupported", "groovy"),
        ([decision("d", literal("x", expressionLanguage="python"))], "expression-language-unsupported", "Python"),
        ([decision("d", '<functionDefinition kind="Java"/>')], "function-kind-unsupported", "`class`"),
        ([decision("d", "")], "decision-without-logic", "no logic"),
    ],
)
def test_what_is_wrong_is_said(elements: list[str], rule: str, says: str) -> None:
    found = problems(*elements)
    assert [name for name, _, _ in found] == [rule]
    assert says in found[0][2]


def test_an_unknown_decision_lists_the_known_ones() -> None:
    with pytest.raises(NotFound, match="it has: d"):
        load_decisions(dmn(decision("d", literal("1")))).evaluate("e", {})


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"<definitions", "not_well_formed"),
        (b"", "not_well_formed"),
        (b"<a/>", "not_dmn"),
        (
            b'<!DOCTYPE d [<!ENTITY x "y">]><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">&x;</definitions>',
            "dtd_forbidden",
        ),
    ],
)
def test_what_is_no_dmn_is_refused(source: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        load_decisions(source)
    assert caught.value.code == code


def test_a_tree_that_a_gate_has_parsed_is_taken_as_it_is() -> None:
    from lxml import etree

    root = etree.fromstring(dmn(decision("d", literal("1"))))
    assert load_decisions(root).evaluate("d", {}).output == 1
    assert load_decisions(root.getroottree(), "a.dmn").file == "a.dmn"


def test_a_decision_without_end_is_stopped() -> None:
    bomb = "for i in 1..90000 return for j in 1..90000 return i"
    model = load_decisions(dmn(decision("d", literal(bomb), name="Bomb")))
    with pytest.raises(DecisionFailed) as caught:
        model.evaluate("d", {})
    assert caught.value.code == "decision_failed"
    assert "Bomb" in caught.value.message


def test_a_juel_input_without_its_variable_is_refused_by_name() -> None:
    model = load_decisions(dmn(decision("d", table(["${gone > 1}"], ["y"], [("true", "1")]))))
    with pytest.raises(DecisionFailed, match="no variable gone"):
        model.evaluate("d", {})


def test_the_variables_are_not_changed() -> None:
    scope: dict[str, object] = {"x": {"a": 1}, "day": "2026-01-31"}
    model = load_decisions(dmn(input_data("day", kind="date"), decision("d", literal("[x, day]"), "input:day")))
    model.evaluate("d", scope)
    assert scope == {"x": {"a": 1}, "day": "2026-01-31"}


def test_the_technology_compatibility_kit_where_there_is_a_copy_of_it() -> None:
    outcomes = [outcome for outcome in tck.run(tck.folder()) if outcome.group == "compliance-level-2"]
    assert [outcome for outcome in outcomes if not outcome.passed] == []


def test_plain_cells_are_written_as_texts() -> None:
    assert text("text", "a < b") == "<text><text>a &lt; b</text></text>"


def test_reading_a_file_pays_no_more_for_many_names_than_for_their_number() -> None:
    # Given a file of four hundred inputs that begin alike, when it is read, then that takes no time to speak of.
    numbers = range(400)
    elements = [input_data(f"i{n}", f"input number {n} of many") for n in numbers]
    elements += [decision(f"d{n}", literal(f"input number {n} of many + 1"), f"input:i{n}") for n in numbers]
    began = time.perf_counter()
    model = load_decisions(dmn(*elements))
    assert time.perf_counter() - began < 5
    assert not model.problems
    assert model.evaluate("d399", {"input number 399 of many": 1}).output == 2


def test_the_clock_says_what_now_is_where_no_moment_is_given() -> None:
    model = load_decisions(dmn(decision("d", literal("now() instance of date and time"))), "d.dmn")
    assert model.evaluate("d", {}).value is True


def test_a_file_is_read_from_its_text_as_from_its_bytes() -> None:
    file = dmn(decision("d", literal('"été"')))
    assert [load_decisions(one, "d.dmn").evaluate("d", {}).value for one in (file, file.decode())] == ["été"] * 2
