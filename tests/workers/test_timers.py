"""Timers: in batches, each once, whoever else is at it and whatever happens to them meanwhile."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from laneway.bootstrap import Laneway, build
from laneway.commands.trigger_timers import BatchFailed, trigger_timers
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from tests.support.drawing import Drawing, cycle, duration
from tests.support.world import World

WAITING = 120
STARTS = 3


def waits(time: str = "PT1M") -> Drawing:
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("intermediateCatchEvent", "rest", duration(time)),
        process.node("endEvent"),
    )
    return drawing


def starts_by_itself() -> Drawing:
    drawing = Drawing()
    process = drawing.process("clockwork")
    process.chain(process.node("startEvent", "tick", cycle(f"R{STARTS}/PT1S")), process.node("endEvent"))
    return drawing


def test_a_batch_fires_all_that_are_due_in_one_transaction(stored: World) -> None:
    # Given three instances whose timers are due, and one whose timer is not
    stored.deploy(waits())
    keys = [stored.start() for _ in range(3)]
    stored.pass_time(minutes=2)
    late = stored.start()
    # When a batch is fired
    fired = trigger_timers(stored.context, 10)
    # Then those three went on, each with its own entry in the audit trail, and the fourth waits
    assert fired == 3
    assert [stored.state(key) for key in (*keys, late)] == ["COMPLETED"] * 3 + ["ACTIVE"]
    assert [stored.commands(rootProcessInstanceKey=key) for key in keys] == [["StartInstance", "TriggerTimer"]] * 3
    assert stored.engine.verify_audit()["first_bad"] is None


def test_two_timers_of_one_instance_are_fired_by_one_batch(stored: World) -> None:
    # Given an instance that waits for two timers at once
    drawing = Drawing()
    process = drawing.process()
    split = process.node("parallelGateway")
    process.flow(process.node("startEvent"), split)
    for name in ("one", "two"):
        process.chain(split, process.node("intermediateCatchEvent", name, duration("PT1M")), process.node("endEvent"))
    stored.deploy(drawing)
    key = stored.start()
    stored.pass_time(minutes=1)
    # When both are due, then one batch fires both.
    assert trigger_timers(stored.context, 10) == 2
    assert stored.state(key) == "COMPLETED"


def test_a_timer_that_the_batch_has_made_needless_is_passed_over(stored: World) -> None:
    # Given a race of two timers, both due before anyone looks
    drawing = Drawing()
    process = drawing.process()
    gateway = process.node("eventBasedGateway")
    process.flow(process.node("startEvent"), gateway)
    for name, time_ in (("first", "PT1M"), ("second", "PT2M")):
        process.chain(
            gateway,
            process.node("intermediateCatchEvent", name, duration(time_)),
            process.node("endEvent", f"end_{name}"),
        )
    stored.deploy(drawing)
    key = stored.start()
    stored.pass_time(minutes=5)
    # When both are in one batch
    stored.settle()
    # Then the earlier one has won.
    ends = [row["elementId"] for row in stored.rows("element-instances", processInstanceKey=key, type="END_EVENT")]
    assert ends == ["end_first"]


def test_what_another_transaction_has_taken_is_left_to_it(postgres_database: str) -> None:
    # Given five due timers of which another transaction has taken three
    world = World(postgres_database)
    try:
        world.deploy(waits())
        keys = {world.start() for _ in range(5)}
        world.pass_time(minutes=2)
        taken, release, others = threading.Event(), threading.Event(), set[int]()

        def another() -> None:
            with world.laneway.store.begin() as uow:
                others.update(timer.root_key for timer in uow.due_timers(3))
                taken.set()
                release.wait(30)

        thread = threading.Thread(target=another)
        thread.start()
        taken.wait(30)
        # When a batch is fired meanwhile, then it waits for nobody and fires the other two
        assert trigger_timers(world.context, 10) == 2
        assert {key for key in keys if world.state(key) == "ACTIVE"} == others
        # and the three come when the other one has let go of them.
        release.set()
        thread.join()
        assert trigger_timers(world.context, 10) == 3
    finally:
        world.close()


def test_one_that_cannot_be_fired_does_not_hold_up_the_batch(stored: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given three due timers, one of which cannot be fired
    from laneway.commands import trigger_timers as module

    stored.deploy(waits())
    keys = [stored.start() for _ in range(3)]
    stored.pass_time(minutes=2)
    fire = module._fire

    def failing(unit: object, timer: object) -> None:
        if timer.root_key == keys[1]:  # type: ignore[attr-defined]
            raise RuntimeError("the disk of the moon is full")
        fire(unit, timer)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_fire", failing)
    # When the batch fails, then it has fired none
    with pytest.raises(BatchFailed):
        trigger_timers(stored.context, 10)
    assert {stored.state(key) for key in keys} == {"ACTIVE"}
    # and the worker fires the others, and the one later, when it can be
    stored.settle()
    assert [stored.state(key) for key in keys] == ["COMPLETED", "ACTIVE", "COMPLETED"]
    monkeypatch.setattr(module, "_fire", fire)
    stored.pass_time(minutes=2)
    stored.settle()
    assert stored.state(keys[1]) == "COMPLETED"


@pytest.mark.slow
def test_processes_on_one_database_share_the_timers_and_fire_each_once_though_one_is_killed(
    postgres_database: str,
) -> None:
    # Given three processes that fire timers, one of which dies in the middle of a batch
    with build(Settings(database_url=postgres_database)) as made:
        with processes(postgres_database, ["0", "0", "5"]) as running:
            # When many timers become due at once, and a cycle that starts instances runs
            made.engine.deploy([("process.bpmn", waits("PT2S").xml()), ("clockwork.bpmn", starts_by_itself().xml())])
            started = {made.engine.start_instance(process_id="process").key for _ in range(WAITING)}
            done = wait_for(made, WAITING + STARTS)
        # Then all went on, once each, not early
        counts = Counter(row["processDefinitionId"] for row in done)
        assert counts == {"process": WAITING, "clockwork": STARTS}
        fired = rows(made, "audit-logs", details_command="TriggerTimer")
        times = Counter(int(row["entityKey"]) for row in fired)
        assert {key: times[key] for key in started} == dict.fromkeys(started, 1)
        assert all(
            (parse(row["endDate"]) - parse(row["startDate"])).total_seconds() >= 2
            for row in done
            if row["processDefinitionId"] == "process"
        )
        # and the two that lived have shared what the third left.
        assert [process.returncode for process in running] == [0, 0, -9]
        assert made.engine.verify_audit()["first_bad"] is None


@contextmanager
def processes(database: str, kill_at: list[str]) -> Iterator[list["subprocess.Popen[str]"]]:
    command = [sys.executable, "-m", "tests.workers.timer_process", database]
    running = [
        subprocess.Popen([*command, number], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in kill_at
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield running
    finally:
        for process in running:
            process.communicate()


def wait_for(made: Laneway, number: int) -> list[dict[str, Any]]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        done = rows(made, "process-instances", state="COMPLETED")
        if len(done) >= number:
            time.sleep(1.5)  # for one too many to show
            return rows(made, "process-instances")
        time.sleep(0.2)
    raise AssertionError(f"{len(done)} of {number} instances have ended")


def rows(made: Laneway, resource: str, details_command: str | None = None, **filters: str) -> list[dict[str, Any]]:
    wanted = tuple(Filter(name, "eq", value) for name, value in filters.items())
    found = made.engine.search(SearchQuery(resource, wanted, limit=10_000)).items
    if details_command is None:
        return found
    return [row for row in found if row["details"]["command"] == details_command]


def parse(moment: object) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
