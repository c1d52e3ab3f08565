"""DeleteInstance: refused, because the record of what happened is kept until retention removes it."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.commands import audit, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import Conflict, Forbidden
from laneway.domain.work import Actor


def delete_instance(
    context: Context, process_instance_key: int, *, actor: Actor, tenant_ids: Sequence[str] | None
) -> None:
    entry = audit.entry(
        "DeleteInstance", "DELETE", "PROCESS_INSTANCE", process_instance_key, actor, tenant_ids=tenant_ids
    )

    def work(unit: Unit) -> None:
        header = guards.known_instance(unit, process_instance_key, tenant_ids)
        if header.state == "ACTIVE":
            raise Conflict("instance_active", f"Process instance {header.key} is still running; cancel it first")
        raise Forbidden(
            "history_is_kept", f"The history of process instance {header.key} is part of the audit trail and is kept"
        )

    execute(context, entry, work)
