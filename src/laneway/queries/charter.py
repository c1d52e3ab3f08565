"""The charter of a deployed process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from laneway.commands.autonomy import effective, tasks_of
from laneway.commands.context import Context
from laneway.queries.reading import definition_of


def definition_charter(context: Context, definition_key: int, *, tenant_ids: Sequence[str] | None) -> dict[str, Any]:
    """As charter.schema.json has it, with the contracts pinned to the definition and the levels of autonomy that hold now."""
    from laneway.diagrams.charter import as_wire, charter_of

    with context.store.read() as uow:
        definition = definition_of(uow, definition_key, tenant_ids)
        compiled = context.definitions.process(uow, definition.key)
        tasks = tasks_of(compiled)
        standing = uow.autonomy_settings(definition.tenant_id, definition.process_id)
        levels = {element_id: effective(tasks, standing, element_id) for element_id in tasks}
    charter = charter_of(compiled.model, tuple(compiled.contracts.values()), levels)
    return {"processDefinitionKey": definition.key, **as_wire(charter)}
