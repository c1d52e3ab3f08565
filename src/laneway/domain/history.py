"""What happened, as small frozen facts in the past tense, in the order in which it happened.

``advance`` makes several per step, so that they are written down packed (``Packed``) and read back by these types.
Order within a root instance is their sequence, never a key or a time.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class ProcessInstanceStarted(NamedTuple):
    process_instance_key: int
    process_definition_key: int
    parent_process_instance_key: int | None
    parent_element_instance_key: int | None


class ProcessInstanceCompleted(NamedTuple):
    process_instance_key: int


class ProcessInstanceTerminated(NamedTuple):
    process_instance_key: int


class ElementActivated(NamedTuple):
    element_instance_key: int
    element_id: str


class ElementCompleted(NamedTuple):
    element_instance_key: int
    element_id: str


class ElementTerminated(NamedTuple):
    element_instance_key: int
    element_id: str


class SequenceFlowTaken(NamedTuple):
    process_instance_key: int
    flow_id: str


class EventTriggered(NamedTuple):
    """A timer fired, a message or signal was caught, an error or escalation reached its catcher."""

    element_instance_key: int
    element_id: str
    kind: str
    name: str | None


class VariableWritten(NamedTuple):
    scope_key: int
    name: str


class JobCreated(NamedTuple):
    job_key: int
    element_instance_key: int
    type: str


class UserTaskCreated(NamedTuple):
    user_task_key: int
    element_instance_key: int


class IncidentRaised(NamedTuple):
    incident_key: int
    element_instance_key: int
    type: str
    message: str


class IncidentResolved(NamedTuple):
    incident_key: int
    element_instance_key: int


class DecisionEvaluated(NamedTuple):
    element_instance_key: int
    decision_id: str
    details: dict[str, Any]


class MessageThrown(NamedTuple):
    element_instance_key: int
    name: str


class SignalThrown(NamedTuple):
    element_instance_key: int
    name: str


HistoryEvent = (
    ProcessInstanceStarted
    | ProcessInstanceCompleted
    | ProcessInstanceTerminated
    | ElementActivated
    | ElementCompleted
    | ElementTerminated
    | SequenceFlowTaken
    | EventTriggered
    | VariableWritten
    | JobCreated
    | UserTaskCreated
    | IncidentRaised
    | IncidentResolved
    | DecisionEvaluated
    | MessageThrown
    | SignalThrown
)


Packed = tuple[Any, ...]
"""An event as it is kept: the name of its type, then its fields. Made several times per step, where a tuple costs a third of a
named one."""

ELEMENT_ACTIVATED = ElementActivated.__name__
ELEMENT_COMPLETED = ElementCompleted.__name__
PROCESS_INSTANCE_STARTED = ProcessInstanceStarted.__name__
PROCESS_INSTANCE_COMPLETED = ProcessInstanceCompleted.__name__
SEQUENCE_FLOW_TAKEN = SequenceFlowTaken.__name__
VARIABLE_WRITTEN = VariableWritten.__name__
EVENT_TRIGGERED = EventTriggered.__name__
"""First parts of what is written so often that it is packed on the spot."""

_TYPES = {
    each.__name__: each
    for each in (
        ProcessInstanceStarted,
        ProcessInstanceCompleted,
        ProcessInstanceTerminated,
        ElementActivated,
        ElementCompleted,
        ElementTerminated,
        SequenceFlowTaken,
        EventTriggered,
        VariableWritten,
        JobCreated,
        UserTaskCreated,
        IncidentRaised,
        IncidentResolved,
        DecisionEvaluated,
        MessageThrown,
        SignalThrown,
    )
}


def pack(event: HistoryEvent) -> Packed:
    return (type(event).__name__, *event)


def unpack(packed: Packed) -> HistoryEvent:
    name, *fields = packed
    event: HistoryEvent = _TYPES[name](*fields)
    return event
