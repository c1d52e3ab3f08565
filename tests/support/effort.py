"""What a piece of work costs, in units that a busy or slow machine stretches alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def effort(work: Callable[[], object]) -> float:
    """CPU time of ``work`` ÷ that of a fixed loop run before and after it (about 10 ms on a machine of 2026)."""
    gc.disable()  # a collection looks at all that the whole test run holds, which is no cost of the work
    try:
        before = _reference()
        began = time.process_time()
        work()
        spent = time.process_time() - began
        return spent / max(before, _reference())
    finally:
        gc.enable()


def _reference() -> float:
    began = time.process_time()
    total = 0
    for number in range(150_000):
        total += number & 7
    return time.process_time() - began
