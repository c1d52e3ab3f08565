"""What waits in the database just now, for metrics: counted over what is open, never over what has ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from laneway.ports import Backlog
from laneway.store.tables import job, outbox, timer
from laneway.store.types import to_microseconds

_OPEN = ("CREATED", "ACTIVATED", "FAILED", "RETRIES_UPDATED", "TIMED_OUT")


def backlog(connection: Connection, now: datetime) -> Backlog:
    jobs = {
        (row.kind, row.type, row.state): row.number
        for row in connection.execute(
            select(job.c.kind, job.c.type, job.c.state, func.count().label("number"))
            .where(job.c.state.in_(_OPEN))
            .group_by(job.c.kind, job.c.type, job.c.state)
        )
    }
    due = connection.execute(select(func.count(), func.min(timer.c.due)).where(timer.c.due <= now)).one()
    left = connection.execute(select(func.count(), func.min(outbox.c.created_at))).one()
    return Backlog(jobs, due[0], _age(due[1], now), left[0], _age(left[1], now))


def _age(oldest: datetime | None, now: datetime) -> float:
    return 0.0 if oldest is None else max(0.0, (to_microseconds(now) - to_microseconds(oldest)) / 1_000_000)
