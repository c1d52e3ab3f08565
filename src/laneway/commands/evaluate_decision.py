"""EvaluateDecision: a deployed decision is asked directly, outside of any process."""

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
        found = decision_id
        if decision_key is not None:
            row = context.store.get("decision-definitions", decision_key, (tenant_id,))
            found = str(row["decisionDefinitionId"]) if row is not None else None
        definition = unit.uow.latest_decision(found, tenant_id) if found is not None else None
        if definition is None or (decision_key is not None and definition.key != decision_key):
            named = f"id «{decision_id}»" if decision_id is not None else f"key {decision_key}"
            raise NotFound("decision_not_found", f"No decision with {named} is deployed (in its latest version)")
        unit.concerns(entity_key=definition.key, details={"decisionId": definition.decision_id})
        given = guards.checked_variables(unit, variables)
        outcome = unit.definitions.evaluate(definition, given, unit.now)
        unit.uow.audit(unit.entry)
        return EvaluatedDecision(
            definition.key,
            definition.decision_id,
            definition.name,
            definition.version,
            outcome.output,
            outcome.details,
            definition.tenant_id,
        )

    return execute(context, entry, work)
