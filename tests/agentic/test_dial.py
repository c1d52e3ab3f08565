"""The dial of autonomy of agents with drawn tools: who picks them, turn by turn."""

from typing import Any

import pytest

from laneway.agents.chat import ModelFault
from laneway.domain.errors import Conflict, InvalidInput, Refused
from tests.agentic.script import Script, call, calls, says, world
from tests.support.world import ANNA, BEN, World

ASKED = {"request": "Where is my order?", "customer": "c1"}
LOOK_UP = {"toolCalls": [{"name": "LookUp", "arguments": {"number": "7"}}]}
ANSWER = {"responseText": "It is on its way."}


def task(made: World) -> dict[str, Any]:
    (found,) = made.rows("user-tasks", state="CREATED", elementId="Helper")
    return found


def decide(made: World, given: Any = None, action: str | None = None, actor: Any = ANNA) -> None:
    made.engine.complete_user_task(task(made)["userTaskKey"], given or {}, action=action, actor=actor)
    made.settle()


def shown(made: World) -> Any:
    return made.variables(task(made)["elementInstanceKey"])["agentProposal"]


def done(made: World, order: Any = "sent") -> None:
    made.engine.complete_job(made.one_job("look-up").job.key, {"order": order})
    made.settle()


def said(made: World) -> list[tuple[str, str]]:
    (row,) = made.rows("agent-instances")
    return [
        (each["role"], each["commitStatus"])
        for each in sorted(
            made.rows("agent-history-items", agentInstanceKey=row["agentInstanceKey"]),
            key=lambda one: one["historyItemKey"],
        )
        if each["role"] != "CONFIGURATION"
    ]


def pairs(made: World) -> list[dict[str, Any]]:
    return sorted(made.rows("autonomy-pairs"), key=lambda row: int(row["autonomyPairKey"]))


def begun(script: Script, level: Any, **changes: Any) -> tuple[World, int]:
    made = world(script, autonomy=level, **changes)
    key = made.start(variables=ASKED)
    made.settle()
    return made, key


def test_manual_is_a_person_s_choice_of_tools_and_their_answer() -> None:
    # Given an agent at manual
    script = Script()
    made, key = begun(script, {"level": "manual", "groups": ["clerks"]})
    assert (task(made)["candidateGroups"], made.rows("jobs")) == (["clerks"], [])

    # When a person picks a tool; then it runs as if the agent had, and they are asked again once it is done.
    decide(made, LOOK_UP)
    job = made.one_job("look-up")
    assert job.variables["toolCall"]["number"] == "7"
    assert made.rows("user-tasks", state="CREATED") == []
    made.engine.complete_job(job.job.key, {"order": "sent"})
    made.settle()
    results = made.variables(task(made)["elementInstanceKey"])["toolCallResults"]
    assert results[0]["content"] == "sent"

    # When they answer; then the agent's work is done, nobody asked a model, and the history says who decided.
    decide(made, ANSWER)
    assert (made.state(key), made.variables(key)["agent"]["responseText"]) == ("COMPLETED", "It is on its way.")
    assert script.heard == []
    assert [role for role, _ in said(made)] == ["USER", "ASSISTANT", "TOOL_RESULT", "ASSISTANT"]
    assert [(pair["verdict"], pair["agreed"]) for pair in pairs(made)] == [("given", None)] * 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"toolCalls": []}, "tool_calls_invalid"),
        ({"toolCalls": [{"arguments": {}}]}, "tool_calls_invalid"),
        ({**LOOK_UP, **ANSWER}, "tool_calls_invalid"),
        ({"toolCalls": [{"name": "Nothing"}]}, "contract_violated"),
        ({"toolCalls": [{"name": "LookUp", "arguments": {"number": "seven"}}]}, "contract_violated"),
        ({"toolCalls": [{"name": "Add", "arguments": {"terms": {"a": 1, "b": 2}}}]}, "contract_violated"),
        ({"toolCalls": [{"name": "AskPerson", "arguments": {"question": "?"}}] * 3}, "contract_violated"),
    ],
)
def test_a_person_s_choice_is_never_wider_than_the_contract(given: Any, code: str) -> None:
    made, _ = begun(Script(), "manual", conversation={"prohibited_tools": ["Add"], "max_tool_calls": 2})
    with pytest.raises((InvalidInput, Refused)) as wrong:
        decide(made, given)
    assert wrong.value.code == code
    assert made.rows("jobs") == []


