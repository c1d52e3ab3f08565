"""A program that is killed while it gives commands, started again, and looked at: run by ``test_kill``.

It imports everything once and forks a child for each life, so that a hundred deaths take seconds. A child is killed by
itself at the n-th call of a unit of work (between two writes, before a commit, after it), or from outside at any moment.

    python -m tests.commands.killed FOLDER DATABASE calls FIRST STEP     killed at calls FIRST, FIRST + STEP … until one life survives
    python -m tests.commands.killed FOLDER DATABASE moments SEED COUNT   killed after random times until it has died COUNT times
    python -m tests.commands.killed FOLDER DATABASE commits FIRST STEP   killed right after commits FIRST, FIRST + STEP …

DATABASE is ``sqlite`` (files in FOLDER), or the address of a PostgreSQL server's maintenance database.

Prints one JSON object: lives, deaths, and what was found wrong.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url
from sqlalchemy.engine.default import DefaultDialect

import laneway.store
from laneway.bootstrap import Laneway, build
from laneway.domain.types import DEFAULT_TENANT
from laneway.engine import Engine
from laneway.ports import SearchQuery
from laneway.settings import Settings
from tests.support.drawing import Drawing, cycle, duration, extension, job, mapping, refers

ORDERS = int(os.environ.get("LANEWAY_KILLED_ORDERS", "3"))
TICKS = 3
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
MOST_ROUNDS = 500
ENOUGH_FAULTS = int(os.environ.get("LANEWAY_KILLED_ENOUGH", "5"))


def diagram() -> bytes:
    """A sender packs and throws a message; a receiver catches it, then one that was published before, unpacks and waits.
    Beside them a process that starts by itself, three times."""
    drawing = Drawing()
    drawing.message("Shipped", "shipped", "=order")
    drawing.message("Bonus", "bonus", "=order")
    sender = drawing.process("sender")
    thrown = extension(mapping({"weight": "=order + 100"})) + refers("message", "Shipped")
    sender.chain(
        sender.node("startEvent", "sender_start"),
        sender.node("serviceTask", "pack", extension(job("pack"))),
        sender.node("intermediateThrowEvent", "ship", thrown),
        sender.node("endEvent", "sender_end"),
    )
    receiver = drawing.process("receiver")
    receiver.chain(
        receiver.node("startEvent", "receiver_start"),
        receiver.node("intermediateCatchEvent", "shipped", refers("message", "Shipped")),
        receiver.node("intermediateCatchEvent", "bonus", refers("message", "Bonus")),
        receiver.node("serviceTask", "unpack", extension(job("unpack"))),
        receiver.node("intermediateCatchEvent", "rest", duration("PT10M")),
        receiver.node("endEvent", "receiver_end"),
    )
    ticker = drawing.process("ticker")
    ticker.chain(ticker.node("startEvent", "tick", cycle(f"R{TICKS}/PT15M")), ticker.node("endEvent", "ticked"))
    return drawing.xml()


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Dying:
    """A store whose units of work count their calls, and end the process at the one that was chosen."""

    def __init__(self, store: Any, kill_at: int) -> None:
        self._store = store
        self._kill_at = kill_at
        self._calls = 0

    def point(self) -> None:
        self._calls += 1
        if self._calls == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def begin(self) -> Iterator[Any]:
        with self._store.begin() as uow:
            yield _DyingUnit(uow, self.point)
            self.point()  # all is written, nothing committed
        self.point()  # committed, not acknowledged

    @contextmanager
    def batch(self) -> Iterator[Any]:
        with self._store.batch() as batch:
            yield _DyingBatch(batch, self.point)
            self.point()
        self.point()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _DyingBatch:
    def __init__(self, batch: Any, point: Callable[[], None]) -> None:
        self._batch = batch
        self._point = point

    @contextmanager
    def unit(self) -> Iterator[Any]:
        with self._batch.unit() as uow:
            yield _DyingUnit(uow, self._point)


class _DyingUnit:
    def __init__(self, uow: Any, point: Callable[[], None]) -> None:
        self._uow = uow
        self._point = point

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._uow, name)
        if not callable(found) or name == "ids":
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            result = found(*arguments, **named)
            self._point()
            return result

        return call


def live(database: str, acknowledged: Path, life: int, kill_at: int = 0) -> None:
    """Give all commands that are still to be given. Every life is an hour after the one before: leases have run out."""
    clock = Clock(BEGIN + timedelta(hours=life))
    if kill_at:
        real = laneway.store.open_store
        laneway.store.open_store = lambda *args, **named: Dying(real(*args, **named), kill_at)  # type: ignore[assignment,return-value]
    made = build(Settings(database_url=database), clock=clock)
    engine = made.engine
    with acknowledged.open("a") as acks:

        def acknowledge(what: str, key: int) -> None:
            acks.write(json.dumps([what, key]) + "\n")
            acks.flush()

        engine.deploy([("orders.bpmn", diagram())])
        for number in range(ORDERS):
            published = engine.publish_message(
                "bonus",
                str(number),
                variables={"bonus": number},
                time_to_live_ms=10**10,
                idempotency_key=f"bonus-{number}",
            )
            acknowledge("message", published.key)
            for process in ("receiver", "sender"):
                started = engine.start_instance(
                    process_id=process, variables={"order": number}, idempotency_key=f"{process}-{number}"
                )
                acknowledge("instance", started.key)
        for _ in range(MOST_ROUNDS):
            worked = made.workers.step()
            for type in ("pack", "unpack"):
                for each in engine.activate_jobs(type=type, timeout_ms=60_000, max_jobs=2):
                    engine.complete_job(each.job.key, {f"{type}ed": each.variables["order"]})
                    acknowledge("job", each.job.key)
                    worked = True
            if not worked:
                if _all_over(engine):
                    break
                clock.now += timedelta(minutes=11)
    made.close()


def _all_over(engine: Engine) -> bool:
    found = rows(engine, "process-instances")
    ticks = [row for row in found if row["processDefinitionId"] == "ticker"]
    return len(ticks) >= TICKS and all(row["state"] != "ACTIVE" for row in found)


def die_after_commit(number: int) -> None:
    """Let this process be killed as soon as its database has made the n-th COMMIT, before anyone hears of it."""
    real, seen = DefaultDialect.do_commit, [0]

    def do_commit(self: DefaultDialect, connection: Any) -> None:
        real(self, connection)
        seen[0] += 1
        if seen[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def rows(engine: Engine, resource: str) -> list[dict[str, Any]]:
    return engine.search(SearchQuery(resource, limit=1000)).items


def faults(database: str, acknowledged: Path) -> list[str]:
    """What is not as it would be after one life that nothing disturbed."""
    made = build(Settings(database_url=database), clock=Clock(BEGIN + timedelta(days=30)))
    try:
        return [*_lost(made, acknowledged), *_doubled(made)]
    finally:
        made.close()


def _lost(made: Laneway, acknowledged: Path) -> Iterator[str]:
    engine = made.engine
    known = {int(row["processInstanceKey"]) for row in rows(engine, "process-instances")}
    done = {int(row["jobKey"]) for row in rows(engine, "jobs") if row["state"] == "COMPLETED"}
    for line in acknowledged.read_text().splitlines():
        what, key = json.loads(line)
        if (what == "instance" and key not in known) or (what == "job" and key not in done):
            yield f"{what} {key} was acknowledged and is lost"
    with made.store.begin() as uow:
        if uow.outbox(1):
            yield "something is left in the outbox"
        for number in range(ORDERS):
            kept = len(uow.buffered_messages("bonus", str(number), DEFAULT_TENANT))
            if kept != 1:
                yield f"bonus {number} is kept {kept} times"
    for row in rows(engine, "process-instances"):
        if row["state"] != "COMPLETED":
            yield f"{row['processDefinitionId']} is {row['state']}: {_where(engine, row['processInstanceKey'])}"


def _where(engine: Engine, key: int) -> str:
    found = [row for row in rows(engine, "element-instances") if row["processInstanceKey"] == key]
    return ", ".join(f"{row['elementId']} {row['state']}" for row in found)


def _doubled(made: Laneway) -> Iterator[str]:
    engine = made.engine
    instances = Counter(row["processDefinitionId"] for row in rows(engine, "process-instances"))
    if instances != {"sender": ORDERS, "receiver": ORDERS, "ticker": TICKS}:
        yield f"there are {dict(instances)} instances"
    elements = Counter((row["processInstanceKey"], row["elementId"]) for row in rows(engine, "element-instances"))
    yield from (f"element {place} was there {count} times" for place, count in elements.items() if count != 1)
    completions = Counter(
        row["entityKey"]
        for row in rows(engine, "audit-logs")
        if row["details"]["command"] == "CompleteJob" and row["result"] == "SUCCESS"
    )
    yield from (f"job {key} was completed {count} times" for key, count in completions.items() if count != 1)
    for row in rows(engine, "process-instances"):
        key = row["processInstanceKey"]
        with made.store.read() as uow:
            variables = uow.variables([key])[key]
        if row["processDefinitionId"] == "receiver":
            order = variables["order"]
            expected = {"order": order, "weight": order + 100, "bonus": order, "unpacked": order}
            if variables != expected:
                yield f"receiver {order} has {variables}"
        sequences = [command["sequence"] for command in made.store.history(key)]
        if sequences != list(range(1, len(sequences) + 1)):
            yield f"history of {key} has the sequence {sequences}"
    if engine.verify_audit()["first_bad"] is not None:
        yield f"the audit trail is broken: {engine.verify_audit()}"


def in_child(work: Callable[[], None], kill_after: float | None = None) -> int:
    """Run ``work`` in a forked child; gives its exit status (negative: the signal that ended it)."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def warm_up() -> None:
    """Import here, once, what every life needs."""
    with build(Settings(database_url="sqlite://")) as made:
        made.engine.deploy([("orders.bpmn", diagram())])
        made.engine.start_instance(process_id="sender", variables={"order": 1})
        made.workers.step()


