"""DeliverOutbox: messages and signals that instances threw go on to their receivers, each in one transaction of its own.

The row leaves the outbox in the same transaction in which its receivers move, so that it is delivered exactly once, and
a crash at any point leaves either the row or the whole effect.
"""

from __future__ import annotations

from datetime import timedelta

from laneway.commands import audit
from laneway.commands.broadcast_signal import broadcast_in
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.commands.publish_message import publish_in
from laneway.domain.work import SYSTEM, Message
from laneway.logs import Logger
from laneway.ports import OutboxEntry

log = Logger("laneway.commands")


def deliver_outbox(context: Context, limit: int) -> int:
    """Deliver up to ``limit``, also what the receivers throw in turn; gives how many.

    What cannot be delivered is logged, stays, and does not hold up the rest.
    """
    delivered = 0
    failed: set[int] = set()
    while delivered < limit:
        attempted: list[int] = []

        def work(unit: Unit, attempted: list[int] = attempted) -> bool:
            waiting = [item for item in unit.uow.outbox(len(failed) + 1) if item.key not in failed]
            if not waiting:
                return False
            attempted[:] = [waiting[0].key]
            _deliver(unit, waiting[0])
            return True

        entry = audit.entry("DeliverOutbox", "UPDATE", "PROCESS_INSTANCE", 0, SYSTEM)
        try:
            if not execute(context, entry, work, audit_rejection=False, deliver=False):
                break
            delivered += 1
        except Exception as fault:
            if not attempted:
                raise
            failed.update(attempted)
            log.error("not_delivered", outbox_key=attempted[0], fault=repr(fault))
    return delivered


def _deliver(unit: Unit, item: OutboxEntry) -> None:
    unit.uow.delete_outbox(item.key)
    unit.concerns(entity_key=item.key, tenant_id=item.tenant_id, details={"sender": str(item.root_key)})
    if item.kind == "message":
        unit.concerns(details={"command": "DeliverMessage", "messageName": item.name})
        _publish(unit, item)
    else:
        unit.concerns(details={"command": "DeliverSignal", "signalName": item.name})
        broadcast_in(unit, item.name, item.variables, item.tenant_id, before_key=item.key, thrown_by=item.root_key)


def _publish(unit: Unit, item: OutboxEntry) -> None:
    """Kept for a while if nobody waits yet, since which of two processes is ready first is nobody's promise."""
    expires_at = unit.now + timedelta(seconds=unit.context.limits.thrown_message_ttl)
    message = Message(item.key, item.name, item.correlation_key, item.variables, expires_at, None, item.tenant_id)
    if publish_in(unit, message, keep=True):
        unit.uow.delete_message(message.key)
