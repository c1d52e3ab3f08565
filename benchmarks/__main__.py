"""``make bench``: what a step costs in memory, and that it costs the same however many steps came before; then FEEL and DMN."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import diagrams, feel, memory
from benchmarks.measure import Slices, interleaved
from benchmarks.sides import laneway

ROUNDS = (100, 1_000, 10_000)


def main() -> int:
    print(
        f"Python {sys.version.split()[0]}; CPU time; slices of both sides in turn; 20th percentile of a side, median ratio of neighbours\n"
    )
    memory.main()
    print()
    print(f"{'sequence of abstract tasks':<28}")
    _row("5", interleaved({"laneway": (laneway(diagrams.sequence(5), {}), 400)}), 5)
    print()
    print(f"{'loop through a gateway':<28} {'µs/round':>16}")
    for rounds in ROUNDS:
        _row(f"{rounds:,} rounds", interleaved({"laneway": (_circle(rounds), max(1, 1_000 // rounds))}, 7), rounds)
    print()
    print(f"{'what a step costs':<52} {'among few':>12} {'among many':>12} {'many ÷ few':>11}   µs; 1.00 is flat")
    for unit, make, few, many in FLAT:
        _flat(unit, make, few, many)
    feel.main()
    return 0


def _sequence(tasks: int) -> Callable[[], object]:
    return laneway(diagrams.scripts(tasks, feel=True), {"n": 0})


def _circle(rounds: int) -> Callable[[], object]:
    return laneway(diagrams.circle(rounds, feel=True), {"n": 0})


def _row(name: str, found: Slices, units: int) -> None:
    print(f"{name:<28} {found.cost('laneway') / units * 1e6:>16.2f}", flush=True)


def _flat(unit: str, make: Callable[[int], Callable[[], object]], few: int, many: int) -> None:
    """Both sizes in turn, as many steps of each in a slice: their ratio is what the steps before, or beside, cost."""
    calls = max(1, 400 // many)
    found = interleaved({"many": (make(many), calls), "few": (make(few), calls * many // few)}, 5)
    ratio = found.ratio("many", "few") * few / many
    shown = f"{unit}: {few:,} … {many:,}"
    cheap, dear = found.cost("few") / few * 1e6, found.cost("many") / many * 1e6
    print(f"{shown:<52} {cheap:>12.2f} {dear:>12.2f} {ratio:>11.2f}", flush=True)


def _people(rounds: int) -> Callable[[], object]:
    return laneway(diagrams.person(rounds), {"n": 0})


def _items(sequential: bool, kind: str = "scriptTask") -> Callable[[int], Callable[[], object]]:
    def make(count: int) -> Callable[[], object]:
        return laneway(diagrams.items(count, sequential=sequential, kind=kind), {"items": list(range(count))})

    return make


def _branches(kind: str, gateway: str = "parallelGateway") -> Callable[[int], Callable[[], object]]:
    return lambda count: laneway(diagrams.branches(count, kind, gateway), {})


def _blocks(gateway: str) -> Callable[[int], Callable[[], object]]:
    return lambda count: laneway(diagrams.blocks(count, gateway), {})


FLAT: tuple[tuple[str, Callable[[int], Callable[[], object]], int, int], ...] = (
    ("task of a sequence", _sequence, 5, 5_000),
    ("round through a gateway, in one step", _circle, 5, 50_000),
    ("round with a user task, a step each", _people, 5, 50_000),
    ("item, one after another", _items(sequential=True), 1, 10_000),
    ("item, side by side", _items(sequential=False), 1, 10_000),
    ("user task, item by item side by side", _items(sequential=False, kind="userTask"), 1, 10_000),
    ("parallel branch", _branches("task"), 2, 1_000),
    ("parallel branch with a user task", _branches("userTask"), 2, 1_000),
    ("inclusive branch", _branches("task", "inclusiveGateway"), 2, 1_000),
    ("inclusive branch with a user task", _branches("userTask", "inclusiveGateway"), 2, 1_000),
    ("consecutive parallel block", _blocks("parallelGateway"), 1, 14),
    ("consecutive parallel block", _blocks("parallelGateway"), 1, 60),
    ("consecutive inclusive block", _blocks("inclusiveGateway"), 1, 60),
    ("sub-process in sub-process", lambda depth: laneway(diagrams.nested(depth), {}), 1, 50),
)
"""What is counted, the few and the many. Few have the cost of an instance's start and end to themselves."""


if __name__ == "__main__":
    sys.exit(main())
