"""The dial of autonomy as values: what a contract and a setting say of one agent task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from laneway.domain.types import DEFAULT_TENANT

Level = Literal["manual", "shadow", "recommend", "approve", "auto"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)

PROPOSAL = "agentProposal"
"""The variable, local to the element, in which a person is shown what the agent answered."""
REASON = "overrideReason"
"""The variable in which a person says why they decide otherwise. It is recorded and does not become part of the answer."""
ELEMENT = "laneway.autonomy"
"""Header of a user task that stands in for an agent, or decides on its answer: the level."""
AGENT = "laneway.agent"
"""Header of the same: the agent."""


@dataclass(frozen=True, slots=True)
class Dial:
    """How one activation of an agent task runs. ``groups``, ``users``: whose the person's task is; ``form_id``: its form. ``expires``: seconds
    for which what the agent proposes can be taken, None without end; ``late``: where it goes then, ``{"owner"}`` for an incident, with
    ``kind`` and ``code`` for an error or an escalation."""

    level: Level
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    form_id: str | None = None
    expires: float | None = None
    late: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BandRule:
    """What a contract says of the band within which its agent keeps its level. None: not asked for."""

    agreement: float | None = None
    failures: float | None = None
    cost: Decimal | None = None
    calibration: float | None = None
    pairs: int = 30


@dataclass(frozen=True, slots=True)
class Autonomy:
    """``autonomy`` of a contract. ``elements``: where the level differs. ``compare``: output fields by which agent and person are held
    against each other (empty: all but the confidence); texts that differ by ``tolerance`` or less (0 … 1) agree. ``band`` None: nothing
    is lowered by itself. ``expires``: seconds for which a proposal can be taken; None: nothing is said."""

    level: Level = "auto"
    elements: Mapping[str, Level] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    form_id: str | None = None
    compare: tuple[str, ...] = ()
    tolerance: float = 0.0
    band: BandRule | None = None
    expires: float | None = None

    def at(self, element_id: str) -> Level:
        return self.elements.get(element_id, self.level)


SettingState = Literal["PENDING", "ACTIVE", "REPLACED", "WITHDRAWN"]


@dataclass(frozen=True, slots=True)
class AutonomySetting:
    """A level set for an element of a process (``element_id`` empty: all of its agent tasks). What raises is PENDING until a person other
    than ``requested_by`` confirms it. ``before``: the level that held then. Names are ``kind:id``."""

    key: int
    process_id: str
    element_id: str
    level: Level
    before: Level
    reason: str
    state: SettingState
    requested_by: str
    requested_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    version: int = 0
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class AutonomyPair:
    """What agent and person answered at one activation; either side may be missing yet. ``cost`` in ``currency``; seconds of wall time.

    ``agreed`` and ``fields`` (field → whether they agree) are None until both are there; ``distance`` is the edit distance of their
    texts, None if there are none.
    """

    key: int
    root_key: int
    process_instance_key: int
    process_definition_key: int
    process_id: str
    element_instance_key: int
    element_id: str
    agent: str
    contract: str
    level: Level
    opened_at: datetime
    answered_at: datetime | None = None
    output: Mapping[str, Any] | None = None
    failed: bool = False
    failure: str | None = None
    confidence: str | None = None
    model: str | None = None
    agent_seconds: str | None = None
    cost: str | None = None
    currency: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    verdict: str | None = None
    decision: Mapping[str, Any] | None = None
    reason: str | None = None
    person_seconds: str | None = None
    agreed: bool | None = None
    fields: Mapping[str, bool] | None = None
    distance: str | None = None
    turn_key: int = 0
    """Of an agent that works in turns: the job or user task that this one began with."""
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class AgentCalled:
    """What an agent was given and gave at a job that it completed: what a new contract is tried on. ``key``: that of the job."""

    key: int
    root_key: int
    process_instance_key: int
    process_definition_key: int
    process_id: str
    element_instance_key: int
    element_id: str
    agent: str
    contract: str
    at: datetime
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    confidence: str | None = None
    model: str | None = None
    seconds: str | None = None
    cost: str | None = None
    currency: str | None = None
    tenant_id: str = DEFAULT_TENANT
