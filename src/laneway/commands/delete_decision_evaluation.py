"""DeleteDecisionEvaluation: refused, because the record of what was decided is kept until retention removes it."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import Forbidden, NotFound
from laneway.domain.work import Actor


def delete_decision_evaluation(
    context: Context, evaluation_key: int, *, actor: Actor, tenant_ids: Sequence[str] | None
) -> None:
    entry = audit.entry("DeleteDecisionEvaluation", "DELETE", "DECISION", 0, actor, tenant_ids=tenant_ids)

    def work(unit: Unit) -> None:
        if context.store.get("decision-instances", f"{evaluation_key}-1", tenant_ids) is None:
            raise NotFound("decision_instance_not_found", f"No evaluation of a decision has the key {evaluation_key}")
        raise Forbidden(
            "history_is_kept", f"The decision evaluation {evaluation_key} is part of the audit trail and is kept"
        )

    execute(context, entry, work)
