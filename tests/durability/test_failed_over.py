"""A replica takes over that had not got all yet: what is remembered of commits that are gone is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from laneway.domain.errors import Overloaded
from tests.support.drawing import Drawing
from tests.support.postgres import PostgresServer
from tests.support.world import World

pytestmark = [pytest.mark.postgres]


class Site:
    """A database, and a replica of it as it was at some time."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self.name = server.create_database(template)
        self._replica = ""

    @property
    def url(self) -> str:
        return self._server.database_url(self.name)

    def replicate(self) -> None:
        self._disconnect()
        self._replica = self._server.create_database(self.name)

    def fail_over(self) -> None:
        self._disconnect()
        self._server.drop_database(self.name)
        self._server._execute(f'ALTER DATABASE "{self._replica}" RENAME TO "{self.name}"')

    def _disconnect(self) -> None:
        self._server._execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )


@pytest.fixture
def site(postgres_server: PostgresServer, postgres_template: str) -> Iterator[Site]:
    made = Site(postgres_server, postgres_template)
    yield made
    postgres_server.drop_database(made.name)


@pytest.fixture
def world(site: Site) -> Iterator[World]:
    made = World(site.url)
    yield made
    made.close()


def two_tasks() -> Drawing:
    drawing = Drawing()
    process = drawing.process("process")
    process.chain(
        process.node("startEvent", "start"),
        process.node("userTask", "first"),
        process.node("userTask", "second"),
        process.node("endEvent", "end"),
    )
    return drawing


def complete(world: World, root: int, value: str) -> None:
    (key,) = [row["userTaskKey"] for row in world.rows("user-tasks", processInstanceKey=root, state="CREATED")]
    with suppress(Overloaded):
        return world.engine.complete_user_task(key, {"value": value})
    world.engine.complete_user_task(key, {"value": value})


def begun(world: World) -> int:
    with suppress(Overloaded):  # the connection is lost; the next one leads to the replica
        return world.start()
    return world.start()


def test_an_instance_goes_on_as_the_new_primary_has_it(site: Site, world: World) -> None:
    # Given an instance, of which the replica gets no more than its beginning
    world.deploy(two_tasks())
    root = world.start()
    site.replicate()
    complete(world, root, "lost")
    # When the replica takes over, and another process does what the first has done, otherwise
    site.fail_over()
    other = World(site.url)
    complete(other, root, "kept")
    other.close()
    # Then the first goes on from there
    complete(world, root, "end")
    assert world.state(root) == "COMPLETED"
    assert world.engine.verify_audit()["first_bad"] is None


def test_what_happened_is_told_by_what_the_new_primary_has(site: Site, world: World) -> None:
    # Given a process that knows how instances like these are told, by rows that the replica does not get
    world.deploy(two_tasks())
    site.replicate()
    for _ in range(5):
        complete(world, world.start(), "lost")
    # When the replica takes over
    site.fail_over()
    roots = [begun(world) for _ in range(4)]
    for root in roots:
        complete(world, root, "kept")
    # Then what instances have done since can be read, and the trail is sound
    assert world.engine.verify_audit()["first_bad"] is None
    assert all(row["operationType"] and row["actorKind"] for row in world.rows("audit-logs"))
    assert len({tuple(each.kind for each in world.engine.history(root)) for root in roots}) == 1
