"""Timers over restarts, over many nodes, over the end of months and changes of the clock."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from laneway.bootstrap import Laneway, build
from laneway.commands.trigger_timers import trigger_timer
from laneway.ports import SearchQuery
from laneway.settings import Settings
from tests.commands.drawings import one_job, start_by, wait_for
from tests.support.drawing import cycle, duration
from tests.support.world import World
from tests.support.worlds import postgres_template, sqlite_template, stored

__all__ = ["postgres_template", "sqlite_template", "stored"]

MANY = int(os.environ.get("LANEWAY_TIMERS", "2000"))
FAIR_SECONDS = 10.0
AT_REST = 200


def starts(world: World) -> list[datetime]:
    return sorted(row["startDate"] for row in world.rows("process-instances"))


def at(*day: int) -> datetime:
    return datetime(*day, tzinfo=UTC)


def test_a_timer_is_not_a_moment_early(stored: World) -> None:
    # Given an instance that waits an hour; when an hour but a millisecond has passed, then the rest of it
    stored.deploy(wait_for(duration("PT1H")))
    key = stored.start()
    stored.pass_time(hours=1, milliseconds=-1)
    stored.settle()
    early = stored.state(key)
    stored.pass_time(milliseconds=1)
    stored.settle()
    # Then it goes on at the end
    assert (early, stored.state(key)) == ("ACTIVE", "COMPLETED")


def test_a_start_timer_at_the_end_of_the_month_keeps_its_day(stored: World) -> None:
    # Given a process that starts on the 31st and every month after
    stored.clock.now = at(2028, 1, 1)
    stored.deploy(start_by(cycle("R5/2028-01-31T09:00:00Z/P1M")))
    # When the months pass
    for month in range(1, 7):
        stored.clock.now = at(2028, month, 28, 10)
        for _ in range(6):
            stored.settle()
            stored.pass_time(hours=23, minutes=59)
    # Then it starts on the last days of the short ones (a leap day among them), and on the 31st of the others
    days = [(moment.month, moment.day) for moment in starts(stored)]
    assert days == [(1, 31), (2, 29), (3, 31), (4, 30), (5, 31)]


def test_a_start_timer_fires_once_for_the_times_that_a_long_night_missed(stored: World) -> None:
    # Given a process that starts each hour without end; when nobody works for a day
    stored.deploy(start_by(cycle("R/PT1H")))
    stored.pass_time(hours=24, minutes=20)
    stored.settle()
    stored.pass_time(minutes=39)
    stored.settle()
    missed = len(starts(stored))
    stored.pass_time(minutes=1)
    stored.settle()
    # Then it starts once, and on the hour again after that: the phase is that of its deployment
    assert (missed, len(starts(stored))) == (1, 2)


def test_a_start_timer_is_fired_by_one_of_many_nodes(stored: World) -> None:
    # Given a start timer that is due, and the moment at which several nodes have read that it is
    stored.deploy(start_by(cycle("R/PT1H")))
    stored.pass_time(hours=1)
    with stored.laneway.store.read() as uow:
        (due,) = uow.due_timers(10)
    settings = stored.laneway.settings
    nodes = [build(settings, clock=stored.clock) for _ in range(4)]
    gate = threading.Barrier(len(nodes))

    def fire(node: Laneway) -> None:
        gate.wait(10)
        trigger_timer(node.engine._context, due.key)

    # When all of them fire it
    threads = [threading.Thread(target=fire, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for node in nodes:
        node.close()
    # Then one does
    assert len(starts(stored)) == 1


class Watch:
    """When each timer had been fired, its transaction committed."""

    def __init__(self) -> None:
        self.fired: list[float] = []

    def timer_fired(self, late: float) -> None:
        self.fired.append(time.time())

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments, **named: None


@pytest.mark.slow
def test_at_rest_timers_are_on_time(database_url: str) -> None:
    # Given a node with nothing else to do, and instances that wait two seconds each
    watch = Watch()
    with build(Settings(database_url=database_url, deploy_shipped=False), workers=True) as made:
        made.observers.add(watch)
        made.engine.deploy([("wait.bpmn", wait_for(duration("PT2S")).xml())])
        # When they are started one after the other, and their time comes
        for _ in range(AT_REST):
            made.engine.start_instance(process_id="process")
            time.sleep(0.01)
        deadline = time.monotonic() + 60
        while len(watch.fired) < AT_REST and time.monotonic() < deadline:
            time.sleep(0.05)
        page = made.engine.search(SearchQuery("process-instances", limit=AT_REST))
        due = sorted(row["startDate"].timestamp() + 2 for row in page.items)
    # Then 99 of 100 are fired within two seconds, and none early
    late = sorted(fired - wanted for fired, wanted in zip(sorted(watch.fired), due, strict=True))
    p50, p99 = late[len(late) // 2], late[len(late) * 99 // 100]
    print(f"\ntimers at rest: {len(late)} fired, late p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    assert late[0] >= 0
    assert p99 < 2


@pytest.mark.slow
def test_many_due_timers_over_a_restart_fire_once_each_and_starve_no_one(tmp_path: Path) -> None:
    # Given many instances whose timers came due while nobody was there
    url = f"sqlite:///{tmp_path / 'timers.db'}"
    world = World(url)
    world.deploy(wait_for(duration("PT1H")))
    world.engine.deploy([("other.bpmn", one_job("work", "other").xml())])
    with ThreadPoolExecutor(16) as clients:
        roots = set(clients.map(lambda _: world.start(), range(MANY)))
    due = world.clock.now + timedelta(hours=1)
    world.close()
    # When a node comes back, is gone again in the middle, and comes back for good, while other work goes on
    slowest, begun = 0.0, time.monotonic()
    world = World(url)
    world.clock.now = due
    for _ in range(5):
        world.laneway.workers.step()
    world.close()
    made = build(Settings(database_url=url, deploy_shipped=False), clock=lambda: due)
    made.workers.start()
    try:
        deadline = time.monotonic() + 60 + MANY / 50
        while time.monotonic() < deadline:
            began = time.monotonic()
            started = made.engine.start_instance(process_id="other")
            (job,) = made.engine.activate_jobs(type="work", timeout_ms=60_000, max_jobs=1)
            made.engine.complete_job(job.job.key)
            slowest = max(slowest, time.monotonic() - began)
            assert started.key
            with made.store.read() as uow:
                if uow.next_timer_due() is None:
                    break
            time.sleep(0.05)
        # Then each fired once, none early, and no one else waited for them
        print(
            f"\n{MANY} due timers over a restart: {time.monotonic() - begun:.1f} s, slowest other work {slowest:.2f} s"
        )
        made.workers.stop()
        fired: dict[int, int] = {}
        after = None
        while True:
            page = made.engine.search(SearchQuery("audit-logs", limit=5_000, after=after))
            for row in page.items:
                if row["details"]["command"] == "TriggerTimer":
                    root = int(row["rootProcessInstanceKey"])
                    fired[root] = fired.get(root, 0) + 1
            if len(page.items) < 5_000:
                break
            after = page.end_cursor
        assert fired == dict.fromkeys(roots, 1)
        assert slowest < FAIR_SECONDS
        assert made.engine.verify_audit()["first_bad"] is None
    finally:
        made.close()
