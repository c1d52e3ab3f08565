"""Work that Laneway does itself but not inside a step: Python scripts, in the sandbox, with no transaction open."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from laneway.commands import audit
from laneway.commands.complete_job import complete_job
from laneway.commands.context import Context
from laneway.commands.execution import Unit, carry_out, execute
from laneway.commands.fail_job import fail_job
from laneway.domain.errors import Conflict, NotFound
from laneway.domain.types import IncidentType, JobKind
from laneway.domain.work import Actor, Job
from laneway.expressions import ExpressionError
from laneway.logs import Logger

log = Logger("laneway.workers")
PYTHON = "laneway:python"
WORKER = "laneway-scripts"
ACTOR = Actor("system", WORKER)
LEASE_MS = 60_000


class InternalWorker:
    """Runs the scripts that wait, one after the other; a script may use seconds, so that each is leased by itself."""

    def __init__(self, context: Context, tenant_ids: Sequence[str]) -> None:
        self._context = context
        self._tenant_ids = tuple(tenant_ids)
        self._at_hand: dict[int, Job] = {}
        self._stopping = threading.Event()

    def step(self) -> bool:
        worked = False
        while not self._stopping.is_set():
            taken = self._take()
            if taken is None:
                break
            worked = True
            job = taken[0]
            self._at_hand[job.key] = job
            try:
                with self._context.observers.at_work(job):
                    self._run(*taken)
            finally:
                self._at_hand.pop(job.key, None)
        return worked

    def begin_stop(self) -> None:
        """Take no more scripts, until ``resume``."""
        self._stopping.set()

    def resume(self) -> None:
        self._stopping.clear()

    def give_back(self) -> None:
        """Give up the leases of scripts that still run: their results will be refused, and another worker begins anew."""
        from laneway.workers.agent.taking import TakenJob, release

        for job in tuple(self._at_hand.values()):
            release(self._context, TakenJob(job, None, {}, {}, 1))

    def _take(self) -> tuple[Job, dict[str, Any], datetime] | None:
        with self._context.store.read() as uow:
            available = uow.next_job_available(JobKind.INTERNAL, None, self._tenant_ids)
            if available is None or available > uow.now:
                return None

        def work(unit: Unit) -> tuple[Job, dict[str, Any], datetime] | None:
            jobs = unit.uow.activate_jobs(
                kind=JobKind.INTERNAL,
                types=None,
                worker=WORKER,
                timeout_ms=LEASE_MS,
                limit=1,
                tenant_ids=self._tenant_ids,
                lease=True,
            )
            unit.taken = jobs
            if not jobs:
                return None
            return jobs[0], unit.uow.visible_variables(jobs[0].element_instance_key), unit.now

        entry = audit.entry("ActivateJobs", "UPDATE", "JOB", 0, ACTOR)
        return execute(self._context, entry, work, audit_rejection=False)

    def _run(self, job: Job, variables: Mapping[str, Any], now: datetime) -> None:
        try:
            try:
                given = _result(job, variables, now)
            except ExpressionError as error:
                self._hold(job, str(error))
                return
            command = complete_job(
                job.key,
                given,
                lease_token=job.lease_token,
                actor=ACTOR,
                tenant_ids=None,
                internal=True,
            )
            carry_out(self._context, command)
        except (Conflict, NotFound) as stale:
            self._context.observers.lease_lost(job.kind)
            log.info("script_result_dropped", job=job.key, code=stale.code)

    def _hold(self, job: Job, message: str) -> None:
        """A script that fails would fail again: a person must look."""
        fail_job(
            self._context,
            job.key,
            retries=max(job.retries, 1),
            error_message=message,
            retry_back_off_ms=0,
            variables={},
            lease_token=job.lease_token,
            actor=ACTOR,
            tenant_ids=None,
            internal=True,
            incident_type=IncidentType.UNSPECIFIED,
            hold=True,
        )


def _result(job: Job, variables: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The variables that the script gives: the value of its last line under the name that the task says, or all that it set.

    Raises
    ------
    ExpressionError
        Also for a job type that no script is.
    """
    if job.type != PYTHON:
        raise ExpressionError(f"there is no internal work of the type {job.type!r}", code="language_unsupported")
    script = job.headers.get("script", "")
    name = job.headers.get("resultVariable", "")
    if name:
        from laneway.expressions import compile

        return {name: compile(script, "python").evaluate(variables, now)}
    from laneway.expressions.python_sandbox import run_script

    return dict(run_script(script, variables, now=now))
