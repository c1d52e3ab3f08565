"""Budgets and what is set aside in them. Whoever adds to one has locked it, or is the only one who writes (SQLite)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, insert, or_, select, update

from laneway.domain.errors import StaleState
from laneway.domain.governed import BudgetRow, Reservation
from laneway.domain.types import IncidentState, IncidentType
from laneway.store.tables import budget, budget_reservation, incident
from laneway.store.units.base import BaseUnit
from laneway.store.upsert import unless_there

_BUDGET_FIELDS = tuple(BudgetRow.__dataclass_fields__)
_RESERVATION_FIELDS = tuple(Reservation.__dataclass_fields__)
_ADD = unless_there(budget)
_MOVE = (
    update(budget)
    .where(budget.c.key == bindparam("row"), budget.c.version == bindparam("expected"))
    .values(version=budget.c.version + 1)
)

Named = tuple[str, str, str, str]
"""Span, key of the span, measure, currency."""


class BudgetsUnit(BaseUnit):
    def budgets(self, tenant_id: str, wanted: Sequence[Named]) -> Sequence[BudgetRow]:
        found = self._budgets(tenant_id, wanted)
        missing = set(wanted) - {(row.span, row.span_key, row.measure, row.currency) for row in found}
        if not missing:
            return found
        # In one order for all, so that no two wait for each other.
        for span, span_key, measure, currency in sorted(missing):
            new = BudgetRow(self.ids.next(), span, span_key, measure, currency, tenant_id=tenant_id)
            self._connection.execute(_ADD[self._dialect], {**asdict(new), "updated_at": self.now})
        return self._budgets(tenant_id, wanted)

    def _budgets(self, tenant_id: str, wanted: Sequence[Named]) -> Sequence[BudgetRow]:
        columns = budget.c
        those = [
            and_(
                columns.span == span,
                columns.span_key == span_key,
                columns.measure == measure,
                columns.currency == currency,
            )
            for span, span_key, measure, currency in wanted
        ]
        rows = select(budget).where(columns.tenant_id == tenant_id, or_(*those)).order_by(columns.key)
        return [_budget(row) for row in self._all(self._for_update(rows))]

    def budgets_by_key(self, keys: Iterable[int]) -> Sequence[BudgetRow]:
        rows = select(budget).where(budget.c.key.in_(list(keys))).order_by(budget.c.key)
        return [_budget(row) for row in self._all(self._for_update(rows))]

    def write_budgets(self, rows: Iterable[BudgetRow]) -> None:
        for row in rows:
            moved = _MOVE.values(spent=row.spent, reserved=row.reserved, most=row.most, updated_at=self.now)
            done = self._connection.execute(moved, {"row": row.key, "expected": row.version})
            if done.rowcount != 1:
                raise StaleState("budget_changed", f"budget {row.key} was changed by another command meanwhile")

    def add_reservation(self, reservation: Reservation) -> None:
        self._connection.execute(insert(budget_reservation), asdict(reservation))

    def reservation(self, key: int) -> Reservation | None:
        row = self._one(self._for_update(select(budget_reservation).where(budget_reservation.c.key == key)))
        return None if row is None else _reservation(row)

    def settle_reservation(self, key: int, actual: Mapping[str, int] | None) -> None:
        done = update(budget_reservation).where(budget_reservation.c.key == key)
        self._connection.execute(done.values(settled_at=self.now, actual=actual))

    def lost_reservations(self, limit: int) -> Sequence[Reservation]:
        columns = budget_reservation.c
        lost = select(budget_reservation).where(columns.settled_at.is_(None), columns.expires_at <= self.now)
        rows = self._all(self._for_update(lost.order_by(columns.expires_at).limit(limit), skip_locked=True))
        return [_reservation(row) for row in rows]

    def grants_left(self, job_key: int) -> int:
        asked = select(func.count()).where(
            incident.c.job_key == job_key,
            incident.c.type == IncidentType.BUDGET_EXCEEDED.value,
            incident.c.state == IncidentState.RESOLVED.value,
        )
        used = select(func.count()).where(
            budget_reservation.c.job_key == job_key, budget_reservation.c.granted.is_(True)
        )
        granted: int = self._connection.scalar(asked) or 0
        return granted - (self._connection.scalar(used) or 0)


def _budget(row: Row[Any]) -> BudgetRow:
    return BudgetRow(**{name: getattr(row, name) for name in _BUDGET_FIELDS})


def _reservation(row: Row[Any]) -> Reservation:
    return Reservation(**{name: getattr(row, name) for name in _RESERVATION_FIELDS})
