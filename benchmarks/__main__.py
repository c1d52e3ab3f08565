"""``make bench``: what a step costs in memory, and that it costs the same however many steps came before."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import diagrams
from benchmarks.measure import Slices, interleaved
from benchmarks.sides import laneway, spiffworkflow

SEQUENCES = (5, 50, 500, 5_000)
SPIFFWORKFLOW_UP_TO = 500
"""Beyond, its cost is quadratic: 5,000 tasks take minutes."""
ROUNDS = (100, 1_000, 10_000)


def main() -> int:
    print(
        f"Python {sys.version.split()[0]}; CPU time; slices of both sides in turn; 20th percentile of a side, median ratio of neighbours\n"
    )
    print(
        f"{'sequence of script tasks':<28} {'Laneway µs/task':>16} {'SpiffWorkflow µs/task':>22} {'times faster':>13}"
    )
    for tasks in SEQUENCES:
        sides = {"laneway": (_sequence(tasks), max(1, 2_000 // tasks))}
        if tasks <= SPIFFWORKFLOW_UP_TO:
            python = diagrams.scripts(tasks, feel=False)
            sides["spiffworkflow"] = (spiffworkflow(python, {"n": 0}), max(1, 100 // tasks))
        _row(f"{tasks:,}", interleaved(sides, 25 if tasks < 500 else 5), tasks)
    print()
    print(f"{'sequence of abstract tasks':<28}")
    _row("5", interleaved({"laneway": (laneway(diagrams.sequence(5), {}), 400)}), 5)
    print()
    print(f"{'loop through a gateway':<28} {'µs/round':>16}")
    for rounds in ROUNDS:
        _row(f"{rounds:,} rounds", interleaved({"laneway": (_circle(rounds), max(1, 1_000 // rounds))}, 7), rounds)
    print()
    _flat("task", _sequence, 50, 5_000)
    _flat("round", _circle, 100, 10_000)
    return 0


def _sequence(tasks: int) -> Callable[[], object]:
    return laneway(diagrams.scripts(tasks, feel=True), {"n": 0})


def _circle(rounds: int) -> Callable[[], object]:
    return laneway(diagrams.circle(rounds, feel=True), {"n": 0})


def _row(name: str, found: Slices, units: int) -> None:
    text = f"{name:<28} {found.cost('laneway') / units * 1e6:>16.2f}"
    if "spiffworkflow" in found:
        theirs = found.cost("spiffworkflow") / units * 1e6
        text += f" {theirs:>22.1f} {found.ratio('spiffworkflow', 'laneway'):>12.1f}×"
    print(text, flush=True)


def _flat(unit: str, make: Callable[[int], Callable[[], object]], few: int, many: int) -> None:
    """Both sizes in turn, as many steps of each in a slice: their ratio is what the steps before cost."""
    found = interleaved({"many": (make(many), 1), "few": (make(few), many // few)}, 15)
    print(f"cost of a {unit} among {many:,} ÷ among {few:,}: {found.ratio('many', 'few') * few / many:.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
