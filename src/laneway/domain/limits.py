"""What an agent may use up, as its contract or the operator says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, get_args

Measure = Literal["calls", "tokens", "money", "seconds"]
Span = Literal["job", "instance", "day", "definition", "tenant"]
OnBreach = Literal["stop", "degrade", "ask", "hand_over"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
SPANS: Final[tuple[Span, ...]] = get_args(Span)

Amounts = Mapping[Measure, Decimal]
"""What is not named is nothing. Money is in the one currency of the limits."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` of ``measure`` within ``span``. ``degrade_to``: the model that goes on, where breach means to degrade."""

    span: Span
    measure: Measure
    most: Decimal
    on_breach: OnBreach = "stop"
    degrade_to: str | None = None


@dataclass(frozen=True, slots=True)
class AgentLimits:
    """``call``: the most that one call can use, which is set aside before it. ``currency`` of all money. ``bytes_per_token``: of a prompt, as
    many bytes are counted for one token; one is certain."""

    limits: tuple[Limit, ...] = ()
    call: Amounts = field(default_factory=dict)
    currency: str = ""
    bytes_per_token: Decimal = Decimal(3)
