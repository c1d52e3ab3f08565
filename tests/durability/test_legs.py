"""What instances do between two waits is on record as it happened, also where nobody had to look how."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from laneway.store.routes import Routes
from laneway.store.tables import (
    element_instance,
    job,
    message_subscription,
    process_instance,
    user_task,
    user_task_candidate,
    variable,
)
from tests.support.drawing import Drawing, extension
from tests.support.world import World


def drawn() -> Drawing:
    """start → script → a person → two jobs side by side → script → end"""
    drawing = Drawing()
    process = drawing.process("legs")
    first, last = (
        process.node("scriptTask", name, extension(f'<zeebe:script expression="=n + 1" resultVariable="{name}"/>'))
        for name in ("first", "last")
    )
    person = process.node("userTask", "person", extension("<zeebe:userTask/>"))
    fork, join = process.node("parallelGateway"), process.node("parallelGateway")
    process.chain(process.node("startEvent"), first, person, fork)
    for name in ("one", "other"):
        job = process.node("serviceTask", name, extension('<zeebe:taskDefinition type="work"/>'))
        process.chain(fork, job, join)
    process.chain(join, last, process.node("endEvent"))
    return drawing


def played(world: World) -> int:
    root = world.start("legs", {"n": 1})
    [task] = world.rows("user-tasks", processInstanceKey=root, state="CREATED")
    world.engine.complete_user_task(task["userTaskKey"], {"n": 2})
    for work in world.activate("work"):
        world.engine.complete_job(work.job.key, {"n": 3})
    return root


def told(world: World, root: int) -> list[list[Any]]:
    """All that is on record of it, with places in the stead of keys."""
    numbers = {root: 0}
    out = []
    for resource in ("element-instances", "jobs", "user-tasks", "variables"):
        for row in world.rows(resource, processInstanceKey=root):
            kept = {name: value for name, value in row.items() if "Date" not in name and "At" not in name}
            out.append([resource, *(_named(value, numbers) for value in kept.values())])
    out.append([event[:1] + [_named(value, numbers) for value in event[1:]] for event in events(world, root)])
    return out


def _named(value: Any, numbers: dict[int, int], now: datetime | None = None) -> Any:
    if isinstance(value, datetime) and now is not None:
        return value - now
    if isinstance(value, int) and value > 2**40:
        return ("key", numbers.setdefault(value, len(numbers)))
    return value


def events(world: World, root: int) -> list[list[Any]]:
    return [list(event) for command in world.engine.raw_history(root) for event in command["events"]]


def test_what_a_known_leg_did_is_on_record_as_if_nobody_had_known_it(world: World) -> None:
    # Given a process; when instances go through it one after the other; then all are told as the first one is, of which nothing was known.
    world.deploy(drawn())
    roots = [played(world) for _ in range(8)]
    first, *others = (told(world, root) for root in roots)
    assert [world.state(root) for root in roots] == ["COMPLETED"] * 8
    assert others == [first] * 7
    assert world.engine.verify_audit()["first_bad"] is None
    # And the last ones were not looked at event by event.
    assert routes_of(world)._of_legs


WAITING = ("legs", "person", "told", "one", "other")


def waits() -> Drawing:
    """start → a person, who is computed → a message, whose key is → two jobs side by side → end"""
    drawing = Drawing()
    process = drawing.process("legs")
    assigned = '<zeebe:userTask/><zeebe:assignmentDefinition assignee="=who" candidateGroups="a,b"/>'
    person = process.node("userTask", "person", extension(assigned))
    drawing.message("m", "told", "=who")
    message = process.node("intermediateCatchEvent", "told", '<messageEventDefinition messageRef="m"/>')
    fork, join = process.node("parallelGateway"), process.node("parallelGateway")
    process.chain(process.node("startEvent"), person, message, fork)
    for name in ("one", "other"):
        process.chain(fork, process.node("serviceTask", name, extension('<zeebe:taskDefinition type="work"/>')), join)
    process.chain(join, process.node("endEvent"))
    return drawing


def test_a_known_leg_leaves_the_rows_that_the_first_left(world: World) -> None:
    # Given instances that go the same way, one after the other; when each has gone a step, then its rows are those of the first at that step.
    world.deploy(waits())
    all_of_them: list[list[Any]] = []
    for number in range(6):
        who = f"p{number}"
        world.pass_time(seconds=1)
        root = world.start("legs", {"who": who})
        seen = [raw(world, root, who)]
        [task] = world.rows("user-tasks", processInstanceKey=root)
        world.engine.complete_user_task(task["userTaskKey"], {"done": True})
        seen.append(raw(world, root, who))
        world.engine.correlate_message("told", who, variables={"n": 1})
        seen.append(raw(world, root, who))
        for work in world.activate("work"):
            world.engine.complete_job(work.job.key, {"n": 3})
            seen.append(raw(world, root, who))
        all_of_them.append(seen)
    assert len(all_of_them[0]) == 5
    assert all_of_them[1:] == all_of_them[:1] * 5
    assert routes_of(world)._rows_of_legs


def raw(world: World, root: int, who: str) -> list[Any]:
    """Its rows, with places in the stead of keys."""
    store: Any = world.laneway.store
    numbers = {root: 0}
    out: list[Any] = []
    tables = (process_instance, element_instance, user_task, user_task_candidate, message_subscription, job, variable)
    with store._database.reading() as connection:
        for table in tables:
            order = table.c.key if "key" in table.c else table.c.name
            for row in connection.execute(select(table).where(table.c.root_key == root).order_by(order)).mappings():
                if table is element_instance and row["element_id"] not in WAITING:
                    continue  # known routes tell them
                kept = {name: value for name, value in row.items() if name != "audit_hash"}
                out.append(
                    {
                        name: "who" if value in (who, f'"{who}"') else _named(value, numbers, world.clock.now)
                        for name, value in kept.items()
                    }
                )
    return out


def routes_of(world: World) -> Routes:
    store: Any = world.laneway.store
    found: Routes = store._routes
    return found
