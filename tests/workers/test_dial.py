"""The dial of autonomy at run time: whose work an agent task is, at each level."""

import asyncio
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from laneway.domain.errors import Conflict, Forbidden, InvalidInput, Refused
from laneway.domain.types import DEFAULT_TENANT
from laneway.domain.work import Actor
from laneway.workers.agent.asking import run
from laneway.workers.agent.settling import settle_job
from laneway.workers.agent.taking import take
from tests.support.drawing import Drawing, duration, extension, job
from tests.support.world import ANNA, BEN, World
from tests.workers.test_agents import ends, letter as with_ways_out

OUTPUT = {
    "type": "object",
    "properties": {"kind": {"type": "string"}, "confidence": {"type": "number"}},
    "required": ["kind"],
}
GOOD = {"output": {"kind": "complaint"}, "confidence": 0.9}


def agents(level: Any, answers: Any = GOOD, **changes: Any) -> tuple[str, bytes]:
    contract = {
        "purpose": "Tells what kind of letter it is",
        "owner": "head-of-mail",
        "job_types": ["classify"],
        "adapter": "scripted",
        "config": {"answers": {"*": answers}},
        "input": {"type": "object", "properties": {"letter": {"type": "string"}}},
        "output": OUTPUT,
        "retries": {"attempts": 2, "backoff": "PT10S"},
        "autonomy": level,
        **changes,
    }
    return "agents.yaml", yaml.safe_dump({"version": 1, "agents": {"classifier": contract}}).encode()


def letter() -> Drawing:
    """One agent task, with a timer on it, and an end."""
    drawing = Drawing()
    process = drawing.process()
    process.chain(
        process.node("startEvent"),
        process.node("serviceTask", "classify", extension(job("classify"))),
        process.node("endEvent", "done"),
    )
    process.node("boundaryEvent", "late", duration("PT1H"), attachedToRef="classify")
    process.chain("late", process.node("endEvent", "end_late"))
    return drawing


def begin(world: World, level: Any, answers: Any = GOOD, **changes: Any) -> int:
    world.deploy(letter(), agents(level, answers, **changes))
    return world.start(variables={"letter": "x"})


def begin_by_anna(world: World, level: Any) -> int:
    world.deploy(letter(), agents(level))
    key = world.engine.start_instance(process_id="process", variables={"letter": "x"}, actor=ANNA).key
    world.settle()
    return key


def tasks(world: World, **filters: Any) -> list[dict[str, Any]]:
    return world.rows("user-tasks", state="CREATED", **filters)


def pair(world: World) -> dict[str, Any]:
    (row,) = world.rows("autonomy-pairs")
    return row


def test_manual_is_a_person_s_work_alone(stored: World) -> None:
    # Given an agent task at manual; when it is reached; then its owner's people have it, and there is no job.
    key = begin(stored, "manual")
    stored.settle()
    (task,) = tasks(stored)
    assert task["candidateGroups"] == ["head-of-mail"]
    assert task["customHeaders"] == {"laneway.autonomy": "manual", "laneway.agent": "classifier"}
    assert stored.rows("jobs") == []
    # And what they give keeps to the contract
    with pytest.raises(Refused) as refused:
        stored.engine.complete_user_task(task["userTaskKey"], {"kind": 5}, actor=ANNA)
    assert refused.value.code == "contract_violated"
    stored.engine.complete_user_task(task["userTaskKey"], {"kind": "praise"}, actor=ANNA)
    assert (stored.state(key), stored.variables(key)["kind"]) == ("COMPLETED", "praise")


def test_a_shadow_moves_nothing_and_is_compared(stored: World) -> None:
    # Given an agent task at shadow, and an agent that has answered
    key = begin(stored, "shadow")
    stored.settle()
    # Then nothing of it is seen, and the person has the task
    assert stored.active(key) == ["classify"]
    assert "kind" not in stored.variables(key)
    (task,) = tasks(stored)
    # When the person decides otherwise; then that is what goes on, and both are on record
    stored.pass_time(minutes=2)
    stored.engine.complete_user_task(task["userTaskKey"], {"kind": "praise", "overrideReason": "irony"}, actor=ANNA)
    assert (stored.state(key), stored.variables(key)["kind"]) == ("COMPLETED", "praise")
    row = pair(stored)
    assert (row["agreed"], row["output"]["kind"], row["decision"]["kind"]) == (False, "complaint", "praise")
    assert (row["reason"], row["decidedBy"], row["confidence"]) == ("irony", "user:anna", "0.9")
    assert float(row["personSeconds"]) == 120


