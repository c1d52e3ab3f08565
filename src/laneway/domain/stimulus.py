"""One thing that happened to an instance, as ``advance`` is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StartInstance:
    """Begin. ``element_id`` names the triggered start event (None: the none start events); ``event_variables`` of the
    message or signal are merged into the root scope like ``variables``."""

    definition_key: int
    variables: Mapping[str, Any] = field(default_factory=dict)
    element_id: str | None = None
    correlation_key: str = ""
    """Of the message that begins it."""
    member: int | None = None
    """Which of the triggers of a parallel multiple start event has come; the instance waits for the others there."""


@dataclass(frozen=True, slots=True)
class CompleteWork:
    """A job or a user task was completed (``work_key`` is its key).

    ``result`` is what a job says besides variables, in the words of the wire (Camunda 8, "Complete job"): of an ad-hoc
    sub-process ``activateElements isCompletionConditionFulfilled isCancelRemainingInstances``, of a user task listener
    ``denied corrections``. A user task says its ``action``.
    """

    element_instance_key: int
    work_key: int
    variables: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    by_agent: bool = False
    """It is an agent's own answer, for which no person vouches."""


@dataclass(frozen=True, slots=True)
class ThrowError:
    """A worker reported a BPMN error (``escalation`` False) or an escalation (True) instead of completing.

    The job or user task is closed; the nearest catcher goes on. Without one: an error becomes an incident at the
    element; an escalation ends nothing and the element completes with ``variables``.
    """

    element_instance_key: int
    work_key: int
    code: str
    message: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    escalation: bool = False


@dataclass(frozen=True, slots=True)
class RaiseIncident:
    """A job ran out of retries, or a contract says that a person must look: the work stays open, held by an incident.

    A failure that the diagram maps to a BPMN error throws that instead. ``retries`` left: then only this is looked at, and
    no incident is raised.
    """

    element_instance_key: int
    work_key: int
    type: str
    message: str
    retries: int = 0


@dataclass(frozen=True, slots=True)
class ResolveIncident:
    """The cause was removed: try again what the incident held."""

    incident_key: int
    element_instance_key: int


@dataclass(frozen=True, slots=True)
class TriggerWait:
    """A timer fired, or a message or signal arrived, for the wait ``wait_key`` of an element instance."""

    element_instance_key: int
    wait_key: int
    variables: Mapping[str, Any] = field(default_factory=dict)
    correlation_key: str = ""
    """Of the message that arrived."""


@dataclass(frozen=True, slots=True)
class ActivateAdHocActivities:
    """Begin ``elements`` (element id, variables local to the activation) in an ad-hoc sub-process, after ending what
    still runs in it where ``cancel_remaining`` says so."""

    element_instance_key: int
    elements: tuple[tuple[str, Mapping[str, Any]], ...]
    cancel_remaining: bool = False


@dataclass(frozen=True, slots=True)
class ChangeUserTask:
    """A user task whose listeners are to be asked is assigned (``event`` ``assigning``) or changed (``updating``).

    ``changes``: columns of the task and their values, JSON-compatible.
    """

    element_instance_key: int
    work_key: int
    event: str
    changes: Mapping[str, Any]
    action: str = ""


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Variables changed from outside. ``local`` False: merged upwards as on completion (see docs/reference/variables.md)."""

    element_instance_key: int
    variables: Mapping[str, Any]
    local: bool = False


@dataclass(frozen=True, slots=True)
class CancelInstance:
    """Terminate the process instance ``process_instance_key`` and all below it."""

    process_instance_key: int


Stimulus = (
    StartInstance
    | CompleteWork
    | ThrowError
    | RaiseIncident
    | ResolveIncident
    | TriggerWait
    | ActivateAdHocActivities
    | ChangeUserTask
    | SetVariables
    | CancelInstance
)
