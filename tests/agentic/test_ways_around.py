"""Ways around what a person must let go: ids of calls that are guessed, tools that are stopped meanwhile, and whoever else approves."""

from __future__ import annotations

from typing import Any

import pytest

from laneway.agents.chat import ToolCall
from laneway.cli.output import print_rows, visible
from laneway.domain.contract import Conversation
from laneway.domain.errors import Conflict, Refused
from laneway.domain.work import Actor
from laneway.governance import conversation
from tests.agentic import test_dial as dial
from tests.agentic.script import Script, call, calls
from tests.agentic.test_held_calls import ASKS, FREE, LOOK_UP, LOOKS, approve, begun, pending, task_world
from tests.support.world import ANNA, BEN, World


def test_an_approval_lets_no_other_call_go_whose_id_a_model_has_guessed() -> None:
    # Given two calls, the second of which has the id that the first one would get in its place
    wanted = [ToolCall("call-1-2", "LookUp", {"number": "7"}), ToolCall("call-1-2", "AskPerson", {"question": "Pay?"})]
    made, _ = begun(Script(calls(*wanted)), {"LookUp": LOOK_UP, "AskPerson": LOOK_UP})
    found = {each["tool"]: each for each in made.rows("approvals")}
    assert {tool: each["arguments"] for tool, each in found.items()} == {
        "LookUp": '{"number":"7"}',
        "AskPerson": '{"question":"Pay?"}',
    }
    # When one is approved; then the other still waits
    approve(made, found["AskPerson"])
    assert len(made.rows("user-tasks", elementId="AskPerson")) == 1
    assert made.activate("look-up") == []


def test_ids_are_unlike_those_of_earlier_calls_and_of_later_ones() -> None:
    judged = conversation.judge(
        {}, Conversation(), [("call-3-3", "a", {}), ("", "b", {}), ("", "c", {})], 3, frozenset({"call-3-2"})
    )
    assert len({each["toolCallId"] for each in judged.calls} | {"call-3-2"}) == 4


@pytest.mark.parametrize(("level", "given", "action"), [("manual", dial.LOOK_UP, None), ("approve", {}, "approve")])
def test_a_tool_that_is_stopped_is_so_for_persons(level: str, given: Any, action: str | None) -> None:
    made, _ = dial.begun(Script(calls(LOOKS)), level)
    made.engine.set_kill_switch("tool", "LookUp", "it is wrong", actor=ANNA)
    with pytest.raises(Refused, match="it is wrong"):
        dial.decide(made, given, action, BEN)
    assert made.activate("look-up") == []


def test_a_tool_that_is_stopped_while_another_waits_is_not_handed_out_with_it() -> None:
    # Given an agent task with two calls, one of which waits
    made, _ = task_world(Script(calls(call("Double", "1", number=4), call("AskPerson", "2", question="?"))))
    # When the other is stopped before that one is decided
    made.engine.set_kill_switch("tool", "AskPerson", "it is wrong", actor=ANNA)
    made.engine.reject_approval(pending(made)["approvalKey"], "no", actor=BEN)
    made.settle()
    # Then it does not begin
    assert made.rows("user-tasks") == []


def proposed(tools: Any) -> World:
    made, _ = begun(Script(calls(LOOKS)), tools, autonomy="approve")
    return made


def test_at_approve_only_whom_the_contract_names_lets_a_tool_go() -> None:
    made = proposed({**ASKS, "LookUp": {**LOOK_UP, "approval": {"users": ["cara"]}}})
    with pytest.raises(Refused, match="not ben's to give"):
        dial.decide(made, {}, "approve", BEN)
    assert made.activate("look-up") == []
    dial.decide(made, {}, "approve", Actor("user", "cara"))
    assert len(made.activate("look-up")) == 1


OTHERWISE = {"toolCalls": [{"name": "LookUp", "arguments": {"number": "8"}}]}


@pytest.mark.parametrize("given", [dial.LOOK_UP, OTHERWISE], ids=["as proposed", "edited"])
def test_who_overrides_calls_of_tools_does_not_approve_them_alone(given: Any) -> None:
    # Given calls that an agent proposed; when the one who started the instance gives them, or others, in its place
    made = proposed({"LookUp": {"drawn": True, "access": "write", "untrusted": FREE}})
    with pytest.raises(Conflict) as refused:
        dial.decide(made, given, "override", ANNA)
    # Then it is for another person to do so
    assert refused.value.code == "four_eyes"
    assert made.activate("look-up") == []
    dial.decide(made, given, "override", BEN)
    assert len(made.activate("look-up")) == 1


SMUGGLED = {"toolCall": {"number": "666"}}


def outside(made: World, way: str, variables: Any, id: str = "LookUp") -> None:
    """Whoever works for the agent, or activates what is drawn, from outside."""
    if way == "activation":
        (row,) = made.rows("element-instances", elementId="Helper", type="AD_HOC_SUB_PROCESS")
        made.engine.activate_ad_hoc_activities(row["elementInstanceKey"], [(id, variables)], actor=ANNA)
        return
    (job,) = made.rows("jobs", state="CREATED", elementId="Helper")
    began = {"activateElements": [{"elementId": id, "variables": variables}]}
    said, result = (began, None) if way == "variables" else ({}, began)
    made.engine.complete_job(job["jobKey"], said, result=result, actor=ANNA)