def test_a_tool_that_is_stopped_begins_for_nobody() -> None:
    # Given a call that waits for a person's yes; when its tool is stopped meanwhile; then they cannot let it go.
    made, _ = begun(Script(calls(call("LookUp", number="7"))), "recommend")
    made.engine.set_kill_switch("tool", "LookUp", "wrong numbers", actor=BEN)
    with pytest.raises(Refused, match="stopped"):
        decide(made, action="accept")
    assert made.rows("jobs", type="look-up") == []


def test_a_shadow_s_choices_stand_beside_and_begin_nothing() -> None:
    # Given a shadow that would ask a person, and then say something else
    script = Script(calls(call("AskPerson", question="Who?")), says("It is lost."))
    made, key = begun(script, "shadow")
    assert [row["elementId"] for row in made.rows("user-tasks", state="CREATED")] == ["Helper"]

    # When the person picks another tool, and answers; then that is what was done
    decide(made, LOOK_UP)
    done(made)
    decide(made, ANSWER)
    assert (made.state(key), made.variables(key)["agent"]["responseText"]) == ("COMPLETED", "It is on its way.")
    assert made.rows("user-tasks", elementId="AskPerson") == []

    # And the shadow's second turn went on from what the person did
    assert script.last[1:] == [("user", "Where is my order?"), ("assistant", ""), ("tool", "sent")]
    first, second = pairs(made)
    assert (first["agreed"], first["output"]["toolCalls"][0]["name"]) == (False, "AskPerson")
    assert (second["agreed"], second["output"]["responseText"]) == (False, "It is lost.")
    assert [status for role, status in said(made) if role == "ASSISTANT"] == ["DISCARDED", "COMMITTED"] * 2


def test_a_shadow_that_is_slower_than_the_person_goes_on_from_what_they_did() -> None:
    # Given a shadow whose job nobody has taken when the person is done
    script = Script(says("It is lost."))
    made = world(script, autonomy="shadow", guardrails={"before": [{"use": "personal_data"}]})
    made.start(variables={**ASKED, "request": "It is for anna@example.com"})
    made.engine.complete_user_task(task(made)["userTaskKey"], LOOK_UP, actor=ANNA)
    made.engine.complete_job(made.one_job("look-up").job.key, {"order": "of ben@example.com"})

    # When it has the next turn; then it knows of the first, as its guardrails let it.
    made.settle()
    assert script.last[1:] == [("user", "It is for [email]"), ("assistant", ""), ("tool", "of [email]")]


def test_recommend_shows_the_calls_and_a_person_takes_them() -> None:
    # Given an agent that recommends
    script = Script(calls(call("LookUp", "its-id", number="7"), text="I look it up."), says("It is on its way."))
    made, key = begun(script, "recommend")
    assert made.rows("jobs", type="look-up") == []
    proposal = shown(made)
    assert proposal["output"] == {"toolCalls": [{"id": "its-id", "name": "LookUp", "arguments": {"number": "7"}}]}
    assert proposal["says"] == "I look it up."

    # When a person accepts, twice; then what it proposed is done, exactly once.
    decide(made, action="accept")
    job = made.one_job("look-up")
    assert job.variables["toolCall"] == {"number": "7", "_meta": {"id": "its-id", "name": "LookUp"}}
    made.engine.complete_job(job.job.key, {"order": "sent"})
    made.settle()
    assert shown(made)["output"] == ANSWER
    assert made.state(key) == "ACTIVE"
    decide(made, action="accept")
    assert (made.state(key), made.variables(key)["agent"]["responseText"]) == ("COMPLETED", "It is on its way.")
    assert said(made) == [(role, "COMMITTED") for role in ("USER", "ASSISTANT", "TOOL_RESULT", "ASSISTANT")]
    assert [(pair["verdict"], pair["agreed"]) for pair in pairs(made)] == [("accepted", True)] * 2


