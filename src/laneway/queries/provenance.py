"""Where the value of a variable comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from laneway.commands.context import Context
from laneway.queries.reading import get
from laneway.queries.timeline import records

if TYPE_CHECKING:
    from laneway.domain.model import ProcessModel
    from laneway.governance.lineage import Command


def provenance(context: Context, variable_key: int, *, tenant_ids: Sequence[str] | None) -> dict[str, Any]:
    """``{"variableKey", "name", "scopeKey", "writes": […]}``, oldest first; the last one wrote the value that there is."""
    from laneway.governance.lineage import writes_of

    row = get(context, "variables", variable_key, tenant_ids=tenant_ids)
    root_key = int(row["rootProcessInstanceKey"])
    commands, _ = commands_of(context, root_key)
    models = models_of(context, commands)
    found = writes_of(commands, models, int(row["scopeKey"]), row["name"])
    return {
        "variableKey": row["variableKey"],
        "name": row["name"],
        "scopeKey": row["scopeKey"],
        "processInstanceKey": row["processInstanceKey"],
        "writes": [each.as_json() for each in found],
    }


def commands_of(context: Context, root_key: int) -> tuple[list[Command], bool]:
    """The commands of a root in their order, and whether there are events that no command on record led to."""
    from laneway.governance.lineage import Command

    events = {each["sequence"]: each["events"] for each in context.store.history(root_key)}
    commands = [
        Command(
            sequence=int(record["after"] or 0),
            at=record["timestamp"],
            actor_kind=record["actorKind"],
            actor_id=record["actorId"],
            element_instance_key=record["elementInstanceKey"],
            element_id=record["elementId"],
            details=record["details"] or {},
            events=events[record["after"]],
        )
        for record in records(context, root_key)
        if record["result"] == "SUCCESS" and record["after"] in events
    ]
    return commands, bool(events.keys() - {each.sequence for each in commands})


def models_of(context: Context, commands: Sequence[Command]) -> list[ProcessModel]:
    """Of all processes that were started on the way."""
    started = {event[2] for each in commands for event in each.events if event[0] == "ProcessInstanceStarted"}
    with context.store.read() as uow:
        return [context.definitions.process(uow, key).model for key in sorted(started)]
