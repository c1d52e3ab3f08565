"""What is printed, and kept for ``--json``: each figure with its target beside it, and whether that is met."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measure import MOST_DRIFT

WIDTH = 54
BAR = 30


@dataclass(frozen=True)
class Target:
    """``sign``: ``≥`` or ``≤``."""

    sign: str
    bound: float

    def met(self, value: float) -> bool:
        return value >= self.bound if self.sign == "≥" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {shown(self.bound)}"


def at_least(bound: float) -> Target:
    return Target("≥", bound)


def at_most(bound: float) -> Target:
    return Target("≤", bound)


@dataclass(frozen=True)
class Figure:
    part: str
    name: str
    value: float
    unit: str
    target: Target | None
    beside: dict[str, Any] = field(default_factory=dict)
    drift: float = 0.0
    """How far the machine's speed moved meanwhile; too far, and the figure stands for nothing."""

    @property
    def verdict(self) -> str:
        if self.drift > MOST_DRIFT:
            return "DRIFT"
        if self.target is None:
            return ""
        return "met" if self.target.met(self.value) else "SHORT"


class Report:
    """Prints as it goes, so that a long run shows what it has."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.notes: list[str] = []
        self.failed: dict[str, str] = {}
        """Parts that ended in a fault, and in which."""
        self._part = ""
        self._began = time.time()

    def part(self, name: str, note: str = "") -> None:
        self._part = name
        _wipe()
        print(f"\n{name}" + (f" — {note}" if note else ""), flush=True)

    def timed(self, name: str, part: Callable[[Report], None]) -> None:
        """Run a part of the whole, and say how long it took. One that ends in a fault keeps no other from being run."""
        began = time.time()
        try:
            part(self)
        except (Exception, SystemExit) as fault:
            self.failed[name] = f"{type(fault).__name__}: {fault}"
            _wipe()
            traceback.print_exc()
        _wipe()
        print(f"  {name}: {time.time() - began:.0f} s", flush=True)

    def figure(
        self, name: str, value: float, unit: str, target: Target | None = None, drift: float = 0.0, **beside: Any
    ) -> None:
        """``beside``: what the value was made of, and what helps to read it."""
        found = Figure(self._part, name, value, unit, target, beside, drift)
        self.figures.append(found)
        _wipe()
        wanted = f"{found.target or ''!s:>8} {found.verdict:<6}"
        if found.verdict == "DRIFT":
            beside["drift"] = f"{drift:.0%}"
        told = "  ".join(f"{key} {shown(item)}" for key, item in beside.items())
        print(f"  {name:<{WIDTH}} {shown(value):>9} {unit:<12} {wanted} {told}".rstrip(), flush=True)

    def note(self, text: str) -> None:
        self.notes.append(f"{self._part}: {text}")
        _wipe()
        print(f"  {text}", flush=True)

    def progress(self, what: str, done: float, whole: float) -> None:
        """A bar on a terminal, and nothing elsewhere."""
        if sys.stderr.isatty():
            filled = int(BAR * min(done / whole, 1.0))
            sys.stderr.write(f"\r{'█' * filled}{'░' * (BAR - filled)} {what}\x1b[K")
            sys.stderr.flush()

    def over(self, items: Iterable[Any], what: str, whole: int) -> Iterable[Any]:
        for number, item in enumerate(items):
            self.progress(what, number, whole)
            yield item
        _wipe()

    def summary(self) -> None:
        """Every target, met or short, and every part that came to no end."""
        wanted = [figure for figure in self.figures if figure.target is not None]
        for name, fault in self.failed.items():
            print(f"\nFAILED {name}: {fault}")
        if not wanted:
            return
        said = Counter(figure.verdict for figure in wanted)
        others = "".join(f", {count} {verdict}" for verdict, count in said.items() if verdict != "met")
        print(f"\ntargets: {said['met']} of {len(wanted)} met{others}; {time.time() - self._began:.0f} s")
        for figure in wanted:
            name = f"{figure.part}: {figure.name}"
            print(f"  {figure.verdict:<6} {shown(figure.value):>9} {figure.unit:<12} {figure.target!s:>8}  {name}")

    def write(self, file: Path) -> None:
        """The same for machines: ``{"machine", "began", "seconds", "figures", "notes", "failed"}``."""
        told = {
            "machine": {
                "python": platform.python_version(),
                "system": platform.platform(),
                "cores": os.cpu_count(),
                "load": os.getloadavg(),
            },
            "began": self._began,
            "seconds": time.time() - self._began,
            "figures": [
                {**asdict(figure), "target": str(figure.target or ""), "verdict": figure.verdict}
                for figure in self.figures
            ],
            "notes": self.notes,
            "failed": self.failed,
        }
        file.write_text(json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n", "utf-8")


def shown(value: Any) -> str:
    """Three digits that count."""
    if not isinstance(value, (int, float)):
        return str(value)
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _wipe() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
