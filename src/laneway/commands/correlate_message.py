"""CorrelateMessage: as publishing, but someone must be waiting for it now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.context import CorrelatedMessage
from laneway.commands.correlation import correlate
from laneway.commands.execution import Command, Unit
from laneway.commands.idempotency import once
from laneway.commands.publish_message import check_name
from laneway.domain.errors import NotFound
from laneway.domain.work import Actor, Message


def correlate_message(
    name: str,
    correlation_key: str,
    *,
    variables: Mapping[str, Any],
    tenant_id: str,
    actor: Actor,
    idempotency_key: str | None,
) -> Command[CorrelatedMessage]:
    entry = audit.entry(
        "CorrelateMessage",
        "CREATE",
        "PROCESS_INSTANCE",
        0,
        actor,
        tenant_id=tenant_id,
        messageName=name,
        variables=audit.names(variables),
    )
    request = {"command": "CorrelateMessage", "name": name, "correlationKey": correlation_key, "variables": variables}

    def work(unit: Unit) -> CorrelatedMessage:
        def give() -> CorrelatedMessage:
            check_name(name)
            given = dict(guards.checked_variables(unit, variables))
            message = Message(unit.uow.ids.next(), name, correlation_key, given, unit.now, None, tenant_id)
            unit.concerns(entity_key=message.key)
            receivers = correlate(unit, message, unit.entry, kept=False)
            if not receivers:
                raise NotFound(
                    "message_not_correlated",
                    f"Nobody waits for a message «{name}» with correlation key {correlation_key!r}, and it starts no process. "
                    "Publish it with a time to live if its receiver is still to come",
                )
            return CorrelatedMessage(message.key, receivers[0].process_instance_key, tenant_id)

        return once(
            unit,
            idempotency_key,
            tenant_id,
            request,
            give,
            lambda done: {"key": str(done.key), "processInstanceKey": str(done.process_instance_key)},
            lambda reply: CorrelatedMessage(int(reply["key"]), int(reply["processInstanceKey"]), tenant_id),
        )

    return Command(entry, work, needs=guards.needs_of_message(name, correlation_key, tenant_id))
