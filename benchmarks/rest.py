"""What a command costs over HTTP: user tasks claimed and completed, jobs activated and completed, beside a bare ASGI POST.

Three servers with the same settings run side by side and are asked in turn: the bare one reads the body and answers 204;
the hollow one is Laneway with commands that do nothing, so that what is left is the route and the hand-over; the whole one
works on SQLite with ``synchronous=FULL``. At the end the whole one is killed under load, and every completion that it had
acknowledged must be in its database.

    python -m benchmarks.rest
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks import diagrams
from benchmarks.measure import slices_of
from benchmarks.report import Report, Target, at_least, at_most
from benchmarks.rest_clients import Load, Script, one_by_one, post, run as load
from laneway.bootstrap import Laneway, build
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings

CLIENTS = (1, 8, 32, 64)
MOST_CLIENTS = max(CLIENTS)
ROUNDS = slices_of(3)
COMPLETED = 320
"""User tasks completed in a slice; of those claimed first it is half, of instances with five jobs an eighth."""
JOBS = 5
AT_ONCE = 8
"""Jobs that a worker asks for."""
TYPE = "bench"


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as place, ExitStack() as stack:
        file = Path(place, "laneway.db")
        tasks = Tasks(prepared(file))
        bare = stack.enter_context(served("bare"))
        hollow = stack.enter_context(served("hollow", Path(place, "hollow.db")))
        whole = stack.enter_context(served("whole", file))
        report.part(
            "rest, SQLite FULL on disk", "beside an ASGI app that reads the body and answers 204 in the same server"
        )
        for clients in CLIENTS:
            _completions(report, clients, bare, hollow, whole, tasks)
        for clients in CLIENTS:
            _claims(report, clients, bare, whole, tasks)
        for clients in CLIENTS:
            _jobs(report, clients, bare, whole)
        _killed(report, whole, tasks, file)


@dataclass
class Served:
    port: int
    process: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        return self.process.pid

    def load(self, scripts: list[Script]) -> Load:
        return load(self.port, self.pid, scripts)


class Tasks:
    """Keys of open user tasks; each is given once."""

    def __init__(self, keys: list[int]) -> None:
        self._keys = keys

    def take(self, count: int) -> list[int]:
        taken, self._keys = self._keys[:count], self._keys[count:]
        if len(taken) < count:
            raise SystemExit("more user tasks should have been prepared")
        return taken


@contextmanager
def served(kind: str, file: Path | None = None) -> Iterator[Served]:
    command = [sys.executable, "-m", "benchmarks.rest", f"--{kind}", *([str(file)] if file is not None else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Served(int(process.stdout.readline()), process)
        finally:
            process.kill()


def prepared(file: Path) -> list[int]:
    """A database with instances that wait at a user task, and some at the first of their jobs; made in memory, where nothing waits
    for the disk. Gives the keys of the user tasks."""
    tasks = len(CLIENTS) * ROUNDS * (COMPLETED + COMPLETED // 2) + 1_000
    # A worker ends all jobs that it was given, so that a round ends up to so many more than it is to: those of the last round
    # would wait for jobs that there are not.
    more = ROUNDS * sum(CLIENTS) * AT_ONCE // JOBS
    instances = len(CLIENTS) * ROUNDS * (COMPLETED // 8) + more
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=memory) as place:
        made = Path(place, "laneway.db")
        with build(Settings(database_url=f"sqlite:///{made}")) as laneway:
            for process, xml in (("person", diagrams.person(1)), ("jobs", diagrams.jobs(JOBS, TYPE))):
                laneway.engine.deploy([(f"{process}.bpmn", xml.replace(b'id="bench"', f'id="{process}"'.encode()))])
            for process, count in (("person", tasks), ("jobs", instances)):
                for _ in range(count):
                    laneway.engine.start_instance(process_id=process, variables={"n": 0})
            found = _open_tasks(laneway)
        shutil.copy(made, file)
    return found


def _open_tasks(laneway: Laneway) -> list[int]:
    found: list[int] = []
    after = None
    while True:
        query = SearchQuery("user-tasks", (Filter("state", "eq", "CREATED"),), limit=10_000, after=after)
        page = laneway.engine.search(query)
        found += [row["userTaskKey"] for row in page.items]
        if len(page.items) < 10_000:
            return found
        after = page.end_cursor


def _completions(report: Report, clients: int, bare: Served, hollow: Served, whole: Served, tasks: Tasks) -> None:
    slices: dict[str, list[Load]] = {"bare": [], "hollow": [], "whole": []}
    for _ in range(ROUNDS):
        keys = tasks.take(COMPLETED)
        for name, server in (("bare", bare), ("hollow", hollow), ("whole", whole)):
            requests = iter([post(server.port, f"/v2/user-tasks/{key}/completion", {}) for key in keys])
            slices[name].append(server.load([one_by_one(requests) for _ in range(clients)]))
    hollow_ratio = median(mine.rate / other.rate for mine, other in zip(slices["hollow"], slices["bare"], strict=True))
    route = {"route CPU µs": _cost(slices["hollow"]), "route ÷ bare": hollow_ratio}
    of_issue = clients == MOST_CLIENTS
    _row(report, f"user task completed, {clients} clients", slices, at_least(0.4) if of_issue else None, route)
    if of_issue:
        took = [one for load in slices["whole"] for one in load.took]
        # Who asks anew as soon as it is answered waits for all others in turn: on one core none waits less than this.
        beside = {"clients × CPU ms": clients * _cost(slices["whole"]) / 1e3}
        report.figure(f"the same, p99 at {clients} clients", Load(took=took).late(0.99), "ms", at_most(10), **beside)


def _claims(report: Report, clients: int, bare: Served, whole: Served, tasks: Tasks) -> None:
    def claimed(requests: Iterator[tuple[bytes, bytes]]) -> Script:
        for claim, complete in requests:
            yield claim
            yield complete

    slices: dict[str, list[Load]] = {"bare": [], "whole": []}
    for _ in range(ROUNDS):
        keys = tasks.take(COMPLETED // 2)
        for name, server in (("bare", bare), ("whole", whole)):
            pairs = iter(
                [
                    (
                        post(
                            server.port,
                            f"/v2/user-tasks/{key}/assignment",
                            {"assignee": "anna", "allowOverride": False},
                        ),
                        post(server.port, f"/v2/user-tasks/{key}/completion", {}),
                    )
                    for key in keys
                ]
            )
            slices[name].append(server.load([claimed(pairs) for _ in range(clients)]))
    _row(report, f"claimed and completed, {clients} clients", slices)


def _jobs(report: Report, clients: int, bare: Served, whole: Served) -> None:
    count = COMPLETED // 8 * JOBS

    def worked(left: list[int]) -> Script:
        ask = {"type": TYPE, "timeout": 60_000, "maxJobsToActivate": AT_ONCE, "worker": "bench", "requestTimeout": 100}
        activate = post(whole.port, "/v2/jobs/activation", ask)
        while left[0] > 0:
            _, body = yield activate
            for job in orjson.loads(body).get("jobs", ()):
                completion = post(whole.port, f"/v2/jobs/{job['jobKey']}/completion", {"variables": {"n": 1}})
                # One that is turned away as too busy comes again, or its job would be held until the lease is over.
                while (status := (yield completion)[0]) == 503:
                    pass
                left[0] -= status == 204

    slices: dict[str, list[Load]] = {"bare": [], "whole": []}
    for _ in range(ROUNDS):
        requests = iter([post(bare.port, "/v2/jobs/1/completion", {"variables": {"n": 1}})] * count)
        slices["bare"].append(bare.load([one_by_one(requests) for _ in range(clients)]))
        # Those of other rounds wait in the same queue: each round ends as many jobs as its instances have.
        slices["whole"].append(whole.load(_crew(worked, clients, count)))
    _row(report, f"{JOBS} jobs by a worker, {clients} clients", slices)


def _crew(worked: Any, clients: int, count: int) -> list[Script]:
    left = [count]
    return [worked(left) for _ in range(clients)]


def _row(
    report: Report,
    name: str,
    slices: dict[str, list[Load]],
    target: Target | None = None,
    beside: dict[str, float] | None = None,
) -> None:
    whole, bare = slices["whole"], slices["bare"]
    wrong = [answer for load in whole for answer in load.other]
    if wrong:
        raise SystemExit(f"{name}: {len(wrong)} were refused, the first with {wrong[0]}")
    took = Load(took=[one for load in whole for one in load.took])
    facts = {
        "by CPU": _cost(bare) / _cost(whole),
        "per s": median(load.rate for load in whole),
        "CPU µs": _cost(whole),
        "of bare": _cost(bare),
        **(beside or {}),
        "p50 ms": took.late(0.5),
        "p99 ms": took.late(0.99),
    }
    ratio = median(mine.rate / other.rate for mine, other in zip(whole, bare, strict=True))
    report.figure(name, ratio, "÷ bare", target, **facts)


def _cost(slices: list[Load]) -> float:
    """The 20th percentile: what it costs where nothing else disturbs."""
    found = sorted(load.cost for load in slices)
    return found[len(found) // 5]


def _killed(report: Report, whole: Served, tasks: Tasks, file: Path) -> None:
    """kill -9 under load: what was acknowledged is there."""
    keys = tasks.take(1_000)
    acknowledged: list[int] = []

    def completing(waiting: Iterator[int]) -> Script:
        for key in waiting:
            status, _ = yield post(whole.port, f"/v2/user-tasks/{key}/completion", {})
            if status == 204:
                acknowledged.append(key)

    waiting = iter(keys)
    end = threading.Timer(1.0, lambda: os.kill(whole.pid, signal.SIGKILL))
    end.start()
    whole.load([completing(waiting) for _ in range(64)])
    end.join()
    whole.process.wait()
    with build(Settings(database_url=f"sqlite:///{file}")) as laneway:
        lost = [key for key in acknowledged if laneway.engine.get("user-tasks", key)["state"] != "COMPLETED"]
    report.figure("kill -9 under load: lost", len(lost), "commands", at_most(0), acknowledged=len(acknowledged))


# The servers.


async def _bare(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _hollow(laneway: Laneway) -> None:
    """Commands that do nothing, in transactions that are none."""
    from laneway.commands import execution

    def run_nothing(attempt: Any, batch: Any) -> None:
        attempt.unit = unit
        attempt.results.append(None)

    context: Any = laneway.engine._context
    unit = execution.Unit(context, context.store, None, context.definitions.ready())  # type: ignore[arg-type]
    execution.Attempt.run = run_nothing  # type: ignore[method-assign, assignment]
    context.store.batch = nullcontext


def _serve(kind: str, file: str | None) -> None:
    from laneway.cli.starting import leave_alone, swift_start
    from laneway_api import server

    database = f"sqlite:///{file}" if file is not None else "sqlite://"
    with swift_start() as started, build(Settings(database_url=database, log_level="error")) as laneway:

        def ready(port: int) -> None:
            started()
            print(port, flush=True)

        built = server.build(laneway, "127.0.0.1", 0, ready=ready, complete=leave_alone)
        if kind == "hollow":
            _hollow(laneway)
        if kind == "bare":
            built.config.app = _bare
        profile = os.environ.get("LANEWAY_BENCH_PROFILE")
        threading.Thread(target=_stop_with_parent, daemon=True).start()
        if profile and kind == "hollow":
            import cProfile

            cProfile.runctx("built.run()", {"built": built}, {}, profile)
        else:
            built.run()


def _stop_with_parent() -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments and arguments[0] in ("--bare", "--hollow", "--whole"):
        _serve(arguments[0][2:], arguments[1] if len(arguments) > 1 else None)
    else:
        report = Report()
        run(report)
        report.summary()
