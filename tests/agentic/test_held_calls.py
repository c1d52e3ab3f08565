"""Drawn tools under the contract: each call decided, and what a person must let go waits as an approval and runs as it was approved."""

from __future__ import annotations

from typing import Any

import pytest

from laneway.commands.approvals import arguments_hash
from laneway.domain.errors import Conflict, Forbidden
from laneway.domain.work import Actor
from tests.agentic.script import Script, call, calls, says, world
from tests.support.world import ANNA, BEN, World

FREE = {"may_choose": True, "may_fill": ["number", "deep", "terms", "question"]}
LOOK_UP = {"drawn": True, "access": "needs_approval", "untrusted": FREE}
ADD = {"drawn": True, "access": "read", "untrusted": FREE}
ASKS = {"LookUp": LOOK_UP, "Add": ADD}
ADDS = call("Add", "sum", terms={"a": 1, "b": 2})
LOOKS = call("LookUp", "find", number="7")


def begun(script: Script, tools: Any = ASKS, who: Actor = ANNA, **changes: Any) -> tuple[World, int]:
    made = world(script, tools=tools, **changes)
    given = {"request": "Where is my order?", "customer": "c1"}
    key = made.engine.start_instance(process_id="process", variables=given, actor=who).key
    made.settle()
    return made, key


def pending(made: World) -> dict[str, Any]:
    (approval,) = made.rows("approvals", state="PENDING")
    return approval


def approve(made: World, approval: dict[str, Any], who: Actor = BEN) -> None:
    made.engine.approve(approval["approvalKey"], arguments_hash(approval["arguments"]), actor=who)
    made.settle()


def heard(script: Script) -> list[str]:
    return [text for role, text in script.last if role == "tool"]


def history(made: World) -> list[Any]:
    row = made.rows("element-instances", elementId="Helper", type="AD_HOC_SUB_PROCESS")[0]
    with made.laneway.store.read() as uow:
        agent = uow.agent_instance_at(int(row["elementInstanceKey"]))
        assert agent is not None
        return list(uow.agent_history(agent.key))


def commands(made: World, key: int) -> list[str]:
    said = [row["details"]["command"] for row in made.audits(rootProcessInstanceKey=key)]
    return [each for each in said if "Approv" in each or "ToolCall" in each or each == "Reject"]


def test_a_call_waits_for_a_person_and_then_what_is_drawn_begins_once_with_what_was_approved() -> None:
    # Given a call of a drawn tool that the contract wants a person for
    script = Script(calls(LOOKS), says("It is on its way."))
    made, key = begun(script)
    approval = pending(made)
    assert (approval["tool"], approval["arguments"]) == ("LookUp", '{"number":"7"}')
    assert approval["because"] == ["the contract asks for an approval of LookUp"]
    assert approval["makers"] == ["agent:Helper", "user:anna"]
    assert approval["description"].startswith("Finds an order by its number.")
    assert made.activate("look-up") == []

    # When another person approves it
    approve(made, approval)

    # Then it runs with exactly that, once, and the agent goes on with its result
    (job,) = made.activate("look-up")
    assert job.variables["toolCall"] == {"number": "7", "_meta": {"id": "find", "name": "LookUp"}}
    made.engine.complete_job(job.job.key, {"order": "sent"})
    made.settle()
    assert (made.state(key), heard(script)) == ("COMPLETED", ["sent"])
    assert made.rows("approvals")[0]["state"] == "USED"
    (record,) = made.rows("tool-calls")
    assert (record["kind"], record["state"]) == ("drawn", "done")
    assert commands(made, key) == ["RequestApproval", "Approve", "SendToolCall"]
    asked, told = history(made)[2:4]
    assert asked.details["waiting"] == {"find": ["the contract asks for an approval of LookUp"]}
    assert told.details["approval"]["decidedBy"] == "user:ben"