def test_what_a_person_edits_is_what_the_agent_goes_on_from() -> None:
    # Given an agent that proposes one thing
    script = Script(calls(call("LookUp", number="8")), says("It is on its way."))
    made, _ = begun(script, "recommend")

    # When a person decides on another; then that is done, and the agent is told of it as its own.
    decide(made, {**LOOK_UP, "overrideReason": "a slip"})
    done(made)
    (asked,) = script.heard[1][2].tool_calls
    assert (asked.name, asked.arguments) == ("LookUp", {"number": "7"})
    assert script.last[-1] == ("tool", "sent")
    assert (pairs(made)[0]["verdict"], pairs(made)[0]["reason"]) == ("overridden", "a slip")
    assert ("ASSISTANT", "DISCARDED") in said(made)


def test_at_approve_calls_wait_for_another_person_s_yes() -> None:
    # Given an agent whose call waits, in an instance that anna started
    script = Script(calls(call("LookUp", number="7")), says("It is on its way."))
    made = world(script, autonomy="approve")
    key = made.engine.start_instance(process_id="process", variables=ASKED, actor=ANNA).key
    made.settle()

    # When she approves; then another one has to, after which it is done
    with pytest.raises(Conflict) as refused:
        decide(made, action="approve")
    assert refused.value.code == "four_eyes"
    decide(made, action="approve", actor=BEN)
    done(made)

    # When the answer is rejected; then a person gives one.
    decide(made, {"overrideReason": "impolite"}, action="reject", actor=BEN)
    assert task(made)["customHeaders"]["laneway.autonomy"] == "manual"
    decide(made, ANSWER, actor=BEN)
    assert made.state(key) == "COMPLETED"
    assert [pair["verdict"] for pair in pairs(made)] == ["approved", "rejected"]


def test_calls_that_nobody_approved_in_time_begin_no_more() -> None:
    # Given calls that an agent proposed, and their time over
    made, _ = begun(Script(calls(call("LookUp", "1", number="7"))), {"level": "approve", "expires": "PT1H"})
    made.pass_time(hours=2)
    made.settle()
    # When somebody would let them go; then they do not begin
    with pytest.raises(Conflict) as refused:
        decide(made, {}, "approve", BEN)
    assert refused.value.code == "proposal_expired"
    assert made.activate("look-up") == []
    # and a turn of a person's own does, and leaves nothing that could be late
    decide(made, LOOK_UP, "override", BEN)
    assert len(made.activate("look-up")) == 1
    made.pass_time(hours=2)
    made.settle()
    assert made.rows("incidents", state="ACTIVE") == []


def test_what_is_decided_in_one_turn_is_not_late_in_the_next() -> None:
    made, _ = begun(Script(calls(call("LookUp", "1", number="7"))), {"level": "approve", "expires": "PT1H"})
    decide(made, {}, "approve", BEN)
    made.pass_time(hours=2)
    made.settle()
    assert made.rows("incidents") == []


def test_after_a_rejection_the_agent_has_the_next_turn() -> None:
    script = Script(calls(call("LookUp", number="8")), says("It is on its way."))
    made, _ = begun(script, "approve")
    decide(made, action="reject")
    decide(made, LOOK_UP)
    done(made)
    assert shown(made)["output"] == ANSWER
    assert script.last[-1] == ("tool", "sent")


