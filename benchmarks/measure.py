"""Timing that holds on a noisy machine: CPU time, slices of both sides in turn, ratios of neighbours."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

MOST_DRIFT = 0.2
"""By how much the machine's speed may change within a run before its figures are worth nothing."""
CALIBRATION = "calibration"
QUICK = bool(os.environ.get("LANEWAY_BENCH_QUICK"))
"""Set by ``--quick``: fewer slices, so that a figure comes sooner and is worth less."""


def slices_of(usual: int) -> int:
    """Slices of each side: as many as that, a third if it has to be quick."""
    return max(2, usual // 3) if QUICK else usual


def cpu_seconds(work: Callable[[], object], repeat: int) -> float:
    """CPU seconds of one call of ``work``, averaged over ``repeat`` calls."""
    gc.collect()
    begin = time.process_time()
    for _ in range(repeat):
        work()
    return (time.process_time() - begin) / repeat


class Slices:
    """CPU seconds per call, of every side and slice."""

    def __init__(self, slices: dict[str, list[float]]) -> None:
        self._slices = slices

    def __contains__(self, side: str) -> bool:
        return side in self._slices

    def cost(self, side: str) -> float:
        """The 20th percentile: what it costs where nothing else disturbs."""
        found = sorted(self._slices[side])
        return found[len(found) // 5]

    def ratio(self, side: str, to: str) -> float:
        """The median of the ratios of neighbouring slices, so that a drift of the machine's speed falls out."""
        pairs = zip(self._slices[side], self._slices[to], strict=True)
        return median(mine / other for mine, other in pairs)

    def drift(self) -> float:
        """How far the machine's speed moved: the calibration loop in the slower half of the run beside the faster one."""
        found = self._slices[CALIBRATION]
        halves = sorted(median(half) for half in (found[: len(found) // 2], found[len(found) // 2 :]))
        return halves[1] / halves[0] - 1


def calibration() -> None:
    """The same work always: what it costs tells how fast the machine is at this moment."""
    names = {str(number): number for number in range(100)}
    for _ in range(20):
        sum(names[name] for name in names)


def interleaved(sides: dict[str, tuple[Callable[[], object], int]], rounds: int = 25) -> Slices:
    """Run slices of every side in turn; each side is ``(work, calls per slice)``."""
    slices: dict[str, list[float]] = {name: [] for name in sides}
    for work, _ in sides.values():
        work()
    for _ in range(rounds):
        for name, (work, repeat) in sides.items():
            slices[name].append(cpu_seconds(work, repeat))
    return Slices(slices)


@dataclass(frozen=True)
class Turn:
    """What a side did in one slice. ``cpu`` is that of all who worked for it, ``took`` the seconds of each operation."""

    operations: int
    wall: float
    cpu: float
    took: Sequence[float] = ()


def turn(work: Callable[[], int], others: Callable[[], float] | None = None) -> Turn:
    """Time ``work``, which tells how many operations it did; ``others`` tells the CPU seconds of other processes so far."""
    gc.collect()
    theirs = others() if others else 0.0
    cpu, wall = time.process_time(), time.perf_counter()
    operations = work()
    wall = time.perf_counter() - wall
    cpu = time.process_time() - cpu + ((others() - theirs) if others else 0.0)
    return Turn(operations, wall, cpu)


@dataclass
class Turns:
    """The slices of all sides, which took turns."""

    of: dict[str, list[Turn]] = field(default_factory=dict)

    def cpu(self, side: str) -> float:
        """CPU seconds of an operation, the 20th percentile: what it costs where nothing else disturbs."""
        return _low(one.cpu / one.operations for one in self.of[side])

    def wall(self, side: str) -> float:
        """Seconds of a slice per operation, median."""
        return median(one.wall / one.operations for one in self.of[side])

    def rate(self, side: str) -> float:
        return 1 / self.wall(side)

    def latency(self, side: str, percent: int) -> float:
        found = sorted(seconds for one in self.of[side] for seconds in one.took)
        return found[min(len(found) - 1, len(found) * percent // 100)] if found else 0.0

    def faster(self, side: str, than: str, by: Literal["wall", "cpu"] = "wall") -> float:
        """The median of the ratios of neighbouring slices: how many times as much ``side`` does in the same time."""

        def cost(turn: Turn) -> float:
            return (turn.wall if by == "wall" else turn.cpu) / turn.operations

        return median(cost(other) / cost(mine) for mine, other in zip(self.of[side], self.of[than], strict=True))

    def drift(self) -> float:
        return Slices({CALIBRATION: [one.cpu for one in self.of[CALIBRATION]]}).drift()


def take_turns(sides: Mapping[str, Callable[[], Turn]], rounds: int) -> Turns:
    """A slice of each side, again and again, and of the calibration loop."""
    found = Turns({name: [] for name in (*sides, CALIBRATION)})
    for _ in range(rounds):
        for name, side in sides.items():
            found.of[name].append(side())
        found.of[CALIBRATION].append(turn(_calibrated))
    return found


def _calibrated() -> int:
    for _ in range(200):
        calibration()
    return 1


def _low(values: Any) -> float:
    found: list[float] = sorted(values)
    return found[len(found) // 5]
