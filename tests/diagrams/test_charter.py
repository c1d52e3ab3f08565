"""The charter: what ships leaves nothing unanswered, and each lens says what it misses and where."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from laneway.bootstrap import build
from laneway.cases import find_folder
from laneway.diagrams.charter import QUESTIONS, as_markdown, charter_of
from laneway.domain.contract import AgentContract
from laneway.domain.limits import AgentLimits
from laneway.domain.tools import ToolGrant
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


def refunding(**changes: Any) -> AgentContract:
    grant = ToolGrant("refund", "http", "Pays money back", "needs_approval", {}, "", **changes)
    return AgentContract("reader", "Refund", "mail-lead", ("reader",), "llm", tools=(grant,))


def humans(contract: AgentContract) -> tuple[list[str], list[str]]:
    (model,) = draw(in_line(TASK, "t"), contracts=[contract]).processes
    charter = charter_of(model, [contract])
    return [each.text for each in charter.answers["humans"]], [
        gap.message for gap in charter.gaps if gap.lens == "humans" and "approve" in gap.message
    ]


def test_who_approves_what_a_tool_does_is_said() -> None:
    said, missing = humans(refunding(approvers=("anna",), approver_groups=("leads",), approval_expires=7200.0))
    assert said == ["reader, refund: each call is approved by anna; found by leads, within 2 h"]
    assert missing == []


def test_groups_alone_name_nobody_who_approves() -> None:
    # Given groups, who let nobody in or out; then the charter misses names, and lint tells it once
    contract = refunding(approver_groups=("leads",))
    assert humans(contract)[1] == ["nobody is named who may approve calls of refund"]
    drawn = draw(in_line(TASK, "t"), contracts=[contract], thorough=True)
    assert len(found(drawn, "agent_approvers")) == 1
    assert not [each for each in found(drawn, "charter_humans") if "approve" in each.message]


@pytest.mark.parametrize(("tokens", "told"), [(20, True), (2_000, False)])
def test_what_is_set_aside_for_a_call_holds_it(tokens: int, told: bool) -> None:
    # Given a prompt of a hundred words
    limits = AgentLimits(call={"tokens": Decimal(tokens)})
    contract = replace(refunding(approvers=("anna",)), config={"model": "m", "prompt": "word " * 100}, limits=limits)
    drawn = draw(in_line(TASK, "t"), contracts=[contract], thorough=True)
    assert bool(found(drawn, "agent_call_tokens")) is told
    gaps = charter_of(drawn.processes[0], [contract]).gaps
    assert any("no call of reader fits into 20 tokens" in gap.message for gap in gaps) is told


def test_without_agents_lint_asks_no_charter() -> None:
    problems = draw(in_line('<userTask id="t"/>', "t"), thorough=True)
    assert not [problem for problem in problems.problems if problem.rule.startswith("charter_")]


def test_as_markdown_what_is_missing_stands_with_how_to_mend_it() -> None:
    lens = {"lens": "purpose", "question": "Why?", "answers": [{"about": "process", "text": "A\nB"}]}
    gap = {"about": "process", "message": "no owner", "fix": "Name one."}
    text = as_markdown({"processDefinitionId": "p", "name": None, "lenses": [{**lens, "missing": [gap]}]})
    assert "- A B\n- **Missing** (process): no owner. Name one." in text
    assert "`p`: 1 answers are missing." in text
