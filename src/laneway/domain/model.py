"""``ProcessModel``: one process of a diagram, compiled. Immutable, shared by every instance, addressed by slots.

Slot 0 is the process itself; every other slot is a flow node, in document order. A flow is addressed by its index in
``flows``. Reachability and join tables are computed once, so that a step costs only what it changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol

from laneway.domain.types import ElementType


class Evaluable(Protocol):
    """An expression compiled by ``laneway.expressions``; the model holds it, the runtime evaluates it."""

    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def names(self) -> frozenset[str]: ...
    def evaluate(
        self,
        scope: Mapping[str, Any],
        now: datetime | None = None,
        warnings: list[str] | None = None,
        *,
        seed: Any = None,
    ) -> Any: ...
    def evaluate_boolean(self, scope: Mapping[str, Any], now: datetime | None = None, *, seed: Any = None) -> bool: ...


Value = str | Evaluable
"""A text as it stands in the diagram, or an expression to be evaluated when the element is reached."""


class EventKind(StrEnum):
    """BPMN 2.0, 10.5.5 Event Definitions."""

    NONE = "NONE"
    MESSAGE = "MESSAGE"
    TIMER = "TIMER"
    SIGNAL = "SIGNAL"
    ERROR = "ERROR"
    ESCALATION = "ESCALATION"
    TERMINATE = "TERMINATE"
    CONDITIONAL = "CONDITIONAL"
    LINK = "LINK"
    COMPENSATION = "COMPENSATION"
    CANCEL = "CANCEL"
    MULTIPLE = "MULTIPLE"


class TimerKind(StrEnum):
    DATE = "DATE"
    DURATION = "DURATION"
    CYCLE = "CYCLE"


@dataclass(frozen=True, slots=True)
class MessageKey:
    """What a message is correlated by where no dialect says it on the element (BPMN 2.0, 8.4.2).

    ``id`` names what is bound. ``properties``: name and retrieval expression over the payload, sorted by name. ``paths``:
    name and data path over the variables of who waits (correlation subscription), for all of the properties or none.
    ``conversation``: the diagram says no key, but a message flow: the engine carries an id along.
    """

    id: str
    properties: tuple[tuple[str, Evaluable], ...] = ()
    paths: tuple[tuple[str, Evaluable], ...] = ()
    conversation: bool = False


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """What an event waits for or does. Only the fields of its kind are set.

    ``name`` is the message or signal name, ``code`` the error or escalation code (None catches all),
    ``correlation_key`` the key that a message subscription waits with (None: the process instance is addressed by
    message name alone), ``timer`` an ISO 8601 text or cron expression, or an expression that gives one.
    """

    kind: EventKind
    name: Value | None = None
    code: Value | None = None
    correlation_key: Value | None = None
    message_key: MessageKey | None = None
    timer_kind: TimerKind | None = None
    timer: Value | None = None
    code_variable: str | None = None
    message_variable: str | None = None
    condition: Evaluable | None = None
    reference: str | None = None
    wait_for_completion: bool = True
    """Of a thrown compensation: whether the event goes on only when the handlers are done (BPMN 2.0, 10.5.5)."""
    watched: tuple[str, ...] = ()
    """Of a condition: the variables whose change has it looked at again; empty: those that it reads."""
    changes: tuple[str, ...] = ()
    """Of a condition: the kinds of change that count, ``create`` or ``update``; empty: both."""
    within: bool = False
    """Of a signal: it is thrown and caught within one instance only (Flowable, ``scope="processInstance"``)."""
    ends: str = ""
    """Of a terminate event: what ends beyond its scope, the nearest ``loop`` or ``all`` (Flowable)."""
    carries: bool = False
    """Of a thrown error: what its element is given goes with it (Flowable)."""
    members: tuple[EventDefinition, ...] = ()
    """Of a multiple event: what it waits for or throws, in the order of the diagram."""
    parallel: bool = False
    """Of a multiple event that catches: all of its members must come, not one of them (BPMN 2.0, 10.5.5)."""


@dataclass(frozen=True, slots=True)
class StoreItem:
    """An item of a data store (BPMN 2.0, 10.4.1): ``key`` is an expression where the diagram gives one, else the name of
    the data that is copied. Expressions call what is read by any of ``aliases``."""

    store: str
    key: Value
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputOutput:
    """One mapping ``target := source``; targets are variable names, nested by dots (``customer.name``).

    ``needs`` names a variable without which the mapping is left out (a data association whose source is not there,
    BPMN 2.0, 10.4.2). ``local``: what an output gives stays with the element. ``item`` is what an input reads first, or
    what an output writes instead of a variable: ``target`` then is a path whose first part stands for the item.
    """

    source: Value
    target: str
    needs: str | None = None
    local: bool = False
    item: StoreItem | None = None


@dataclass(frozen=True, slots=True)
class LoopThrow:
    """An event that a multi-instance activity throws as an instance completes (BPMN 2.0, tables 10.29 and 10.31):
    at each (behaviour None), at the first (One), or where ``condition`` holds, which then ends the activity (Complex).
    """

    when: Literal["EACH", "FIRST", "CONDITION"]
    event: EventDefinition | None = None
    condition: Evaluable | None = None


@dataclass(frozen=True, slots=True)
class LoopSpec:
    """Standard loop or multi-instance (BPMN 2.0, 10.3.8).

    Multi-instance: over ``collection`` with ``item`` as the variable name of each element, or by ``cardinality``.
    ``output_item`` is evaluated in each instance's scope and collected, in input order, into ``output_collection``.
    Standard loop: ``condition`` is tested before or after each round, ``maximum`` bounds the rounds.
    """

    kind: Literal["STANDARD", "SEQUENTIAL", "PARALLEL"]
    collection: Value | None = None
    item: str | None = None
    cardinality: Value | None = None
    output_collection: str | None = None
    output_item: Evaluable | None = None
    completion_condition: Evaluable | None = None
    condition: Evaluable | None = None
    test_before: bool = False
    maximum: Value | int | None = None
    throws: tuple[LoopThrow, ...] = ()
    counts_from: int = 1
    """``loopCounter`` of the first instance: BPMN 2.0 (table 10.30) and Camunda 8 say 1, Camunda 7 and Flowable 0."""


@dataclass(frozen=True, slots=True)
class AdHocSpec:
    """Ad-hoc sub-process (BPMN 2.0, 10.3.5).

    ``sequential``: one activity at a time. ``cancel_remaining``: what still runs is ended once ``completion_condition``
    holds. ``active_elements`` gives the ids of what is begun at once. ``output_item`` is evaluated in the scope of each
    activation that ends, and collected into ``output_collection``. ``done`` is the id of the choice «nothing more» where
    a person decides what is done next (walkthrough). ``everything``: nobody is named who decides, so that each activity
    is begun once, in document order.
    """

    sequential: bool = False
    cancel_remaining: bool = True
    completion_condition: Evaluable | None = None
    active_elements: Value | None = None
    output_collection: str | None = None
    output_item: Evaluable | None = None
    done: str | None = None
    everything: bool = False


AgentFlavour = Literal["task", "sub_process"]


@dataclass(frozen=True, slots=True)
class JobSpec:
    """Work for a worker. ``agent`` names the contract (agents.yaml) that governs it; without one the job is external.

    ``error_mappings``: (condition, code): where the condition holds when the worker completes the job or lets it fail,
    the BPMN error of this code is thrown instead (Camunda 7, "External Tasks"). ``flavour``: it is an agent that picks tools drawn
    in the diagram, and how they are reached: within its own element, or on the way back from a gateway behind it.
    """

    type: Value
    retries: Value | int = 3
    headers: Mapping[str, str] = field(default_factory=dict)
    agent: str | None = None
    internal: bool = False
    error_mappings: tuple[tuple[Evaluable, str], ...] = ()
    flavour: AgentFlavour | None = None


@dataclass(frozen=True, slots=True)
class ListenerSpec:
    """A job that is done when something happens to an element (Camunda 8, "Execution listeners", "User task listeners").

    ``event``: ``start`` before its behaviour, ``end`` before it is left, ``beforeAll`` before the instances of a
    multi-instance activity; of a user task ``creating assigning updating completing``. In the diagram's order.
    """

    event: str
    type: Value
    retries: Value | int = 3
    headers: Mapping[str, str] = field(default_factory=dict)
    internal: bool = False


@dataclass(frozen=True, slots=True)
class UserTaskSpec:
    """Work for a person (BPMN 2.0, 10.3.4.1 Human Interactions).

    ``choices`` is set where a person decides what the diagram leaves open (walkthrough): the ids and names of the
    flows that leave a gateway, ``choose_many`` where several may be taken. ``question`` is shown with it.
    """

    assignee: Value | None = None
    candidate_groups: Value | tuple[str, ...] | None = None
    candidate_users: Value | tuple[str, ...] | None = None
    due_date: Value | None = None
    follow_up_date: Value | None = None
    priority: Value | int | None = None
    form_id: str | None = None
    form_key: str | None = None
    external_form: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[tuple[str, str], ...] = ()
    choose_many: bool = False
    question: str | None = None
    name: str | None = None
    """What it is called, if not as its element is (a global task that a call activity calls)."""


@dataclass(frozen=True, slots=True)
class ScriptSpec:
    """An expression whose value goes to ``result_variable`` (or, if it is a context and no name is given, is merged)."""

    expression: Evaluable
    result_variable: str | None = None


@dataclass(frozen=True, slots=True)
class CallSpec:
    """Call activity: the called process by id, with the variables that go in and come out.

    ``binding``: ``latest`` | ``deployment`` (the version deployed together with the caller) | ``versionTag`` | ``version``.
    ``handed``: inputs that are the called process's alone; what comes back under their names goes on to the caller.
    """

    process_id: Value
    binding: str = "latest"
    version: str | None = None
    propagate_all_parent: bool = True
    propagate_all_child: bool = True
    handed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionSpec:
    """A decision of DMN. ``result`` is a shape that a dialect asks for instead of DMN's own: ``singleEntry``,
    ``singleResult``, ``collectEntries`` or ``resultList`` (Camunda 7), ``variables`` (Flowable),
    ``columns`` (SpiffWorkflow)."""

    decision_id: Value
    result_variable: str | None = None
    binding: str = "latest"
    version: str | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class ThrowSpec:
    """A message that the process itself sends: name, correlation key, payload mapping by the element's inputs."""

    name: Value
    correlation_key: Value | None = None
    message_key: MessageKey | None = None


