"""What the history keeps of an answer: how sure it was, why, and from what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from laneway.domain.agent_instance import HistoryItem, changed_item
from laneway.domain.contract import AgentCompleted
from laneway.governance.gate import Accepted, Violation
from laneway.governance.provenance import MAX_RATIONALE, MAX_SOURCES, plain


def with_reasons(completed: AgentCompleted) -> AgentCompleted:
    """Where the answer says why and from what, that is its rationale and its sources, held against the contract as any."""
    output = completed.output
    rationale, sources = output.get("rationale"), output.get("sources")
    return replace(
        completed,
        rationale=rationale if isinstance(rationale, str) else "",
        sources=tuple(each for each in sources if isinstance(each, Mapping)) if isinstance(sources, list) else (),
    )


def weighed(said: HistoryItem, verdict: Accepted | Violation, kept: AgentCompleted | None) -> HistoryItem:
    details = dict(said.details)
    details["verdict"] = "accepted" if isinstance(verdict, Accepted) else verdict.kind
    if verdict.confidence is not None:
        details["confidence"] = str(verdict.confidence)
    if kept is not None and kept.rationale:
        details["rationale"] = kept.rationale[:MAX_RATIONALE]
    if kept is not None and kept.sources:
        details["sources"] = [plain(source) for source in kept.sources[:MAX_SOURCES]]
    return changed_item(said, details=details)
