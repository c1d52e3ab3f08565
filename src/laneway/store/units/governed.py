"""What people set around agents: kill switches. Written where few write, so that rows and fences are enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from laneway.domain.errors import StaleState
from laneway.domain.governed import KillSwitch
from laneway.domain.types import JobKind
from laneway.store.prepared import Statement
from laneway.store.tables import job as job_table, kill_switch
from laneway.store.units.base import BaseUnit

_SWITCH_FIELDS = tuple(KillSwitch.__dataclass_fields__)
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


def _switch(row: object) -> KillSwitch:
    return KillSwitch(**{name: getattr(row, name) for name in _SWITCH_FIELDS})
