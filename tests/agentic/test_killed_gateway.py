"""kill -9 within the call of a tool that an element stands for: repeated only where the contract says that it may be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from laneway.agents.registry import AgentRegistry
from tests.agentic.script import Script, says
from tests.agentic.test_gateway_worker import told
from tests.agents.test_mcp import environment, over_stdio
from tests.support.world import World


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'laneway.db'}"
    return str(request.getfixturevalue("postgres_database"))


def killed(address: str, file: Path, idempotent: str) -> tuple[World, Script]:
    """Another world, after a worker died when the server had done what it was asked; its lease is over."""
    command = [sys.executable, "-m", "tests.agentic.killed_gateway", address, str(file), idempotent]
    assert subprocess.run(command, check=False).returncode == -9
    assert file.read_text() == "price A-1\n"
    script = Script(says("It costs 3."))
    agents = AgentRegistry(environment(over_stdio(file)))
    agents.register("script", lambda config: script)
    world = World(address, agents=agents)
    world.pass_time(hours=1)
    return world, script


def test_a_call_that_must_not_be_repeated_is_an_incident(address: str, tmp_path: Path) -> None:
    # Given a worker that was killed within a call that must not be made twice
    file = tmp_path / "effects"
    world, _ = killed(address, file, "no")
    try:
        # When others try again, and again after a person resolved the incident without saying what came of it
        world.settle()
        (incident,) = world.rows("incidents", state="ACTIVE")
        world.engine.resolve_incident(incident["incidentKey"])
        world.settle()
        # Then the server was asked once, and the incident names the call, and whose it is to find out.
        assert file.read_text() == "price A-1\n"
        (again,) = world.rows("incidents", state="ACTIVE")
        (record,) = world.rows("tool-calls")
        assert (record["state"], again["elementId"]) == ("unknown", "Clock")
        assert str(record["toolCallKey"]) in again["errorMessage"]
        assert world.rows("process-instances")[0]["state"] == "ACTIVE"
    finally:
        world.close()


def test_a_call_that_may_be_repeated_is_taken_up(address: str, tmp_path: Path) -> None:
    # Given a worker that was killed within a call that may be made twice
    file = tmp_path / "effects"
    world, script = killed(address, file, "yes")
    try:
        # When another one goes on; then it makes that one call again, as the same one, and the model hears of it once.
        world.settle()
        assert file.read_text() == "price A-1\n" * 2
        (record,) = world.rows("tool-calls")
        assert record["state"] == "done"
        assert told(script) == ['{"price":3,"sku":"A-1"}']
        assert world.rows("process-instances")[0]["state"] == "COMPLETED"
    finally:
        world.close()
