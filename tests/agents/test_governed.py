"""Adapters are given the way out that their contract allows, over a real wire."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from tests.agents.requests import contract, request
from tests.agents.servers import Answer, Received, answers, serving

from laneway.agents.egress import HttpEgress
from laneway.agents.environment import AgentEnvironment
from laneway.agents.governed import recorded
from laneway.agents.halting import Halted, asking
from laneway.agents.registry import AgentRegistry
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentResult, SystemRule


def asked(
    systems: Any, handler: Any = lambda received: answers({"kind": "x"})
) -> tuple[AgentResult, list[Any], list[Any]]:
    """Result, requests that the server got, and calls on the record; ``systems`` is made from the server's host."""

    async def ask() -> tuple[AgentResult, list[Any], list[Any]]:
        async with serving(handler) as server:
            registry = AgentRegistry(AgentEnvironment(egress=HttpEgress([server.host])))
            agreed = contract("http", {"url": f"{server.url}/classify"}, systems=systems(server.host))
            with recorded() as calls:
                result = await asyncio.wait_for(registry.get_adapter(agreed).run(request(agreed)), 10)
            return result, server.received, calls

    return asyncio.run(ask())


def test_a_request_to_a_system_of_the_contract_goes_and_is_on_record() -> None:
    result, received, (call,) = asked(
        lambda host: (SystemRule("mine", (host,), operations={"POST /classify": "read"}),)
    )

    assert isinstance(result, AgentCompleted)
    assert len(received) == 1
    assert call == {
        "system": "mine",
        "operation": "POST /classify",
        "host": "127.0.0.1",
        "access": "read",
        "status": 200,
    }


@pytest.mark.parametrize(
    "rules",
    [
        lambda host: (),
        lambda host: (SystemRule("other", ("shop.example.com",), "write"),),
        lambda host: (SystemRule("mine", (host,), "read"),),
        lambda host: (SystemRule("mine", (host,), "write", {"POST /classify": "needs_approval"}),),
    ],
)
def test_what_the_contract_does_not_allow_is_never_sent(rules: Any) -> None:
    result, received, (call,) = asked(rules)

    assert isinstance(result, AgentFailed)
    assert result.reason.startswith("egress_denied: ")
    assert (result.retryable, received) == (False, [])
    assert "refused" in call


def test_without_systems_the_operator_alone_decides_and_the_call_is_on_record() -> None:
    result, _, (call,) = asked(lambda host: None)

    assert isinstance(result, AgentCompleted)
    assert (call["operation"], call["status"]) == ("POST", 200)


def test_a_redirect_does_not_lead_out_of_the_contract() -> None:
    # Given a service that sends its callers on to another place of the same host, for which the contract does not speak
    def handler(received: Received) -> Answer:
        return Answer(307, b"", {"Location": "/admin"}) if received.path == "/classify" else answers({"kind": "x"})

    # When the agent asks it
    result, received, calls = asked(
        lambda host: (SystemRule("mine", (host,), operations={"POST /classify": "read"}),), handler
    )

    # Then it is not followed
    assert isinstance(result, AgentFailed)
    assert [each.path for each in received] == ["/classify"]
    assert [("refused" in call) for call in calls] == [False, True]


@pytest.mark.parametrize("name", ["mine", "127.0.0.1"])
def test_a_system_that_is_stopped_is_not_asked(name: str) -> None:
    # Given a kill switch over a system, by its name or its host; when an agent wants to reach it; then nothing is sent.
    async def why_not(model: str | None, tools: Sequence[str]) -> str | None:
        return "stopped" if name in tools else None

    async def ask() -> list[Received]:
        async with serving(lambda received: answers({"kind": "x"})) as server:
            registry = AgentRegistry(AgentEnvironment(egress=HttpEgress([server.host])))
            rules = (SystemRule("mine", (server.host,), operations={"POST /classify": "read"}),)
            agreed = contract("http", {"url": f"{server.url}/classify"}, systems=rules)
            with asking(why_not), pytest.raises(Halted):
                await registry.get_adapter(agreed).run(request(agreed))
            return server.received

    assert asyncio.run(ask()) == []
