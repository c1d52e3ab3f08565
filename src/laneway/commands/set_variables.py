"""SetVariables: variables of a live element instance are changed from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import NotFound
from laneway.domain.stimulus import SetVariables as SetVariablesStimulus
from laneway.domain.work import Actor


def set_variables(
    context: Context,
    element_instance_key: int,
    variables: Mapping[str, Any],
    *,
    local: bool,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
) -> None:
    entry = audit.entry(
        "SetVariables",
        "UPDATE",
        "VARIABLE",
        element_instance_key,
        actor,
        tenant_ids=tenant_ids,
        variables=audit.names(variables),
        local=local,
    )

    def work(unit: Unit) -> None:
        possible = guards.possible(element_instance_key)
        root_key = unit.uow.root_of_element(element_instance_key) if possible else None
        header = unit.uow.header(root_key) if root_key is not None else None
        state = unit.uow.load(root_key) if root_key is not None else None
        if header is None or not guards.visible(header.tenant_id, tenant_ids):
            raise NotFound("element_instance_not_found", f"No element instance has the key {element_instance_key}")
        element = state.elements.get(element_instance_key) if state is not None else None
        if state is None or element is None:
            raise NotFound("element_instance_not_found", f"Element instance {element_instance_key} has ended")
        compiled = unit.definitions.compiled(element.definition_key)
        unit.concerns(
            root_key=state.root_key,
            process_instance_key=element.process_key,
            process_definition_key=element.definition_key,
            process_id=compiled.definition.process_id,
            element_instance_key=element.key,
            element_id=compiled.model.nodes[element.slot].id,
            tenant_id=header.tenant_id,
        )
        stimulus = SetVariablesStimulus(element.key, guards.checked_variables(unit, variables), local)
        unit.advance(state, stimulus, unit.entry)

    execute(context, entry, work)
