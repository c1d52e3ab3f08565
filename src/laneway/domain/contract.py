"""The contract of an agent (agents.yaml) and what passes between the engine and an adapter under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from laneway.domain.autonomy import Autonomy
from laneway.domain.limits import AgentLimits
from laneway.domain.tools import Access as Access, ToolGrant

Authority = Literal["decide", "recommend", "none"]
"""Decide: its output is taken as it is, if it passes the contract. Recommend: a person decides later in the process.
None: it may prepare (summarise, retrieve), its output must not steer a gateway."""


@dataclass(frozen=True, slots=True)
class ExceptionPath:
    """Where a job goes when its contract is not met: ``kind`` with ``code`` for errors and escalations.

    An error or escalation is caught in the diagram; an incident waits for ``owner``. ``information``: what goes along for whoever takes
    over: ``input``, ``input.NAME``, ``output``, ``output.NAME``, ``confidence``, ``rationale``, ``sources``.
    """

    kind: Literal["error", "escalation", "incident"] = "incident"
    code: str | None = None
    owner: str | None = None
    urgency: str | None = None
    information: tuple[str, ...] = ()


GuardrailDecision = Literal["redact", "block", "ask"]
"""What is done with what a guardrail finds: taken out, stopped, or given to a person to decide. What it does not find passes."""


@dataclass(frozen=True, slots=True)
class GuardrailUse:
    """A guardrail by name, as a contract asks for it. ``decision`` None: the guardrail's own default."""

    name: str
    decision: GuardrailDecision | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SystemRule:
    """A system as an agent may use it. ``hosts``: ``host`` or ``host:port``. ``operations``: ``METHOD /path`` → access, with ``*`` for a
    part of the path; ``access`` holds for what no operation names."""

    name: str
    hosts: tuple[str, ...]
    access: Access = "prohibited"
    operations: Mapping[str, Access] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SensitiveTopic:
    """Told by ``words`` in what goes to the agent or comes back, or by one of ``values`` in output ``field``."""

    name: str
    words: tuple[str, ...] = ()
    field: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluatorUse:
    """An evaluator by name, as a contract asks for it: what says how far an answer is to be trusted."""

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)


SourceStatus = Literal["approved", "outdated", "draft"]


@dataclass(frozen=True, slots=True)
class DataSource:
    """An entry of the register. ``files``: patterns of file names that belong to it. Days are of UTC; ``valid_until`` is inclusive;
    ``max_age`` is in seconds from the day ``reviewed``. ``register``: the name under which the tenant's register has it, which is asked at
    each use; ``entry``: what it said then."""

    name: str
    owner: str
    status: SourceStatus
    files: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    reviewed: date | None = None
    max_age: float | None = None
    register: str | None = None
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Of an agent that picks tools drawn in the diagram. None: what the diagram says, else no limit. ``window``: messages that the model is
    given. ``prohibited``: tools that it may not call although they are drawn. ``max_cost`` is in the currency of the model's price."""

    max_model_calls: int | None = None
    max_tool_calls: int | None = None
    max_tokens: int | None = None
    max_cost: Decimal | None = None
    window: int | None = None
    prohibited: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AgentContract:
    """One agent, as the process owner wrote it down. Pinned by hash to the definitions deployed with it.

    ``on`` maps what can go wrong (``governance.contracts.VIOLATION_KINDS``) to a path. ``guardrails_before`` look through what
    goes to the agent, ``guardrails_after`` through what comes back, each in its order. ``systems`` None: the contract
    does not speak of systems, so that the operator's rules for ways out alone hold. ``field_authority``: output field → authority, where
    it differs from ``authority``. ``data_register``: all sources of the file; ``data_sources``: those that this agent may draw on.
    ``sensitive_topics``: what it does not deal with by itself. ``tools``: what it may call, at most ``tool_rounds`` replies long.
    ``confidence_field`` names the output field (0 … 1) that ``confidence_threshold`` is held against; without it the
    adapter's own confidence counts, or what ``confidence_evaluator`` says in its place. ``retry_backoff`` and ``timeout`` are in seconds. ``config`` belongs to the adapter.
    """

    name: str
    purpose: str
    owner: str
    job_types: tuple[str, ...]
    adapter: str
    config: Mapping[str, Any] = field(default_factory=dict)
    input_schema: Mapping[str, Any] = field(default_factory=dict)
    output_schema: Mapping[str, Any] = field(default_factory=dict)
    authority: Authority = "recommend"
    confidence_threshold: float | None = None
    confidence_field: str | None = None
    timeout: float = 60.0
    retries: int = 3
    retry_backoff: float = 1.0
    on: Mapping[str, ExceptionPath] = field(default_factory=dict)
    guardrails_before: tuple[GuardrailUse, ...] = ()
    guardrails_after: tuple[GuardrailUse, ...] = ()
    systems: tuple[SystemRule, ...] | None = None
    field_authority: Mapping[str, Authority] = field(default_factory=dict)
    data_register: tuple[DataSource, ...] = ()
    data_sources: tuple[str, ...] = ()
    sensitive_topics: tuple[SensitiveTopic, ...] = ()
    autonomy: Autonomy = field(default_factory=Autonomy)
    limits: AgentLimits | None = None
    confidence_evaluator: EvaluatorUse | None = None
    tools: tuple[ToolGrant, ...] = ()
    tool_rounds: int = 8
    conversation: Conversation = Conversation()
    hash: str = ""


def authority_of(contract: AgentContract, field: str) -> Authority:
    """What the agent may do with output ``field``."""
    return contract.field_authority.get(field, contract.authority)


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """What an adapter is given. ``files`` are the approved resources deployed beside the diagram (name → bytes)."""

    job_key: int
    idempotency_key: str
    contract: AgentContract
    input: Mapping[str, Any]
    element_id: str
    process_instance_key: int
    attempt: int = 1
    files: Mapping[str, bytes] = field(default_factory=dict)


MOST_TOKENS: Final = 10**9
MOST_COST: Final = 1e9


@dataclass(frozen=True, slots=True)
class AgentUsage:
    """Tokens in and out, cost in ``currency`` where the adapter knows it, wall seconds."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    currency: str | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """An agent says these of itself: what no database can count is counted as the most that it can."""
        for name in ("input_tokens", "output_tokens"):
            object.__setattr__(self, name, max(0, min(getattr(self, name), MOST_TOKENS)))
        if self.cost is not None:
            # What is no number (NaN) is not known.
            told = max(0.0, min(self.cost, MOST_COST)) if self.cost == self.cost else None
            object.__setattr__(self, "cost", told)


@dataclass(frozen=True, slots=True)
class AgentCompleted:
    """``sources``: what was used, e.g. ``{"name": …, "status": "approved", "sha256": …}``; ``method`` says plainly how the
    answer came about (model name, embedding rules, word overlap …)."""

    output: Mapping[str, Any]
    confidence: float | None = None
    rationale: str = ""
    model: str = ""
    method: str = ""
    sources: tuple[Mapping[str, Any], ...] = ()
    usage: AgentUsage = AgentUsage()


@dataclass(frozen=True, slots=True)
class AgentRefused:
    """The agent declined the task (policy, out of scope)."""

    reason: str
    usage: AgentUsage = AgentUsage()


@dataclass(frozen=True, slots=True)
class AgentFailed:
    """It could not be done now. ``retryable``: trying again may help (system down, rate limit)."""

    reason: str
    retryable: bool = True
    usage: AgentUsage = AgentUsage()


AgentResult = AgentCompleted | AgentRefused | AgentFailed
