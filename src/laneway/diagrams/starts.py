"""Where the tokens of a scope begin (BPMN 2.0, 13.2.1)."""

from __future__ import annotations

from typing import Protocol

from laneway.diagrams.context import Context
from laneway.diagrams.events import CompiledEvent
from laneway.diagrams.names import truth
from laneway.diagrams.record import ElementRecord
from laneway.domain.model import EventKind
from laneway.domain.types import ElementType


class Drawn(Protocol):
    """What the compiler knows of a process by then; all by slot."""

    context: Context
    records: list[ElementRecord]
    types: list[ElementType]
    children: list[list[int]]
    incoming: list[list[int]]
    events: list[CompiledEvent | None]
    instantiating: list[bool]


def _none_starts(drawn: Drawn, scope: int) -> tuple[int, ...]:
    return tuple(
        slot
        for slot in drawn.children[scope]
        if drawn.types[slot] is ElementType.START_EVENT and _starts_by_itself(drawn, slot, scope)
    )


def _starts_by_itself(drawn: Drawn, slot: int, scope: int) -> bool:
    event = drawn.events[slot]
    return event is None or event.event.kind is EventKind.NONE or (scope != 0 and not drawn.context.strict)


def starts(drawn: Drawn, scope: int) -> tuple[int, ...]:
    """None start events, else nodes without incoming flow (BPMN 2.0, 13.2.1); of an event sub-process its start event."""
    events = [slot for slot in drawn.children[scope] if drawn.types[slot] is ElementType.START_EVENT]
    if drawn.types[scope] is ElementType.EVENT_SUB_PROCESS:
        return tuple(events)
    if drawn.types[scope] is ElementType.AD_HOC_SUB_PROCESS:
        return tuple(slot for slot in drawn.children[scope] if _may_start(drawn, slot))
    none_starts = _none_starts(drawn, scope)
    if none_starts:
        return none_starts
    if events:
        return () if drawn.context.strict else (events[0],)
    found = tuple(slot for slot in drawn.children[scope] if _may_start(drawn, slot))
    by_themselves = tuple(slot for slot in found if not drawn.instantiating[slot])
    return by_themselves if by_themselves or drawn.context.strict else found


def _may_start(drawn: Drawn, slot: int) -> bool:
    kind = drawn.types[slot]
    if drawn.incoming[slot] or kind in (ElementType.BOUNDARY_EVENT, ElementType.EVENT_SUB_PROCESS):
        return False
    event = drawn.events[slot]
    if kind is ElementType.INTERMEDIATE_CATCH_EVENT and event is not None and event.event.kind is EventKind.LINK:
        return False
    return not truth(drawn.records[slot - 1].attributes.get("isForCompensation"), False)


def event_sub_processes(drawn: Drawn, scope: int) -> tuple[int, ...]:
    return tuple(slot for slot in drawn.children[scope] if drawn.types[slot] is ElementType.EVENT_SUB_PROCESS)
