"""A worker is killed in the middle of a call: another one goes on, and repeats only what may be repeated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from laneway.agents.tools.python import _registered
from tests.support.world import World
from tests.workers.test_agents import letter
from tests.workers.test_tool_calls import ANSWER, calls, clerk, journal, tool
from tests.workers.tool_process import shop


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'laneway.db'}"
    return str(request.getfixturevalue("postgres_database"))


def killed(address: str, file: Path, *, idempotent: bool) -> tuple[World, int]:
    """A world in which a worker was killed right after the effect of its second call, and its lease is over."""
    world = World(address)
    tools = {"first": tool("write"), "post": tool("write", idempotent=idempotent)}
    world.deploy(letter(), clerk([calls("first", "FIRST"), calls("post", "POST"), ANSWER], tools))
    key = world.start(variables={"letter": "x"})
    done = subprocess.run([sys.executable, "-m", "tests.workers.tool_process", address, str(file)], check=False)
    assert done.returncode == -9
    shop(file, deadly=False)
    world.pass_time(minutes=10)
    return world, key


def test_what_must_not_be_repeated_is_not_and_a_person_is_told(address: str, tmp_path: Path) -> None:
    # Given a worker that was killed after a call that must not be made twice
    file = tmp_path / "effects"
    world, key = killed(address, file, idempotent=False)
    try:
        # When others try again, and again after a person resolved the incident
        world.settle()
        (incident,) = world.rows("incidents", state="ACTIVE")
        world.engine.resolve_incident(incident["incidentKey"])
        world.settle()
        # Then each effect was made once, and the incident names the call
        assert [line.split()[0] for line in file.read_text().splitlines()] == ["FIRST", "POST"]
        (again,) = world.rows("incidents", state="ACTIVE")
        unknown = journal(world)[-1]
        assert unknown.state == "unknown"
        assert str(unknown.key) in again["errorMessage"]
        assert world.state(key) == "ACTIVE"
    finally:
        _registered.pop("shop")
        world.close()


def test_what_may_be_repeated_is_repeated_under_its_key_and_nothing_before_it(address: str, tmp_path: Path) -> None:
    # Given a worker that was killed after a call that may be made twice
    file = tmp_path / "effects"
    world, key = killed(address, file, idempotent=True)
    try:
        # When another one goes on
        world.settle()
        # Then that call alone is sent again, as the same one, and no reply was asked for twice
        assert world.state(key) == "COMPLETED"
        first, post, again = [line.split() for line in file.read_text().splitlines()]
        assert (first[0], post[0], again) == ("FIRST", "POST", post)
        (job,) = world.rows("jobs")
        with world.context.store.read() as uow:
            turns = uow.turns(job["jobKey"])
        assert [turn.message["role"] for turn in turns] == [
            "system", "user", "assistant", "tool", "assistant", "tool", "assistant",
        ]  # fmt: skip
    finally:
        _registered.pop("shop")
        world.close()
