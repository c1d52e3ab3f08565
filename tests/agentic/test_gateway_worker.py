"""Elements that stand for tools from elsewhere, done here under a contract: real MCP servers over stdio and HTTP, and a real A2A agent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from laneway.agents.egress import HttpEgress
from laneway.agents.environment import AgentEnvironment, McpServer
from laneway.agents.registry import AgentRegistry
from laneway.commands.approvals import arguments_hash
from tests.agentic.script import HERE, Script, call, calls, contract, says
from tests.agents.a2a_server import RemoteAgent, serving_a2a
from tests.agents.test_mcp import SCHEMAS, environment, over_http as over_http, over_stdio
from tests.support.world import ANNA, BEN, World

FREE = {"may_choose": True, "may_fill": ["sku"]}
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
GATEWAY = {
    "purpose": "Tools from elsewhere",
    "owner": "head-of-service",
    "adapter": "gateway",
    "input": {"type": "object"},
    "output": {"type": "object"},
    "authority": "none",
    "retries": {"attempts": 1},
}


def granted(name: str = "price", **changes: Any) -> dict[str, Any]:
    schema = SCHEMAS.get(name) or {**SCHEMAS["price"], "title": f"{name}Arguments"}
    tool = {"description": "Says what it costs", "mcp": {"server": "shop"}, "access": "read", "arguments": schema}
    return {name: {**tool, "untrusted": FREE, **changes}}


def world(
    script: Script, environment: AgentEnvironment, mcp: Any = None, a2a: Any = None, database: str = "sqlite://"
) -> World:
    agents = AgentRegistry(environment)
    agents.register("script", lambda config: script)
    made = World(database, agents=agents)
    helper = yaml.safe_load(contract()[1])["agents"]["Helper"]
    tools = {
        "a2a": {"description": "Books", "a2a": {"url": "http://127.0.0.1:1/"}, "access": "write", "arguments": TEXT}
    }
    file = {
        "Helper": helper,
        "Clock": {**GATEWAY, "job_types": ["clock"], "tools": mcp or granted()},
        "Travel": {**GATEWAY, "job_types": ["travel"], "tools": a2a or tools},
    }
    text = yaml.safe_dump({"version": 1, "agents": file}).encode()
    diagram = (HERE / "gateways.bpmn").read_bytes()
    made.engine.deploy([("gateways.bpmn", diagram), ("agents.yaml", text)])
    made.engine.start_instance(process_id="process", variables={"request": "What is A-1?"}, actor=ANNA)
    made.settle()
    return made


def told(script: Script) -> list[str]:
    return [text for role, text in script.last if role == "tool"]


PRICE = call("MCP_Clock___price", "1", sku="A-1")


def test_tools_of_an_mcp_server_over_stdio_are_listed_and_called(tmp_path: Path) -> None:
    # Given an element that stands for a server, with one tool in its contract
    file = tmp_path / "effects"
    script = Script(calls(PRICE), says("It costs 3."))
    made = world(script, environment(over_stdio(file)))
    # Then that one alone is offered, by the contract's words, and called once, in the journal of the element's job
    first = script.offered[0][0]
    assert (first.name, first.description) == ("MCP_Clock___price", "Says what it costs")
    assert len(script.offered[0]) == 2
    assert told(script) == ['{"price":3,"sku":"A-1"}']
    assert file.read_text() == "price A-1\n"
    (record,) = made.rows("tool-calls")
    assert (record["tool"], record["state"], record["elementId"], record["agent"]) == (
        "price",
        "done",
        "Clock",
        "Clock",
    )
    assert made.rows("process-instances")[0]["state"] == "COMPLETED"


def test_tools_of_an_mcp_server_over_http_are_called(over_http: McpServer) -> None:
    script = Script(calls(PRICE), says("It costs 3."))
    world(script, environment(over_http))
    assert told(script) == ['{"price":3,"sku":"A-1"}']


def test_a_tool_that_is_not_granted_is_not_there(over_http: McpServer) -> None:
    script = Script(calls(call("MCP_Clock___key_of", "1")), says("Sorry."))
    world(script, environment(over_http))
    assert "There is no tool 'MCP_Clock___key_of'" in told(script)[0]


def test_a_tool_that_has_changed_since_it_was_approved_is_not_called(tmp_path: Path) -> None:
    script = Script(calls(call("MCP_Clock___changing", "1", sku="A-1")), says("Sorry."))
    made = world(script, environment(over_stdio(tmp_path / "effects", CHANGED="yes")), granted("changing"))
    (incident,) = made.rows("incidents", state="ACTIVE")
    assert "the schema of changing has changed since it was approved" in incident["errorMessage"]
    assert incident["elementId"] == "Clock"


def test_a_call_that_needs_a_person_waits_in_the_gateway(over_http: McpServer) -> None:
    script = Script(calls(PRICE), says("It costs 3."))
    made = world(script, environment(over_http), granted(access="needs_approval"))
    (approval,) = made.rows("approvals", state="PENDING")
    assert approval["makers"] == ["agent:Clock", "agent:Helper", "agent:Travel", "user:anna"]
    made.engine.approve(approval["approvalKey"], arguments_hash(approval["arguments"]), actor=BEN)
    made.settle()
    assert told(script) == ['{"price":3,"sku":"A-1"}']


def test_words_of_a_model_call_nothing_that_the_contract_does_not_let_them(over_http: McpServer) -> None:
    made = world(Script(calls(PRICE)), environment(over_http), granted(untrusted={}))
    (approval,) = made.rows("approvals", state="PENDING")
    assert "text from outside may have chosen price" in approval["because"]


def test_an_error_of_a_tool_that_changes_something_is_an_incident(over_http: McpServer) -> None:
    script = Script(calls(call("MCP_Clock___broken", "1", sku="A-1")), says("Sorry."))
    made = world(script, environment(over_http), granted("broken", access="write"))
    (incident,) = made.rows("incidents", state="ACTIVE")
    assert "may have been done or not" in incident["errorMessage"]
    # while one that only reads is told
    script = Script(calls(call("MCP_Clock___broken", "1", sku="A-1")), says("Sorry."))
    world(script, environment(over_http), granted("broken"))
    assert "no such product A-1" in told(script)[0]


@contextmanager
def remote(agent: RemoteAgent) -> Iterator[str]:
    """The address of ``agent``, served by another thread."""
    address: list[str] = []
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with serving_a2a(agent) as where:
            address.append(where)
            ready.set()
            while not done.is_set():  # noqa: ASYNC110 - it is set by a thread
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(20)
        yield address[0]
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize(("mode", "access", "what"), [("works", "write", "done"), ("rejects", "write", "failed"), ("fails", "write", "unknown"), ("fails", "read", "failed")])  # fmt: skip
def test_an_a2a_agent_is_a_tool(mode: str, access: str, what: str) -> None:
    # Given an element that stands for an agent of another house
    agent = RemoteAgent(mode, output={"train": "at nine"})
    script = Script(calls(call("A2A_Travel", "1", text="To Rome")), says("At nine."))
    with remote(agent) as where:
        tool = {
            "description": "Books journeys",
            "a2a": {"url": f"http://{where}/", "poll": 0.05},
            "access": access,
            "arguments": TEXT,
            "untrusted": {"may_choose": True, "may_fill": ["text"]},
        }
        settings = AgentEnvironment(egress=HttpEgress([where]), mcp_servers={})
        made = world(script, settings, None, {"journeys": tool})
    # Then it is asked once, under the key of the call, and what it says is told as far as it is known
    (record,) = made.rows("tool-calls")
    assert (record["state"], len(agent.ids)) == (what, 1)
    assert agent.ids == [f"laneway-call-{record['toolCallKey']}"]
    if what == "done":
        assert told(script) == ['{"train":"at nine"}']
    elif what == "failed":
        assert '"isError":true' in told(script)[0]
    else:
        (incident,) = made.rows("incidents", state="ACTIVE")
        assert "may have been done or not" in incident["errorMessage"]
