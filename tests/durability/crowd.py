"""Many threads that give commands until their process is killed, and what is left of it: run by ``test_crowd``.

    python -m tests.durability.crowd FOLDER DATABASE SEED DEATHS

DATABASE is ``sqlite`` (a file in FOLDER), or the address of an empty PostgreSQL database. Each life starts every order under
an idempotency key of its own and completes its two user tasks side by side; what was acknowledged is appended to a file
at once. After so many deaths it lives to the end. Prints one JSON object: deaths, what was acknowledged, and faults.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from laneway.bootstrap import Laneway, build
from laneway.domain.errors import Conflict, NotFound
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from tests.commands.drawings import user_tasks_side_by_side
from tests.commands.killed import in_child

ORDERS = 480
THREADS = 12
TASKS = ("pick", "check")


def diagram() -> bytes:
    return user_tasks_side_by_side(*TASKS, id="order").xml()


class Crowd:
    """One life: every thread takes the next order that nobody has taken, and the two tasks go to two threads."""

    def __init__(self, made: Laneway, acknowledged: Path) -> None:
        self._engine = made.engine
        self._acks = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._work: list[Any] = [(None, number) for number in reversed(range(ORDERS))]
        self._lock = threading.Lock()
        self._open = ORDERS * (1 + len(TASKS))

    def live(self) -> None:
        threads = [threading.Thread(target=self._run) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._open:
            raise SystemExit(f"{self._open} commands were not given")

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._work:
                    return
                task, number = self._work.pop()
            if task is None:
                self._start(number)
            else:
                self._complete(task, number)
            with self._lock:
                self._open -= 1

    def _start(self, number: int) -> None:
        key = f"order-{number}"
        started = self._engine.start_instance(
            process_id="order", variables={"order": number}, idempotency_key=key, business_id=key
        )
        self._acknowledge("instance", started.key)
        mine = SearchQuery("user-tasks", (Filter("processInstanceKey", "eq", started.key),))
        found = [row["userTaskKey"] for row in self._engine.search(mine).items]
        if len(found) != len(TASKS):
            raise SystemExit(f"{key} has the tasks {found}")
        with self._lock:
            self._work += [(task, number) for task in found]

    def _complete(self, task: int, number: int) -> None:
        try:
            self._engine.complete_user_task(task, {f"done{task}": number})
        except (Conflict, NotFound):
            return  # in an earlier life
        self._acknowledge("task", task)

    def _acknowledge(self, what: str, key: int) -> None:
        os.write(self._acks, (json.dumps([what, key]) + "\n").encode())


def live(database: str, acknowledged: Path) -> None:
    made = build(Settings(database_url=database))
    made.engine.deploy([("order.bpmn", diagram())])
    Crowd(made, acknowledged).live()
    made.close()


def rows(made: Laneway, resource: str) -> list[dict[str, Any]]:
    return made.engine.search(SearchQuery(resource, limit=10_000)).items


def faults(made: Laneway, acknowledged: Path, ended: bool) -> Iterator[str]:
    """What is not as it should be: after a death what was acknowledged is there, after the end all of it, once."""
    instances = {row["processInstanceKey"]: row for row in rows(made, "process-instances")}
    tasks = {row["userTaskKey"]: row for row in rows(made, "user-tasks")}
    for line in acknowledged.read_text().splitlines():
        what, key = json.loads(line)
        if what == "instance" and key not in instances:
            yield f"instance {key} was acknowledged and is lost"
        if what == "task" and tasks.get(key, {}).get("state") != "COMPLETED":
            yield f"task {key} was acknowledged and is {tasks.get(key, {}).get('state')}"
    twice = Counter(row["businessId"] for row in instances.values())
    yield from (f"{order} is there {count} times" for order, count in twice.items() if count > 1)
    completions = Counter(
        row["entityKey"]
        for row in rows(made, "audit-logs")
        if row["details"]["command"] == "CompleteUserTask" and row["result"] == "SUCCESS"
    )
    yield from (f"task {key} was completed {count} times" for key, count in completions.items() if count > 1)
    if ended:
        if len(instances) != ORDERS or any(row["state"] != "COMPLETED" for row in instances.values()):
            yield f"{Counter(row['state'] for row in instances.values())} instead of {ORDERS} that are completed"
        if len(tasks) != ORDERS * len(TASKS):
            yield f"there are {len(tasks)} tasks"
    for root in instances:
        sequences = [command["sequence"] for command in made.store.history(root)]
        if sequences != list(range(1, len(sequences) + 1)):
            yield f"history of {root} has the sequence {sequences}"
    broken = made.engine.verify_audit()["first_bad"]
    if broken is not None:
        yield f"the audit trail is broken: {broken}"


def look(database: str, acknowledged: Path, report: Path, ended: bool) -> None:
    with build(Settings(database_url=database)) as made:
        report.write_text(json.dumps(list(faults(made, acknowledged, ended))))


def main(folder: str, database: str, seed: str, wanted: str) -> None:
    place = Path(folder)
    url = f"sqlite:///{place / 'crowd.db'}" if database == "sqlite" else database
    acknowledged, report = place / "acks", place / "report.json"
    acknowledged.touch()
    chance, found, deaths, latest = random.Random(int(seed)), [], 0, 1.2
    in_child(lambda: build(Settings(database_url="sqlite://")).close())  # imports
    in_child(lambda: build(Settings(database_url=url)).close())
    for life in range(4 * int(wanted)):
        status = in_child(lambda: live(url, acknowledged), kill_after=chance.uniform(0.3, latest))
        if status == 0:
            break
        deaths += 1
        in_child(lambda: look(url, acknowledged, report, ended=False))
        found += [f"life {life}: {fault}" for fault in json.loads(report.read_text())]
        if deaths == int(wanted):
            break
    if in_child(lambda: live(url, acknowledged)) != 0:
        found.append("the last life failed")
    in_child(lambda: look(url, acknowledged, report, ended=True))
    found += [f"end: {fault}" for fault in json.loads(report.read_text())]
    lines = len(acknowledged.read_text().splitlines())
    print(json.dumps({"deaths": deaths, "acknowledged": lines, "faults": found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
