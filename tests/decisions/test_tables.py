"""Decision tables and their hit policies (DMN 1.5, chapter 8)."""

from decimal import Decimal

import pytest
from tests.decisions.drawing import decision, dmn, table

from laneway.decisions import DecisionFailed, load_decisions

RULES = [("> 10", '"large"', "3"), ("> 5", '"medium"', "2"), ("> 0", '"small"', "1"), ("[20..30]", '"large"', "3")]


def evaluate(
    hit_policy: str,
    amount: object,
    *,
    aggregation: str | None = None,
    outputs: tuple[str, ...] = ("size", "rank"),
    **more: object,
) -> object:
    rules = [rule[: 1 + len(outputs)] if outputs[0] == "size" else (rule[0], rule[2]) for rule in RULES]
    logic = table(["amount"], outputs, rules, hit_policy, aggregation=aggregation, **more)  # type: ignore[arg-type]
    return load_decisions(dmn(decision("d", logic))).evaluate("d", {"amount": amount}, strict=True).output


def test_unique_gives_the_one_match() -> None:
    assert evaluate("UNIQUE", 3) == {"size": "small", "rank": 1}
    assert evaluate("UNIQUE", 3, outputs=("size",)) == "small"


def test_unique_with_two_matches_is_an_error_that_names_the_rules() -> None:
    with pytest.raises(DecisionFailed) as caught:
        evaluate("UNIQUE", 7)
    assert caught.value.code == "hit_policy_violated"
    assert "rule 2 (r2), rule 3 (r3)" in caught.value.message
    assert caught.value.details["rules"] == [2, 3]


def test_any_needs_equal_outputs() -> None:
    same = [("> 1", "1.0"), ("> 2", "1")]
    model = load_decisions(dmn(decision("d", table(["x"], ["y"], same, "ANY"))))
    assert model.evaluate("d", {"x": 3}).output == 1
    with pytest.raises(DecisionFailed, match="ANY"):
        evaluate("ANY", 7)


def test_first_takes_the_first_and_looks_no_further() -> None:
    assert evaluate("FIRST", 25) == {"size": "large", "rank": 3}
    result = load_decisions(dmn(decision("d", table(["x"], ["y"], [("> 1", "1"), ("> 2", "2")], "FIRST")))).evaluate(
        "d", {"x": 3}
    )
    assert [rule.index for rule in result.matched_rules] == [1]


def test_priority_follows_the_order_of_the_output_values() -> None:
    assert evaluate("PRIORITY", 25, values={"size": '"small", "medium", "large"'}) == {"size": "small", "rank": 1}
    found = evaluate("PRIORITY", 25, outputs=("size",), values={"size": '"medium", "small", "large"'})
    assert found == "medium"


def test_output_order_sorts_all_by_priority() -> None:
    found = evaluate("OUTPUT ORDER", 7, outputs=("size",), values={"size": '"small", "medium"'})
    assert found == ["small", "medium"]


def test_rule_order_and_collect_give_all_in_the_order_of_the_rules() -> None:
    assert evaluate("RULE ORDER", 7, outputs=("size",)) == ["medium", "small"]
    assert evaluate("COLLECT", 7) == [{"size": "medium", "rank": 2}, {"size": "small", "rank": 1}]


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", 6), ("MIN", 1), ("MAX", 3), ("COUNT", 3)])
def test_collect_with_an_aggregation(aggregation: str, expected: int) -> None:
    assert evaluate("COLLECT", 15, aggregation=aggregation, outputs=("rank",)) == expected


def test_a_sum_is_exact() -> None:
    rules = [("-", "0.1"), ("-", "0.2")]
    model = load_decisions(dmn(decision("d", table(["x"], ["y"], rules, "COLLECT", aggregation="SUM"))))
    assert model.evaluate("d", {"x": 1}).output == Decimal("0.3")


def test_an_aggregation_of_texts_is_an_error() -> None:
    with pytest.raises(DecisionFailed, match="numbers only"):
        evaluate("COLLECT", 15, aggregation="SUM", outputs=("size",))


@pytest.mark.parametrize(
    ("hit_policy", "aggregation", "expected"),
    [
        ("UNIQUE", None, None),
        ("FIRST", None, None),
        ("COLLECT", None, []),
        ("RULE ORDER", None, []),
        ("COLLECT", "COUNT", 0),
        ("COLLECT", "SUM", None),
    ],
)
def test_no_match(hit_policy: str, aggregation: str | None, expected: object) -> None:
    assert evaluate(hit_policy, -1, aggregation=aggregation, outputs=("rank",)) == expected


def test_no_match_takes_the_default_outputs() -> None:
    assert evaluate("UNIQUE", -1, defaults={"size": '"none"'}) == {"size": "none", "rank": None}
    assert evaluate("UNIQUE", -1, outputs=("size",), defaults={"size": '"none"'}) == "none"


def test_empty_cells_and_dashes_fit_everything_and_empty_outputs_are_null() -> None:
    model = load_decisions(dmn(decision("d", table(["x", "y"], ["z", "w"], [("", "-", "1", "")]))))
    assert model.evaluate("d", {}).output == {"z": 1, "w": None}


def test_rules_may_use_other_variables_and_the_input() -> None:
    rules = [("? > limit and ? < limit * 2", '"near"'), ("not(< limit * 2)", '"far: " + string(x)')]
    model = load_decisions(dmn(decision("d", table(["x"], ["y"], rules))))
    assert model.evaluate("d", {"x": 15, "limit": 10}).output == "near"
    assert model.evaluate("d", {"x": 50, "limit": 10}).output == "far: 50"


def test_a_text_of_a_variable_becomes_a_date_where_the_column_is_one() -> None:
    rules = [('< date("2026-02-01")', '"early"'), ('>= date("2026-02-01")', '"late"')]
    model = load_decisions(dmn(decision("d", table(["day"], ["y"], rules, types={"day": "date"}))))
    assert model.evaluate("d", {"day": "2026-01-31"}).output == "early"
    assert model.evaluate("d", {"day": "2026-03-31T10:00:00Z"}).output == "late"


def test_the_result_says_what_was_asked_and_which_rules_matched() -> None:
    model = load_decisions(
        dmn(decision("d", table(["amount", "kind"], ["size"], [("> 5", '"a"', '"big"'), ("<= 5", "-", '"small"')])))
    )
    result = model.evaluate("d", {"amount": 7, "kind": "a"})
    assert result.evaluated_inputs == (("amount", 7), ("kind", "a"))
    assert [(rule.index, rule.rule_id, rule.outputs) for rule in result.matched_rules] == [(1, "r1", {"size": "big"})]
    assert result.details["evaluatedInputs"][0] == {"inputId": "in0", "inputName": "amount", "inputValue": 7}
    assert result.details["matchedRules"] == [
        {
            "ruleId": "r1",
            "ruleIndex": 1,
            "evaluatedOutputs": [{"outputId": "out0", "outputName": "size", "outputValue": "big"}],
        }
    ]
    assert result.details["decisionType"] == "DECISION_TABLE"
    assert result.details["hitPolicy"] == "UNIQUE"


def test_a_missing_variable_is_null_and_is_said() -> None:
    result = load_decisions(dmn(decision("d", table(["amount"], ["y"], [("> 5", "1")])))).evaluate("d", {})
    assert result.output is None
    assert any("no variable amount" in warning for warning in result.warnings)
