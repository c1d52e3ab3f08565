"""What agents said and were given, taken away once the process instance that it belongs to has been over for long enough.

The record of the instance stays: its events, its audit trail (which holds no values), its variables, and of pairs the numbers that the dial
is turned by. So does what is told from them: who wrote a variable, from what.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, null, select, update

from laneway.domain.types import JobKind
from laneway.store.tables import (
    agent_call,
    agent_history_item,
    agent_instance,
    agent_turn,
    approval,
    autonomy_pair,
    budget,
    budget_reservation,
    instance_editor,
    job,
    process_instance,
    tool_call,
)
from laneway.store.tables.instances import of_root_instance
from laneway.store.units.base import BaseUnit

_ANCHORS: tuple[Table, ...] = (agent_call, tool_call, agent_instance, budget_reservation, autonomy_pair, approval)
"""Where an agent was at work there is a row of one of these; their keys grow with time."""


class RetiredUnit(BaseUnit):
    def retire_agents(self, ended_before: datetime, limit: int) -> int:
        roots: set[int] = set()
        for table in _ANCHORS:
            if len(roots) < limit:
                roots |= self._over(table, ended_before, limit - len(roots), roots)
        for root in sorted(roots):
            self._retire(root)
        return len(roots)

    def _over(self, table: Table, ended_before: datetime, limit: int, known: set[int]) -> set[int]:
        root = process_instance
        found = (
            select(table.c.root_key)
            .join(root, root.c.key == table.c.root_key)
            .where(root.c.ended_at.is_not(None), root.c.ended_at < ended_before, root.c.root_key == root.c.key)
            .where(table.c.root_key.not_in(sorted(known)))
            .distinct()
            .limit(limit)
        )
        if table is autonomy_pair:
            found = found.where(autonomy_pair.c.output.is_not(None) | autonomy_pair.c.decision.is_not(None))
        return set(self._connection.scalars(found))

    def _retire(self, root: int) -> None:
        instances = list(self._connection.scalars(select(process_instance.c.key).where(of_root_instance(root))))
        at_work = select(job.c.key).where(
            job.c.process_instance_key.in_(instances), (job.c.kind == JobKind.AGENT.value) | job.c.agent.is_not(None)
        )
        jobs = list(self._connection.scalars(at_work))
        of_agents = select(agent_instance.c.key).where(agent_instance.c.process_instance_key.in_(instances))
        agents = list(self._connection.scalars(of_agents))
        tenants = list(
            self._connection.scalars(select(process_instance.c.tenant_id).where(process_instance.c.key == root))
        )
        self._gone(agent_history_item, agent_history_item.c.agent_instance_key.in_(agents))
        self._gone(agent_instance, agent_instance.c.key.in_(agents))
        self._gone(agent_turn, agent_turn.c.job_key.in_(jobs))
        self._gone(approval, approval.c.process_instance_key.in_(instances))
        self._gone(tool_call, tool_call.c.process_instance_key.in_(instances))
        self._gone(agent_call, agent_call.c.root_key == root)
        self._gone(instance_editor, instance_editor.c.root_key == root)
        self._gone(
            budget_reservation, budget_reservation.c.job_key.in_(jobs) & budget_reservation.c.settled_at.is_not(None)
        )
        self._spent(tenants, "job", jobs)
        self._spent(tenants, "instance", instances)
        # A pair is evidence: whether they agreed stays, what they said goes.
        said = {"output": null(), "decision": null(), "failure": null(), "reason": null()}
        self._connection.execute(update(autonomy_pair).where(autonomy_pair.c.root_key == root).values(said))

    def _spent(self, tenants: Sequence[str], span: str, keys: Sequence[int]) -> None:
        names = [str(key) for key in keys]
        columns = budget.c
        self._gone(budget, columns.tenant_id.in_(tenants) & (columns.span == span) & columns.span_key.in_(names))

    def _gone(self, table: Table, which: ColumnElement[bool]) -> None:
        self._connection.execute(delete(table).where(which))
