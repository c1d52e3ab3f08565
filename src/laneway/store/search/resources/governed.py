"""What people set around agents."""

from __future__ import annotations

from sqlalchemy import case

from laneway.store.search.fields import Field, Resource
from laneway.store.tables import budget, kill_switch

_switch = kill_switch.c
_budget = budget.c

RESOURCES = (
    Resource(
        name="kill-switches",
        source=kill_switch,
        key=("killSwitchKey",),
        tenant=_switch.tenant_id,
        fields={
            "killSwitchKey": Field(_switch.key, "key"),
            "scope": Field(_switch.scope),
            "name": Field(_switch.name),
            "state": Field(case((_switch.lifted_at.is_(None), "SET"), else_="LIFTED"), "enum"),
            "reason": Field(_switch.reason),
            "setBy": Field(_switch.set_by),
            "setAt": Field(_switch.set_at, "instant"),
            "liftedBy": Field(_switch.lifted_by, nullable=True),
            "liftedAt": Field(_switch.lifted_at, "instant", nullable=True),
            "liftReason": Field(_switch.lift_reason, nullable=True),
            "tenantId": Field(_switch.tenant_id),
        },
    ),
    Resource(
        name="budgets",
        source=budget,
        key=("budgetKey",),
        tenant=_budget.tenant_id,
        # Amounts in millionths; whoever shows them divides.
        fields={
            "budgetKey": Field(_budget.key, "key"),
            "span": Field(_budget.span),
            "spanKey": Field(_budget.span_key),
            "measure": Field(_budget.measure),
            "currency": Field(_budget.currency),
            "spent": Field(_budget.spent, "key"),
            "reserved": Field(_budget.reserved, "key"),
            "most": Field(_budget.most, "key", nullable=True),
            "lastUpdatedDate": Field(_budget.updated_at, "instant"),
            "tenantId": Field(_budget.tenant_id),
        },
    ),
)
