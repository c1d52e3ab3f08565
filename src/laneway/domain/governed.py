"""What people set around agents while processes run: kill switches, budgets, registered sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args

from laneway.domain.types import DEFAULT_TENANT

SwitchScope = Literal["agent", "model", "tool", "definition"]
SWITCH_SCOPES: Final[tuple[SwitchScope, ...]] = get_args(SwitchScope)
ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class KillSwitch:
    """What is named does nothing any more until somebody lifts it. ``name`` ``*``: all of the scope."""

    key: int
    scope: SwitchScope
    name: str
    reason: str
    set_by: str
    set_at: datetime
    tenant_id: str = DEFAULT_TENANT
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    lift_reason: str | None = None
    version: int = 1

    def __str__(self) -> str:
        what = f"every {self.scope}" if self.name == ALL else f"the {self.scope} {self.name!r}"
        return f"{what} is stopped by a kill switch that {self.set_by} set: {self.reason}"


def standing_against(
    switches: Iterable[KillSwitch],
    tenant_id: str,
    *,
    agent: str | None = None,
    model: str | None = None,
    tools: Sequence[str] = (),
    definition: Sequence[str] = (),
) -> KillSwitch | None:
    """The first of the ``switches`` that stops one of these. ``definition``: the id and the key of a process, either may be named."""
    named: Mapping[str, Sequence[str | None]] = {
        "agent": (agent,), "model": (model,), "tool": tools, "definition": definition,
    }  # fmt: skip
    for switch in switches:
        if switch.tenant_id == tenant_id and switch.lifted_at is None:
            those = [each for each in named[switch.scope] if each]
            if those and (switch.name == ALL or switch.name in those):
                return switch
    return None


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """What one span has used of one measure, in millionths. ``most``: the limit that it was last held against."""

    key: int
    span: str
    span_key: str
    measure: str
    currency: str
    spent: int = 0
    reserved: int = 0
    most: int | None = None
    tenant_id: str = DEFAULT_TENANT
    version: int = 0


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a call may use, set aside in the ``budgets`` (their keys) until it is known what it did use.

    ``amounts`` in millionths, by the key of the budget, as text. ``granted``: a person let it go beyond the limit that asks.
    """

    key: int
    job_key: int
    lease_token: str
    agent: str
    model: str
    amounts: Mapping[str, int]
    reserved_at: datetime
    expires_at: datetime
    root_key: int = 0
    process_instance_key: int = 0
    granted: bool = False
    settled_at: datetime | None = None
    actual: Mapping[str, int] | None = None
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class RegisteredSource:
    """A source of data in the tenant's register, which contracts may name. Days are ISO dates, ``max_age`` an ISO duration."""

    key: int
    name: str
    owner: str
    status: str
    files: tuple[str, ...]
    made_by: str
    made_at: datetime
    valid_from: str | None = None
    valid_until: str | None = None
    reviewed: str | None = None
    max_age: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    tenant_id: str = DEFAULT_TENANT
    version: int = 1


@dataclass(frozen=True, slots=True)
class DeployedContract:
    """A contract as it was deployed with one version of a process."""

    key: int
    hash: str
    name: str
    process_id: str
    process_version: int
    process_definition_key: int
    purpose: str
    owner: str
    adapter: str
    model: str
    authority: str
    deployed_at: datetime
    job_types: tuple[str, ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict)
    tenant_id: str = DEFAULT_TENANT
