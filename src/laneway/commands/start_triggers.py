"""How a definition starts by itself: its message, signal and timer start events, as they are armed at deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneway.domain.definition import ProcessDefinition, StartTrigger
from laneway.domain.model import EventDefinition, EventKind, FlowNode, ProcessModel, TimerKind, Value
from laneway.domain.problem import Problem, Severity
from laneway.expressions import ExpressionError
from laneway.runtime.schedule import TimerError, first_due

if TYPE_CHECKING:
    from laneway.commands.execution import Unit


ANY = ""
"""The name of all triggers by a condition: they are looked at together."""


def start_triggers(
    unit: Unit, definition: ProcessDefinition, model: ProcessModel, problems: list[Problem]
) -> list[StartTrigger]:
    """Names and times are evaluated over nothing, since no variable exists yet; what fails is added to ``problems``."""
    found: list[StartTrigger] = []
    for slot in model.nodes[0].event_starts:
        node = model.nodes[slot]
        for event in events_of(node):
            try:
                trigger = _trigger(unit, definition, node, event)
            except (ExpressionError, TimerError, ValueError) as fault:
                fix = (
                    "write a value, or an expression that needs no variable: none exists before an instance has started"
                )
                problems.append(
                    Problem(
                        Severity.ERROR,
                        "start_event_unreadable",
                        f"the {event.kind.value.lower()} of this start event gives no value: {fault}",
                        fix,
                        file=definition.resource_name,
                        element_id=node.id,
                        element_name=node.name,
                        line=node.line,
                    )
                )
                continue
            if trigger is not None:
                found.append(trigger)
    return found


def events_of(node: FlowNode) -> tuple[EventDefinition, ...]:
    """What triggers a start event: its definition, or each of those of a multiple event."""
    return () if node.event is None else node.event.members or (node.event,)


def member_of(unit: Unit, start: StartTrigger, node: FlowNode) -> int | None:
    """Which of the triggers of a multiple event ``start`` is."""
    for member, event in enumerate(node.event.members if node.event is not None else ()):
        if event.kind.value.lower() == start.kind and (start.kind == "timer" or _name(unit, event.name) == start.name):
            return member
    return None


def needs_more(unit: Unit, start: StartTrigger) -> bool:
    """Whether what ``start`` begins waits for further triggers where it began."""
    model = unit.definitions.model(start.definition_key)
    node = model.node(start.element_id)
    if node.event is not None and node.event.parallel:
        return True
    return any(model.nodes[model.flows[index].source].all_events for index in node.incoming)


def _trigger(unit: Unit, definition: ProcessDefinition, node: FlowNode, event: EventDefinition) -> StartTrigger | None:
    if event.name is None and event.timer is None and event.condition is None:
        return None  # a walkthrough: what would start it is not said, a person starts it
    key = unit.uow.ids.next()
    place = (key, definition.key, definition.process_id, node.id)
    if event.kind is EventKind.MESSAGE:
        return StartTrigger(*place, "message", _name(unit, event.name), tenant_id=definition.tenant_id)
    if event.kind is EventKind.SIGNAL:
        return StartTrigger(*place, "signal", _name(unit, event.name), tenant_id=definition.tenant_id)
    if event.kind is EventKind.CONDITIONAL:
        return StartTrigger(*place, "condition", ANY, tenant_id=definition.tenant_id)
    if event.kind is not EventKind.TIMER:
        return None
    value = _evaluated(unit, event.timer)
    if value is None:
        raise TimerError("it gives no date, duration or cycle")
    timezone = unit.context.runtime_limits.timezone
    due = first_due(event.timer_kind or TimerKind.DURATION, value, unit.now, timezone)
    return StartTrigger(
        *place,
        "timer",
        due=due.at,
        repetitions=due.repetitions,
        cycle=due.kept_cycle,
        tenant_id=definition.tenant_id,
    )


def _name(unit: Unit, name: Value | None) -> str:
    found = _evaluated(unit, name)
    if not isinstance(found, str) or not found:
        raise ValueError(f"the name must be a text, it is {found!r}")
    return found


def _evaluated(unit: Unit, value: Value | None) -> object:
    if value is None or isinstance(value, str):
        return value
    found: object = value.evaluate({}, unit.now)
    return found
