"""The long form: `make faults`. Kills, stops and the rest, as many as are asked for, on both databases; a table at the end.

python -m tests.faults [--only sqlite|postgresql]    KILLS=1000 STOPS=1000 CUTS=1000 INSTANCES=10000 SEED=1 MINUTES=60

A long form may be played in portions: `--into FILE` adds what was found to FILE, a JSON object a line, and `--sum FILE`
prints the table of all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from tests.faults.run import Report
from tests.faults.scenarios import SCENARIOS, Scenario

FAULTS = ("lost", "stuck", "doubled", "wrong")


def number(name: str, otherwise: int) -> int:
    return int(os.environ.get(name, otherwise))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", help="part of a scenario's name")
    parser.add_argument("--into", type=Path, help="file that a line is added to for each scenario")
    parser.add_argument("--sum", type=Path, help="print the table of a file and play nothing")
    given = parser.parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    if given.sum is not None:
        found = [json.loads(line) for line in given.sum.read_text().splitlines()]
    else:
        found = list(_found(console, given.only, given.into))
    console.print(_table(found))
    return 1 if any(one[kind] for one in found for kind in FAULTS) else 0


def _found(console: Console, only: str, into: Path | None) -> Iterator[dict[str, Any]]:
    counts = {
        "kills": number("KILLS", 200),
        "stops": number("STOPS", 50),
        "cuts": number("CUTS", 200),
        "restarts": number("RESTARTS", 50),
        "clocks": number("CLOCKS", 20),
        "disks": number("DISKS", 100),
        "mixed": number("MIXED", 50),
    }
    for scenario in SCENARIOS:
        count = counts[scenario.counted_as]
        if not count or only not in scenario.name:
            continue
        report = _play(console, scenario, count)
        for fault in report.verdict.faults[:50]:
            console.print(f"  {scenario.name}: {fault}", markup=False)
        line = {
            "scenario": scenario.name,
            "made": dict(report.made),
            "instances": report.verdict.instances,
            "audited": report.verdict.audited,
            "unanswered": report.load.unanswered,
            "twice": report.load.doubled,
            **{kind: len(getattr(report.verdict, kind)) for kind in FAULTS},
            "seconds": round(report.seconds),
        }
        if into is not None:
            with into.open("a") as file:
                file.write(json.dumps(line) + "\n")
        yield line


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table(title="Faults")
    for column in ("scenario", "faults", "instances", "audited", "answers lost", "sent twice", *FAULTS, "seconds"):
        table.add_column(column, justify="left" if column == "scenario" else "right")
    for name in dict.fromkeys(one["scenario"] for one in found):
        of_it = [one for one in found if one["scenario"] == name]
        made: Counter[str] = sum((Counter(one["made"]) for one in of_it), Counter())
        kinds = ", ".join(f"{times} {kind}" for kind, times in sorted(made.items()))
        sums = (
            sum(one[each] for one in of_it)
            for each in ("instances", "audited", "unanswered", "twice", *FAULTS, "seconds")
        )
        table.add_row(f"{name}: {kinds}", str(made.total()), *map(str, sums))
    return table


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
