"""What time brings: timers that are due, and what is left in the outbox.

Leases need no sweep: a job whose deadline has passed is handed out again by the store.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from laneway.commands.context import Context
from laneway.commands.deliver_outbox import deliver_outbox
from laneway.commands.trigger_timers import BatchFailed, trigger_timer, trigger_timers
from laneway.domain.errors import Overloaded
from laneway.logs import Logger

log = Logger("laneway.workers")
OUTBOX_BATCH = 100
BATCH = 40
"""Timers in one transaction: their instances are locked, and on SQLite all others wait, for as long as it takes."""
FAILED_AGAIN_AFTER = timedelta(seconds=60)
SHORTEST_PAUSE = 0.01
OTHERS_AT_WORK = 0.1
NO_FAULT_OF_THE_TIMER = frozenset(
    {"database_lost", "database_busy", "database_full", "database_failing", "database_upgraded"}
)


class TimerWorker:
    """Stepped by a loop, or by hand where time is virtual."""

    def __init__(self, context: Context, poll_interval: float = 1.0) -> None:
        self._context = context
        self._poll_interval = poll_interval
        self._failed: dict[int, datetime] = {}

    def step(self) -> bool:
        """Deliver the outbox, fire a batch of due timers. True if anything was done."""
        delivered = deliver_outbox(self._context, OUTBOX_BATCH)
        fired = self._fire()
        return bool(delivered or fired)

    def next_due(self) -> datetime | None:
        with self._context.store.read() as uow:
            return uow.next_timer_due()

    def pause(self) -> float:
        """Seconds until the next timer is due, at most until other nodes are looked after again."""
        with self._context.store.read() as uow:
            due, now = uow.next_timer_due(), uow.now
        if due is None or self._failed:
            return self._poll_interval
        left = (due - now).total_seconds()
        # What is due although nothing was left to do is in the hands of another process.
        return min(max(left, SHORTEST_PAUSE) if left > 0 else OTHERS_AT_WORK, self._poll_interval)

    def _fire(self) -> int:
        if not self._is_due():
            return 0
        try:
            return trigger_timers(self._context, BATCH, tuple(self._failed))
        except BatchFailed as batch:
            return sum(self._fire_alone(key) for key in batch.keys)

    def _is_due(self) -> bool:
        """Asked without the lock that a write transaction takes: mostly there is nothing."""
        with self._context.store.read() as uow:
            now = uow.now
            latest = now + FAILED_AGAIN_AFTER  # of a clock that was set back, no later
            self._failed = {key: again for key, again in self._failed.items() if now < again <= latest}
            return bool(uow.due_timers(1, without=tuple(self._failed)))

    def _fire_alone(self, key: int) -> bool:
        try:
            return trigger_timer(self._context, key)
        except Exception as fault:
            if isinstance(fault, Overloaded) and fault.code in NO_FAULT_OF_THE_TIMER:
                raise
            # It stays due and is tried again later; the others must not wait for it.
            with self._context.store.read() as uow:
                self._failed[key] = uow.now + FAILED_AGAIN_AFTER
            log.exception("timer_failed", timer=key)
            return False
