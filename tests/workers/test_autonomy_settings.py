"""Turning the dial: by one person downwards, by two upwards, and downwards by the record itself."""

from typing import Any

import pytest
import yaml

from laneway.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from laneway.domain.work import Actor
from tests.support.world import ANNA, BEN, World
from tests.workers.test_dial import GOOD, agents, begin, letter, tasks


def levels(world: World) -> dict[str, str]:
    return {
        row["state"]: row["level"] for row in world.rows("autonomy-settings") if row["state"] in ("ACTIVE", "PENDING")
    }


def lower(world: World, level: str, **options: Any) -> Any:
    return world.engine.set_autonomy("process", level, "it erred", element_id="classify", actor=ANNA, **options)


def test_lowering_holds_at_once_and_for_new_activations_only(stored: World) -> None:
    # Given an agent task at auto that waits for its agent
    first = begin(stored, "auto")
    # When it is lowered
    assert lower(stored, "manual").state == "ACTIVE"
    second = stored.start(variables={"letter": "y"})
    stored.settle()
    # Then what was there already goes on as it began, and what comes after is a person's.
    assert stored.state(first) == "COMPLETED"
    assert [task["processInstanceKey"] for task in tasks(stored)] == [second]
    assert "SetAutonomy" in stored.commands()


def test_raising_waits_for_another_person(stored: World) -> None:
    # Given an agent task at manual; when anna raises it; then nothing changes
    begin(stored, "manual")
    asked = stored.engine.set_autonomy("process", "auto", "it is good", element_id="classify", actor=ANNA)
    assert (asked.state, asked.before) == ("PENDING", "manual")
    stored.start(variables={"letter": "y"})
    assert len(tasks(stored)) == 2
    # When she confirms it herself; then it is refused
    with pytest.raises(Conflict) as refused:
        stored.engine.confirm_autonomy(asked.key, actor=ANNA)
    assert refused.value.code == "four_eyes"
    # When ben does; then it holds.
    stored.engine.confirm_autonomy(asked.key, actor=BEN)
    key = stored.start(variables={"letter": "z"})
    stored.settle()
    assert stored.state(key) == "COMPLETED"
    with pytest.raises(Conflict):
        stored.engine.confirm_autonomy(asked.key, actor=BEN)


def test_nobody_in_particular_raises_or_confirms(world: World) -> None:
    # Given an agent task at manual; when who asks, or who confirms, does not say who they are; then it is refused.
    begin(world, "manual")
    anonymous = Actor("client", "anonymous")
    with pytest.raises(Forbidden):
        world.engine.set_autonomy("process", "auto", "why not", actor=anonymous)
    asked = world.engine.set_autonomy("process", "auto", "why not", actor=ANNA)
    with pytest.raises(Forbidden):
        world.engine.confirm_autonomy(asked.key, actor=anonymous)
    world.engine.withdraw_autonomy(asked.key, actor=anonymous)
    assert levels(world) == {}


def test_the_setting_of_an_element_comes_before_that_of_its_process(world: World) -> None:
    # Given a process that is manual as a whole, and an element that is at shadow; when it is reached; then both answer.
    begin(world, "auto")
    world.settle()
    world.engine.set_autonomy("process", "manual", "a holiday", actor=ANNA)
    lower(world, "manual")
    asked = lower(world, "shadow")
    world.engine.confirm_autonomy(asked.key, actor=BEN)
    world.start(variables={"letter": "y"})
    assert [row["autonomy"] for row in world.rows("jobs", state="CREATED")] == ["shadow"]


@pytest.mark.parametrize(
    ("process", "element", "level", "reason", "error"),
    [
        ("process", "classify", "always", "x", InvalidInput),
        ("process", "classify", "manual", " ", InvalidInput),
        ("process", "done", "manual", "x", NotFound),
        ("another", "", "manual", "x", NotFound),
    ],
)
def test_what_cannot_be_set_is_refused(
    world: World, process: str, element: str, level: str, reason: str, error: type[Exception]
) -> None:
    # Given a process with one agent task; when something is set that is not there; then it says so.
    begin(world, "auto")
    with pytest.raises(error):
        world.engine.set_autonomy(process, level, reason, element_id=element, actor=ANNA)


