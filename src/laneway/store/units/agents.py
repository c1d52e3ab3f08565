"""Agent instances and their history. Read and written once per turn of a conversation, under the instance's own fence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, func, select, update

from laneway.domain.agent_instance import AgentDefinition, AgentInstance, CommitStatus, HistoryItem, changed_instance
from laneway.domain.errors import StaleState
from laneway.store.prepared import insert_into, ready_rows
from laneway.store.tables import agent_definition, agent_history_item, agent_instance
from laneway.store.units.base import BaseUnit

_DEFINITION_FIELDS = tuple(AgentDefinition.__dataclass_fields__)
_INSTANCE_FIELDS = tuple(AgentInstance.__dataclass_fields__)
_ITEM_FIELDS = tuple(HistoryItem.__dataclass_fields__)
_ADD_INSTANCE = insert_into(agent_instance)
_ADD_ITEMS = insert_into(agent_history_item)


class AgentsUnit(BaseUnit):
    def add_agent_definitions(self, definitions: Sequence[AgentDefinition]) -> None:
        if definitions:
            self._connection.execute(agent_definition.insert(), [asdict(each) for each in definitions])

    def agent_definition(self, process_definition_key: int, element_id: str) -> AgentDefinition | None:
        of_element = select(agent_definition).where(
            agent_definition.c.process_definition_key == process_definition_key,
            agent_definition.c.element_id == element_id,
        )
        row = self._one(of_element)
        return None if row is None else AgentDefinition(**{name: getattr(row, name) for name in _DEFINITION_FIELDS})

    def agent_instance(self, key: int) -> AgentInstance | None:
        row = self._one(self._for_update(select(agent_instance).where(agent_instance.c.key == key)))
        return None if row is None else AgentInstance(**{name: getattr(row, name) for name in _INSTANCE_FIELDS})

    def agent_instance_at(self, element_instance_key: int) -> AgentInstance | None:
        latest = select(func.max(agent_instance.c.key)).where(
            agent_instance.c.element_instance_key == element_instance_key
        )
        key = self._connection.scalar(latest)
        return None if key is None else self.agent_instance(key)

    def agent_instances_in(self, process_instance_key: int, element_id: str) -> Sequence[AgentInstance]:
        of_element = select(agent_instance).where(
            agent_instance.c.process_instance_key == process_instance_key, agent_instance.c.element_id == element_id
        )
        rows = self._all(of_element.order_by(agent_instance.c.key))
        return [AgentInstance(**{name: getattr(row, name) for name in _INSTANCE_FIELDS}) for row in rows]

    def add_agent_instance(self, instance: AgentInstance) -> AgentInstance:
        added = changed_instance(instance, created_at=self.now, updated_at=self.now)
        self._put_ready(_ADD_INSTANCE, [_instance_row(added)], [added.key])
        return added

    def update_agent_instance(self, instance: AgentInstance, **changes: Any) -> AgentInstance:
        changed = changed_instance(instance, **changes, version=instance.version + 1, updated_at=self.now)
        held = update(agent_instance).where(
            agent_instance.c.key == instance.key, agent_instance.c.version == bindparam("expected")
        )
        values = {name: getattr(changed, name) for name in (*changes, "version", "updated_at")}
        if self._connection.execute(held.values(values), {"expected": instance.version}).rowcount != 1:
            raise StaleState(
                "agent_instance_changed", f"agent instance {instance.key} was changed by another command meanwhile"
            )
        return changed

    def agent_history(self, agent_instance_key: int, status: CommitStatus = "COMMITTED") -> Sequence[HistoryItem]:
        of_instance = (
            select(agent_history_item)
            .where(agent_history_item.c.agent_instance_key == agent_instance_key, agent_history_item.c.status == status)
            .order_by(agent_history_item.c.sequence)
        )
        return [HistoryItem(**{name: getattr(row, name) for name in _ITEM_FIELDS}) for row in self._all(of_instance)]

    def add_agent_history(self, items: Sequence[HistoryItem]) -> None:
        if items:
            self._put_ready(_ADD_ITEMS, list(map(_item_row, items)), [item.key for item in items])

    def settle_agent_history(
        self, agent_instance_key: int, status: CommitStatus, job_key: int | None = None, lease_token: str | None = None
    ) -> None:
        pending = update(agent_history_item).where(
            agent_history_item.c.agent_instance_key == agent_instance_key, agent_history_item.c.status == "PENDING"
        )
        if job_key is not None:
            pending = pending.where(agent_history_item.c.job_key == job_key)
        if lease_token is not None:
            pending = pending.where(agent_history_item.c.lease_token == lease_token)
        self._connection.execute(pending.values(status=status))


_instance_row = ready_rows(agent_instance)
_item_row = ready_rows(agent_history_item)
