"""``make soak``: hours of steady work, and then more than can be done. Nothing may grow but the database.

    python -m benchmarks.soak [--minutes 60] [--database URL] [--rate 20]

One process answers, another works on timers, messages and scripts. Clients start instances, claim and complete user tasks, take
and complete jobs, and publish messages, at a steady rate. The slope of each process's memory is that of a line through its
samples, the first third left out (caches fill, allocators settle). Then three times as many clients as are let in at once
press as hard as they can: who is turned away has to hear 503 and when to come again, and memory must not grow with them.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.report import Report, Target, at_most
from benchmarks.site import Site

PAGE = os.sysconf("SC_PAGE_SIZE")
EVERY = 2.0
"""Seconds between samples."""
AT_ONCE = 64
"""Requests that the server is told to let in; the press of clients is three times that."""
PRESS_SECONDS = 20.0
MB = 1 << 20


@dataclass
class Samples:
    """Of one process: hours since the start, bytes that it holds, files that it has open."""

    name: str
    pid: int
    hours: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    def take(self, hours: float) -> None:
        fields = Path(f"/proc/{self.pid}/statm").read_text().split()
        self.hours.append(hours)
        self.memory.append(int(fields[1]) * PAGE)
        self.files.append(len(os.listdir(f"/proc/{self.pid}/fd")))

    def slope(self) -> tuple[float, float]:
        """MB an hour, and its standard error. Samples stand close and hang together, so they are first averaged by twelfths."""
        begin = len(self.hours) // 3
        return slope(*averaged(self.hours[begin:], [value / MB for value in self.memory[begin:]]))


def averaged(xs: Sequence[float], ys: Sequence[float], parts: int = 12) -> tuple[list[float], list[float]]:
    """The means of so many stretches of the samples."""
    size = max(1, len(xs) // parts)
    firsts = range(0, len(xs) - size + 1, size)
    return [mean(xs[first : first + size]) for first in firsts], [mean(ys[first : first + size]) for first in firsts]


def slope(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Of the line of least squares, with its standard error."""
    middle, level = mean(xs), mean(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    if spread == 0 or len(xs) < 3:
        return 0.0, math.inf
    found = sum((x - middle) * (y - level) for x, y in zip(xs, ys, strict=True)) / spread
    rest = sum((y - level - found * (x - middle)) ** 2 for x, y in zip(xs, ys, strict=True))
    return found, math.sqrt(rest / (len(xs) - 2) / spread)


class Client:
    def __init__(self, port: int, timeout: float = 60.0) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def close(self) -> None:
        self._connection.close()

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], Any]:
        try:
            self._connection.request(
                method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"}
            )
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


class Load:
    """Clients that give a round of everything again and again, each when its turn has come."""

    def __init__(self, port: int, clients: int, rate: float) -> None:
        self._port = port
        self._pause = clients / rate
        self._stopped = threading.Event()
        self._numbers = itertools.count()
        self.answers: Counter[str] = Counter()
        self.instances = 0
        self._crew = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]
        for thread in self._crew:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._crew:
            thread.join(30)

    def _run(self) -> None:
        while not self._stopped.is_set():
            due = time.monotonic() + self._pause
            client = Client(self._port)  # one that rests for long is shut by the server, as it says it will
            try:
                self._round(client, next(self._numbers))
            except (OSError, http.client.HTTPException) as error:
                self.answers[type(error).__name__] += 1
            finally:
                client.close()
            self._stopped.wait(max(0.0, due - time.monotonic()))

    def _round(self, client: Client, number: int) -> None:
        for process in ("seq", "mix", "person", "jobs"):
            self._ask(client, "/v2/process-instances", {"processDefinitionId": process, "variables": {"n": 50}})
            self.instances += 1
        waiting = {"processDefinitionId": "waits", "variables": {"order": f"{os.getpid()}-{number}"}}
        self._ask(client, "/v2/process-instances", waiting)
        self.instances += 1
        told = {"name": "told", "correlationKey": f"{os.getpid()}-{number}", "variables": {"n": 1}}
        self._ask(client, "/v2/messages/publication", told)
        asked = {"type": "work", "worker": "soak", "timeout": 60_000, "maxJobsToActivate": 5}
        for job in (self._ask(client, "/v2/jobs/activation", asked) or {}).get("jobs", ()):
            self._ask(client, f"/v2/jobs/{job['jobKey']}/completion", {"variables": {"n": 2}})
        asked = {"filter": {"state": "CREATED"}, "page": {"limit": 2}}
        for task in (self._ask(client, "/v2/user-tasks/search", asked) or {}).get("items", ()):
            key = task["userTaskKey"]
            self._ask(client, f"/v2/user-tasks/{key}/assignment", {"assignee": "ada"})
            self._ask(client, f"/v2/user-tasks/{key}/completion", {"variables": {"done": True}})

    def _ask(self, client: Client, path: str, body: Any) -> Any:
        status, headers, content = client.call("POST", path, body)
        told = "503, Retry-After" if status == 503 and "retry-after" in headers else str(status)
        self.answers[told] += 1
        return json.loads(content) if status == 200 and content else None


