"""One suite, every adapter: what the worker around them relies on. A new adapter adds a case to ``CASES``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from tests.agents.a2a_server import RemoteAgent, serving_a2a
from tests.agents.requests import contract, request
from tests.agents.servers import Answer, Received, answers, serving
from tests.agents.test_http_and_openai import completion

from laneway.agents.egress import HttpEgress
from laneway.agents.environment import AgentEnvironment
from laneway.agents.registry import AgentRegistry
from laneway.domain.contract import AgentCompleted, AgentContract, AgentFailed, AgentRefused, AgentRequest, AgentResult
from laneway.governance.gate import Accepted, check_result
from laneway.ports import AgentAdapter

SLOW = 0.6
OUTPUT = {"label": "a", "score": 0.1}


@dataclass
class Stage:
    """An adapter made by the registry from a contract, a request that it can do, and the keys that others saw of it."""

    adapter: AgentAdapter
    contract: AgentContract
    input: Mapping[str, Any]
    keys_seen: list[str] = field(default_factory=list)

    async def run(self, **changes: Any) -> AgentResult:
        return await self.adapter.run(request(self.contract, input=self.input, **changes))


Case = Callable[[str], AbstractAsyncContextManager[Stage]]
"""Given ``works``, ``slow`` or ``down``."""


def stage(name: str, config: Mapping[str, Any], environment: AgentEnvironment, input: Mapping[str, Any]) -> Stage:
    agreed = contract(name, config)
    return Stage(AgentRegistry(environment).get_adapter(agreed), agreed, input)


@asynccontextmanager
async def scripted(mode: str) -> AsyncIterator[Stage]:
    answer: dict[str, Any] = {"fail": "down"} if mode == "down" else {"output": OUTPUT, "confidence": 0.9}
    config = {"answers": {"*": {**answer, "delay": SLOW if mode == "slow" else 0}}}
    yield stage("scripted", config, AgentEnvironment(), {"text": "x"})


@asynccontextmanager
async def python_async(mode: str) -> AsyncIterator[Stage]:
    keys: list[str] = []

    async def function(given: AgentRequest) -> AgentResult:
        keys.append(given.idempotency_key)
        if mode == "slow":
            await asyncio.sleep(SLOW)
        return AgentFailed("down") if mode == "down" else AgentCompleted(OUTPUT, model="f", method="function")

    made = stage("python", {"function": "f"}, AgentEnvironment(functions={"f": function}), {"text": "x"})
    made.keys_seen = keys
    yield made


@asynccontextmanager
async def python_thread(mode: str) -> AsyncIterator[Stage]:
    keys: list[str] = []

    def function(given: AgentRequest) -> Mapping[str, Any] | AgentResult:
        keys.append(given.idempotency_key)
        if mode == "slow":
            time.sleep(SLOW)
        return AgentFailed("down") if mode == "down" else OUTPUT

    made = stage("python", {"function": "f"}, AgentEnvironment(functions={"f": function}), {"text": "x"})
    made.keys_seen = keys
    yield made


@asynccontextmanager
async def over_http(
    mode: str, name: str, good: Answer, config: Callable[[str], dict[str, Any]]
) -> AsyncIterator[Stage]:
    keys: list[str] = []

    def handler(received: Received) -> Answer:
        keys.append(received.headers["idempotency-key"])
        if mode == "down":
            return answers({}, 503)
        return Answer(good.status, good.body, good.headers, SLOW if mode == "slow" else 0)

    async with serving(handler) as server:
        environment = AgentEnvironment(egress=HttpEgress([server.host]))
        made = stage(name, config(server.url), environment, {"text": "x", "amount": Decimal("1.10")})
        made.keys_seen = keys
        yield made


def http(mode: str) -> AbstractAsyncContextManager[Stage]:
    return over_http(mode, "http", answers(OUTPUT), lambda url: {"url": url})


def openai(mode: str) -> AbstractAsyncContextManager[Stage]:
    return over_http(mode, "openai", completion(OUTPUT), lambda url: {"base_url": url, "model": "tiny"})


def llm(mode: str) -> AbstractAsyncContextManager[Stage]:
    return over_http(mode, "llm", completion(OUTPUT), lambda url: {"base_url": url, "model": "tiny"})


@asynccontextmanager
async def a2a(mode: str) -> AsyncIterator[Stage]:
    remote = RemoteAgent({"down": "fails"}.get(mode, mode), OUTPUT, SLOW)
    async with serving_a2a(remote) as host:
        environment = AgentEnvironment(egress=HttpEgress([host]))
        made = stage("a2a", {"url": f"http://{host}/", "poll": 0.05}, environment, {"text": "x"})
        made.keys_seen = remote.ids
        yield made


@asynccontextmanager
async def local(mode: str) -> AsyncIterator[Stage]:
    config: dict[str, Any] = {"task": "classify", "labels": {"delivery": "a parcel", "invoice": "a bill"}}
    if mode == "slow":
        config = {"task": "summarise", "sentences": 1}
    text = (
        " ".join(f"Sentence number {index} speaks of parcel {index}." for index in range(60))
        if mode == "slow"
        else "My parcel"
    )
    yield stage("local", config, AgentEnvironment(), {} if mode == "down" else {"text": text})


CASES: dict[str, Case] = {
    "scripted": scripted,
    "python, async": python_async,
    "python, in a thread": python_thread,
    "http": http,
    "openai": openai,
    "llm": llm,
    "a2a": a2a,
    "local": local,
}
EFFECTS_OUTSIDE = ("python, async", "python, in a thread", "http", "openai", "llm", "a2a")


@pytest.fixture(params=CASES, ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def test_a_result_passes_the_gate_with_exact_numbers(case: Case) -> None:
    async def scenario() -> tuple[AgentContract, AgentResult]:
        async with case("works") as made:
            return made.contract, await made.run()

    agreed, result = asyncio.run(scenario())

    accepted = check_result(agreed, result)
    assert isinstance(accepted, Accepted)
    assert all(not isinstance(value, float) for value in accepted.variables.values())
    if "score" in accepted.variables:
        assert accepted.variables["score"] == Decimal("0.1")


def test_a_result_says_how_it_came_about(case: Case) -> None:
    async def scenario() -> AgentResult:
        async with case("works") as made:
            return await made.run()

    result = asyncio.run(scenario())

    assert isinstance(result, AgentCompleted)
    assert result.method
    assert result.usage.seconds >= 0


def test_what_cannot_be_done_is_returned_not_raised(case: Case) -> None:
    async def scenario() -> AgentResult:
        async with case("down") as made:
            return await made.run()

    result = asyncio.run(scenario())

    assert isinstance(result, AgentFailed | AgentRefused)
    assert result.reason


def test_it_can_be_given_up_at_any_time(case: Case) -> None:
    async def scenario() -> None:
        async with case("slow") as made:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await made.run()

    asyncio.run(scenario())


def test_one_adapter_serves_many_jobs_at_once(case: Case) -> None:
    async def scenario() -> list[AgentResult]:
        async with case("works") as made:
            return list(await asyncio.gather(*(made.run(job_key=key) for key in range(5))))

    results = asyncio.run(scenario())

    assert all(isinstance(result, AgentCompleted) for result in results)
    assert len({repr(result.output) for result in results if isinstance(result, AgentCompleted)}) == 1


@pytest.mark.parametrize("name", EFFECTS_OUTSIDE)
def test_every_attempt_carries_the_same_idempotency_key(name: str) -> None:
    async def scenario() -> list[str]:
        async with CASES[name]("works") as made:
            await made.run(attempt=1, idempotency_key="job-7")
            await made.run(attempt=2, idempotency_key="job-7")
            return made.keys_seen

    assert asyncio.run(scenario()) == ["job-7", "job-7"]
