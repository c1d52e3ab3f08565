"""Nothing passes the gate that the contract does not allow, and the message says where and why without the value."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from laneway.domain.contract import (
    AgentCompleted,
    AgentContract,
    AgentFailed,
    AgentRefused,
    AgentUsage,
    ExceptionPath,
)
from laneway.governance import settle
from laneway.governance.gate import (
    Accepted,
    Violation,
    check_input,
    check_result,
    crashed,
    input_names,
    timed_out,
)
from laneway.governance.provenance import record_of


def contract(**changes: Any) -> AgentContract:
    values: dict[str, Any] = {
        "name": "classify",
        "purpose": "p",
        "owner": "boss",
        "job_types": ("classify",),
        "adapter": "scripted",
        "input_schema": {
            "type": "object",
            "required": ["message"],
            "properties": {"message": {"type": "string", "minLength": 1}, "amount": {"type": "number"}},
        },
        "output_schema": {
            "type": "object",
            "required": ["category"],
            "properties": {"category": {"enum": ["a", "b"]}, "confidence": {"type": "number"}},
        },
        "hash": "h",
    }
    return AgentContract(**{**values, **changes})


def result_of(output: Any, **changes: Any) -> Accepted | Violation:
    agreed = changes.pop("contract", contract())
    return check_result(agreed, AgentCompleted(output, **changes))


def violation_of(output: Any, **changes: Any) -> Violation:
    found = result_of(output, **changes)
    assert isinstance(found, Violation)
    return found


def test_input_within_the_contract_may_go() -> None:
    assert check_input(contract(), {"message": "hello", "amount": Decimal("1.5"), "other": 1}) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, '"message" is a required property'),
        ({"message": ""}, "at /message: "),
        ({"message": 5}, 'at /message: the value is not of type "string"'),
        ({"message": "x", "amount": "12"}, "at /amount: "),
    ],
)
def test_input_outside_the_contract_stays_here(given: Mapping[str, Any], said: str) -> None:
    found = check_input(contract(), given)

    assert found is not None
    assert found.kind == "input_invalid"
    assert said in found.message
    assert not found.retryable
    assert found.path == ExceptionPath("incident", owner="boss")


def test_messages_do_not_repeat_what_the_customer_wrote() -> None:
    found = check_input(
        contract(input_schema={"properties": {"iban": {"maxLength": 3}}}), {"iban": "DE89370400440532013000"}
    )

    assert found is not None
    assert "/iban" in found.message
    assert "DE89" not in found.message


def test_output_within_the_contract_becomes_variables() -> None:
    found = result_of({"category": "a", "score": 0.1, "list": (1, 2.5)}, confidence=0.25)

    assert found == Accepted({"category": "a", "score": Decimal("0.1"), "list": [1, Decimal("2.5")]}, Decimal("0.25"))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"category": "c"}, 'at /category: the value is not one of "a" or "b"'),
        ({}, '"category" is a required property'),
        (["category"], "must be a JSON object"),
        (None, "must be a JSON object"),
        ({"category": "a", "x": float("nan")}, "at /x: "),
        ({"category": "a", "x/y": {"~": object()}}, "at /x~1y/~0: a value of type object is not JSON"),
        ({"category": "a", "x": {1: 2}}, "at /x: the key 1 is not a text"),
        ({"category": "a", "x": "a\x00b"}, "NUL"),
        ({"category": "a", "x": "\ud800"}, "surrogate"),
        ({"category": "a", "x": 10**400}, "more than 300 digits"),
        ({"category": "a", "x": Decimal("Infinity")}, "not finite"),
    ],
)
def test_output_outside_the_contract_is_never_taken(output: Any, said: str) -> None:
    found = violation_of(output)

    assert found.kind == "output_invalid"
    assert said in found.message
    assert found.retryable


def test_output_nested_without_end_is_refused() -> None:
    nested: Any = "x"
    for _ in range(100):
        nested = [nested]

    assert "nested deeper" in violation_of({"category": "a", "x": nested}).message


@pytest.mark.parametrize(("confidence", "accepted"), [(0.6, True), (0.59, False), (1, True), (None, False)])
def test_the_threshold_holds_against_the_adapters_confidence(confidence: float | None, accepted: bool) -> None:
    found = result_of({"category": "a"}, confidence=confidence, contract=contract(confidence_threshold=0.6))

    assert isinstance(found, Accepted) is accepted


@pytest.mark.parametrize("said", [0.3, True, 7, -0.1])
def test_the_threshold_holds_against_the_field(said: Any) -> None:
    agreed = contract(confidence_threshold=0.6, confidence_field="confidence", output_schema={"type": "object"})

    found = violation_of({"category": "a", "confidence": said}, confidence=0.99, contract=agreed)

    assert found.kind == "low_confidence"
    assert "output field 'confidence'" in found.message


def test_low_confidence_keeps_what_was_said_for_whoever_decides() -> None:
    found = violation_of({"category": "a"}, confidence=0.2, contract=contract(confidence_threshold=0.6))

    assert found.variables == {"category": "a"}
    assert found.confidence == Decimal("0.2")
    assert not found.retryable


def test_refusal_and_failure_take_their_paths() -> None:
    agreed = contract(on={"refused": ExceptionPath("error", "OUT_OF_SCOPE")})

    refused = check_result(agreed, AgentRefused("not my task"))
    failed = check_result(agreed, AgentFailed("down", retryable=False))

    assert isinstance(refused, Violation)
    assert isinstance(failed, Violation)
    assert (refused.kind, refused.path.code, refused.retryable) == ("refused", "OUT_OF_SCOPE", False)
    assert (failed.kind, failed.path.kind, failed.retryable) == ("failed", "incident", False)
    assert "not my task" in refused.message


def test_the_agent_sees_the_variables_that_its_input_names() -> None:
    assert input_names(contract()) == ("message", "amount")
    assert input_names(contract(input_schema={})) == ()


def test_what_may_heal_is_tried_again_with_doubling_pauses() -> None:
    agreed = contract(retries=4, retry_backoff=2.0, on={"timeout": ExceptionPath("error", "SLOW")})
    late = timed_out(agreed)

    assert [settle.decide(agreed, late, attempt) for attempt in (1, 2, 3)] == [
        settle.Retry(2.0, 3, late.message),
        settle.Retry(4.0, 2, late.message),
        settle.Retry(8.0, 1, late.message),
    ]
    assert settle.decide(agreed, late, 4) == settle.ThrowBpmnError("SLOW", late.message)


def test_what_cannot_heal_takes_its_path_at_once() -> None:
    agreed = contract(confidence_threshold=0.6, on={"low_confidence": ExceptionPath("escalation", "UNSURE")})
    found = violation_of({"category": "a"}, contract=agreed)

    assert settle.decide(agreed, found, 1) == settle.Escalate("UNSURE", found.message, {"category": "a"})


def test_without_a_path_the_owner_gets_an_incident() -> None:
    agreed = contract(on={"refused": ExceptionPath("incident", owner="data-team", urgency="high")})
    refused = check_result(agreed, AgentRefused("no"))
    failed = check_result(agreed, AgentFailed("down", retryable=False))
    assert isinstance(refused, Violation)
    assert isinstance(failed, Violation)

    named = settle.decide(agreed, refused, 1)
    default = settle.decide(agreed, failed, 1)

    assert isinstance(named, settle.OpenIncident)
    assert isinstance(default, settle.OpenIncident)
    assert (named.owner, named.urgency) == ("data-team", "high")
    assert named.message.startswith("refused for data-team, urgency high: agent 'classify'")
    assert default.owner == "boss"


def test_a_bug_in_an_adapter_is_an_incident_whatever_the_contract_says() -> None:
    agreed = contract(on={"failed": ExceptionPath("error", "AGENT_DOWN")})

    found = settle.decide(agreed, crashed(agreed, "Traceback: boom"), 1)

    assert isinstance(found, settle.OpenIncident)
    assert "boom" in found.message


def test_the_record_answers_who_said_what_and_how() -> None:
    agreed = contract()
    result = AgentCompleted(
        {"category": "a"},
        confidence=0.9,
        model="m",
        method="rules",
        sources=({"name": "policy.md", "score": 0.5},),
        usage=AgentUsage(3, 4, 0.01, "EUR", 0.25),
    )

    record = record_of(agreed, 2, result, check_result(agreed, result))

    assert record == {
        "agent": "classify",
        "contract": "h",
        "owner": "boss",
        "adapter": "scripted",
        "authority": "recommend",
        "attempt": 2,
        "verdict": "accepted",
        "confidence": "0.9",
        "usage": {"inputTokens": 3, "outputTokens": 4, "cost": "0.01", "currency": "EUR", "seconds": "0.25"},
        "model": "m",
        "method": "rules",
        "rationale": "",
        "sources": [{"name": "policy.md", "score": "0.5"}],
    }
    assert record_of(agreed, 1, None, timed_out(agreed))["verdict"] == "timeout"


def test_the_record_has_the_authority_of_each_field_that_was_given() -> None:
    agreed = contract(authority="recommend", field_authority={"category": "none", "other": "decide"})
    found = AgentCompleted({"category": "a"})

    record = record_of(agreed, 1, found, check_result(agreed, found))

    assert (record["authority"], record["fieldAuthority"]) == ("recommend", {"category": "none"})
