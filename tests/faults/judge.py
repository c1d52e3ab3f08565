"""What is there after the faults, held against what was acknowledged: it asks the database, not those who were at work."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from laneway.bootstrap import Laneway, build
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from tests.faults.load import Load
from tests.faults.orders import ELEMENTS, REST_SECONDS, outcome

PAGE = 5_000


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    instances: int = 0
    audited: int = 0

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.stuck, *self.doubled, *self.wrong]


def judge(load: Load, database: str, patience_seconds: float, say_where: Callable[[], None]) -> Verdict:
    """Wait until all that was begun has ended, let the clients go, and look. ``say_where`` is called if it does not end."""
    verdict = Verdict()
    # The clock of the one who looks is right, and no node of its own takes part.
    with build(Settings(database_url=database, deploy_shipped=False)) as made:
        if not _has_ended(made, load, patience_seconds):
            say_where()
        load.stop()
        instances = list(rows(made, "process-instances"))
        verdict.instances = len(instances)
        verdict.lost += _lost(made, load, instances)
        verdict.stuck += _stuck(made, instances)
        verdict.doubled += _doubled(made, load, instances)
        verdict.wrong += [*load.broken, *_wrong(made, load, instances)]
        verdict.wrong += [f"{times} answers were {said}" for said, times in load.refused.items() if said[:3] == "500"]
        audit = made.engine.verify_audit()
        verdict.audited = int(audit["checked"])
        if audit["first_bad"] is not None:
            verdict.wrong.append(f"the audit trail is broken: {audit['first_bad']}")
    if database.startswith("sqlite:///"):
        verdict.wrong += _unsound(database.removeprefix("sqlite:///"))
    return verdict


def _unsound(file: str) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    return [] if said == ["ok"] else [f"the file is not sound: {one}" for one in said[:10]]


def rows(made: Laneway, resource: str, **equal: Any) -> Iterator[dict[str, Any]]:
    after: str | None = None
    filters = tuple(Filter(name, "eq", value) for name, value in equal.items())
    while True:
        page = made.engine.search(SearchQuery(resource, filters, limit=PAGE, after=after))
        yield from page.items
        if len(page.items) < PAGE or page.end_cursor is None:
            return
        after = page.end_cursor


def _has_ended(made: Laneway, load: Load, seconds: float) -> bool:
    """False if nothing has gone on for so long. On a machine with other work the rest may take its time."""
    active = SearchQuery("process-instances", (Filter("state", "eq", "ACTIVE"),), limit=0)
    seen, deadline = None, 0.0
    while True:
        left = made.engine.search(active).total
        if load.all_begun and left == 0:
            return True
        now = (left, load.begun, sum(load.acknowledged.values()))
        if now != seen:
            seen, deadline = now, time.monotonic() + seconds
        elif time.monotonic() > deadline:
            return False
        time.sleep(0.1)


def _lost(made: Laneway, load: Load, instances: list[dict[str, Any]]) -> Iterator[str]:
    there = {
        "instance": {int(row["processInstanceKey"]) for row in instances},
        "job": {int(row["jobKey"]) for row in rows(made, "jobs", state="COMPLETED")},
        "task": {int(row["userTaskKey"]) for row in rows(made, "user-tasks", state="COMPLETED")},
    }
    for kind, key in load.acknowledged:
        if key not in there[kind]:
            yield f"{kind} {key} was acknowledged and is lost"
    began = Counter(str(row["processDefinitionId"]) for row in instances)
    for process_id in ELEMENTS:
        if began[process_id] < load.begun:
            yield f"{load.begun} of {process_id} were started, {began[process_id]} are there"


def _stuck(made: Laneway, instances: list[dict[str, Any]]) -> Iterator[str]:
    for row in instances:
        if row["state"] != "COMPLETED":
            key = row["processInstanceKey"]
            active = [
                found["elementId"] for found in rows(made, "element-instances", processInstanceKey=key, state="ACTIVE")
            ]
            yield f"{row['processDefinitionId']} {key} is {row['state']} at {', '.join(map(str, active))}"
    with made.store.read() as uow:
        if uow.outbox(1):
            yield "something is left in the outbox"
        if uow.next_timer_due() is not None:
            yield "a timer is left"


def _doubled(made: Laneway, load: Load, instances: list[dict[str, Any]]) -> Iterator[str]:
    for kind_key, times in load.acknowledged.items():
        if kind_key[0] != "instance" and times > 1:
            yield f"{kind_key[0]} {kind_key[1]} was acknowledged as done {times} times"
    for place, keys in load.under.items():
        if len(keys) > 1:
            yield f"{place} was started {len(keys)} times under one Idempotency-Key"
    began = Counter(str(row["processDefinitionId"]) for row in instances)
    for process_id in ELEMENTS:
        if began[process_id] > load.begun:
            yield f"{load.begun} of {process_id} were started, {began[process_id]} are there"
    places = Counter((int(row["processInstanceKey"]), row["elementId"]) for row in rows(made, "element-instances"))
    yield from (f"element {place} was there {times} times" for place, times in places.items() if times > 1)
    effects: Counter[tuple[str, int]] = Counter()
    for row in rows(made, "audit-logs", result="SUCCESS"):
        command = row["details"]["command"]
        if command in ("CompleteJob", "CompleteUserTask"):
            effects[command, int(row["entityKey"])] += 1
        elif command == "TriggerTimer":
            effects[command, int(row["elementInstanceKey"])] += 1
    yield from (f"{command} of {key} {times} times" for (command, key), times in effects.items() if times > 1)
    taken = Counter(row.get("elementInstanceKey") for row in rows(made, "correlated-message-subscriptions"))
    yield from (f"element instance {key} took {times} messages" for key, times in taken.items() if times > 1)


def _wrong(made: Laneway, load: Load, instances: list[dict[str, Any]]) -> Iterator[str]:
    elements: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in rows(made, "element-instances"):
        elements[int(row["processInstanceKey"])][row["elementId"]] = row
    orders: dict[str, set[int]] = defaultdict(set)
    for instance in instances:
        key, process_id = int(instance["processInstanceKey"]), str(instance["processDefinitionId"])
        sequences = [command["sequence"] for command in made.store.history(key)]
        if sequences != list(range(1, len(sequences) + 1)):
            yield f"the history of {key} has the sequence {sequences}"
        if instance["state"] != "COMPLETED":
            continue
        missing = ELEMENTS[process_id] ^ (elements[key].keys() | {process_id})
        if missing:
            yield f"{process_id} {key} has other elements than it should: {missing}"
        with made.store.read() as uow:
            variables = uow.variables([key])[key]
        order = int(variables["order"])
        if variables != outcome(process_id, order):
            yield f"{process_id} {key} has {variables}"
        if order in orders[process_id]:
            yield f"{process_id} of order {order} is there twice"
        orders[process_id].add(order)
        if process_id == "receiver" and "rest" in elements[key]:
            rest = elements[key]["rest"]
            if rest["endDate"] - rest["startDate"] < timedelta(seconds=REST_SECONDS):
                yield f"the timer of {key} fired early: {rest['startDate']} to {rest['endDate']}"
