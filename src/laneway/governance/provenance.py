"""What the record keeps of an agent call: enough to answer who said what, how, from which sources, at what cost."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from laneway.domain.contract import AgentCompleted, AgentContract, AgentResult, AgentUsage, authority_of
from laneway.governance.gate import Accepted, Violation
from laneway.governance.schemas import canonical_json

MAX_RATIONALE = 2000
MAX_SOURCES = 20


def record_of(
    contract: AgentContract, attempt: int, result: AgentResult | None, verdict: Accepted | Violation
) -> dict[str, Any]:
    """The ``details`` of the audit entry, JSON-compatible (decimals as text). ``result`` None: there was no answer.

    Shape: ``agent contract adapter authority attempt verdict`` always; ``fieldAuthority`` of the fields given whose authority differs; ``message path`` where the contract was not
    met; ``model method confidence rationale sources usage`` where the agent answered.
    """
    record: dict[str, Any] = {
        "agent": contract.name,
        "contract": contract.hash,
        "owner": contract.owner,
        "adapter": contract.adapter,
        "authority": contract.authority,
        "attempt": attempt,
        "verdict": "accepted" if isinstance(verdict, Accepted) else verdict.kind,
    }
    differing = {
        name: authority_of(contract, name) for name in sorted(verdict.variables) if name in contract.field_authority
    }
    if differing:
        record["fieldAuthority"] = differing
    if isinstance(verdict, Violation):
        record["message"] = verdict.message[:MAX_RATIONALE]
        path = verdict.path
        taken = {"kind": path.kind, "code": path.code, "owner": path.owner or contract.owner, "urgency": path.urgency}
        record["path"] = {name: value for name, value in taken.items() if value is not None}
    if verdict.confidence is not None:
        record["confidence"] = str(verdict.confidence)
    if result is None:
        return record
    record["usage"] = _usage(result.usage)
    if isinstance(result, AgentCompleted):
        record["model"] = result.model
        record["method"] = result.method
        record["rationale"] = result.rationale[:MAX_RATIONALE]
        record["sources"] = [plain(source) for source in result.sources[:MAX_SOURCES]]
    return record


PROMPT_KEYS = ("system", "prompt", "system_file", "prompt_file")


def prompt_hash(contract: AgentContract, files: Mapping[str, bytes]) -> str | None:
    """SHA-256 of all that the agent is told besides its input; None where its adapter is told nothing so."""
    told: dict[str, Any] = {}
    for key in PROMPT_KEYS:
        said = contract.config.get(key)
        if said is not None:
            content = files.get(str(said)) if key.endswith("_file") else None
            told[key] = said if content is None else hashlib.sha256(content).hexdigest()
    return hashlib.sha256(canonical_json(told).encode()).hexdigest() if told else None


def plain(value: Any) -> Any:
    """``value`` with decimals and floats as text, so that a hash over its JSON never depends on how a number is printed."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return (
        str(value) if isinstance(value, Decimal) else repr(value) if isinstance(value, float) else canonical_json(value)
    )


def _usage(usage: AgentUsage) -> dict[str, Any]:
    spent: dict[str, Any] = {"inputTokens": usage.input_tokens, "outputTokens": usage.output_tokens}
    if usage.cost is not None:
        spent["cost"] = repr(usage.cost)
        spent["currency"] = usage.currency
    spent["seconds"] = repr(round(usage.seconds, 3))
    return spent
