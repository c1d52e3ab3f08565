"""What goes along when a contract is not met, so that whoever takes over need not look for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.domain.contract import AgentCompleted, AgentContract, AgentResult
from laneway.governance.gate import Violation
from laneway.governance.numbers import NotJson, as_variable

VARIABLE = "informationPack"


def pack(
    contract: AgentContract, violation: Violation, input: Mapping[str, Any], result: AgentResult | None, attempt: int
) -> dict[str, Any]:
    """``{"informationPack": {agent, kind, message, owner, urgency, attempt, …}}`` with what the path's ``information`` names, or ``{}`` if
    it names nothing. What is not there (the agent gave no answer, or none that may be kept) is left out.

    ``input`` is what the process gave, which is the process's own; of what the agent said, only what has passed the guardrails.
    """
    path = violation.path
    if not path.information:
        return {}
    held: dict[str, Any] = {
        "agent": contract.name,
        "kind": violation.kind,
        "message": violation.message,
        "owner": path.owner or contract.owner,
        "urgency": path.urgency or "normal",
        "attempt": attempt,
    }
    known: dict[str, Any] = {"input": input, "output": violation.variables or None, "confidence": violation.confidence}
    if isinstance(result, AgentCompleted):
        known["rationale"] = result.rationale or None
        known["sources"] = list(result.sources) or None
    for name in path.information:
        part, _, field = name.partition(".")
        value = known.get(part)
        if field and isinstance(value, Mapping):
            value = value.get(field)
        if value is None:
            continue
        try:
            value = as_variable(value)
        except NotJson:
            continue
        if field:
            held.setdefault(part, {})[field] = value
        else:
            held[part] = value
    return {VARIABLE: held}
