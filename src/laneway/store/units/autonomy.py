"""Settings of the dial of autonomy, and its pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, insert, select, update

from laneway.domain.autonomy import AgentCalled, AutonomyPair, AutonomySetting, Level
from laneway.domain.errors import StaleState
from laneway.domain.types import IncidentState
from laneway.domain.work import Incident
from laneway.store.prepared import Statement
from laneway.store.tables import (
    agent_call,
    autonomy_pair,
    autonomy_setting,
    incident as incident_table,
    process_definition,
)
from laneway.store.units.base import BaseUnit
from laneway.store.upsert import insert_or, unless_there

_INCIDENT_FIELDS = tuple(Incident.__dataclass_fields__)
_SETTING_FIELDS = tuple(AutonomySetting.__dataclass_fields__)
_CALL_FIELDS = tuple(AgentCalled.__dataclass_fields__)
_KEEP_CALL = Statement(unless_there(agent_call), _CALL_FIELDS)
_PAIR_FIELDS = tuple(AutonomyPair.__dataclass_fields__)
_SETTINGS = 4
"""Seed of the hash under which the settings of a process are kept by an advisory lock."""
_settings = autonomy_setting.c
_pairs = autonomy_pair.c

_LEVEL = Statement(
    # "" sorts first, so that the element's own comes before that of the process.
    select(_settings.level)
    .where(
        _settings.tenant_id == bindparam("tenant"),
        _settings.process_id == bindparam("process"),
        _settings.element_id.in_((bindparam("element"), "")),
        _settings.state == "ACTIVE",
    )
    .order_by(_settings.element_id.desc())
    .limit(1),
    ("tenant", "process", "element"),
)


class AutonomyUnit(BaseUnit):
    def autonomy_level(self, tenant_id: str, process_id: str, element_id: str) -> Level | None:
        # Settings are never put off, so that this one sees those of its own transaction.
        row = self._first(_LEVEL, {"tenant": tenant_id, "process": process_id, "element": element_id})
        return None if row is None else row.level

    def autonomy_setting(self, key: int) -> AutonomySetting | None:
        row = self._one(select(autonomy_setting).where(_settings.key == key))
        return None if row is None else _setting(row)

    def autonomy_settings(
        self, tenant_id: str, process_id: str, element_id: str | None = None
    ) -> Sequence[AutonomySetting]:
        if self._locks_rows:
            what = func.hashtextextended(f"{tenant_id}\x1f{process_id}", _SETTINGS)
            self._connection.execute(select(func.pg_advisory_xact_lock(what)))
        found = select(autonomy_setting).where(
            _settings.tenant_id == tenant_id,
            _settings.process_id == process_id,
            _settings.state.in_(("ACTIVE", "PENDING")),
        )
        if element_id is not None:
            found = found.where(_settings.element_id == element_id)
        return [_setting(row) for row in self._all(found.order_by(_settings.key))]

    def add_autonomy_setting(self, setting: AutonomySetting) -> None:
        row = {name: getattr(setting, name) for name in _SETTING_FIELDS}
        self._connection.execute(insert(autonomy_setting), row)

    def change_autonomy_setting(self, setting: AutonomySetting, **changes: Any) -> AutonomySetting:
        return replace(setting, **changes, version=self._changed(setting, changes))

    def _changed(self, setting: AutonomySetting, changes: dict[str, Any]) -> int:
        done = self._connection.execute(
            update(autonomy_setting)
            .where(_settings.key == setting.key, _settings.version == setting.version)
            .values(**changes, version=setting.version + 1)
        )
        if done.rowcount != 1:
            raise StaleState("setting_changed", f"setting {setting.key} was changed by another command meanwhile")
        return setting.version + 1

    def autonomy_pair(self, pair: AutonomyPair) -> AutonomyPair:
        row = {name: getattr(pair, name) for name in _PAIR_FIELDS}
        fresh = insert_or(self._connection, autonomy_pair).values(row)
        self._connection.execute(fresh.on_conflict_do_nothing(index_elements=["element_instance_key", "turn_key"]))
        wanted = select(autonomy_pair).where(
            _pairs.element_instance_key == pair.element_instance_key, _pairs.turn_key == pair.turn_key
        )
        stored = self._one(self._for_update(wanted))
        return pair if stored is None else _pair(stored)

    def change_autonomy_pair(self, pair: AutonomyPair, **changes: Any) -> AutonomyPair:
        self._connection.execute(update(autonomy_pair).where(_pairs.key == pair.key).values(**changes))
        return replace(pair, **changes)

    def autonomy_pairs(
        self, tenant_id: str, process_id: str | None = None, element_id: str | None = None, limit: int = 1_000
    ) -> Sequence[AutonomyPair]:
        place = func.row_number().over(
            partition_by=(_pairs.process_id, _pairs.element_id, _pairs.agent), order_by=_pairs.key.desc()
        )
        within = select(_pairs.key, place.label("place")).where(
            _pairs.tenant_id == tenant_id, _pairs.agreed.is_not(None)
        )
        if process_id is not None:
            within = within.where(_pairs.process_id == process_id)
        if element_id is not None:
            within = within.where(_pairs.element_id == element_id)
        latest = within.subquery()
        found = select(autonomy_pair).join(latest, latest.c.key == _pairs.key).where(latest.c.place <= limit)
        return [_pair(row) for row in self._all(found.order_by(_pairs.key))]

    def autonomy_missing(self, tenant_id: str, process_id: str | None = None) -> Sequence[tuple[str, str, str, int]]:
        place = _pairs.process_id, _pairs.element_id, _pairs.agent
        found = select(*place, func.count().label("missing")).where(
            _pairs.tenant_id == tenant_id,
            _pairs.level == "shadow",
            _pairs.decided_at.is_not(None),
            _pairs.answered_at.is_(None),
        )
        if process_id is not None:
            found = found.where(_pairs.process_id == process_id)
        rows = self._all(found.group_by(*place).order_by(*place))
        return [(row.process_id, row.element_id, row.agent, row.missing) for row in rows]

    def keep_agent_call(self, call: AgentCalled) -> None:
        self._put(_KEEP_CALL, {name: getattr(call, name) for name in _CALL_FIELDS})

    def agent_calls(
        self,
        tenant_id: str,
        agent: str,
        since: datetime | None,
        limit: int,
        *,
        until: datetime | None = None,
        process_id: str | None = None,
        version: int | None = None,
        element_id: str | None = None,
    ) -> Sequence[tuple[AgentCalled, Mapping[str, Any] | None]]:
        beside = and_(
            autonomy_pair.c.element_instance_key == agent_call.c.element_instance_key,
            # Of an agent that works in turns, each has its own.
            autonomy_pair.c.turn_key.in_((0, agent_call.c.key)),
        )
        found = (
            select(agent_call, autonomy_pair.c.decision)
            .outerjoin(autonomy_pair, beside)
            .where(agent_call.c.tenant_id == tenant_id, agent_call.c.agent == agent)
        )
        if since is not None:
            found = found.where(agent_call.c.at >= since)
        if until is not None:
            found = found.where(agent_call.c.at < until)
        if process_id is not None:
            found = found.where(agent_call.c.process_id == process_id)
        if element_id is not None:
            found = found.where(agent_call.c.element_id == element_id)
        if version is not None:
            versions = select(process_definition.c.key).where(process_definition.c.version == version)
            found = found.where(agent_call.c.process_definition_key.in_(versions))
        rows = self._all(found.order_by(agent_call.c.key.desc()).limit(limit))
        return [
            (AgentCalled(**{name: getattr(row, name) for name in _CALL_FIELDS}), row.decision or None) for row in rows
        ]

    def add_notice(self, incident: Incident) -> None:
        row = {name: getattr(incident, name) for name in _INCIDENT_FIELDS}
        self._connection.execute(
            insert(incident_table), {**row, "type": str(incident.type), "state": incident.state.value}
        )

    def close_notice(self, incident: Incident) -> None:
        found = update(incident_table).where(
            incident_table.c.key == incident.key, incident_table.c.state == IncidentState.ACTIVE.value
        )
        if (
            self._connection.execute(found.values(state=IncidentState.RESOLVED.value, resolved_at=self.now)).rowcount
            != 1
        ):
            raise StaleState("incident_changed", f"incident {incident.key} was resolved by another command meanwhile")


def _setting(row: Row[Any]) -> AutonomySetting:
    return AutonomySetting(**{name: getattr(row, name) for name in _SETTING_FIELDS})


def _pair(row: Row[Any]) -> AutonomyPair:
    return AutonomyPair(**{name: getattr(row, name) for name in _PAIR_FIELDS})
