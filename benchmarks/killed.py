"""A process that is killed in the middle of its work: nothing that it had acknowledged may be lost.

    python -m benchmarks.killed sqlite:///file.db

It gives commands by several threads and hands others over, and writes a line for each that was acknowledged, until it is killed.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from benchmarks.site import Site, started
from laneway.domain.errors import LanewayError
from laneway.ports import Filter, SearchQuery

ROOT = Path(__file__).parents[1]
SECONDS = 0.6
STARTED = ("seq", "mix", "exclusive", "parallel", "loop")


def check(url: str, seconds: float = SECONDS) -> tuple[int, list[str]]:
    """Kill one that works on ``url``; gives how much it had acknowledged, and what of that is lost."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.killed", url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        lines = [first, *process.stdout]
    told = [line.split() for line in lines if line.endswith("\n")]
    site = Site(url)
    try:
        done = {
            "instance": _ended(site, "process-instances", "processInstanceKey"),
            "task": _ended(site, "user-tasks", "userTaskKey"),
        }
        lost = [f"{kind} {key}" for kind, key in told if int(key) not in done[kind]]
        broken = site.engine.verify_audit()["first_bad"]
    finally:
        site.close()
    return len(told), [*lost, *([f"audit: {broken}"] if broken else [])]


def _ended(site: Site, resource: str, name: str) -> set[int]:
    found: set[int] = set()
    after: str | None = None
    while True:
        query = SearchQuery(resource, (Filter("state", "eq", "COMPLETED"),), limit=10_000, after=after)
        page = site.engine.search(query)
        found |= {int(row[name]) for row in page.items}
        if len(page.items) < 10_000 or page.end_cursor is None:
            return found
        after = page.end_cursor


def main(url: str) -> None:
    site = Site(url)

    def tell(kind: str, key: int) -> None:
        os.write(1, f"{kind} {key}\n".encode())

    def work(number: int) -> None:
        for process in itertools.cycle((*STARTED, "person")):
            try:
                key = site.start(process)
                if process != "person":
                    tell("instance", key)
                    continue
                task = site.task_of(key)
                site.settle(task)
                tell("task", task)
            except LanewayError as error:
                print(f"worker {number}: {error}", file=sys.stderr)

    def hand_over() -> None:
        while True:
            for future in site.engine.submit(*(started(process, {}) for process in STARTED * 3)):
                tell("instance", future.result().key)

    threading.Thread(target=hand_over, daemon=True).start()
    for number in range(8):
        threading.Thread(target=work, args=(number,), daemon=True).start()
    time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1])
