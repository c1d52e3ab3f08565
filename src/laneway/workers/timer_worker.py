"""What time brings: timers that are due, and what is left in the outbox.

Leases need no sweep: a job whose deadline has passed is handed out again by the store.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from laneway.commands.context import Context
from laneway.commands.deliver_outbox import deliver_outbox
from laneway.commands.trigger_timers import trigger_timer

log = structlog.get_logger("laneway.workers")
BATCH = 100
FAILED_AGAIN_AFTER = timedelta(seconds=60)
SHORTEST_PAUSE = 0.01


class TimerWorker:
    """Stepped by a loop, or by hand where time is virtual."""

    def __init__(self, context: Context, poll_interval: float = 1.0) -> None:
        self._context = context
        self._poll_interval = poll_interval
        self._failed: dict[int, datetime] = {}

    def step(self) -> bool:
        """Deliver the outbox, fire a batch of due timers. True if anything was done."""
        delivered = deliver_outbox(self._context, BATCH)
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
        return max(SHORTEST_PAUSE, min((due - now).total_seconds(), self._poll_interval))

    def _fire(self) -> int:
        with self._context.store.read() as uow:
            now = uow.now
            self._failed = {key: again for key, again in self._failed.items() if again > now}
            due = [timer for timer in uow.due_timers(BATCH + len(self._failed)) if timer.key not in self._failed]
        fired = 0
        for timer in due:
            try:
                fired += trigger_timer(self._context, timer)
            except Exception:
                # It stays due and is tried again later; the others must not wait for it.
                self._failed[timer.key] = now + FAILED_AGAIN_AFTER
                log.exception("timer_failed", timer=timer.key, element_id=timer.element_id)
        return fired