def test_a_shadow_that_is_slower_than_the_person_is_compared_all_the_same(world: World) -> None:
    # Given a shadow that a worker has taken, and a person who is done meanwhile
    key = begin(world, "shadow")
    (taken,) = take(world.context, [DEFAULT_TENANT], 1)
    answer = asyncio.run(run(world.laneway.agents, taken))
    (task,) = tasks(world)
    world.engine.complete_user_task(task["userTaskKey"], {"kind": "complaint"}, actor=ANNA)
    assert world.state(key) == "COMPLETED"
    # When the agent's answer comes; then it stands beside the person's.
    settle_job(world.context, taken, answer, 0.5)
    assert pair(world)["agreed"] is True


@pytest.mark.parametrize("level", ["shadow", "recommend"])
def test_an_agent_that_fails_holds_nobody_up(world: World, level: str) -> None:
    # Given an agent that cannot answer; when it has tried; then there is no incident, and a person does it.
    key = begin(world, level, {"fail": "down", "retryable": False}, on={"failed": {"error": "DOWN"}})
    world.settle()
    assert world.rows("incidents") == []
    (task,) = tasks(world)
    world.engine.complete_user_task(task["userTaskKey"], {"kind": "praise"}, actor=ANNA)
    assert world.state(key) == "COMPLETED"
    row = pair(world)
    assert (row["agreed"], row["failed"]) == (False, True)


def test_what_is_tried_again_is_tried_again_at_recommend(world: World) -> None:
    # Given an agent that fails at first; when its pause is over; then its second answer is what the person sees.
    begin(world, "recommend", [{"fail": "down"}, GOOD])
    world.settle()
    assert tasks(world) == []
    world.pass_time(seconds=11)
    world.settle()
    assert len(tasks(world)) == 1


def test_recommend_shows_the_answer_and_the_person_decides(stored: World) -> None:
    # Given an agent that recommends
    key = begin(stored, {"level": "recommend", "groups": ["clerks"]})
    assert tasks(stored) == []
    stored.settle()
    # Then the person's task shows its answer, which is nobody else's yet
    (task,) = tasks(stored)
    assert task["candidateGroups"] == ["clerks"]
    shown = stored.variables(task["elementInstanceKey"])["agentProposal"]
    assert (shown["agent"], shown["output"], shown["confidence"]) == ("classifier", {"kind": "complaint"}, "0.9")
    assert "kind" not in stored.variables(key)
    # When they take it; then it goes on.
    stored.engine.complete_user_task(task["userTaskKey"], {}, action="accept", actor=ANNA)
    assert (stored.state(key), stored.variables(key)["kind"]) == ("COMPLETED", "complaint")
    assert (pair(stored)["verdict"], pair(stored)["agreed"]) == ("accepted", True)


def test_approve_lets_go_on_exactly_what_was_approved(stored: World) -> None:
    # Given an agent whose answer waits for an approval
    key = begin(stored, "approve")
    stored.settle()
    assert stored.active(key) == ["classify"]
    (task,) = tasks(stored)
    complete = stored.engine.complete_user_task
    # When nobody says what they decide, or approves something else; then it waits on
    for given, action, code in (({}, None, "verdict_required"), ({"kind": "praise"}, "approve", "proposal_edited")):
        with pytest.raises(InvalidInput) as wrong:
            complete(task["userTaskKey"], given, action=action, actor=ANNA)
        assert wrong.value.code == code
    # When nobody in particular approves; then it is refused
    with pytest.raises(Forbidden):
        complete(task["userTaskKey"], {}, action="approve", actor=Actor("client", "anonymous"))
    # When a person approves it; then it goes on.
    complete(task["userTaskKey"], {}, action="approve", actor=ANNA)
    assert (stored.state(key), stored.variables(key)["kind"]) == ("COMPLETED", "complaint")


def test_who_started_the_instance_does_not_approve_alone(world: World) -> None:
    # Given an instance that anna started; when she approves; then another one has to.
    world.deploy(letter(), agents("approve"))
    world.engine.start_instance(process_id="process", variables={"letter": "x"}, actor=ANNA)
    world.settle()
    (task,) = tasks(world)
    with pytest.raises(Conflict) as refused:
        world.engine.complete_user_task(task["userTaskKey"], {}, action="approve", actor=ANNA)
    assert refused.value.code == "four_eyes"
    world.engine.complete_user_task(task["userTaskKey"], {}, action="approve", actor=BEN)


