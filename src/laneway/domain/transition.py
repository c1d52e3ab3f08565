"""What one call of ``advance`` did: the new state, and everything that a store has to write, a dispatcher to hand out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from laneway.domain.history import EVENT_TRIGGERED, HistoryEvent, Packed, pack, unpack
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.types import JobKind, JobPurpose, UserTaskState


class JobOpened(NamedTuple):
    key: int
    element_instance_key: int
    process_instance_key: int
    definition_key: int
    element_id: str
    type: str
    kind: JobKind
    retries: int
    headers: dict[str, str]
    agent: str | None
    purpose: JobPurpose = JobPurpose.BPMN_ELEMENT
    listener_event: str | None = None
    autonomy: str | None = None


class UserTaskOpened(NamedTuple):
    key: int
    element_instance_key: int
    process_instance_key: int
    definition_key: int
    element_id: str
    name: str | None
    assignee: str | None
    candidate_groups: list[str]
    candidate_users: list[str]
    due_date: datetime | None
    follow_up_date: datetime | None
    priority: int
    form_id: str | None
    form_key: str | None
    external_form: str | None
    headers: dict[str, str]
    choices: list[list[str]]
    choose_many: bool
    question: str | None
    state: UserTaskState = UserTaskState.CREATED


class TimerOpened(NamedTuple):
    """``repetitions`` is how often it fires after this once more: -1 without end, 0 not again; ``cycle`` is its text."""

    key: int
    element_instance_key: int
    process_instance_key: int
    definition_key: int
    element_id: str
    due: datetime
    repetitions: int
    cycle: str | None


class MessageSubscriptionOpened(NamedTuple):
    key: int
    element_instance_key: int
    process_instance_key: int
    definition_key: int
    element_id: str
    name: str
    correlation_key: str
    interrupting: bool


class SignalSubscriptionOpened(NamedTuple):
    key: int
    element_instance_key: int
    process_instance_key: int
    definition_key: int
    element_id: str
    name: str


class IncidentOpened(NamedTuple):
    key: int
    element_instance_key: int
    process_instance_key: int
    definition_key: int
    element_id: str
    type: str
    message: str
    job_key: int | None


Opened = (
    JobOpened | UserTaskOpened | TimerOpened | MessageSubscriptionOpened | SignalSubscriptionOpened | IncidentOpened
)


class Closed(NamedTuple):
    """``kind`` as in ``Wait`` or ``incident``; ``reason``: ``completed`` | ``canceled`` | ``error`` | ``resolved``."""

    kind: str
    key: int
    reason: str


class MessageToSend(NamedTuple):
    """Goes to the outbox in the same transaction, and from there is published once. Order within a command: ``index``."""

    element_instance_key: int
    process_instance_key: int
    name: str
    correlation_key: str
    variables: dict[str, Any]


class SignalToSend(NamedTuple):
    element_instance_key: int
    process_instance_key: int
    name: str
    variables: dict[str, Any]


class ElementClosed(NamedTuple):
    """An element that ended in this transition (it may have been opened in it too)."""

    element: ElementInstance
    state: str
    at: datetime


Passed = tuple[int, int, int, int, int]
"""An element that a token passed through: it began and completed in one go, and nothing could see it in between. Its
key, slot, definition key, parent and process instance key; a plain tuple, for most elements of a run end here."""


class Transition:
    """Attributes
    ----------
    state
        The state after. ``advance_in_place`` returns the very object it was given, changed.
    log
        What happened, in order, packed as the store keeps it; ``events`` reads it.
    created
        Element instances opened by this transition, in order; those still alive are in ``state.elements``. Those that a
        token only passed through are in ``passed`` alone.
    touched
        Keys of elements that lived before and changed (their row must be written), ended ones excepted.
    ended
        Key → ElementClosed, in order.
    passed
        Elements that began and completed in this transition, and held nothing meanwhile; in order.
    variables
        (scope key, name) → value: rows to write. A scope that ended keeps its last values for history.
    items
        (data store, key) → value: items of data stores to write, None to take away.
    user_tasks
        Key of an open user task → columns that listeners have settled, its state among them.
    process_instances
        Process instance keys started in this transition: key → (definition_key, parent process key, parent element key).
    completed
        True when the root ended (completed or terminated).
    """

    __slots__ = (
        "closed",
        "completed",
        "created",
        "ended",
        "items",
        "log",
        "opened",
        "outbox",
        "passed",
        "process_instances",
        "state",
        "steps",
        "touched",
        "user_tasks",
        "variables",
    )

    def __init__(self, state: InstanceState) -> None:
        self.state = state
        self.log: list[Packed] = []
        self.opened: list[Opened] = []
        self.closed: list[Closed] = []
        self.outbox: list[MessageToSend | SignalToSend] = []
        self.created: dict[int, ElementInstance] = {}
        self.touched: dict[int, None] = {}
        self.ended: dict[int, ElementClosed] = {}
        self.passed: list[Passed] = []
        self.variables: dict[tuple[int, str], Any] = {}
        self.items: dict[tuple[str, str], Any] = {}
        self.process_instances: dict[int, tuple[int, int | None, int | None]] = {}
        self.user_tasks: dict[int, dict[str, Any]] = {}
        self.completed = False
        self.steps = 0

    def write(self, event: HistoryEvent) -> None:
        self.log.append(pack(event))

    @property
    def triggered(self) -> bool:
        """Whether an event was caught."""
        return any(packed[0] == EVENT_TRIGGERED for packed in self.log)

    @property
    def events(self) -> tuple[HistoryEvent, ...]:
        """What happened, in order."""
        return tuple(unpack(packed) for packed in self.log)
