"""Timers that are due, and the signals that elements wait for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, update

from laneway.domain.work import SignalSubscription, Timer
from laneway.store.tables import process_instance, signal_subscription, timer
from laneway.store.units.base import BaseUnit

_TIMER_FIELDS = tuple(Timer.__dataclass_fields__)
_SIGNAL_FIELDS = tuple(SignalSubscription.__dataclass_fields__)


class TimersUnit(BaseUnit):
    def due_timers(self, limit: int, *, without: Collection[int] = (), only: int | None = None) -> Sequence[Timer]:
        due = select(timer).where(timer.c.due <= self.now)
        if without:
            due = due.where(timer.c.key.not_in(without))
        if only is not None:
            due = due.where(timer.c.key == only)
        in_order = due.order_by(timer.c.due, timer.c.key).limit(limit)
        rows = self._claimed(in_order)[:limit] if self._locks_rows else self._all(in_order)
        return [Timer(**{name: getattr(row, name) for name in _TIMER_FIELDS}) for row in rows]

    def _claimed(self, due: Select[Any]) -> Sequence[Row[Any]]:
        """Locked, with the root that they belong to: a command that holds the root may be about to delete them, and would
        wait for the batch as the batch for it. Timers of start events belong to none."""
        starts = due.where(timer.c.start_trigger_key.is_not(None)).with_for_update(of=timer, skip_locked=True)
        waits = due.join(process_instance, process_instance.c.key == timer.c.root_key)
        rows = [*self._all(starts), *self._all(waits.with_for_update(skip_locked=True))]
        return sorted(rows, key=lambda row: (row.due, row.key))

    def timer(self, key: int) -> Timer | None:
        found = select(timer).where(timer.c.key == key)
        row = self._one(found)
        if row is not None and row.start_trigger_key is not None:
            # No instance stands behind it whose fence lets one node through: its own row does.
            row = self._one(self._for_update(found))
        return None if row is None else Timer(**{name: getattr(row, name) for name in _TIMER_FIELDS})

    def next_timer_due(self) -> datetime | None:
        due: datetime | None = self._connection.scalar(select(func.min(timer.c.due)))
        return due

    def update_timer(self, key: int, due: datetime, repetitions: int) -> None:
        self._connection.execute(update(timer).where(timer.c.key == key).values(due=due, repetitions=repetitions))

    def delete_timer(self, key: int) -> None:
        self._connection.execute(delete(timer).where(timer.c.key == key))

    def signal_subscriptions(self, name: str, tenant_id: str) -> Sequence[SignalSubscription]:
        waiting = select(signal_subscription).where(
            signal_subscription.c.tenant_id == tenant_id, signal_subscription.c.name == name
        )
        rows = self._all(waiting.order_by(signal_subscription.c.key))
        return [SignalSubscription(**{field: getattr(row, field) for field in _SIGNAL_FIELDS}) for row in rows]
