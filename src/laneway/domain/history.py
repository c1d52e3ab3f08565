"""What happened, as small frozen facts in the past tense, in the order in which it happened.

They are named tuples because ``advance`` makes several per step: a named tuple costs a third of a frozen dataclass.
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


def event_as_json(event: HistoryEvent) -> list[Any]:
    """The packed form that history rows keep: ``[type name, field, field …]``."""
    return [type(event).__name__, *event]
