"""What a durable step costs: commands by one and by many threads, beside the rate at which the same rows can be written.

The roof is the database alone: the rows that one instance leaves are read back and written again by the driver itself,
one transaction for each command, or one for as many as there are threads.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import diagrams
from laneway.bootstrap import Laneway, build
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings

THREADS = (1, 8, 32)
SLICE = 0.8
"""Seconds of a side before the next has its turn."""


class Bench:
    """A Laneway on a new database in ``folder``."""

    def __init__(self, folder: Path, name: str, **settings: Any) -> None:
        self.file = folder / f"{name}.db"
        self.made: Laneway = build(Settings(database_url=f"sqlite:///{self.file}", **settings))
        for process, xml in (("sequence", diagrams.scripts(5, feel=True)), ("person", diagrams.person(1))):
            self.made.engine.deploy([(f"{process}.bpmn", xml.replace(b'id="bench"', f'id="{process}"'.encode()))])

    def start(self, process: str) -> int:
        return self.made.engine.start_instance(process_id=process, variables={"n": 0}).key

    def tasks(self, count: int) -> list[int]:
        """Keys of as many open user tasks, each of an instance of its own."""
        in_threads(8, count, lambda _: self.start("person"))
        query = SearchQuery("user-tasks", (Filter("state", "eq", "CREATED"),), limit=10_000)
        return [row["userTaskKey"] for row in self.made.engine.search(query).items]


def in_threads(threads: int, count: int, work: Callable[[int], object]) -> tuple[float, list[float]]:
    """Wall seconds of ``count`` calls, and those of each."""
    took: list[float] = []
    numbers = iter(range(count))
    lock = threading.Lock()

    def run() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            begin = time.perf_counter()
            work(number)
            took.append(time.perf_counter() - begin)

    crew = [threading.Thread(target=run) for _ in range(threads)]
    begin = time.perf_counter()
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return time.perf_counter() - begin, took


class Roof:
    """Writes the rows that instances of ``process`` left, again and again, with the driver alone."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        source = sqlite3.connect(bench.file)
        self._file = folder / "roof.db"
        target = sqlite3.connect(self._file, isolation_level=None)
        source.backup(target)
        source.close()
        target.execute("PRAGMA journal_mode = WAL")
        target.execute("PRAGMA synchronous = FULL")
        self._target = target
        self._next = 1 << 61

    def rows(self, root: int) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """``(statement, rows)`` by table of what one root left; keys are in the first columns."""
        found = []
        tables = [name for (name,) in self._target.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in self._target.execute(f"PRAGMA table_info({table})")]
            if "root_key" not in columns:
                continue
            rows = self._target.execute(f"SELECT * FROM {table} WHERE root_key = ?", (root,)).fetchall()
            if rows:
                marks = ", ".join("?" * len(columns))
                found.append((f"INSERT INTO {table} VALUES ({marks})", rows))
        return found

    def write(self, rows: list[tuple[str, list[tuple[Any, ...]]]], root: int, commands: int, together: int) -> float:
        """Seconds for ``commands`` of them, ``together`` in each transaction."""
        largest = max(value for _, some in rows for row in some for value in row if isinstance(value, int))
        begin = time.perf_counter()
        for first in range(0, commands, together):
            self._target.execute("BEGIN IMMEDIATE")
            for _ in range(min(together, commands - first)):
                shift = self._next - root
                self._next += largest - root + 1000
                for statement, some in rows:
                    moved = [
                        tuple(
                            value + shift if isinstance(value, int) and root <= value < root + (1 << 32) else value
                            for value in row
                        )
                        for row in some
                    ]
                    self._target.executemany(statement, moved)
            self._target.execute("COMMIT")
        return time.perf_counter() - begin


def main(folder: str | None = None) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        _measure(Path(place))


def _measure(place: Path) -> None:
    bench = Bench(place, "bench")
    for _ in range(20):
        bench.start("sequence")
    root = bench.start("sequence")
    roof = Roof(bench, place)
    rows = roof.rows(root)
    print(f"\n{'durable, SQLite FULL':<34} {'per second':>11} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>8} {'÷ roof':>8}")
    for threads in THREADS:
        count = 120 if threads == 1 else 400
        rates, roofs = [], []
        shown: list[float] = []
        for _ in range(3):
            cpu = time.process_time()
            seconds, took = in_threads(threads, count, lambda _: bench.start("sequence"))
            shown.append((time.process_time() - cpu) / count * 1e6)
            rates.append(count / seconds)
            roofs.append(count / roof.write(rows, root, count, threads))
        _row(f"SEQ of 5, {threads} threads", rates, took, shown, roofs)
    for threads in THREADS:
        count = 120 if threads == 1 else 400
        rates, shown = [], []
        for _ in range(3):
            keys = bench.tasks(count)[:count]
            cpu = time.process_time()
            seconds, took = in_threads(
                threads, len(keys), lambda n, keys=keys: bench.made.engine.complete_user_task(keys[n], {})
            )
            shown.append((time.process_time() - cpu) / len(keys) * 1e6)
            rates.append(len(keys) / seconds)
        _row(f"user task completed, {threads} threads", rates, took, shown, [])
    bench.made.close()


def _row(name: str, rates: list[float], took: list[float], cpu: list[float], roofs: list[float]) -> None:
    took = sorted(took)
    ratio = f"{median(mine / other for mine, other in zip(rates, roofs, strict=True)):>8.2f}" if roofs else ""
    middle, late = took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3
    print(f"{name:<34} {median(rates):>11.0f} {middle:>8.2f} {late:>8.2f} {min(cpu):>8.0f} {ratio}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TMPDIR"))
