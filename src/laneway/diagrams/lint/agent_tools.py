"""Agents that pick tools drawn in the diagram: what of their tools is not told to them, or never comes back.

Source: Camunda 8, "AI agent tool definitions", and the rules of its modeller for them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from laneway.diagrams.agentic import (
    CONTAINER,
    GATEWAY,
    GATEWAYS,
    RESULT,
    SEPARATOR,
    container_of,
    is_agent,
    is_tool,
    parameters_of,
    text_of,
)
from laneway.diagrams.findings import Findings
from laneway.diagrams.lint.graph import targets, where_is
from laneway.domain.contract import AgentContract
from laneway.domain.model import AdHocSpec, FlowNode, JobSpec, ProcessModel, ScriptSpec
from laneway.expressions.from_ai import CONTEXT, FUNCTION

_SUPPORTED = f"Set it to one of {', '.join(GATEWAYS)}, or remove the property."


def agent_tools(model: ProcessModel, findings: Findings, contracts: tuple[AgentContract, ...]) -> None:
    known = {contract.name for contract in contracts}
    seen: set[int] = set()
    for node in model.nodes[1:]:
        if not is_agent(node):
            continue
        assert isinstance(node.work, JobSpec)
        if node.work.agent not in known:
            findings.warning(
                "agent_without_contract",
                "no contract says what this agent may do, so that its work is held until one is deployed",
                f"Write one under agents: {node.id}: in agents.yaml, or bind it: elements: {node.id}: {{agent: NAME}}.",
                where_is(node),
            )
        slot = container_of(model, node)
        if slot is None:
            if any(each.target == CONTAINER for each in node.inputs):
                findings.warning(
                    "agent_tool",
                    "the element that holds its tools is no ad-hoc sub-process of this process",
                    f"Write the id of the ad-hoc sub-process as a text into {CONTAINER}.",
                    where_is(node),
                )
            continue
        if slot in seen:
            continue
        seen.add(slot)
        _granted(model, node, slot, contracts, findings)
        if node.work.flavour == "sub_process":
            _collected(node, findings)
        for start in model.nodes[slot].start_nodes:
            if is_tool(model.nodes[start]):
                _tool(model, model.nodes[start], findings)
        _misplaced(model, slot, findings)


def _granted(
    model: ProcessModel, node: FlowNode, slot: int, contracts: tuple[AgentContract, ...], findings: Findings
) -> None:
    """A contract that names drawn tools names all that there are: what it names otherwise is nobody's, what it leaves out is not there."""
    agent = node.work.agent if isinstance(node.work, JobSpec) else None
    contract = next((each for each in contracts if each.name == agent), None)
    named = {} if contract is None else {grant.name: grant for grant in contract.tools if grant.kind == "drawn"}
    if not named:
        return
    tools = [model.nodes[each] for each in model.nodes[slot].start_nodes if is_tool(model.nodes[each])]
    begins = {tool.id: f"{GATEWAYS.get(str(tool.properties.get(GATEWAY)), '')}_{tool.id}" for tool in tools}

    def stands_for(name: str, id: str) -> bool:
        return name == id or name == begins[id] or name.startswith(f"{begins[id]}{SEPARATOR}")

    for name in named:
        if not any(stands_for(name, tool.id) for tool in tools):
            findings.warning(
                "agent_tool",
                f"the contract of {agent} names the drawn tool {name}, and none is drawn here by that id",
                f"Write the id of an element, one of {', '.join(tool.id for tool in tools) or 'none'}.",
                where_is(node),
            )
    for tool in tools:
        if not any(stands_for(name, tool.id) for name in named):
            findings.info(
                "agent_tool",
                f"the contract of {agent} names other drawn tools and not this one, so that it is not told of it",
                f"Write {tool.id}: {{drawn: true, access: ...}} under its tools, or leave it so.",
                where_is(tool),
            )


