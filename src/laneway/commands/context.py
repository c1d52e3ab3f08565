"""What every command is given, and what commands give back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from laneway.commands.committer import Committer
from laneway.commands.data_stores import InDatabase
from laneway.commands.observing import Observers
from laneway.commands.switchboard import Switchboard
from laneway.domain.errors import Refused
from laneway.domain.limits import AgentLimits
from laneway.domain.problem import Problem, Severity
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import Job, UserTask
from laneway.ports import DataStores, Store, UnitOfWork, Wakeup
from laneway.runtime.limits import DEFAULT_LIMITS, Limits as RuntimeLimits

if TYPE_CHECKING:
    from laneway.commands.definitions import DefinitionCache


class Listening(Wakeup, Protocol):
    """A wakeup that also calls back, for asyncio."""

    def listen(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that commands keep. Sizes in bytes, durations in seconds; see docs/reference/settings.md."""

    stale_retries: int = 20
    files_per_deployment: int = 500
    bytes_per_deployment: int = 50_000_000
    bytes_of_variables: int = 4_000_000
    jobs_per_activation: int = 1_000
    thrown_message_ttl: float = 3600.0
    messages_per_command: int = 100
    deliveries_per_command: int = 100
    definitions_in_memory: int = 256
    refuse_agents_that_steer: bool = False
    agents_without_contract: Literal["allow", "auto", "refuse"] = "auto"


@dataclass(frozen=True, slots=True)
class Context:
    """The adapters that a command works with; made once by ``bootstrap``."""

    store: Store
    definitions: DefinitionCache
    wakeup: Listening
    limits: Limits = field(default_factory=Limits)
    runtime_limits: RuntimeLimits = DEFAULT_LIMITS
    data_stores: DataStores = field(default_factory=InDatabase)
    observers: Observers = field(default_factory=Observers)
    committer: Committer = field(default_factory=Committer)
    switchboard: Switchboard = field(default_factory=Switchboard)
    agent_budget: AgentLimits | None = None

    def listen(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        return self.wakeup.listen(topic, callback)

    def reading(self, ask: Callable[[UnitOfWork], Any]) -> Any:
        """Ask something of the database in a transaction of its own."""
        with self.store.read() as uow:
            return ask(uow)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """``processes``: one dict per process found, ``{"file", "processId", "name", "executable", "nodes", "flows"}``."""

    problems: tuple[Problem, ...]
    processes: tuple[Mapping[str, Any], ...] = ()

    @property
    def deployable(self) -> bool:
        return all(problem.severity is not Severity.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class StartedInstance:
    """``state``: ACTIVE | COMPLETED | TERMINATED as known when the command returned; ``variables`` only after waiting."""

    key: int
    definition_key: int
    process_id: str
    version: int
    tenant_id: str = DEFAULT_TENANT
    tags: tuple[str, ...] = ()
    business_id: str | None = None
    state: str = "ACTIVE"
    variables: Mapping[str, Any] | None = None

    @property
    def completed(self) -> bool:
        return self.state != "ACTIVE"


@dataclass(frozen=True, slots=True)
class ActivatedJob:
    """A job under lease, with what its worker may see. ``lease_token`` stands in ``job`` when it was asked for.

    ``user_task``: of the job of a user task listener, the task as it is; what is to change stands in the job's headers.
    """

    job: Job
    variables: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    business_id: str | None = None
    user_task: UserTask | None = None


@dataclass(frozen=True, slots=True)
class PublishedMessage:
    key: int
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class CorrelatedMessage:
    """``process_instance_key``: the (first) instance that it went to or that it started."""

    key: int
    process_instance_key: int
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class BroadcastSignal:
    key: int
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class EvaluatedConditionals:
    """``started``: (definition key, process instance key) of each instance."""

    key: int
    tenant_id: str
    started: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluatedExpression:
    expression: str
    result: Any
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluatedDecision:
    """``details`` and ``fault`` as in ``ports.DecisionOutcome``; ``key`` is that of the definition."""

    evaluation_key: int
    key: int
    decision_id: str
    name: str | None
    version: int
    output: Any
    details: Mapping[str, Any]
    tenant_id: str
    requirements_id: str
    requirements_key: int
    fault: Refused | None = None
