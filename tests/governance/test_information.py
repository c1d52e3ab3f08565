"""Whoever takes over is given what the path names, and of the agent's words only those that passed the guardrails."""

from __future__ import annotations

from decimal import Decimal

import pytest

from laneway.domain.contract import AgentCompleted, AgentContract, ExceptionPath, GuardrailUse
from laneway.governance.contracts import load_contracts
from laneway.governance.gate import Violation, check_input
from laneway.governance.guardrails.apply import conclude
from laneway.governance.information import pack

PATH = ExceptionPath(
    "escalation", "UNSURE", "lead", "high", ("input.text", "output", "confidence", "rationale", "sources")
)
CONTRACT = AgentContract(
    "a", "p", "boss", ("a",), "local", on={"low_confidence": PATH, "blocked": PATH}, confidence_threshold=0.9
)
ANSWER = AgentCompleted(
    {"kind": "x"}, confidence=0.5, rationale="it says so", sources=({"name": "a.md", "near": 0.25},)
)


def test_the_pack_holds_what_the_path_names() -> None:
    verdict = conclude(CONTRACT, ANSWER).verdict
    assert isinstance(verdict, Violation)

    assert pack(CONTRACT, verdict, {"text": "hello", "salary": 1}, ANSWER, 2) == {
        "informationPack": {
            "agent": "a",
            "kind": "low_confidence",
            "message": "agent 'a': confidence 0.5, but at least 0.9 is asked for",
            "owner": "lead",
            "urgency": "high",
            "attempt": 2,
            "input": {"text": "hello"},
            "output": {"kind": "x"},
            "confidence": Decimal("0.5"),
            "rationale": "it says so",
            "sources": [{"name": "a.md", "near": Decimal("0.25")}],
        }
    }


def test_what_a_guardrail_stopped_is_in_no_pack() -> None:
    from dataclasses import replace

    agreed = replace(CONTRACT, guardrails_after=(GuardrailUse("patterns", None, {"patterns": {"secret": "hunter2"}}),))
    concluded = conclude(agreed, replace(ANSWER, output={"kind": "hunter2"}, rationale="hunter2"))
    assert isinstance(concluded.verdict, Violation)
    held = pack(agreed, concluded.verdict, {"text": "x"}, concluded.result, 1)["informationPack"]

    assert "output" not in held
    assert "hunter2" not in repr(held)


def test_without_information_there_is_no_pack() -> None:
    agreed = AgentContract("a", "p", "boss", ("a",), "local", input_schema={"required": ["text"]})
    violation = check_input(agreed, {})
    assert violation is not None

    assert pack(agreed, violation, {}, None, 1) == {}


AGENTS = """\
version: 1
agents:
  one:
    purpose: p
    owner: o
    adapter: local
    input: {type: object, properties: {text: {type: string}}}
    output: {type: object}
    on:
      failed: {error: DOWN, owner: lead, urgency: high, information: [input.text, rationale]}
      blocked: {incident: {owner: risk}, urgency: critical, information: [input]}
"""


def test_owner_urgency_and_information_are_read_with_every_path() -> None:
    (one,) = load_contracts(AGENTS.encode(), "agents.yaml").contracts

    assert one.on["failed"] == ExceptionPath("error", "DOWN", "lead", "high", ("input.text", "rationale"))
    assert one.on["blocked"] == ExceptionPath("incident", None, "risk", "critical", ("input",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("input.text", "input.txt", "agents.yaml:10: error [agents-information]: agent 'one', on.failed.information.0"),
        ("input.text", "output.kind", "the output declares no property 'kind'"),
        ("input.text", "secrets", "on.failed.information.0"),
        ("error: DOWN", "error: DOWN, incident: null", "exactly one of error"),
        ("error: DOWN, ", "", "exactly one of error"),
    ],
)
def test_a_fault_in_a_path_is_named(old: str, new: str, said: str) -> None:
    (problem,) = load_contracts(AGENTS.replace(old, new).encode(), "agents.yaml").problems

    assert said in str(problem)
