"""What an answer is made into: variables by the element's headers, and what the history keeps of how sure it was and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from laneway.domain.agent_instance import HistoryItem
from laneway.domain.contract import AgentCompleted
from laneway.expressions import ExpressionError, compile as compile_expression, to_json_value
from laneway.governance.gate import Accepted, Violation
from laneway.governance.provenance import MAX_RATIONALE, MAX_SOURCES, plain

RESULT_VARIABLE = "resultVariable"
RESULT_EXPRESSION = "resultExpression"


def by_headers(headers: Mapping[str, str], response: Mapping[str, Any]) -> dict[str, Any]:
    """Camunda 8, "Result variable" and "Result expression": the whole response under one name, and what an expression makes of it."""
    variables: dict[str, Any] = {}
    name = headers.get(RESULT_VARIABLE, "").strip()
    if name:
        variables[name] = dict(response)
    text = headers.get(RESULT_EXPRESSION, "").strip()
    if text:
        try:
            made = to_json_value(compile_expression(text).evaluate({**response, "response": response}))
        except ExpressionError:
            made = None
        if isinstance(made, dict):
            variables.update(made)
    return variables


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
    return replace(said, details=details)
