"""``make bench``: every figure as a ratio in one run. See docs/reference/benchmarks.md.

python -m benchmarks                        everything, in under ten minutes
python -m benchmarks durable peers          these parts alone
python -m benchmarks --json figures.json    for machines, too
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import agents, durable, feel, flat, memory, peers, rest, scale, shards
from benchmarks.report import Report

PARTS: dict[str, Callable[[Report], None]] = {
    "memory": memory.run,
    "flat": flat.run,
    "feel": feel.run,
    "durable": durable.run,
    "rest": rest.run,
    "peers": peers.run,
    "scale": scale.run,
    "shards": shards.run,
    "agents": agents.run,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Figures as ratios in one run.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all without")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    given = parser.parse_args(arguments)
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {load:.1f} busy for each; slices of all sides in turn; "
        "CPU: 20th percentile, ratios: median of neighbouring slices"
    )
    report = Report()
    for part in given.parts or PARTS:
        PARTS[part](report)
        if given.json is not None:
            report.write(given.json)
    report.summary()
    return 0


if __name__ == "__main__":
    sys.exit(main())
