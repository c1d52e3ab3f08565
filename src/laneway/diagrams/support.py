"""What runs and what is refused by name: one table. An element family that starts to run flips its entry here.

Anything not listed as running is refused at deployment (``not_supported_yet``), never ignored.
"""

from __future__ import annotations

from typing import Literal

from laneway.diagrams.record import ElementRecord
from laneway.domain.model import EventKind
from laneway.domain.types import ElementType

Place = Literal["start", "sub_start", "event_start", "catch", "throw", "boundary", "end"]
"""``start``: of a process; ``sub_start``: of an embedded sub-process; ``event_start``: of an event sub-process."""

_NONE, _MESSAGE, _TIMER, _SIGNAL = EventKind.NONE, EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL
_ERROR, _ESCALATION, _LINK = EventKind.ERROR, EventKind.ESCALATION, EventKind.LINK
_CONDITIONAL, _MULTIPLE = EventKind.CONDITIONAL, EventKind.MULTIPLE
_COMPENSATION, _CANCEL, _TERMINATE = EventKind.COMPENSATION, EventKind.CANCEL, EventKind.TERMINATE

ALLOWED_EVENTS: dict[Place, frozenset[EventKind]] = {
    "start": frozenset({_NONE, _MESSAGE, _TIMER, _CONDITIONAL, _SIGNAL, _MULTIPLE}),
    "sub_start": frozenset({_NONE}),
    "event_start": frozenset({_MESSAGE, _TIMER, _ESCALATION, _ERROR, _COMPENSATION, _CONDITIONAL, _SIGNAL, _MULTIPLE}),
    "catch": frozenset({_MESSAGE, _TIMER, _CONDITIONAL, _LINK, _SIGNAL, _MULTIPLE}),
    "throw": frozenset({_NONE, _MESSAGE, _ESCALATION, _LINK, _COMPENSATION, _SIGNAL, _MULTIPLE}),
    "boundary": frozenset(
        {_MESSAGE, _TIMER, _ESCALATION, _ERROR, _CANCEL, _COMPENSATION, _CONDITIONAL, _SIGNAL, _MULTIPLE}
    ),
    "end": frozenset({_NONE, _MESSAGE, _ESCALATION, _ERROR, _CANCEL, _COMPENSATION, _SIGNAL, _TERMINATE, _MULTIPLE}),
}
"""BPMN 2.0, table 10.93: what may stand where. Whatever else is drawn breaks the rule ``event_not_allowed``."""

RUNNING_EVENTS: dict[Place, frozenset[EventKind]] = {
    "start": frozenset({_NONE, _MESSAGE, _TIMER, _SIGNAL, _CONDITIONAL, _MULTIPLE}),
    "sub_start": frozenset({_NONE}),
    "event_start": frozenset({_MESSAGE, _TIMER, _SIGNAL, _ERROR, _ESCALATION, _CONDITIONAL, _COMPENSATION, _MULTIPLE}),
    "catch": frozenset({_MESSAGE, _TIMER, _SIGNAL, _CONDITIONAL, _LINK, _MULTIPLE}),
    "throw": frozenset({_NONE, _MESSAGE, _SIGNAL, _ESCALATION, _LINK, _COMPENSATION, _MULTIPLE}),
    "boundary": frozenset(
        {_MESSAGE, _TIMER, _SIGNAL, _ERROR, _ESCALATION, _CONDITIONAL, _COMPENSATION, _CANCEL, _MULTIPLE}
    ),
    "end": frozenset({_NONE, _MESSAGE, _SIGNAL, _ERROR, _ESCALATION, _TERMINATE, _COMPENSATION, _CANCEL, _MULTIPLE}),
}
"""BPMN 2.0, table 10.93, as far as it runs."""

MULTIPLE_MEMBERS: dict[Place, frozenset[EventKind]] = {
    "start": frozenset({_MESSAGE, _TIMER, _SIGNAL, _CONDITIONAL}),
    "sub_start": frozenset(),
    "event_start": frozenset({_MESSAGE, _TIMER, _SIGNAL, _CONDITIONAL, _ERROR, _ESCALATION}),
    "catch": frozenset({_MESSAGE, _TIMER, _SIGNAL, _CONDITIONAL}),
    "throw": frozenset({_MESSAGE, _SIGNAL, _ESCALATION, _COMPENSATION}),
    "boundary": frozenset({_MESSAGE, _TIMER, _SIGNAL, _CONDITIONAL, _ERROR, _ESCALATION}),
    "end": frozenset({_MESSAGE, _SIGNAL, _ERROR, _ESCALATION, _TERMINATE, _COMPENSATION, _CANCEL}),
}
"""What a multiple event may wait for or throw (BPMN 2.0, tables 10.84, 10.86, 10.88, 10.89, 10.90), as far as it runs."""

HUMAN_EVENTS: dict[Place, frozenset[EventKind]] = {
    "start": frozenset(EventKind),
    "sub_start": frozenset(EventKind),
    "event_start": frozenset({_NONE}),
    "catch": frozenset({_NONE}),
    "throw": frozenset(),
    "boundary": frozenset({_NONE}),
    "end": frozenset(),
}
"""Events that do not run by themselves, but whose happening a person can report in a walkthrough."""

NOT_RUNNING_TYPES: dict[ElementType, str] = {}

RUNNING_LOOP_EVENTS = frozenset({_MESSAGE, _SIGNAL, _ERROR, _ESCALATION})
"""What a multi-instance activity may throw as its instances complete (BPMN 2.0, table 10.29)."""


def not_running(record: ElementRecord) -> list[str]:
    """What ``record`` asks for that does not run, apart from its events."""
    found = []
    named = NOT_RUNNING_TYPES.get(record.type)
    if named is not None:
        found.append(named)
    for thrown in record.loop.throws if record.loop is not None else ():
        if thrown.event is not None and thrown.event.kind not in RUNNING_LOOP_EVENTS:
            found.append(f"multi-instance that throws {thrown.event.kind.value.lower()}")
    return found
