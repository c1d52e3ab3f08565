"""A later version migrates the database under a process: what that would write, or take away, is written by nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, text

from laneway.commands.execution import Unit, execute
from laneway.domain.errors import Conflict, Overloaded
from laneway.store.database import Database
from laneway.store.migrate import HEAD, migrate
from tests.commands.drawings import one_user_task
from tests.durability.groups import ENTRY, PATIENCE, outcome, until
from tests.support.world import World
from tests.workers.test_timers import waits


@pytest.fixture
def beside(stored: World) -> Iterator[Engine]:
    """Another process at the same database."""
    made = create_engine(stored.laneway.store._database.url)  # type: ignore[attr-defined]
    yield made
    made.dispose()


def bring_to(revision: str, beside: Engine) -> None:
    with beside.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


def rows(table: str, beside: Engine) -> int:
    with beside.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_process_of_an_older_version_does_nothing_more(stored: World, beside: Engine) -> None:
    # Given tasks of people and a timer that is due
    stored.deploy(one_user_task())
    roots = [stored.start() for _ in range(2)]
    first, second = (row["userTaskKey"] for row in stored.rows("user-tasks"))
    stored.engine.complete_user_task(first)
    stored.deploy(waits())
    resting = stored.start()
    stored.pass_time(minutes=2)
    before = rows("timer", beside), rows("audit_log", beside)
    # When a later version migrates the database
    bring_to("9999", beside)
    # Then commands are refused, from threads and handed over, and so is what its own workers would do
    for _ in range(2):
        with pytest.raises(Overloaded) as refused:
            stored.engine.complete_user_task(second)
        assert refused.value.code == "database_upgraded"
    with pytest.raises(Overloaded):
        stored.laneway.workers.step()
    assert (rows("timer", beside), rows("audit_log", beside)) == before
    # And nothing was lost
    bring_to(HEAD, beside)
    stored.engine.complete_user_task(second)
    stored.settle()
    assert [stored.state(root) for root in (*roots, resting)] == ["COMPLETED"] * 3


@pytest.mark.postgres
def test_a_migration_waits_for_commands_at_work(postgres_database: str) -> None:
    # Given a command at work
    world, beside = World(postgres_database), create_engine(postgres_database)
    began, over = threading.Event(), threading.Event()

    def hold(_: Unit) -> str:
        began.set()
        assert over.wait(PATIENCE)
        return "done"

    later = Database(postgres_database)
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(execute, world.context, ENTRY, hold)
        assert began.wait(PATIENCE)
        # When somebody migrates the database
        bring_to("9999", beside)
        migrating = pool.submit(migrate, later)

        def waits_for_it() -> bool:
            with beside.connect() as connection:
                asked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'alembic_version'::regclass"
                return bool(connection.execute(text(asked)).scalar_one())

        # Then that waits until the command is done
        until(waits_for_it)
        assert not migrating.done()
        over.set()
        assert outcome(held) == "done"
        assert isinstance(outcome(migrating), Conflict)
    later.close()
    beside.dispose()
    world.close()
