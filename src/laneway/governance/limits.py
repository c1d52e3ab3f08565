"""Budgets: reserved before a call, settled after it, never overrun.

Pure arithmetic over amounts. Whoever keeps the ledgers does ``reserve`` and ``settle`` in the transaction that takes the job or
takes in its result; a reservation whose call was never settled (the worker died) stays reserved until it is known what was spent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from laneway.domain.limits import MEASURES, AgentLimits, Amounts, Limit, Measure, OnBreach, Span

__all__ = ["MEASURES", "Amounts", "Breach", "Ledger", "Limit", "Measure", "OnBreach", "Reserved", "Span"]


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
    said: str = ""

    @property
    def message(self) -> str:
        limit = self.limit
        if self.said:
            return self.said
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


@dataclass(frozen=True, slots=True)
class Held:
    """The call may go. ``degraded``: the limit beyond which another model goes on; ``granted``: a person let it go on."""

    ledgers: Mapping[Span, Ledger]
    degraded: Limit | None = None
    granted: bool = False


def hold(limits: Sequence[Limit], ledgers: Mapping[Span, Ledger], most: Amounts, grants: int = 0) -> Held | Breach:
    """As ``reserve``, going on beyond limits that degrade, and beyond those that ask where a person has granted it.

    What is beyond is counted, too: a limit that degrades is soft, and holds the cheaper model to nothing.
    """
    held = list(limits)
    degraded: Limit | None = None
    granted = False
    while True:
        found = reserve(held, ledgers, most)
        if isinstance(found, Reserved):
            spans = {limit.span for limit in limits}
            ledgers = {
                span: found.ledgers.get(span) or _with_reserved(ledgers.get(span, Ledger()), most) for span in spans
            }
            return Held(ledgers, degraded, granted)
        if found.limit.on_breach == "degrade":
            degraded = degraded or found.limit
            held.remove(found.limit)
        elif found.limit.on_breach == "ask" and grants > 0:
            granted = True
            held = [limit for limit in held if limit.on_breach != "ask"]
        else:
            return found


def merged(contract: AgentLimits | None, operator: AgentLimits | None) -> AgentLimits | None:
    """Both hold. What one call can use at most is what the contract says, and what the operator says of the rest.

    Money in another currency than the contract's cannot be held against the operator's limits, so that such limits let nothing pass.
    """
    if contract is None or operator is None:
        return contract or operator
    currency = contract.currency or operator.currency
    foreign = bool(operator.currency) and operator.currency != currency
    theirs = [
        Limit(each.span, each.measure, Decimal(0), "stop") if foreign and each.measure == "money" else each
        for each in operator.limits
    ]
    # The smaller one counts more tokens for a text.
    counted = min(contract.bytes_per_token, operator.bytes_per_token)
    return AgentLimits((*contract.limits, *theirs), {**operator.call, **contract.call}, currency, counted)


def span_key(span: Span, *, job_key: int, instance_key: int, process_id: str, agent: str, day: str) -> str:
    """What one budget is kept for. ``day`` is of UTC: of the agent, of all agents of the process, of all of the tenant."""
    keys: Mapping[Span, str] = {
        "job": str(job_key),
        "instance": str(instance_key),
        "day": f"{process_id}/{agent}/{day}",
        "definition": f"{process_id}/{day}",
        "tenant": day,
    }
    return keys[span]
