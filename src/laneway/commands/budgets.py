"""Budgets: set aside before a call in the transaction that lets it go, settled when it is known what it used.

What was set aside counts as used, in every process, so that no limit is overrun however many call at once. A worker that dies leaves its
reservation, which counts until it would have had to be done and is spent from then on: nobody knows better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from typing import cast

from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.governed import BudgetRow, Reservation
from laneway.domain.limits import AgentLimits, Amounts, Measure, Span
from laneway.domain.work import Actor, Job
from laneway.governance.limits import Breach, Ledger, amount, hold, span_key

MILLION = 10**6
WHO = Actor("system", "budgets")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is to be made for ``job``, and done within ``seconds``."""

    job: Job
    agent: str
    model: str
    limits: AgentLimits
    seconds: float
    most: Amounts


@dataclass(frozen=True, slots=True)
class SetAside:
    """``degrade_to``: the model that is to be called instead. ``said``: for the record."""

    key: int
    most: Amounts
    degrade_to: str | None
    granted: bool
    said: Mapping[str, str]


def reserve(context: Context, call: Call) -> SetAside | Breach:
    """Set aside the most of a call in every span that is limited, or in none."""
    job = call.job
    entry = audit.entry("ReserveBudget", "UPDATE", "JOB", job.key, WHO, tenant_id=job.tenant_id)

    def work(unit: Unit) -> SetAside | Breach:
        uow, limits = unit.uow, call.limits
        spans = sorted({limit.span for limit in limits.limits})
        measures = sorted({*call.most, *(limit.measure for limit in limits.limits)})
        day = unit.now.date().isoformat()
        facts = {"job_key": job.key, "instance_key": job.process_instance_key, "process_id": job.process_id}
        wanted = [
            (
                span,
                span_key(span, agent=call.agent, day=day, **facts),  # type: ignore[arg-type]
                measure,
                limits.currency if measure == "money" else "",
            )
            for span in spans
            for measure in measures
        ]
        rows = uow.budgets(job.tenant_id, wanted)
        asks = any(limit.on_breach == "ask" for limit in limits.limits)
        grants = uow.grants_left(job.key) if asks else 0
        held = hold(limits.limits, _ledgers(rows), call.most, grants)
        if isinstance(held, Breach):
            return held
        mosts: dict[tuple[str, str], Decimal] = {(each.span, each.measure): each.most for each in limits.limits}
        amounts = {row.key: millionths(amount(call.most, cast(Measure, row.measure))) for row in rows}
        uow.write_budgets(
            replace(
                row,
                reserved=row.reserved + amounts[row.key],
                most=_most(mosts.get((row.span, row.measure)), row),
            )
            for row in rows
        )
        model = held.degraded.degrade_to if held.degraded is not None else None
        reservation = Reservation(
            uow.ids.next(),
            job.key,
            job.lease_token or "",
            call.agent,
            model or call.model,
            {str(key): each for key, each in amounts.items()},
            unit.now,
            unit.now + timedelta(seconds=call.seconds),
            job.root_key,
            job.process_instance_key,
            held.granted,
            tenant_id=job.tenant_id,
        )
        uow.add_reservation(reservation)
        said: dict[str, str] = {measure: str(each) for measure, each in call.most.items()}
        return SetAside(reservation.key, call.most, model, held.granted, said)

    return execute(context, entry, work, audit_rejection=False)


def settling(key: int, actual: Amounts | None) -> Callable[[Unit], None]:
    """To be done in the transaction that takes in the result. ``actual`` None, or without a measure: as much as was set aside."""

    def work(unit: Unit) -> None:
        reservation = unit.uow.reservation(key)
        if reservation is None or (reservation.settled_at is not None and reservation.actual is not None):
            return
        _settle(unit, reservation, actual)

    return work


def settle(context: Context, tenant_id: str, key: int, actual: Amounts | None) -> None:
    entry = audit.entry("SettleBudget", "UPDATE", "JOB", 0, WHO, tenant_id=tenant_id)
    execute(context, entry, settling(key, actual), audit_rejection=False)


def settle_lost(context: Context, limit: int) -> int:
    """Count what dead workers had set aside as spent. How many there were."""
    with context.store.read() as uow:
        if not uow.lost_reservations(1):
            return 0
    entry = audit.entry("SettleBudget", "UPDATE", "JOB", 0, WHO)

    def work(unit: Unit) -> int:
        lost = unit.uow.lost_reservations(limit)
        for each in lost:
            _settle(unit, each, None)
        return len(lost)

    return execute(context, entry, work, audit_rejection=False)


def _settle(unit: Unit, reservation: Reservation, actual: Amounts | None) -> None:
    """One that was counted as lost, and whose outcome is told after all, is corrected."""
    rows = unit.uow.budgets_by_key(map(int, reservation.amounts))
    was_lost = reservation.settled_at is not None
    moved: list[BudgetRow] = []
    used: dict[str, int] = {}
    for row in rows:
        aside = reservation.amounts[str(row.key)]
        known = None if actual is None else actual.get(cast(Measure, row.measure))
        used[row.measure] = spent = aside if known is None else millionths(max(known, Decimal(0)))
        moved.append(
            replace(row, spent=row.spent + spent - aside)
            if was_lost
            else replace(row, spent=row.spent + spent, reserved=max(row.reserved - aside, 0))
        )
    unit.uow.write_budgets(moved)
    unit.uow.settle_reservation(reservation.key, None if actual is None else used)


def _ledgers(rows: object) -> Mapping[Span, Ledger]:
    spent: dict[str, dict[Measure, Decimal]] = {}
    reserved: dict[str, dict[Measure, Decimal]] = {}
    for row in cast(list[BudgetRow], rows):
        measure = cast(Measure, row.measure)
        spent.setdefault(row.span, {})[measure] = Decimal(row.spent) / MILLION
        reserved.setdefault(row.span, {})[measure] = Decimal(row.reserved) / MILLION
    return {cast(Span, span): Ledger(spent[span], reserved[span]) for span in spent}


def millionths(value: Decimal) -> int:
    """Upwards: what is counted is never less than what was used."""
    return int((value * MILLION).to_integral_value(ROUND_CEILING))


def _most(most: Decimal | None, row: BudgetRow) -> int | None:
    return row.most if most is None else millionths(most)
