"""What follows when a contract is not met: another attempt, or the path that the contract names. Never silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from laneway.domain.contract import AgentContract
from laneway.governance.gate import Violation

LONGEST_PAUSE = 3600.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after ``delay`` seconds; ``attempts_left`` is what remains, this next one included."""

    delay: float
    attempts_left: int
    message: str


@dataclass(frozen=True, slots=True)
class ThrowBpmnError:
    """Throw the BPMN error ``code`` at the task."""

    code: str
    message: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Escalate:
    """Throw the BPMN escalation ``code`` at the task, with what the agent said for the person who decides instead."""

    code: str
    message: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Hold the job with an incident for ``owner``."""

    message: str
    owner: str
    urgency: str | None = None


Settlement = Retry | ThrowBpmnError | Escalate | OpenIncident


def decide(contract: AgentContract, violation: Violation, attempt: int) -> Settlement:
    """What to do about ``violation`` of the ``attempt``-th attempt (from 1).

    A violation that another attempt may cure is retried while attempts remain, each pause twice the one before.
    """
    if violation.retryable and attempt < contract.retries:
        delay = min(contract.retry_backoff * 2.0 ** (attempt - 1), LONGEST_PAUSE)
        return Retry(delay, contract.retries - attempt, violation.message)
    path = violation.path
    match path.kind:
        case "error":
            return ThrowBpmnError(path.code or "", violation.message, violation.variables)
        case "escalation":
            return Escalate(path.code or "", violation.message, violation.variables)
        case "incident":
            owner = path.owner or contract.owner
            urgency = f", urgency {path.urgency}" if path.urgency else ""
            message = f"{violation.kind} for {owner}{urgency}: {violation.message}"
            return OpenIncident(message, owner, path.urgency)
        case _:
            assert_never(path.kind)