WorkSpec = JobSpec | UserTaskSpec | ScriptSpec | CallSpec | DecisionSpec | ThrowSpec


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    index: int
    id: str
    name: str | None
    source: int
    target: int
    condition: Evaluable | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class FlowNode:
    """One element. ``parent`` is the slot of the scope that contains it (-1 for the process)."""

    slot: int
    id: str
    name: str | None
    type: ElementType
    parent: int
    line: int | None = None
    incoming: tuple[int, ...] = ()
    outgoing: tuple[int, ...] = ()
    default_flow: int | None = None
    event: EventDefinition | None = None
    attached_to: int | None = None
    interrupting: bool = True
    boundary_events: tuple[int, ...] = ()
    start_nodes: tuple[int, ...] = ()
    """Of a scope: its none start events, or where it has none, the nodes without incoming flow (BPMN 2.0, 13.2.1). Of an
    ad-hoc sub-process: what can be activated in it."""
    event_starts: tuple[int, ...] = ()
    """Of the process: start events with a trigger, and instantiating receive tasks."""
    event_sub_processes: tuple[int, ...] = ()
    compensation_handler: int | None = None
    """Of an activity: the activity that its compensation boundary event is connected to (BPMN 2.0, 10.7.1)."""
    compensation_sub_process: int | None = None
    """Of a scope: the event sub-process in it that compensates it."""
    compensable: bool = False
    """Whether its completion is to be remembered: it, or something in it, can be compensated."""
    instantiate: bool = False
    """Of a receive task or an event-based gateway: what it waits for begins an instance of the process."""
    all_events: bool = False
    """Of an event-based gateway: it waits for every event behind it, and each goes on by itself (BPMN 2.0, 10.6.6)."""
    loop: LoopSpec | None = None
    ad_hoc: AdHocSpec | None = None
    inputs: tuple[InputOutput, ...] = ()
    outputs: tuple[InputOutput, ...] = ()
    data_outputs: tuple[InputOutput, ...] = ()
    """Data output associations (BPMN 2.0, 10.4.2). Unlike ``outputs`` they hide nothing else that its work gives back."""
    data_names: tuple[str, ...] = ()
    """Data outputs: what work gives back by these names stays with the element, for the associations to read."""
    declared: tuple[tuple[str, Any], ...] = ()
    """Variables of its own from the start: properties and data objects, with their initial values (10.4.1)."""
    work: WorkSpec | None = None
    listeners: tuple[ListenerSpec, ...] = ()
    skip: Evaluable | None = None
    """Whether its work is left out, where the instance's variables allow that (Flowable, "Skip expressions")."""
    walkthrough: bool = False
    """True where a person stands in for something that the diagram leaves open."""
    start_quantity: int = 1
    """Of an activity: tokens that must have come, over whichever of its flows, before it begins (BPMN 2.0, 13.3.2)."""
    completion_quantity: int = 1
    """Of an activity: tokens that it puts on each flow that it leaves by."""
    activation: Evaluable | None = None
    """Of a complex gateway: its activation condition; None holds as soon as there is a token."""
    lanes: tuple[str, ...] = ()
    """Names of the lanes that hold it, outermost first."""
    documentation: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    """Everything else the diagram or a dialect says of it, JSON-compatible."""


