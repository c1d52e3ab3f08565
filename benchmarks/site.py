"""A Laneway on a database, and what clients do to it: the durable workloads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from itertools import islice
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

from benchmarks import diagrams, workloads
from benchmarks.measure import Turn, turn
from laneway import commands
from laneway.bootstrap import build
from laneway.commands.execution import Command as Given
from laneway.commands.handing import Handed, Told
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import SYSTEM
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings

Command = Callable[[], object]
Script = Generator[Given[Any], Any, None]
"""What one client does: it yields a command, and is sent what that gave once it was acknowledged."""
TENANTS = (DEFAULT_TENANT,)

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
    """A Laneway, and the commands that are given to it."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.url = url
        self.made = build(Settings(database_url=url, deploy_shipped=False, log_level="error", **settings))
        self.engine = self.made.engine
        self.engine.deploy(
            [(f"{name}.bpmn", xml.replace(b'id="bench"', f'id="{name}"'.encode())) for name, xml in DRAWN.items()]
        )

    def start(self, process: str, **variables: Any) -> int:
        key: int = self.engine.carry_out(started(process, variables)).key
        return key

    def keys(self, resource: str, name: str, **equal: Any) -> list[int]:
        filters = tuple(Filter(field, "eq", value) for field, value in equal.items())
        return [int(row[name]) for row in self.engine.search(SearchQuery(resource, filters, limit=10_000)).items]

    def tasks(self, process: str = "person") -> list[int]:
        return self.keys("user-tasks", "userTaskKey", state="CREATED", processDefinitionId=process)

    def task_of(self, instance: int) -> int:
        return self.keys("user-tasks", "userTaskKey", state="CREATED", processInstanceKey=instance)[0]

    def settle(self, task: int) -> None:
        """Claim and complete."""
        self.carry_out(settled(task))

    def carry_out(self, script: Script) -> None:
        """In this thread, waiting for each of its commands."""
        given = next(script, None)
        while given is not None:
            try:
                given = script.send(self.engine.carry_out(given))
            except StopIteration:
                return

    def handed_over(self, at_once: int, scripts: Sequence[Script], others: Callable[[], float] | None = None) -> Turn:
        """All of ``scripts`` by one driver, as the server does it: so many of them are under way, their commands are handed over, and it
        is told of those that were committed, all of a transaction at once."""
        heard: SimpleQueue[list[Told]] = SimpleQueue()
        desk = self.engine.desk(heard.put)
        took: list[float] = []
        left = iter(scripts)

        def next_of(script: Script, began: float, result: Any) -> Handed | None:
            try:
                return desk.made(script.send(result), (script, began))
            except StopIteration:
                took.append(time.perf_counter() - began)
                return None

        def all_of_them() -> int:
            given = [next_of(script, time.perf_counter(), None) for script in islice(left, at_once)]
            under_way = len(given)
            while under_way:
                under_way -= given.count(None)
                desk.hand_over_all(*(one for one in given if one is not None))
                given = []
                for (script, began), result, error in heard.get() if under_way else ():
                    if error is not None:
                        raise error
                    handed = next_of(script, began, result)
                    following = next(left, None) if handed is None else None
                    if following is not None:
                        handed = next_of(following, time.perf_counter(), None)
                    given.append(handed)
            return len(scripts)

        found = turn(all_of_them, others)
        return Turn(found.operations, found.wall, found.cpu, took)

    def close(self) -> None:
        self.made.close()


def started(process: str, variables: dict[str, Any]) -> Given[Any]:
    return commands.start_instance(
        process_id=process,
        definition_key=None,
        version=None,
        variables=variables or {"n": 50},
        tenant_id=DEFAULT_TENANT,
        actor=SYSTEM,
        tags=(),
        business_id=None,
        start_element_id=None,
        idempotency_key=None,
    )


def completed(task: int) -> Given[None]:
    return commands.complete_user_task(task, {"done": True}, action=None, actor=SYSTEM, tenant_ids=TENANTS)


def settled(task: int) -> Script:
    """Claimed and completed."""
    yield commands.assign_user_task(task, "ada", allow_override=False, action=None, actor=SYSTEM, tenant_ids=TENANTS)
    yield completed(task)


def together(threads: int, works: Sequence[Command], others: Callable[[], float] | None = None) -> Turn:
    """Each of ``works`` once, by so many threads, each of which gives its next command when the last was acknowledged."""
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
    """``commands``: of one operation. ``scripts`` gives as many operations, ready to be carried out, and is not timed."""

    name = ""
    commands = 1
    least = 32
    """Operations in a slice."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def scripts(self, count: int) -> list[Script]:
        raise LookupError(self.name)

    def prepare(self, count: int) -> list[Command]:
        """For threads that wait."""
        return [lambda script=script: self.site.carry_out(script) for script in self.scripts(count)]  # type: ignore[misc]

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

    def scripts(self, count: int) -> list[Script]:
        return [self._one() for _ in range(count)]

    def _one(self) -> Script:
        yield started(self._process, self._variables)


class ClaimAndComplete(Workload):
    name = "user task, claim + complete"
    commands = 2

    def scripts(self, count: int) -> list[Script]:
        open_tasks = self.site.tasks()
        together(16, [lambda: self.site.start("person")] * max(0, count - len(open_tasks)))
        return [settled(key) for key in self.site.tasks()[:count]]

    def recorded(self) -> list[Command]:
        keys: list[int] = []
        return [
            lambda: keys.append(self.site.task_of(self.site.start("person"))),
            lambda: self.site.settle(keys[0]),
        ]


class FiveJobs(Workload):
    name = "5 jobs, round trip each"
    commands = 11

    def scripts(self, count: int) -> list[Script]:
        return [self._instance() for _ in range(count)]

    def _instance(self) -> Script:
        yield started("jobs", {})
        done = 0
        while done < 5:
            jobs = yield commands.activate_jobs(
                type="work",
                worker="bench",
                timeout_ms=60_000,
                max_jobs=1,
                fetch_variables=None,
                tenant_ids=TENANTS,
                lease=False,
                actor=SYSTEM,
            )
            for one in jobs:  # none where another one has taken this one's, and leaves its own
                yield commands.complete_job(one.job.key, {"n": 1}, lease_token=None, actor=SYSTEM, tenant_ids=TENANTS)
                done += 1


class Correlate(Workload):
    name = "message, correlated"

    def scripts(self, count: int) -> list[Script]:
        names = [uuid4().hex for _ in range(count)]
        together(16, [lambda name=name: self.site.start("waits", order=name) for name in names])  # type: ignore[misc]
        return [self._told(name) for name in names]

    def _told(self, name: str) -> Script:
        yield commands.correlate_message(
            "told", name, variables={"n": 1}, tenant_id=DEFAULT_TENANT, actor=SYSTEM, idempotency_key=None
        )

    def recorded(self) -> list[Command]:
        return [
            lambda: self.site.start("waits", order="recorded"),
            lambda: self.site.engine.correlate_message("told", "recorded", variables={"n": 1}),
        ]