def test_who_wrote_into_the_instance_does_not_approve_alone(world: World) -> None:
    # Given an answer that waits for a person; when ben changes a variable by hand, then another one has to approve.
    key = begin(world, "approve")
    world.settle()
    (task,) = tasks(world)
    world.engine.set_variables(key, {"more": 1}, actor=BEN)
    with pytest.raises(Conflict) as refused:
        world.engine.complete_user_task(task["userTaskKey"], {}, action="approve", actor=BEN)
    assert refused.value.code == "four_eyes"
    world.engine.complete_user_task(task["userTaskKey"], {}, action="approve", actor=ANNA)
    assert world.state(key) == "COMPLETED"


def test_an_answer_that_was_changed_meanwhile_cannot_be_approved(world: World) -> None:
    # Given an answer that waits; when what is shown of it is changed; then nobody can approve it.
    begin(world, "approve")
    world.settle()
    (task,) = tasks(world)
    shown = world.variables(task["elementInstanceKey"])["agentProposal"]
    forged = {**shown, "output": {"kind": "praise"}}
    world.engine.set_variables(task["elementInstanceKey"], {"agentProposal": forged}, local=True)
    with pytest.raises(Conflict) as refused:
        world.engine.complete_user_task(task["userTaskKey"], {}, action="approve", actor=ANNA)
    assert refused.value.code == "proposal_changed"


LATE = {"level": "approve", "expires": "PT10M"}
"""Before the timer of the letter's process."""


@pytest.mark.parametrize("level", ["approve", "recommend"])
def test_what_nobody_decides_in_time_is_taken_no_more(stored: World, level: str) -> None:
    # Given a proposal, and its time over; when somebody would take it
    key = begin(stored, {**LATE, "level": level})
    stored.settle()
    stored.pass_time(minutes=11)
    stored.settle()
    (task,) = tasks(stored)
    with pytest.raises(Conflict) as refused:
        stored.engine.complete_user_task(
            task["userTaskKey"], {}, action="approve" if level == "approve" else "accept", actor=BEN
        )
    # Then it is refused, on record, and its owner hears of it
    assert refused.value.code == "proposal_expired"
    assert "ExpireProposal" in stored.commands(rootProcessInstanceKey=key)
    assert pair(stored)["verdict"] == "expired"
    (incident,) = stored.rows("incidents", state="ACTIVE")
    assert "for head-of-mail: nobody decided in time" in incident["errorMessage"]
    # and a person's own answer goes on, which ends the incident
    stored.engine.complete_user_task(task["userTaskKey"], {"kind": "praise"}, action="override", actor=BEN)
    assert (stored.state(key), stored.rows("incidents", state="ACTIVE")) == ("COMPLETED", [])
    assert pair(stored)["verdict"] == "overridden"


def test_who_resolves_the_incident_of_a_late_proposal_leaves_the_task_as_it_is(world: World) -> None:
    begin(world, LATE)
    world.settle()
    world.pass_time(minutes=11)
    world.settle()
    (incident,) = world.rows("incidents", state="ACTIVE")
    world.engine.resolve_incident(incident["incidentKey"])
    world.settle()
    assert len(tasks(world)) == 1
    assert world.rows("incidents", state="ACTIVE") == []


def test_who_started_it_does_not_write_down_what_was_not_approved_in_time(world: World) -> None:
    # Given a proposal whose time is over; when the starter gives exactly that as their own; then it is still another's to say
    begin_by_anna(world, LATE)
    world.pass_time(minutes=11)
    world.settle()
    (task,) = tasks(world)
    with pytest.raises(Conflict) as refused:
        world.engine.complete_user_task(task["userTaskKey"], GOOD["output"], action="override", actor=ANNA)
    assert refused.value.code == "four_eyes"


@pytest.mark.parametrize(("path", "end"), [({"error": "DOWN"}, "end_down"), ({"escalation": "UNSURE"}, "end_unsure")])
def test_a_late_proposal_takes_the_path_of_the_contract(world: World, path: Any, end: str) -> None:
    # Given a contract that says where what nobody decided on goes; when its time is over; then it goes there
    world.deploy(with_ways_out(), agents(LATE, on={"approval_expired": path}))
    key = world.start(variables={"letter": "x"})
    world.settle()
    world.pass_time(minutes=11)
    world.settle()
    assert ends(world, key) == {end}
    assert world.state(key) == "COMPLETED"
    assert tasks(world) == []


