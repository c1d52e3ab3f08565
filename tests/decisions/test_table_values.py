"""Hit policies with every kind of output, allowed values, cells of every kind (DMN 1.5, chapter 8)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.decisions.drawing import decision, dmn, knowledge, literal, table

from laneway.decisions import DecisionFailed, DecisionModel, load_decisions


def model(*arguments: Any, **more: Any) -> DecisionModel:
    return load_decisions(dmn(decision("d", table(*arguments, **more))))


# Hit policies

ONE = [("> 0", "2"), ("> 5", "1"), ("> 9", "2")]
TWO = [("> 0", "2", '"b"'), ("> 5", "1", '"a"'), ("> 9", "2", '"c"')]
VALUES = {"y": "1, 2", "z": '"c", "b", "a"'}


@pytest.mark.parametrize(
    ("policy", "aggregation", "x", "one", "two"),
    [
        ("UNIQUE", None, 3, 2, {"y": 2, "z": "b"}),
        ("U", None, 3, 2, {"y": 2, "z": "b"}),
        ("ANY", None, 3, 2, {"y": 2, "z": "b"}),
        ("FIRST", None, 10, 2, {"y": 2, "z": "b"}),
        ("PRIORITY", None, 10, 1, {"y": 1, "z": "a"}),
        ("RULE ORDER", None, 7, [2, 1], [{"y": 2, "z": "b"}, {"y": 1, "z": "a"}]),
        ("OUTPUT ORDER", None, 10, [1, 2, 2], [{"y": 1, "z": "a"}, {"y": 2, "z": "c"}, {"y": 2, "z": "b"}]),
        ("COLLECT", None, 7, [2, 1], [{"y": 2, "z": "b"}, {"y": 1, "z": "a"}]),
        ("COLLECT", "COUNT", 10, 3, 3),
        ("COLLECT", "MIN", 10, 1, {"y": 1, "z": "a"}),
        ("COLLECT", "MAX", 10, 2, {"y": 2, "z": "c"}),
    ],
)
def test_every_hit_policy_with_one_output_and_with_two(
    policy: str, aggregation: str | None, x: int, one: Any, two: Any
) -> None:
    more = {"aggregation": aggregation, "values": VALUES}
    assert model(["x"], ["y"], ONE, policy, **more).evaluate("d", {"x": x}).output == one
    assert model(["x"], ["y", "z"], TWO, policy, **more).evaluate("d", {"x": x}).output == two


def test_a_sum_of_two_outputs_is_taken_of_each() -> None:
    rules = [("-", "1", "10"), ("-", "2", "0.5")]
    found = model(["x"], ["y", "z"], rules, "COLLECT", aggregation="SUM").evaluate("d", {})
    assert found.output == {"y": 3, "z": found.value["z"]}  # type: ignore[index]
    assert str(found.value["z"]) == "10.5"  # type: ignore[index]


@pytest.mark.parametrize(
    ("policy", "aggregation", "rules"),
    [
        ("UNIQUE", None, [("-", "1"), ("-", "1")]),
        ("ANY", None, [("-", "1"), ("-", "2")]),
        ("ANY", None, [("-", "1"), ("-", "")]),
        ("COLLECT", "SUM", [("-", "1"), ("-", "null")]),
        ("COLLECT", "SUM", [("-", '"a"')]),
        ("COLLECT", "MIN", [("-", "1"), ("-", "null")]),
        ("COLLECT", "MAX", [("-", "1"), ("-", '"a"')]),
    ],
)
def test_what_can_not_be_decided_fails_in_a_process_and_is_null_to_the_standard(
    policy: str, aggregation: str | None, rules: list[tuple[str, str]]
) -> None:
    # Given a table whose rules break its hit policy.
    made = model(["x"], ["y"], rules, policy, aggregation=aggregation)
    # When a process asks, it fails, and tells which rules matched.
    with pytest.raises(DecisionFailed) as caught:
        made.evaluate("d", {"x": 1}, strict=True)
    assert caught.value.code == "hit_policy_violated"
    assert caught.value.evaluation is not None
    assert len(caught.value.evaluation["matchedRules"]) == len(rules)
    assert caught.value.evaluation["failure"] == caught.value.message
    # When it is asked leniently, it is null with a warning.
    found = made.evaluate("d", {"x": 1})
    assert found.output is None
    assert caught.value.message in found.warnings


def test_a_table_within_other_logic_that_can_not_decide_is_null_alone() -> None:
    overlapping = knowledge("size", ["n"], table(["n"], ["s"], [("-", "1"), ("-", "2")]))
    call = decision("d", literal("[size(1), 7]"), "knowledge:size")
    made = load_decisions(dmn(overlapping, call))
    assert made.evaluate("d", {}).output == [None, 7]
    with pytest.raises(DecisionFailed, match="UNIQUE"):
        made.evaluate("d", {}, strict=True)


@pytest.mark.parametrize("policy", ["UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"])
def test_default_outputs_are_given_as_they_are_written_where_nothing_matches(policy: str) -> None:
    more = {"values": VALUES, "defaults": {"y": "2"}}
    assert model(["x"], ["y"], ONE, policy, **more).evaluate("d", {"x": -1}).output == 2
    assert model(["x"], ["y", "z"], TWO, policy, **more).evaluate("d", {"x": -1}).output == {"y": 2, "z": None}
    matched = model(["x"], ["y"], ONE, policy, **more).evaluate("d", {"x": 1}).output
    assert matched in (2, [2])


def test_the_allowed_values_of_two_columns_give_priority_from_left_to_right() -> None:
    rules = [("-", "2", '"c"'), ("-", "1", '"a"'), ("-", "1", '"b"')]
    found = model(["x"], ["y", "z"], rules, "OUTPUT ORDER", values=VALUES).evaluate("d", {}).output
    assert found == [{"y": 1, "z": "b"}, {"y": 1, "z": "a"}, {"y": 2, "z": "c"}]


def test_a_table_by_priority_without_values_is_warned_of() -> None:
    made = model(["x"], ["y"], ONE, "PRIORITY")
    assert [problem.rule for problem in made.problems] == ["priority-without-values"]
    assert made.evaluate("d", {"x": 10}).output == 2


@pytest.mark.parametrize("names", [("y", "y"), ("y", "")])
def test_several_outputs_need_names_of_their_own(names: tuple[str, str]) -> None:
    made = model(["x"], names, [("-", "1", "2")])
    assert [problem.rule for problem in made.errors] == ["output-without-name"]


# Allowed values


@pytest.mark.parametrize(
    ("allowed", "good", "bad"), [('"a","b"', "a", "c"), ("[1..10], > 90", 5, 50), ("> 0", 1, None)]
)
def test_an_input_outside_of_the_allowed_values_decides_nothing(allowed: str, good: object, bad: object) -> None:
    made = model(["x"], ["y"], [("-", "1")], values={"x": allowed})
    assert made.evaluate("d", {"x": good}).output == 1
    with pytest.raises(DecisionFailed) as caught:
        made.evaluate("d", {"x": bad}, strict=True)
    assert caught.value.code == "value_not_allowed"
    assert allowed in caught.value.message
    lenient = made.evaluate("d", {"x": bad})
    assert lenient.output is None
    assert lenient.warnings[-1] == caught.value.message


def test_an_output_outside_of_the_allowed_values_is_no_output() -> None:
    made = model(["x"], ["y"], [("< 5", "x"), (">= 5", "1")], values={"y": "1, 2, 3"})
    assert made.evaluate("d", {"x": 2}).output == 2
    with pytest.raises(DecisionFailed, match="«y» of rule 1 is 4; allowed are 1, 2, 3"):
        made.evaluate("d", {"x": 4}, strict=True)
    assert made.evaluate("d", {"x": 4}).output is None


def test_files_of_camundas_modeler_suggest_values_and_allow_all() -> None:
    logic = table(["x"], ["y"], [("-", "x")], values={"x": '"a"', "y": '"a"'})
    source = dmn(decision("d", logic)).replace(
        b"<definitions",
        b'<definitions xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Cloud"',
    )
    assert load_decisions(source).evaluate("d", {"x": "z"}).output == "z"


# Cells and input expressions


@pytest.mark.parametrize(
    ("cell", "fitting", "not_fitting"),
    [
        ("-", 1, []),
        ("", None, []),
        ("null", None, [1]),
        ("not(null)", 1, [None]),
        ('"a","b"', "b", ["c", None, 1]),
        ('not("a","b")', "c", ["a", "b"]),
        ("limit", 10, [9]),
        ("> limit", 11, [10, None]),
        ("> limit * 2, < 0", -1, [15]),
        ("[1..limit]", 10, [0, 11]),
        ("]1..limit[", 9, [1, 10]),
        ("(1..limit)", 9, [1, 10]),
        ("few", 2, [4]),
        ("few, 9", 9, [4]),
        ("not(few)", 4, [2]),
        ("[1, 2, 3]", 2, [4]),
        ("? > 3 and ? < 6", 4, [3, 6]),
        ("modulo(?, 2) = 0", 4, [5]),
        ('starts with(?, "ab")', "abc", ["b"]),
        ("list contains(few, ?)", 3, [4]),
        ("? in few", 3, [4]),
        ("true", True, [False, None]),
        ("-1", -1, [1]),
        ("-limit", -10, [10]),
        ("{a: 1}", {"a": 1}, [{"a": 2}]),
        ("? = null or ? > 5", None, [5]),
        ('date("2026-01-31")', "2026-01-31", ["2026-02-01"]),
        ('> @"2026-01-31"', "2026-02-01", ["2026-01-31"]),
        ('[date("2026-01-01")..date("2026-12-31")]', "2026-02-01", ["2027-01-31"]),
    ],
)
def test_a_cell_of_any_kind(cell: str, fitting: object, not_fitting: list[object]) -> None:
    types = {"x": "date"} if "2026" in cell else None
    made = model(["x"], ["y"], [(cell, "1")], types=types)
    assert not made.errors
    given = {"limit": 10, "few": [1, 2, 3]}
    assert made.evaluate("d", {**given, "x": fitting}).output == 1
    for value in not_fitting:
        assert made.evaluate("d", {**given, "x": value}).output is None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("x + 1", 8),
        ("if x > 5 then 8 else 9", 8),
        ("count(few) + 5", 8),
        ("few[1] * 8", 8),
        ("sum(for i in few return i + 1) - 1", 8),
        ("customer.age", 8),
        ("customer.ages[item > 7][1]", 8),
    ],
)
def test_an_input_expression_of_any_kind(expression: str, value: int) -> None:
    made = model([expression], ["y"], [(str(value), "1")])
    given = {"x": 7, "few": [1, 2, 3], "customer": {"age": 8, "ages": [7, 8]}}
    assert made.evaluate("d", given).output == 1


def test_a_table_is_a_table_whatever_way_it_is_drawn() -> None:
    for orientation in ("Rule-as-Row", "Rule-as-Column", "CrossTable"):
        logic = table(["x"], ["y"], ONE, "FIRST").replace(
            "<decisionTable", f'<decisionTable preferredOrientation="{orientation}"'
        )
        noted = logic.replace("</decisionTable>", "").replace(
            "</rule>", "<annotationEntry><text>why</text></annotationEntry></rule>"
        )
        found = load_decisions(dmn(decision("d", noted + '<annotation name="Why"/></decisionTable>')))
        assert not found.problems
        assert found.evaluate("d", {"x": 1}).output == 2


def test_a_table_without_inputs_always_fits() -> None:
    assert model([], ["y"], [("1",)]).evaluate("d", {}).output == 1


def test_a_table_nested_in_a_context() -> None:
    entry = f'<contextEntry><variable name="size"/>{table(["x"], ["s"], [("> 5", "1"), ("<= 5", "2")])}</contextEntry>'
    made = load_decisions(
        dmn(decision("d", f"<context>{entry}<contextEntry>{literal('size + 10')}</contextEntry></context>"))
    )
    assert made.evaluate("d", {"x": 3}).output == 12


def test_a_failure_in_a_required_decision_tells_what_was_made_before_it() -> None:
    # Given a decision that needs one that is made and one that can't be.
    first = decision("first", literal("x + 1"))
    second = decision("second", table(["first"], ["y"], [("-", "1"), ("-", "2")]), "decision:first")
    made = load_decisions(dmn(first, second, decision("top", literal("second"), "decision:second")))
    # When it is asked for; then both are told, and the one that failed with its reason.
    with pytest.raises(DecisionFailed) as caught:
        made.evaluate("top", {"x": 1}, strict=True)
    told = caught.value.evaluation
    assert told is not None
    assert [(one["decisionId"], one["output"], "failure" in one) for one in told["requiredDecisions"]] == [
        ("first", 2, False),
        ("second", None, True),
    ]
    assert (told["decisionId"], told["skipped"]) == ("top", True)


# Types


def typed(items: str, logic: str, variable: str = "") -> DecisionModel:
    return load_decisions(dmn(items, f'<decision id="d" name="d">{variable}{logic}</decision>'))


GRADE = '<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues><text>"high","middle","low"</text></allowedValues></itemDefinition>'
GRADES = '<itemDefinition name="tGrades" isCollection="true"><typeRef>tGrade</typeRef></itemDefinition>'
GRADED = [("-", '"low"'), ("-", '"high"'), ("> 5", '"middle"')]


@pytest.mark.parametrize(
    ("policy", "variable", "expected"),
    [
        ("PRIORITY", "tGrade", "high"),
        ("OUTPUT ORDER", "tGrades", ["high", "middle", "low"]),
        ("RULE ORDER", "tGrades", ["low", "high", "middle"]),
    ],
)
def test_priority_comes_from_the_allowed_values_of_the_type(policy: str, variable: str, expected: object) -> None:
    made = typed(GRADE + GRADES, table(["x"], ["d"], GRADED, policy), f'<variable name="d" typeRef="{variable}"/>')
    assert not made.problems
    assert made.evaluate("d", {"x": 7}).output == expected


def test_priority_comes_from_the_type_of_the_column_too() -> None:
    logic = table(["x"], ["a", "b"], [("-", '"low"', "1"), ("-", '"high"', "2")], "PRIORITY")
    made = typed(GRADE, logic.replace('name="a"', 'name="a" typeRef="tGrade"'))
    assert not made.problems
    assert made.evaluate("d", {}).output == {"a": "high", "b": 2}


def test_an_output_that_its_type_does_not_admit_is_null() -> None:
    made = typed(GRADE, table(["x"], ["d"], [("-", '"none"')]).replace('name="d"', 'name="d" typeRef="tGrade"'))
    found = made.evaluate("d", {})
    assert found.output is None
    assert any("tGrade" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("kind", "value", "found"), [("number", "7", None), ("number", 7, 1), ("number", [7], 1), ("tGrade", "none", None)]
)
def test_an_input_is_of_its_type(kind: str, value: object, found: object) -> None:
    made = typed(GRADE, table(["x"], ["d"], [("not(null)", "1")], types={"x": kind}))
    assert made.evaluate("d", {"x": value}).output == found


def test_files_of_modellers_that_take_types_for_a_help_take_any() -> None:
    source = dmn(decision("d", table(["x"], ["d"], [("> 5", "1")], types={"x": "string"})))
    made = load_decisions(source.replace(b"<definitions", b'<definitions exporter="Camunda Modeler"'))
    assert made.evaluate("d", {"x": 7}).output == 1


# Large tables


@pytest.mark.parametrize("policy", ["COLLECT", "FIRST", "RULE ORDER"])
def test_an_indexed_table_gives_what_a_plain_one_gives(policy: str) -> None:
    # Given a table large enough for an index of its strings, with cells of every other kind among them
    others = ["-", 'not("k1")', "null", "limit", '> "k3"', "5", '"k1", limit', '[ "k2", "k4" ]']
    rules = [
        (f'"k{at % 9}"' if at % 4 else others[at // 4 % 8], ">= 0" if at % 3 else "-", str(at)) for at in range(80)
    ]
    large = model(["kind", "x"], ["y"], rules, policy)
    assert large.decisions[0].logic.index is not None  # type: ignore[union-attr]
    # When it is asked for values that its strings name, for others, and for what is no string
    for kind in ("k1", "k4", "k77", "", 5, None, ["k1"]):
        given = {"kind": kind, "x": 1, "limit": "k77"}
        # Then it answers as tables of one rule each do.
        single = [model(["kind", "x"], ["y"], [rule], "COLLECT").evaluate("d", given).output for rule in rules]
        found = [one for outputs in single for one in outputs]  # type: ignore[attr-defined]
        expected = found if policy != "FIRST" else next(iter(found), None)
        assert large.evaluate("d", given).output == expected


def test_a_large_table_is_evaluated_within_its_budget() -> None:
    rules = [(f"[{at}..{at + 1})", "-", "-", str(at)) for at in range(5_000)]
    made = model(["x", "a", "b"], ["y"], rules)
    assert made.evaluate("d", {"x": 4_999.5, "a": 1, "b": 2}).output == 4_999
