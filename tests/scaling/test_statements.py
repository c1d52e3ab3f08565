"""No step of a command joins rows of different instances: what docs/scaling.md says of the hot path."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from laneway.store.prepared import Driver, Shape
from laneway.store.tables import metadata
from tests.support.drawing import Drawing, duration, extension, job, mapping, refers
from tests.support.world import ANNA, World

REPLICATED = {
    "deployment",
    "resource",
    "process_definition",
    "decision_requirements",
    "decision_definition",
    "form_definition",
    "start_trigger",
    "phrase",
    "route",
    "route_element",
    "agent_contract",
    "agent_definition",
    "autonomy_setting",
    "data_source",
    "kill_switch",
}
"""Written by deployments, when a way is taken for the second time, and when people say what agents may do: every shard has all of them."""

TIES = (
    re.compile(r"(\w+)\.(\w+) = (\w+)\.(\w+)"),
    re.compile(r"(process_instance)\.(key) = ANY \(array\(\(SELECT (\w+)\.(root_key)", re.IGNORECASE),
)
"""A column of one table that is held against that of another; a root by keys of roots that were found first."""
PLACES = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO) (\w+(?: AS \w+)?(?:, \w+(?: AS \w+)?)*)|\b(\w+)\.")


def tables_of(statement: str) -> set[str]:
    words = {
        word for listed, before_dot in PLACES.findall(statement) for word in re.split(r"\W+", listed or before_dot)
    }
    return words & set(metadata.tables)


def crosses(statement: str) -> set[str]:
    """The sharded tables that a statement reads together without holding the root of one against that of the other."""
    plain = statement.replace('"', "")
    sharded = tables_of(plain) - REPLICATED
    if len(sharded) < 2:
        return set()
    tied = {
        frozenset((one, other))
        for tie in TIES
        for one, column, other, another in tie.findall(plain)
        if column == "root_key" or another == "root_key"
    }
    joined = {next(iter(sharded))}
    while grown := {name for pair in tied if pair & joined for name in pair} - joined:
        joined |= grown
    return sharded - joined and sharded


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("SELECT job.key FROM job WHERE job.key = ?", set()),
        ("SELECT * FROM message JOIN start_trigger ON start_trigger.name = message.name", set()),
        ("SELECT * FROM timer JOIN process_instance ON process_instance.key = timer.root_key", set()),
        ("SELECT * FROM job, variable WHERE job.root_key = variable.root_key", set()),
        ("SELECT * FROM job JOIN variable ON variable.scope_key = job.element_instance_key", {"job", "variable"}),
        ("SELECT * FROM job, user_task", {"job", "user_task"}),
        (
            "SELECT * FROM process_instance WHERE process_instance.key = ANY (array((SELECT job.root_key FROM job)))",
            set(),
        ),
        (
            "SELECT * FROM job WHERE job.key = ANY (array((SELECT variable.root_key FROM variable)))",
            {"job", "variable"},
        ),
        ("UPDATE job SET state = ? WHERE job.key IN (SELECT incident.job_key FROM incident)", {"job", "incident"}),
    ],
)
def test_the_inspection_sees_joins(statement: str, found: set[str]) -> None:
    assert crosses(statement) == found


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """All that is sent to the database while the block runs."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(" ".join(statement.split()))

    database = world.laneway.store._database  # type: ignore[attr-defined]
    engines = {database._writer, database._reader}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    find, ask, write = Driver.find, Driver._ask_all, Driver.write

    def found(self: Driver, shape: Shape, values: Any) -> list[Any]:
        note(None, None, shape.text)
        return find(self, shape, values)

    def asked(self: Driver, begin: str, values: Any, questions: Sequence[tuple[Shape, Any]]) -> Any:
        for shape, _ in questions:
            note(None, None, shape.text)
        return ask(self, begin, values, questions)

    def written(self: Driver, groups: Any, counts: list[int]) -> None:
        for shape, _ in groups:
            note(None, None, shape.text)
        write(self, groups, counts)

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Driver, "find", found)
            patch.setattr(Driver, "_ask_all", asked)
            patch.setattr(Driver, "write", written)
            yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def everything() -> Drawing:
    """A job, a user task, a timer, a message, a signal and a thrown message, side by side in two scopes."""
    drawing = Drawing()
    drawing.message("In", "in", "=order")
    drawing.message("Out", "out", "=order")
    drawing.signal("Alarm", "alarm")
    process = drawing.process()
    split, join = process.node("parallelGateway"), process.node("parallelGateway")
    process.flow(process.node("startEvent"), split)
    sub, inside = process.sub("sub", extension(mapping({"inner": "=order"}, {"outer": "=inner"})))
    inside.chain(
        inside.node("startEvent"), inside.node("serviceTask", "work", extension(job("work"))), inside.node("endEvent")
    )
    kinds = {
        "userTask": "",
        "intermediateCatchEvent": duration("PT1M"),
        "receiveTask": "",
        "intermediateThrowEvent": refers("message", "Out"),
    }
    process.chain(split, sub, join)
    process.chain(
        split, process.node("userTask", "ask", extension('<zeebe:assignmentDefinition candidateGroups="a, b"/>')), join
    )
    process.chain(split, process.node("intermediateCatchEvent", "rest", kinds["intermediateCatchEvent"]), join)
    process.chain(split, process.node("intermediateCatchEvent", "in", refers("message", "In")), join)
    process.chain(split, process.node("intermediateCatchEvent", "alarm", refers("signal", "Alarm")), join)
    process.chain(split, process.node("intermediateThrowEvent", "out", kinds["intermediateThrowEvent"]), join)
    process.flow(join, process.node("endEvent"))
    return drawing


