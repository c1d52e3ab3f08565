"""Records of the decisions that a transition evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    """Rows of each ``DecisionEvaluated``; what its details do not tell stays empty."""
    rows: list[dict[str, Any]] = []
    for packed in transition.log:
        if packed[0] != DecisionEvaluated.__name__:
            continue
        event = DecisionEvaluated(*packed[1:])
        element = element_of(transition, event.element_instance_key)
        place = {
            "root_key": transition.state.root_key,
            "process_instance_key": element.process_key,
            "process_definition_key": element.definition_key,
            "process_id": definition_of(element.definition_key).process_id,
            "element_instance_key": event.element_instance_key,
            "element_id": model_of(element.definition_key).nodes[element.slot].id,
        }
        details = {"decisionId": event.decision_id, **event.details}
        rows.extend({**row, **place} for row in evaluation_rows(details, tenant_id, now, ids))
    return rows


def evaluation_rows(details: Mapping[str, Any], tenant_id: str, now: datetime, ids: IdSource) -> list[dict[str, Any]]:
    """One row per decision of an evaluation, in the order in which they were made: first those required, last the one asked
    for, unless it was not come to."""
    evaluation_key = ids.next()
    made = list(details.get("requiredDecisions", ()))
    if not (details.get("skipped") and made):
        made.append({name: value for name, value in details.items() if name != "requiredDecisions"})
    return [
        {
            "key": ids.next(),
            "tenant_id": tenant_id,
            "root_key": 0,
            "process_instance_key": 0,
            "process_definition_key": 0,
            "process_id": "",
            "element_instance_key": 0,
            "element_id": "",
            "evaluation_key": evaluation_key,
            "sequence": place,
            "address": f"{evaluation_key}-{place}",
            "evaluated_at": now,
            "state": "FAILED" if one.get("failure") is not None else "EVALUATED",
            "failure": one.get("failure"),
            "decision_id": one["decisionId"],
            "decision_name": one.get("decisionName"),
            "decision_version": one.get("decisionVersion"),
            "decision_key": one.get("decisionKey"),
            "root_decision_key": details.get("decisionKey"),
            "requirements_key": one.get("requirementsKey"),
            "decision_type": one.get("decisionType", "DECISION_TABLE"),
            "result": one.get("output", one.get("outputs")),
            "details": one,
        }
        for place, one in enumerate(made, 1)
    ]


def element_of(transition: Transition, key: int) -> ElementInstance:
    """An element that a transition knows, be it alive or ended."""
    element = transition.state.elements.get(key) or transition.created.get(key)
    return transition.ended[key].element if element is None else element
