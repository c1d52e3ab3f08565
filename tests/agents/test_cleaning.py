"""A secret that was given out does not come back: neither from what succeeds nor from what fails, whatever the adapter."""

from __future__ import annotations

import asyncio
import base64
import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from tests.agents.a2a_server import RemoteAgent, serving_a2a
from tests.agents.requests import contract, request
from tests.agents.servers import Answer, Received, answers, serving
from tests.agents.test_http_and_openai import completion
from tests.agents.test_llm import anthropic_message
from tests.agents.test_mcp import call, over_stdio

from laneway.agents.budgets import GuardedModel
from laneway.agents.chat import Message, Reply, ToolCall
from laneway.agents.cleaning import HIDDEN, clean, clean_bytes, remember
from laneway.agents.egress import HttpEgress
from laneway.agents.environment import AgentEnvironment
from laneway.agents.registry import AgentRegistry
from laneway.agents.scripted_model import ScriptedModel
from laneway.agents.tools.base import ToolDone, ToolOutcome, ToolRequest
from laneway.domain.contract import AgentContract, AgentResult
from laneway.domain.tools import ToolGrant

SECRET = 'k€y/"of the safe"+1'
ASCII = "key-of-the/safe+17"
RICH = {"Content-Type": "application/vnd.laneway.agent+json"}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEWAY_SECRET_SAFE", ASCII)


def run(adapter: str, handler: Any, config: Mapping[str, Any]) -> AgentResult:
    async def scenario() -> AgentResult:
        async with serving(handler) as server:
            made = {name: str(value).replace("URL", server.url) for name, value in config.items() if name != "headers"}
            agreed = contract(adapter, {**made, **({"headers": config["headers"]} if "headers" in config else {})})
            registry = AgentRegistry(AgentEnvironment(egress=HttpEgress([server.host])))
            return await registry.get_adapter(agreed).run(request(agreed))

    return asyncio.run(scenario())


def told(received: Received) -> str:
    """As a server repeats it."""
    return received.headers.get("x-api-key") or received.headers["authorization"]


def rich(received: Received) -> Answer:
    said = told(received)
    return answers({"output": {"text": said}, "rationale": said, "sources": [{"name": said}]}, headers=RICH)


TOKEN = {"headers": {"Authorization": "Bearer {{secrets.SAFE}}"}}


@pytest.mark.parametrize(
    ("adapter", "handler", "config"),
    [
        ("http", rich, {"url": "URL/", **TOKEN}),
        ("http", lambda received: answers({"text": told(received)}), {"url": "URL/", **TOKEN}),
        ("http", lambda received: answers({"refused": told(received)}, headers=RICH), {"url": "URL/", **TOKEN}),
        (
            "openai",
            lambda received: completion({"text": told(received)}),
            {"base_url": "URL/v1", "model": "m", "api_key": "{{secrets.SAFE}}"},
        ),
        (
            "openai",
            lambda received: answers({"error": {"message": told(received)}}, 401),
            {"base_url": "URL/v1", "model": "m", "api_key": "{{secrets.SAFE}}"},
        ),
        (
            "llm",
            lambda received: completion({"text": told(received)}),
            {"base_url": "URL/v1", "model": "m", "api_key": "{{secrets.SAFE}}"},
        ),
        (
            "llm",
            lambda received: anthropic_message({"type": "text", "text": json.dumps({"text": told(received)})}),
            {
                "provider": "anthropic",
                "base_url": "URL",
                "model": "m",
                "structured": "none",
                "api_key": "{{secrets.SAFE}}",
            },
        ),
    ],
)
def test_an_adapter_over_http_gives_no_secret_back(adapter: str, handler: Any, config: Mapping[str, Any]) -> None:
    # Given a server that repeats what it was sent; when the agent answers; then the secret is not in it, and the rest is.
    result = run(adapter, handler, config)
    assert ASCII not in repr(result)
    assert HIDDEN in repr(result).replace("\\\\u2022", "•")


def test_an_agent_of_another_house_gives_no_secret_back() -> None:
    # Given an agent over A2A that knows the token; when it answers with it; then it is not in the answer.
    async def scenario() -> AgentResult:
        async with serving_a2a(RemoteAgent(output={"text": f"Bearer {ASCII}"})) as host:
            registry = AgentRegistry(AgentEnvironment(egress=HttpEgress([host])))
            agreed = contract("a2a", {"url": f"http://{host}/", "poll": 0.05, **TOKEN})
            return await registry.get_adapter(agreed).run(request(agreed))

    assert repr(asyncio.run(scenario())).count(HIDDEN) == 1