def _collected(node: FlowNode, findings: Findings) -> None:
    spec = node.ad_hoc or AdHocSpec()
    if spec.output_collection is None or spec.output_item is None:
        findings.warning(
            "agent_tool",
            "the results of its tools are not collected, so that the agent never learns of them",
            'Set zeebe:adHoc outputCollection="toolCallResults" and outputElement="={id: toolCall._meta.id, '
            'name: toolCall._meta.name, content: toolCallResult}".',
            where_is(node),
        )


def _tool(model: ProcessModel, node: FlowNode, findings: Findings) -> None:
    parameters, misuses = parameters_of(node)
    for target, misuse in misuses:
        findings.warning("agent_tool", f"in the input mapping {target}: {misuse.message}", misuse.fix, where_is(node))
    schemas: dict[tuple[str, ...], object] = {}
    for parameter in parameters:
        before = schemas.setdefault(parameter.path, parameter.schema)
        if before != parameter.schema:
            findings.warning(
                "agent_tool",
                f"{CONTEXT}.{'.'.join(parameter.path)} is described twice, in two ways; the last is told to the agent",
                f"Describe it in one call of {FUNCTION}, and read {CONTEXT}.{'.'.join(parameter.path)} elsewhere.",
                where_is(node),
            )
    gateway = node.properties.get(GATEWAY)
    if gateway is not None:
        if gateway not in GATEWAYS:
            findings.warning(
                "agent_tool", f"{GATEWAY} says «{gateway!s:.40}», which nothing here knows", _SUPPORTED, where_is(node)
            )
        if SEPARATOR in node.id:
            findings.warning(
                "agent_tool",
                f"its id holds {SEPARATOR}, which stands between element and tool in the names of its tools",
                "Give it another id.",
                where_is(node),
            )
        return
    if not (node.documentation or "").strip():
        findings.info(
            "agent_tool",
            "nothing but its name tells the agent what this tool does and when to use it",
            "Write that into the documentation of the element.",
            where_is(node),
        )
    if not any(_gives(each) for each in _flow_of(model, node)):
        findings.info(
            "agent_tool",
            f"no element of this tool sets {RESULT}, so that the agent hears only that it ended",
            f"Add an output mapping to {RESULT} to the last element of the tool, unless its work gives it.",
            where_is(node),
        )


def _flow_of(model: ProcessModel, first: FlowNode) -> Iterator[FlowNode]:
    seen = {first.slot}
    waiting = deque([first.slot])
    while waiting:
        node = model.nodes[waiting.popleft()]
        yield node
        for slot in (*targets(model, node), *node.boundary_events, *node.start_nodes):
            if slot not in seen:
                seen.add(slot)
                waiting.append(slot)


def _gives(node: FlowNode) -> bool:
    if any(each.target.split(".", 1)[0] == RESULT for each in (*node.outputs, *node.data_outputs)):
        return True
    result = getattr(node.work, "result_variable", None)
    if result is not None and result.split(".", 1)[0] == RESULT:
        return True
    if isinstance(node.work, ScriptSpec):
        return False
    if isinstance(node.work, JobSpec):
        said = node.work.headers
        return said.get("resultVariable", "").split(".", 1)[0] == RESULT or RESULT in said.get("resultExpression", "")
    return False


def _misplaced(model: ProcessModel, slot: int, findings: Findings) -> None:
    """``fromAi`` is told to the agent of a tool's first element alone; elsewhere it reads what may not be there."""
    tools = set(model.nodes[slot].start_nodes)
    for node in model.nodes[1:]:
        if (
            node.slot not in tools
            and node.slot != slot
            and any(FUNCTION in text_of(each.source) for each in node.inputs)
        ):
            findings.warning(
                "agent_tool",
                f"{FUNCTION} stands where no agent is told of it: it describes parameters only in the input mappings of a "
                "tool's first element",
                f"Move the call there, and read {CONTEXT} here.",
                where_is(node),
            )
