"""What goes over the wire to language models by the adapter `llm`, and how each of their answers is read: two APIs, one behaviour."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.agents.requests import contract, request
from tests.agents.servers import Answer, Handler, Received, answers, serving
from tests.agents.test_http_and_openai import completion

from laneway.agents import llm
from laneway.agents.chat import Message, ModelFault, Reply, ToolCall, ToolDescription
from laneway.agents.egress import HttpEgress
from laneway.agents.environment import AgentEnvironment
from laneway.agents.governed import GovernedEgress
from laneway.domain.contract import AgentCompleted, AgentFailed, AgentRefused, AgentRequest, AgentResult, SystemRule

LOOK_UP = ToolDescription(
    "look_up", "Looks a product up", {"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]}
)
SCHEMA = {"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}


def anthropic_message(*content: Mapping[str, Any], **changes: Any) -> Answer:
    return answers(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "tiny-1",
            "content": list(content),
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 100, "output_tokens": 20},
            **changes,
        }
    )


def created(base_url: str, host: str, config: Mapping[str, Any]) -> llm.LlmAgent:
    return llm.create({"base_url": base_url, "model": "tiny", **config}, AgentEnvironment(egress=HttpEgress([host])))


def base(url: str, config: Mapping[str, Any]) -> str:
    return url if config.get("provider") == "anthropic" else f"{url}/v1"


def run(
    handler: Handler, config: Mapping[str, Any] | None = None, given: AgentRequest | None = None
) -> tuple[AgentResult, list[Received]]:
    async def scenario() -> tuple[AgentResult, list[Received]]:
        async with serving(handler) as server:
            agent = created(base(server.url, config or {}), server.host, config or {})
            return await agent.run(given or request()), server.received

    return asyncio.run(scenario())


def say(
    handler: Handler, messages: Sequence[Message], config: Mapping[str, Any] | None = None
) -> tuple[Reply, Received]:
    async def scenario() -> tuple[Reply, Received]:
        async with serving(handler) as server:
            model = created(base(server.url, config or {}), server.host, config or {}).model_named(None)
            return await model.reply(messages, [LOOK_UP], output_schema=SCHEMA), server.received[0]

    return asyncio.run(scenario())


def test_the_chat_completions_api_is_asked_for_the_contracts_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEWAY_SECRET_KEY", "sk-12345678")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-this-machine")
    config = {
        "api_key": "{{secrets.KEY}}",
        "system": "Classify.",
        "prompt": "Look at {{input.text}} please",
        "temperature": Decimal("0.2"),
        "price": {"currency": "EUR", "input_per_million": 1000, "output_per_million": 5000},
    }

    result, (received,) = run(
        lambda _: completion({"label": "a"}), config, request(contract("llm", output_schema=SCHEMA))
    )

    assert isinstance(result, AgentCompleted)
    assert (result.output, result.model) == ({"label": "a"}, "tiny-1")
    assert (result.usage.input_tokens, result.usage.output_tokens) == (100, 20)
    assert (result.usage.cost, result.usage.currency) == (0.2, "EUR")
    assert received.path == "/v1/chat/completions"
    assert received.headers["authorization"] == "Bearer sk-12345678"
    assert received.headers["idempotency-key"] == "job-4711"
    assert not [name for name in received.headers if name.startswith(("x-stainless", "openai-"))]
    body = received.json()
    assert body["temperature"] == 0.2
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert body["messages"][0]["content"].startswith("Classify.\n\n")
    assert body["messages"][1]["content"] == 'Look at <data name="input.text">"hello"</data> please'


def test_anthropic_is_asked_for_the_contracts_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEWAY_SECRET_KEY", "sk-12345678")
    said = {"type": "tool_use", "id": "t1", "name": "final_result", "input": {"label": "a"}}

    result, (received,) = run(
        lambda _: anthropic_message(said, stop_reason="tool_use"),
        {"provider": "anthropic", "api_key": "{{secrets.KEY}}", "system": "Classify."},
        request(contract("llm", output_schema=SCHEMA)),
    )

    assert isinstance(result, AgentCompleted)
    assert (result.output, result.model) == ({"label": "a"}, "tiny-1")
    assert (result.usage.input_tokens, result.usage.output_tokens) == (100, 20)
    assert received.path == "/v1/messages"
    assert received.headers["x-api-key"] == "sk-12345678"
    assert "authorization" not in received.headers
    body = received.json()
    assert "Classify." in json.dumps(body["system"])
    assert [tool["name"] for tool in body["tools"]] == ["final_result"]
    assert body["tools"][0]["input_schema"]["properties"] == SCHEMA["properties"]


CALL = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"sku": "A-1", "at": 1.10}'}}


def test_tool_calls_of_the_chat_completions_api_are_read_with_their_digits() -> None:
    reply, received = say(
        lambda _: completion(None, message={"tool_calls": [CALL]}, finish_reason="tool_calls"),
        [Message("system", "s"), Message("user", "u")],
    )

    assert reply.finish_reason == "tool_calls"
    assert reply.tool_calls == (ToolCall("c1", "look_up", {"sku": "A-1", "at": Decimal("1.10")}),)
    assert received.json()["tools"][0]["function"]["name"] == "look_up"


def test_tool_calls_of_anthropic_are_read() -> None:
    use = {"type": "tool_use", "id": "c1", "name": "look_up", "input": {"sku": "A-1"}}

    reply, _ = say(
        lambda _: anthropic_message({"type": "text", "text": "let me see"}, use, stop_reason="tool_use"),
        [Message("user", "u")],
        {"provider": "anthropic"},
    )

    assert (reply.text, reply.tool_calls) == ("let me see", (ToolCall("c1", "look_up", {"sku": "A-1"}),))


def test_arguments_that_are_no_object_stay_what_the_model_wrote() -> None:
    broken = {**CALL, "function": {"name": "look_up", "arguments": '{"sku": "A-1", "sku": "B-2"}'}}

    reply, _ = say(
        lambda _: completion(None, message={"tool_calls": [broken]}, finish_reason="tool_calls"), [Message("user", "u")]
    )

    assert reply.tool_calls[0].arguments == '{"sku": "A-1", "sku": "B-2"}'


HISTORY = (
    Message("system", "s"),
    Message("user", "u"),
    Message("assistant", "", (ToolCall("c1", "look_up", {"sku": "A-1"}),)),
    Message("tool", '{"price": 3}', tool_call_id="c1"),
)


def test_results_go_back_to_the_chat_completions_api_under_their_call() -> None:
    _, received = say(lambda _: completion({"label": "a"}), HISTORY)

    call, result = received.json()["messages"][2:]
    assert call["tool_calls"][0]["id"] == "c1"
    assert json.loads(call["tool_calls"][0]["function"]["arguments"]) == {"sku": "A-1"}
    assert (result["role"], result["tool_call_id"], result["content"]) == ("tool", "c1", '{"price": 3}')


def test_results_go_back_to_anthropic_under_their_call() -> None:
    answer = {"type": "tool_use", "id": "t2", "name": "final_result", "input": {"label": "a"}}

    reply, received = say(
        lambda _: anthropic_message(answer, stop_reason="tool_use"), HISTORY, {"provider": "anthropic"}
    )

    (returned,) = received.json()["messages"][-1]["content"]
    assert (returned["type"], returned["tool_use_id"]) == ("tool_result", "c1")
    assert (reply.finish_reason, json.loads(reply.text)) == ("stop", {"label": "a"})


def test_an_answer_beside_tool_calls_waits_for_their_results() -> None:
    both = [
        {"type": "tool_use", "id": "c1", "name": "look_up", "input": {"sku": "A-1"}},
        {"type": "tool_use", "id": "t1", "name": "final_result", "input": {"label": "guessed"}},
    ]

    reply, _ = say(
        lambda _: anthropic_message(*both, stop_reason="tool_use"), [Message("user", "u")], {"provider": "anthropic"}
    )

    assert (reply.finish_reason, reply.text, len(reply.tool_calls)) == ("tool_calls", "", 1)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize(("status", "retryable"), [(400, False), (401, False), (429, True), (500, True), (503, True)])
def test_statuses_say_whether_trying_again_helps(provider: str, status: int, retryable: bool) -> None:
    result, received = run(lambda _: answers({"error": {"message": "no"}}, status), {"provider": provider})

    assert isinstance(result, AgentFailed)
    assert (result.retryable, len(received)) == (retryable, 1)
    assert str(status) in result.reason


def test_what_the_server_says_is_passed_on_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEWAY_SECRET_KEY", "sk-12345678")

    result, _ = run(
        lambda _: answers({"error": {"message": "the key sk-12345678 has no credit"}}, 402),
        {"api_key": "{{secrets.KEY}}"},
    )

    assert isinstance(result, AgentFailed)
    assert "has no credit" in result.reason
    assert "sk-12345678" not in result.reason


def test_a_missing_secret_is_named_and_nothing_is_sent() -> None:
    result, received = run(lambda _: completion({}), {"api_key": "{{secrets.NOT_SET_HERE}}"})

    assert isinstance(result, AgentFailed)
    assert "LANEWAY_SECRET_NOT_SET_HERE" in result.reason
    assert (result.retryable, received) == (False, [])


def test_the_way_out_holds_for_the_packages_too() -> None:
    result = asyncio.run(created("http://127.0.0.1:1/v1", "elsewhere.example.com", {}).run(request()))

    assert isinstance(result, AgentFailed)
    assert result.reason.startswith("egress_denied")
    assert not result.retryable


def test_the_systems_of_the_contract_hold_for_the_packages_too() -> None:
    async def scenario() -> tuple[AgentResult, int]:
        async with serving(lambda _: completion({})) as server:
            agreed = replace(contract("llm"), systems=(SystemRule("other", ("other.example.com",), "write"),))
            agent = llm.create(
                {"base_url": f"{server.url}/v1", "model": "tiny"},
                AgentEnvironment(egress=GovernedEgress(HttpEgress([server.host]), agreed)),
            )
            return await agent.run(request(agreed)), len(server.received)

    result, sent = asyncio.run(scenario())

    assert isinstance(result, AgentFailed)
    assert result.reason.startswith("egress_denied")
    assert sent == 0


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (completion(None, message={"refusal": "not this"}), AgentRefused),
        (completion(None, finish_reason="content_filter"), AgentRefused),
        (completion('{"label', finish_reason="length"), AgentFailed),
        (completion("no JSON"), AgentFailed),
        (completion(""), AgentFailed),
        (answers(["what"]), AgentFailed),
        (Answer(200, b"<html>"), AgentFailed),
    ],
)
def test_what_is_no_answer_is_told_apart(answer: Answer, expected: type[AgentResult]) -> None:
    result, _ = run(lambda _: answer)

    assert isinstance(result, expected)


def test_a_prompt_file_that_is_missing_is_named() -> None:
    result, _ = run(lambda _: completion({}), {"prompt_file": "prompts/none.md"})

    assert isinstance(result, AgentFailed)
    assert "prompts/none.md" in result.reason


@pytest.mark.parametrize(
    "config",
    [{"model": ""}, {"provider": "other"}, {"base_url": "ftp://x"}, {"structured": "maybe"}, {"sytem": "typing error"}],
)
def test_a_wrong_config_is_refused(config: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"`|unknown"):
        llm.create({"model": "tiny", **config}, AgentEnvironment())


def test_a_model_that_cannot_be_reached_may_be_later() -> None:
    async def scenario() -> None:
        async with serving(lambda _: completion({})) as server:
            gone = server.host
        await created(f"http://{gone}/v1", gone, {}).model_named(None).reply([Message("user", "u")])

    with pytest.raises(ModelFault) as fault:
        asyncio.run(scenario())
    assert fault.value.retryable


def test_the_packages_are_imported_at_the_first_job_alone() -> None:
    code = "import sys, laneway.agents.llm; print('pydantic_ai' in sys.modules, 'openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
