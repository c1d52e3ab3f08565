"""EvaluateDecision: a deployed decision is asked directly, outside of any process.

The evaluation is on record like one of a process, a failed one too: it is what was asked, and not a fault of the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.context import Context, EvaluatedDecision
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import InvalidInput, NotFound
from laneway.domain.work import Actor


def evaluate_decision(
    context: Context,
    *,
    decision_id: str | None,
    decision_key: int | None,
    variables: Mapping[str, Any],
    tenant_id: str,
    actor: Actor,
) -> EvaluatedDecision:
    entry = audit.entry(
        "EvaluateDecision",
        "EVALUATE",
        "DECISION",
        decision_key or 0,
        actor,
        tenant_id=tenant_id,
        decisionId=decision_id,
        variables=audit.names(variables),
    )

    def work(unit: Unit) -> EvaluatedDecision:
        if (decision_id is None) == (decision_key is None):
            raise InvalidInput("decision_ambiguous", "Name the decision by its id or by its key, not by both")
        if decision_key is not None:
            definition = unit.uow.decision_definition(decision_key)
            named = f"key {decision_key}"
        else:
            definition = unit.uow.latest_decision(decision_id or "", tenant_id)
            named = f"id «{decision_id}»"
        if definition is None or definition.tenant_id != tenant_id:
            raise NotFound("decision_not_found", f"No decision with {named} is deployed; deploy its DMN file")
        unit.concerns(entity_key=definition.key, details={"decisionId": definition.decision_id})
        given = guards.checked_variables(unit, variables)
        outcome = unit.definitions.evaluate(definition, given, unit.now)
        evaluation_key = unit.uow.add_decision_evaluation(outcome.details, definition.tenant_id)
        unit.uow.audit(unit.entry)
        return EvaluatedDecision(
            evaluation_key,
            definition.key,
            definition.decision_id,
            definition.name,
            definition.version,
            outcome.output,
            outcome.details,
            definition.tenant_id,
            definition.requirements_id,
            definition.requirements_key,
            outcome.fault,
        )

    return execute(context, entry, work)
