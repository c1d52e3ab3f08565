"""`run` and `test`: what the person at the terminal sees."""

import json
from pathlib import Path

import pytest

from laneway.agents import local_similarity
from laneway.cli.forms import ask_form
from tests.cli.conftest import LEAVE, ROOT, Run

GRANTED = """
title: Five days are granted
process: leave-request
start: {variables: {days: 5}}
steps: [{complete: decide, by: grace, variables: {approved: true}}]
expect: {state: COMPLETED, ends: [granted]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "leave" / "cases").mkdir(parents=True)
    (tmp_path / "leave" / "leave.bpmn").write_bytes(LEAVE.read_bytes())
    (tmp_path / "leave" / "cases" / "granted.yaml").write_text(GRANTED)
    return tmp_path / "leave"


def test_run_plays_a_case_and_tells_who_did_what_when(laneway: Run, folder: Path) -> None:
    answer = laneway("run", folder, "--case", "granted")

    assert answer.code == 0
    assert "2026-01-05 09:00:00  grace completed «Decide the request»; gave approved" in answer.out
    assert answer.out.rstrip().endswith("✓ as expected")


def test_run_ends_with_1_if_the_case_differs(laneway: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(GRANTED.replace("approved: true", "approved: false"))

    answer = laneway("run", folder, "--case", tmp_path / "other.yaml")

    assert answer.code == 1
    assert "✗ ends: expected granted, found declined" in answer.out


def test_run_without_anybody_to_ask_says_where_it_waits(laneway: Run) -> None:
    answer = laneway("run", LEAVE, "--var", "days=5")

    assert answer.code == 0
    assert "ACTIVE: waits at decide" in answer.out


def test_run_names_the_cases_there_are(laneway: Run, folder: Path) -> None:
    answer = laneway("run", folder, "--case", "refused")

    assert answer.code == 3
    assert "leave has: granted" in answer.error


def test_run_shows_the_shipped_process_with_its_sources(laneway: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_similarity, "_embeddings", [None])

    answer = laneway("run", "customer-service", "--case", "routine")

    assert answer.code == 0
    assert "used «Delivery times» (approved, logistics, 2099-12-31)" in answer.out
    assert "word overlap (no model" in answer.out


def test_test_names_what_no_case_covers(laneway: Run, folder: Path) -> None:
    answer = laneway("test", folder.parent)

    assert answer.code == 0
    assert "4 of 5 flow nodes reached, 3 of 4 sequence flows taken" in answer.out
    assert "no case covers flow node declined «Leave declined»" in answer.out
    assert "1 passed, 0 failed" in answer.out


def test_test_ends_with_1_if_a_case_fails(laneway: Run, folder: Path) -> None:
    (folder / "cases" / "wrong.yaml").write_text(GRANTED.replace("[granted]", "[declined]"))

    answer = laneway("test", folder, "--json")

    told = json.loads(answer.out)
    assert answer.code == 1
    assert {case["name"]: case["passed"] for case in told["cases"]} == {"granted": True, "wrong": False}
    assert told["coverage"][0]["missedFlowNodes"] == ["declined"]


def test_test_ends_with_1_if_there_are_no_cases(laneway: Run, folder: Path) -> None:
    (folder / "cases" / "granted.yaml").unlink()

    answer = laneway("test", folder)

    assert answer.code == 1
    assert "leave has no cases" in answer.out


def test_a_wrong_case_is_refused_with_its_line(laneway: Run, folder: Path) -> None:
    (folder / "cases" / "granted.yaml").write_text(GRANTED.replace("by: grace", "bye: grace"))

    answer = laneway("test", folder)

    assert answer.code == 3
    assert "granted.yaml:5: steps/0" in answer.error


def test_a_form_is_asked_field_by_field() -> None:
    form = json.loads((ROOT / "bpmn" / "customer-service" / "forms" / "review-response.form").read_text())
    lines = iter(["", "9", "2", "shorter"])
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return next(lines)

    answers = ask_form(form, {"customer": "Ada", "response": "Dear Ada, here is your answer."}, ask)

    assert answers == {"response": "Dear Ada, here is your answer.", "decision": "edit", "comment": "shorter"}
    assert asked[0].startswith("? Response to the customer")
    assert asked[1] == asked[2]


@pytest.mark.parametrize(
    ("schema", "lines", "answers"),
    [
        ({}, ["approved=true", "why", "note=fine", ""], {"approved": True, "note": "fine"}),
        (
            {"properties": {"n": {"type": "integer"}, "ok": {"type": "boolean"}, "to": {"enum": ["a", "b"]}}},
            ["x", "3", "y", "2"],
            {"n": 3, "ok": True, "to": "b"},
        ),
        (
            {
                "components": [
                    {"type": "textfield", "key": "a.b", "label": "B", "validate": {"required": True}},
                    {
                        "type": "checklist",
                        "key": "c",
                        "values": [{"value": 1, "label": "one"}, {"value": 2, "label": "two"}],
                    },
                    {"type": "checkbox", "key": "d", "conditional": {"hide": '=a.b = "x"'}},
                ]
            },
            ["", "x", "1,2"],
            {"a": {"b": "x"}, "c": [1, 2]},
        ),
    ],
)
def test_other_forms_are_asked_too(schema: dict[str, object], lines: list[str], answers: dict[str, object]) -> None:
    remaining = iter(lines)

    assert ask_form(schema, {}, lambda _: next(remaining)) == answers
    assert list(remaining) == []
