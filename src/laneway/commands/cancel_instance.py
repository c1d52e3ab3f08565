"""CancelInstance: a root process instance and all below it are terminated."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.commands import audit, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import Conflict, NotFound
from laneway.domain.stimulus import CancelInstance as CancelInstanceStimulus
from laneway.domain.work import Actor


def cancel_instance(
    context: Context, process_instance_key: int, *, actor: Actor, tenant_ids: Sequence[str] | None
) -> None:
    entry = audit.entry(
        "CancelInstance", "CANCEL", "PROCESS_INSTANCE", process_instance_key, actor, tenant_ids=tenant_ids
    )

    def work(unit: Unit) -> None:
        header = guards.known_instance(unit, process_instance_key, tenant_ids)
        if header.state != "ACTIVE":
            raise NotFound(
                "process_instance_not_found", f"Process instance {header.key} has ended: its state is {header.state}"
            )
        if header.root_key != header.key:
            raise Conflict(
                "not_root_instance",
                f"Process instance {header.key} was called by another; cancel the root {header.root_key} instead",
            )
        unit.advance(unit.load(header.root_key), CancelInstanceStimulus(header.key), unit.entry)

    execute(context, entry, work)
