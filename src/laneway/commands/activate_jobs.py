"""ActivateJobs: external work is handed out under a lease, with the variables that its worker may see.

The hand-out itself leaves no audit entry (workers poll many times a second); the job's row says who holds it, and the
entry of its completion names the worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from laneway.commands import audit
from laneway.commands.context import ActivatedJob
from laneway.commands.execution import Command, Unit
from laneway.domain.errors import InvalidInput
from laneway.domain.types import DEFAULT_TENANT, JobKind, JobPurpose
from laneway.domain.work import Actor, Job
from laneway.runtime.task_listeners import HEADER

LONGEST_LEASE_MS = 30 * 24 * 3600 * 1000


def activate_jobs(
    *,
    type: str,
    worker: str,
    timeout_ms: int,
    max_jobs: int,
    fetch_variables: Sequence[str] | None,
    tenant_ids: Sequence[str] | None,
    lease: bool,
    actor: Actor,
) -> Command[list[ActivatedJob]]:
    if not type.strip():
        raise InvalidInput("job_type_missing", "Name the type of the jobs to activate")
    if not 0 < timeout_ms <= LONGEST_LEASE_MS:
        raise InvalidInput("timeout_invalid", f"The timeout is between 1 and {LONGEST_LEASE_MS} milliseconds")
    if max_jobs < 1:
        raise InvalidInput("max_jobs_invalid", "Ask for at least one job")

    def work(unit: Unit) -> list[ActivatedJob]:
        jobs = unit.uow.activate_jobs(
            kind=JobKind.EXTERNAL,
            types=[type],
            worker=worker,
            timeout_ms=timeout_ms,
            limit=min(max_jobs, unit.context.limits.jobs_per_activation),
            tenant_ids=tuple(tenant_ids) if tenant_ids else (DEFAULT_TENANT,),
            lease=lease,
        )
        unit.taken = jobs
        names = list(fetch_variables) if fetch_variables else None
        labels = unit.uow.labels(job.root_key for job in jobs)
        seen = unit.uow.visible_to(jobs, names)
        return [_activated(unit, job, labels.get(job.root_key), seen[job.element_instance_key]) for job in jobs]

    entry = audit.entry("ActivateJobs", "UPDATE", "JOB", 0, actor, tenant_ids=tenant_ids, jobType=type)
    return Command(entry, work, audit_rejection=False)


def _activated(
    unit: Unit, job: Job, labels: tuple[tuple[str, ...], str | None] | None, seen: Mapping[str, Any]
) -> ActivatedJob:
    task_key = job.headers.get(f"{HEADER}userTaskKey", "") if job.purpose is JobPurpose.TASK_LISTENER else ""
    # A copy: whoever gets it may change it.
    task = deepcopy(unit.uow.user_task(int(task_key))) if task_key.isdecimal() else None
    tags, business_id = labels or ((), None)
    return ActivatedJob(job, seen, tags, business_id, task)
