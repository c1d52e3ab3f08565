"""A Laneway on a database, and what clients do to it: the durable workloads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from benchmarks import diagrams, workloads
from benchmarks.measure import Turn, turn
from laneway.bootstrap import build
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings

Command = Callable[[], object]

DRAWN: dict[str, bytes] = {
    "seq": diagrams.scripts(5, feel=True),
    "exclusive": workloads.exclusive(True),
    "parallel": workloads.parallel(True),
    "loop": workloads.loop(True),
    "mix": workloads.mix(True),
    "items": workloads.each(True),
    "person": diagrams.kinds("userTask", 1),
    "people": diagrams.kinds("userTask", 5),
    "jobs": diagrams.kinds("serviceTask", 5),
    "waits": diagrams.waits(),
    "rounds": diagrams.person(100_000),
}
"""Process id → diagram."""


class Site:
    """Closed loop: so many threads, each of which gives its next command when the last was acknowledged."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.url = url
        self.made = build(Settings(database_url=url, deploy_shipped=False, log_level="error", **settings))
        self.engine = self.made.engine
        self.engine.deploy(
            [(f"{name}.bpmn", xml.replace(b'id="bench"', f'id="{name}"'.encode())) for name, xml in DRAWN.items()]
        )

    def start(self, process: str, **variables: Any) -> int:
        return self.engine.start_instance(process_id=process, variables=variables or {"n": 50}).key

    def keys(self, resource: str, name: str, **equal: Any) -> list[int]:
        filters = tuple(Filter(field, "eq", value) for field, value in equal.items())
        return [int(row[name]) for row in self.engine.search(SearchQuery(resource, filters, limit=10_000)).items]

    def tasks(self, process: str = "person") -> list[int]:
        return self.keys("user-tasks", "userTaskKey", state="CREATED", processDefinitionId=process)

    def task_of(self, instance: int) -> int:
        return self.keys("user-tasks", "userTaskKey", state="CREATED", processInstanceKey=instance)[0]

    def settle(self, task: int) -> None:
        """Claim and complete."""
        self.engine.assign_user_task(task, "ada", allow_override=False)
        self.engine.complete_user_task(task, {"done": True})

    def job_round_trip(self) -> bool:
        jobs = self.engine.activate_jobs(type="work", worker="bench", timeout_ms=60_000, max_jobs=1)
        for job in jobs:
            self.engine.complete_job(job.job.key, {"n": 1})
        return bool(jobs)

    def close(self) -> None:
        self.made.close()


def together(threads: int, works: Sequence[Command], others: Callable[[], float] | None = None) -> Turn:
    """Each of ``works`` once, by so many threads."""
    took: list[float] = []
    left = iter(works)
    lock = threading.Lock()
    failed: list[BaseException] = []

    def run() -> None:
        while not failed:
            with lock:
                work = next(left, None)
            if work is None:
                return
            began = time.perf_counter()
            try:
                work()
            except BaseException as error:
                failed.append(error)
            took.append(time.perf_counter() - began)

    def all_of_them() -> int:
        crew = [threading.Thread(target=run) for _ in range(threads)]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()
        return len(works)

    found = turn(all_of_them, others)
    if failed:
        raise failed[0]
    return Turn(found.operations, found.wall, found.cpu, took)


class Workload:
    """``commands``: of one operation. ``prepare`` gives as many operations, ready to be carried out, and is not timed."""

    name = ""
    commands = 1
    least = 32
    """Operations in a slice."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def prepare(self, count: int) -> list[Command]:
        raise LookupError(self.name)

    def recorded(self) -> list[Command]:
        """One operation, step by step for the roof: the last is what is timed, those before make it possible."""
        return self.prepare(1)


class Start(Workload):
    """An instance that runs to its end in one command."""

    def __init__(self, site: Site, process: str, name: str, *, least: int = 32, **variables: Any) -> None:
        super().__init__(site)
        self.name = name
        self.least = least
        self._process = process
        self._variables = variables

    def prepare(self, count: int) -> list[Command]:
        return [lambda: self.site.start(self._process, **self._variables)] * count


class ClaimAndComplete(Workload):
    name = "user task, claim + complete"
    commands = 2

    def prepare(self, count: int) -> list[Command]:
        open_tasks = self.site.tasks()
        together(16, [lambda: self.site.start("person")] * max(0, count - len(open_tasks)))
        return [lambda key=key: self.site.settle(key) for key in self.site.tasks()[:count]]  # type: ignore[misc]

    def recorded(self) -> list[Command]:
        keys: list[int] = []
        return [
            lambda: keys.append(self.site.task_of(self.site.start("person"))),
            lambda: self.site.settle(keys[0]),
        ]


class FiveJobs(Workload):
    name = "5 jobs, round trip each"
    commands = 11

    def prepare(self, count: int) -> list[Command]:
        return [self._instance] * count

    def _instance(self) -> None:
        self.site.start("jobs")
        for _ in range(5):
            while not self.site.job_round_trip():
                time.sleep(0)  # another thread has taken this one's, and leaves its own


class Correlate(Workload):
    name = "message, correlated"

    def prepare(self, count: int) -> list[Command]:
        names = [uuid4().hex for _ in range(count)]
        together(16, [lambda name=name: self.site.start("waits", order=name) for name in names])  # type: ignore[misc]
        return [
            lambda name=name: self.site.engine.correlate_message("told", name, variables={"n": 1})  # type: ignore[misc]
            for name in names
        ]

    def recorded(self) -> list[Command]:
        return [
            lambda: self.site.start("waits", order="recorded"),
            lambda: self.site.engine.correlate_message("told", "recorded", variables={"n": 1}),
        ]
