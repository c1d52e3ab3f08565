"""Two of everything: two shards that share nothing, and two processes on one PostgreSQL.

    python -m benchmarks shards

Each process starts instances with several threads, as fast as it can, when it is told to. Slices with one process at work and
with two take turns. Beside what two did in the same time stands the CPU of a command with one and with two at work: where that stays the same
and nobody waits, twice the cores do twice the work, however many this machine has to give.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks import places
from benchmarks.measure import slices_of
from benchmarks.places import Place, cpu_of
from benchmarks.report import Report, at_least
from benchmarks.site import Site, together

ROOT = Path(__file__).parents[1]
THREADS = 16
SECONDS = 1.5
ROUNDS = slices_of(5)


class Worker:
    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.shards", url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def go(self, seconds: float) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()

    def done(self) -> tuple[int, float]:
        """Instances, and CPU seconds."""
        assert self._process.stdout is not None
        count, cpu = self._process.stdout.readline().split()
        return int(count), float(cpu)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


class Watch:
    """Looks ten times a second how many connections wait for a lock (PostgreSQL), while it is entered."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("+psycopg", "")
        self.looks = self.waiting = 0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        if self._url.startswith("postgresql"):
            self._over.clear()
            self._thread = threading.Thread(target=self._look)
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._over.wait(0.1):
                found = connection.execute(asked).fetchone()
                assert found is not None
                self.looks += 1
                self.waiting += found[0]


def run(report: Report) -> None:
    with places.tmpfs() as place:
        _two(report, "two shards, SQLite on tmpfs", place, [place.url(), place.url()])
    with places.postgres() as place:
        url = place.url()
        _two(report, "two workers on one PostgreSQL", place, [url, url])


def _two(report: Report, name: str, place: Place, urls: list[str]) -> None:
    report.part(name, f"{os.cpu_count()} cores, SEQ started by {THREADS} threads in each process")
    for url in dict.fromkeys(urls):
        Site(url).close()
    workers = [Worker(url) for url in urls]
    try:
        for worker in workers:
            worker.ready()
        speed, alone, beside = [], [], []
        watch = Watch(urls[0])
        for _ in report.over(range(ROUNDS), name, ROUNDS):
            one, costs = _slice(place, workers[:1])
            with watch:
                two, both = _slice(place, workers)
            speed.append(two / one)
            alone.append(costs)
            beside.append(both)
    finally:
        for worker in workers:
            worker.end()
    low = len(speed) // 5
    cost, shared = sorted(alone)[low], sorted(beside)[low]
    told: dict[str, Any] = {"CPU µs alone": cost * 1e6, "beside another": shared * 1e6}
    report.figure("done by two ÷ by one, on this machine", median(speed), "times", **told)
    if watch.looks:
        report.figure("connections that wait for a lock of another", watch.waiting / watch.looks, "at a time")
    report.figure("2 × CPU of a command alone ÷ beside another", 2 * cost / shared, "times", at_least(1.8))


def _slice(place: Place, workers: list[Worker]) -> tuple[float, float]:
    """Instances a second of all of them, and CPU seconds of an instance, the server's among them."""
    server = place.cpu()
    for worker in workers:
        worker.go(SECONDS)
    found = [worker.done() for worker in workers]
    count = sum(number for number, _ in found)
    return count / SECONDS, (sum(cpu for _, cpu in found) + place.cpu() - server) / count


def main(url: str) -> None:
    site = Site(url)
    together(THREADS, [lambda: site.start("seq", n=0)] * THREADS)
    print("ready", flush=True)
    for line in sys.stdin:
        until = time.monotonic() + float(line)
        before = cpu_of(os.getpid())
        count = [0] * THREADS

        def work(number: int, until: float = until, count: list[int] = count) -> None:
            while time.monotonic() < until:
                site.start("seq", n=0)
                count[number] += 1

        together(THREADS, [lambda number=number: work(number) for number in range(THREADS)])  # type: ignore[misc]
        print(sum(count), cpu_of(os.getpid()) - before, flush=True)
    site.close()


if __name__ == "__main__":
    main(sys.argv[1])
