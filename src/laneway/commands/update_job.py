"""UpdateJob: an operator or a worker changes what is left of a job: retries, lease, priority."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.activate_jobs import LONGEST_LEASE_MS
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.types import JobState
from laneway.domain.work import Actor


def update_job(
    context: Context,
    job_key: int,
    *,
    retries: int | None,
    timeout_ms: int | None,
    priority: int | None,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
) -> None:
    entry = audit.entry(
        "UpdateJob",
        "UPDATE",
        "JOB",
        job_key,
        actor,
        tenant_ids=tenant_ids,
        retries=retries,
        timeoutMs=timeout_ms,
        priority=priority,
    )

    def work(unit: Unit) -> None:
        if retries is None and timeout_ms is None and priority is None:
            raise InvalidInput("nothing_to_change", "Give retries, a timeout or a priority to change")
        if retries is not None and retries < 1:
            raise InvalidInput("retries_invalid", "A job needs at least one retry; fail it with 0 to raise an incident")
        if timeout_ms is not None and not 0 <= timeout_ms <= LONGEST_LEASE_MS:
            raise InvalidInput("timeout_invalid", f"The timeout is between 0 and {LONGEST_LEASE_MS} milliseconds")
        job = guards.live_job(unit, job_key, tenant_ids)
        changes: dict[str, Any] = {}
        if retries is not None:
            changes["retries"] = retries
        if priority is not None:
            changes["priority"] = priority
        if timeout_ms is not None:
            if job.state is not JobState.ACTIVATED:
                raise Conflict(
                    "job_not_activated", f"Job {job.key} is in state {job.state.value}: nobody holds a lease to change"
                )
            changes["deadline"] = unit.now + timedelta(milliseconds=timeout_ms)
        unit.uow.update_job(job, **changes)
        unit.uow.audit(unit.entry)

    execute(context, entry, work)
