"""What can be told of an agent's contract together with its place in the diagram, before anything runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import Any

from laneway.diagrams.agentic import container_of, is_agent, tools_of
from laneway.domain.contract import AgentContract
from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.tools import ToolGrant

PROMPTS = ("system", "prompt")
SYSTEM_PROMPT = "data.systemPrompt.prompt"


def approved_tools(contract: AgentContract) -> Iterator[ToolGrant]:
    """Tools whose calls always wait for a person."""
    return (grant for grant in contract.tools if grant.access == "needs_approval")


def least_tokens(model: ProcessModel, node: FlowNode, contract: AgentContract) -> int:
    """Of one call: what is told to the model whatever it is asked, counted as before a call. Files that hold a prompt are not known here."""
    said: list[Any] = [contract.config[name] for name in PROMPTS if isinstance(contract.config.get(name), str)]
    tools = [[grant.name, grant.description, grant.schema] for grant in contract.tools if grant.kind != "drawn"]
    if is_agent(node):
        said += [each.source for each in node.inputs if each.target == SYSTEM_PROMPT and isinstance(each.source, str)]
        container = container_of(model, node)
        named = {grant.name for grant in contract.tools if grant.kind == "drawn"}
        for tool in () if container is None else tools_of(model, container):
            if tool.gateway is None and (not named or tool.name in named):
                tools.append([tool.name, tool.description, tool.input_schema])
    size = sum(len(each.encode()) for each in said)
    size += sum(len(json.dumps(tool, default=str, separators=(",", ":")).encode()) for tool in tools)
    counted = Decimal(3) if contract.limits is None else contract.limits.bytes_per_token
    return int((Decimal(size) / counted).to_integral_value(ROUND_CEILING))


def too_small_call(model: ProcessModel, node: FlowNode, contract: AgentContract) -> tuple[int, int] | None:
    """``call.tokens`` and what a call takes at least, where the one cannot hold the other."""
    most = None if contract.limits is None else contract.limits.call.get("tokens")
    if most is None:
        return None
    least = least_tokens(model, node, contract)
    return (int(most), least) if least >= most else None
