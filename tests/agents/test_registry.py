"""Contracts find their adapters, and a name that leads nowhere says where it could lead."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.agents.requests import contract, request

from laneway.agents.environment import AgentEnvironment
from laneway.agents.governed import GovernedEgress
from laneway.agents.python import PythonAgent, register_function
from laneway.agents.registry import AgentRegistry
from laneway.agents.scripted import ScriptedAgent, ScriptedBug, create
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentRefused, AgentRequest, AgentResult
from laneway.domain.errors import NotFound, Refused


def scripted(**config: Any) -> ScriptedAgent:
    return ScriptedAgent({"*": [config]})


def test_installed_adapters_are_found_by_their_entry_points() -> None:
    assert {"http", "llm", "local", "openai", "python", "scripted"} <= set(AgentRegistry().names())


def test_an_installed_adapter_is_made_from_the_contracts_config() -> None:
    found = AgentRegistry().get_adapter(contract("scripted", {"answers": {"*": {"output": {"a": 1}}}}))

    result = asyncio.run(found.run(request()))

    assert isinstance(result, AgentCompleted)
    assert result.output == {"a": 1}


def test_an_adapter_is_made_once_per_contract() -> None:
    registry = AgentRegistry()
    first = contract("scripted", {"answers": {"*": {"refuse": "x"}}}, hash="one")
    second = contract("scripted", {"answers": {"*": {"refuse": "x"}}}, hash="two")

    assert registry.get_adapter(first) is registry.get_adapter(first)
    assert registry.get_adapter(first) is not registry.get_adapter(second)


def test_registered_adapters_come_first_and_replace_kept_ones() -> None:
    registry = AgentRegistry()
    agreed = contract("scripted", {"answers": {"*": {"refuse": "x"}}}, hash="one")
    kept = registry.get_adapter(agreed)
    mine = scripted(refuse="mine")

    registry.register("scripted", lambda config: mine)

    assert registry.get_adapter(agreed) is mine
    assert kept is not mine


def test_a_factory_may_take_the_environment() -> None:
    given: list[AgentEnvironment] = []

    def factory(config: Mapping[str, Any], environment: AgentEnvironment) -> ScriptedAgent:
        given.append(environment)
        return scripted(refuse="x")

    environment = AgentEnvironment()
    registry = AgentRegistry(environment)
    registry.register("mine", factory)

    registry.get_adapter(contract("mine"))

    (had,) = given
    assert replace(had, egress=None) == environment
    assert isinstance(had.egress, GovernedEgress)


def test_an_unknown_adapter_names_those_there_are() -> None:
    with pytest.raises(
        NotFound, match=r"no adapter 'lokal'; installed are a2a, gateway, http, llm, local, openai"
    ) as caught:
        AgentRegistry().get_adapter(contract("lokal"))
    assert caught.value.code == "unknown_adapter"


def test_a_config_that_an_adapter_refuses_is_said_to_its_author() -> None:
    with pytest.raises(
        Refused, match="agent 'assistant': the adapter 'http' refuses its config: `url` is missing"
    ) as caught:
        AgentRegistry().get_adapter(contract("http"))
    assert caught.value.code == "adapter_config"


def python_agent(function: str, **environment: Any) -> PythonAgent:
    registry = AgentRegistry(AgentEnvironment(**environment))
    found = registry.get_adapter(contract("python", {"function": function}))
    assert isinstance(found, PythonAgent)
    return found


def test_a_function_is_found_by_its_name() -> None:
    register_function("shout", lambda given: {"text": given.input["text"].upper()})

    result = asyncio.run(python_agent("shout").run(request()))

    assert isinstance(result, AgentCompleted)
    assert result.output == {"text": "HELLO"}
    assert (result.model, result.method) == ("shout", "Python function")


def test_a_function_may_be_async_and_give_a_whole_result() -> None:
    async def refuse(given: AgentRequest) -> AgentResult:
        await asyncio.sleep(0)
        return AgentRefused("never")

    result = asyncio.run(python_agent("f", functions={"f": refuse}).run(request()))

    assert isinstance(result, AgentRefused)


def test_a_function_that_gives_no_mapping_fails() -> None:
    result = asyncio.run(python_agent("f", functions={"f": lambda given: 5}).run(request()))

    assert isinstance(result, AgentFailed)
    assert not result.retryable


def test_a_bug_in_a_function_is_raised() -> None:
    def broken(given: AgentRequest) -> Mapping[str, Any]:
        return {"a": given.input["b"]}

    with pytest.raises(KeyError):
        asyncio.run(python_agent("f", functions={"f": broken}).run(request()))


def test_a_config_cannot_import_what_it_likes() -> None:
    with pytest.raises(Refused, match="no function 'os:system'"):
        python_agent("os:system")


def test_a_function_that_the_operator_allows_is_imported() -> None:
    allowed = "tests.agents.functions:greet"

    result = asyncio.run(python_agent(allowed, allowed_functions=frozenset({allowed})).run(request()))

    assert isinstance(result, AgentCompleted)
    assert result.output == {"greeting": "hello you"}


@pytest.mark.parametrize(
    "name", ["tests.agents.functions:missing", "tests.agents.nowhere:greet", "tests.agents.functions:NAME"]
)
def test_an_allowed_function_that_is_not_there_is_said_so(name: str) -> None:
    with pytest.raises(Refused, match=r"cannot be loaded|is not a function"):
        python_agent(name, allowed_functions=frozenset({name}))


def run_script(answers: Mapping[str, Any], *elements: str) -> list[AgentResult]:
    agent = create({"answers": answers})
    return [asyncio.run(agent.run(request(element_id=element))) for element in elements]


def test_a_script_answers_call_by_call_and_repeats_its_last_answer() -> None:
    results = run_script({"A": [{"fail": "down"}, {"output": {"n": 2}, "confidence": 0.5}]}, "A", "A", "A")

    assert isinstance(results[0], AgentFailed)
    assert isinstance(results[1], AgentCompleted)
    assert results[1].confidence == 0.5
    assert results[1] == results[2]


def test_a_script_knows_elements_and_the_others() -> None:
    results = run_script({"A": {"output": {"a": 1}}, "*": {"refuse": "no"}}, "B", "A")

    assert isinstance(results[0], AgentRefused)
    assert isinstance(results[1], AgentCompleted)


def test_a_script_without_an_answer_fails_plainly() -> None:
    (result,) = run_script({"A": {"output": {}}}, "B")

    assert isinstance(result, AgentFailed)
    assert "'B'" in result.reason


def test_a_script_can_have_a_bug() -> None:
    with pytest.raises(ScriptedBug):
        run_script({"*": {"raise": "boom"}}, "A")


@pytest.mark.parametrize(
    "answers", [None, {}, {"A": {}}, {"A": {"output": {}, "fail": "x"}}, {"A": {"output": {}, "speed": 1}}, {"A": [5]}]
)
def test_a_wrong_script_is_refused(answers: Any) -> None:
    with pytest.raises(ValueError, match="answers"):
        create({"answers": answers})
