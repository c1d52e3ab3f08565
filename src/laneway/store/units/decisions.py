"""Records of the decisions that a transition evaluated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from laneway.domain.definition import ProcessDefinition
from laneway.domain.history import DecisionEvaluated
from laneway.domain.model import ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.transition import Transition
from laneway.ports import IdSource


def decision_rows(
    transition: Transition,
    tenant_id: str,
    now: datetime,
    ids: IdSource,
    definition_of: Callable[[int], ProcessDefinition],
    model_of: Callable[[int], ProcessModel],
) -> list[dict[str, Any]]:
    """One row per ``DecisionEvaluated``; what its details do not tell stays empty."""
    rows: list[dict[str, Any]] = []
    for event in transition.events:
        if not isinstance(event, DecisionEvaluated):
            continue
        element = element_of(transition, event.element_instance_key)
        details = event.details
        failure = details.get("failure")
        rows.append(
            {
                "key": ids.next(),
                "root_key": transition.state.root_key,
                "tenant_id": tenant_id,
                "process_instance_key": element.process_key,
                "process_definition_key": element.definition_key,
                "process_id": definition_of(element.definition_key).process_id,
                "element_instance_key": event.element_instance_key,
                "element_id": model_of(element.definition_key).nodes[element.slot].id,
                "sequence": len(rows) + 1,
                "evaluated_at": now,
                "state": "EVALUATED" if failure is None else "FAILED",
                "failure": failure,
                "decision_id": event.decision_id,
                "decision_name": details.get("decisionName"),
                "decision_version": details.get("decisionVersion"),
                "decision_key": details.get("decisionKey"),
                "requirements_key": details.get("requirementsKey"),
                "decision_type": details.get("decisionType", "DECISION_TABLE"),
                "result": details.get("output", details.get("outputs")),
                "details": details,
            }
        )
    return rows


def element_of(transition: Transition, key: int) -> ElementInstance:
    """An element that a transition knows, be it alive or ended."""
    element = transition.state.elements.get(key) or transition.created.get(key)
    return transition.ended[key].element if element is None else element
