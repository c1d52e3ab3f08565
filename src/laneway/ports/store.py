"""Where everything is kept: the store, its transactions, and what they hand out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from laneway.domain.agent_instance import AgentDefinition, AgentInstance, CommitStatus, HistoryItem
from laneway.domain.definition import (
    DecisionDefinition,
    Deployment,
    FormDefinition,
    ProcessDefinition,
    Resource,
    StartTrigger,
)
from laneway.domain.model import ProcessModel
from laneway.domain.origins import Origins
from laneway.domain.state import InstanceState
from laneway.domain.tools import AgentTurn, ApprovalRecord, ToolCallRecord
from laneway.domain.transition import Transition
from laneway.domain.types import JobKind
from laneway.domain.work import (
    Actor,
    AuditEntry,
    Incident,
    Job,
    Message,
    MessageSubscription,
    SignalSubscription,
    Timer,
    UserTask,
)
from laneway.ports.around_agents import AroundAgents
from laneway.ports.autonomy import AutonomyRecords
from laneway.ports.definitions import IdSource
from laneway.ports.dispatch import AgentShare, Tickets
from laneway.ports.needs import Needs
from laneway.ports.search import Page, SearchQuery


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


class DataStores(Protocol):
    """Where data stores of diagrams keep their items; by default the database that holds everything else.

    It is called within the transaction of a step: one that keeps them elsewhere must answer quickly, and must bear that a
    step which did not commit is tried again.
    """

    def read(self, uow: UnitOfWork, store: str, key: str, tenant_id: str) -> Any: ...
    def write(self, uow: UnitOfWork, store: str, key: str, value: Any, tenant_id: str, root_key: int) -> None: ...


class UnitOfWork(AutonomyRecords, AroundAgents, Protocol):
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
    def headers(self, process_instance_keys: Iterable[int]) -> dict[int, InstanceHeader]:
        """Of those that are there, asked at once."""
        ...

    def labels(self, root_keys: Iterable[int]) -> dict[int, tuple[tuple[str, ...], str | None]]:
        """Tags and business id of those that are there."""
        ...

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
    def jobs(self, keys: Sequence[int]) -> Sequence[Job]:
        """Those that are there, asked for at once."""
        ...

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

    def visible_variables_of(
        self, element_instance_keys: Sequence[int], names: Sequence[str] | None = None
    ) -> dict[int, dict[str, Any]]:
        """As ``visible_variables``, of several element instances, asked at once."""
        ...

    def visible_to(self, jobs: Iterable[Job], names: Sequence[str] | None = None) -> dict[int, dict[str, Any]]:
        """As ``visible_variables_of``, of the elements of these jobs, which are alive."""
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
    def retire_agents(self, ended_before: datetime, limit: int) -> int:
        """Take away what agents said and were given in root instances that had ended before then; of how many."""
        ...

    # Data stores
    def data_store_item(self, store: str, key: str, tenant_id: str) -> Any:
        """An item, None if there is none. Nobody else changes it until the transaction ends."""
        ...

    def write_data_store_item(self, store: str, key: str, value: Any, tenant_id: str, root_key: int) -> None:
        """``root_key``: the instance that writes it, 0 from outside. None takes it away."""
        ...

    # Agents
    def add_agent_definitions(self, definitions: Sequence[AgentDefinition]) -> None: ...
    def agent_definition(self, process_definition_key: int, element_id: str) -> AgentDefinition | None: ...
    def agent_instance(self, key: int) -> AgentInstance | None:
        """Nobody else changes it until the transaction ends."""
        ...

    def agent_instance_at(self, element_instance_key: int) -> AgentInstance | None:
        """The latest that works, or worked last, on the element instance; held as by ``agent_instance``."""
        ...

    def add_agent_instance(self, instance: AgentInstance) -> AgentInstance: ...
    def update_agent_instance(self, instance: AgentInstance, **changes: Any) -> AgentInstance:
        """Write ``changes`` under the fence of ``instance`` (raises StaleState), returning the new one."""
        ...

    def agent_history(self, agent_instance_key: int, status: CommitStatus = "COMMITTED") -> Sequence[HistoryItem]:
        """In the order of the conversation."""
        ...

    def add_agent_history(self, items: Sequence[HistoryItem]) -> None: ...
    def settle_agent_history(
        self, agent_instance_key: int, status: CommitStatus, job_key: int | None = None, lease_token: str | None = None
    ) -> None:
        """What is pending, of this job or of any, gets that status."""
        ...

    def agent_instances_in(self, process_instance_key: int, element_id: str) -> Sequence[AgentInstance]:
        """Those of one element, oldest first."""
        ...

    # Tools of agents. What is read is in order; each write raises StaleState if it is not as it was read.
    def turns(self, job_key: int) -> Sequence[AgentTurn]: ...
    def add_turns(self, turns: Sequence[AgentTurn]) -> None: ...
    def tool_calls(self, job_key: int) -> Sequence[ToolCallRecord]: ...
    def tool_call(self, key: int) -> ToolCallRecord | None: ...
    def add_tool_calls(self, calls: Sequence[ToolCallRecord]) -> None: ...
    def update_tool_call(self, call: ToolCallRecord, **changes: Any) -> ToolCallRecord: ...
    def origins(self, root_key: int) -> Origins | None:
        """Whose words were ever written in a root instance; None where its record alone tells."""
        ...

    def started_by(self, root_key: int, tenant_id: str) -> Actor | None:
        """Whose command started a root instance."""
        ...

    def add_editor(self, root_key: int, person: str, tenant_id: str) -> None:
        """``person`` wrote into a root instance past what is drawn. Once is enough."""
        ...

    def editors(self, root_key: int) -> Sequence[str]:
        """Who did."""
        ...

    def agents_in(self, root_key: int) -> Sequence[str]:
        """Agents that have, or had, a job anywhere under a root, sorted."""
        ...

    def agent_job_at(self, process_instance_key: int, element_instance_key: int) -> Job | None:
        """The job that the agent of an element instance has now."""
        ...

    def approval(self, key: int) -> ApprovalRecord | None: ...
    def lapsed_approvals(self, limit: int) -> Sequence[tuple[ApprovalRecord, bool]]:
        """Those that nobody can give, or use, any more; whether because their job or instance has ended."""
        ...

    def open_approvals(self, process_instance_keys: Sequence[int]) -> Sequence[tuple[ApprovalRecord, bool]]:
        """Those of these instances that wait or may be used; whether of a drawn tool."""
        ...

    def add_approval(self, approval: ApprovalRecord) -> None: ...
    def update_approval(self, approval: ApprovalRecord, **changes: Any) -> ApprovalRecord: ...

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

    def foresee(self, needs: Sequence[Needs]) -> None:
        """Commands that come next, and were given already, are going to read this. Between two units."""
        ...


class Store(Protocol):
    """Where everything is kept. Synchronous; safe to use from several threads."""

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """One write transaction: commits when the block ends, rolls back on an exception."""
        ...

    @property
    def foresees(self) -> bool:
        """Whether it is worth while to tell it what commands need: not where nothing is saved by reading for several."""
        ...

    def batch(self, needs: Sequence[Needs] = ()) -> AbstractContextManager[Batch]:
        """One write transaction for several commands, the first of which have these ``needs``: commits when the block ends; what that
        raises is true of all of them.

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
