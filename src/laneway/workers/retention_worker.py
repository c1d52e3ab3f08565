"""What is kept for a time only: messages that nobody came for, budgets set aside by workers that died, approvals of jobs that ended,
and, where the operator says for how long, what agents said and were given in instances that are over."""

from __future__ import annotations

from datetime import datetime, timedelta

from laneway.commands.budgets import settle_lost
from laneway.commands.context import Context
from laneway.commands.lapsed import lapse_approvals

BATCH = 1_000
EVERY = timedelta(seconds=30)
ROOTS = 100
OFTEN = timedelta(seconds=5)
"""For what people look at."""


class RetentionWorker:
    """Stepped by a loop, or by hand where time is virtual. Removes by batches, so that no transaction grows with the backlog."""

    def __init__(self, context: Context, agent_history: timedelta | None = None) -> None:
        """``agent_history``: how long what agents said is kept after the end of its instance; None: as long as the instance."""
        self._context = context
        self._agent_history = agent_history
        self._done_at: datetime | None = None
        self._looked_at: datetime | None = None

    def step(self) -> bool:
        """Remove a batch, if it is time to. True if there may be more at once."""
        with self._context.store.read() as uow:
            now = uow.now
        if _is_time(self._looked_at, now, OFTEN):
            if lapse_approvals(self._context, BATCH) >= BATCH:
                return True
            self._looked_at = now
        if not _is_time(self._done_at, now, EVERY):
            return False
        with self._context.store.begin() as uow:
            more = uow.expire_messages(BATCH) >= BATCH
        more = settle_lost(self._context, BATCH) >= BATCH or more
        if self._agent_history is not None:
            with self._context.store.begin() as uow:
                more = uow.retire_agents(now - self._agent_history, ROOTS) >= ROOTS or more
        if not more:
            self._done_at = now
        return more

    def pause(self) -> float:
        return OFTEN.total_seconds()


def _is_time(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """A clock that was set back must not put it off until it has caught up."""
    return last is None or not timedelta(0) <= now - last < every
