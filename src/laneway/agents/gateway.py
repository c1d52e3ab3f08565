"""The element that stands for the tools of MCP servers or an A2A agent, done here: it lists what its contract grants, and calls it.

It is an agent whose model does exactly what ``toolCall`` says and nothing else, so that each call is decided, written down, approved and taken
up after a crash as that of any agent is. What the model of the other agent hears of a tool is the contract's word, not the server's.

Source: Camunda 8, "MCP Client tool discovery", "MCP client result" and "A2A client": operations ``tools/list``, ``tools/call``,
``fetchAgentCard`` and ``sendMessage``. Config: none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from laneway.agents.chat import Message, ModelFault, Reply, ToolCall, ToolDescription
from laneway.domain.contract import AgentFailed, AgentRequest, AgentResult
from laneway.governance.schemas import canonical_json

CALL: Final = "toolCall"
RESULT: Final = "toolCallResult"
METHOD: Final = "gateway"


class Gateway:
    pays_by_call = True

    async def loaded(self) -> Gateway:
        return self

    def model_named(self, name: str | None) -> Gateway:
        return self

    def opening(self, request: AgentRequest) -> Sequence[Message]:
        call = request.input.get(CALL)
        if not isinstance(call, Mapping):
            raise ModelFault(f"there is no variable {CALL} that says what is asked of it", retryable=False)
        return (Message("user", canonical_json(call)),)

    def settings(self, request: AgentRequest) -> Mapping[str, Any]:
        return {}

    async def run(self, request: AgentRequest) -> AgentResult:
        return AgentFailed("the contract of a gateway names its tools under `tools`", retryable=False)

    async def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolDescription] = (),
        *,
        output_schema: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] = {},
    ) -> Reply:
        heard = next((message for message in reversed(messages) if message.role == "tool"), None)
        if heard is not None:
            return _says(_result(heard.text))
        call = json.loads(messages[0].text, parse_float=Decimal)
        asked = call.get("method") or call.get("operation")
        if asked == "tools/list":
            listed = [
                {"name": each.name, "description": each.description, "inputSchema": each.input_schema} for each in tools
            ]
            return _says({"toolDefinitions": listed})
        if asked == "fetchAgentCard" and tools:
            return _says({"name": tools[0].name, "description": tools[0].description, "skills": []})
        given = call.get("params")
        params = given if isinstance(given, Mapping) else {}
        if asked == "tools/call":
            return _calls(str(params.get("name")), params.get("arguments") or {})
        if asked == "sendMessage" and tools:
            return _calls(tools[0].name, dict(params))
        raise ModelFault(f"a gateway does not know what {str(asked)[:50]!r} is", retryable=False)


def _says(result: Any) -> Reply:
    return Reply(canonical_json({RESULT: result}), (), 0, 0, METHOD, "stop")


def _calls(name: str, arguments: Any) -> Reply:
    return Reply("", (ToolCall("call", name, arguments),), 0, 0, METHOD, "tool_calls")


def _result(heard: str) -> Any:
    """Of what the journal has of the call: what came back, or that it was not done."""
    try:
        told = json.loads(heard, parse_float=Decimal)
    except ValueError:  # too long, and cut
        return heard
    return told["result"] if "result" in told else {"isError": True, "content": next(iter(told.values()), "")}


def create(config: Mapping[str, Any]) -> Gateway:
    if config:
        raise ValueError(f"it has no config; remove {', '.join(sorted(config))}")
    return Gateway()
