"""What is about a sensitive topic goes to a person: unasked by its input, with the answer by its output."""

from __future__ import annotations

from typing import Any

import pytest

from laneway.domain.contract import AgentCompleted, AgentContract, GuardrailUse, SensitiveTopic
from laneway.governance.contracts import load_contracts
from laneway.governance.gate import Accepted, Violation
from laneway.governance.guardrails.apply import conclude, prepare
from laneway.governance.topics import of_input

LEGAL = SensitiveTopic("legal", ("lawyer", "legal action", "Ärger"))
MATTER = SensitiveTopic("complaint", (), "category", ("complaint", "legal"))


def contract(*topics: SensitiveTopic, **changes: Any) -> AgentContract:
    return AgentContract("a", "p", "boss", ("a",), "local", sensitive_topics=topics or (LEGAL, MATTER), **changes)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("My LAWYER will write.", True),
        ("lawyer", True),
        ("I take legal\n  action", True),
        ("so viel ärger!", True),
        ("law\u200byer", True),
        ("ｌａｗｙｅｒ", True),
        ("lawyers' row", False),
        ("Verärgert bin ich nicht", False),
        ("an illegal action", False),
        ("all is well", False),
    ],
)
def test_words_are_told_whole_and_however_they_are_written(text: str, told: bool) -> None:
    violation = prepare(contract(), {"list": [{"text": text}]}).violation

    assert (violation is not None and violation.kind == "sensitive_topic") is told


@pytest.mark.parametrize(
    ("output", "topic"),
    [
        ({"category": "complaint"}, "complaint"),
        ({"category": ["other", "legal"]}, "complaint"),
        ({"category": "delivery", "reply": "ask a lawyer"}, "legal"),
        ({"category": "delivery"}, None),
        ({}, None),
    ],
)
def test_what_the_agent_says_of_the_matter_tells_it_too(output: dict[str, Any], topic: str | None) -> None:
    verdict = conclude(contract(), AgentCompleted(output)).verdict

    if topic is None:
        assert verdict == Accepted(output)
    else:
        assert isinstance(verdict, Violation)
        assert (verdict.kind, dict(verdict.variables), verdict.retryable) == ("sensitive_topic", output, False)
        assert verdict.message == f"agent 'a': the output is about {topic}, which it does not deal with by itself"


def test_neither_doubt_nor_redaction_is_a_way_around_it_and_a_block_comes_first() -> None:
    redacting = contract(
        confidence_threshold=0.9,
        guardrails_after=(GuardrailUse("patterns", "redact", {"patterns": {"trade": "lawyer"}}),),
    )
    blocking = contract(guardrails_after=(GuardrailUse("patterns", None, {"patterns": {"trade": "lawyer"}}),))
    said = AgentCompleted({"reply": "a lawyer"}, confidence=0.1)
    redacted, blocked = conclude(redacting, said).verdict, conclude(blocking, said).verdict

    assert isinstance(redacted, Violation)
    assert isinstance(blocked, Violation)
    assert (redacted.kind, dict(redacted.variables)) == ("sensitive_topic", {"reply": "a [trade]"})
    assert (blocked.kind, dict(blocked.variables)) == ("blocked", {})


AGENTS = """\
version: 1
agents:
  one:
    purpose: p
    owner: o
    adapter: local
    input: {type: object}
    output: {type: object, properties: {category: {type: string}}}
    sensitive_topics:
      legal: {words: [lawyer, legal action]}
      complaint: {field: category, values: [complaint]}
"""


def test_topics_are_read_from_the_file() -> None:
    (one,) = load_contracts(AGENTS.encode(), "agents.yaml").contracts

    assert one.sensitive_topics == (
        SensitiveTopic("legal", ("lawyer", "legal action")),
        SensitiveTopic("complaint", (), "category", ("complaint",)),
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("field: category", "field: kind", "agents.yaml:11: error [agents-topic-field]: agent 'one', sensitive_topics"),
        ("words: [lawyer, legal action]", "", "nothing tells the topic"),
        ("words: [lawyer, legal action]", "words: []", "sensitive_topics.legal.words"),
        ("words: [lawyer, legal action]", "worte: [Anwalt]", "did you mean 'words'?"),
    ],
)
def test_a_fault_in_a_topic_is_named(old: str, new: str, said: str) -> None:
    found = load_contracts(AGENTS.replace(old, new).encode(), "agents.yaml")

    assert any(said in str(problem) for problem in found.problems), [str(problem) for problem in found.problems]
    assert not found.contracts


@pytest.mark.parametrize(
    "text",
    ["réfund", "re\u0301fund", "r\u0323e\u0301f\u0308und", "ｒｅｆｕｎｄ", "re\u200bfund", "REFU\u0302ND", "𝐫𝐞𝐟𝐮𝐧𝐝"],
    ids=ascii,
)
@pytest.mark.parametrize("word", ["refund", "réfund", "re\u0301fund"], ids=ascii)
def test_accents_and_styles_hide_no_topic(word: str, text: str) -> None:
    # Given a topic by a word with or without accents; when the text has them otherwise; then it is told all the same.
    agent = contract(SensitiveTopic("money", words=(word,)))
    assert of_input(agent, {"text": f"I want a {text} now"}) == "money"
