"""A root's commands in order, as they were recorded."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from laneway.store import packing
from laneway.store.tables import audit_log, history as history_table


def history(connection: Connection, root_key: int) -> list[dict[str, Any]]:
    """``sequence at actor operation events audit`` per command; ``events`` packed as ``Transition.log`` has them.

    ``audit`` is what the trail says of the command: entity, result, element, details.
    """
    statement = (
        select(
            history_table,
            audit_log.c.key.label("audit_key"),
            audit_log.c.entity_type,
            audit_log.c.entity_key,
            audit_log.c.result,
            audit_log.c.element_instance_key,
            audit_log.c.element_id,
            audit_log.c.details,
        )
        .outerjoin(
            audit_log,
            (audit_log.c.root_key == history_table.c.root_key)
            & (audit_log.c.after == history_table.c.sequence)
            & (audit_log.c.events_digest != ""),
        )
        .where(history_table.c.root_key == root_key)
        .order_by(history_table.c.sequence)
    )
    return [
        {
            "sequence": row.sequence,
            "at": row.at,
            "actor": {"kind": row.actor_kind, "id": row.actor_id},
            "operation": row.operation,
            "events": packing.events_of(row.events),
            "audit": {
                "auditLogKey": row.audit_key,
                "entityType": row.entity_type,
                "entityKey": row.entity_key,
                "result": row.result,
                "elementInstanceKey": row.element_instance_key,
                "elementId": row.element_id,
                "details": row.details,
            },
        }
        for row in connection.execute(statement)
    ]
