"""Budgets: however calls come and end, what is spent and reserved never passes the limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from laneway.domain.limits import AgentLimits
from laneway.governance.limits import (
    Breach,
    Held,
    Ledger,
    Limit,
    Measure,
    Reserved,
    Span,
    amount,
    chunk,
    hold,
    merged,
    reserve,
    settle,
)

D = Decimal
DAY = Limit("day", "money", D("10"))
JOB = Limit("job", "calls", D("3"), "ask")


def reserved(*limits: Limit, ledgers: dict[Span, Ledger] | None = None, **most: str) -> Reserved | Breach:
    return reserve(limits, ledgers or {}, {measure: D(value) for measure, value in most.items()})  # type: ignore[misc]


def test_a_call_reserves_its_most_in_every_span() -> None:
    found = reserved(DAY, JOB, money="2.5", calls="1")

    assert isinstance(found, Reserved)
    assert {span: ledger.reserved for span, ledger in found.ledgers.items()} == {
        "day": {"money": D("2.5"), "calls": D(1)},
        "job": {"money": D("2.5"), "calls": D(1)},
    }


def test_what_is_reserved_counts_as_used() -> None:
    found = reserved(DAY, ledgers={"day": Ledger({"money": D(6)}, {"money": D(3)})}, money="1.01")

    assert found == Breach(DAY, D(1), D("1.01"))
    assert isinstance(reserved(DAY, ledgers={"day": Ledger({"money": D(6)}, {"money": D(3)})}, money="1"), Reserved)


@pytest.mark.parametrize("most", [{}, {"money": "Infinity"}, {"money": "NaN"}, {"money": "-1"}])
def test_a_call_without_a_most_breaches_every_limit_on_it(most: dict[str, str]) -> None:
    assert isinstance(reserved(DAY, **most), Breach)


def test_the_severest_breach_is_told() -> None:
    found = reserved(JOB, DAY, money="11", calls="4")

    assert isinstance(found, Breach)
    assert found.limit == DAY
    assert found.message == "the limit of 10 money per day has 10 left, and this call may need 11"


def test_settling_exchanges_what_was_reserved_for_what_was_used() -> None:
    before = Ledger({"money": D(1)}, {"money": D(5)})

    assert settle(before, {"money": D(2)}, {"money": D("0.5")}) == Ledger({"money": D("1.5")}, {"money": D(3)})


def test_what_nobody_knows_counts_as_spent() -> None:
    assert settle(Ledger({}, {"money": D(2)}), {"money": D(2)}, None) == Ledger({"money": D(2)}, {"money": D(0)})


def test_a_model_cannot_give_itself_money_back() -> None:
    assert settle(Ledger({"tokens": D(9)}, {"tokens": D(1)}), {"tokens": D(1)}, {"tokens": D(-9)}).spent == {
        "tokens": D(9)
    }


def test_a_worker_leases_no_more_than_is_left() -> None:
    assert chunk(DAY, Ledger({"money": D(8)}), D(5)) == D(2)
    assert chunk(DAY, Ledger({"money": D(12)}), D(5)) == D(0)


AMOUNT = st.decimals(0, 20, places=2)


@given(st.lists(st.tuples(AMOUNT, st.none() | AMOUNT, st.booleans()), max_size=30), st.decimals(0, 50, places=2))
def test_no_order_of_calls_overruns_a_limit(calls: list[tuple[Decimal, Decimal | None, bool]], most: Decimal) -> None:
    # Given calls that start in any order, and end at once or much later, none using more than it reserved
    limit: Limit = Limit("day", "money", most)
    measure: Measure = "money"
    ledger, under_way = Ledger(), []
    for wanted, used, ends_now in calls:
        found = reserve([limit], {"day": ledger}, {measure: wanted})
        if isinstance(found, Breach):
            assert wanted > most - ledger.used(measure)
            continue
        ledger = found.ledgers["day"]
        under_way.append((wanted, used))
        assert ledger.used(measure) <= most
        if ends_now:
            ledger = _ended(ledger, *under_way.pop(0))
        assert ledger.used(measure) <= most
    for wanted, used in under_way:
        ledger = _ended(ledger, wanted, used)
    # Then nothing stays reserved, and what is spent is within the limit
    assert amount(ledger.reserved, measure) == 0
    assert amount(ledger.spent, measure) <= most


def _ended(ledger: Ledger, wanted: Decimal, used: Decimal | None) -> Ledger:
    return settle(ledger, {"money": wanted}, None if used is None else {"money": min(used, wanted)})


LIMITS = st.lists(
    st.builds(
        Limit,
        st.sampled_from(["job", "day", "tenant"]),
        st.sampled_from(["calls", "money"]),
        AMOUNT,
        st.sampled_from(["stop", "hand_over", "ask", "degrade"]),
        st.just("small"),
    ),
    min_size=1,
    max_size=5,
)


@given(LIMITS, st.lists(st.tuples(AMOUNT, st.integers(0, 2)), max_size=20))
def test_what_goes_on_beyond_one_limit_never_overruns_another(
    limits: list[Limit], calls: list[tuple[Decimal, int]]
) -> None:
    # Given limits of all kinds; when calls go on beyond those that degrade or were granted; then no other is overrun.
    ledgers: Any = {}
    granted = False
    for money, grants in calls:
        found = hold(limits, ledgers, {"calls": D(1), "money": money}, grants)
        if isinstance(found, Breach):
            assert found.limit.on_breach != "degrade"
            continue
        ledgers = found.ledgers
        granted = granted or found.granted
        hard = ("stop", "hand_over") if granted else ("stop", "hand_over", "ask")
        for limit in limits:
            if limit.on_breach in hard:
                assert ledgers[limit.span].used(limit.measure) <= limit.most


def test_beyond_a_limit_that_degrades_calls_still_count() -> None:
    soft = Limit("day", "calls", D(1), "degrade", "small")
    first = hold([soft], {}, {"calls": D(1)})
    assert isinstance(first, Held)
    second = hold([soft], first.ledgers, {"calls": D(1)})
    assert isinstance(second, Held)
    assert (first.degraded, second.degraded, second.ledgers["day"].used("calls")) == (None, soft, D(2))


def test_money_that_cannot_be_compared_lets_nothing_pass() -> None:
    # Given an operator's limit in euros and a contract in dollars; when both are to hold; then no call is within both.
    operator = AgentLimits((DAY,), {"money": D(1)}, "EUR")
    both = merged(AgentLimits((JOB,), {"calls": D(1), "money": D(1)}, "USD"), operator)
    assert both is not None
    assert isinstance(hold(both.limits, {}, both.call), Breach)
    assert merged(None, operator) is operator
