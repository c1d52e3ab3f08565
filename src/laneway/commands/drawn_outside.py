"""Drawn tools that somebody outside begins in an agent's place: by completing its job, by activating them, or by writing down a call.

Whoever does so vouches for the call, as for an answer that they give in its place; what the contract prohibits, has an approval for, or does
not name is done by nobody. Where a contract says nothing of drawn tools, whatever is drawn may be begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from laneway.commands import drawn_begins, drawn_turns, pairs
from laneway.commands.drawn_begins import Began
from laneway.commands.execution import Unit
from laneway.domain.errors import Refused
from laneway.domain.model import FlowNode, JobSpec
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.types import ElementType
from laneway.domain.work import Job
from laneway.runtime.scope import KEPT

OWN = ("toolCall", "toolCallResult")


def hold_job(unit: Unit, job: Job, variables: Mapping[str, Any], result: Mapping[str, Any]) -> Mapping[str, Any]:
    """What completes ``job`` in its agent's place. Below ``auto`` a person decides on it, which is held against the contract then. Gives the
    result with what an agent task hands out."""
    from laneway.diagrams.agentic import is_agent

    model = unit.definitions.model(job.process_definition_key)
    slot = model.slots.get(job.element_id)
    # Most jobs are no agent's, and what completes them may be long.
    if job.autonomy is not None or slot is None or not is_agent(model.nodes[slot]):
        return result
    wanted = result.get("activateElements", variables.get("activateElements"))
    began = drawn_begins.began_of(wanted) if isinstance(wanted, list) else []
    began += _written(variables)
    hold(unit, job.process_definition_key, job.element_id, began, job.element_instance_key)
    if not drawn_begins.node_is_task(model.nodes[slot]):
        return result
    handed = [(id, given["toolCall"]) for id, given in began if "toolCall" in given]
    return {**result, **drawn_begins.handing_out(f"outside:{job.key}", handed)}


def hold_variables(unit: Unit, state: InstanceState, element: ElementInstance, variables: Mapping[str, Any]) -> None:
    """Variables written by hand at ``element``: a loop around an agent task calls whatever stands where the agent's calls would, and what a
    tool at work was called with is what it was begun with."""
    from laneway.diagrams.agentic import is_agent

    hold_fixed(state, element, variables)
    began = _written(variables)
    model = unit.definitions.model(element.definition_key)
    for node in model.nodes if began else ():
        if is_agent(node) and node.ad_hoc is None:
            hold(unit, element.definition_key, node.id, began)


def hold_fixed(state: InstanceState, element: ElementInstance, variables: Mapping[str, Any]) -> None:
    """What is written at ``element`` itself, by hand or with a failure of its job: the next attempt does what was begun.

    Raises
    ------
    Refused
        ``contract_violated``
    """
    around: ElementInstance | None = element
    while around is not None and around.type is not ElementType.PROCESS:
        fixed = next((name for name in around.data.get(KEPT, ()) if name in variables), None)
        if fixed is not None:
            raise Refused(
                "contract_violated",
                f"«{fixed}» stays as it is while the tools of an agent are at work with it; end the activation instead",
            )
        around = state.elements.get(around.parent)


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
    drawn_begins.vouch(unit.definitions, began)


def _hold(
    unit: Unit, definition_key: int, node: FlowNode, began: Iterable[Began], element_instance_key: int | None
) -> None:
    from laneway.diagrams.agentic import container_of, tools_of
    from laneway.governance import conversation, drawn_tools

    model = unit.definitions.model(definition_key)
    contract = pairs.contract_of(unit, definition_key, node.work.agent if isinstance(node.work, JobSpec) else None)
    if contract is None or not drawn_begins.is_governed(contract):
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
        calls += drawn_begins.as_asked(drawn, id, variables.get("toolCall"))
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