Act = Callable[[], object]


@pytest.fixture
def world(postgres_database: str) -> Iterator[World]:
    made = World(postgres_database)
    yield made
    made.close()


def failed(world: World) -> Act:
    job_key = world.one_job("work").job.key
    return lambda: world.engine.fail_job(job_key, retries=0, error_message="no")


def resolved(world: World) -> Act:
    (row,) = world.rows("incidents", state="ACTIVE")
    world.engine.update_job(int(row["jobKey"]), retries=1)
    return lambda: world.engine.resolve_incident(int(row["incidentKey"]))


def written(world: World) -> Act:
    key = int(world.rows("process-instances")[0]["processInstanceKey"])
    return lambda: world.engine.set_variables(key, {"more": 1})


def asked(world: World) -> int:
    (row,) = world.rows("user-tasks")
    return int(row["userTaskKey"])


def claimed(world: World) -> Act:
    key = asked(world)
    return lambda: world.engine.assign_user_task(key, "anna", actor=ANNA)


def answered(world: World) -> Act:
    key = asked(world)
    return lambda: world.engine.complete_user_task(key, {"yes": True}, actor=ANNA)


def timed(world: World) -> Act:
    world.pass_time(minutes=2)
    return world.settle


STEPS: dict[str, Callable[[World], Act]] = {
    "start": lambda world: lambda: world.start(variables={"order": "1"}),
    "fail a job": failed,
    "resolve an incident": resolved,
    "write variables": written,
    "activate and complete a job": lambda world: (
        lambda: world.engine.complete_job(world.one_job("work").job.key, {"a": 1})
    ),
    "claim": claimed,
    "complete a user task": answered,
    "publish a message": lambda world: lambda: world.engine.publish_message("in", "1", time_to_live_ms=60_000),
    "broadcast a signal": lambda world: lambda: world.engine.broadcast_signal("alarm"),
    "fire a timer": timed,
}


def test_no_step_of_a_command_joins_rows_of_different_instances(world: World) -> None:
    # Given a process that waits in every way that there is
    world.deploy(everything())
    found: dict[str, list[str]] = {}
    for name, step in STEPS.items():
        # When each of its steps is taken, then no statement joins beyond the root key
        act = step(world)
        with statements(world) as sent:
            act()
        assert any(sent), name
        found[name] = [statement for statement in sent if crosses(statement)]
    assert found == {name: [] for name in STEPS}
    # and the instance has gone through them all.
    (instance,) = world.rows("process-instances")
    assert instance["state"] == "COMPLETED"


def test_every_table_carries_the_root_or_says_what_it_is_kept_by() -> None:
    # Given the tables; when those without the key of the root are listed; then they are the ones that the document names.
    without = {name for name, table in metadata.tables.items() if "root_key" not in table.c}
    assert without - REPLICATED == {"message", "audit_head", "idempotency", "node", "budget"}