def test_what_is_decided_in_time_expires_never(world: World) -> None:
    key = begin(world, LATE)
    world.settle()
    (task,) = tasks(world)
    world.engine.complete_user_task(task["userTaskKey"], {}, action="reject", actor=BEN)
    world.pass_time(minutes=11)
    world.settle()
    assert (world.rows("incidents"), len(tasks(world))) == ([], 1)
    assert "ExpireProposal" not in world.commands(rootProcessInstanceKey=key)


@pytest.mark.parametrize(("level", "expires"), [("recommend", False), ("approve", True)])
def test_without_a_word_what_is_recommended_waits_for_good_and_what_is_to_be_approved_a_day(
    world: World, level: str, expires: bool
) -> None:
    begin(world, level)
    world.settle()
    (task,) = tasks(world)
    assert ("expires" in world.variables(task["elementInstanceKey"])["agentProposal"]) is expires


def test_a_proposal_that_expires_while_everything_is_stopped_does_so_once(tmp_path: Path) -> None:
    # Given a proposal, and a process that ends before its time; when another one begins after it
    address = f"sqlite:///{tmp_path / 'late.db'}"
    first = World(address)
    key = begin(first, LATE)
    first.settle()
    first.close()
    again = World(address)
    again.pass_time(minutes=11)
    again.settle()
    again.settle()
    # Then it is on record, once
    assert again.commands(rootProcessInstanceKey=key).count("ExpireProposal") == 1
    assert len(again.rows("incidents", state="ACTIVE")) == 1
    again.close()


@pytest.mark.parametrize("expires", ["soon", "PT0S", "P400D", "P1Y"])
def test_a_time_that_is_none_is_refused_when_it_is_deployed(world: World, expires: str) -> None:
    with pytest.raises(Refused, match="agents-duration"):
        begin(world, {**LATE, "expires": expires})


def test_what_is_rejected_is_left_to_a_person(world: World) -> None:
    # Given an answer that waits; when it is rejected; then a person does the task themselves.
    key = begin(world, "approve")
    world.settle()
    (task,) = tasks(world)
    reason = {"overrideReason": "not a complaint"}
    world.engine.complete_user_task(task["userTaskKey"], reason, action="reject", actor=ANNA)
    (left,) = tasks(world)
    assert left["userTaskKey"] != task["userTaskKey"]
    assert left["customHeaders"]["laneway.autonomy"] == "manual"
    world.engine.complete_user_task(left["userTaskKey"], {"kind": "complaint"}, actor=BEN)
    assert (world.state(key), world.variables(key)["kind"]) == ("COMPLETED", "complaint")
    assert (pair(world)["agreed"], pair(world)["verdict"]) == (False, "rejected")


def test_a_contract_that_is_not_met_takes_its_path_at_approve(world: World) -> None:
    # Given an agent that fails at approve; when it has failed; then its owner hears of it, as at auto.
    begin(world, "approve", {"refuse": "not mine"})
    world.settle()
    assert len(world.rows("incidents")) == 1
    assert tasks(world) == []


@pytest.mark.parametrize("level", ["manual", "shadow", "recommend", "approve"])
@pytest.mark.parametrize("answered", [False, True])
def test_a_timer_on_the_task_ends_whatever_is_open_of_it(world: World, level: str, answered: bool) -> None:
    # Given an agent task at each level, before and after the agent's answer; when its hour is over
    key = begin(world, level)
    if answered:
        world.settle()
    world.pass_time(hours=2)
    world.settle()
    # Then nothing of it is left.
    assert world.state(key) == "COMPLETED"
    assert tasks(world) == []
    assert {row["state"] for row in world.rows("jobs")} <= {"CANCELED", "COMPLETED"}


@pytest.mark.parametrize("level", ["shadow", "recommend"])
def test_who_throws_or_fails_in_the_agent_s_place_moves_nothing(world: World, level: str) -> None:
    # Given an agent's job; when someone throws an error from it; then the person's task is all that there is.
    key = begin(world, level)
    (row,) = world.rows("jobs")
    world.engine.throw_error(row["jobKey"], "DOWN", error_message="no")
    world.settle()
    assert world.rows("incidents") == []
    assert world.active(key) == ["classify"]
    assert len(tasks(world)) == 1


def test_without_a_word_of_it_an_agent_works_as_ever(world: World) -> None:
    # Given a contract that says nothing of autonomy; when it is reached; then the agent does it.
    name, content = agents("auto")
    said = yaml.safe_load(content)
    del said["agents"]["classifier"]["autonomy"]
    world.deploy(letter(), (name, yaml.safe_dump(said).encode()))
    key = world.start(variables={"letter": "x"})
    world.settle()
    assert world.state(key) == "COMPLETED"
    assert world.rows("autonomy-pairs") == []


