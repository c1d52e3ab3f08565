"""The charter: what ships leaves nothing unanswered, and each lens says what it misses and where."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from laneway.bootstrap import build
from laneway.cases import find_folder
from laneway.diagrams.charter import QUESTIONS, as_markdown
from laneway.domain.contract import AgentContract
from laneway.settings import Settings
from tests.diagrams.sheet import draw, found, in_line
from tests.support.drawing import job

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path.name for path in (ROOT / "bpmn").iterdir() if path.is_dir())
TASK = f'<serviceTask id="t"><extensionElements>{job("reader")}</extensionElements></serviceTask>'


def chartered(named: list[tuple[str, bytes]]) -> dict[str, Any]:
    laneway = build(Settings(database_url="sqlite://"))
    try:
        (process,) = laneway.engine.deploy(named).processes
        return laneway.engine.definition_charter(process.key)
    finally:
        laneway.close()


@pytest.mark.parametrize("name", SHIPPED)
def test_the_charter_of_what_ships_has_nothing_missing(name: str) -> None:
    charter = chartered(find_folder(str(ROOT / "bpmn" / name)).files())
    assert [gap for lens in charter["lenses"] for gap in lens["missing"]] == []
    assert charter["complete"]
    assert all(lens["answers"] for lens in charter["lenses"])


def test_it_is_as_its_published_schema_says() -> None:
    schema = json.loads(files("laneway.diagrams").joinpath("charter.schema.json").read_bytes())
    charter = chartered(find_folder(str(ROOT / "bpmn" / SHIPPED[0])).files())
    jsonschema_rs.validate(schema, {**charter, "processDefinitionKey": str(charter["processDefinitionKey"])})
    assert [lens["lens"] for lens in charter["lenses"]] == list(QUESTIONS)


def test_a_bare_process_is_told_what_every_lens_misses() -> None:
    # Given an agent with a bare contract, when lint looks, then each lens that it leaves open has its rule.
    contract = AgentContract("reader", "Read letters", "mail-lead", ("reader",), "llm", authority="decide")
    rules = {
        f"charter_{lens}"
        for lens in QUESTIONS
        if found(draw(in_line(TASK, "t"), contracts=[contract], thorough=True), f"charter_{lens}")
    }
    assert rules == {f"charter_{lens}" for lens in QUESTIONS} - {"charter_purpose", "charter_agents", "charter_data"}


def test_a_retrieving_agent_without_a_register_is_told() -> None:
    config = {"task": "retrieve"}
    contract = AgentContract("reader", "Find", "mail-lead", ("reader",), "local", config=config)
    assert found(draw(in_line(TASK, "t"), contracts=[contract], thorough=True), "charter_data")


def test_without_agents_lint_asks_no_charter() -> None:
    problems = draw(in_line('<userTask id="t"/>', "t"), thorough=True)
    assert not [problem for problem in problems.problems if problem.rule.startswith("charter_")]


def test_as_markdown_what_is_missing_stands_with_how_to_mend_it() -> None:
    lens = {"lens": "purpose", "question": "Why?", "answers": [{"about": "process", "text": "A\nB"}]}
    gap = {"about": "process", "message": "no owner", "fix": "Name one."}
    text = as_markdown({"processDefinitionId": "p", "name": None, "lenses": [{**lens, "missing": [gap]}]})
    assert "- A B\n- **Missing** (process): no owner. Name one." in text
    assert "`p`: 1 answers are missing." in text
