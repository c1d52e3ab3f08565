"""Agents that pick tools drawn in the diagram (Camunda 8, "AI Agent Task", "AI Agent Sub-process", "AI agent tool definitions").

Which elements are such agents is told by their job types; their tools are what can be activated in an ad-hoc sub-process, with the
documentation as description and the calls of ``fromAi`` in the input mappings as parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from laneway.domain.model import AgentFlavour, FlowNode, JobSpec, ProcessModel, Value
from laneway.domain.types import ElementType
from laneway.expressions.from_ai import Misuse, Parameter, asked, schema_of

FLAVOURS: Final[Mapping[str, AgentFlavour]] = {
    "io.camunda.agenticai:aiagent:1": "task",
    "io.camunda.agenticai:aiagent:task:2": "task",
    "io.camunda.agenticai:aiagent-job-worker:1": "sub_process",
    "io.camunda.agenticai:aiagent:subprocess:2": "sub_process",
}
"""Job types of the element templates, those of before 8.10 and those since."""

GATEWAY: Final = "io.camunda.agenticai.gateway.type"
"""The extension property of an element that stands for tools from elsewhere."""
GATEWAYS: Final = {"mcpClient": "MCP", "a2aClient": "A2A"}
"""Its values, and what the names of their tools begin with."""
SEPARATOR: Final = "___"
"""Between the element and the tool in the name of a tool of an MCP server."""

CONTAINER: Final = "data.tools.containerElementId"
RESULT: Final = "toolCallResult"


@dataclass(frozen=True, slots=True)
class DrawnTool:
    """``name`` is the element's id. ``gateway``: it stands for tools from elsewhere, found by asking it."""

    name: str
    description: str
    input_schema: Mapping[str, Any]
    gateway: str | None = None


def flavour_of(job_type: object) -> AgentFlavour | None:
    return FLAVOURS.get(job_type) if isinstance(job_type, str) else None


def is_agent(node: FlowNode) -> bool:
    return isinstance(node.work, JobSpec) and node.work.flavour is not None


@lru_cache(maxsize=1024)
def tools_of(model: ProcessModel, slot: int) -> tuple[DrawnTool, ...]:
    """The tools of the ad-hoc sub-process ``slot``, in document order."""
    return tuple(_tool(model.nodes[each]) for each in model.nodes[slot].start_nodes if is_tool(model.nodes[each]))


def is_tool(node: FlowNode) -> bool:
    return node.attached_to is None and node.type is not ElementType.EVENT_SUB_PROCESS


def container_of(model: ProcessModel, node: FlowNode) -> int | None:
    """The ad-hoc sub-process that holds the tools of an agent: itself, or the one that a task's input mapping names."""
    if node.ad_hoc is not None:
        return node.slot
    said = next((each.source for each in node.inputs if each.target in (CONTAINER, "containerElementId")), None)
    value = said if said is None or isinstance(said, str) or not getattr(said, "constant", False) else said.evaluate({})
    slot = model.slots.get(value) if isinstance(value, str) else None
    return slot if slot is not None and model.nodes[slot].ad_hoc is not None else None


@lru_cache(maxsize=1024)
def agents_at(model: ProcessModel, slot: int) -> tuple[FlowNode, ...]:
    """The agents whose tools the ad-hoc sub-process ``slot`` holds."""
    return tuple(node for node in model.nodes if is_agent(node) and container_of(model, node) == slot)


@lru_cache(maxsize=1024)
def filled_by_agents(model: ProcessModel, tool_id: str) -> tuple[str, ...]:
    """Names of the inputs of a tool that its agent fills."""
    inputs = model.nodes[model.slots[tool_id]].inputs
    return tuple(each.target.split(".", 1)[0] for each in inputs if asked(text_of(each.source))[0])


def parameters_of(node: FlowNode) -> tuple[list[Parameter], list[tuple[str, Misuse]]]:
    """What a tool's input mappings ask for; and what in them asks in vain, with the target of the mapping."""
    found: list[Parameter] = []
    misuses: list[tuple[str, Misuse]] = []
    for mapping in node.inputs:
        parameters, wrong = asked(text_of(mapping.source))
        found += parameters
        misuses += [(mapping.target, each) for each in wrong]
    return found, misuses


def text_of(value: Value | None) -> str:
    """The FEEL text of a value; empty for what is none."""
    if value is None or isinstance(value, str) or getattr(value, "language", None) != "FEEL":
        return ""
    return str(getattr(value, "text", ""))


def tool_call(call: Mapping[str, Any], drawn: Iterable[DrawnTool]) -> dict[str, Any]:
    """The variable ``toolCall`` of an activation. Ours goes over whatever a model puts under ``_meta``."""
    arguments = dict(call["arguments"] or {})
    meta = {"id": call["toolCallId"], "name": call["elementId"]}
    gateway = next((tool.gateway for tool in drawn if tool.name == call["elementId"]), None)
    if gateway == "mcpClient" and call["toolName"] != call["elementId"]:
        name = call["toolName"].split(SEPARATOR, 1)[1]
        return {"method": "tools/call", "params": {"name": name, "arguments": arguments}, "_meta": meta}
    if gateway == "a2aClient" and call["toolName"] != call["elementId"]:
        return {"operation": "sendMessage", "params": arguments, "_meta": meta}
    return {**arguments, "_meta": meta}


def names_of(call: Mapping[str, Any]) -> list[str]:
    """All names under which a kill switch may stop what a call asks for: the model's, the element's, and the server's own."""
    name, element = str(call["toolName"]), str(call["elementId"])
    bare = name.split(SEPARATOR, 1)[1] if SEPARATOR in name else name
    return [*dict.fromkeys((name, element, bare))]


def _tool(node: FlowNode) -> DrawnTool:
    gateway = node.properties.get(GATEWAY)
    documentation = (node.documentation or "").strip()
    return DrawnTool(
        node.id,
        documentation or node.name or node.id,
        schema_of(parameters_of(node)[0]),
        gateway if isinstance(gateway, str) else None,
    )
