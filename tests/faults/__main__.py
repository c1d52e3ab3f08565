"""The long form: `make faults`. Kills, stops and the rest, as many as are asked for, on both databases; a table at the end.

python -m tests.faults [--only sqlite|postgresql]    KILLS=1000 STOPS=1000 CUTS=1000 INSTANCES=10000 SEED=1 MINUTES=60
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from tests.faults.run import Report
from tests.faults.scenarios import SCENARIOS, Scenario


def number(name: str, otherwise: int) -> int:
    return int(os.environ.get(name, otherwise))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", help="part of a scenario's name")
    only = parser.parse_args(arguments).only
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    table = Table(title="Faults")
    for column in ("scenario", "faults", "instances", "answers lost", "lost", "stuck", "doubled", "wrong", "seconds"):
        table.add_column(column, justify="left" if column == "scenario" else "right")
    counts = {
        "kills": number("KILLS", 200),
        "stops": number("STOPS", 50),
        "cuts": number("CUTS", 200),
        "restarts": number("RESTARTS", 50),
        "clocks": number("CLOCKS", 20),
        "mixed": number("MIXED", 50),
    }
    found = 0
    for scenario in SCENARIOS:
        count = counts[scenario.counted_as]
        if count and only in scenario.name:
            report = _play(console, scenario, count)
            verdict = report.verdict
            kinds = ", ".join(f"{times} {kind}" for kind, times in sorted(report.made.items()))
            table.add_row(
                f"{scenario.name}: {kinds}",
                *(str(each) for each in (sum(report.made.values()), verdict.instances, report.load.unanswered)),
                *(str(len(each)) for each in (verdict.lost, verdict.stuck, verdict.doubled, verdict.wrong)),
                f"{report.seconds:.0f}",
            )
            for fault in verdict.faults[:50]:
                console.print(f"  {scenario.name}: {fault}", markup=False)
            found += len(verdict.faults)
    console.print(table)
    return 1 if found else 0


def _play(console: Console, scenario: Scenario, count: int) -> Report:
    orders = number("INSTANCES", 10 * count) // 2
    with tempfile.TemporaryDirectory(prefix="lw-faults-") as folder, Live(console=console, transient=True) as live:
        show: Callable[[str], None] = lambda text: live.update(f"{scenario.name}: {text}")  # noqa: E731
        report: Report | None = None
        try:
            report = scenario.play(Path(folder), count, orders, number("SEED", 1), show)
            return report
        finally:
            if report is None or report.verdict.faults:
                kept = tempfile.mkdtemp(prefix="lw-faults-kept-")
                shutil.copytree(folder, kept, dirs_exist_ok=True)
                console.print(f"what the processes said is kept in {kept}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
