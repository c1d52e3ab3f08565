"""Budgets: reserved before a call, settled after it, never overrun.

Pure arithmetic over amounts. Whoever keeps the ledgers does ``reserve`` and ``settle`` in the transaction that takes the job or
takes in its result; a reservation whose call was never settled (the worker died) stays reserved until it is known what was spent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal, get_args

Measure = Literal["calls", "tokens", "money", "seconds"]
Span = Literal["job", "instance", "day", "definition", "tenant"]
OnBreach = Literal["stop", "degrade", "ask", "hand_over"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)

Amounts = Mapping[Measure, Decimal]
"""What is not named is nothing. Money is in the one currency of the limit."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` of ``measure`` within ``span``. ``degrade_to``: the model that goes on, where breach means to degrade."""

    span: Span
    measure: Measure
    most: Decimal
    on_breach: OnBreach = "stop"
    degrade_to: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one span has used up: ``spent`` for good, ``reserved`` by calls under way."""

    spent: Amounts = field(default_factory=dict)
    reserved: Amounts = field(default_factory=dict)

    def used(self, measure: Measure) -> Decimal:
        return amount(self.spent, measure) + amount(self.reserved, measure)


@dataclass(frozen=True, slots=True)
class Reserved:
    """The call may go: ``ledgers`` with its most reserved."""

    ledgers: Mapping[Span, Ledger]


@dataclass(frozen=True, slots=True)
class Breach:
    """The call may not go; nothing was reserved. ``left`` is what the limit still has."""

    limit: Limit
    left: Decimal
    asked: Decimal

    @property
    def message(self) -> str:
        limit = self.limit
        return f"the limit of {limit.most} {limit.measure} per {limit.span} has {self.left} left, and this call may need {self.asked}"


def amount(amounts: Amounts, measure: Measure) -> Decimal:
    return amounts.get(measure, Decimal(0))


def reserve(limits: Sequence[Limit], ledgers: Mapping[Span, Ledger], most: Amounts) -> Reserved | Breach:
    """Set aside the ``most`` that a call can use, in every span at once, or in none.

    A measure that is limited must have a most: a call that may use any amount breaches every limit on it. The severest breach is told:
    a person is asked only where no other limit stops the call.
    """
    breaches = [breach for limit in limits if (breach := _breach(limit, ledgers, most)) is not None]
    if breaches:
        return min(breaches, key=lambda breach: _SEVERITY.index(breach.limit.on_breach))
    spans: set[Span] = {limit.span for limit in limits} | set(ledgers)
    return Reserved({span: _with_reserved(ledgers.get(span, Ledger()), most) for span in spans})


def settle(ledger: Ledger, most: Amounts, actual: Amounts | None) -> Ledger:
    """Exchange what was reserved for what was used.

    ``actual`` None: nobody knows (the call was broken off), so all that was reserved counts as spent. More than was reserved is
    spent as well: the ledger tells the truth, and the next call pays for it.
    """
    used = most if actual is None else actual
    measures = {*ledger.spent, *ledger.reserved, *most, *used}
    return Ledger(
        {each: amount(ledger.spent, each) + max(amount(used, each), Decimal(0)) for each in measures},
        {each: max(amount(ledger.reserved, each) - amount(most, each), Decimal(0)) for each in measures},
    )


def chunk(limit: Limit, ledger: Ledger, wanted: Decimal) -> Decimal:
    """How much of ``wanted`` a worker may lease from the ledger for its own calls: never more than is left."""
    return max(Decimal(0), min(wanted, limit.most - ledger.used(limit.measure)))


_SEVERITY: Final[tuple[OnBreach, ...]] = ("stop", "hand_over", "ask", "degrade")


def _breach(limit: Limit, ledgers: Mapping[Span, Ledger], most: Amounts) -> Breach | None:
    left = limit.most - ledgers.get(limit.span, Ledger()).used(limit.measure)
    asked: Any = most.get(limit.measure)
    if asked is None or not asked.is_finite() or asked < 0:
        return Breach(limit, left, Decimal("Infinity"))
    return Breach(limit, left, asked) if asked > left else None


def _with_reserved(ledger: Ledger, most: Amounts) -> Ledger:
    measures = {*ledger.reserved, *most}
    return Ledger(ledger.spent, {each: amount(ledger.reserved, each) + amount(most, each) for each in measures})
