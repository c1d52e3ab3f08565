"""Kill switches: nothing of what is named is begun, what is under way is broken off, and it goes on when the switch is lifted."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from laneway.bootstrap import Laneway, build
from laneway.domain.errors import Conflict, InvalidInput, NotFound
from laneway.ports import Filter, SearchQuery
from laneway.settings import Settings
from laneway.workers import Workers
from tests.support.world import ANNA, BEN, World
from tests.workers.test_agents import GOOD, agents, ends, letter

MODEL = {"answers": {"*": GOOD}, "model": "small-1"}


@pytest.mark.parametrize(
    ("scope", "name"),
    [("agent", "classifier"), ("agent", "*"), ("model", "small-1"), ("definition", "process")],
)
def test_a_job_waits_while_the_switch_stands_and_goes_on_after(stored: World, scope: str, name: str) -> None:
    # Given an agent's job and a switch over what it needs
    stored.deploy(letter(), agents(GOOD, config=MODEL))
    key = stored.start(variables={"letter": "x"})
    switch = stored.engine.set_kill_switch(scope, name, "it makes things up", actor=ANNA)
    # When the workers work, then it is not taken; when the switch is lifted, then it is
    stored.settle()
    assert stored.active(key) == ["classify"]
    assert [row["state"] for row in stored.rows("jobs")] == ["CREATED"]
    stored.engine.lift_kill_switch(switch.key, "it was the prompt", actor=BEN)
    stored.settle()
    assert stored.state(key) == "COMPLETED"


@pytest.mark.parametrize(
    ("scope", "name"), [("agent", "another"), ("model", "small"), ("definition", "proces"), ("tool", "classifier")]
)
def test_a_switch_stops_only_what_it_names(world: World, scope: str, name: str) -> None:
    # Given a switch over something else; when an agent's job is due; then it is done.
    world.deploy(letter(), agents(GOOD, config=MODEL))
    world.engine.set_kill_switch(scope, name, "not this", actor=ANNA)
    key = world.start(variables={"letter": "x"})
    world.settle()
    assert world.state(key) == "COMPLETED"


def test_a_contract_may_name_a_path_for_it(world: World) -> None:
    # Given a contract that says what becomes of its jobs; when its agent is stopped; then they take that path, unasked.
    world.deploy(letter(), agents(GOOD, on={"killed": {"error": "DOWN"}}))
    world.engine.set_kill_switch("agent", "classifier", "no more", actor=ANNA)
    key = world.start(variables={"letter": "x"})
    world.settle()
    assert ends(world, key) == {"end_down"}


LESSER = {
    "config": {"answers": {"*": GOOD}, "model": "big"},
    "limits": {"day": {"calls": {"most": 1, "on_breach": "degrade", "degrade_to": "small"}}},
}


def test_the_model_that_a_budget_puts_in_the_place_of_another_is_stopped_too(stored: World) -> None:
    # Given an agent that goes on with a lesser model once its day is used up; when that one is stopped; then it is not asked.
    stored.deploy(letter(), agents(GOOD, **LESSER, on={"killed": {"error": "DOWN"}}))
    stored.start(variables={"letter": "x"})
    stored.settle()
    stored.engine.set_kill_switch("model", "small", "it makes things up", actor=ANNA)
    key = stored.start(variables={"letter": "x"})
    stored.settle()
    assert ends(stored, key) == {"end_down"}
    (calls,) = stored.rows("budgets", span="day", measure="calls")
    assert (calls["spent"], calls["reserved"]) == (1_000_000, 0)


def test_a_running_call_of_a_lesser_model_is_broken_off_within_a_second(tmp_path: Path) -> None:
    # Given two calls that take half a minute, one of the better and one of the lesser model
    slow = {
        **LESSER,
        "config": {"answers": {"*": {**GOOD, "delay": 30}}, "model": "big"},
        "on": {"killed": {"error": "DOWN"}},
    }
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'laneway.db'}", roles=("agents",))
    with build(settings) as working, closing(working.workers, 0.1):
        working.engine.deploy([("process.bpmn", letter().xml()), agents(GOOD, **slow)])
        for _ in range(2):
            working.engine.start_instance(process_id="process", variables={"letter": "x"})
        working.workers.start()
        calls = SearchQuery("budgets", (Filter("measure", "eq", "calls"),))
        wait_for(
            working, "calls", lambda: [row["reserved"] for row in working.engine.search(calls).items] == [2_000_000]
        )
        # When the lesser one is stopped, then its job alone takes the path of its contract, within a second
        began = time.monotonic()
        working.engine.set_kill_switch("model", "small", "enough", actor=ANNA)
        wait_for(working, "ThrowError", lambda: _states(working).count("ACTIVATED") == 1, 3)
        assert time.monotonic() - began < 1.0


def test_each_of_two_switches_must_be_lifted(world: World) -> None:
    # Given two people with a reason each; when one lifts theirs; then the other's still holds.
    world.deploy(letter(), agents(GOOD))
    first = world.engine.set_kill_switch("agent", "classifier", "mine", actor=ANNA)
    world.engine.set_kill_switch("agent", "*", "mine, too", actor=BEN)
    key = world.start(variables={"letter": "x"})
    world.engine.lift_kill_switch(first.key, "gone", actor=ANNA)
    world.settle()
    assert world.state(key) == "ACTIVE"


def test_who_set_and_lifted_it_and_why_is_on_record(stored: World) -> None:
    # Given a switch that was set and lifted
    switch = stored.engine.set_kill_switch("tool", "erp", "posts twice", actor=ANNA)
    stored.engine.lift_kill_switch(switch.key, "repaired", actor=BEN)
    # When it is looked up, then it says all, and so does the audit trail
    row = stored.engine.get("kill-switches", switch.key)
    told = {name: row[name] for name in ("scope", "name", "state", "reason", "setBy", "liftedBy", "liftReason")}
    assert told == {
        "scope": "tool", "name": "erp", "state": "LIFTED", "reason": "posts twice", "setBy": "anna",
        "liftedBy": "ben", "liftReason": "repaired",
    }  # fmt: skip
    audited = [(row["details"]["command"], row["actorId"], row["details"]["reason"]) for row in stored.audits()]
    assert audited == [("SetKillSwitch", "anna", "posts twice"), ("LiftKillSwitch", "ben", "repaired")]


@pytest.mark.parametrize(
    ("scope", "name", "reason"),
    [("robot", "x", "y"), ("agent", " ", "y"), ("agent", "x", "  "), ("agent", "x" * 801, "y")],
)
def test_a_switch_needs_a_scope_a_name_and_a_reason(world: World, scope: str, name: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        world.engine.set_kill_switch(scope, name, reason)
    assert wrong.value.code == "kill_switch_invalid"


def test_a_switch_is_lifted_once(world: World) -> None:
    # Given a lifted switch, and none; when they are lifted; then both are refused.
    switch = world.engine.set_kill_switch("agent", "x", "y")
    world.engine.lift_kill_switch(switch.key, "z")
    with pytest.raises(Conflict):
        world.engine.lift_kill_switch(switch.key, "z")
    with pytest.raises(NotFound):
        world.engine.lift_kill_switch(1, "z")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return (
        f"sqlite:///{tmp_path / 'laneway.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_database")
    )


def test_a_running_call_of_another_process_is_broken_off_within_a_second(address: str) -> None:
    # Given one Laneway in which an agent thinks for half a minute, and another one on the same database
    slow = [{**GOOD, "delay": 30}, GOOD]
    with (
        build(Settings(database_url=address, roles=("agents",))) as working,
        build(Settings(database_url=address)) as office,
        closing(working.workers, 0.1),
    ):
        office.engine.deploy([("process.bpmn", letter().xml()), agents(slow)])
        key = office.engine.start_instance(process_id="process", variables={"letter": "x"}).key
        working.workers.start()
        wait_for(office, "ActivateJobs", lambda: _states(office) == ["ACTIVATED"])
        # When the other one's operator stops the agent
        began = time.monotonic()
        office.engine.set_kill_switch("agent", "classifier", "enough", actor=ANNA)
        # Then the call is broken off within a second, its job waits, and the record says why
        wait_for(office, "HaltAgentJob", lambda: _states(office) == ["CREATED"], 3)
        assert time.monotonic() - began < 1.0
        halted = [row for row in _audits(office, key) if row["details"]["command"] == "HaltAgentJob"]
        assert "enough" in halted[0]["details"]["reason"]
        # … and when it is lifted there, it goes on here
        (switch,) = office.engine.search(SearchQuery("kill-switches")).items
        office.engine.lift_kill_switch(switch["killSwitchKey"], "better now", actor=BEN)
        wait_for(office, "CompleteJob", lambda: _states(office) == ["COMPLETED"])


@contextmanager
def closing(workers: Workers, seconds: float) -> Iterator[None]:
    try:
        yield
    finally:
        workers.stop(seconds)


def wait_for(laneway: Laneway, what: str, true: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(0.02)


def _states(laneway: Laneway) -> list[str]:
    with laneway.store.read() as uow:
        rows = laneway.engine.search(SearchQuery("jobs")).items
        jobs = [uow.job(row["jobKey"]) for row in rows]
    return [job.state.value for job in jobs if job is not None]


def _audits(laneway: Laneway, key: int) -> list[dict[str, Any]]:
    return laneway.engine.search(SearchQuery("audit-logs", (Filter("rootProcessInstanceKey", "eq", key),))).items
