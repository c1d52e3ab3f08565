"""Instances that stay in memory between commands are as their rows are, or are not used."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from laneway.bootstrap import Laneway
from laneway.cases import Case
from laneway.cases.runner import play
from laneway.cases.session import Session
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.state import ElementInstance, InstanceState, Wait
from laneway.domain.stimulus import CompleteWork
from laneway.store.hot import MOST_OPENED
from laneway.store.units.work import user_task_as_inserted
from tests.commands.drawings import user_tasks_side_by_side
from tests.durability.groups import ENTRY, Group, connection_of
from tests.durability.test_events import process as watched, run as run_watched
from tests.durability.test_group_commit import prepare_failing_commit
from tests.durability.test_restart import CASES, FILES, run
from tests.support.blocks import Block, Drawn, blocks
from tests.support.drawing import Drawing, extension, mapping
from tests.support.examples import examples
from tests.support.world import ANNA, BEN, World


def seen(state: InstanceState, counts: Callable[[int], bool]) -> dict[str, Any]:
    """All of a state, in the order in which it goes through it, with the types of its values.

    ``counts`` says whether the tokens of a definition's instances are counted, which is done for inclusive joins alone.
    """
    return {
        "version": state.version,
        "elements": [_element(element, counts(element.definition_key)) for element in state.elements.values()],
        "variables": {
            key: {name: repr(value) for name, value in sorted(scope.items())}
            for key, scope in state.variables.items()
            if scope
        },
        "conditions": {place: sorted(waits.items()) for place, waits in state.conditions.items()},
        "signals": {place: sorted(waits.items()) for place, waits in state.signals.items()},
    }


def _element(element: ElementInstance, counts: bool) -> dict[str, Any]:
    found = {name: getattr(element, name) for name in ElementInstance.__slots__}
    found["active_mask"] = element.active_mask if counts else 0
    found["waits"] = [repr(wait.as_json(element.key)) for wait in element.waits.values() if isinstance(wait, Wait)]
    found["children"] = list(element.children)
    found["data"] = repr(dict(sorted(element.data.items())))
    found["tokens"] = {slot: count for slot, count in element.tokens.items() if count and counts}
    found["arrivals"] = {
        slot: {flow: count for flow, count in flows.items() if count}
        for slot, flows in element.arrivals.items()
        if any(flows.values())
    }
    return found


def differences(laneway: Laneway) -> list[tuple[Any, Any]]:
    """Hot states that are not as their rows are: each with what the rows say."""
    store: Any = laneway.store
    hot = [each.state for each, _ in store._hot._states.values()]

    def counts(definition_key: int) -> bool:
        return bool(laneway.definitions.model(definition_key).joins)

    found = []
    for state in hot:
        with store.read() as uow:
            cold = uow.load(state.root_key)
        if cold is None or seen(cold, counts) != seen(state, counts):
            found.append((seen(state, counts), None if cold is None else seen(cold, counts)))
    return found + differences_of_work(store)


def differences_of_work(store: Any) -> list[tuple[Any, Any]]:
    """Jobs and user tasks in memory that are not as their rows are."""
    found = []
    for key, kept in [*store._hot._work.items(), *store._hot._opened.items()]:
        hot = kept
        if type(kept) is tuple:
            row, own = kept
            hot = user_task_as_inserted(store._database.engine.dialect, row.row(own))
        with store.read() as uow:
            cold = uow.job(key) or uow.user_task(key)
        if repr(hot) != repr(cold):
            found.append((hot, cold))
    return found


class Comparing(Session):
    """Compares what is hot with its rows after every command and step."""

    compared = 0

    def open(self) -> None:
        super().open()
        store: Any = self.laneway.store
        put = store._hot.put

        def kept(hot: Any) -> None:
            put(hot)
            self.compared += 1

        store._hot.put = kept

    def settle(self) -> None:
        super().settle()
        self.compare()

    def complete(self, *arguments: Any, **named: Any) -> None:
        super().complete(*arguments, **named)
        self.compare()

    def compare(self) -> None:
        for hot, cold in differences(self.laneway):
            assert hot == cold


def test_what_is_hot_is_as_its_rows_are_whatever_waits(tmp_path: Path) -> None:
    # Given an instance with conditions, signals, timers and people; when it runs; then it is at each step as it is stored.
    session = Comparing([("watched.bpmn", watched())])
    with session:
        run_watched(session)
        assert session.compared > 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_shipped_process_is_hot_as_it_is_stored(case: Case) -> None:
    # Given a case of the process that ships; when it is played; then at each step the same.
    session = Comparing(FILES, begins=case.begins, answers=case.agents)
    with session:
        session.start(case.process, case.start)
        for step in case.steps:
            play(step, session)
        session.compare()
        assert session.compared > 0


@given(blocks, st.lists(st.integers(0, 50), min_size=1, max_size=5))
@settings(max_examples=examples(10))
def test_made_up_processes_are_hot_as_they_are_stored(block: Block, picks: list[int]) -> None:
    # Given a made-up process; when its tasks are done in some order; then at each step the same.
    with Comparing([("made_up.bpmn", Drawn(block).xml)]) as session:
        run(session, picks)


def three() -> Drawing:
    return user_tasks_side_by_side("a", "b", "c", id="three")


@pytest.fixture
def started(stored: World) -> tuple[World, int, list[int]]:
    """A world, an instance of three user tasks, and their keys."""
    stored.deploy(three())
    root = stored.start("three")
    return stored, root, [row["userTaskKey"] for row in stored.rows("user-tasks", processInstanceKey=root)]


def hot_roots(world: World) -> list[int]:
    return list(world.laneway.store._hot._states)  # type: ignore[attr-defined]


def finish(world: World, root: int, keys: list[int], done: int = 0) -> None:
    """Complete the tasks after the first ``done`` of them; then each has left its variable."""
    for key in keys[done:]:
        world.engine.complete_user_task(key, {f"v{key}": key})
    assert world.state(root) == "COMPLETED"
    assert world.variables(root) == {f"v{key}": key for key in keys}
    assert hot_roots(world) == []
    assert world.engine.verify_audit()["first_bad"] is None


def test_a_hot_instance_is_not_read(tmp_path: Path) -> None:
    # Given an instance that was started just now
    world = World(f"sqlite:///{tmp_path / 'laneway.db'}")
    world.deploy(three())
    root = world.start("three")
    keys = [row["userTaskKey"] for row in world.rows("user-tasks")]
    assert hot_roots(world) == [root]
    said: list[str] = []
    with world.laneway.store._database.writer() as writer:  # type: ignore[attr-defined]
        writer.connection.connection.driver_connection.set_trace_callback(said.append)
    # When one of its tasks is completed; then its elements and variables are not read.
    world.engine.complete_user_task(keys[0], {f"v{keys[0]}": keys[0]})
    assert any("UPDATE element_instance" in each for each in said)
    assert not any("FROM element_instance" in each or "FROM variable" in each for each in said)
    finish(world, root, keys, done=1)
    world.close()


def test_a_state_that_a_command_spoiled_is_dropped(started: tuple[World, int, list[int]]) -> None:
    # Given a command that moves an instance on and fails then
    world, root, keys = started

    def spoil(unit: Unit) -> None:
        task = unit.uow.user_task(keys[0])
        assert task is not None
        unit.advance(unit.load(root), CompleteWork(task.element_instance_key, task.key, {"lost": 1}), unit.entry)
        raise ZeroDivisionError

    # When it has run
    context: Any = world.engine._context
    with pytest.raises(ZeroDivisionError):
        execute(context, ENTRY, spoil)
    # Then the instance is where it was before, and goes on from there
    assert hot_roots(world) == []
    finish(world, root, keys)


def test_a_state_that_was_spoiled_within_a_command_is_read_again(started: tuple[World, int, list[int]]) -> None:
    # Given a command that moves an instance on, fails to move it on once more, and goes on nevertheless
    world, root, keys = started

    def stumble(unit: Unit) -> None:
        tasks = [unit.uow.user_task(key) for key in keys[:2]]
        for task in tasks:
            assert task is not None
        state = unit.load(root)
        first, second = tasks
        assert first is not None
        assert second is not None
        unit.advance(
            state, CompleteWork(first.element_instance_key, first.key, {f"v{first.key}": first.key}), unit.entry
        )
        unit._step(state, CompleteWork(second.element_instance_key, second.key, {"lost": 1}))

    context: Any = world.engine._context
    execute(context, ENTRY, stumble)
    # When it is committed; then the second step is not there, in memory either.
    finish(world, root, keys, done=1)


def test_a_state_whose_commit_failed_is_dropped(started: tuple[World, int, list[int]]) -> None:
    # Given a group of which one command moves an instance on, and another lets the commit fail
    world, root, keys = started
    prepare_failing_commit(world)
    group = Group(world)

    def orphan(unit: Unit) -> None:
        task = unit.uow.user_task(keys[1])
        assert task is not None
        unit.advance(unit.load(root), CompleteWork(task.element_instance_key, task.key, {"lost": 1}), unit.entry)
        connection_of(unit).execute(text("INSERT INTO child VALUES (1)"))

    # When it has failed, and the one has been run again
    raised = group.run(
        lambda: world.engine.complete_user_task(keys[0], {f"v{keys[0]}": keys[0]}), group.command(orphan)
    )
    group.close()
    assert isinstance(raised[2], IntegrityError)
    # Then the instance goes on without what failed
    finish(world, root, keys, done=1)


def test_what_another_process_changed_is_read_again(started: tuple[World, int, list[int]]) -> None:
    # Given an instance that is hot here, and another Laneway at the same database
    world, root, keys = started
    other = World(world.laneway.settings.database_url)
    assert hot_roots(world) == [root]
    # When they complete its tasks in turn
    other.engine.complete_user_task(keys[0], {"by": "other"})
    world.engine.complete_user_task(keys[1], {"from": 1})
    assert other.variables(root) == {"by": "other", "from": 1}
    other.engine.set_variables(root, {"by": "nobody"})
    world.engine.complete_user_task(keys[2])
    # Then each goes on from what the other did
    assert world.state(root) == "COMPLETED"
    assert world.variables(root) == {"by": "nobody", "from": 1}
    assert [entry["sequence"] for entry in world.laneway.store.history(root)] == [1, 2, 3, 4, 5]
    assert world.engine.verify_audit()["first_bad"] is None
    other.close()


def test_a_refusal_that_goes_on_record_keeps_the_chain_whole(started: tuple[World, int, list[int]]) -> None:
    # Given a hot instance; when records without a step come between its steps; then the chain has them all.
    world, root, keys = started
    world.engine.complete_user_task(keys[0], {f"v{keys[0]}": keys[0]})
    world.engine.assign_user_task(keys[1], "anna")
    world.engine.unassign_user_task(keys[1])
    finish(world, root, keys, done=1)


def test_values_are_as_they_will_be_read(world: World) -> None:
    # Given a process that makes a date and a list of the caller's
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent", "start"),
        process.node(
            "userTask", "task", extension("<zeebe:userTask/>" + mapping(outputs={"day": '=date("2026-01-05")'}))
        ),
        process.node("userTask", "next", extension("<zeebe:userTask/>")),
        process.node("endEvent", "end"),
    )
    world.deploy(drawing)
    mine = [1, 2]
    root = world.start("process", {"list": mine, "half": 0.5})
    mine.append(3)
    (row,) = world.rows("user-tasks")
    # When it goes on in memory
    world.engine.complete_user_task(row["userTaskKey"])
    # Then it has what a restart would find
    assert hot_roots(world) == [root]
    assert differences(world.laneway) == []
    assert world.variables(root)["list"] == [1, 2]


def test_a_task_that_another_process_has_changed_is_read_again(tmp_path: Path) -> None:
    # Given a task that one process has in memory, as Anna's
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    world, other = World(url), World(url)
    world.deploy(three())
    root = world.start("three")
    key = world.rows("user-tasks", processInstanceKey=root)[0]["userTaskKey"]
    world.engine.assign_user_task(key, ANNA.id)
    # When another process gives it to Ben; then Anna cannot complete it any more, and Ben can.
    other.engine.assign_user_task(key, BEN.id, allow_override=True)
    with pytest.raises(Conflict):
        world.engine.complete_user_task(key, actor=ANNA)
    world.engine.complete_user_task(key, actor=BEN)
    world.close()
    other.close()


def test_what_was_undone_of_a_task_or_a_job_is_not_in_memory(stored: World) -> None:
    # Given a task in memory; when a command claims it and fails; then it is nobody's, in memory too.
    stored.deploy(three())
    root = stored.start("three")
    key = stored.rows("user-tasks", processInstanceKey=root)[0]["userTaskKey"]

    def claim_and_fail(unit: Unit) -> None:
        task = unit.uow.user_task(key)
        assert task is not None
        unit.uow.update_user_task(task, assignee="anna")
        raise InvalidInput("made_up", "this command fails")

    with pytest.raises(InvalidInput):
        execute(stored.context, ENTRY, claim_and_fail)
    with stored.context.store.begin() as uow:
        task = uow.user_task(key)
        assert task is not None
        assert task.assignee is None
    assert differences(stored.laneway) == []


def test_work_is_as_it_is_stored_whatever_is_done_to_it(stored: World) -> None:
    # Given jobs that fail, wait, are out of retries, get an incident and are done after all, and tasks that change hands
    drawing = Drawing()
    process = drawing.process()
    job = process.node("serviceTask", "job", extension('<zeebe:taskDefinition type="work" retries="2"/>'))
    person = process.node("userTask", "person", extension("<zeebe:userTask/>"))
    process.chain(process.node("startEvent"), job, person, process.node("endEvent"))
    stored.deploy(drawing)
    engine = stored.engine
    for _ in range(4):
        root = stored.start()
        # When this is done to each; then at each step all that is in memory is as it is stored.
        for retries in (1, 0):
            [given] = stored.activate("work")
            given.job.headers["changed"] = "by who got it"
            assert differences(stored.laneway) == []
            engine.fail_job(given.job.key, retries=retries, error_message="no")
            assert differences(stored.laneway) == []
        [incident] = stored.rows("incidents", processInstanceKey=root)
        engine.update_job(given.job.key, retries=1)
        engine.resolve_incident(incident["incidentKey"])
        assert differences(stored.laneway) == []
        [given] = stored.activate("work")
        engine.complete_job(given.job.key, {"n": 1})
        [row] = stored.rows("user-tasks", processInstanceKey=root)
        engine.assign_user_task(row["userTaskKey"], "anna")
        assert differences(stored.laneway) == []
        engine.update_user_task(row["userTaskKey"], {"candidate_groups": ["a"], "priority": 7})
        assert differences(stored.laneway) == []
        engine.unassign_user_task(row["userTaskKey"])
        assert differences(stored.laneway) == []
        engine.complete_user_task(row["userTaskKey"])
        assert differences(stored.laneway) == []
        assert stored.state(root) == "COMPLETED"


def test_no_more_stays_in_memory_than_is_allowed() -> None:
    # Given room for a few instances; when many are started, and one with a large variable; then the latest few stay.
    world = World(hot_bytes=30_000)
    world.deploy(three())
    roots = [world.start("three") for _ in range(60)]
    kept = hot_roots(world)
    assert 0 < len(kept) < 60
    assert kept == roots[-len(kept) :]
    world.start("three", {"large": "x" * 100_000})
    assert hot_roots(world) == kept
    world.close()


def taken_by(do: Callable[[int], object], times: int) -> int:
    """Bytes that stay."""
    gc.collect()
    tracemalloc.start()
    for number in range(times):
        do(number)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken


def test_an_instance_that_waits_as_others_do_takes_a_kilobyte_and_a_half_at_most(world: World) -> None:
    # Given a process that some instances have gone through; when many more are started and wait; then each takes its keys
    # and its variables, and what is alive in it is kept once for all.
    world.deploy(three())
    for number in range(MOST_OPENED + 30):  # of which the latest have more in memory, however many there are
        world.start("three", {"n": number})
    # The lesser of two: all threads of the process are counted, and another one may have begun something meanwhile.
    taken = min(taken_by(lambda number: world.start("three", {"n": number}), 300) for _ in range(2))
    assert taken / 300 <= 1_500


def test_nothing_stays_in_memory_if_nothing_may(tmp_path: Path) -> None:
    # Given no memory for instances; when one runs; then it does so from its rows.
    world = World(f"sqlite:///{tmp_path / 'laneway.db'}", hot_bytes=0)
    world.deploy(three())
    root = world.start("three")
    for row in world.rows("user-tasks"):
        world.engine.complete_user_task(row["userTaskKey"])
    assert world.state(root) == "COMPLETED"
    world.close()
