"""Past inputs of an agent, given to it again under another contract."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from laneway.domain.errors import InvalidInput, NotFound, Refused
from laneway.workers.agent.replay import contract_in, replay
from tests.support.world import ANNA, BEGIN, World
from tests.workers.test_dial import agents, letter, tasks

SAYS = {"output": {"kind": "complaint"}, "confidence": 0.9}


def played(world: World, level: Any = "auto") -> None:
    world.deploy(letter(), agents(level, SAYS))
    for text in ("x", "y", "z"):
        world.start(variables={"letter": text})
    world.settle()


def again(world: World, answers: Any, **options: Any) -> dict[str, Any]:
    name, content = agents("auto", answers)
    contract = contract_in(content, name, "classifier")
    return replay(world.context, world.laneway.agents, contract, **options)


def counts(world: World) -> Mapping[str, int]:
    return {name: len(world.rows(name)) for name in ("jobs", "audit-logs", "variables", "user-tasks", "incidents")}


def test_another_contract_is_tried_on_what_was_and_nothing_happens(stored: World) -> None:
    # Given three past answers; when another prompt would answer otherwise
    played(stored)
    before = counts(stored)
    heard: list[tuple[int, int]] = []
    found = again(stored, {"output": {"kind": "praise"}, "confidence": 0.7}, told=lambda *each: heard.append(each))
    # Then each difference is told, and nothing was written
    assert (found["calls"], found["failed"], found["same"]["share"]) == (3, 0, 0.0)
    one = found["differences"][0]
    assert (one["before"]["kind"], one["now"]["kind"], one["differs"]) == ("complaint", "praise", ["kind"])
    assert (one["confidenceBefore"], one["confidenceNow"]) == ("0.9", "0.7")
    assert counts(stored) == before
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_what_people_decided_is_what_counts(world: World) -> None:
    # Given an agent that people overruled; when a new contract says what they said; then it agrees with them.
    played(world, "recommend")
    for task in tasks(world):
        world.engine.complete_user_task(task["userTaskKey"], {"kind": "praise"}, actor=ANNA)
    found = again(world, {"output": {"kind": "praise"}, "confidence": 0.7})
    assert (found["withPeople"]["pairs"], found["withPeople"]["share"], found["same"]["share"]) == (3, 1.0, 0.0)


def test_an_agent_that_fails_anew_is_told(world: World) -> None:
    # Given past answers; when the new contract is not met; then it says how.
    played(world)
    found = again(world, {"output": {"wrong": 1}})
    assert found["failed"] == 3
    assert found["differences"][0]["failure"].startswith("output_invalid")


def test_limit_and_since_bound_it(world: World) -> None:
    # Given three past calls; when fewer are asked for; then fewer are asked.
    played(world)
    assert again(world, SAYS, limit=2)["calls"] == 2
    assert again(world, SAYS, since=BEGIN + timedelta(days=1))["calls"] == 0
    assert again(world, SAYS)["same"]["share"] == 1.0


def test_what_could_touch_something_is_not_replayed() -> None:
    # Given contracts that cannot be replayed; when they are to be; then it says why.
    name, content = agents("auto", SAYS, adapter="http", config={"url": "https://agents.example.com"})
    with pytest.raises(Refused):
        contract_in(content, name, "classifier")
    with pytest.raises(NotFound):
        contract_in(content, name, "another")
    with pytest.raises(InvalidInput):
        contract_in(b"agents: 5", name, "classifier")


def test_the_way_out_leads_to_the_model_alone() -> None:
    # Given a contract with other systems; when it is replayed; then they are out of reach, and its tools are not offered.
    config = {"base_url": "https://models.example.com/v1", "model": "m", "prompt": "{{input.letter}}"}
    systems = {"shop": {"hosts": ["shop.example.com"], "access": "write"}}
    name, content = agents("auto", adapter="openai", config=config, systems=systems)
    contract = contract_in(content, name, "classifier")
    assert contract.systems is not None
    assert [each.hosts for each in contract.systems] == [("models.example.com",)]
    assert contract.tools == ()
