"""What instances do between two waits is on record as it happened, also where nobody had to look how."""

from __future__ import annotations

from typing import Any

from laneway.store.routes import Routes
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
    for job in world.activate("work"):
        world.engine.complete_job(job.job.key, {"n": 3})
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


def _named(value: Any, numbers: dict[int, int]) -> Any:
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


def routes_of(world: World) -> Routes:
    store: Any = world.laneway.store
    found: Routes = store._routes
    return found
