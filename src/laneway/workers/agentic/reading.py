"""What an agent's element says by its input mappings, and what is given back to it.

Source: Camunda 8, "AI Agent Task" and "AI Agent Sub-process", and their element templates: ``provider.*`` (``configuration.*`` since 8.10),
``data.systemPrompt.prompt``, ``data.userPrompt.prompt``, ``data.memory.*``, ``data.limits.*``, ``data.events.behavior``, ``data.response.*``,
``data.tools.*``, ``agentContext`` or ``data.context``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from laneway.agents.chat import Reply
from laneway.agents.json_text import NotOneObject, read_object
from laneway.domain.agent_instance import NO_LIMIT, AgentInstance
from laneway.domain.contract import AgentContract
from laneway.domain.model import AgentFlavour
from laneway.governance.schemas import canonical_json

WINDOW: Final = 20
MODEL_CALLS: Final = 10
"""What the element templates have where nothing is written."""

INTERRUPTS: Final = "INTERRUPT_TOOL_CALLS"
RESPONSE: Final = "agent"


@dataclass(frozen=True, slots=True)
class Said:
    """``results``: of tools that ended, and of events. ``context``: what an earlier turn gave back, if it is handed in."""

    system_prompt: str
    user_prompt: str
    provider: str
    model: str
    window: int
    limits: Mapping[str, int]
    interrupts: bool
    as_json: bool
    parse_json: bool
    schema: Mapping[str, Any] | None
    include_message: bool
    include_context: bool
    context: Any
    results: Any


def read(given: Mapping[str, Any], contract: AgentContract, flavour: AgentFlavour) -> Said:
    """The contract says which model; the narrower of both says how much."""
    data = _within(given, "data")
    provider = _within(given, "provider") or _within(given, "configuration")
    response = _within(data, "response")
    format = _within(response, "format")
    memory = _within(data, "memory")
    schema = format.get("schema")
    agreed = contract.conversation
    limits = {
        "maxModelCalls": _least(
            agreed.max_model_calls, _number(_within(data, "limits").get("maxModelCalls"), MODEL_CALLS)
        ),
        "maxToolCalls": _least(agreed.max_tool_calls),
        "maxTokens": _least(agreed.max_tokens),
    }
    results = (
        given.get("toolCallResults") if flavour == "sub_process" else _within(data, "tools").get("toolCallResults")
    )
    return Said(
        system_prompt=_text(_within(data, "systemPrompt").get("prompt")),
        user_prompt=_text(_within(data, "userPrompt").get("prompt")),
        provider=str(contract.config.get("provider") or contract.adapter),
        model=str(contract.config.get("model") or _model(provider)),
        window=_least(agreed.window, _number(memory.get("contextWindowSize"), WINDOW)),
        limits=limits,
        interrupts=_within(data, "events").get("behavior") == INTERRUPTS,
        as_json=format.get("type") == "json",
        parse_json=format.get("parseJson") is True,
        schema=schema if isinstance(schema, Mapping) else None,
        include_message=response.get("includeAssistantMessage") is True,
        include_context=flavour == "task" or response.get("includeAgentContext") is True,
        context=given.get("agentContext", data.get("context", given.get("context"))),
        results=results,
    )


def conversation_of(context: Any) -> int | None:
    """The agent instance that a context names. It comes from a variable: whoever uses the key makes sure whose it is."""
    key = _within(context, "conversation").get("conversationId") if isinstance(context, Mapping) else None
    return int(key) if isinstance(key, str) and key.isdecimal() and len(key) < 20 else None


def context_of(instance: AgentInstance) -> dict[str, Any]:
    return {
        "state": "READY",
        "metrics": {
            "modelCalls": instance.model_calls,
            "tokenUsage": {
                "inputTokenCount": instance.input_tokens,
                "outputTokenCount": instance.output_tokens,
                "totalTokenCount": instance.input_tokens + instance.output_tokens,
            },
        },
        "toolDefinitions": [
            {name: tool.get(name) for name in ("name", "description", "inputSchema")} for tool in instance.tools
        ],
        "conversation": {"type": "laneway", "conversationId": str(instance.key)},
    }


def response_of(
    said: Said,
    reply: Reply,
    output: Mapping[str, Any],
    instance: AgentInstance,
    tool_calls: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The object that the result variable gets: ``responseText`` or ``responseJson``, and what else was asked for."""
    response: dict[str, Any] = {}
    if said.as_json and not tool_calls:
        response["responseJson"] = dict(output)
    else:
        response.update(output)
    if said.include_message:
        response["responseMessage"] = {
            "role": "assistant",
            "content": [
                {"type": "text", "text": canonical_json(output) if said.as_json else output.get("responseText", "")}
            ],
            "metadata": {"model": reply.model, "finishReason": reply.finish_reason},
        }
    if said.include_context:
        response["context"] = context_of(instance)
    if tool_calls:
        response["toolCalls"] = list(tool_calls)
    return response


class NotParsed(ValueError):
    """The model was to answer in JSON, and did not."""


def output_of(said: Said, text: str) -> dict[str, Any]:
    """The output that the contract is held against: the JSON that was asked for, else ``responseText`` (and ``responseJson``)."""
    if said.as_json:
        try:
            return dict(read_object(text))
        except NotOneObject as error:
            raise NotParsed(f"FAILED_TO_PARSE_RESPONSE_CONTENT: the answer is not one JSON object: {error}") from None
    output: dict[str, Any] = {"responseText": text}
    if said.parse_json:
        with contextlib.suppress(NotOneObject):  # then the text alone is given back (Camunda 8, "Text response format")
            output["responseJson"] = dict(read_object(text))
    return output


def _within(value: Any, name: str) -> Mapping[str, Any]:
    inner = value.get(name) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else canonical_json(value)


def _number(value: Any, otherwise: int) -> int:
    if isinstance(value, str) and value.isdecimal():
        return int(value[:9])
    return int(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) and value >= 0 else otherwise


def _least(*numbers: int | None) -> int:
    return min((number for number in numbers if number is not None), default=NO_LIMIT)


def _model(provider: Mapping[str, Any]) -> str:
    for each in provider.values():
        model = _within(each, "model")
        for name in ("model", "deploymentName"):
            if isinstance(model.get(name), str):
                return str(model[name])
    return ""
