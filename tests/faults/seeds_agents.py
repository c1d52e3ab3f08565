"""Bugs made on purpose around agents: budgets and kill switches."""

from __future__ import annotations

from typing import Any

from tests.faults.exchanging import Seed, exchange

BUDGETS = "tests/workers/test_budgets.py"
SWITCHES = "tests/workers/test_kill_switches.py"


def reserved_forgotten() -> None:
    from laneway.commands import budgets
    from laneway.governance.limits import Ledger

    def make(original: Any) -> Any:
        return lambda rows: {span: Ledger(ledger.spent) for span, ledger in original(rows).items()}

    exchange(budgets, "_ledgers", make)


def lost_reservations_kept() -> None:
    from laneway.workers import retention_worker

    exchange(retention_worker, "settle_lost", lambda original: lambda context, limit: 0)


def grants_without_end() -> None:
    from laneway.store.units.budgets import BudgetsUnit

    exchange(BudgetsUnit, "grants_left", lambda original: lambda self, job_key: 1)


def switches_not_read_at_work() -> None:
    from laneway.commands.switchboard import Switchboard

    exchange(Switchboard, "standing", lambda original: lambda self, store, known_for=0.0: ())


def first_lift_lifts_all() -> None:
    from laneway.store.units.governed import GovernedUnit

    def make(original: Any) -> Any:
        def lift(self: Any, switch: Any, by: str, reason: Any, at: Any) -> None:
            for each in self.standing_switches():
                original(self, each, by, reason, at)

        return lift

    exchange(GovernedUnit, "lift_kill_switch", make)


SEEDS = {
    "reserved_forgotten": Seed(
        "what is set aside counts as used",
        reserved_forgotten,
        (f"{BUDGETS}::test_eight_threads_never_set_aside_more_than_the_limit[sqlite]",),
    ),
    "lost_reservations_kept": Seed(
        "what a dead worker had set aside is spent in the end",
        lost_reservations_kept,
        (f"{BUDGETS}::test_what_a_killed_process_had_set_aside_counts_and_is_spent_in_the_end[sqlite]",),
    ),
    "grants_without_end": Seed(
        "who lets a call go beyond a limit lets one go",
        grants_without_end,
        (f"{BUDGETS}::test_who_resolves_the_incident_of_a_limit_that_asks_lets_one_more_call_go[sqlite]",),
    ),
    "switches_not_read_at_work": Seed(
        "a kill switch breaks off what is under way within a second",
        switches_not_read_at_work,
        (f"{SWITCHES}::test_a_running_call_of_another_process_is_broken_off_within_a_second[sqlite]",),
    ),
    "first_lift_lifts_all": Seed(
        "each kill switch is lifted by itself",
        first_lift_lifts_all,
        (f"{SWITCHES}::test_each_of_two_switches_must_be_lifted",),
    ),
}
