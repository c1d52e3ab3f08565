"""``make bench``: what a step costs in memory, and that it costs the same however many steps came before."""

from __future__ import annotations

import sys

from benchmarks import diagrams
from benchmarks.measure import interleaved
from benchmarks.sides import laneway, spiffworkflow

SEQUENCES = (5, 50, 500, 5_000)
SPIFFWORKFLOW_UP_TO = 500
"""Beyond, its cost is quadratic: 5,000 tasks take minutes."""
ROUNDS = (100, 1_000, 10_000)


def main() -> int:
    print(f"Python {sys.version.split()[0]}; CPU time; slices of both sides in turn, 20th percentile\n")
    print(
        f"{'sequence of script tasks':<28} {'Laneway µs/task':>16} {'SpiffWorkflow µs/task':>22} {'times faster':>13}"
    )
    per_task: dict[int, float] = {}
    for tasks in SEQUENCES:
        sides = {"laneway": (laneway(diagrams.scripts(tasks, feel=True), {"n": 0}), max(1, 2_000 // tasks))}
        if tasks <= SPIFFWORKFLOW_UP_TO:
            python = diagrams.scripts(tasks, feel=False)
            sides["spiffworkflow"] = (spiffworkflow(python, {"n": 0}), max(1, 100 // tasks))
        found = interleaved(sides, 15 if tasks < 500 else 5)
        per_task[tasks] = _row(f"{tasks:,}", found, tasks)
    print()
    print(f"{'sequence of abstract tasks':<28}")
    _row("5", interleaved({"laneway": (laneway(diagrams.sequence(5), {}), 400)}), 5)
    print()
    print(f"{'loop through a gateway':<28} {'µs/round':>16}")
    per_round: dict[int, float] = {}
    for rounds in ROUNDS:
        run = laneway(diagrams.circle(rounds, feel=True), {"n": 0})
        found = interleaved({"laneway": (run, max(1, 1_000 // rounds))}, 7)
        per_round[rounds] = _row(f"{rounds:,} rounds", found, rounds)
    print()
    print(f"cost of a task among 5,000 ÷ among 50:          {per_task[5_000] / per_task[50]:.2f}")
    print(f"cost of a round among 10,000 ÷ among 100:       {per_round[10_000] / per_round[100]:.2f}")
    return 0


def _row(name: str, found: dict[str, float], units: int) -> float:
    ours = found["laneway"] / units * 1e6
    theirs = found.get("spiffworkflow")
    text = f"{name:<28} {ours:>16.2f}"
    if theirs is not None:
        text += f" {theirs / units * 1e6:>22.1f} {theirs / found['laneway']:>12.1f}×"
    print(text, flush=True)
    return ours


if __name__ == "__main__":
    sys.exit(main())
