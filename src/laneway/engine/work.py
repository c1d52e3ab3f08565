"""Jobs and user tasks: what workers and people do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway import commands
from laneway.commands.context import (
    ActivatedJob,
)
from laneway.commands.execution import carry_out
from laneway.domain.work import SYSTEM, Actor
from laneway.engine.base import DEFAULT_TENANTS, Base


class Work(Base):
    # Jobs

    def activate_jobs(
        self,
        *,
        type: str,
        worker: str = "",
        timeout_ms: int,
        max_jobs: int,
        fetch_variables: Sequence[str] | None = None,
        tenant_ids: Sequence[str] | None = None,
        lease: bool = False,
        actor: Actor = SYSTEM,
    ) -> list[ActivatedJob]:
        """Hand out external jobs at once, without waiting; ``[]`` if there are none. InvalidInput for a blank type or
        numbers out of range.

        A long poll is: ``seen = engine.wait(job_topic(type), -1, 0)``, activate, and if nothing came
        ``engine.wait(job_topic(type), seen, seconds)``; or ``engine.listen`` from asyncio.
        """
        command = commands.activate_jobs(
            type=type,
            worker=worker,
            timeout_ms=timeout_ms,
            max_jobs=max_jobs,
            fetch_variables=fetch_variables,
            tenant_ids=tenant_ids,
            lease=lease,
            actor=actor,
        )
        return carry_out(self._context, command)

    def complete_job(
        self,
        job_key: int,
        variables: Mapping[str, Any] | None = None,
        *,
        result: Mapping[str, Any] | None = None,
        lease_token: str | None = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """``result``: what the job says besides variables (``CompleteWork``). NotFound ``job_not_found`` if it is gone (completed, cancelled, unknown); Conflict ``job_not_completable`` in state
        FAILED without retries; Conflict ``stale_lease`` if ``lease_token`` is not the job's any more."""
        command = commands.complete_job(
            job_key,
            variables or {},
            result=result,
            lease_token=lease_token,
            actor=actor,
            tenant_ids=tenant_ids,
        )
        carry_out(self._context, command)

    def fail_job(
        self,
        job_key: int,
        *,
        retries: int,
        error_message: str | None = None,
        retry_back_off_ms: int = 0,
        variables: Mapping[str, Any] | None = None,
        lease_token: str | None = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """``retries`` is what is left; 0 raises an incident JOB_NO_RETRIES. ``variables`` become local to the element."""
        commands.fail_job(
            self._context,
            job_key,
            retries=retries,
            error_message=error_message,
            retry_back_off_ms=retry_back_off_ms,
            variables=variables or {},
            lease_token=lease_token,
            actor=actor,
            tenant_ids=tenant_ids,
        )

    def throw_error(
        self,
        job_key: int,
        error_code: str,
        *,
        error_message: str | None = None,
        variables: Mapping[str, Any] | None = None,
        lease_token: str | None = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """A BPMN error: the nearest catcher goes on, or an incident UNHANDLED_ERROR_EVENT is raised."""
        commands.throw_error(
            self._context,
            job_key,
            error_code,
            error_message=error_message,
            variables=variables or {},
            lease_token=lease_token,
            actor=actor,
            tenant_ids=tenant_ids,
        )

    def update_job(
        self,
        job_key: int,
        *,
        retries: int | None = None,
        timeout_ms: int | None = None,
        priority: int | None = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Change what is left of a job: its retries (1 or more), the lease (only while ACTIVATED, else Conflict), its priority."""
        commands.update_job(
            self._context,
            job_key,
            retries=retries,
            timeout_ms=timeout_ms,
            priority=priority,
            actor=actor,
            tenant_ids=tenant_ids,
        )

    # User tasks

    def assign_user_task(
        self,
        user_task_key: int,
        assignee: str,
        *,
        allow_override: bool = True,
        action: str | None = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Conflict ``user_task_already_assigned`` if it is someone else's and ``allow_override`` is False (claiming);
        Conflict ``user_task_not_active`` if it is done."""
        command = commands.assign_user_task(
            user_task_key,
            assignee,
            allow_override=allow_override,
            action=action,
            actor=actor,
            tenant_ids=tenant_ids,
        )
        carry_out(self._context, command)

    def unassign_user_task(
        self, user_task_key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        commands.unassign_user_task(self._context, user_task_key, actor=actor, tenant_ids=tenant_ids)

    def update_user_task(
        self,
        user_task_key: int,
        changes: Mapping[str, Any],
        *,
        action: str | None = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """``changes``: any of ``candidate_groups candidate_users due_date follow_up_date priority``; None resets a date."""
        commands.update_user_task(
            self._context, user_task_key, changes, action=action, actor=actor, tenant_ids=tenant_ids
        )

    def complete_user_task(
        self,
        user_task_key: int,
        variables: Mapping[str, Any] | None = None,
        *,
        action: str | None = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Variables are validated against the task's form; for a walkthrough choice, variable ``choice`` names a flow (id or
        name), or a list of them. InvalidInput ``form_invalid`` lists every field at fault in ``details["fields"]``;
        InvalidInput ``choice_required`` / ``choice_unknown``; Conflict ``user_task_not_active`` if done."""
        command = commands.complete_user_task(
            user_task_key, variables or {}, action=action, actor=actor, tenant_ids=tenant_ids
        )
        carry_out(self._context, command)
