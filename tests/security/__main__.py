"""``make security``: every attack and every benign twin, and a table of the cells. Exit code 1 for an unauthorised effect, or too few twins."""

from __future__ import annotations

import sys
import time
from collections import defaultdict

from tests.security.attacks import PLACES, Goal
from tests.security.field import Outcome
from tests.security.own_api import attempts
from tests.security.run import run

TWINS_AT_LEAST = 0.99


def main() -> int:
    began = time.monotonic()
    cells: dict[tuple[Goal, str], list[Outcome]] = defaultdict(list)
    for outcome in run():
        cells[outcome.case.goal, outcome.case.place].append(outcome)
    outcomes = [outcome for listed in cells.values() for outcome in listed]
    print("attacks made / unauthorised effects / twins that succeeded")
    print(f"{'':<20}" + "".join(f"{place:>20}" for place in PLACES))
    for goal in dict.fromkeys(goal for goal, _ in cells):
        print(f"{goal:<20}" + "".join(f"{_cell(cells[goal, place]):>20}" for place in PLACES))
    attacks = [outcome for outcome in outcomes if not outcome.case.benign]
    twins = [outcome for outcome in outcomes if outcome.case.benign]
    wrong = [outcome for outcome in outcomes if outcome.unauthorised]
    good = sum(outcome.succeeded for outcome in twins)
    share = good / len(twins)
    print(
        f"{len(attacks)} attacks, {len(wrong)} with an unauthorised effect; {good} of {len(twins)} twins succeeded ({share:.1%}); ",
        end="",
    )
    print(f"{time.monotonic() - began:.0f} s")
    for outcome in wrong[:20]:
        print(f"UNAUTHORISED {outcome.case.number}: {'; '.join(outcome.unauthorised)}")
    for outcome in [each for each in twins if not each.succeeded][:20]:
        print(f"TWIN FAILED {outcome.case.number}")
    own = attempts()
    got = [attempt for attempt in own if attempt.wrong]
    print(
        f"{len(own)} attempts at Laneway's own API, {len(got)} that got something; {time.monotonic() - began:.0f} s in all"
    )
    for attempt in got[:20]:
        print(f"UNAUTHORISED {attempt.name}: {attempt.wrong}")
    return 1 if wrong or got or share < TWINS_AT_LEAST or len(attacks) < 500 else 0


def _cell(outcomes: list[Outcome]) -> str:
    attacks = [outcome for outcome in outcomes if not outcome.case.benign]
    twins = [outcome for outcome in outcomes if outcome.case.benign]
    wrong = sum(bool(outcome.unauthorised) for outcome in attacks)
    return f"{len(attacks)} / {wrong} / {sum(outcome.succeeded for outcome in twins)}"


if __name__ == "__main__":
    sys.exit(main())
