"""What the core asks of the outside. Adapters implement these; ``bootstrap`` alone chooses among them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from laneway.domain.contract import AgentRequest, AgentResult
from laneway.domain.definition import (
    DecisionDefinition,
    Deployment,
    FormDefinition,
    ProcessDefinition,
    Resource,
    StartTrigger,
)
from laneway.domain.errors import Refused
from laneway.domain.model import ProcessModel
from laneway.domain.state import InstanceState
from laneway.domain.transition import Transition
from laneway.domain.types import JobKind
from laneway.domain.work import (
    AuditEntry,
    Incident,
    Job,
    Message,
    MessageSubscription,
    SignalSubscription,
    Timer,
    UserTask,
)


class IdSource(Protocol):
    """Gives time-ordered 63-bit keys: 41 bits of milliseconds, 10 of node id, 12 of sequence."""

    def next(self) -> int: ...


class Definitions(Protocol):
    """Resolver of immutable definitions, as ``advance`` sees them."""

    def model(self, definition_key: int) -> ProcessModel: ...

    def resolve_process(
        self, process_id: str, binding: str, version: str | None, caller_definition_key: int
    ) -> tuple[int, ProcessModel] | None:
        """The definition that a call activity means, or None if none is deployed."""
        ...

    def evaluate_decision(
        self,
        decision_id: str,
        binding: str,
        version: str | None,
        caller_definition_key: int,
        variables: Mapping[str, Any],
        now: datetime,
        seed: Any = None,
    ) -> DecisionOutcome:
        """Evaluate a deployed decision, with ``seed`` for what is random in it.

        Raises NotFound if there is none; one that fails is an outcome with ``fault``.
        """
        ...

    def read_item(self, store: str, key: str, caller_definition_key: int) -> Any:
        """An item of a data store of the caller's tenant; None if there is none."""
        ...


