"""Tools of real MCP servers, over stdio and over streamable HTTP: called as approved, or not at all."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.agents.requests import contract

from laneway.agents.egress import HttpEgress
from laneway.agents.environment import AgentEnvironment, McpServer
from laneway.agents.registry import AgentRegistry
from laneway.agents.tools.base import ToolDone, ToolFailed, ToolOutcome, ToolRequest, ToolUnknown
from laneway.agents.tools.mcp import listed
from laneway.domain.errors import Refused
from laneway.domain.tools import ToolGrant
from laneway.governance.contract_tools import schema_hash


def over_stdio(file: Path, **env: str) -> McpServer:
    return McpServer((sys.executable, "-m", "tests.agents.mcp_server", str(file)), env)


@pytest.fixture(scope="module")
def over_http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[McpServer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = tmp_path_factory.mktemp("mcp") / "effects"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.agents.mcp_server", str(file), "http", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield McpServer(url=f"http://127.0.0.1:{port}/mcp")
    finally:
        process.kill()
        process.wait()


def environment(server: McpServer) -> AgentEnvironment:
    hosts = [] if server.url is None else [server.url.split("/")[2]]
    return AgentEnvironment(egress=HttpEgress(hosts), mcp_servers={"shop": server})


SCHEMAS = {
    "price": {
        "properties": {"sku": {"title": "Sku", "type": "string"}},
        "required": ["sku"],
        "type": "object",
        "title": "priceArguments",
    },
    "secret_of_env": {
        "properties": {"name": {"title": "Name", "type": "string"}},
        "required": ["name"],
        "type": "object",
        "title": "secret_of_envArguments",
    },
    "key_of": {"properties": {}, "type": "object", "title": "key_ofArguments"},
}


def granted(name: str, *, error_known: bool = True) -> ToolGrant:
    schema = SCHEMAS.get(name) or {**SCHEMAS["price"], "title": f"{name}Arguments"}
    config = {"server": "shop", "tool": name}
    return ToolGrant(name, "mcp", "d", "read", schema, schema_hash(schema), config, error_known=error_known)


def call(
    server: McpServer, name: str, arguments: dict[str, Any] | None = None, *, error_known: bool = True
) -> ToolOutcome:
    async def scenario() -> ToolOutcome:
        tool = AgentRegistry(environment(server)).get_tool(contract(), granted(name, error_known=error_known))
        return await tool.call(ToolRequest({"sku": "A-1"} if arguments is None else arguments, "key-1", "a", 1))

    return asyncio.run(scenario())


def hash_now(server: McpServer, name: str) -> str:
    return asyncio.run(AgentRegistry(environment(server)).get_tool(contract(), granted(name)).schema_hash())


def test_a_tool_is_called_over_stdio(tmp_path: Path) -> None:
    file = tmp_path / "effects"
    assert call(over_stdio(file), "price") == ToolDone({"sku": "A-1", "price": 3})
    assert file.read_text() == "price A-1\n"


def test_a_tool_is_called_over_http(over_http: McpServer) -> None:
    assert call(over_http, "price") == ToolDone({"sku": "A-1", "price": 3})


def test_the_schema_that_it_has_now_is_asked_for(over_http: McpServer) -> None:
    assert hash_now(over_http, "price") == granted("price").schema_hash
    assert hash_now(over_http, "no_such_tool") == ""


def test_a_tool_that_has_changed_since_it_was_approved_is_not_called(tmp_path: Path) -> None:
    changed = over_stdio(tmp_path / "effects", CHANGED="yes")
    assert call(changed, "changing") == ToolFailed("the schema of changing has changed since it was approved")
    assert hash_now(changed, "changing") != granted("changing").schema_hash


@pytest.mark.parametrize(("error_known", "outcome"), [(True, ToolFailed), (False, ToolUnknown)])
def test_an_error_of_a_tool_means_what_the_contract_says(
    error_known: bool, outcome: type[ToolFailed | ToolUnknown], over_http: McpServer
) -> None:
    answered = call(over_http, "broken", error_known=error_known)
    assert isinstance(answered, outcome)
    assert "no such product A-1" in answered.reason


def test_a_call_carries_the_key_under_which_it_may_be_repeated(over_http: McpServer) -> None:
    assert call(over_http, "key_of", {}) == ToolDone({"result": "key-1"})


def test_a_server_that_ends_in_the_middle_leaves_open_what_was_done(tmp_path: Path) -> None:
    file = tmp_path / "effects"
    assert isinstance(call(over_stdio(file), "ends"), ToolUnknown)
    assert file.read_text() == "ends A-1\n"


def test_a_server_that_cannot_be_started_did_nothing() -> None:
    outcome = call(McpServer(("no-such-program-here",)), "price")
    assert isinstance(outcome, ToolFailed)
    assert outcome.retryable


def test_secrets_reach_a_server_through_its_environment_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEWAY_SECRET_SHOP", "s3cret")
    server = over_stdio(tmp_path / "effects", TOKEN="{{secrets.SHOP}}")
    assert call(server, "secret_of_env", {"name": "TOKEN"}) == ToolDone({"result": "s3cret"})
    assert call(server, "secret_of_env", {"name": "LANEWAY_SECRET_SHOP"}) == ToolDone({"result": "nothing"})


def test_the_way_out_holds_for_a_server_over_http(over_http: McpServer) -> None:
    async def scenario() -> ToolOutcome:
        closed = AgentEnvironment(egress=HttpEgress(), mcp_servers={"shop": over_http})
        tool = AgentRegistry(closed).get_tool(contract(), granted("price"))
        return await tool.call(ToolRequest({"sku": "A-1"}, "key-1", "a", 1))

    outcome = asyncio.run(scenario())
    assert isinstance(outcome, ToolFailed)
    assert "egress_denied" in outcome.reason


def test_a_server_that_the_settings_do_not_name_is_refused() -> None:
    with pytest.raises(Refused, match="name no MCP server 'shop'"):
        AgentRegistry(AgentEnvironment()).get_tool(contract(), granted("price"))


def test_the_tools_of_a_server_are_listed(over_http: McpServer) -> None:
    found = asyncio.run(listed(over_http, environment(over_http)))
    assert {"price", "broken", "changing"} <= {tool.name for tool in found}
