"""``make bench``: every figure as a ratio in one run. See docs/reference/benchmarks.md.

python -m benchmarks                        everything
python -m benchmarks --quick                everything in a few minutes, by fewer slices
python -m benchmarks durable peers          these parts alone
python -m benchmarks --json figures.json    for machines, too
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.report import Report

PARTS = ("memory", "flat", "feel", "durable", "rest", "peers", "scale", "shards", "agents")
"""Modules with ``run(report)``."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Figures as ratios in one run.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all without")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--quick", action="store_true", help="fewer slices: sooner, and worth less")
    given = parser.parse_args(arguments)
    if given.quick:
        os.environ["LANEWAY_BENCH_QUICK"] = "1"  # before the parts are imported, and for the processes that they start
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {load:.1f} busy for each; slices of all sides in turn; "
        "CPU: 20th percentile, ratios: median of neighbouring slices"
    )
    report = Report()
    for part in given.parts or PARTS:
        report.timed(part, import_module(f"benchmarks.{part}").run)
        if given.json is not None:
            report.write(given.json)
    report.summary()
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