class Files:
    """SQLite databases, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def empty(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.db"

    def copy(self, template: str, name: str) -> str:
        shutil.copy(self._folder / f"{template}.db", self._folder / f"{name}.db")
        return self.empty(name)

    def remove(self, name: str) -> None:
        for path in self._folder.glob(f"{name}.db*"):
            path.unlink()


class Server:
    """PostgreSQL databases, by name, on the server with this maintenance database."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)

    def empty(self, name: str) -> str:
        return self._make(name, "template0")

    def copy(self, template: str, name: str) -> str:
        return self._make(name, f"killed_{template}")

    def remove(self, name: str) -> None:
        self._execute(f'DROP DATABASE "killed_{name}" WITH (FORCE)')

    def _make(self, name: str, template: str) -> str:
        self._execute(f'CREATE DATABASE "killed_{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self._url.set(database=f"killed_{name}").render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        where = {"host": str(self._url.query["host"]), "user": self._url.username, "dbname": self._url.database}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(statement.encode())


class Rounds:
    """Each round begins with the same database, made once."""

    def __init__(self, folder: Path, places: Files | Server) -> None:
        self.folder = folder
        self.places = places
        self.found: list[str] = []
        self.deaths = 0
        self.lives = 0
        warm_up()
        template = places.empty("template")
        if in_child(lambda: build(Settings(database_url=template)).close()) != 0:
            raise SystemExit("no database could be made")

    def round(self, name: str, deaths: list[Callable[[str, Path, int], int]]) -> bool:
        """Die as ``deaths`` say, then live to the end and look. True if the last of them was survived."""
        database, acknowledged = self.places.copy("template", name), self.folder / f"{name}.acks"
        acknowledged.touch()
        survived = False
        for life, die in enumerate(deaths):
            status = die(database, acknowledged, life)
            self.lives += 1
            self.deaths += status == -signal.SIGKILL
            survived = status == 0
            if status not in (0, -signal.SIGKILL):
                self.found.append(f"{name}: life {life} ended with {status}")
        end = len(deaths)
        if in_child(lambda: live(database, acknowledged, end)) != 0:
            self.found.append(f"{name}: the last life failed")
        report = self.folder / f"{name}.json"
        in_child(lambda: _write(report, faults(database, acknowledged)))
        self.found += [f"{name}: {fault}" for fault in json.loads(report.read_text())]
        self.places.remove(name)
        acknowledged.unlink()
        report.unlink()
        return survived


def _write(report: Path, found: list[str]) -> None:
    report.write_text(json.dumps(found))


def at_call(number: int) -> Callable[[str, Path, int], int]:
    return lambda database, acks, life: in_child(lambda: live(database, acks, life, kill_at=number))


def at_commit(number: int) -> Callable[[str, Path, int], int]:
    def life(database: str, acks: Path, life: int) -> int:
        def die() -> None:
            die_after_commit(number)
            live(database, acks, life)

        return in_child(die)

    return life


def after(seconds: float) -> Callable[[str, Path, int], int]:
    return lambda database, acks, life: in_child(lambda: live(database, acks, life), kill_after=seconds)


def main(folder: str, database: str, mode: str, first: str, second: str) -> None:
    rounds = Rounds(Path(folder), Files(Path(folder)) if database == "sqlite" else Server(database))
    if mode in ("calls", "commits"):
        number, survived = int(first), False
        dying = at_call if mode == "calls" else at_commit
        while not survived and len(rounds.found) < ENOUGH_FAULTS:
            survived = rounds.round(f"{mode}{number}", [dying(number)])
            number += int(second)
    else:
        chance = random.Random(int(first))
        began = time.monotonic()
        rounds.round("whole", [])
        latest, wanted, number = (time.monotonic() - began) * 0.6, int(second), 0
        while rounds.deaths < wanted and rounds.lives < 10 * wanted:
            before = rounds.deaths
            rounds.round(f"moment{number}", [after(chance.uniform(0.01, latest)) for _ in range(2)])
            number += 1
            if rounds.deaths == before:
                latest /= 2  # A life is shorter than it was thought.
    print(json.dumps({"lives": rounds.lives, "deaths": rounds.deaths, "faults": rounds.found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
