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
from laneway.governance import drawn
from laneway.governance.drawn import within
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
    documents: Any = None


def read(given: Mapping[str, Any], contract: AgentContract, flavour: AgentFlavour) -> Said:
    """The contract says which model; the narrower of both says how much."""
    data = within(given, "data")
    provider = within(given, "provider") or within(given, "configuration")
    response = within(data, "response")
    format = within(response, "format")
    memory = within(data, "memory")
    schema = format.get("schema")
    agreed = contract.conversation
    limits = {
        "maxModelCalls": _least(
            agreed.max_model_calls, _number(within(data, "limits").get("maxModelCalls"), MODEL_CALLS)
        ),
        "maxToolCalls": _least(agreed.max_tool_calls),
        "maxTokens": _least(agreed.max_tokens),
    }
    return Said(
        system_prompt=_text(within(data, "systemPrompt").get("prompt")),
        user_prompt=_text(within(data, "userPrompt").get("prompt")),
        provider=str(contract.config.get("provider") or contract.adapter),
        model=str(contract.config.get("model") or _model(provider)),
        window=_least(agreed.window, _number(memory.get("contextWindowSize"), WINDOW)),
        limits=limits,
        interrupts=within(data, "events").get("behavior") == INTERRUPTS,
        as_json=drawn.wants_json(given),
        parse_json=format.get("parseJson") is True,
        schema=schema if isinstance(schema, Mapping) else None,
        include_message=response.get("includeAssistantMessage") is True,
        include_context=drawn.wants_context(given, flavour),
        context=drawn.given_context(given),
        results=drawn.given_results(given, flavour),
        documents=within(data, "userPrompt").get("documents"),
    )


def response_of(
    said: Said,
    reply: Reply,
    output: Mapping[str, Any],
    instance: AgentInstance,
    tool_calls: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The object that the result variable gets: ``responseText`` or ``responseJson``, and what else was asked for."""
    context = instance if said.include_context else None
    response = drawn.response(output, tool_calls, as_json=said.as_json, context=context)
    if said.include_message:
        response["responseMessage"] = {
            "role": "assistant",
            "content": [
                {"type": "text", "text": canonical_json(output) if said.as_json else output.get("responseText", "")}
            ],
            "metadata": {
                "model": reply.model,
                "finishReason": reply.finish_reason,
                "framework": {"tokenUsage": _usage(reply), "finishReason": reply.finish_reason.upper()},
            },
        }
    return response


def _usage(reply: Reply) -> dict[str, int]:
    total = reply.input_tokens + reply.output_tokens
    return {
        "inputTokenCount": reply.input_tokens,
        "outputTokenCount": reply.output_tokens,
        "totalTokenCount": total,
    }


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
        model = within(each, "model")
        for name in ("model", "deploymentName"):
            if isinstance(model.get(name), str):
                return str(model[name])
    return ""
