"""What a replay came to: each answer (``turn``: which one of a conversation) held against what was, all of them in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from laneway.domain.autonomy import AgentCalled
from laneway.domain.contract import AgentContract
from laneway.governance.autonomy import wilson
from laneway.governance.gate import Accepted
from laneway.governance.verdicts import compare
from laneway.workers.agent.asking import Answer
from laneway.workers.agent.replayed_tools import Recorded

MOST_TOOL_DIFFERENCES = 50
"""Of one call that are told one by one."""


def row_of(
    contract: AgentContract,
    call: AgentCalled,
    decision: Mapping[str, Any] | None,
    answer: Answer,
    seconds: float,
    recorded: Recorded,
    turn: int | None = None,
) -> dict[str, Any]:
    verdict, usage = answer.verdict, None if answer.result is None else answer.result.usage
    output = verdict.variables if isinstance(verdict, Accepted) else None
    found = None if output is None else compare(contract, call.output, output)
    person = None if output is None or decision is None else compare(contract, decision, output)
    return {
        "jobKey": call.key,
        "processInstanceKey": call.process_instance_key,
        "processDefinitionId": call.process_id,
        "elementId": call.element_id,
        "turn": turn,
        "time": call.at,
        "before": dict(call.output),
        "now": None if output is None else dict(output),
        "person": None if decision is None else dict(decision),
        "failure": None if isinstance(verdict, Accepted) else f"{verdict.kind}: {verdict.message}",
        "same": found is not None and found.agreed,
        "agreesWithPerson": None if decision is None else person is not None and person.agreed,
        "differs": [] if found is None else [name for name, same in found.fields.items() if not same],
        "distance": None if found is None or found.distance is None else round(found.distance, 4),
        "confidenceBefore": call.confidence,
        "confidenceNow": None if verdict.confidence is None else str(verdict.confidence),
        "costBefore": call.cost,
        "costNow": None if usage is None or usage.cost is None else str(usage.cost),
        "currency": call.currency if usage is None else usage.currency,
        "secondsBefore": call.seconds,
        "secondsNow": f"{seconds:.3f}",
        "toolAnswers": recorded.answered,
        "toolDifferences": len(recorded.differences),
        "tools": [dict(each) for each in recorded.differences[:MOST_TOOL_DIFFERENCES]],
    }


def report_of(
    contract: AgentContract,
    rows: Sequence[Mapping[str, Any]],
    prompt: str | None,
    *,
    not_asked: int = 0,
    stopped: str | None = None,
    skipped: int = 0,
) -> dict[str, Any]:
    """``not_asked``: how many were left because of what ``stopped`` it. ``skipped``: what cannot be given again."""
    judged = [row for row in rows if row["agreesWithPerson"] is not None]
    return {
        "agent": contract.name,
        "contract": contract.hash.partition(" ")[0],
        "prompt": prompt,
        "calls": len(rows),
        "failed": sum(row["failure"] is not None for row in rows),
        "notAsked": not_asked,
        "stopped": stopped,
        "skipped": skipped,
        "same": _interval(sum(row["same"] for row in rows), len(rows)),
        "withPeople": {"pairs": len(judged), **_interval(sum(row["agreesWithPerson"] for row in judged), len(judged))},
        "cost": {
            "before": str(_sum(rows, "costBefore")),
            "now": str(_sum(rows, "costNow")),
            "currency": next((row["currency"] for row in rows if row["currency"]), None),
        },
        "seconds": {"before": float(_sum(rows, "secondsBefore")), "now": float(_sum(rows, "secondsNow"))},
        "tools": {
            "answered": sum(row["toolAnswers"] for row in rows),
            "differences": sum(row["toolDifferences"] for row in rows),
        },
        "differences": [dict(row) for row in rows if not row["same"] or row["tools"]],
    }


def _interval(agreed: int, of: int) -> dict[str, Any]:
    found = wilson(agreed, of)
    return {"share": round(found.share, 4), "low": round(found.low, 4), "high": round(found.high, 4)}


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> Decimal:
    total = Decimal(0)
    for row in rows:
        try:
            total += Decimal(row[name] or 0)
        except InvalidOperation:
            continue
    return total