class DataStores(Protocol):
    """Where data stores of diagrams keep their items; by default the database that holds everything else.

    It is called within the transaction of a step: one that keeps them elsewhere must answer quickly, and must bear that a
    step which did not commit is tried again.
    """

    def read(self, uow: UnitOfWork, store: str, key: str, tenant_id: str) -> Any: ...
    def write(self, uow: UnitOfWork, store: str, key: str, value: Any, tenant_id: str, root_key: int) -> None: ...


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """What a decision gave, or why it gave nothing.

    ``details``: decision id, name, version, definition hash, inputs, matched rules with their indices, output, warnings; the
    same of each decision that was required, in the order in which they were made, in ``requiredDecisions``. Where one
    failed it has its reason as ``failure``, and those after it are missing; the one asked for is ``skipped`` then.
    """

    output: Any
    details: dict[str, Any]
    fault: Refused | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a search. ``field`` is the wire name (``processInstanceKey``) of the resource searched.

    ``operator``: eq neq exists in notIn like gt gte lt lte. Conditions of one search are joined by AND; ``any_of`` holds
    alternatives joined by OR, each a list joined by AND (the wire's ``$or``).
    """

    field: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """``resource``: the table of contents stands in ``store/search.py``. ``limit`` 0–10,000 rows; ``after`` / ``before``: cursors that an earlier page
    gave (base64). ``sort``: wire field names with ``ASC``/``DESC``; the key is always the last."""

    resource: str
    filters: tuple[Filter, ...] = ()
    any_of: tuple[tuple[Filter, ...], ...] = ()
    sort: tuple[tuple[str, Literal["ASC", "DESC"]], ...] = ()
    limit: int = 100
    offset: int = 0
    after: str | None = None
    before: str | None = None
    tenant_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``items``: rows as dicts, keyed by wire field names, keys as int, times as aware datetimes. ``total`` is exact up to ``capped``."""

    items: list[dict[str, Any]]
    total: int
    has_more_total: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class InstanceHeader:
    """Identity of a process instance. ``root_key`` is the instance whose row, fence and transaction it shares."""

    key: int
    root_key: int
    process_definition_key: int
    process_id: str
    process_version: int
    state: str
    tenant_id: str
    tags: tuple[str, ...] = ()
    business_id: str | None = None


@dataclass(frozen=True, slots=True)
class SchemaState:
    """``found``: the revision that the database is at, None for an empty one; ``expected``: the one of this version."""

    found: str | None
    expected: str

    @property
    def current(self) -> bool:
        return self.found == self.expected


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits. ``jobs``: open ones by (kind, type, state); ``timers_late``, ``outbox_age``: seconds, of the oldest."""

    jobs: Mapping[tuple[str, str, str], int]
    timers_due: int
    timers_late: float
    outbox: int
    outbox_age: float


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An effect on another instance, delivered as an idempotent command, once per (source event, target)."""

    key: int
    root_key: int
    kind: Literal["message", "signal"]
    name: str
    correlation_key: str
    variables: dict[str, Any]
    tenant_id: str


@dataclass(frozen=True, slots=True)
class AgentShare:
    """Whose agent jobs a process takes, and how many.

    ``agents``: names, None for all. ``limits``: jobs of an agent at work at the same time, over all processes.
    ``priorities``: added to the priority of an agent's jobs.
    """

    agents: tuple[str, ...] | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    priorities: Mapping[str, int] = field(default_factory=dict)


class UnitOfWork(Protocol):
    """One transaction. Nothing that it wrote is visible before ``Store.begin``'s block ends without an exception.

    ``now`` is the database's clock, read once when the transaction began, UTC with microseconds.
    """

    now: datetime
    ids: IdSource

    # Definitions
    def add_deployment(self, deployment: Deployment) -> None:
        """Store it whole. Start triggers of earlier versions of the same processes end; timers among the new ones are armed."""
        ...

    def latest_process(self, process_id: str, tenant_id: str) -> ProcessDefinition | None: ...
    def process_by_version(self, process_id: str, version: int, tenant_id: str) -> ProcessDefinition | None: ...
    def process_by_tag(self, process_id: str, tag: str, tenant_id: str) -> ProcessDefinition | None: ...
    def process_in_deployment(self, process_id: str, deployment_key: int) -> ProcessDefinition | None: ...
    def process_definition(self, key: int) -> ProcessDefinition | None: ...
    def latest_decision(self, decision_id: str, tenant_id: str) -> DecisionDefinition | None: ...
    def latest_decision_named(self, name: str, tenant_id: str) -> DecisionDefinition | None:
        """By the name on the drawing, as jBPM has it; None if several decisions have it."""
        ...

    def decision_by_version(self, decision_id: str, version: int, tenant_id: str) -> DecisionDefinition | None: ...
    def decision_by_tag(self, decision_id: str, tag: str, tenant_id: str) -> DecisionDefinition | None: ...
    def decision_definition(self, key: int) -> DecisionDefinition | None: ...
    def decision_in_deployment(self, decision_id: str, deployment_key: int) -> DecisionDefinition | None: ...
    def add_decision_evaluation(self, details: Mapping[str, Any], tenant_id: str) -> int:
        """Record an evaluation outside of any process, as ``DecisionOutcome.details`` tells it; gives its key."""
        ...

    def latest_form(self, form_id: str, tenant_id: str) -> FormDefinition | None: ...
    def form_in_deployment(self, form_id: str, deployment_key: int) -> FormDefinition | None: ...
    def form(self, key: int) -> FormDefinition | None: ...
    def resource(self, key: int) -> Resource | None: ...
    def resources_of(self, deployment_key: int) -> Sequence[Resource]: ...
    def latest_decision_file(self, namespace: str, tenant_id: str) -> Resource | None:
        """The DMN file of that namespace that was deployed last."""
        ...

    def start_trigger(self, key: int) -> StartTrigger | None: ...
    def deployment(self, key: int) -> Deployment | None:
        """A deployment with all that was new in it."""
        ...

    def start_triggers(self, kind: str, name: str, tenant_id: str) -> Sequence[StartTrigger]: ...

    # Instances
    def header(self, process_instance_key: int) -> InstanceHeader | None: ...
    def root_of_element(self, element_instance_key: int) -> int | None:
        """Root key of a live or ended element instance."""
        ...

    def load(self, root_key: int) -> InstanceState | None:
        """The live state under ``root_key`` with its fence; None if there is none. The caller may change it.

        It may have stayed in memory since it was applied; it is as its rows are.
        """
        ...

    def forget(self, root_key: int) -> None:
        """A state that was applied is going to be changed again: until that is applied too, ``load`` reads the rows."""
        ...

    def apply(
        self,
        transition: Transition,
        *,
        expected_version: int,
        audit: AuditEntry,
        tenant_id: str,
        model_of: Callable[[int], ProcessModel],
        tags: Sequence[str] = (),
        business_id: str | None = None,
    ) -> None:
        """Write all that ``transition`` did: state, variables, work opened and closed, history, outbox, audit.

        ``model_of`` gives the model of a definition key (``Definitions.model``): rows carry the ids and names of elements,
        a transition only their slots. ``tags`` and ``business_id`` are those of a new root.

        Raises StaleState if the root's fence is not ``expected_version`` any more (0: the root is new). The fence becomes
        ``expected_version + 1`` and is set on the state.
        """
        ...

    # Work
    def job(self, key: int) -> Job | None: ...
    def activate_jobs(
        self,
        *,
        kind: JobKind,
        types: Sequence[str] | None,
        worker: str,
        timeout_ms: int,
        limit: int,
        tenant_ids: Sequence[str],
        lease: bool = False,
        share: AgentShare | None = None,
        only: int | None = None,
    ) -> Sequence[Job]:
        """Hand out up to ``limit`` jobs, by priority then age, under a lease of ``timeout_ms`` by the database's clock; of
        agent jobs the ``share`` alone. ``only`` the one with this key, if it may be handed out."""
        ...

    def next_job_available(
        self, kind: JobKind, types: Sequence[str] | None, tenant_ids: Sequence[str]
    ) -> datetime | None:
        """When the next job of these types may be handed out (now or earlier if one waits already)."""
        ...

    def update_job(self, job: Job, **changes: Any) -> Job:
        """Write ``changes`` under the fence of ``job`` (raises StaleState), returning the new job."""
        ...

    def user_task(self, key: int) -> UserTask | None: ...
    def update_user_task(self, task: UserTask, **changes: Any) -> UserTask: ...
    def incident(self, key: int) -> Incident | None: ...
    def job_of_incident(self, incident: Incident) -> Job | None: ...
    def variables(self, scope_keys: Iterable[int], names: Sequence[str] | None = None) -> dict[int, dict[str, Any]]:
        """Stored values by scope; of ended scopes too."""
        ...

    def visible_variables(self, element_instance_key: int, names: Sequence[str] | None = None) -> dict[str, Any]:
        """All variables that an element instance sees: its scopes from the inside out, up to its process instance."""
        ...

    # Timers and messages
    def due_timers(self, limit: int, *, without: Collection[int] = (), only: int | None = None) -> Sequence[Timer]:
        """Earliest first, not those of the keys ``without``; or ``only`` that one, if it is due. Until the transaction ends
        they are its own: those that another one has, or whose instance another one has, are left out."""
        ...

    def timer(self, key: int) -> Timer | None:
        """A timer; if it is that of a start event, nobody else moves it on until the transaction ends."""
        ...

    def next_timer_due(self) -> datetime | None: ...
    def update_timer(self, key: int, due: datetime, repetitions: int) -> None: ...
    def delete_timer(self, key: int) -> None: ...
    def message_subscriptions(
        self, name: str, correlation_key: str, tenant_id: str
    ) -> Sequence[MessageSubscription]: ...
    def waits_with_a_key(self, name: str, tenant_id: str) -> int | None:
        """A definition of whose instances one waits for a message of this name with a key; None if none does."""
        ...

    def signal_subscriptions(self, name: str, tenant_id: str) -> Sequence[SignalSubscription]: ...
    def buffer_message(self, message: Message) -> bool:
        """Keep it for a subscription to come. False if its ``message_id`` is already there (name, key and tenant alike)."""
        ...

    def buffered_messages(self, name: str, correlation_key: str, tenant_id: str) -> Sequence[Message]:
        """Messages kept for who waits with ``correlation_key``; without one, all of that name."""
        ...

    def delete_message(self, key: int) -> None: ...
    def message_correlated(self, message_key: int, process_id: str) -> bool:
        """Whether this message already went to an instance of that process (a message goes to each process once)."""
        ...

    def record_correlation(
        self, message_key: int, process_id: str, subscription: MessageSubscription | None = None
    ) -> None:
        """Note that a message went to an instance of a process; with the ``subscription`` that took it (of a start event:
        made up from its trigger and the new instance) searches show it among the correlated ones."""
        ...

    def started_by_message(self, process_id: str, correlation_key: str, tenant_id: str) -> int | None:
        """Root key of the active instance of a process that a message with this correlation key started, whatever the name
        of the message. Until the transaction ends no one else may ask this, start or end such an instance."""
        ...

    def record_message_start(self, process_id: str, correlation_key: str, tenant_id: str, root_key: int) -> None:
        """Note which instance it is from now on that ``started_by_message`` gives, as long as it is active."""
        ...

    def end_message_start(self, root_key: int) -> str | None:
        """A root has ended: the correlation key of the message that started it, which is free now; None if none did.
        Locks as ``started_by_message`` does."""
        ...

    def messages_to_start(
        self, process_id: str, correlation_key: str, tenant_id: str
    ) -> Sequence[tuple[Message, StartTrigger]]:
        """Buffered messages, oldest first, with the start events of the process that they would trigger."""
        ...

    def expire_messages(self, limit: int) -> int: ...

    # Data stores
    def data_store_item(self, store: str, key: str, tenant_id: str) -> Any:
        """An item, None if there is none. Nobody else changes it until the transaction ends."""
        ...

    def write_data_store_item(self, store: str, key: str, value: Any, tenant_id: str, root_key: int) -> None:
        """``root_key``: the instance that writes it, 0 from outside. None takes it away."""
        ...

    # Outbox
    def outbox(self, limit: int) -> Sequence[OutboxEntry]: ...
    def delete_outbox(self, key: int) -> None: ...

    # Audit, idempotency
    def audit(self, entry: AuditEntry) -> int:
        """Append an entry of its own (commands without a transition), chained to the last of its root. Gives its key."""
        ...

    def stored_reply(self, idempotency_key: str, tenant_id: str) -> tuple[str, Any] | None:
        """(hash of the request, the stored reply), or None."""
        ...

    def store_reply(self, idempotency_key: str, tenant_id: str, request_hash: str, reply: Any) -> None: ...


class Batch(Protocol):
    """One write transaction that several commands share, one after another."""

    def unit(self) -> AbstractContextManager[UnitOfWork]:
        """The next command. It sees what those before it wrote; if the block raises, what it wrote is gone, and nothing else.

        Raises StaleState where another transaction holds what the command wants: it has to run in one of its own.
        """
        ...


class Store(Protocol):
    """Where everything is kept. Synchronous; safe to use from several threads."""

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """One write transaction: commits when the block ends, rolls back on an exception."""
        ...

    def batch(self) -> AbstractContextManager[Batch]:
        """One write transaction for several commands: commits when the block ends; what that raises is true of all of them.

        Raises StaleState if nothing was committed and all may be tried again.
        """
        ...

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """One consistent view for reading: sees every commit before it, blocks no writer, writes nothing."""
        ...

    def search(self, query: SearchQuery) -> Page: ...
    def get(self, resource: str, key: int | str, tenant_ids: Sequence[str] | None = None) -> dict[str, Any] | None:
        """One row by its key, shaped as ``search`` shapes it."""
        ...

    def history(self, root_key: int) -> list[dict[str, Any]]:
        """The commands that a root saw, in order: ``sequence at actor operation events audit`` (see docs/reference/history.md)."""
        ...

    def backlog(self) -> Backlog:
        """What is open is counted, which takes as long as there is much of it."""
        ...

    def connections(self) -> dict[str, int]:
        """Connections of this process: ``in_use`` and ``idle``."""
        ...

    def schema(self) -> SchemaState:
        """Asks the database each time: another version may have migrated it meanwhile."""
        ...

    @property
    def tickets(self) -> Tickets | None:
        """Where tickets of agent jobs are kept; None where the database has none."""
        ...

    def verify_audit(self) -> Mapping[str, Any]:
        """Check the hash chain of every root: ``{"checked": n, "first_bad": None | {...}}``."""
        ...

    def close(self) -> None: ...


class Tickets(Protocol):
    """Tickets are hints that an agent job may be handed out, written in the transaction that made it so."""

    def forget_stalled(self, seconds: float) -> None:
        """Forget tickets at workers that gave no sign of life for so long."""
        ...

    def mend(self, most: int, limits: Mapping[str, int], *, limited_alone: bool = False) -> int:
        """Write up to ``most`` tickets for jobs that may be handed out and have none, of an agent with a limit no more than
        may be at work with those that are; gives how many. ``limited_alone``: for no other agents."""
        ...

    def set_priorities(self, priorities: Mapping[str, int]) -> None:
        """Of agents, for tickets to come."""
        ...


class JobWork(Protocol):
    """What a dispatcher is given: how agent jobs are taken and worked on."""

    @property
    def concurrency(self) -> int: ...
    @property
    def time_to_end(self) -> float:
        """Seconds that jobs at work may have once it is stopping."""
        ...

    def stopping(self) -> bool: ...
    async def idle(self, seconds: float | None = None) -> None:
        """Sleep until there may be more to do: woken, stopping, or after ``seconds`` (None: until a job becomes available)."""
        ...

    async def begin(self) -> int:
        """Take jobs, as many as there is room for, and begin to work on them; gives how many."""
        ...

    async def do(self, job_key: int) -> bool:
        """Take this job and work on it to its end; False if it is not to be had."""
        ...


class Dispatcher(Protocol):
    """Brings agent jobs to those who work on them. It may lose a job or bring it twice, late or in any order: the job's row,
    its lease, fence and retries are the only truth."""

    async def serve(self, work: JobWork) -> None:
        """Until ``work`` is stopping. Raises what went wrong; it is called again then."""
        ...


class Wakeup(Protocol):
    """Says that work of a kind may have come (jobs of a type, timers, outbox), in this process or from another."""

    def notify(self, topic: str) -> None: ...
    def wait(self, topic: str, seen: int, timeout: float) -> int:
        """Block until ``topic`` was notified after the count ``seen`` or ``timeout`` seconds passed; gives the count."""
        ...


@dataclass(frozen=True, slots=True)
class EgressRequest:
    """``permit``: asked about every redirect (method, URL) before it is followed; a text says why not."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    timeout: float = 30.0
    permit: Callable[[str, str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class EgressResponse:
    status: int
    headers: Mapping[str, str]
    content: bytes


class Egress(Protocol):
    """The only way to another host. Refuses private and link-local addresses unless allow-listed."""

    async def send(self, request: EgressRequest) -> EgressResponse: ...


class AgentAdapter(Protocol):
    """Something that can do an agent job. One per kind; configured by the contract's ``adapter`` section."""

    async def run(self, request: AgentRequest) -> AgentResult:
        """Do the job. Expected failures are returned (``AgentFailed``, ``AgentRefused``); an exception is a bug."""
        ...
