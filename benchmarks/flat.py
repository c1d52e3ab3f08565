"""That a step costs the same however many came before it, or are beside it.

python -m benchmarks flat
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks import diagrams
from benchmarks.measure import interleaved, slices_of
from benchmarks.report import Report
from benchmarks.sides import laneway as laneway_in_memory

ROUNDS = slices_of(5)


def laneway(data: bytes, variables: Mapping[str, Any]) -> Callable[[], object]:
    """Each step run as the first: few are remembered as a course and many are not, which is no question of how many came before."""
    return laneway_in_memory(data, variables, remembering=False)


def run(report: Report) -> None:
    report.part("a step among few and among many, in memory", "1.00 is flat")
    for unit, make, few, many in report.over(FLAT, "flat", len(FLAT)):
        _flat(report, unit, make, few, many)


def _flat(report: Report, unit: str, make: Callable[[int], Callable[[], object]], few: int, many: int) -> None:
    """Both sizes in turn, as many steps of each in a slice: their ratio is what the steps before, or beside, cost."""
    calls = max(1, 400 // many)
    found = interleaved({"many": (make(many), calls), "few": (make(few), calls * many // few)}, ROUNDS)
    ratio = found.ratio("many", "few") * few / many
    told: dict[str, Any] = {
        "µs among few": found.cost("few") / few * 1e6,
        "among many": found.cost("many") / many * 1e6,
    }
    report.figure(f"{unit}: {few:,} … {many:,}", ratio, "many ÷ few", **told)


def _sequence(tasks: int) -> Callable[[], object]:
    return laneway(diagrams.scripts(tasks, feel=True), {"n": 0})


def _circle(rounds: int) -> Callable[[], object]:
    return laneway(diagrams.circle(rounds, feel=True), {"n": 0})


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
