"""PublishMessage: a message goes to those who wait for it, starts what it starts, and is kept for those still to come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.context import PublishedMessage
from laneway.commands.correlation import correlate
from laneway.commands.execution import Command, Unit
from laneway.commands.idempotency import once
from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.work import Actor, Message

LONGEST_TIME_TO_LIVE_MS = 366 * 24 * 3600 * 1000


def publish_message(
    name: str,
    correlation_key: str,
    *,
    variables: Mapping[str, Any],
    time_to_live_ms: int,
    message_id: str | None,
    tenant_id: str,
    actor: Actor,
    idempotency_key: str | None,
) -> Command[PublishedMessage]:
    entry = audit.entry(
        "PublishMessage",
        "CREATE",
        "PROCESS_INSTANCE",
        0,
        actor,
        tenant_id=tenant_id,
        messageName=name,
        messageId=message_id,
        variables=audit.names(variables),
    )
    request = {
        "command": "PublishMessage",
        "name": name,
        "correlationKey": correlation_key,
        "variables": variables,
        "timeToLive": time_to_live_ms,
        "messageId": message_id,
    }

    def work(unit: Unit) -> PublishedMessage:
        def publish() -> PublishedMessage:
            check_name(name)
            if not 0 <= time_to_live_ms <= LONGEST_TIME_TO_LIVE_MS:
                raise InvalidInput("time_to_live_invalid", "The time to live is from 0 to a year, in milliseconds")
            message = Message(
                unit.uow.ids.next(),
                name,
                correlation_key,
                dict(guards.checked_variables(unit, variables)),
                unit.now + timedelta(milliseconds=time_to_live_ms),
                message_id or None,
                tenant_id,
            )
            unit.concerns(entity_key=message.key)
            publish_in(unit, message, keep=time_to_live_ms > 0)
            return PublishedMessage(message.key, tenant_id)

        return once(
            unit,
            idempotency_key,
            tenant_id,
            request,
            publish,
            lambda published: {"key": str(published.key)},
            lambda reply: PublishedMessage(int(reply["key"]), tenant_id),
        )

    return Command(entry, work, needs=guards.needs_of_message(name, correlation_key, tenant_id))


def check_name(name: str) -> None:
    if not name.strip():
        raise InvalidInput("message_name_missing", "Name the message, as the diagram's message has it")


def publish_in(unit: Unit, message: Message, *, keep: bool) -> int:
    """Publish within the transaction at hand; gives how many received it."""
    if keep and not unit.uow.buffer_message(message):
        raise Conflict(
            "already_exists",
            f"A message «{message.name}» with id {message.message_id!r} was published and is still kept; "
            "this one is taken for the same and was not published again",
        )
    receivers = correlate(unit, message, unit.entry, kept=keep)
    details = {"receivers": [str(receiver.process_instance_key) for receiver in receivers], "kept": keep}
    unit.concerns(details=details)
    unit.uow.audit(unit.entry)
    return len(receivers)
