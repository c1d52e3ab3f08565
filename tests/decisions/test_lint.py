"""What `laneway check` says of decision tables that can be evaluated and look wrong."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from tests.decisions.drawing import decision, dmn, input_data, knowledge, literal, table

from laneway.decisions import lint_decisions
from laneway.domain.problem import Severity


def findings(*elements: str) -> list[tuple[str, str]]:
    found = lint_decisions(dmn(*elements), "rules.dmn")
    assert all(one.severity is Severity.WARNING and one.line and one.fix for one in found)
    return [(one.rule, one.message) for one in found]


def of_table(rules: Sequence[Sequence[str]], policy: str = "UNIQUE", **more: object) -> list[tuple[str, str]]:
    inputs = ["x", "kind"][: len(rules[0]) - 1]
    return findings(decision("d", table(inputs, ["y"], rules, policy, **more)))  # type: ignore[arg-type]


def rules_of(found: list[tuple[str, str]], rule: str) -> list[str]:
    return [message for one, message in found if one == rule]


@pytest.mark.parametrize(
    "rules",
    [
        [("< 5", "1"), (">= 5", "2")],
        [("<= 5", "1"), ("> 5", "2")],
        [("< 0", "1"), ("[0..10)", "2"), ("[10..20[", "3"), (">= 20", "4")],
        [("true", "1"), ("false", "2")],
        [('"a"', "1"), ('"b","c"', "2")],
        [('"a"', "1"), ('not("a")', "2")],
        [("< 5", '"a"', "1"), ("< 5", 'not("a")', "2"), (">= 5", "-", "3")],
        [("? < 5", "1"), ("? >= 5 and ? < 9", "2"), ("9 <= ?", "3")],
        [("limit", "1"), ("not(limit)", "2")],
        [('< date("2026-01-01")', "1"), ('>= date("2026-01-01")', "2")],
        [("not(null)", "1"), ("null", "2")],
        [("-", "1")],
    ],
)
def test_a_table_without_overlap_or_gap_is_left_in_peace(rules: list[tuple[str, ...]]) -> None:
    assert of_table(rules) == []


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ([("<= 5", "1"), (">= 5", "2")], "x = 5"),
        ([("< 6", "1"), ("> 5", "2")], "5 < x < 6"),
        ([('"a","b"', "1"), ('"b","c"', "2"), ('not("a","b","c")', "3")], 'x = "b"'),
        ([("-", "1"), ("> 5", "2")], "x > 5"),
        (
            [("> 5", '"a"', "1"), ("> 7", "-", "2"), ("<= 5", "-", "3"), ("(5..7]", 'not("a")', "4")],
            'x > 7 and kind = "a"',
        ),
        ([('> date("2026-01-01")', "1"), ('< date("2026-01-03")', "2")], "2026-01-01 < x < 2026-01-03"),
        ([("null", "1"), ("not(5)", "2"), ("5", "3")], "x = null"),
    ],
)
def test_rules_that_overlap_are_named_with_an_input_that_both_match(rules: list[tuple[str, ...]], where: str) -> None:
    found = of_table(rules)
    assert rules_of(found, "rules-overlap") == [
        f"rules 1 and 2 both match {where}, which the hit policy UNIQUE does not allow"
    ]
    assert len(found) == 1


def test_what_depends_on_variables_is_not_taken_to_overlap() -> None:
    assert of_table([("limit", "1"), ("limit + 1", "2"), ("-", "3")]) == []


def test_rules_of_any_may_overlap_where_they_agree() -> None:
    assert rules_of(of_table([("> 5", "1"), ("> 7", "1"), ("<= 5", "2")], "ANY"), "rules-overlap") == []
    assert len(rules_of(of_table([("> 5", "1"), ("> 7", "3"), ("<= 5", "2")], "ANY"), "rules-overlap")) == 1


@pytest.mark.parametrize("policy", ["FIRST", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"])
def test_other_hit_policies_let_rules_overlap(policy: str) -> None:
    assert rules_of(of_table([("> 5", "1"), ("> 7", "3"), ("<= 5", "2")], policy), "rules-overlap") == []


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ([("< 5", "1"), ("> 5", "2")], "x = 5"),
        ([("[0..5]", "1"), ("[7..9]", "2"), ("> 9", "3"), ("< 0", "4")], "5 < x < 7"),
        ([("true", "1"), ("null", "2")], "x = false"),
        ([("< 5", '"a"', "1"), ("< 5", '"b"', "2"), (">= 5", '"a"', "3")], 'x = 5 and kind = "b"'),
        ([("1", "1"), ("2", "2")], "x < 1"),
    ],
)
def test_an_input_that_no_rule_matches_is_named(rules: list[tuple[str, ...]], where: str) -> None:
    (message,) = rules_of(of_table(rules), "rules-incomplete")
    assert message == f"no rule matches {where}, and the table has no default output"


def test_a_default_output_or_a_list_of_answers_leaves_no_gap() -> None:
    assert of_table([("> 5", "1")], defaults={"y": "0"}) == []
    assert of_table([("> 5", "1")], "COLLECT") == []


def test_allowed_values_say_what_has_to_be_answered() -> None:
    assert of_table([("[1..3]", "1"), ("(3..9]", "2")], values={"x": "[1..9]"}) == []
    assert rules_of(of_table([('"a"', "1")], values={"x": '"a","b"'}), "rules-incomplete") == [
        'no rule matches x = "b", and the table has no default output'
    ]
    item = '<itemDefinition name="tKind"><typeRef>string</typeRef><allowedValues><text>"a","b"</text></allowedValues></itemDefinition>'
    found = findings(item, decision("d", table(["x"], ["y"], [('"a"', "1")], types={"x": "tKind"})))
    assert [rule for rule, _ in found] == ["rules-incomplete"]


@pytest.mark.parametrize(
    ("rules", "unreached"),
    [
        ([("> 5", "1"), ("> 7", "2"), ("-", "3")], [2]),
        ([("-", "1"), ("limit", "2")], [2]),
        ([("< 5", "1"), (">= 5", "2"), ("> 0", "3"), ("-", "4")], [3]),
        ([("< 5", "1"), (">= 5", "2"), ("-", "3")], []),
        ([("limit", "1"), ("limit", "2"), ("-", "3")], []),
        ([('"a"', "-", "1"), ('"a"', '"b"', "2"), ("-", "-", "3")], [2]),
    ],
)
def test_rules_of_first_that_are_never_reached(rules: list[tuple[str, ...]], unreached: list[int]) -> None:
    found = rules_of(of_table(rules, "FIRST"), "rule-unreachable")
    assert found == [f"rule {at} is never reached: the rules before it match all that it would" for at in unreached]


def test_cells_that_nothing_fits_or_that_are_not_allowed() -> None:
    assert [rule for rule, _ in of_table([("(5..5)", "1")], "COLLECT")] == ["cell-never-fits"]
    found = of_table([('"a"', "1"), ('"c"', "2")], "COLLECT", values={"x": '"a","b"'})
    assert found == [
        ("cell-not-allowed", 'rule 2 can never match: "c" is none of the values that the column «x» allows')
    ]


def test_outputs_that_are_not_allowed() -> None:
    found = of_table([("1", '"a"'), ("2", '"c"'), ("3", "z")], "COLLECT", values={"y": '"a","b"'})
    assert found == [("output-not-allowed", 'rule 2 gives "c", which the column «y» does not allow')]


def test_columns_and_inputs_that_nothing_reads() -> None:
    found = of_table([("1", "-", "1"), ("2", "", "2")], "COLLECT")
    assert found == [("column-without-effect", "no rule tests the column «kind»")]
    unused = findings(
        input_data("i", "age"), input_data("j", "name"), decision("d", literal("age + 1"), "input:i", "input:j")
    )
    assert unused == [("input-unused", "the decision requires the input name and never reads it")]


def test_tables_of_knowledge_models_and_within_contexts_are_looked_through() -> None:
    overlapping = table(["n"], ["s"], [("-", "1"), ("-", "2")])
    nested = f'<context><contextEntry><variable name="a"/>{overlapping}</contextEntry></context>'
    assert len(rules_of(findings(knowledge("k", ["n"], overlapping), decision("d", nested)), "rules-overlap")) == 2


def test_a_large_table_is_looked_through_in_a_moment() -> None:
    rules = [(f"[{at * 10}..{at * 10 + 10})", f'"k{at % 7}"', str(at)) for at in range(5_000)]
    drawn = dmn(decision("d", table(["x", "kind"], ["y"], rules)))
    begun = time.process_time()
    lint_decisions(drawn, "large.dmn")
    assert time.process_time() - begun < 10
