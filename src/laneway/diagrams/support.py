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
_CONDITIONAL = EventKind.CONDITIONAL

RUNNING_EVENTS: dict[Place, frozenset[EventKind]] = {
    "start": frozenset({_NONE, _MESSAGE, _TIMER, _SIGNAL}),
    "sub_start": frozenset({_NONE}),
    "event_start": frozenset({_MESSAGE, _TIMER, _SIGNAL, _ERROR, _ESCALATION, _CONDITIONAL}),
    "catch": frozenset({_MESSAGE, _TIMER, _SIGNAL, _CONDITIONAL, _LINK}),
    "throw": frozenset({_NONE, _MESSAGE, _SIGNAL, _ESCALATION, _LINK}),
    "boundary": frozenset({_MESSAGE, _TIMER, _SIGNAL, _ERROR, _ESCALATION, _CONDITIONAL}),
    "end": frozenset({_NONE, _MESSAGE, _SIGNAL, _ERROR, _ESCALATION, EventKind.TERMINATE}),
}
"""BPMN 2.0, table 10.93, as far as it runs."""

HUMAN_EVENTS: dict[Place, frozenset[EventKind]] = {
    "start": frozenset(EventKind),
    "sub_start": frozenset(EventKind),
    "event_start": frozenset({EventKind.NONE, EventKind.MULTIPLE}),
    "catch": frozenset({EventKind.NONE, EventKind.MULTIPLE}),
    "throw": frozenset({EventKind.MULTIPLE}),
    "boundary": frozenset({EventKind.NONE, EventKind.MULTIPLE}),
    "end": frozenset({EventKind.MULTIPLE}),
}
"""Events that do not run by themselves, but whose happening a person can report in a walkthrough."""

NOT_RUNNING_TYPES: dict[ElementType, str] = {
    ElementType.TRANSACTION: "a transaction",
}

RUNNING_LOOP_EVENTS = frozenset({_MESSAGE, _SIGNAL, _ERROR, _ESCALATION})
"""What a multi-instance activity may throw as its instances complete (BPMN 2.0, table 10.29)."""


def not_running(record: ElementRecord) -> list[str]:
    """What ``record`` asks for that does not run, apart from its events."""
    found = []
    named = NOT_RUNNING_TYPES.get(record.type)
    if named is not None:
        found.append(named)
    said = record.attributes
    if said.get("instantiate", "").strip().lower() in ("true", "1"):
        what = "receive task" if record.type is ElementType.RECEIVE_TASK else "event-based gateway"
        found.append(f"an instantiating {what}")
    elif record.type is ElementType.EVENT_BASED_GATEWAY and said.get("eventGatewayType") == "Parallel":
        found.append("a parallel event-based gateway")
    if said.get("isForCompensation", "").strip().lower() in ("true", "1"):
        found.append("compensation")
    for thrown in record.loop.throws if record.loop is not None else ():
        if thrown.event is not None and thrown.event.kind not in RUNNING_LOOP_EVENTS:
            found.append(f"multi-instance that throws {thrown.event.kind.value.lower()}")
    return found