@pytest.mark.parametrize("way", ["result", "variables", "activation"])
def test_nobody_outside_begins_what_waits_for_an_approval(way: str) -> None:
    # Given a call that waits; when the one who started the instance would begin it themselves; then it does not begin, and still waits
    made, _ = begun(Script(calls(LOOKS)))
    with pytest.raises(Refused, match="It needs an approval"):
        outside(made, way, SMUGGLED)
    assert made.activate("look-up") == []
    assert pending(made)["tool"] == "LookUp"


@pytest.mark.parametrize(
    ("id", "variables", "why"),
    [
        ("AskPerson", {"toolCall": {"question": "?"}}, "There is no tool"),
        ("Add", {"toolCall": {"terms": {"a": "one", "b": 2}}}, "do not meet its schema"),
        ("Add", {"toolCall": {"terms": {"a": 1, "b": 2}}, "request": "another"}, "not with «request»"),
    ],
)
def test_what_is_begun_outside_is_held_against_the_contract(id: str, variables: Any, why: str) -> None:
    made, _ = begun(Script(calls(LOOKS)))
    with pytest.raises(Refused, match=why):
        outside(made, "result", variables, id)


def test_what_the_contract_allows_may_be_begun_outside() -> None:
    made, _ = begun(Script(calls(LOOKS)))
    outside(made, "activation", {"toolCall": {"terms": {"a": 1, "b": 2}}}, "Add")
    assert len(made.rows("element-instances", elementId="Add")) == 1


def told(name: str, **arguments: Any) -> dict[str, Any]:
    """The variable that a loop around an agent task takes its calls from."""
    return {"agent": {"toolCalls": [{**arguments, "_meta": {"id": "1", "name": name}}]}}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (told("Double", number=666), "It needs an approval"),
        (told("Nothing"), "There is no tool"),
        (told("AskPerson", question=["?"]), "do not meet its schema"),
        ({"agent": {"toolCalls": [{"name": "Double", "number": 666}]}}, "do not meet its schema"),
    ],
)
def test_an_agent_task_s_calls_from_outside_are_held_against_the_contract(given: Any, why: str) -> None:
    # Given an agent task with a loop, whose call waits; when the one who started the instance completes its job with calls
    made, _ = task_world(Script(calls(call("Double", "1", number=4))))
    (job,) = made.rows("jobs", state="CREATED", elementId="Helper")
    with pytest.raises(Refused, match=why):
        made.engine.complete_job(job["jobKey"], given, actor=ANNA)
    # Then none begins, and the agent's own still waits
    made.settle()
    assert made.rows("element-instances", elementId="Tools") == []
    assert pending(made)["tool"] == "Double"


def test_what_the_contract_allows_an_agent_task_may_be_begun_outside() -> None:
    made, _ = task_world(Script(calls(call("Double", "1", number=4))))
    (job,) = made.rows("jobs", state="CREATED", elementId="Helper")
    made.engine.complete_job(job["jobKey"], told("AskPerson", question="?"), actor=ANNA)
    made.settle()
    assert len(made.rows("user-tasks", state="CREATED", elementId="AskPerson")) == 1


@pytest.mark.parametrize("way", ["variables", "activation"])
def test_nobody_begins_in_the_loop_what_waits_for_an_approval(way: str) -> None:
    # Given tools at work in the loop around an agent task; when somebody writes down a call by hand, or activates the tool
    made, key = task_world(Script(calls(call("AskPerson", "1", question="?"))))
    (tools,) = made.rows("element-instances", elementId="Tools", type="AD_HOC_SUB_PROCESS")
    wanted = [("Double", {"toolCall": {"number": 666}})]
    begin = {
        "variables": lambda: made.engine.set_variables(key, told("Double", number=666), actor=ANNA),
        "activation": lambda: made.engine.activate_ad_hoc_activities(tools["elementInstanceKey"], wanted, actor=ANNA),
    }[way]
    # Then it is refused
    with pytest.raises(Refused, match="It needs an approval"):
        begin()
    assert made.rows("element-instances", elementId="Double") == []


def test_what_a_server_says_of_its_tools_is_shown_visible() -> None:
    assert visible("reads\n  arguments  {}\x1b[2A\u202eé") == "reads\\n  arguments  {}\\x1b[2A\\u202eé"


def test_what_a_stranger_wrote_moves_no_cursor_in_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    # Given a row with a name that clears the screen and turns the reading round; when it is printed; then it is seen as what it is.
    print_rows([{"name": "a\x1b[2J\u202eb\rc\u00a0d\ne"}], [("name", "name")], as_json=False, empty="")
    printed = capsys.readouterr().out
    assert "a\\x1b[2J\\u202eb\\rc\u00a0d" in printed
    assert not {"\x1b", "\u202e", "\r"} & set(printed)