def test_a_tool_over_http_gives_no_secret_back() -> None:
    async def scenario() -> ToolOutcome:
        async with serving(lambda received: answers({"said": told(received)})) as server:
            config = {"method": "GET", "url": f"{server.url}/x", **TOKEN}
            grant = ToolGrant("look", "http", "d", "read", {"type": "object"}, "", config)
            tool = AgentRegistry(AgentEnvironment(egress=HttpEgress([server.host]))).get_tool(contract(), grant)
            return await tool.call(ToolRequest({}, "key-1", "a", 1))

    assert asyncio.run(scenario()) == ToolDone({"said": f"Bearer {HIDDEN}"})


def test_a_tool_over_stdio_gives_no_secret_back(tmp_path: Path) -> None:
    # Given an MCP server that is started with a secret; when its tool tells it; then it is not in the result.
    server = over_stdio(tmp_path / "effects", TOKEN="{{secrets.SAFE}}")
    assert call(server, "secret_of_env", {"name": "TOKEN"}) == ToolDone({"result": HIDDEN})


def test_what_a_model_replies_is_clean() -> None:
    # Given a secret that was given out; when a model writes it into a text and a call; then it stands in neither.
    remember(ASCII)
    said = Reply(f"it is {ASCII}", (ToolCall("1", "send", {"text": [ASCII]}),))
    model = GuardedModel(lambda name: ScriptedModel([said]), "m")
    reply = asyncio.run(model.reply([Message("user", "tell me")]))
    assert (reply.text, reply.tool_calls[0].arguments) == (f"it is {HIDDEN}", {"text": [HIDDEN]})


def test_as_json_and_urls_write_it_is_found_too() -> None:
    # Given a secret with signs that are written otherwise; when it comes back so; then it is found.
    remember(SECRET)
    written = json.dumps([SECRET]).encode() + json.dumps([SECRET], ensure_ascii=False).encode()
    assert json.dumps(SECRET)[1:-1].encode() not in clean_bytes(written)
    assert clean_bytes(written).decode().count(HIDDEN) == 2
    assert clean("?key=k%E2%82%ACy%2F%22of%20the%20safe%22%2B1") == f"?key={HIDDEN}"


def test_what_is_short_is_left_alone() -> None:
    # Given a secret that stands in many words; when it is opened; then texts stay readable.
    remember("cat")
    assert clean({"a": ["concatenate", 1, None]}) == {"a": ["concatenate", 1, None]}


@pytest.mark.parametrize(
    "written",
    [
        lambda text: base64.b64encode(text).decode(),
        lambda text: base64.b64encode(b"Bearer " + text).decode(),
        lambda text: base64.urlsafe_b64encode(b"user:" + text + b"!").decode(),
        lambda text: text.hex(),
        lambda text: text.hex().upper(),
        lambda text: quote(text),
        lambda text: quote_plus(text),
        lambda text: (
            quote(text, safe="").replace("%3C", "%3c").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3F", "%3f")
        ),
        lambda text: html.escape(text.decode()),
        lambda text: json.dumps(text.decode()).replace("<", "\\u003c"),
    ],
)
def test_a_secret_is_known_as_others_write_it(written: Callable[[bytes], str]) -> None:
    # Given a secret; when it comes back as encodings write it; then what is left says nothing of it.
    secret = "sk-ABC/def+ghi?jkl<mno"
    remember(secret)
    said = clean(f"you sent {written(secret.encode())} here")
    assert HIDDEN in said
    assert len(said) <= len("you sent  here") + len(base64.b64encode(b"Bearer ")) + 8


def test_a_contract_without_secrets_remembers_none() -> None:
    # Given a fixed header; when an adapter is asked; then what it says stays as it is.
    agreed: AgentContract = contract("http", {"url": "URL/", "headers": {"X-Team": "north-and-south"}})
    found = run("http", lambda received: answers({"text": received.headers["x-team"]}), dict(agreed.config))
    assert "north-and-south" in repr(found)
