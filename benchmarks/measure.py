"""Timing that holds on a noisy machine: slices of both sides in turn, CPU time, the 20th percentile."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object], repeat: int) -> float:
    """CPU seconds of one call of ``work``, averaged over ``repeat`` calls."""
    gc.collect()
    begin = time.process_time()
    for _ in range(repeat):
        work()
    return (time.process_time() - begin) / repeat


def interleaved(sides: dict[str, tuple[Callable[[], object], int]], rounds: int = 15) -> dict[str, float]:
    """Run slices of every side in turn; per side the 20th percentile of its slices, in CPU seconds per call."""
    slices: dict[str, list[float]] = {name: [] for name in sides}
    for work, _ in sides.values():
        work()
    for _ in range(rounds):
        for name, (work, repeat) in sides.items():
            slices[name].append(cpu_seconds(work, repeat))
    return {name: sorted(found)[len(found) // 5] for name, found in slices.items()}