def start(arguments: Sequence[str], folder: Path, name: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "LANEWAY_DEPLOY_SHIPPED": "false",
        "LANEWAY_MAX_REQUESTS_AT_ONCE": str(AT_ONCE),
        "LANEWAY_LOG_LEVEL": "error",
    }
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-c", "from laneway.cli.app import app; app()", *arguments],
            env=environment,
            stdout=log,
            stderr=log,
        )


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def wait_ready(port: int, seconds: float = 300.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            if Client(port, 5.0).call("GET", "/health/ready")[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        if time.monotonic() > until:
            raise TimeoutError(f"nobody is ready on port {port}")
        time.sleep(0.1)


def soak(report: Report, folder: Path, database: str | None, minutes: float, rate: float) -> None:
    file = folder / "soak.db"
    url = database or f"sqlite:///{file}"
    Site(url).close()
    port = free_port()
    api = start(["serve", "--no-workers", "--port", str(port), "--database", url], folder, "api")
    worker = start(["work", "--database", url], folder, "worker")
    try:
        wait_ready(port)
        processes = [Samples("api", api.pid), Samples("worker", worker.pid)]
        report.part("soak", f"{minutes:g} minutes, {rate:g} rounds of about 20 requests a second are asked for")
        grown = _steady(report, processes, port, file, minutes, rate)
        for one in processes:
            found, error = one.slope()
            told: dict[str, Any] = {
                "±": error, "MB first": one.memory[0] / MB, "MB last": one.memory[-1] / MB,
                "files first": one.files[0], "files last": one.files[-1],
            }  # fmt: skip
            report.figure(f"{one.name}: memory, slope", found, "MB/hour", **told)
        if grown is not None:
            report.figure("database, for each instance of the mix", grown, "bytes")
        _press(report, processes, port)
    finally:
        for process in (api, worker):
            process.terminate()
            process.wait(60)


def _steady(
    report: Report, processes: list[Samples], port: int, file: Path, minutes: float, rate: float
) -> float | None:
    load = Load(port, 4, rate)
    began = time.monotonic()
    warm: tuple[int, int] | None = None
    while (passed := time.monotonic() - began) < minutes * 60:
        report.progress(f"{load.instances:,} instances", passed, minutes * 60)
        for one in processes:
            one.take(passed / 3600)
        if warm is None and passed > minutes * 20 and file.exists():
            warm = (file.stat().st_size, load.instances)
        time.sleep(EVERY)
    load.stop()
    told = ", ".join(f"{count:,} × {answer}" for answer, count in sorted(load.answers.items()))
    report.note(f"{load.instances:,} instances; answers: {told}")
    if warm is None or load.instances == warm[1]:
        return None
    return (file.stat().st_size - warm[0]) / (load.instances - warm[1])


def _press(report: Report, processes: list[Samples], port: int) -> None:
    """More clients than are let in, without a pause."""
    api = processes[0]
    api.take(api.hours[-1])
    before = api.memory[-1]
    load = Load(port, 3 * AT_ONCE, 1e9)
    most = before
    until = time.monotonic() + PRESS_SECONDS
    while time.monotonic() < until:
        time.sleep(0.5)
        api.take(api.hours[-1])
        most = max(most, api.memory[-1])
    load.stop()
    turned = load.answers["503, Retry-After"]
    done = sum(count for answer, count in load.answers.items() if answer.startswith("2"))
    others = {answer: count for answer, count in load.answers.items() if answer[0] != "2" and answer[:3] != "503"}
    report.part("overload", f"{3 * AT_ONCE} clients press on a process that lets in {AT_ONCE} requests")
    report.figure("turned away with 503 and Retry-After", turned, "requests", done=done)
    # 404 and 409: two clients wanted the same task or job, and one had it.
    wrong = sum(count for answer, count in others.items() if answer not in ("404", "409"))
    report.figure("answered otherwise than 2xx, 404, 409, 503", wrong, "requests", Target("≤", 0), answers=others)
    report.figure("api: memory, most above before", (most - before) / MB, "MB", at_most(64))
    wait_ready(port)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.soak", description="Hours of steady work, then too much of it.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--database", help="an empty one; a SQLite file in a temporary folder without")
    parser.add_argument("--rate", type=float, default=2.0, help="rounds a second")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="laneway-soak-") as folder:
        soak(report, Path(folder), given.database, given.minutes, given.rate)
    if given.json is not None:
        report.write(given.json)
    report.summary()
    return 0


if __name__ == "__main__":
    sys.exit(main())
