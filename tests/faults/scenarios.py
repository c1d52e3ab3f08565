"""The table of contents of the faults: which database, which troubles."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.run import Report, run
from tests.faults.troubles import Plan, Trouble, kill, stop


@dataclass(frozen=True)
class Scenario:
    """``counted_as``: which figure of the command line says how many troubles there are."""

    name: str
    counted_as: str
    kinds: tuple[Trouble, ...]

    def play(self, folder: Path, count: int, orders: int, seed: int, progress: Callable[[str], None]) -> Report:
        plan = Plan(self.kinds, count, longest=float(os.environ.get("MINUTES", "inf")) * 60)
        database = f"sqlite:///{folder / 'faults.db'}"
        return run(folder, database, plan, orders=orders, seed=seed, progress=progress)


SCENARIOS = (
    Scenario("kill -9, sqlite", "kills", (kill,)),
    Scenario("SIGSTOP, sqlite", "stops", (stop,)),
)
