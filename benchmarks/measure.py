"""Timing that holds on a noisy machine: CPU time, slices of both sides in turn, ratios of neighbours."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median

MOST_DRIFT = 0.2
"""By how much the machine's speed may change within a run before its figures are worth nothing."""
CALIBRATION = "calibration"


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
