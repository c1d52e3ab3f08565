"""What becomes of work and waits that a transition closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from laneway.domain.errors import StaleState
from laneway.domain.transition import Closed
from laneway.domain.types import IncidentState, JobState, UserTaskState
from laneway.store.prepared import Statement
from laneway.store.tables import (
    incident,
    job,
    message_subscription,
    signal_subscription,
    timer,
    user_task,
    user_task_candidate,
)
from laneway.store.units.base import BaseUnit
from laneway.store.units.work import available_at, candidates_of

_JOB_STATES = {"completed": JobState.COMPLETED, "canceled": JobState.CANCELED, "error": JobState.ERROR_THROWN}

_CLOSE_JOB = Statement(
    update(job)
    .where(job.c.key == bindparam("row"), job.c.ended_at.is_(None))
    .values(available_at=None, incident_key=None, version=job.c.version + 1),
    ("row", "state", "ended_at", "updated_at"),
    key="row",
    takes=True,
)
_CLOSE_USER_TASK = Statement(
    update(user_task)
    .where(user_task.c.key == bindparam("row"), user_task.c.completed_at.is_(None))
    .values(version=user_task.c.version + 1),
    ("row", "state", "completed_at"),
    key="row",
)
_CLOSE_SEEN_JOB = Statement(
    update(job)
    .where(job.c.key == bindparam("row"), job.c.version == bindparam("expected"), job.c.ended_at.is_(None))
    .values(available_at=None, incident_key=None, version=job.c.version + 1),
    ("row", "expected", "state", "ended_at", "updated_at"),
    key="row",
    stale=StaleState("job_changed", "job {key} was changed by another command meanwhile"),
    takes=True,
)
_CLOSE_SEEN_USER_TASK = Statement(
    update(user_task)
    .where(
        user_task.c.key == bindparam("row"),
        user_task.c.version == bindparam("expected"),
        user_task.c.completed_at.is_(None),
    )
    .values(version=user_task.c.version + 1),
    ("row", "expected", "state", "completed_at"),
    key="row",
    stale=StaleState("user_task_changed", "user task {key} was changed by another command meanwhile"),
)
"""Of what the command has read: who may end it, and whether, was said by that."""
_DELETE_SIGNAL = Statement(
    delete(signal_subscription).where(signal_subscription.c.key == bindparam("row")), ("row",), key="row"
)
_END_SUBSCRIPTION = Statement(
    update(message_subscription).where(message_subscription.c.key == bindparam("row")),
    ("row", "state", "updated_at"),
    key="row",
)
_DELETE_TIMER = Statement(delete(timer).where(timer.c.key == bindparam("row")), ("row",), key="row")


class ClosedUnit(BaseUnit):
    def _change_user_tasks(self, tenant_id: str, changed: Mapping[int, Mapping[str, Any]]) -> None:
        """What listeners have settled of open user tasks; the fence of their instance has been passed."""
        for key, values in changed.items():
            self._seen_versions.pop(key, None)
            row = {**values, "state": values["state"].value}
            self._connection.execute(
                update(user_task).where(user_task.c.key == key).values(**row, version=user_task.c.version + 1)
            )
            if "candidate_groups" in values or "candidate_users" in values:
                now = self._one(
                    select(user_task.c.root_key, user_task.c.candidate_groups, user_task.c.candidate_users).where(
                        user_task.c.key == key
                    )
                )
                self._connection.execute(delete(user_task_candidate).where(user_task_candidate.c.user_task_key == key))
                rows = (
                    candidates_of(key, now.root_key, tenant_id, now.candidate_groups, now.candidate_users)
                    if now
                    else []
                )
                if rows:
                    self._connection.execute(insert(user_task_candidate), rows)

    def _close(self, closed: Sequence[Closed]) -> None:
        """Rows that hold nothing of use are deleted (timers, signals); the others keep how they ended."""
        by_fate: dict[tuple[str, str], list[int]] = {}
        for one in closed:
            by_fate.setdefault((one.kind, one.reason), []).append(one.key)
        for (kind, reason), keys in by_fate.items():
            match kind:
                case "job":
                    self._close_jobs(keys, _JOB_STATES.get(reason, JobState.CANCELED))
                case "user_task":
                    self._close_user_tasks(keys, reason)
                case "timer":
                    self._put(_DELETE_TIMER, *({"row": key} for key in keys))
                case "message":
                    self._close_message_subscriptions(keys, reason)
                case "signal":
                    self._put(_DELETE_SIGNAL, *({"row": key} for key in keys))
                case "incident":
                    self._close_incidents(keys)
                case "condition" | "call" | "activation" | "compensation":
                    pass  # They wait within the instance and have no row of their own.
                case _:
                    raise ValueError(f"a transition closed something of an unknown kind: {kind!r}")

    def _close_jobs(self, keys: list[int], state: JobState) -> None:
        # A job that its command has ended already keeps the state and the error that it was given.
        at = self._at()
        self._end(_CLOSE_JOB, _CLOSE_SEEN_JOB, keys, (state.value, at, at))

    def _close_user_tasks(self, keys: list[int], reason: str) -> None:
        state = UserTaskState.CANCELED if reason == "canceled" else UserTaskState.COMPLETED
        self._end(_CLOSE_USER_TASK, _CLOSE_SEEN_USER_TASK, keys, (state.value, self._at()))

    def _end(self, close: Statement, close_seen: Statement, keys: list[int], values: tuple[Any, ...]) -> None:
        """``values``: the driver's, in the order in which the statements name them."""
        seen = {key: self._seen_versions.pop(key) for key in keys if key in self._seen_versions}
        if seen:
            self._put_picked(close_seen, [(key, version, *values) for key, version in seen.items()], [*seen])
            keys = [key for key in keys if key not in seen]
        if keys:
            self._put_picked(close, [(key, *values) for key in keys], keys)

    def _close_message_subscriptions(self, keys: list[int], reason: str) -> None:
        state = "DELETED" if reason == "canceled" else "CORRELATED"
        at = self._at()
        self._put_picked(_END_SUBSCRIPTION, [(key, state, at) for key in keys], keys)

    def _close_incidents(self, keys: list[int]) -> None:
        self._connection.execute(
            update(incident)
            .where(incident.c.key.in_(keys))
            .values(state=IncidentState.RESOLVED.value, resolved_at=self.now)
        )
        self._release_jobs(keys)

    def _hold_jobs(self, held: Sequence[tuple[int, int]]) -> None:
        """Jobs with an incident are not handed out: ``(job key, incident key)``."""
        for job_key, incident_key in held:
            self._connection.execute(
                update(job).where(job.c.key == job_key).values(incident_key=incident_key, available_at=None)
            )

    def _release_jobs(self, incident_keys: list[int]) -> None:
        held = select(job.c.key, job.c.state, job.c.retries, job.c.deadline, job.c.retry_at)
        for row in self._all(held.where(job.c.incident_key.in_(incident_keys))):
            at = available_at(JobState(row.state), row.retries, row.deadline, row.retry_at, self.now)
            self._connection.execute(update(job).where(job.c.key == row.key).values(incident_key=None, available_at=at))
