"""`laneway decide`: decisions of files, made without server or database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.decisions.drawing import decision, dmn, input_data, literal, table

INPUTS = input_data("a", "amount", "number") + input_data("k", "kind", "string")
LEVEL = decision(
    "level", table(["amount"], ["level"], [("> 1000", '"high"'), ("<= 1000", '"low"')]), "input:a", name="Level of risk"
)
FEE = decision(
    "fee",
    table(["Level of risk", "kind"], ["fee"], [('"high"', "-", "50"), ("-", '"new"', "20")]),
    "decision:level", "input:k",
)  # fmt: skip
RISK = dmn(INPUTS, LEVEL, FEE)


@pytest.fixture
def risk(tmp_path: Path) -> Path:
    path = tmp_path / "risk.dmn"
    path.write_bytes(RISK)
    return path


def test_a_decision_is_shown_with_the_rules_that_matched_after_those_it_requires(laneway: Run, risk: Path) -> None:
    answer = laneway("decide", risk, "--decision", "fee", "--input", "amount=1200", "--input", "kind=old")

    assert answer.code == 0
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert lines == [
        "1. Level of risk (level) · UNIQUE",
        "amount = 1200",
        "rule amount → level",
        '▶ 1 > 1000 "high"',
        '2 <= 1000 "low"',
        '→ "high"',
        "2. fee · UNIQUE",
        'Level of risk = "high"',
        'kind = "old"',
        "rule Level of risk kind → fee",
        '▶ 1 "high" - 50',
        '2 - "new" 20',
        "→ 50",
    ]


def test_it_is_told_as_json(laneway: Run, risk: Path) -> None:
    answer = laneway("decide", risk, "--decision", "Level of risk", "--input", "amount=1", "--format", "json")

    told = json.loads(answer.out)
    assert (told["decisionId"], told["output"], told["failure"]) == ("level", "low", None)
    assert [rule["ruleIndex"] for rule in told["details"]["matchedRules"]] == [2]


def test_without_a_decision_they_are_listed(laneway: Run, risk: Path) -> None:
    shown = laneway("decide", risk).out
    told = json.loads(laneway("decide", risk, "--format", "json").out)

    assert "amount: number, kind: string" in " ".join(shown.split()) or "kind: string, amount: number" in " ".join(
        shown.split()
    )
    assert [(one["id"], one["name"], {each["name"] for each in one["inputs"]}) for one in told] == [
        ("level", "Level of risk", {"amount"}),
        ("fee", "fee", {"amount", "kind"}),
    ]


def test_all_decisions_of_a_file(laneway: Run, risk: Path) -> None:
    answer = laneway("decide", risk, "--all", "--input", "amount=1", "--input", "kind=new", "--format", "json")

    assert [(one["decisionId"], one["output"]) for one in json.loads(answer.out)] == [("level", "low"), ("fee", 20)]


def test_inputs_come_from_a_file_and_later_ones_win(laneway: Run, risk: Path, tmp_path: Path) -> None:
    (tmp_path / "inputs.json").write_text('{"amount": 1, "kind": "old"}')

    answer = laneway(
        "decide",
        risk,
        "--decision",
        "fee",
        "--input",
        f"@{tmp_path}/inputs.json",
        "--input",
        "kind=new",
        "--format",
        "json",
    )

    assert json.loads(answer.out)["output"] == 20


def test_a_decision_that_fails_shows_what_was_made(laneway: Run, risk: Path) -> None:
    answer = laneway("decide", risk, "--decision", "fee", "--input", "amount=1200", "--input", "kind=new")

    assert answer.code == 1
    assert answer.out.count("▶") == 3
    assert "failed: Decision «fee»: a table with the hit policy UNIQUE" in answer.out


def test_warnings_are_told(laneway: Run, tmp_path: Path) -> None:
    (tmp_path / "d.dmn").write_bytes(dmn(decision("d", literal('number("x")'))))

    answer = laneway("decide", tmp_path / "d.dmn", "--decision", "d")

    assert answer.code == 0
    assert "→ null" in answer.out
    assert "warning: " in answer.out


def test_a_long_table_shows_the_rules_that_matched(laneway: Run, tmp_path: Path) -> None:
    rules = [(str(number), str(number * 2)) for number in range(1, 101)]
    (tmp_path / "d.dmn").write_bytes(dmn(decision("d", table(["x"], ["y"], rules))))

    answer = laneway("decide", tmp_path / "d.dmn", "--decision", "d", "--input", "x=77")

    assert "99 of 100 rules did not match" in answer.out
    assert "154" in answer.out
    assert len(answer.out.splitlines()) < 10


@pytest.mark.parametrize("where", [".", "elsewhere"])
def test_what_a_file_imports_is_found_beside_it_or_among_the_files_named(
    laneway: Run, tmp_path: Path, where: str
) -> None:
    head = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="'
    rates = tmp_path / where / "rates.dmn"
    rates.parent.mkdir(exist_ok=True)
    rates.write_text(
        head + 'https://rates" id="r" name="R"><decision id="rate" name="rate"><variable name="rate"/>'
        "<literalExpression><text>7</text></literalExpression></decision></definitions>"
    )
    (tmp_path / "main.dmn").write_text(
        head + 'https://main" id="m" name="M"><import name="r" namespace="https://rates" '
        'importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/><decision id="top" name="top"><variable name="top"/>'
        '<informationRequirement><requiredDecision href="https://rates#rate"/></informationRequirement>'
        "<literalExpression><text>r.rate * 2</text></literalExpression></decision></definitions>"
    )

    named = [tmp_path / "main.dmn"] if where == "." else [tmp_path / "main.dmn", rates]
    answer = laneway("decide", *named, "--decision", "top", "--format", "json")

    assert json.loads(answer.out)["output"] == 14


def test_a_deployed_decision_is_asked_where_no_file_is_given(laneway: Run, risk: Path) -> None:
    laneway("deploy", risk)

    answer = laneway("decide", "--decision", "level", "--input", "amount=1")

    assert answer.code == 0
    assert '→ "low"' in answer.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--decision", "fees"), 3, "did you mean fee?"),
        (("--decision", "zzz"), 3, "there are: level, Level of risk, fee"),
        (("--decision", "fee", "--input", "amount=1"), 2, "needs kind (string); give it with --input kind=…"),
        (("--decision", "fee", "--input", "amount"), 2, "write NAME=VALUE"),
        (("--decision", "fee", "--input", "@nothing.json"), 2, "--input @nothing.json: No such file"),
        (("--decision", "fee", "--input", "@{broken}"), 2, "broken.json: "),
        (("--decision", "fee", "--input", "@{listed}"), 2, "must hold one JSON object"),
    ],
)
def test_what_is_wrong_is_said(
    laneway: Run, risk: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "broken.json").write_text('{"amount": ')
    (tmp_path / "listed.json").write_text("[1]")
    places: dict[str, Any] = {"broken": tmp_path / "broken.json", "listed": tmp_path / "listed.json"}

    answer = laneway("decide", risk, *(text.format(**places) for text in arguments))

    assert (answer.code, answer.out) == (code, "")
    assert said in answer.error


def test_what_is_no_decision_file_is_refused(laneway: Run, tmp_path: Path) -> None:
    (tmp_path / "order.bpmn").write_text("<definitions/>")

    missing = laneway("decide", tmp_path / "nothing.dmn")
    wrong = laneway("decide", tmp_path / "order.bpmn")
    neither = laneway("decide")

    assert (missing.code, wrong.code, neither.code) == (3, 3, 2)
    assert "nothing.dmn" in missing.error
    assert "not_dmn" in wrong.error
    assert "name a FILE" in neither.error


def test_null_is_given_as_such(laneway: Run, risk: Path) -> None:
    answer = laneway("decide", risk, "--decision", "level", "--input", "amount=null", "--format", "json")

    assert json.loads(answer.out)["output"] is None


def test_check_looks_through_decision_tables(laneway: Run, risk: Path) -> None:
    answer = laneway("check", risk)

    assert answer.code == 0
    assert 'rules 1 and 2 both match Level of risk = "high" and kind = "new"' in " ".join(answer.out.split())
    assert "rules-overlap" in answer.out
