"""Drawn tools that somebody outside begins in an agent's place: by completing its job, by activating them, or by writing down a call.

Whoever does so vouches for the call, as for an answer that they give in its place; what the contract prohibits, has an approval for, or does
not name is done by nobody. Where a contract says nothing of drawn tools, whatever is drawn may be begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from laneway.commands import drawn_turns, pairs
from laneway.commands.execution import Unit
from laneway.domain.errors import Refused
from laneway.domain.model import FlowNode, JobSpec
from laneway.domain.work import Job

if TYPE_CHECKING:
    from laneway.diagrams.agentic import DrawnTool

Began = tuple[str, Mapping[str, Any]]
LISTS = ("tools/list", "fetchAgentCard")
OWN = ("toolCall", "toolCallResult")


def hold_job(unit: Unit, job: Job, variables: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """What completes ``job`` in its agent's place. Below ``auto`` a person decides on it, which is held against the contract then."""
    from laneway.diagrams.agentic import is_agent

    model = unit.definitions.model(job.process_definition_key)
    slot = model.slots.get(job.element_id)
    # Most jobs are no agent's, and what completes them may be long.
    if job.autonomy is not None or slot is None or not is_agent(model.nodes[slot]):
        return
    wanted = result.get("activateElements", variables.get("activateElements"))
    began = _began(wanted) if isinstance(wanted, list) else []
    hold(unit, job.process_definition_key, job.element_id, [*began, *_written(variables)], job.element_instance_key)


def hold_variables(unit: Unit, definition_key: int, variables: Mapping[str, Any]) -> None:
    """Variables written by hand: a loop around an agent task calls whatever stands where the agent's calls would."""
    from laneway.diagrams.agentic import is_agent

    began = _written(variables)
    model = unit.definitions.model(definition_key)
    for node in model.nodes if began else ():
        if is_agent(node) and node.ad_hoc is None:
            hold(unit, definition_key, node.id, began)


def hold(
    unit: Unit, definition_key: int, element_id: str, began: Sequence[Began], element_instance_key: int | None = None
) -> None:
    """``element_id``: an agent, or the ad-hoc sub-process that holds the tools of agents.

    Raises
    ------
    Refused
        ``contract_violated``
    """
    from laneway.diagrams.agentic import container_of, is_agent

    model = unit.definitions.model(definition_key)
    slot = model.slots.get(element_id)
    if slot is None or not began:
        return
    node = model.nodes[slot]
    if is_agent(node):
        agents = [node]
    elif node.ad_hoc is not None:
        agents = [each for each in model.nodes if is_agent(each) and container_of(model, each) == slot]
    else:
        return
    for each in agents:
        _hold(unit, definition_key, each, began, element_instance_key)


def _hold(
    unit: Unit, definition_key: int, node: FlowNode, began: Iterable[Began], element_instance_key: int | None
) -> None:
    from laneway.diagrams.agentic import container_of, tools_of
    from laneway.governance import conversation, drawn_tools

    model = unit.definitions.model(definition_key)
    contract = pairs.contract_of(unit, definition_key, node.work.agent if isinstance(node.work, JobSpec) else None)
    if contract is None or not (drawn_tools.is_named(contract) or contract.conversation.prohibited):
        return
    tenant_id = unit.definitions.compiled(definition_key).definition.tenant_id
    container = container_of(model, node)
    drawn = () if container is None else tools_of(model, container)
    instance = None if element_instance_key is None else unit.uow.agent_instance_at(element_instance_key)
    offered = drawn_tools.offered(contract, drawn_turns.offered(drawn, instance))
    calls, said = [], None
    for id, variables in began:
        more = next((name for name in variables if name not in OWN), None)
        if more is not None:
            said = said or f"The tool {id} is called with «toolCall» alone, and not with «{more}»."
        calls += _calls(drawn, id, variables.get("toolCall"))
    judged = drawn_tools.endorsed(contract, offered, conversation.judge(offered, contract.conversation, calls, 0))
    said = said or next(iter(judged.refused.values()), None) or drawn_turns.stopped(unit, judged.calls, tenant_id)
    if said is not None:
        message = f"Agent «{contract.name}» could not do this under its contract, and nobody does in its place: {said}"
        raise Refused("contract_violated", message, {"agent": contract.name})


def _written(variables: Mapping[str, Any]) -> list[Began]:
    """The calls that a loop around an agent task finds in ``variables``, wherever they stand: whatever has the form of one, and whatever is
    listed as ``toolCalls`` at the top or one below it (further down may stand a conversation, which calls nothing)."""
    found: list[Began] = []
    rest: list[tuple[Any, int]] = [(variables, 0)]
    while rest:
        value, depth = rest.pop()
        if isinstance(value, list):
            rest += [(each, depth + 1) for each in value]
        elif isinstance(value, Mapping):
            meta = value.get("_meta")
            if isinstance(meta, Mapping) and "name" in meta:
                found.append((str(meta["name"]), {"toolCall": value}))
            listed = value.get("toolCalls") if depth < 2 else None
            for each in listed if isinstance(listed, list) else ():
                name = each.get("name") if isinstance(each, Mapping) else each
                if not isinstance(each, Mapping) or not isinstance(each.get("_meta"), Mapping):
                    found.append((str(name), {"toolCall": each}))
            rest += [(each, depth + 1) for each in value.values()]
    return found


def _began(wanted: Sequence[Any]) -> list[Began]:
    """Those that have the form of one; ``advance`` refuses any other."""
    found: list[Began] = []
    for each in wanted:
        given = each.get("variables") if isinstance(each, Mapping) else None
        id = each.get("elementId") if isinstance(each, Mapping) else each
        found.append((str(id), given if isinstance(given, Mapping) else {}))
    return found


def _calls(drawn: Sequence[DrawnTool], id: str, said: Any) -> list[tuple[str, str, Any]]:
    """As the agent would have asked for it: name and arguments. Of a gateway, to list its tools is no call."""
    from laneway.diagrams.agentic import GATEWAYS, SEPARATOR

    given = said if isinstance(said, Mapping) else {}
    arguments = {name: value for name, value in given.items() if name != "_meta"}
    gateway = next((tool.gateway for tool in drawn if tool.name == id), None)
    if gateway not in GATEWAYS:
        return [("", id, arguments)]
    what, inner = given.get("method", given.get("operation")), given.get("params")
    if what in LISTS:
        return []
    name, inner = f"{GATEWAYS[gateway]}_{id}", inner if isinstance(inner, Mapping) else {}
    if what == "tools/call":
        return [("", f"{name}{SEPARATOR}{inner.get('name')}", inner.get("arguments") or {})]
    return [("", name, dict(inner))]
