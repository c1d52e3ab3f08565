"""The adapter `a2a` over the wire, against the protocol's own server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.agents.a2a_server import RemoteAgent, serving_a2a
from tests.agents.requests import contract, request

from laneway.agents.a2a import create
from laneway.agents.egress import HttpEgress
from laneway.agents.environment import AgentEnvironment
from laneway.agents.governed import GovernedEgress
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentRefused, AgentResult, SystemRule


def asked(remote: RemoteAgent, *, allowed: bool = True, **changes: Any) -> AgentResult:
    async def play() -> AgentResult:
        async with serving_a2a(remote) as host:
            egress = HttpEgress((host,) if allowed else ())
            agent = create({"url": f"http://{host}/", "poll": 0.05}, AgentEnvironment(egress=egress))
            return await agent.run(request(contract("a2a"), **changes))

    return asyncio.run(play())


def test_a_task_is_sent_followed_and_its_artifact_taken() -> None:
    # Given an agent that takes its time; when it is asked; then its data are the output, with whole numbers whole.
    remote = RemoteAgent("slow", {"label": "b", "count": 3, "score": 0.5}, seconds=0.2)
    result = asked(remote, input={"text": "hello", "count": 2})
    assert isinstance(result, AgentCompleted)
    assert result.output == {"label": "b", "count": 3, "score": 0.5}
    assert isinstance(result.output["count"], int)
    assert remote.inputs == [{"text": "hello", "count": 2}]


def test_every_attempt_has_the_same_message_id() -> None:
    remote = RemoteAgent()
    for attempt in (1, 2):
        asked(remote, attempt=attempt)
    assert remote.ids == ["job-4711", "job-4711"]


@pytest.mark.parametrize(
    ("mode", "kind", "said"),
    [
        ("asks", AgentRefused, "which order?"),
        ("rejects", AgentRefused, "not my trade"),
        ("fails", AgentFailed, "out of paper"),
    ],
)
def test_what_it_does_not_do_takes_a_path(mode: str, kind: type[AgentResult], said: str) -> None:
    result = asked(RemoteAgent(mode))
    assert isinstance(result, kind)
    assert isinstance(result, AgentFailed | AgentRefused)
    assert said in result.reason


def test_a_task_that_nobody_waits_for_is_cancelled_there() -> None:
    remote = RemoteAgent("slow", seconds=5)

    async def play() -> None:
        async with serving_a2a(remote) as host:
            egress = HttpEgress((host,))
            agent = create({"url": f"http://{host}/", "poll": 0.05}, AgentEnvironment(egress=egress))
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(agent.run(request(contract("a2a"))), 0.5)

    asyncio.run(play())
    assert len(remote.cancelled) == 1


def test_it_goes_through_the_way_out() -> None:
    # Given an operator, or a contract, that does not let it out, when it is asked, then nothing arrives.
    remote = RemoteAgent()
    refused = asked(remote, allowed=False)
    assert isinstance(refused, AgentFailed)
    assert (refused.reason.split(":")[0], refused.retryable, remote.ids) == ("egress_denied", False, [])


def test_the_contract_names_where_it_may_go() -> None:
    remote = RemoteAgent()

    async def play() -> AgentResult:
        async with serving_a2a(remote) as host:
            agreed = contract("a2a", systems=(SystemRule("other", ("agents.example.com",), "write"),))
            egress = GovernedEgress(HttpEgress((host,)), agreed)
            agent = create({"url": f"http://{host}/"}, AgentEnvironment(egress=egress))
            return await agent.run(request(agreed))

    assert isinstance(asyncio.run(play()), AgentFailed)
    assert remote.ids == []


@pytest.mark.parametrize(
    "config", [{}, {"url": "ftp://x"}, {"url": "http://x", "poll": 0}, {"url": "http://x", "a": 1}]
)
def test_a_wrong_config_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"url|poll|unknown"):
        create(config, AgentEnvironment())
