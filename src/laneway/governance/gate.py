"""The gate around every agent call: what goes in and what comes out is checked against the contract, never taken as it is.

input  ──check_input──►  adapter  ──check_result──►  Accepted → the job completes with its variables
                                  └──────────────►  Violation → governance.settle says what follows
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, assert_never

from laneway.domain.contract import (
    AgentCompleted,
    AgentContract,
    AgentFailed,
    AgentRefused,
    AgentResult,
    ExceptionPath,
)
from laneway.governance.contracts import ViolationKind
from laneway.governance.numbers import NotJson, as_variable
from laneway.governance.schemas import SchemaFault, compiled_one, describe


@dataclass(frozen=True, slots=True)
class Accepted:
    """The contract is met: complete the job with ``variables`` (JSON, numbers int or Decimal)."""

    variables: Mapping[str, Any]
    confidence: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """The contract is not met.

    ``path`` is where the contract sends this kind. ``retryable``: another attempt may help. ``variables`` is the output
    where it has the agreed form but too little confidence: whoever decides instead should see it. ``asks``: a person who resolves its
    incident lets it go on.
    """

    kind: ViolationKind
    message: str
    path: ExceptionPath
    retryable: bool = False
    variables: Mapping[str, Any] = field(default_factory=dict)
    confidence: Decimal | None = None
    asks: bool = False


def path_of(contract: AgentContract, kind: ViolationKind) -> ExceptionPath:
    """Where the contract sends a violation; what it leaves out becomes an incident for the agent's owner."""
    return contract.on.get(kind) or ExceptionPath("incident", owner=contract.owner)


def violation(contract: AgentContract, kind: ViolationKind, message: str, *, retryable: bool = False) -> Violation:
    return Violation(kind, f"agent {contract.name!r}: {message}", path_of(contract, kind), retryable)


def timed_out(contract: AgentContract) -> Violation:
    """The adapter gave no answer within the contract's time."""
    return violation(contract, "timeout", f"no answer within {contract.timeout:g} seconds", retryable=True)


def crashed(contract: AgentContract, trace: str, who: str | None = None) -> Violation:
    """The adapter (or ``who``) raised. That is a bug in it, so it becomes an incident with its trace whatever the contract
    says."""
    who = who or f"the adapter {contract.adapter!r}"
    message = f"agent {contract.name!r}: {who} raised, which is a bug in it:\n{trace}"
    return Violation("failed", message, ExceptionPath("incident", owner=contract.owner, urgency="high"))


def input_names(contract: AgentContract) -> tuple[str, ...]:
    """The variables that the contract lets the agent see, where the task has no input mappings of its own."""
    properties = contract.input_schema.get("properties")
    return tuple(properties) if isinstance(properties, Mapping) else ()


def check_input(contract: AgentContract, input: Mapping[str, Any]) -> Violation | None:
    """None if ``input`` may go to the agent. Nothing is sent otherwise."""
    fault = _fault("input", contract.input_schema, input)
    return None if fault is None else violation(contract, "input_invalid", fault)


def check_output(contract: AgentContract, variables: Mapping[str, Any]) -> Violation | None:
    """None if ``variables``, JSON already, have the form that the contract asks of the output."""
    fault = _fault("output", contract.output_schema, variables)
    return None if fault is None else violation(contract, "output_invalid", fault, retryable=True)


def check_result(contract: AgentContract, result: AgentResult) -> Accepted | Violation:
    """Hold what the adapter gave back against the contract."""
    match result:
        case AgentCompleted():
            return _check_output(contract, result)
        case AgentRefused():
            return violation(contract, "refused", f"declined: {result.reason}")
        case AgentFailed():
            return violation(contract, "failed", result.reason, retryable=result.retryable)
        case _:
            assert_never(result)


def _check_output(contract: AgentContract, result: AgentCompleted) -> Accepted | Violation:
    if not isinstance(result.output, Mapping):
        found = type(result.output).__name__
        message = f"the output must be a JSON object of variables, but it is a {found}"
        return violation(contract, "output_invalid", message, retryable=True)
    try:
        variables: dict[str, Any] = as_variable(result.output)
    except NotJson as error:
        message = f"the output is not JSON: at {error.pointer or '/'}: {error.message}"
        return violation(contract, "output_invalid", message, retryable=True)
    invalid = check_output(contract, variables)
    if invalid is not None:
        return invalid
    confidence = _confidence(contract, result, variables)
    if contract.confidence_threshold is not None:
        threshold = Decimal(repr(contract.confidence_threshold))
        if confidence is None or confidence < threshold:
            said = "no usable confidence (a number from 0 to 1)" if confidence is None else f"confidence {confidence}"
            message = f"agent {contract.name!r}: {said}{_where(contract)}, but at least {threshold} is asked for"
            return Violation(
                "low_confidence", message, path_of(contract, "low_confidence"), False, variables, confidence
            )
    return Accepted(variables, confidence)


def _confidence(contract: AgentContract, result: AgentCompleted, variables: Mapping[str, Any]) -> Decimal | None:
    """None stands for "not said" and for what is no confidence: a text, a boolean, NaN, a number outside 0 … 1."""
    value: Any = result.confidence if contract.confidence_field is None else variables.get(contract.confidence_field)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = Decimal(as_variable(value))
    except NotJson:
        return None
    return number if 0 <= number <= 1 else None


def _where(contract: AgentContract) -> str:
    if contract.confidence_evaluator is not None:
        return f" by the evaluator {contract.confidence_evaluator.name!r}"
    return f" in output field {contract.confidence_field!r}" if contract.confidence_field else ""


def _fault(side: str, schema: Mapping[str, Any], value: Mapping[str, Any]) -> str | None:
    if not isinstance(value, Mapping):
        return f"the {side} must be a JSON object of variables"
    try:
        findings = compiled_one(schema).findings(value)
    except SchemaFault as fault:
        return f"the {side} schema of the contract is not a JSON Schema: {fault.message}"
    except ValueError as error:
        return f"the {side} is not JSON: {error}"
    if not findings:
        return None
    return f"the {side} does not meet the contract: {describe(findings)}"
