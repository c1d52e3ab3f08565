"""Agents as tools of agents: what the inner one asks for is nobody's to approve who had a hand in it, and rights do not pass down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml

from laneway.agents.chat import Message, Reply
from laneway.domain.errors import Forbidden
from laneway.domain.work import Actor
from tests.agentic.script import HERE, Script, call, calls, contract, registry, says
from tests.agentic.test_held_calls import FREE, LOOK_UP, approve, pending
from tests.support.world import ANNA, World

TEXT = (HERE / "sub_process.bpmn").read_text(encoding="utf-8")
LOOKING = re.compile(r'<bpmn:serviceTask id="LookUp".*?</bpmn:serviceTask>', re.DOTALL)
COLLECT = re.search(r"<zeebe:adHoc .*?/>", TEXT, re.DOTALL)
PROMPTS = '<zeebe:input target="toolCallResults"/><zeebe:input source="=&quot;You look up.&quot;" target="data.systemPrompt.prompt"/>'


def within() -> list[tuple[str, bytes]]:
    """The tool Inner of the agent Helper is an agent itself, whose tool is LookUp."""
    assert COLLECT is not None
    looking = LOOKING.search(TEXT)
    assert looking is not None
    inner = (
        '<bpmn:adHocSubProcess id="Inner" name="Look things up"><bpmn:documentation>Looks things up.</bpmn:documentation>'
        '<bpmn:extensionElements><zeebe:taskDefinition type="io.camunda.agenticai:aiagent-job-worker:1"/>'
        f"{COLLECT.group()}<zeebe:ioMapping>{PROMPTS}"
        '<zeebe:input source="=fromAi(toolCall.what, &quot;What.&quot;)" target="data.userPrompt.prompt"/>'
        '<zeebe:output source="=agent.responseText" target="toolCallResult"/></zeebe:ioMapping></bpmn:extensionElements>'
        f"{looking.group()}</bpmn:adHocSubProcess>"
    )
    return [("p.bpmn", LOOKING.sub(lambda _: inner, TEXT).encode())]


def called() -> list[tuple[str, bytes]]:
    """The tool Inner of the agent Helper calls a process, in which the agent Deep has the tool LookUp."""
    child = TEXT.replace('id="process"', 'id="child"').replace("Helper", "Deep").replace('name="word"', 'name="other"')
    calling = (
        '<bpmn:callActivity id="Inner" name="Look things up"><bpmn:documentation>Looks things up.</bpmn:documentation><bpmn:extensionElements>'
        '<zeebe:calledElement processId="child" propagateAllChildVariables="false"/><zeebe:ioMapping>'
        '<zeebe:input source="=fromAi(toolCall.what, &quot;What.&quot;)" target="request"/>'
        '<zeebe:output source="=agent.responseText" target="toolCallResult"/></zeebe:ioMapping></bpmn:extensionElements></bpmn:callActivity>'
    )
    return [("child.bpmn", child.encode()), ("p.bpmn", LOOKING.sub(lambda _: calling, TEXT).encode())]


def scripted(outer: Sequence[Reply], inner: Sequence[Reply]) -> Script:
    """One script for both: told apart by the tools that they are offered."""
    left = {True: list(outer), False: list(inner)}
    script = Script()

    def reply(messages: Sequence[Message]) -> Reply:
        return left[any(tool.name == "Inner" for tool in script.offered[-1])].pop(0)

    script.lines = [reply] * 9
    return script


def begun(files: list[tuple[str, bytes]], script: Script, inner: Mapping[str, Any]) -> tuple[World, int]:
    made = World(agents=registry(script))
    agent = yaml.safe_load(contract()[1])["agents"]["Helper"]
    free = {"drawn": True, "access": "write", "untrusted": {"may_choose": True, "may_fill": ["what"]}}
    file = {"Helper": {**agent, "tools": {"Inner": free}}, "Inner": {**agent, "tools": inner}}
    file["Deep"] = file["Inner"]
    bound = {name: {**each, "job_types": [f"of-{name}"]} for name, each in file.items()}
    made.engine.deploy([*files, ("agents.yaml", yaml.safe_dump({"version": 1, "agents": bound}).encode())])
    given = {"request": "Where is my order?", "customer": "c1"}
    key = made.engine.start_instance(process_id="process", variables=given, actor=ANNA).key
    made.settle()
    return made, key


LOOKS = [calls(call("LookUp", "find", number="7")), says("It is sent.")]
ASKS = [calls(call("Inner", "ask", what="order 7")), says("It is on its way.")]


@pytest.mark.parametrize(("files", "inner"), [(within, "Inner"), (called, "Deep")])
def test_no_agent_on_the_way_and_not_who_started_it_lets_a_call_go(files: Any, inner: str) -> None:
    # Given an agent that has another do what needs a person
    script = scripted(ASKS, LOOKS)
    made, key = begun(files(), script, {"LookUp": LOOK_UP})
    approval = pending(made)

    # When those who had a hand in it approve; then they cannot
    assert {f"agent:{inner}", "agent:Helper", "user:anna"} <= set(approval["makers"])
    for who in (ANNA, Actor("agent", "Helper"), Actor("agent", inner), Actor("user", "ANNA")):
        with pytest.raises(Forbidden):
            approve(made, approval, who)
    assert made.activate("look-up") == []

    # When another does; then it is done once, and both agents go on
    approve(made, approval)
    (job,) = made.activate("look-up")
    made.engine.complete_job(job.job.key, {"order": "sent"})
    made.settle()
    assert made.state(key) == "COMPLETED"
    assert [text for role, text in script.last if role == "tool"] == ["It is sent."]


@pytest.mark.parametrize("files", [within, called])
def test_what_the_outer_agent_may_the_inner_one_may_not(files: Any) -> None:
    script = scripted(ASKS, [LOOKS[0], says("I may not.")])
    made, key = begun(files(), script, {"LookUp": {"drawn": True, "access": "prohibited"}, "Add": {"drawn": True, "access": "read", "untrusted": FREE}})  # fmt: skip
    assert (made.state(key), made.activate("look-up"), made.rows("approvals")) == ("COMPLETED", [], [])