def test_a_deployment_that_raises_is_held_until_it_is_confirmed(world: World) -> None:
    # Given a contract at recommend; when a version that says nothing is deployed, which would be auto
    begin(world, "recommend")
    name, content = agents("auto")
    said = yaml.safe_load(content)
    del said["agents"]["classifier"]["autonomy"]
    world.engine.deploy([("process.bpmn", letter().xml()), (name, yaml.safe_dump(said).encode())], actor=ANNA)
    # Then it stays at recommend
    assert levels(world) == {"ACTIVE": "recommend", "PENDING": "auto"}
    # Until somebody else confirms it.
    (asked,) = world.rows("autonomy-settings", state="PENDING")
    world.engine.confirm_autonomy(asked["autonomySettingKey"], actor=BEN)
    assert levels(world) == {"ACTIVE": "auto"}


def test_a_deployment_that_lowers_holds_at_once(world: World) -> None:
    # Given a task that was raised to auto; when a version at manual is deployed; then that holds.
    begin(world, "shadow")
    asked = world.engine.set_autonomy("process", "auto", "good", element_id="classify", actor=ANNA)
    world.engine.confirm_autonomy(asked.key, actor=BEN)
    world.deploy(letter(), agents("manual"))
    assert levels(world) == {"ACTIVE": "manual"}


BAND = {"level": "recommend", "band": {"agreement": 0.9, "pairs": 6}}


def answer(world: World, kind: str) -> None:
    world.start(variables={"letter": "x"})
    world.settle()
    for task in tasks(world):
        world.engine.complete_user_task(task["userTaskKey"], {"kind": kind}, actor=ANNA)


def test_an_agent_that_leaves_its_band_is_lowered_once_and_its_owner_hears_of_it(stored: World) -> None:
    # Given an agent that recommends, and a person who never agrees
    stored.deploy(letter(), agents(BAND))
    for _ in range(6):
        answer(stored, "praise")
        stored.pass_time(minutes=1)
    # Then it is a shadow from now on, and its owner has an incident that holds nothing
    assert levels(stored) == {"ACTIVE": "shadow"}
    (incident,) = stored.rows("incidents")
    assert incident["errorType"] == "AUTONOMY_LOWERED"
    assert "head-of-mail" in incident["errorMessage"]
    # When it goes on so; then it is not lowered again: a shadow harms nobody
    for _ in range(7):
        answer(stored, "praise")
        stored.pass_time(minutes=1)
    assert len(stored.rows("incidents")) == 1
    # When the owner has seen it; then it is settled.
    stored.engine.resolve_incident(incident["incidentKey"], actor=ANNA)
    assert stored.rows("incidents")[0]["state"] == "RESOLVED"


def test_the_report_says_how_they_agree_and_what_to_do(stored: World) -> None:
    # Given an agent with whom a person agreed three times of four, faster than the person
    stored.deploy(letter(), agents({"level": "recommend"}, [GOOD] * 4))
    for kind in ("complaint", "complaint", "complaint", "praise"):
        stored.start(variables={"letter": "x"})
        stored.settle()
        stored.pass_time(minutes=1)
        (task,) = tasks(stored)
        given = {"kind": kind, "overrideReason": "irony"} if kind == "praise" else {"kind": kind}
        stored.engine.complete_user_task(task["userTaskKey"], given, actor=ANNA)
    # When the report is asked for
    (task,), (benefits,), _, _ = stored.engine.autonomy_report("process").values()
    # Then it says so.
    assert (task["pairs"], task["agreement"]["share"], task["overrideRate"]) == (4, 0.75, 0.25)
    assert task["agreement"]["low"] < 0.75 < task["agreement"]["high"]
    assert task["reasons"] == [{"reason": "irony", "pairs": 1}]
    assert task["fields"] == {"kind": 0.75}
    assert task["calibration"]["error"] == pytest.approx(0.15)
    assert 50 < task["secondsSaved"] <= 60
    assert task["recommendation"]["level"] == "recommend"
    assert (benefits["acceptanceRate"], benefits["pairs"]) == (0.75, 4)


def test_an_agent_that_acts_by_itself_is_lowered_when_it_fails_too_often(stored: World) -> None:
    # Given an agent at auto that fails more often than its band allows
    band = {"level": "auto", "band": {"failures": 0.2, "pairs": 6}}
    down = {"fail": "down", "retryable": False}
    stored.deploy(letter(), agents(band, [GOOD, *[down] * 20]))
    for _ in range(6):
        stored.start(variables={"letter": "x"})
        stored.settle()
    # Then it waits for approvals from now on, and its owner hears of it once, beside what the failures themselves hold
    assert levels(stored) == {"ACTIVE": "approve"}
    told = [row for row in stored.rows("incidents") if row["errorType"] == "AUTONOMY_LOWERED"]
    assert len(told) == 1
    (acting,) = stored.engine.autonomy_report()["acting"]
    assert (acting["calls"], acting["failureRate"]) == (6, 0.8333)
