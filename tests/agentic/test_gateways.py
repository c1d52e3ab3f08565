"""Elements that stand for tools of MCP servers and A2A agents (Camunda 8, "MCP Client tool discovery"): ``gateways.bpmn``."""

from typing import Any

import pytest

from tests.agentic.script import Script, call, calls, says, world
from tests.support.world import ANNA, World

MCP, A2A = "io.camunda.agenticai:mcpremoteclient:1", "io.camunda.agenticai:a2aclient:0"
ZONE = {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}
LISTED = {"toolDefinitions": [{"name": "now", "description": "Says what time it is.", "inputSchema": ZONE}]}
CARD = {"name": "Travel", "description": "Books journeys.", "skills": [{"name": "trains", "description": "By train."}]}


def answer(made: World, type: str, result: Any) -> Any:
    job = made.one_job(type)
    made.engine.complete_job(job.job.key, {"toolCallResult": result})
    made.settle()
    return job.variables["toolCall"]


def discovered(script: Script, before_answer: str = "") -> World:
    """``before_answer``: a tool that is stopped before the model is asked."""
    made = world(script, "gateways.bpmn")
    made.start(variables={"request": "What time is it in Rome?"})
    made.settle()
    assert script.heard == []  # no model is asked before it is known what there is
    assert answer(made, MCP, LISTED)["method"] == "tools/list"
    if before_answer:
        made.engine.set_kill_switch("tool", before_answer, "it is wrong", actor=ANNA)
    assert answer(made, A2A, CARD)["operation"] == "fetchAgentCard"
    return made


def test_tools_are_listed_once_and_offered_by_the_element_and_their_name() -> None:
    script = Script(says("I know."))
    discovered(script)
    clock, travel = script.offered[0]
    assert (clock.name, clock.description, clock.input_schema) == ("MCP_Clock___now", "Says what time it is.", ZONE)
    assert travel.name == "A2A_Travel"
    assert "- trains: By train." in travel.description
    assert script.last == [("system", "You help."), ("user", "What time is it in Rome?")]


def test_a_call_goes_through_the_element() -> None:
    # Given
    script = Script(
        calls(call("MCP_Clock___now", "1", zone="Rome"), call("A2A_Travel", "2", text="To Rome")), says("It is noon.")
    )
    made = discovered(script)

    # When both are asked
    asked = answer(made, MCP, {"content": [{"type": "text", "text": "12:00"}]})
    sent = answer(made, A2A, "At nine")

    # Then each was told what to do, and the model hears of both
    assert asked == {"method": "tools/call", "params": {"name": "now", "arguments": {"zone": "Rome"}}, "_meta": {"id": "1", "name": "Clock"}}  # fmt: skip
    assert sent == {"operation": "sendMessage", "params": {"text": "To Rome"}, "_meta": {"id": "2", "name": "Travel"}}
    assert script.last[-2:] == [("tool", '{"content":[{"text":"12:00","type":"text"}]}'), ("tool", "At nine")]


def test_arguments_are_held_against_the_schema_that_the_server_gave() -> None:
    script = Script(calls(call("MCP_Clock___now", "1")), calls(call("MCP_Clock___later", "2")), says("Sorry."))
    discovered(script)
    told = [text for role, text in script.last if role == "tool"]
    assert "do not meet its schema" in told[0]
    assert "There is no tool" in told[1]


def test_a_gateway_that_lists_nothing_is_an_incident() -> None:
    made = world(Script(), "gateways.bpmn")
    key = made.start(variables={"request": "?"})
    made.settle()
    answer(made, A2A, CARD)
    answer(made, MCP, "no")
    (incident,) = made.rows("incidents", processInstanceKey=key, state="ACTIVE")
    assert "Clock did not list its tools" in incident["errorMessage"]


@pytest.mark.parametrize("name", ["now", "Clock", "MCP_Clock___now"])
def test_a_kill_switch_on_any_name_of_a_tool_stops_its_call(name: str) -> None:
    made = discovered(Script(calls(call("MCP_Clock___now", "1", zone="Rome"))), before_answer=name)
    assert made.activate(MCP) == []
    (incident,) = made.rows("incidents", state="ACTIVE")
    assert "is stopped by a kill switch" in incident["errorMessage"]


def test_a_gateway_that_is_stopped_is_not_even_asked_what_it_has() -> None:
    made = world(Script(), "gateways.bpmn")
    made.engine.set_kill_switch("tool", "Clock", "it is wrong", actor=ANNA)
    made.start(variables={"request": "?"})
    made.settle()
    assert (made.activate(MCP), made.activate(A2A)) == ([], [])