def test_the_others_run_meanwhile_and_results_come_in_the_order_of_the_calls() -> None:
    # Given two calls, the first of which waits
    script = Script(calls(LOOKS, ADDS), says("Done."))
    made, key = begun(script)
    assert len(script.heard) == 1
    assert [row["state"] for row in made.rows("element-instances", elementId="Add")] == ["COMPLETED"]
    approve(made, pending(made))
    (job,) = made.activate("look-up")
    made.engine.complete_job(job.job.key, {"order": "sent"})
    made.settle()
    assert (made.state(key), heard(script)) == ("COMPLETED", ["sent", "3"])


def test_what_is_rejected_never_begins_and_the_agent_is_told_why() -> None:
    script = Script(calls(LOOKS), says("I cannot say."))
    made, key = begun(script)
    made.engine.reject_approval(pending(made)["approvalKey"], "not this customer", actor=BEN)
    made.settle()
    assert (made.state(key), made.activate("look-up")) == ("COMPLETED", [])
    assert heard(script) == ["It was not done: user:ben did not approve it: not this customer."]
    assert commands(made, key) == ["RequestApproval", "Reject", "EndToolCall"]


def test_one_that_is_rejected_while_another_runs_is_told_with_it() -> None:
    script = Script(calls(LOOKS, call("AskPerson", "ask", question="?")), says("Done."))
    asks = {**ASKS, "AskPerson": {"drawn": True, "access": "write", "untrusted": FREE}}
    made, key = begun(script, asks)
    made.engine.reject_approval(pending(made)["approvalKey"], "no", actor=BEN)
    made.settle()
    assert len(script.heard) == 1
    (task,) = made.rows("user-tasks", state="CREATED")
    made.engine.complete_user_task(task["userTaskKey"], {"answer": "yes"}, actor=BEN)
    made.settle()
    assert made.state(key) == "COMPLETED"
    assert heard(script) == ["It was not done: user:ben did not approve it: no.", "yes"]


@pytest.mark.parametrize(
    ("on", "state", "incidents"),
    [({}, "ACTIVE", 1), ({"approval_expired": {"error": "LATE"}}, "ACTIVE", 1)],
)
def test_one_that_nobody_decides_in_time_takes_the_path_of_the_contract(on: Any, state: str, incidents: int) -> None:
    # Given one that expires; when its time is over
    script = Script(calls(LOOKS), says("I cannot say."))
    made, key = begun(script, {**ASKS, "LookUp": {**LOOK_UP, "approval": {"expires": "PT1H"}}}, on=on)
    approval = pending(made)
    made.pass_time(hours=2)
    made.settle()
    # Then it is not done, and somebody is told; whoever resolves that lets the agent go on without
    assert (made.state(key), len(script.heard)) == (state, 1)
    found = made.rows("incidents", state="ACTIVE")
    assert len(found) == incidents
    assert made.engine.get("approvals", approval["approvalKey"])["state"] == "EXPIRED"
    with pytest.raises((Conflict, Forbidden)):
        approve(made, approval)
    if not on:
        assert "nobody approved it in time: LookUp" in found[0]["errorMessage"]
        made.engine.resolve_incident(found[0]["incidentKey"])
        made.settle()
        assert (made.state(key), heard(script)) == ("COMPLETED", ["It was not done: nobody approved it in time."])
    else:
        assert "LATE" in found[0]["errorMessage"]


def test_what_a_person_edits_is_what_begins_once_another_approves_it() -> None:
    script = Script(calls(LOOKS), says("Done."))
    made, _ = begun(script)
    approval = pending(made)
    made.engine.edit_approval(approval["approvalKey"], {"number": "8"}, actor=BEN)
    with pytest.raises(Forbidden) as refused:
        approve(made, pending(made), BEN)
    assert refused.value.code == "approval_maker"
    approve(made, pending(made), Actor("user", "cara"))
    (job,) = made.activate("look-up")
    assert job.variables["toolCall"]["number"] == "8"


