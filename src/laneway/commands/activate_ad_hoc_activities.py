"""ActivateAdHocActivities: someone says what is done next in an ad-hoc sub-process (BPMN 2.0, 10.3.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit, drawn_outside, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import InvalidInput, NotFound
from laneway.domain.stimulus import ActivateAdHocActivities
from laneway.domain.types import ElementType
from laneway.domain.work import Actor

MOST_ELEMENTS = 1_000


def activate_ad_hoc_activities(
    context: Context,
    element_instance_key: int,
    elements: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    cancel_remaining: bool,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
) -> None:
    entry = audit.entry(
        "ActivateAdHocActivities",
        "UPDATE",
        "PROCESS_INSTANCE",
        element_instance_key,
        actor,
        tenant_ids=tenant_ids,
        elements=[element_id for element_id, _ in elements[:MOST_ELEMENTS]],
        cancelRemaining=cancel_remaining or None,
    )

    def work(unit: Unit) -> None:
        state, element = guards.live_element(
            unit,
            element_instance_key,
            tenant_ids,
            only=ElementType.AD_HOC_SUB_PROCESS,
            refusal=NotFound(
                "ad_hoc_sub_process_not_found",
                f"No live ad-hoc sub-process instance has the key {element_instance_key}",
            ),
        )
        if not 0 < len(elements) <= MOST_ELEMENTS:
            raise InvalidInput("ad_hoc_activities_missing", f"Name from 1 to {MOST_ELEMENTS:,} elements to activate")
        wanted = tuple((element_id, guards.checked_variables(unit, given)) for element_id, given in elements)
        element_id = unit.definitions.model(element.definition_key).nodes[element.slot].id
        drawn_outside.hold(unit, element.definition_key, element_id, wanted, element.key)
        unit.advance(state, ActivateAdHocActivities(element.key, wanted, cancel_remaining), unit.entry)

    execute(context, entry, work)
