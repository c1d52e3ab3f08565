"""What an agent with drawn tools decides in one turn, as a person is shown it and gives it; and the response that a turn ends in.

A decision is ``{"toolCalls": [{"id", "name", "arguments"}]}``, or the answer that ends the agent's work. The shape of a response is that of
Camunda 8, "AI Agent Sub-process", response.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from typing import Any, Final

from laneway.domain.agent_instance import AgentInstance
from laneway.governance.schemas import canonical_json

CALLS: Final = "toolCalls"
JSON: Final = "json"
_EXACTLY: Final = Context(prec=20_000)
"""More digits than any number that comes in has."""


def proposed(calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Calls as the history has them, as a decision."""
    return {
        CALLS: [
            {"id": call["toolCallId"], "name": call["toolName"], "arguments": call["arguments"] or {}} for call in calls
        ]
    }


def is_calls(decision: Mapping[str, Any] | None) -> bool:
    return decision is not None and CALLS in decision


def fingerprint(tool_id: str, call: Any) -> str:
    """Of a call as it begins: the element, and its variable ``toolCall``. Numbers that are equal are the same."""
    return hashlib.sha256(canonical_json([tool_id, _even(call)]).encode()).hexdigest()


def _even(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _even(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_even(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value).normalize(_EXACTLY)
    return value.normalize(_EXACTLY) if isinstance(value, Decimal) else value


def fault_of(decision: Mapping[str, Any]) -> str | None:
    """What a person has to write otherwise, where they give calls."""
    calls = decision[CALLS]
    if len(decision) > 1:
        return f"give either «{CALLS}» or an answer, not both"
    if not isinstance(calls, list) or not calls:
        return f"«{CALLS}» is a list of {{name, arguments}}"
    for call in calls:
        if not isinstance(call, Mapping) or not isinstance(name_of(call), str):
            return f"each of «{CALLS}» is {{name, arguments}}"
    return None


def name_of(call: Mapping[str, Any]) -> Any:
    return call.get("name", call.get("elementId"))


def listed(decision: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    """Id, name and arguments of each call of a decision without a fault."""
    return [
        (each["id"] if isinstance(each.get("id"), str) else "", name_of(each), each.get("arguments") or {})
        for each in decision[CALLS]
    ]


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two decisions ask for the same, whatever the ids of their calls. An answer is not like calls."""
    if not (is_calls(one) and is_calls(other)):
        return False
    return _bare(one[CALLS]) == _bare(other[CALLS])


def _bare(calls: Any) -> list[Any]:
    found = calls if isinstance(calls, list) else []
    return [(name_of(each), each.get("arguments") or {}) for each in found if isinstance(each, Mapping)]


def within(value: Any, name: str) -> Mapping[str, Any]:
    inner = value.get(name) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def wants_json(given: Mapping[str, Any]) -> bool:
    """Whether the element's inputs ask for an answer in JSON."""
    return within(within(within(given, "data"), "response"), "format").get("type") == JSON


def wants_context(given: Mapping[str, Any], flavour: str) -> bool:
    return flavour == "task" or within(within(given, "data"), "response").get("includeAgentContext") is True


def given_context(given: Mapping[str, Any]) -> Any:
    """What an earlier turn gave back, if it is handed in."""
    return given.get("agentContext", within(given, "data").get("context", given.get("context")))


def given_results(given: Mapping[str, Any], flavour: str) -> Any:
    """Of tools that ended, and of events."""
    if flavour == "sub_process":
        return given.get("toolCallResults")
    return within(within(given, "data"), "tools").get("toolCallResults")


def conversation_of(context: Any) -> int | None:
    """The agent instance that a context names. It comes from a variable: whoever uses the key makes sure whose it is."""
    key = within(context, "conversation").get("conversationId") if isinstance(context, Mapping) else None
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


def response(
    output: Mapping[str, Any], tool_calls: Sequence[Mapping[str, Any]], *, as_json: bool, context: AgentInstance | None
) -> dict[str, Any]:
    """``tool_calls``: as the variable ``toolCall`` of each activation."""
    made: dict[str, Any] = {"responseJson": dict(output)} if as_json and not tool_calls else dict(output)
    if context is not None:
        made["context"] = context_of(context)
    if tool_calls:
        made[CALLS] = list(tool_calls)
    return made
