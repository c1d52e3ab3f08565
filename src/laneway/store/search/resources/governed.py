"""What people set around agents."""

from __future__ import annotations

from sqlalchemy import Text, case, cast

from laneway.store.search.fields import Field, Resource
from laneway.store.tables import agent_contract, budget, data_source, kill_switch

_switch = kill_switch.c
_budget = budget.c
_source = data_source.c
_contract = agent_contract.c

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
        name="data-sources",
        source=data_source,
        key=("dataSourceKey",),
        tenant=_source.tenant_id,
        fields={
            "dataSourceKey": Field(_source.key, "key"),
            "name": Field(_source.name),
            "owner": Field(_source.owner),
            "status": Field(_source.status),
            "files": Field(cast(_source.files, Text), "json", shown=_source.files, sortable=False),
            "validFrom": Field(_source.valid_from, nullable=True),
            "validUntil": Field(_source.valid_until, nullable=True),
            "reviewed": Field(_source.reviewed, nullable=True),
            "maxAge": Field(_source.max_age, nullable=True),
            "madeBy": Field(_source.made_by),
            "madeAt": Field(_source.made_at, "instant"),
            "approvedBy": Field(_source.approved_by, nullable=True),
            "approvedAt": Field(_source.approved_at, "instant", nullable=True),
            "version": Field(_source.version, "integer"),
            "tenantId": Field(_source.tenant_id),
        },
    ),
    Resource(
        name="agent-contracts",
        source=agent_contract,
        key=("agentContractKey",),
        tenant=_contract.tenant_id,
        fields={
            "agentContractKey": Field(_contract.key, "key"),
            "hash": Field(_contract.hash),
            "name": Field(_contract.name),
            "processDefinitionId": Field(_contract.process_id),
            "processDefinitionVersion": Field(_contract.process_version, "integer"),
            "processDefinitionKey": Field(_contract.process_definition_key, "key"),
            "purpose": Field(_contract.purpose),
            "owner": Field(_contract.owner),
            "adapter": Field(_contract.adapter),
            "model": Field(_contract.model),
            "authority": Field(_contract.authority),
            "jobTypes": Field(cast(_contract.job_types, Text), "json", shown=_contract.job_types, sortable=False),
            "content": Field(cast(_contract.content, Text), "json", shown=_contract.content, sortable=False),
            "deploymentDate": Field(_contract.deployed_at, "instant"),
            "tenantId": Field(_contract.tenant_id),
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
