"""Past inputs of an agent, given to it again under another contract."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from laneway.agents.tools.python import register_tool
from laneway.domain.contract import AgentContract
from laneway.domain.errors import InvalidInput, NotFound, Refused
from laneway.workers.agent.replay import Reach, Which, contract_in, replay
from laneway.workers.agent.replay_reach import check_reach
from tests.support.world import ANNA, BEGIN, World
from tests.workers.test_dial import agents, letter, tasks

SAYS = {"output": {"kind": "complaint"}, "confidence": 0.9}


def played(world: World, level: Any = "auto") -> None:
    world.deploy(letter(), agents(level, SAYS))
    for text in ("x", "y", "z"):
        world.start(variables={"letter": text})
    world.settle()


def again(world: World, answers: Any, *, contract: dict[str, Any] | None = None, **which: Any) -> dict[str, Any]:
    told, reach = which.pop("told", None), which.pop("reach", Reach())
    name, content = agents("auto", answers, **(contract or {}))
    read = contract_in(content, name, None)
    return replay(world.context, world.laneway.agents, read, Which(**which), told=told, reach=reach)


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
    # Given a contract with other systems; when it is replayed; then they are out of reach.
    config = {"base_url": "https://models.example.com/v1", "model": "m", "prompt": "{{input.letter}}"}
    systems = {"shop": {"hosts": ["shop.example.com"], "access": "write"}}
    name, content = agents("auto", adapter="openai", config=config, systems=systems)
    contract = contract_in(content, name, "classifier")
    assert contract.systems is not None
    assert [each.hosts for each in contract.systems] == [("models.example.com:443",)]


def test_process_element_version_and_end_narrow_it(world: World) -> None:
    # Given three past calls; when others are meant; then none is asked, and all are where they are meant.
    played(world)
    there = {"process_id": "process", "version": 1, "element_id": "classify", "until": BEGIN + timedelta(days=1)}
    assert again(world, SAYS, **there)["calls"] == 3
    for other in ({"process_id": "another"}, {"version": 2}, {"element_id": "x"}, {"until": BEGIN - timedelta(days=1)}):
        assert again(world, SAYS, **{**there, **other})["calls"] == 0


CONFIG = {"base_url": "https://models.example.com/v1", "model": "m", "api_key": "{{secrets.MODEL}}", "prompt": "x"}


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"base_url": "https://evil.example.com/v1"}, "replay_foreign_host"),
        ({"base_url": "https://models.example.com:8443/v1"}, "replay_foreign_host"),
        ({"base_url": "http://models.example.com/v1"}, "replay_foreign_host"),
        ({"headers": {"X-Mine": "{{secrets.PAYROLL}}"}}, "replay_foreign_secret"),
    ],
)
def test_it_leads_nowhere_and_takes_no_secret_that_is_not_deployed(config: dict[str, Any], code: str) -> None:
    # Given what is deployed; when a contract names another host, or another secret; then it is refused, unless that is allowed.
    def read(config: dict[str, Any]) -> AgentContract:
        name, content = agents("auto", adapter="openai", config=config)
        return contract_in(content, name, "classifier")

    deployed, tried = [read(CONFIG)], read({**CONFIG, **config})
    check_reach(deployed[0], deployed, (), ())
    with pytest.raises(Refused) as refused:
        check_reach(tried, deployed, (), ())
    assert refused.value.code == code
    check_reach(tried, deployed, ("evil.example.com", "models.example.com"), ("PAYROLL",))


def test_what_would_overrun_a_limit_is_not_asked(stored: World) -> None:
    # Given three past calls, and a contract that lets two calls of a day go
    played(stored)
    limits = {"limits": {"call": {"tokens": 5}, "day": {"calls": 2}}}
    # When it is tried; then two are asked, and the third is not; what was asked counts.
    found = again(stored, SAYS, contract=limits)
    assert (found["calls"], found["notAsked"]) == (2, 1)
    assert found["stopped"].startswith("the limit of 2 calls per day")
    (row,) = stored.rows("budgets", span="day", measure="calls")
    assert (row["spent"], row["reserved"]) == (2_000_000, 0)
    # And once the day has none left, it is refused.
    with pytest.raises(Refused) as refused:
        again(stored, SAYS, contract=limits)
    assert refused.value.code == "replay_over_budget"


def test_limits_of_a_job_hold_for_each_job_anew(world: World) -> None:
    # Given a limit of one call per job; when it is replayed twice; then each job has its one call each time.
    played(world)
    for _ in range(2):
        assert again(world, SAYS, contract={"limits": {"job": {"calls": 1}}})["failed"] == 0
    assert world.rows("budgets") == []


TOOLS = {
    "look_up": {
        "description": "Looks a word up",
        "python": "replayed",
        "access": "read",
        "arguments": {"type": "object", "properties": {"word": {"type": "string"}}},
        "untrusted": {"may_choose": True, "may_fill": ["word"]},
    }
}


def asks(*words: str, kind: str = "complaint") -> dict[str, Any]:
    calls = [{"calls": [{"tool": "look_up", "arguments": {"word": word}}]} for word in words]
    return {"replies": [*calls, {"output": {"kind": kind}}]}


def test_tools_answer_what_they_answered_and_are_never_called(stored: World) -> None:
    # Given an agent that looked a word up
    effects: list[str] = []
    register_tool("replayed", lambda request: effects.append(request.arguments["word"]) or {"means": "angry"})
    name, content = agents("auto", config=asks("cross"), tools=TOOLS)
    stored.deploy(letter(), (name, content))
    stored.start(variables={"letter": "x"})
    stored.settle()
    assert effects == ["cross"]
    # When it is given again; then what was recorded answers
    found = again(stored, None, contract={"config": asks("cross"), "tools": TOOLS})
    assert (found["failed"], found["tools"]) == (0, {"answered": 1, "differences": 0})
    assert found["differences"] == []
    # And what was not recorded, or is not asked for any more, is told as a difference, and is not done.
    found = again(stored, None, contract={"config": asks("glad"), "tools": TOOLS})
    (row,) = found["differences"]
    assert [(each["arguments"], each["what"]) for each in row["tools"]] == [
        ('{"word":"glad"}', "not recorded"),
        ('{"word":"cross"}', "not asked for"),
    ]
    assert effects == ["cross"]


def test_a_tool_that_the_new_contract_prohibits_costs_the_answer(world: World) -> None:
    # Given an agent that looked a word up; when the new contract prohibits that; then the answer is not taken.
    register_tool("replayed", lambda request: {"means": "angry"})
    world.deploy(letter(), agents("auto", config=asks("cross"), tools=TOOLS))
    world.start(variables={"letter": "x"})
    world.settle()
    prohibited = {"look_up": {**TOOLS["look_up"], "access": "prohibited"}}
    found = again(world, None, contract={"config": asks("cross"), "tools": prohibited})
    assert found["differences"][0]["failure"].startswith("prohibited")


def test_a_kill_switch_stops_a_replay(world: World) -> None:
    # Given a kill switch on the process; when its past is to be given again; then nothing is asked.
    played(world)
    world.engine.set_kill_switch("definition", "process", "not now", actor=ANNA)
    with pytest.raises(Refused) as refused:
        again(world, SAYS)
    assert refused.value.code == "replay_stopped"
