"""What is kept for a time only: messages that nobody came for, budgets set aside by workers that died."""

from __future__ import annotations

from datetime import datetime, timedelta

from laneway.commands.budgets import settle_lost
from laneway.commands.context import Context

BATCH = 1_000
EVERY = timedelta(seconds=30)


class RetentionWorker:
    """Stepped by a loop, or by hand where time is virtual. Removes by batches, so that no transaction grows with the backlog."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._done_at: datetime | None = None

    def step(self) -> bool:
        """Remove a batch, if it is time to. True if there may be more at once."""
        with self._context.store.read() as uow:
            now = uow.now
        if self._done_at is not None and now - self._done_at < EVERY:
            return False
        with self._context.store.begin() as uow:
            more = uow.expire_messages(BATCH) >= BATCH
        more = settle_lost(self._context, BATCH) >= BATCH or more
        if not more:
            self._done_at = now
        return more

    def pause(self) -> float:
        return EVERY.total_seconds()
