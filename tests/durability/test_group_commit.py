"""Commands that share a transaction: each stands for itself, and is acknowledged when all of them are on disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import wait
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError

from laneway.commands.committer import FEW_COMMANDS
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import Conflict, NotFound, Overloaded, StaleState
from tests.commands.drawings import one_user_task, user_tasks_side_by_side
from tests.durability.groups import ENTRY, Group, connection_of, outcome
from tests.support.postgres import PostgresServer
from tests.support.world import World


@pytest.fixture
def group(stored: World) -> Iterator[Group]:
    stored.deploy(one_user_task())
    made = Group(stored)
    yield made
    made.close()


@pytest.fixture
def postgres_world(postgres_server: PostgresServer, postgres_template: str) -> Iterator[World]:
    name = postgres_server.create_database(postgres_template)
    made = World(postgres_server.database_url(name))
    yield made
    made.close()
    postgres_server.drop_database(name)


def tasks(world: World, count: int) -> list[int]:
    """Keys of the user tasks of as many new instances."""
    roots = [world.start() for _ in range(count)]
    by_root = {row["processInstanceKey"]: row["userTaskKey"] for row in world.rows("user-tasks")}
    return [by_root[root] for root in roots]


def completing(world: World, key: int, **options: Any) -> Any:
    return lambda: world.engine.complete_user_task(key, {"done": True}, **options)


def states(world: World, keys: list[int]) -> list[str]:
    return [str(world.engine.get("user-tasks", key)["state"]) for key in keys]


def sound(world: World) -> bool:
    return world.engine.verify_audit()["first_bad"] is None


def test_commands_that_come_together_are_committed_once(group: Group) -> None:
    # Given tasks of several instances
    world, keys = group.world, tasks(group.world, 5)
    group.commits = 0
    # When they are completed while a transaction is open
    raised = group.run(*[completing(world, key) for key in keys])
    # Then one commit held them all
    assert (raised, group.commits) == ([None] * 6, 1)
    assert states(world, keys) == ["COMPLETED"] * 5
    assert sound(world)


def test_one_that_is_refused_harms_no_other_and_is_on_record(group: Group) -> None:
    # Given three tasks, the second of them Anna's
    world, keys = group.world, tasks(group.world, 3)
    world.engine.assign_user_task(keys[1], "anna")
    group.commits = 0
    # When somebody else completes it, between the others
    raised = group.run(
        completing(world, keys[0]),
        lambda: world.engine.assign_user_task(keys[1], "ben", allow_override=False),
        completing(world, keys[2]),
    )
    # Then the others are done, and of this one only the refusal stays, in the same commit
    assert isinstance(raised[2], Conflict)
    assert [*raised[:2], raised[3], group.commits] == [None, None, None, 1]
    assert states(world, keys) == ["COMPLETED", "CREATED", "COMPLETED"]
    assert world.engine.get("user-tasks", keys[1])["assignee"] == "anna"
    refused = [row for row in world.audits(entityKey=keys[1]) if row["result"] == "FAIL"]
    assert [row["details"]["code"] for row in refused] == [raised[2].code]
    assert sound(world)


def test_what_a_command_wrote_before_it_failed_is_gone(group: Group) -> None:
    # Given a command that moves an instance on and then fails, as a bug would make it
    world, keys = group.world, tasks(group.world, 3)

    def half(unit: Unit) -> None:
        task = unit.uow.user_task(keys[1])
        assert task is not None
        unit.uow.update_user_task(task, assignee="nobody")
        raise ZeroDivisionError

    # When it stands between others; then its error is its own, and nothing of it stays.
    raised = group.run(completing(world, keys[0]), group.command(half), completing(world, keys[2]))
    assert [type(each) for each in raised] == [type(None), type(None), ZeroDivisionError, type(None)]
    assert states(world, keys) == ["COMPLETED", "CREATED", "COMPLETED"]
    assert world.engine.get("user-tasks", keys[1])["assignee"] is None


def test_the_first_one_fails_and_the_others_go_on(group: Group) -> None:
    # Given a command that fails at the head of a group
    world, keys = group.world, tasks(group.world, 2)

    def refuse(_: Unit) -> None:
        raise NotFound("user_task_not_found", "there is none")

    # When it has failed; then those behind it are committed, and its refusal is on record.
    raised = group.run(*[completing(world, key) for key in keys], first=refuse)
    assert isinstance(raised[0], NotFound)
    assert raised[1:] == [None, None]
    assert states(world, keys) == ["COMPLETED"] * 2
    assert [row["details"]["code"] for row in world.audits(result="FAIL")] == ["user_task_not_found"]
    assert sound(world)


def test_a_stale_command_is_run_again(group: Group) -> None:
    # Given a command that finds its instance changed, the first time
    world, keys = group.world, tasks(group.world, 2)
    attempts: list[int] = []

    def stale(unit: Unit) -> str:
        task = unit.uow.user_task(keys[0])
        assert task is not None
        unit.uow.update_user_task(task, assignee=f"attempt {len(attempts)}")
        attempts.append(1)
        if len(attempts) == 1:
            raise StaleState("instance_changed", "another was faster")
        return "done"

    # When it stands before another; then it is run once more, and its first attempt left nothing.
    assert group.run(group.command(stale), completing(world, keys[1])) == [None, "done", None]
    task = world.engine.get("user-tasks", keys[0])
    assert (task["assignee"], len(attempts)) == ("attempt 1", 2)
    assert states(world, keys) == ["CREATED", "COMPLETED"]


def test_commands_of_one_instance_build_on_each_other_uncommitted(group: Group) -> None:
    # Given an instance with three people at work
    world = group.world
    world.deploy(user_tasks_side_by_side("a", "b", "c", id="three"))
    root = world.start("three")
    keys = [row["userTaskKey"] for row in world.rows("user-tasks", processInstanceKey=root)]
    group.commits = 0
    # When all are done in one transaction
    works = [lambda n=n, key=key: world.engine.complete_user_task(key, {f"v{n}": n}) for n, key in enumerate(keys)]
    assert group.run(*works) == [None] * 4
    # Then each saw what the one before it did
    assert (group.commits, world.state(root)) == (1, "COMPLETED")
    assert world.variables(root) == {"v0": 0, "v1": 1, "v2": 2}
    assert [entry["sequence"] for entry in world.laneway.store.history(root)] == [1, 2, 3, 4]
    assert sound(world)


def test_of_two_that_complete_one_task_one_does(group: Group) -> None:
    # Given one task; when two complete it in one transaction; then the second hears that it is done.
    (key,) = tasks(group.world, 1)
    raised = group.run(completing(group.world, key), completing(group.world, key))
    assert raised[:2] == [None, None]
    assert isinstance(raised[2], Conflict)


def test_nobody_hears_of_success_before_the_commit(group: Group) -> None:
    # Given a command that holds the transaction open at its end
    world, keys = group.world, tasks(group.world, 1)
    ran, go_on = threading.Event(), threading.Event()

    def hold(_: Unit) -> None:
        ran.set()
        go_on.wait(20)

    # When the one before it has been run
    futures = group.begin(completing(world, keys[0]), group.command(hold))
    assert ran.wait(20)
    done, _ = wait(futures, timeout=0.2)
    # Then nobody was told, and nobody else sees it, until all is committed
    assert not done
    assert states(world, keys) == ["CREATED"]
    go_on.set()
    assert [outcome(future) for future in futures] == [None] * 3
    assert states(world, keys) == ["COMPLETED"]


def prepare_failing_commit(world: World) -> None:
    """A table whose rows must have a parent when they are committed, and not before."""
    engine = world.laneway.store._database.engine  # type: ignore[attr-defined]
    if engine.dialect.name == "sqlite":
        with world.laneway.store._database.writer() as writer:  # type: ignore[attr-defined]
            writer.connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE parent (key INTEGER PRIMARY KEY)"))
        connection.execute(
            text("CREATE TABLE child (key INTEGER REFERENCES parent (key) DEFERRABLE INITIALLY DEFERRED)")
        )


def test_a_commit_that_fails_fails_only_who_made_it_fail(group: Group) -> None:
    # Given a command whose row the database refuses when it is committed
    world, keys = group.world, tasks(group.world, 3)
    prepare_failing_commit(world)

    def orphan(unit: Unit) -> None:
        connection_of(unit).execute(text("INSERT INTO child VALUES (1)"))

    # When it shares a transaction with others
    raised = group.run(completing(world, keys[0]), completing(world, keys[1]), group.command(orphan))
    # Then the others are run again, each once, and it has its error
    assert raised[:3] == [None] * 3
    assert isinstance(raised[3], IntegrityError)
    assert states(world, keys) == ["COMPLETED", "COMPLETED", "CREATED"]
    completions = [row["entityKey"] for row in world.audits(result="SUCCESS") if row["operationType"] == "COMPLETE"]
    assert sorted(completions) == sorted(keys[:2])
    assert sound(world)


def test_a_transaction_that_sqlite_undoes_by_itself_is_run_again(world: World) -> None:
    # Given a row that makes SQLite undo the whole transaction, as a full disk does
    world.deploy(one_user_task())
    group = Group(world)
    keys = tasks(world, 2)
    engine = world.laneway.store._database.engine  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE full_disk (key INTEGER)"))
        connection.execute(
            text(
                "CREATE TRIGGER at_full BEFORE INSERT ON full_disk BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END"
            )
        )

    def fill(unit: Unit) -> None:
        connection_of(unit).execute(text("INSERT INTO full_disk VALUES (1)"))

    # When a command writes it between two others
    raised = group.run(completing(world, keys[0]), group.command(fill), completing(world, keys[1]))
    group.close()
    # Then these are done nevertheless
    assert isinstance(raised[2], IntegrityError)
    assert [raised[0], raised[1], raised[3]] == [None] * 3
    assert states(world, keys) == ["COMPLETED"] * 2
    assert sound(world)


def locked(connection: Connection, key: int) -> None:
    connection.execute(text("SELECT 1 FROM process_instance WHERE key = :key FOR UPDATE"), {"key": key})


@pytest.mark.postgres
def test_who_waits_for_a_lock_holds_up_no_other(postgres_world: World) -> None:
    # Given an instance that another process is at work on
    world = postgres_world
    world.deploy(one_user_task())
    group = Group(world)
    roots = [world.start() for _ in range(3)]
    by_root = {row["processInstanceKey"]: row["userTaskKey"] for row in world.rows("user-tasks")}
    keys = [by_root[root] for root in roots]
    other = create_engine(world.laneway.store._database.url)  # type: ignore[attr-defined]
    with other.connect() as connection:
        locked(connection, roots[1])
        # When its task is completed among those of others
        futures = group.begin(*[completing(world, key) for key in keys])
        # Then the others are done while it waits
        assert [outcome(futures[at]) for at in (0, 1, 3)] == [None] * 3
        assert not futures[2].done()
        connection.rollback()
        # And it is, when the instance is free
        assert outcome(futures[2]) is None
    other.dispose()
    group.close()
    assert states(world, keys) == ["COMPLETED"] * 3
    assert sound(world)


@pytest.mark.postgres
def test_groups_that_lock_in_opposite_orders_do_not_stop_each_other(postgres_world: World) -> None:
    # Given two Laneways at one database, and two instances
    world = postgres_world
    world.deploy(one_user_task())
    other = World(world.laneway.settings.database_url)
    roots = [world.start() for _ in range(2)]
    groups = [Group(world), Group(other)]
    ran = [threading.Event(), threading.Event()]

    def setting(at: int, root: int, value: int) -> Any:
        return lambda: groups[at].world.engine.set_variables(root, {f"by{at}": value})

    def meet(at: int) -> Any:
        def work(_: Unit) -> None:
            ran[at].set()
            ran[1 - at].wait(20)

        return groups[at].command(work)

    # When each group has the first instance of its own and wants that of the other
    one = groups[0].begin(setting(0, roots[0], 1), meet(0), setting(0, roots[1], 2))
    two = groups[1].begin(setting(1, roots[1], 3), meet(1), setting(1, roots[0], 4))
    # Then all come through
    assert [outcome(future) for future in (*one, *two)] == [None] * 8
    assert [world.variables(root) for root in roots] == [{"by0": 1, "by1": 4}, {"by0": 2, "by1": 3}]
    for group in groups:
        group.close()
    other.close()
    assert sound(world)


@pytest.mark.postgres
def test_a_connection_that_is_lost_while_others_wait_for_their_turn(postgres_world: World) -> None:
    # Given commands that queue up behind one
    world = postgres_world
    world.deploy(one_user_task())
    keys = tasks(world, 2)
    group = Group(world)
    other = create_engine(world.laneway.store._database.url)  # type: ignore[attr-defined]

    def cut(unit: Unit) -> None:
        # When the server ends the connection before what they need is read
        process = connection_of(unit).execute(text("SELECT pg_backend_pid()")).scalar_one()
        with other.begin() as connection:
            assert connection.execute(text("SELECT pg_terminate_backend(:it, 5000)"), {"it": process}).scalar_one()

    futures = group.begin(*[completing(world, key) for key in keys], first=cut)
    # Then the one that was at work is told to come again, and the others are done in the next transaction
    assert isinstance(outcome(futures[0]), Overloaded)
    assert [outcome(future) for future in futures[1:]] == [None, None]
    assert states(world, keys) == ["COMPLETED"] * 2
    other.dispose()
    group.close()


def test_a_long_one_lets_those_behind_it_wait_no_longer_than_itself(world: World) -> None:
    # Given a limit to how long a transaction takes commands
    world.deploy(one_user_task())
    keys = tasks(world, 2)
    group = Group(world)
    group.context.committer._most_seconds = 0.0
    group.commits = 0
    # When commands queue up behind one that takes longer; then each has a transaction of its own.
    assert group.run(*[completing(world, key) for key in keys]) == [None] * 3
    assert group.commits == 3
    group.close()


def test_few_slow_ones_share_a_transaction_for_longer(world: World) -> None:
    # Given a limit to how long a transaction takes commands
    group = Group(world)
    group.context.committer._most_seconds = 0.5
    # When a few more than those queue up behind one that takes longer, though not by far
    behind = FEW_COMMANDS + 1
    found = group.run(*[group.command(lambda unit: None)] * behind, first=lambda unit: time.sleep(0.6))
    # Then it takes some of them with it, and the others have the next
    assert found == [None] * (behind + 1)
    assert group.commits == 2
    group.close()


def test_no_more_than_so_many_share_a_transaction(world: World) -> None:
    # Given at most two in a transaction; when five come; then there are three transactions.
    world.deploy(one_user_task())
    keys = tasks(world, 4)
    group = Group(world)
    group.context.committer._most_commands = 2
    group.commits = 0
    assert group.run(*[completing(world, key) for key in keys]) == [None] * 5
    assert group.commits == 3
    group.close()


def test_a_command_within_a_command_is_refused(world: World) -> None:
    # Given a command that gives another one; when it is run; then that is refused, and not waited for forever.
    context: Any = world.engine._context
    with pytest.raises(RuntimeError, match="within another"):
        execute(context, ENTRY, lambda _: execute(context, ENTRY, lambda _: None))


def test_a_command_logs_as_in_its_own_thread(world: World) -> None:
    # Given commands that look at whose request they belong to
    import contextvars

    request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="")
    group = Group(world)
    seen: list[str] = []

    def from_request(name: str) -> None:
        request.set(name)
        group.command(lambda _: seen.append(request.get()))()

    # When they are run in the thread of another; then each sees its own.
    group.run(lambda: from_request("one"), lambda: from_request("two"))
    group.close()
    assert seen == ["one", "two"]
