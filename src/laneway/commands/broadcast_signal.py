"""BroadcastSignal: everyone who waits for a signal goes on, and every process that starts by it starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.context import BroadcastSignal, Context
from laneway.commands.correlation import start_by_trigger, trigger
from laneway.commands.execution import Unit, execute
from laneway.commands.idempotency import once
from laneway.commands.start_triggers import needs_more
from laneway.domain.errors import InvalidInput
from laneway.domain.work import Actor


def broadcast_signal(
    context: Context,
    name: str,
    *,
    variables: Mapping[str, Any],
    tenant_id: str,
    actor: Actor,
    idempotency_key: str | None,
) -> BroadcastSignal:
    entry = audit.entry(
        "BroadcastSignal",
        "CREATE",
        "PROCESS_INSTANCE",
        0,
        actor,
        tenant_id=tenant_id,
        signalName=name,
        variables=audit.names(variables),
    )
    request = {"command": "BroadcastSignal", "name": name, "variables": variables}

    def work(unit: Unit) -> BroadcastSignal:
        def broadcast() -> BroadcastSignal:
            if not name.strip():
                raise InvalidInput("signal_name_missing", "Name the signal, as the diagram's signal has it")
            key = unit.uow.ids.next()
            unit.concerns(entity_key=key)
            broadcast_in(unit, name, guards.checked_variables(unit, variables), tenant_id)
            return BroadcastSignal(key, tenant_id)

        return once(
            unit,
            idempotency_key,
            tenant_id,
            request,
            broadcast,
            lambda done: {"key": str(done.key)},
            lambda reply: BroadcastSignal(int(reply["key"]), tenant_id),
        )

    return execute(context, entry, work)


def broadcast_in(
    unit: Unit,
    name: str,
    variables: Mapping[str, Any],
    tenant_id: str,
    before_key: int | None = None,
    thrown_by: int | None = None,
) -> int:
    """Broadcast within the transaction at hand; gives how many received it.

    ``before_key``: a signal thrown earlier reaches only what waited when it was thrown. ``thrown_by``: the root instance
    that threw it, within which it has been delivered already.
    """
    count = 0
    reached: set[str] = set()
    for subscription in sorted(unit.uow.signal_subscriptions(name, tenant_id), key=lambda found: found.key):
        waited = before_key is None or subscription.key < before_key
        if waited and subscription.root_key != thrown_by and trigger(unit, subscription, variables, unit.entry):
            count += 1
            reached.add(subscription.element_id)
    for start in unit.uow.start_triggers("signal", name, tenant_id):
        if start.element_id in reached and needs_more(unit, start):
            continue  # An instance that another trigger had begun has taken it.
        start_by_trigger(unit, start, variables, unit.entry)
        count += 1
    unit.concerns(details={"receivers": count})
    unit.uow.audit(unit.entry)
    return count
