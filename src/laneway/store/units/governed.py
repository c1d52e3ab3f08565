"""What people set around agents: kill switches, registered sources, contracts. Written where few write, so that rows and fences are enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from laneway.domain.errors import StaleState
from laneway.domain.governed import DeployedContract, KillSwitch, RegisteredSource
from laneway.domain.types import JobKind
from laneway.store import phrases
from laneway.store.prepared import Statement
from laneway.store.tables import agent_contract, audit_log, data_source, job as job_table, kill_switch
from laneway.store.units.base import BaseUnit
from laneway.store.upsert import unless_there

_SWITCH_FIELDS = tuple(KillSwitch.__dataclass_fields__)
_SOURCE_FIELDS = tuple(RegisteredSource.__dataclass_fields__)
_ADD_SOURCE = unless_there(data_source)
_STANDING = Statement(select(kill_switch).where(kill_switch.c.lifted_at.is_(None)).order_by(kill_switch.c.key), ())
_LIFT = (
    update(kill_switch)
    .where(kill_switch.c.key == bindparam("row"), kill_switch.c.version == bindparam("expected"))
    .values(version=kill_switch.c.version + 1)
)


class GovernedUnit(BaseUnit):
    def standing_switches(self) -> Sequence[KillSwitch]:
        return [_switch(row) for row in self._found(_STANDING, {})]

    def kill_switch(self, key: int) -> KillSwitch | None:
        row = self._one(select(kill_switch).where(kill_switch.c.key == key))
        return None if row is None else _switch(row)

    def add_kill_switch(self, switch: KillSwitch) -> None:
        self._connection.execute(insert(kill_switch), asdict(switch))

    def lift_kill_switch(self, switch: KillSwitch, by: str, reason: str | None, at: datetime) -> None:
        lifted = _LIFT.values(lifted_by=by, lift_reason=reason, lifted_at=at)
        done = self._connection.execute(lifted, {"row": switch.key, "expected": switch.version})
        if done.rowcount != 1:
            raise StaleState(
                "kill_switch_changed", f"kill switch {switch.key} was changed by another command meanwhile"
            )

    def agents_waiting(self, tenant_ids: Sequence[str]) -> Sequence[tuple[str, int, str, str]]:
        waiting = (
            select(job_table.c.tenant_id, job_table.c.process_definition_key, job_table.c.process_id, job_table.c.agent)
            .where(
                job_table.c.available_at.is_not(None),
                job_table.c.available_at <= self.now,
                job_table.c.kind == JobKind.AGENT.value,
                job_table.c.tenant_id.in_(tenant_ids),
                job_table.c.agent.is_not(None),
            )
            .distinct()
        )
        return [(row.tenant_id, row.process_definition_key, row.process_id, row.agent) for row in self._all(waiting)]

    def registered_sources(self, tenant_id: str, names: Sequence[str]) -> Sequence[RegisteredSource]:
        columns = data_source.c
        rows = self._all(select(data_source).where(columns.tenant_id == tenant_id, columns.name.in_(list(names))))
        return [_source(row) for row in rows]

    def registered_source(self, key: int) -> RegisteredSource | None:
        row = self._one(select(data_source).where(data_source.c.key == key))
        return None if row is None else _source(row)

    def add_registered_source(self, source: RegisteredSource) -> bool:
        adding = _ADD_SOURCE[self._dialect].returning(data_source.c.key)
        return self._connection.execute(adding, asdict(source)).first() is not None

    def update_registered_source(self, source: RegisteredSource, **changes: Any) -> RegisteredSource:
        new = replace(source, **changes, version=source.version + 1)
        held = update(data_source).where(data_source.c.key == source.key, data_source.c.version == source.version)
        done = self._connection.execute(held.values(**changes, version=new.version))
        if done.rowcount != 1:
            raise StaleState(
                "data_source_changed", f"data source {source.key} was changed by another command meanwhile"
            )
        return new

    def source_commands(self, key: int) -> Sequence[tuple[str, Mapping[str, Any]]]:
        about = (audit_log.c.entity_key == key, audit_log.c.entity_key != audit_log.c.root_key)
        found = phrases.records().where(*about, phrases.said["result"] == "SUCCESS")
        rows = self._all(found.order_by(audit_log.c.sequence.desc()))
        return [(row.actor_id, row.details or {}) for row in rows]

    def add_contracts(self, contracts: Sequence[DeployedContract]) -> None:
        if contracts:
            self._connection.execute(insert(agent_contract), [asdict(each) for each in contracts])

    def deployed_adapters(self, tenant_ids: Sequence[str]) -> Sequence[str]:
        named = select(agent_contract.c.adapter).where(agent_contract.c.tenant_id.in_(tenant_ids)).distinct()
        return sorted(self._connection.scalars(named))


def _source(row: Any) -> RegisteredSource:
    values = {name: getattr(row, name) for name in _SOURCE_FIELDS}
    return RegisteredSource(**{**values, "files": tuple(values["files"])})


def _switch(row: object) -> KillSwitch:
    return KillSwitch(**{name: getattr(row, name) for name in _SWITCH_FIELDS})
