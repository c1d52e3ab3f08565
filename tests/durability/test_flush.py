"""A process that dies while the rows of a batch are on their way to the database."""

from __future__ import annotations

import os
import shutil
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from laneway.store.prepared import Driver
from tests.commands.drawings import one_user_task
from tests.commands.killed import in_child
from tests.durability.groups import Group
from tests.support.world import World

TASKS = 4


def prepare(url: str) -> list[int]:
    """Keys of open user tasks: of the first, which is completed alone, and of those that share a batch."""
    world = World(url)
    world.deploy(one_user_task())
    for _ in range(1 + TASKS):
        world.start()
    keys = [row["userTaskKey"] for row in world.rows("user-tasks")]
    world.close()
    return keys


def complete_together(url: str, first: int, keys: list[int], acknowledged: Path, die_at: int) -> None:
    """Complete all in one batch; die when the n-th statement of its rows has been run."""
    world = World(url)
    # A command that finds its definition cold leaves the batch to have it compiled.
    world.engine.complete_user_task(first)
    group = Group(world)
    original = Driver.write
    seen = [0]

    def write(self: Driver, groups: Any, counts: list[int]) -> None:
        for each in groups:
            original(self, [each], counts)
            seen[0] += 1
            if seen[0] == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    Driver.write = write  # type: ignore[method-assign]

    def complete(key: int) -> None:
        world.engine.complete_user_task(key, {"done": key})
        with acknowledged.open("a") as acks:
            acks.write(f"{key}\n")

    group.run(*[lambda key=key: complete(key) for key in keys])
    group.close()
    world.close()


@pytest.mark.parametrize("stored", ["sqlite"], indirect=True)
def test_killed_in_the_middle_of_a_flush(stored: World, tmp_path: Path) -> None:
    # Given tasks that are completed in one batch, by a process that is killed after each statement in turn
    stored.close()
    first, *keys = prepare(stored.laneway.settings.database_url)
    source = Path(stored.laneway.settings.database_url.removeprefix("sqlite:///"))
    died_at = 0
    status = -signal.SIGKILL
    while status == -signal.SIGKILL:
        died_at += 1
        file, acknowledged = tmp_path / f"{died_at}.db", tmp_path / f"{died_at}.acks"
        shutil.copy(source, file)
        acknowledged.touch()
        url = f"sqlite:///{file}"
        status = in_child(partial(complete_together, url, first, keys, acknowledged, died_at))
        # When another process looks
        after = World(url)
        states = {after.engine.get("user-tasks", key)["state"] for key in keys}
        acks = acknowledged.read_text().splitlines()
        # Then all of the batch is there, or nothing, and what was acknowledged is
        assert states == ({"COMPLETED"} if status == 0 else {"CREATED"})
        assert len(acks) == (TASKS if status == 0 else 0)
        assert after.engine.verify_audit()["first_bad"] is None
        if status != 0:
            # and those that were not can be done again.
            for key in keys:
                after.engine.complete_user_task(key)
            assert {row["state"] for row in after.rows("process-instances")} == {"COMPLETED"}
        after.close()
    assert status == 0
    assert died_at > 5