def test_an_edit_is_held_against_the_schema_of_what_is_drawn() -> None:
    made, _ = begun(Script(calls(LOOKS)))
    with pytest.raises(Exception, match="do not meet its schema"):
        made.engine.edit_approval(pending(made)["approvalKey"], {"number": "eight"}, actor=BEN)


@pytest.mark.parametrize("who", [ANNA, Actor("agent", "Helper"), Actor("client", "anonymous")])
def test_nobody_who_made_it_can_let_it_go(who: Actor) -> None:
    made, _ = begun(Script(calls(LOOKS)))
    with pytest.raises(Forbidden):
        approve(made, pending(made), who)
    assert made.activate("look-up") == []


def tampered(made: World, approval: dict[str, Any]) -> None:
    """Somebody changes the arguments in the database after they were approved."""
    with made.laneway.store.begin() as uow:
        record = uow.tool_call(approval["toolCallKey"])
        assert record is not None
        uow.update_tool_call(record, arguments='{"number":"666"}')


def test_what_differs_from_what_was_approved_does_not_begin() -> None:
    script = Script(calls(LOOKS), says("Sorry."))
    made, key = begun(script)
    approval = pending(made)
    made.engine.approve(approval["approvalKey"], arguments_hash(approval["arguments"]), actor=BEN)
    tampered(made, approval)
    made.settle()
    assert (made.activate("look-up"), made.state(key)) == ([], "COMPLETED")
    assert "this is not what was approved" in heard(script)[0]


def test_what_the_contract_does_not_name_is_not_there() -> None:
    script = Script(calls(call("AskPerson", "1", question="?")), says("Sorry."))
    begun(script)
    assert [each.name for each in script.offered[0]] == ["LookUp", "Add"]
    assert heard(script) == ["There is no tool 'AskPerson'. There are: Add, LookUp."]


def test_what_is_prohibited_is_not_done() -> None:
    script = Script(calls(LOOKS), says("Sorry."))
    made, key = begun(script, {**ASKS, "LookUp": {**LOOK_UP, "access": "prohibited"}})
    assert (made.state(key), made.activate("look-up"), made.rows("approvals")) == ("COMPLETED", [], [])
    assert heard(script) == ["It was not done: the contract prohibits LookUp."]


def test_without_a_word_on_drawn_tools_whatever_is_drawn_may_be_called() -> None:
    script = Script(calls(LOOKS, ADDS))
    made, _ = begun(script, {})
    assert len(made.activate("look-up")) == 1


def test_words_of_a_tool_choose_no_other_unless_the_contract_lets_them() -> None:
    # Given tools that text from outside may not choose, and an instance that a person started
    careful = {"LookUp": {"drawn": True, "access": "read"}, "Add": {"drawn": True, "access": "read"}}
    script = Script(calls(ADDS), calls(LOOKS), says("Done."))
    made, _ = begun(script, careful)
    # Then the first call is free, and the second, after a result was read, asks a person
    assert pending(made)["because"] == [
        "text from outside may have chosen LookUp",
        "the argument number holds text from outside",
    ]
    # unless the first one answers from a system of record
    trusted = {**careful, "Add": {**careful["Add"], "result": "trusted"}}
    free, _ = begun(Script(calls(ADDS), calls(LOOKS), says("Done.")), trusted)
    assert (free.rows("approvals"), len(free.activate("look-up"))) == ([], 1)


def test_an_instance_that_nobody_in_particular_started_brings_text_from_outside() -> None:
    made, _ = begun(Script(calls(ADDS)), {"Add": {"drawn": True, "access": "read"}}, who=Actor("client", "anonymous"))
    assert "text from outside may have chosen Add" in pending(made)["because"]


