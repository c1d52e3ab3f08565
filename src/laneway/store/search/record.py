"""A root's commands in order, as they were recorded."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from laneway.store import phrases, routes
from laneway.store.tables import audit_log, route


def history(connection: Connection, root_key: int) -> list[dict[str, Any]]:
    """``sequence at actor operation events audit`` per command; ``events`` packed as ``Transition.log`` has them.

    ``audit`` is what the trail says of the command: entity, result, element, details.
    """
    statement = (
        phrases.records(route.c.content)
        .outerjoin(route, route.c.key == audit_log.c.route_key)
        .where(audit_log.c.root_key == root_key, audit_log.c.events.is_not(None))
        .order_by(audit_log.c.sequence)
    )
    return [
        {
            "sequence": row.after,
            "at": row.at,
            "actor": {"kind": row.actor_kind, "id": row.actor_id},
            "operation": row.operation,
            "events": routes.events_of(row),
            "audit": {
                "auditLogKey": row.key,
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