def test_killed_between_the_agent_s_answer_and_the_person_s_verdict(tmp_path: Path) -> None:
    # Given a process that is killed once the agent has answered
    url = f"sqlite:///{tmp_path / 'killed.db'}"

    def life() -> None:
        world = World(url)
        begin(world, "approve")
        world.settle()
        os._exit(9)

    child = multiprocessing.get_context("fork").Process(target=life)
    child.start()
    child.join()
    assert child.exitcode == 9
    # When it is started again; then the answer is there, once, and goes on once it is approved.
    world = World(url)
    try:
        world.settle()
        (task,) = tasks(world)
        world.engine.complete_user_task(task["userTaskKey"], {}, action="approve", actor=ANNA)
        (row,) = world.rows("process-instances")
        assert row["state"] == "COMPLETED"
        assert [each["state"] for each in world.rows("jobs")] == ["COMPLETED"]
        assert pair(world)["agreed"] is True
    finally:
        world.close()


LOOP = (
    "<multiInstanceLoopCharacteristics{}><extensionElements>"
    '<zeebe:loopCharacteristics inputCollection="=letters" inputElement="letter" outputCollection="kinds" outputElement="=kind"/>'
    "</extensionElements></multiInstanceLoopCharacteristics>"
)


def decide_all(world: World, level: str) -> None:
    """A person does whatever is open, until nothing is."""
    for _ in range(10):
        world.settle()
        left = tasks(world)
        if not left:
            return
        for task in left:
            action = {"recommend": "accept", "approve": "approve"}.get(level)
            given = {} if action else {"kind": "complaint"}
            world.engine.complete_user_task(task["userTaskKey"], given, action=action, actor=ANNA)
    raise AssertionError("there was always another task")


@pytest.mark.parametrize("level", ["manual", "shadow", "recommend", "approve", "auto"])
@pytest.mark.parametrize("sequential", ["", ' isSequential="true"'])
def test_many_letters_at_once_are_each_at_the_level(stored: World, level: str, sequential: str) -> None:
    # Given an agent task for each of three letters, at each level
    drawing = Drawing()
    process = drawing.process()
    inner = extension(job("classify")) + LOOP.format(sequential)
    process.chain(process.node("startEvent"), process.node("serviceTask", "classify", inner), process.node("endEvent"))
    stored.deploy(drawing, agents(level))
    key = stored.start(variables={"letters": ["x", "y", "z"]})
    # When all is done
    decide_all(stored, level)
    # Then each was decided by itself, and each has its pair.
    assert (stored.state(key), stored.variables(key)["kinds"]) == ("COMPLETED", ["complaint"] * 3)
    pairs = stored.rows("autonomy-pairs")
    assert len(pairs) == (0 if level == "auto" else 3)
    assert {row["agreed"] for row in pairs} <= ({None} if level == "manual" else {True})


def test_a_person_who_was_first_is_counted_as_without_a_pair(stored: World) -> None:
    # Given a shadow that no worker has begun when the person is done
    key = begin(stored, "shadow")
    (task,) = tasks(stored)
    stored.engine.complete_user_task(task["userTaskKey"], {"kind": "praise"}, actor=ANNA)
    stored.settle()
    # Then the report says so.
    assert stored.state(key) == "COMPLETED"
    assert stored.engine.autonomy_report("process")["missing"] == [
        {"processDefinitionId": "process", "elementId": "classify", "agent": "classifier", "missing": 1}
    ]


PICKER = extension(job("io.camunda.agenticai:aiagent:1"))


@pytest.mark.parametrize(
    ("setting", "contracts", "refused"),
    [("auto", True, True), ("auto", False, False), ("allow", True, False), ("refuse", False, True)],
)
def test_an_agent_without_a_contract_is_refused_as_is_set(setting: str, contracts: bool, refused: bool) -> None:
    # Given a diagram with an agent of which no contract speaks; when it is deployed; then that is refused as the setting says.
    drawing = Drawing()
    process = drawing.process()
    picker = process.node("serviceTask", "picker", PICKER)
    process.chain(process.node("startEvent"), picker, process.node("endEvent"))
    world = World(agents_without_contract=setting)
    files = [agents("auto")] if contracts else []
    try:
        if refused:
            with pytest.raises(Refused) as said:
                world.deploy(drawing, *files)
            assert "no contract says what this agent may do" in said.value.message
        else:
            world.deploy(drawing, *files)
    finally:
        world.close()