@dataclass(frozen=True, slots=True)
class LaneSpec:
    id: str
    name: str | None
    parent: str | None
    nodes: tuple[int, ...]
    line: int | None = None


@dataclass(frozen=True, slots=True)
class InclusiveJoin:
    """Reachability for one inclusive or complex gateway (BPMN 2.0, 13.4.3 and 13.4.5).

    ``upstream[i]`` is the bit set of slots in the same scope from which incoming flow ``flows[i]`` can be reached
    without passing through the gateway itself. ``returning`` are those of the flows that can be reached through the gateway alone: loops that begin at it.
    """

    flows: tuple[int, ...]
    upstream: tuple[int, ...]
    returning: tuple[int, ...] = ()


class Steered(NamedTuple):
    """Agent task ``writer`` gives ``name``, with no authority to decide it, and a choice reads that before a person has looked."""

    writer: str
    name: str
    agent: str
    authority: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ProcessModel:
    process_id: str
    name: str | None
    nodes: tuple[FlowNode, ...]
    flows: tuple[SequenceFlow, ...]
    slots: Mapping[str, int]
    """Element id → slot."""
    joins: Mapping[int, InclusiveJoin]
    lanes: tuple[LaneSpec, ...] = ()
    version_tag: str | None = None
    documentation: str | None = None
    executable: bool = True
    """False: runs as a walkthrough (what the diagram leaves open becomes human work)."""
    participant: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None
    steered: Mapping[int, tuple[Steered, ...]] = field(default_factory=dict)
    """Slot of what chooses → by which outputs of agents that may not decide them."""
    unseen: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Slot of an agent task → which of its outputs do."""
    reads_data_stores: bool = False

    def node(self, element_id: str) -> FlowNode:
        return self.nodes[self.slots[element_id]]
