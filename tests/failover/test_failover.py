"""The primary dies under load, its replica takes over: nothing that was acknowledged is lost, nothing is done twice."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from laneway.bootstrap import Laneway, build
from laneway.domain.errors import Conflict, LanewayError, NotFound, Overloaded
from laneway.ports import SearchQuery
from laneway.settings import Settings
from tests.failover.pair import Pair
from tests.support.drawing import Drawing, extension, job

CLIENTS = 4
BEFORE = int(os.environ.get("LANEWAY_ORDERS", "8"))
"""Orders acknowledged before the primary is killed, and as many that must come after."""
AWAY = 0.7
"""Seconds without a primary."""


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    try:
        made.start()
        yield made
    finally:
        made.stop()


def drawn() -> Drawing:
    drawing = Drawing()
    process = drawing.process("order")
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "pack", extension(job("pack"))),
        process.node("userTask", "check"),
        process.node("endEvent"),
    )
    return drawing


class Client(threading.Thread):
    """Starts orders and does their work, each command again until it is answered. Writes down what was acknowledged."""

    def __init__(self, made: Laneway, number: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.engine, self.number, self.told = made.engine, number, stop
        self.started: dict[str, int] = {}
        self.done: set[int] = set()
        self.lost = 0
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.told.is_set():
                self._order(f"{self.number}-{len(self.started)}")
        except BaseException as fault:
            self.fault = fault

    def _order(self, name: str) -> None:
        self._until_answered(lambda: self._start(name))
        self._until_answered(self._work)

    def _until_answered(self, command: object) -> None:
        while True:
            try:
                command()  # type: ignore[operator]
                return
            except Overloaded:
                self.lost += 1
                time.sleep(0.2)

    def _start(self, name: str) -> None:
        started = self.engine.start_instance(process_id="order", variables={"name": name}, idempotency_key=name)
        self.started[name] = started.key

    def _work(self) -> None:
        for taken in self.engine.activate_jobs(type="pack", worker="tester", timeout_ms=5_000, max_jobs=3):
            try:
                self.engine.complete_job(taken.job.key, {})
            except (Conflict, NotFound):
                continue  # its lease ran out, or the answer to the same completion was lost
            self.done.add(taken.job.key)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_when_the_replica_takes_over(pair: Pair) -> None:
    with build(Settings(database_url=pair.url, poll_interval=0.5)) as made:
        # Given clients at work on a primary with a synchronous replica
        made.engine.deploy([("order.bpmn", drawn().xml())])
        stop = threading.Event()
        clients = [Client(made, number, stop) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        reach(clients, BEFORE)
        # When the primary dies at once, and the replica is promoted
        pair.kill_primary()
        at_death = total(clients)
        time.sleep(AWAY)
        began = time.monotonic()
        pair.promote()
        # Then the clients go on without being started again
        reach(clients, at_death + BEFORE)
        took = time.monotonic() - began
        stop.set()
        for client in clients:
            client.join(60)
        # on the replica, which takes writes now (who waited long enough was told of nothing),
        assert pair.takes_writes("second")
        # and whatever they were told is so, once
        check(made, clients)
        lost = sum(client.lost for client in clients)
        print(f"acknowledged {total(clients)}, {BEFORE} more {took:.1f} s after the promotion began; sent again {lost}")


def reach(clients: list[Client], number: int) -> None:
    until = time.monotonic() + 120
    while total(clients) < number:
        faults = [client.fault for client in clients if client.fault is not None]
        assert not faults, faults
        assert time.monotonic() < until, f"{total(clients)} of {number}"
        time.sleep(0.05)


def total(clients: list[Client]) -> int:
    return sum(len(client.started) for client in clients)


def check(made: Laneway, clients: list[Client]) -> None:
    instances = made.engine.search(SearchQuery("process-instances", limit=10_000)).items
    there = {int(row["processInstanceKey"]) for row in instances}
    acknowledged = {key for client in clients for key in client.started.values()}
    assert acknowledged - there == set()
    with made.store.read() as uow:
        names = Counter(uow.variables([key])[key]["name"] for key in there)
    assert set(names.values()) == {1}
    jobs = {int(row["jobKey"]): row["state"] for row in made.engine.search(SearchQuery("jobs", limit=10_000)).items}
    assert {jobs.get(key) for client in clients for key in client.done} == {"COMPLETED"}
    tasks = made.engine.search(SearchQuery("user-tasks", limit=10_000)).items
    per_instance = Counter(int(row["processInstanceKey"]) for row in tasks)
    assert set(per_instance.values()) == {1}
    assert made.engine.verify_audit()["first_bad"] is None
    # Whoever is left can be worked to its end.
    for row in tasks[:5]:
        try:
            made.engine.complete_user_task(int(row["userTaskKey"]), {})
        except LanewayError as error:
            raise AssertionError(f"{row} cannot be completed") from error