def test_an_event_that_interrupts_voids_what_waits() -> None:
    def interrupting(text: str) -> str:
        return text.replace('source="WAIT_FOR_TOOL_CALL_RESULTS"', 'source="INTERRUPT_TOOL_CALLS"')

    script = Script(calls(LOOKS), says("Done."))
    made, key = begun(script, edit=interrupting)
    made.engine.correlate_message("word", "c1", variables={"said": "never mind"})
    made.settle()
    assert made.state(key) == "COMPLETED"
    assert [row["state"] for row in made.rows("approvals")] == ["CANCELED"]


@pytest.mark.parametrize("way", ["instance", "in its place"])
def test_an_approval_is_void_with_the_step_that_ends_what_waits_for_it(way: str) -> None:
    # Given a call that waits; when its agent's element ends
    made, key = begun(Script(calls(LOOKS)))
    approval = pending(made)
    if way == "instance":
        made.engine.cancel_instance(key)
    else:
        (job,) = made.rows("jobs", state="CREATED", elementId="Helper")
        done = {"isCompletionConditionFulfilled": True, "isCancelRemainingInstances": True}
        made.engine.complete_job(job["jobKey"], {}, result=done, actor=BEN)
    # Then nobody finds it waiting, at once
    assert made.rows("approvals", state="PENDING") == []
    assert made.engine.get("approvals", approval["approvalKey"])["state"] == "CANCELED"
    assert "CancelApproval" in made.commands(rootProcessInstanceKey=key)


def test_an_approval_waits_on_while_other_tools_of_its_agent_end() -> None:
    made, _ = begun(Script(calls(LOOKS, ADDS)))
    assert [row["state"] for row in made.rows("element-instances", elementId="Add")] == ["COMPLETED"]
    assert pending(made)["state"] == "PENDING"


def test_a_kill_switch_holds_what_was_approved() -> None:
    made, _ = begun(Script(calls(LOOKS)))
    approval = pending(made)
    made.engine.set_kill_switch("tool", "LookUp", "it is wrong", actor=ANNA)
    approve(made, approval)
    assert made.activate("look-up") == []
    assert made.engine.get("approvals", approval["approvalKey"])["state"] == "APPROVED"


def task_world(script: Script) -> tuple[World, int]:
    asks = {name: {**ADD, "access": access} for name, access in (("AskPerson", "write"), ("Double", "needs_approval"))}
    asks["Double"]["untrusted"] = {"may_choose": True, "may_fill": ["number"]}
    made = world(script, "task_loop.bpmn", tools=asks)
    key = made.engine.start_instance(process_id="process", variables={"request": "?"}, actor=ANNA).key
    made.settle()
    return made, key


def test_an_agent_task_hands_out_its_calls_once_all_are_decided() -> None:
    # Given a task whose tools are called by what follows it, and two calls, one of which a person edits and another approves
    script = Script(calls(call("Double", "1", number=4), call("AskPerson", "2", question="?")), says("So be it."))
    made, _ = task_world(script)
    approval = pending(made)
    assert made.rows("user-tasks") == []
    made.engine.edit_approval(approval["approvalKey"], {"number": 5}, actor=Actor("user", "cara"))
    approve(made, pending(made))
    # Then both are handed out, that one as it was approved
    (task,) = made.rows("user-tasks", state="CREATED", elementId="AskPerson")
    made.engine.complete_user_task(task["userTaskKey"], {"answer": "Yes"}, actor=BEN)
    made.settle()
    assert heard(script) == ["10", "Yes"]
    assert [row["state"] for row in made.rows("tool-calls")] == ["done"]


def test_an_agent_task_whose_calls_are_all_rejected_is_told_at_once() -> None:
    script = Script(calls(call("Double", "1", number=4)), says("Then not."))
    made, _ = task_world(script)
    made.engine.reject_approval(pending(made)["approvalKey"], "no", actor=BEN)
    made.settle()
    assert heard(script) == ["It was not done: user:ben did not approve it: no."]
    assert made.rows("element-instances", elementId="Double") == []
