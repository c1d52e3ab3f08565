"""Tools of MCP servers and A2A agents that an element of the diagram stands for.

Source: Camunda 8, "MCP Client tool discovery": the element is activated to list its tools, once per conversation, and for each call; the
name of a tool is ``MCP_<element>___<tool>``. An A2A agent is one tool, ``A2A_<element>``, described by its card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from laneway.diagrams.agentic import GATEWAYS, SEPARATOR, DrawnTool
from laneway.domain.agent_instance import AgentInstance, HistoryItem
from laneway.domain.contract import AgentContract
from laneway.governance import drawn_tools
from laneway.governance.conversation import OfferedTool, Turn

LIST_TOOLS: Final = {"mcpClient": {"method": "tools/list"}, "a2aClient": {"operation": "fetchAgentCard"}}
MAX_TOOLS = 500
LONGEST_NAME = 180
MESSAGE_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {"text": {"type": "string", "description": "What the agent is asked or told."}},
    "required": ["text"],
    "additionalProperties": False,
}


def discovery(
    drawn: Sequence[DrawnTool], instance: AgentInstance | None, asked: HistoryItem | None
) -> list[dict[str, Any]]:
    """Calls that list the tools of the gateways, where that has not been done yet in this conversation."""
    begun = asked is not None or (instance is not None and instance.model_calls > 0)
    if begun:
        return []
    return [
        {
            "toolCallId": f"{tool.gateway}:discovery:{tool.name}",
            "toolName": tool.name,
            "elementId": tool.name,
            "arguments": dict(LIST_TOOLS[tool.gateway]),
        }
        for tool in drawn
        if tool.gateway in GATEWAYS
    ]


def offered(
    drawn: Sequence[DrawnTool], instance: AgentInstance | None, asked: HistoryItem | None, turn: Turn
) -> dict[str, OfferedTool] | str:
    """What the model is told of: what is drawn, and what the gateways said they have. A text says why there is none to tell of."""
    found = {
        tool.name: OfferedTool(tool.name, tool.description, tool.input_schema, tool.name)
        for tool in drawn
        if tool.gateway is None
    }
    gateways = {tool.name: tool for tool in drawn if tool.gateway is not None}
    unknown = next((tool for tool in gateways.values() if tool.gateway not in GATEWAYS), None)
    if unknown is not None:
        return f"the tool {unknown.name} is a gateway of the kind {unknown.gateway!r:.60}, which is not known here"
    told: list[OfferedTool] = []
    if asked is not None and asked.role == "CONFIGURATION":
        for call, content in turn.results:
            listed = _listed(gateways[call["elementId"]], content) if call["elementId"] in gateways else []
            if isinstance(listed, str):
                return listed
            told += listed
    elif instance is not None:
        told = [
            OfferedTool(
                each["name"], each.get("description") or "", each["inputSchema"], each["elementId"], each["gateway"]
            )
            for each in instance.tools
            if each.get("gateway") and each.get("elementId") in gateways
        ]
    for tool in told:
        found.setdefault(tool.name, tool)
    return found


def _listed(gateway: DrawnTool, content: Any) -> list[OfferedTool] | str:
    if gateway.gateway == "a2aClient":
        return _card(gateway, content)
    if SEPARATOR in gateway.name:
        return f"MCP_GATEWAY_INVALID_TOOL_DEFINITIONS: the id of {gateway.name} holds {SEPARATOR}"
    listed = content.get("toolDefinitions", content.get("tools")) if isinstance(content, Mapping) else content
    if not isinstance(listed, list):
        return f"{gateway.name} did not list its tools"
    found = []
    for each in listed[:MAX_TOOLS]:
        name = each.get("name") if isinstance(each, Mapping) else None
        schema = each.get("inputSchema") if isinstance(each, Mapping) else None
        if isinstance(name, str) and name and len(gateway.name) + len(name) < LONGEST_NAME:
            found.append(
                OfferedTool(
                    f"{GATEWAYS['mcpClient']}_{gateway.name}{SEPARATOR}{name}",
                    str(each.get("description") or name),
                    schema if isinstance(schema, Mapping) else {"type": "object"},
                    gateway.name,
                    gateway.gateway,
                )
            )
    return found


def _card(gateway: DrawnTool, content: Any) -> list[OfferedTool] | str:
    card = content.get("result", content) if isinstance(content, Mapping) else None
    if not isinstance(card, Mapping):
        return f"{gateway.name} gave no card of its agent"
    skills = card.get("skills")
    listed = [
        f"- {each.get('name')}: {each.get('description')}"
        for each in (skills if isinstance(skills, list) else ())
        if isinstance(each, Mapping)
    ]
    description = "\n".join([str(card.get("description") or card.get("name") or gateway.description), *listed])
    name = f"{GATEWAYS['a2aClient']}_{gateway.name}"
    return [OfferedTool(name, description, MESSAGE_SCHEMA, gateway.name, gateway.gateway)]


def asked_for(contract: AgentContract, tools: Sequence[DrawnTool]) -> list[DrawnTool]:
    """Those of ``tools`` that are asked for what they have: none for whose tools the contract has no word."""
    if not drawn_tools.is_named(contract):
        return list(tools)
    names = [grant.name for grant in contract.tools]
    return [
        tool
        for tool in tools
        if tool.gateway not in GATEWAYS or any(each == tool.name or _comes_from(each, tool) for each in names)
    ]


def _comes_from(name: str, tool: DrawnTool) -> bool:
    begins = f"{GATEWAYS.get(tool.gateway or '', '')}_{tool.name}"
    return name == begins or name.startswith(f"{begins}___")
