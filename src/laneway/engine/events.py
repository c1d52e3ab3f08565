"""Messages, signals and conditions; incidents; expressions and decisions by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway import commands
from laneway.commands.context import (
    BroadcastSignal,
    CorrelatedMessage,
    EvaluatedConditionals,
    EvaluatedDecision,
    EvaluatedExpression,
    PublishedMessage,
)
from laneway.commands.execution import carry_out
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM, Actor
from laneway.engine.base import DEFAULT_TENANTS, Base


class Events(Base):
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
        command = commands.publish_message(
            name,
            correlation_key,
            variables=variables or {},
            time_to_live_ms=time_to_live_ms,
            message_id=message_id,
            tenant_id=tenant_id,
            actor=actor,
            idempotency_key=idempotency_key,
        )
        return carry_out(self._context, command)

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
