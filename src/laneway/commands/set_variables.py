"""SetVariables: variables of a live element instance are changed from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit, drawn_outside, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
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
        state, element = guards.live_element(unit, element_instance_key, tenant_ids)
        given = guards.checked_variables(unit, variables)
        drawn_outside.hold_variables(unit, state, element, given)
        stimulus = SetVariablesStimulus(element.key, given, local)
        unit.advance(state, stimulus, unit.entry)

    execute(context, entry, work)
