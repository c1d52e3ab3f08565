"""The façade: every command and every question, one line each. Synchronous, safe to use from several threads.

Conventions
-----------
- ``actor`` is who gave the command and goes into the audit trail; rejected commands are audited too, with their code.
- Commands that create take one ``tenant_id``; those that address a thing by key take the ``tenant_ids`` that the caller
  may see. A thing of another tenant is NotFound, exactly as if it did not exist.
- Failures are ``laneway.domain.errors`` with a stable ``code``; the classes carry the HTTP status. Stale fences are
  retried inside and never reach the caller.
- Variables are JSON values (numbers ``int`` or ``Decimal``); times are aware ``datetime`` in UTC; durations are
  milliseconds where the name ends in ``_ms`` and seconds elsewhere.
- A command has returned only after its transaction was committed. Messages and signals that the step threw are
  delivered in this process right after, and by the worker loop if the process dies in between.
- ``idempotency_key``: the same key with the same request gives the stored reply; with another request the command is
  ``Refused("idempotency_key_reused")``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from laneway import commands, queries
from laneway.commands.context import (
    ActivatedJob,
    BroadcastSignal,
    CheckReport,
    Context,
    CorrelatedMessage,
    EvaluatedConditionals,
    EvaluatedDecision,
    EvaluatedExpression,
    PublishedMessage,
    StartedInstance,
)
from laneway.commands.execution import Command, carry_out
from laneway.commands.handing import Desk, Futures, Told
from laneway.domain.agent_instance import AgentStatus
from laneway.domain.autonomy import AutonomySetting
from laneway.domain.definition import Deployment, FormDefinition, ProcessDefinition, Resource
from laneway.domain.governed import KillSwitch, RegisteredSource
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM, Actor
from laneway.ports import Page, SearchQuery
from laneway.queries.timeline import TimelineEntry

if TYPE_CHECKING:
    from laneway.workers.agent.asking import Adapters as AgentAdapters

Result = TypeVar("Result")
DEFAULT_TENANTS: tuple[str, ...] = (DEFAULT_TENANT,)


class Engine:
    """See the module. Built by ``laneway.bootstrap.build``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._futures = Futures(context)

    def carry_out(self, command: Command[Result]) -> Result:
        """A command that ``laneway.commands`` gives as a value (``commands.start_instance``, ``commands.complete_job`` …): as its own
        method here, which is one line."""
        return carry_out(self._context, command)

    def submit(self, *given: Command[Result]) -> list[Future[Result]]:
        """As ``carry_out`` of each, without waiting. A future has its result, or what the command raised, once its transaction is
        committed, and not before. Those that are given together are handed over together, for the price of one; who has many in
        flight needs no thread for each. Nobody can take a command back that was handed over: ``cancel`` says False."""
        return self._futures.of(given)

    def desk(self, tell: Callable[[list[Told]], None]) -> Desk:
        """Where commands are handed over that no thread is to wait for; ``tell`` hears of those that are over (``commands.handing``)."""
        return Desk(self._context, tell)

    def drain(self, seconds: float) -> bool:
        """Wait until no command is at work. False if that took longer."""
        return self._context.committer.drain(seconds)

    # Definitions

    def check(self, files: Sequence[tuple[str, bytes]], *, walkthrough: bool | None = None) -> CheckReport:
        """Read the files as ``deploy`` would and report every problem; nothing is written.

        Gate faults (DTD, encoding, size) become problems of severity error here too, so that a report is always given.
        """
        return commands.check(self._context, files, walkthrough=walkthrough)

    def deploy(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        walkthrough: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Deployment:
        """Deploy files (name, bytes) together; which kind a file is, its name says.

        Identical to what is deployed already: the existing definitions come back with their keys and versions.
        ``walkthrough`` overrides ``isExecutable``. ``metadata`` (owner, outcome …) goes into the audit record.

        Raises
        ------
        Refused
            ``diagram_invalid`` with ``problems``; ``dtd_forbidden``, ``duplicate_process_id``, ``file_invalid`` …
        TooLarge, UnsupportedEncoding, InvalidInput
        """
        return commands.deploy(
            self._context,
            files,
            tenant_id=tenant_id,
            actor=actor,
            walkthrough=walkthrough,
            metadata=metadata,
            idempotency_key=idempotency_key,
        )

    # Process instances

    def start_instance(
        self,
        *,
        process_id: str | None = None,
        definition_key: int | None = None,
        version: int | None = None,
        variables: Mapping[str, Any] | None = None,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        tags: Sequence[str] = (),
        business_id: str | None = None,
        start_element_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> StartedInstance:
        """Start the latest version of ``process_id`` (or ``version``), or exactly ``definition_key``.

        ``version`` None or -1: the latest. ``start_element_id`` names one of several start events, also one with a
        trigger (as if it had been triggered). NotFound ``process_not_found``; InvalidInput ``no_none_start_event``.
        Variables are validated against the start form if the process has one and the actor is a user.
        """
        command = commands.start_instance(
            process_id=process_id,
            definition_key=definition_key,
            version=version,
            variables=variables or {},
            tenant_id=tenant_id,
            actor=actor,
            tags=tags,
            business_id=business_id,
            start_element_id=start_element_id,
            idempotency_key=idempotency_key,
        )
        return carry_out(self._context, command)

    def create_and_await(
        self,
        *,
        timeout: float,
        fetch_variables: Sequence[str] | None = None,
        process_id: str | None = None,
        definition_key: int | None = None,
        version: int | None = None,
        variables: Mapping[str, Any] | None = None,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        tags: Sequence[str] = (),
        business_id: str | None = None,
        start_element_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> StartedInstance:
        """Start and wait up to ``timeout`` seconds for the end.

        ``completed`` is False when the time was up first (the instance goes on; the wire answers 504), else ``state``
        is how it ended and ``variables`` are those of the root scope (only ``fetch_variables`` if given).
        """
        started = self.start_instance(
            process_id=process_id,
            definition_key=definition_key,
            version=version,
            variables=variables,
            tenant_id=tenant_id,
            actor=actor,
            tags=tags,
            business_id=business_id,
            start_element_id=start_element_id,
            idempotency_key=idempotency_key,
        )
        return queries.await_completion(self._context, started, timeout=timeout, fetch_variables=fetch_variables)

    def await_completion(
        self, started: StartedInstance, *, timeout: float, fetch_variables: Sequence[str] | None = None
    ) -> StartedInstance:
        """Wait up to ``timeout`` seconds (0: only look) for the end of an instance; gives what ``create_and_await`` does."""
        return queries.await_completion(self._context, started, timeout=timeout, fetch_variables=fetch_variables)

    def cancel_instance(
        self, process_instance_key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """Terminate a root process instance and all below it. NotFound ``process_instance_not_found`` if it ended;
        Conflict ``not_root_instance`` if it was called by another (cancel that one)."""
        commands.cancel_instance(self._context, process_instance_key, actor=actor, tenant_ids=tenant_ids)

    def delete_instance(
        self, process_instance_key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """Always refused so far, honestly: history is kept, see docs/reference/history.md. NotFound if unknown;
        Conflict ``instance_active`` while it runs; Forbidden ``history_is_kept`` after."""
        commands.delete_instance(self._context, process_instance_key, actor=actor, tenant_ids=tenant_ids)

    def set_variables(
        self,
        element_instance_key: int,
        variables: Mapping[str, Any],
        *,
        local: bool = False,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Write variables at a live element instance (a process instance key for its root scope). NotFound
        ``element_instance_not_found`` if there is none alive."""
        commands.set_variables(
            self._context, element_instance_key, variables, local=local, actor=actor, tenant_ids=tenant_ids
        )

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

    # Ad-hoc sub-processes

    def activate_ad_hoc_activities(
        self,
        element_instance_key: int,
        elements: Sequence[tuple[str, Mapping[str, Any]]],
        *,
        cancel_remaining: bool = False,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Begin ``elements`` (id, variables of the activation) in a live ad-hoc sub-process instance. NotFound
        ``ad_hoc_sub_process_not_found``; InvalidInput ``ad_hoc_activity_unknown``; Conflict ``ad_hoc_sub_process_ending``."""
        commands.activate_ad_hoc_activities(
            self._context,
            element_instance_key,
            elements,
            cancel_remaining=cancel_remaining,
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

    # Messages and signals

    def publish_message(
        self,
        name: str,
        correlation_key: str = "",
        *,
        variables: Mapping[str, Any] | None = None,
        time_to_live_ms: int = 0,
        message_id: str | None = None,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> PublishedMessage:
        """To one waiting instance of every process, to message start events, and kept for ``time_to_live_ms`` for
        subscriptions to come. Conflict ``already_exists`` if a message with this ``message_id`` is still kept."""
        return commands.publish_message(
            self._context,
            name,
            correlation_key,
            variables=variables or {},
            time_to_live_ms=time_to_live_ms,
            message_id=message_id,
            tenant_id=tenant_id,
            actor=actor,
            idempotency_key=idempotency_key,
        )

    def correlate_message(
        self,
        name: str,
        correlation_key: str = "",
        *,
        variables: Mapping[str, Any] | None = None,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> CorrelatedMessage:
        """As publish without keeping it; NotFound ``message_not_correlated`` if nobody waits for it."""
        command = commands.correlate_message(
            name,
            correlation_key,
            variables=variables or {},
            tenant_id=tenant_id,
            actor=actor,
            idempotency_key=idempotency_key,
        )
        return carry_out(self._context, command)

    def broadcast_signal(
        self,
        name: str,
        *,
        variables: Mapping[str, Any] | None = None,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BroadcastSignal:
        """To every subscription and every signal start event of the tenant."""
        return commands.broadcast_signal(
            self._context,
            name,
            variables=variables or {},
            tenant_id=tenant_id,
            actor=actor,
            idempotency_key=idempotency_key,
        )

    def evaluate_conditionals(
        self,
        variables: Mapping[str, Any],
        *,
        definition_key: int | None = None,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> EvaluatedConditionals:
        """Start what starts by a condition that is true over ``variables``: of one definition, or the latest of all."""
        return commands.evaluate_conditionals(
            self._context,
            variables=variables,
            definition_key=definition_key,
            tenant_id=tenant_id,
            actor=actor,
            idempotency_key=idempotency_key,
        )

    def deliver_outbox(self, limit: int = 100) -> int:
        """Deliver what instances threw and is not delivered yet; gives how many. Idempotent; workers call it."""
        return commands.deliver_outbox(self._context, limit)

    # Incidents, evaluation

    def resolve_incident(
        self, incident_key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """Try again what the incident held. NotFound ``incident_not_found`` if unknown or resolved; Conflict
        ``job_without_retries`` if its job was given none (``update_job`` first)."""
        commands.resolve_incident(self._context, incident_key, actor=actor, tenant_ids=tenant_ids)

    def evaluate_expression(
        self, expression: str, variables: Mapping[str, Any] | None = None, *, actor: Actor = SYSTEM
    ) -> EvaluatedExpression:
        """Evaluate ``= …`` (FEEL) or ``${…}`` over variables. InvalidInput ``expression_invalid`` with the column."""
        return commands.evaluate_expression(self._context, expression, variables or {}, actor=actor)

    def evaluate_decision(
        self,
        *,
        decision_id: str | None = None,
        decision_key: int | None = None,
        variables: Mapping[str, Any] | None = None,
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        raises: bool = True,
    ) -> EvaluatedDecision:
        """Evaluate the latest version of a deployed decision, or the version that has the key. NotFound
        ``decision_not_found``. An evaluation that fails is on record, and raised; with ``raises`` False its ``fault`` is
        given back."""
        found = commands.evaluate_decision(
            self._context,
            decision_id=decision_id,
            decision_key=decision_key,
            variables=variables or {},
            tenant_id=tenant_id,
            actor=actor,
        )
        if raises and found.fault is not None:
            raise found.fault
        return found

    def delete_decision_evaluation(
        self, evaluation_key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """Always refused, as ``delete_instance`` is. NotFound ``decision_instance_not_found``; Forbidden
        ``history_is_kept``."""
        commands.delete_decision_evaluation(self._context, evaluation_key, actor=actor, tenant_ids=tenant_ids)

    # Around agents

    def set_kill_switch(
        self, scope: str, name: str, reason: str, *, actor: Actor = SYSTEM, tenant_id: str = DEFAULT_TENANT
    ) -> KillSwitch:
        """Stop an agent, a model, a tool or the agents of a process (``definition``), in all processes within a second.
        ``name`` ``*``: all of the scope. Jobs wait until it is lifted, or take their contract's path ``killed``."""
        return commands.set_kill_switch(self._context, scope, name, reason, actor=actor, tenant_id=tenant_id)

    def create_data_source(
        self, name: str, said: Mapping[str, Any], *, actor: Actor = SYSTEM, tenant_id: str = DEFAULT_TENANT
    ) -> RegisteredSource:
        """A draft in the tenant's register: ``owner files valid_from valid_until reviewed max_age``. Conflict ``data_source_exists``."""
        return commands.create_data_source(self._context, name, said, actor=actor, tenant_id=tenant_id)

    def update_data_source(
        self,
        key: int,
        changes: Mapping[str, Any],
        *,
        reason: str | None = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> RegisteredSource:
        """``status`` too. What is said anew is a draft; Forbidden ``data_source_four_eyes`` for who approves their own words."""
        return commands.update_data_source(
            self._context, key, changes, reason=reason, actor=actor, tenant_ids=tenant_ids
        )

    def lift_kill_switch(
        self, key: int, reason: str, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """NotFound ``kill_switch_not_found``; Conflict ``kill_switch_lifted``."""
        commands.lift_kill_switch(self._context, key, reason, actor=actor, tenant_ids=tenant_ids)

    def set_autonomy(
        self,
        process_id: str,
        level: str,
        reason: str,
        *,
        element_id: str = "",
        actor: Actor = SYSTEM,
        tenant_id: str = DEFAULT_TENANT,
    ) -> AutonomySetting:
        """The level of an agent task (or of all that have none of their own) for activations from now on. Higher than it is: PENDING until
        ``confirm_autonomy`` by another person. NotFound ``process_not_found``, ``agent_task_not_found``; InvalidInput
        ``autonomy_invalid``; Forbidden ``principal_unnamed``."""
        return commands.set_autonomy(
            self._context, process_id, element_id, level, reason, actor=actor, tenant_id=tenant_id
        )

    def confirm_autonomy(
        self, key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> AutonomySetting:
        """NotFound ``autonomy_setting_not_found``; Conflict ``autonomy_setting_settled``, ``four_eyes``; Forbidden ``principal_unnamed``."""
        return commands.confirm_autonomy(self._context, key, actor=actor, tenant_ids=tenant_ids)

    def withdraw_autonomy(
        self, key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> AutonomySetting:
        """NotFound ``autonomy_setting_not_found``; Conflict ``autonomy_setting_settled``."""
        return commands.withdraw_autonomy(self._context, key, actor=actor, tenant_ids=tenant_ids)

    def autonomy_report(
        self, process_id: str | None = None, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """Per agent task agreement, calibration, cost, time and a recommendation; per process the benefits."""
        return queries.autonomy_report(self._context, process_id, tenant_ids=tenant_ids)

    def claim_approval(
        self, key: int, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """Say that somebody looks at it."""
        commands.claim_approval(self._context, key, actor=actor, tenant_ids=tenant_ids)

    def approve(
        self,
        key: int,
        seen: str,
        *,
        reason: str = "",
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Let a call of a tool run, once, with exactly the arguments whose hash was ``seen``. NotFound ``approval_not_found``; Conflict
        ``approval_decided``; Forbidden ``approval_…``: by its maker, by no person, too late, or it is not what was seen."""
        commands.approve(self._context, key, seen, actor=actor, reason=reason, tenant_ids=tenant_ids)

    def reject_approval(
        self, key: int, reason: str, *, actor: Actor = SYSTEM, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> None:
        """The call never runs; the agent is told why."""
        commands.reject(self._context, key, reason, actor=actor, tenant_ids=tenant_ids)

    def edit_approval(
        self,
        key: int,
        arguments: Mapping[str, Any],
        *,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Put other arguments in the place of the agent's. Who does so cannot approve them."""
        commands.edit_approval(self._context, key, arguments, actor=actor, tenant_ids=tenant_ids)

    def tell_outcome(
        self,
        tool_call_key: int,
        outcome: Literal["done", "not_done"],
        reason: str,
        *,
        result: Any = None,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> None:
        """Say what came of a call of a tool that nobody knew the outcome of. NotFound ``tool_call_not_found``; Conflict ``tool_call_known``."""
        commands.tell_outcome(
            self._context, tool_call_key, outcome, reason, result=result, actor=actor, tenant_ids=tenant_ids
        )

    def create_agent_instance(
        self,
        under: commands.Under,
        items: Sequence[commands.Item],
        *,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> tuple[int, list[commands.Written]]:
        """Key of the instance of an agent that works elsewhere, and what became of each item of its history. NotFound ``job_not_found``,
        ``element_instance_not_found``; Conflict ``stale_lease``, ``agent_governed``, ``not_an_agent``, ``agent_instance_exists``; InvalidInput
        ``agent_history_invalid``."""
        return commands.create_agent_instance(self._context, under, items, actor=actor, tenant_ids=tenant_ids)

    def update_agent_instance(
        self,
        key: int,
        under: commands.Under,
        status: AgentStatus | None = None,
        items: Sequence[commands.Item] = (),
        *,
        actor: Actor = SYSTEM,
        tenant_ids: Sequence[str] | None = DEFAULT_TENANTS,
    ) -> list[commands.Written]:
        """What became of each item. As ``create_agent_instance``, and NotFound ``agent_instance_not_found``; Conflict ``agent_instance_held``."""
        return commands.update_agent_instance(
            self._context, key, under, status, items, actor=actor, tenant_ids=tenant_ids
        )

    def replay(
        self,
        adapters: AgentAdapters,
        agent: str | None,
        contract: bytes,
        *,
        name: str = "agents.yaml",
        files: Mapping[str, bytes] | None = None,
        process_id: str | None = None,
        version: int | None = None,
        element_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        allow_hosts: Sequence[str] = (),
        allow_secrets: Sequence[str] = (),
        tenant_id: str = DEFAULT_TENANT,
        actor: Actor = SYSTEM,
        told: Callable[[int, int], None] | None = None,
    ) -> dict[str, Any]:
        """Give past inputs of ``agent`` to it again under the ``contract`` in an agents file; nothing outside is touched, and that it was
        asked is on record. InvalidInput ``contract_invalid``; NotFound ``agent_not_found``; Refused ``replay_touches_outside``,
        ``replay_stopped``, ``replay_over_budget``, ``replay_foreign_host``, ``replay_foreign_secret`` (what may be named beyond what is
        deployed stands in ``allow_hosts`` and ``allow_secrets``)."""
        from laneway.workers.agent.replay import Reach, Which, contract_in, replay

        return replay(
            self._context,
            adapters,
            contract_in(contract, name, agent),
            Which(process_id, version, element_id, since, until, limit),
            reach=Reach(allow_hosts, allow_secrets),
            files=files,
            tenant_id=tenant_id,
            actor=actor,
            told=told,
        )

    # Reading

    def search(self, query: SearchQuery) -> Page:
        """Rows of a resource; which there are stands in ``store/search.py``. InvalidInput for an unknown field, operator or cursor."""
        return queries.search(self._context, query)

    def get(
        self, resource: str, key: int | str, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """One row, shaped as ``search`` shapes it. NotFound ``<resource>_not_found``."""
        return queries.get(self._context, resource, key, tenant_ids=tenant_ids)

    def history(
        self, process_instance_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> list[TimelineEntry]:
        """What happened, in order, readable: who or what did what, when, on which data. Of the whole root."""
        return queries.history(self._context, process_instance_key, tenant_ids=tenant_ids)

    def raw_history(
        self, process_instance_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> list[dict[str, Any]]:
        """The commands that the root saw, as stored: ``sequence at actor operation events audit``."""
        return queries.raw_history(self._context, process_instance_key, tenant_ids=tenant_ids)

    def process_definition(
        self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> ProcessDefinition:
        """NotFound ``process_not_found``."""
        return queries.process_definition(self._context, definition_key, tenant_ids=tenant_ids)

    def definition_xml(self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS) -> bytes:
        """The diagram's bytes as they were deployed. NotFound ``process_not_found``."""
        return queries.definition_xml(self._context, definition_key, tenant_ids=tenant_ids)

    def definition_contents(
        self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """Elements, flows, lanes and all that is drawn beside them. NotFound ``process_not_found``."""
        return queries.definition_contents(self._context, definition_key, tenant_ids=tenant_ids)

    def definition_charter(
        self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """The twelve questions with their answers and what is missing. NotFound ``process_not_found``."""
        return queries.definition_charter(self._context, definition_key, tenant_ids=tenant_ids)

    def resources(self, deployment_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS) -> list[Resource]:
        """All files of a deployment. NotFound ``deployment_not_found``."""
        return queries.resources(self._context, deployment_key, tenant_ids=tenant_ids)

    def resource(self, resource_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS) -> Resource:
        """One file. NotFound ``resource_not_found``."""
        return queries.resource(self._context, resource_key, tenant_ids=tenant_ids)

    def user_task_form(
        self, user_task_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> FormDefinition | None:
        """The form of a user task; None if it has none (204 on the wire). NotFound for an unknown task."""
        return queries.user_task_form(self._context, user_task_key, tenant_ids=tenant_ids)

    def start_form(
        self, definition_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> FormDefinition | None:
        """The form that starts the process; None if it has none."""
        return queries.start_form(self._context, definition_key, tenant_ids=tenant_ids)

    def user_task_variables(
        self, user_task_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> dict[str, Any]:
        """All variables that the person sees with the task, those of its own scope first."""
        return queries.user_task_variables(self._context, user_task_key, tenant_ids=tenant_ids)

    def provenance(self, variable_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS) -> dict[str, Any]:
        """Every write of a variable, oldest first: who or what, from which inputs, of which origins. NotFound for an unknown one."""
        return queries.provenance(self._context, variable_key, tenant_ids=tenant_ids)

    def element_statistics(
        self, process_instance_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> list[dict[str, Any]]:
        """Per element of one instance: ``elementId active canceled incidents completed``."""
        return queries.element_statistics(self._context, process_instance_key, tenant_ids=tenant_ids)

    def taken_flows(
        self, process_instance_key: int, *, tenant_ids: Sequence[str] | None = DEFAULT_TENANTS
    ) -> list[str]:
        """Ids of the sequence flows that one process instance took, each once, in the order of their first use."""
        return queries.taken_flows(self._context, process_instance_key, tenant_ids=tenant_ids)

    def verify_audit(self) -> Mapping[str, Any]:
        """Check the hash chains: ``{"checked": n, "first_bad": None | {...}}``."""
        return queries.verify_audit(self._context)

    def now(self) -> datetime:
        """The database's clock (virtual in tests and cases)."""
        return queries.now(self._context)

    # Waiting

    def wait(self, topic: str, seen: int, timeout: float) -> int:
        """Block until ``topic`` was notified after count ``seen`` or ``timeout`` seconds passed; gives the count.

        Topics: ``job_topic(type)``, ``instance_topic(root_key)``, ``TIMERS``, ``OUTBOX``, ``AGENT_JOBS``,
        ``INTERNAL_JOBS``, ``CHANGES`` (anything was committed); all in ``laneway.commands.topics``.
        """
        return self._context.wakeup.wait(topic, seen, timeout)

    def listen(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` (from the committing thread; it must not block) whenever ``topic`` is notified; gives the
        function that ends it. From asyncio: ``engine.listen(topic, lambda: loop.call_soon_threadsafe(event.set))``."""
        return self._context.listen(topic, callback)
