"""What a command has seen of a job or a task is still true when it is done, whatever another process does to it meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from laneway.commands.execution import Unit, execute
from laneway.domain.errors import Conflict
from laneway.domain.stimulus import RaiseIncident
from laneway.domain.types import JobKind, JobState
from laneway.domain.work import Actor
from tests.commands.drawings import one_job, one_user_task
from tests.durability.groups import ENTRY, PATIENCE, connection_of, outcome, until
from tests.support.postgres import PostgresServer
from tests.support.world import World

pytestmark = [pytest.mark.postgres]


@pytest.fixture
def worlds(postgres_server: PostgresServer, postgres_template: str) -> Iterator[tuple[World, World]]:
    """Two processes at one database."""
    name = postgres_server.create_database(postgres_template)
    made = [World(postgres_server.database_url(name)) for _ in range(2)]
    yield made[0], made[1]
    for world in made:
        world.close()
    postgres_server.drop_database(name)


@contextmanager
def meanwhile(world: World, root: int, work: Callable[[Unit], None], give: Callable[[], Any]) -> Iterator[Future[Any]]:
    """``work`` is done in a transaction that holds ``root``, and committed when what ``give`` does waits for that."""
    began, go_on = threading.Event(), threading.Event()

    def hold(unit: Unit) -> None:
        connection_of(unit).execute(text("SELECT 1 FROM process_instance WHERE key = :it FOR UPDATE"), {"it": root})
        work(unit)
        connection_of(unit)
        began.set()
        assert go_on.wait(PATIENCE)

    def waits() -> bool:
        with world.laneway.store._database.reading() as connection:  # type: ignore[attr-defined]
            asked = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            return bool(connection.execute(text(asked)).scalar_one())

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(execute, world.engine._context, ENTRY, hold)
        assert began.wait(PATIENCE)
        given = pool.submit(give)
        until(waits)
        go_on.set()
        assert outcome(held) is None
        yield given


def test_a_job_that_failed_meanwhile_is_not_completed(worlds: tuple[World, World]) -> None:
    # Given a job in a worker's hands
    world, other = worlds
    world.deploy(one_job())
    root = world.start()
    job = world.one_job("work").job

    def fail(unit: Unit) -> None:
        found = unit.uow.job(job.key)
        assert found is not None
        unit.uow.update_job(found, state=JobState.FAILED, retries=0, deadline=None, error_message="broken")
        incident = RaiseIncident(found.element_instance_key, found.key, "JOB_NO_RETRIES", "broken")
        unit.advance(unit.load(root), incident, ENTRY.changed(root_key=root))

    # When it fails for good while another process is about to complete it
    with meanwhile(other, root, fail, lambda: world.engine.complete_job(job.key, {})) as completed:
        # Then that is refused, and the incident waits for somebody
        refused = outcome(completed)
    assert isinstance(refused, Conflict)
    assert refused.code == "job_not_completable"
    assert [row["state"] for row in world.rows("incidents")] == ["ACTIVE"]
    assert [row["state"] for row in world.rows("process-instances")] == ["ACTIVE"]


def test_a_job_that_was_handed_out_again_meanwhile_is_not_completed_by_its_first_worker(
    worlds: tuple[World, World],
) -> None:
    # Given a job whose lease has run out
    world, other = worlds
    world.deploy(one_job())
    root = world.start()
    (taken,) = world.engine.activate_jobs(type="work", worker="first", timeout_ms=1, max_jobs=1, lease=True)
    other.pass_time(seconds=1)

    def hand_out(unit: Unit) -> None:
        given = unit.uow.activate_jobs(
            kind=JobKind.EXTERNAL,
            types=["work"],
            worker="second",
            timeout_ms=60_000,
            limit=1,
            tenant_ids=[taken.job.tenant_id],
        )
        assert len(given) == 1

    # When it is handed out again while its first worker is about to complete it; then he is too late.
    def complete() -> None:
        world.engine.complete_job(taken.job.key, {}, lease_token=taken.job.lease_token)

    with meanwhile(other, root, hand_out, complete) as completed:
        refused = outcome(completed)
    assert isinstance(refused, Conflict)
    assert refused.code == "stale_lease"


def test_a_task_that_somebody_took_meanwhile_is_not_completed_by_another(worlds: tuple[World, World]) -> None:
    # Given a task that is nobody's
    world, other = worlds
    world.deploy(one_user_task())
    root = world.start()
    key = world.rows("user-tasks")[0]["userTaskKey"]

    def claim(unit: Unit) -> None:
        task = unit.uow.user_task(key)
        assert task is not None
        unit.uow.update_user_task(task, assignee="ben")
        unit.uow.audit(ENTRY.changed(root_key=root))

    # When Ben takes it while Anna is about to complete it; then it is his.
    with meanwhile(
        other, root, claim, lambda: world.engine.complete_user_task(key, {}, actor=Actor("user", "anna"))
    ) as completed:
        refused = outcome(completed)
    assert isinstance(refused, Conflict)
    assert refused.code == "user_task_already_assigned"
