"""Conditions that something waits for (BPMN 2.0, 10.5.5 Conditional Event Definition, and 13.5).

A condition is looked at when its event begins to wait, and again whenever a variable that it reads changes in a scope
that it sees, before anything else moves on. ``InstanceState.conditions`` finds them, so that a change costs only the
conditions that read the variable. An event that does not interrupt is triggered by every such change after which the
condition is true (Camunda 8, "Conditional events").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laneway.domain.model import EventDefinition, FlowNode
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.types import ElementType, IncidentType
from laneway.runtime import catching
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import view

if TYPE_CHECKING:
    from laneway.runtime.run import Run

PROCESS = ElementType.PROCESS
STAGE = "events"


def wait_for(
    run: Run, element: ElementInstance, event: FlowNode, definition: EventDefinition, data: dict[str, Any]
) -> None:
    """Wait until the condition is true; it may be so already, which the queue finds out before it goes on."""
    assert definition.condition is not None
    names = definition.watched or tuple(sorted(definition.condition.names))
    data = {**data, "names": list(names)}
    if definition.changes:
        data["changes"] = list(definition.changes)
    key = run.ids.next()
    run.wait(element, Wait("condition", key, event.slot, data))
    run.changed[key] = element.key


def look(run: Run) -> None:
    """Look at the conditions whose variables have changed, and trigger what waits for those that are true."""
    changed = run.changed
    while changed:
        key = next(iter(changed))
        holder = run.state.elements.get(changed.pop(key))
        wait = holder.waits.get(key) if holder is not None else None
        if holder is None or wait is None:
            continue
        event = run.model(holder.definition_key).nodes[wait.slot]
        try:
            if _holds(run, holder, catching.definition_of(event, wait), event):
                catching.triggered(run, holder, wait, {})
        except ElementFailure as failure:
            run.raise_incident(holder, failure.type, failure.message, stage=STAGE)


def look_again(run: Run, element: ElementInstance) -> None:
    """An incident of a condition is resolved."""
    for key, wait in element.waits.items():
        if wait.kind == "condition":
            run.changed[key] = element.key


def _holds(run: Run, holder: ElementInstance, definition: EventDefinition, event: FlowNode) -> bool:
    """Null is false, and so is a condition over a variable that does not exist yet."""
    condition = definition.condition
    assert condition is not None
    scope = view(run, holder)
    try:
        value = condition.evaluate(scope, run.now, seed=run.randomness)
        if value is None or value is False or value is True:
            return bool(value)
        return condition.evaluate_boolean(scope, run.now, seed=run.randomness)
    except Exception as error:
        if any(name not in scope for name in condition.names):
            return False
        raise ElementFailure(
            IncidentType.CONDITION_ERROR, f"condition of {event.id} ({condition.text}): {error}"
        ) from error