def test_calls_that_were_changed_meanwhile_cannot_be_taken() -> None:
    made, _ = begun(Script(calls(call("LookUp", number="8"))), "recommend")
    forged = {**shown(made), "output": LOOK_UP}
    made.engine.set_variables(task(made)["elementInstanceKey"], {"agentProposal": forged}, local=True)
    with pytest.raises(Conflict) as refused:
        decide(made, action="accept")
    assert refused.value.code == "proposal_changed"


def test_an_agent_that_fails_at_recommend_leaves_the_turn_to_a_person() -> None:
    script = Script(ModelFault("down", retryable=False), says("It is on its way."))
    made, key = begun(script, "recommend")
    assert "down" in shown(made)["failed"]
    decide(made, LOOK_UP)
    done(made)
    assert script.last[1:] == [("user", "Where is my order?"), ("assistant", ""), ("tool", "sent")]
    decide(made, action="accept")
    assert made.state(key) == "COMPLETED"


def test_the_level_is_that_of_the_activation() -> None:
    # Given an activation at auto; when the level is lowered; then it goes on as it began, and the next one does not.
    script = Script(calls(call("LookUp", number="7")), says("Done."))
    made, key = begun(script, "auto")
    made.engine.set_autonomy("process", "manual", element_id="Helper", reason="to see", actor=ANNA)
    done(made)
    assert made.state(key) == "COMPLETED"
    made.start(variables=ASKED)
    made.settle()
    assert task(made)["customHeaders"]["laneway.autonomy"] == "manual"


@pytest.mark.parametrize("level", ["manual", "recommend"])
def test_an_event_asks_whoever_decides_at_once_or_when_the_tools_are_done(level: str) -> None:
    # Given a tool under way
    script = Script(calls(call("LookUp", number="7")), says("Done."))
    made, key = begun(script, level)
    decide(made, LOOK_UP if level == "manual" else None, None if level == "manual" else "accept")

    # When the customer writes; then a person is asked at once, the agent once the tool is done.
    made.engine.publish_message("word", "c1", variables={"said": "Never mind"})
    made.settle()
    assert len(made.rows("user-tasks", state="CREATED")) == (1 if level == "manual" else 0)
    done(made)
    decide(made, ANSWER if level == "manual" else None, None if level == "manual" else "accept")
    assert made.state(key) == "COMPLETED"


def test_in_the_task_flavour_each_pass_is_decided_on() -> None:
    # Given an agent task with a loop around it, at recommend
    script = Script(calls(call("Double", "1", number=5)), says("It is 8."))
    made = world(script, "task_loop.bpmn", autonomy="recommend")
    key = made.start(variables={"request": "How much is twice 4?"})
    made.settle()

    # When a person corrects its call, and takes its answer; then the conversation went on across the loop.
    decide(made, {"toolCalls": [{"name": "Double", "arguments": {"number": 4}}]})
    decide(made, action="accept")
    assert script.last[1:] == [("user", "How much is twice 4?"), ("assistant", ""), ("tool", "8")]
    variables = made.variables(key)
    assert variables["lastSaid"] == "It is 8."
    assert "toolCalls" not in variables["agent"]
    assert [pair["verdict"] for pair in pairs(made)] == ["overridden", "accepted"]


def test_in_the_task_flavour_a_level_raised_within_the_loop_finds_the_conversation() -> None:
    # Given a person who has the first pass
    script = Script(says("It is 8."))
    made = world(script, "task_loop.bpmn", autonomy="manual")
    key = made.start(variables={"request": "How much is twice 4?"})
    made.settle()
    asked = made.engine.set_autonomy("process", "auto", element_id="Helper", reason="enough seen", actor=ANNA)
    made.engine.confirm_autonomy(asked.key, actor=BEN)

    # When the agent has the second; then it goes on from what they did.
    decide(made, {"toolCalls": [{"name": "Double", "arguments": {"number": 4}}]})
    assert script.last[1:] == [("user", "How much is twice 4?"), ("assistant", ""), ("tool", "8")]
    assert made.variables(key)["lastSaid"] == "It is 8."
