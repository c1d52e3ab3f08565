"""Drawn tools that somebody outside begins in an agent's place: by completing its job, or by activating them.

Whoever does so vouches for the call, as for an answer that they give in its place; what the contract prohibits, has an approval for, or does
not name is done by nobody. Where a contract says nothing of drawn tools, whatever is drawn may be begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from laneway.commands import drawn_turns, pairs
from laneway.commands.execution import Unit
from laneway.domain.errors import Refused
from laneway.domain.model import JobSpec
from laneway.domain.work import Job

if TYPE_CHECKING:
    from laneway.diagrams.agentic import DrawnTool

Began = tuple[str, Mapping[str, Any]]
LISTS = ("tools/list", "fetchAgentCard")
OWN = ("toolCall", "toolCallResult")


def hold_job(unit: Unit, job: Job, variables: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """What completes ``job`` in its agent's place. Below ``auto`` a person decides on it, which is held against the contract then."""
    wanted = result.get("activateElements", variables.get("activateElements"))
    if job.autonomy is not None or not isinstance(wanted, list):
        return
    hold(unit, job.process_definition_key, job.element_id, job.element_instance_key, _began(wanted))


def hold(unit: Unit, definition_key: int, element_id: str, element_instance_key: int, began: Iterable[Began]) -> None:
    """
    Raises
    ------
    Refused
        ``contract_violated``
    """
    from laneway.diagrams.agentic import tools_of
    from laneway.governance import conversation, drawn_tools

    model = unit.definitions.model(definition_key)
    slot = model.slots.get(element_id)
    node = None if slot is None else model.nodes[slot]
    if node is None or node.ad_hoc is None or not isinstance(node.work, JobSpec) or node.work.flavour is None:
        return
    contract = pairs.contract_of(unit, definition_key, node.work.agent)
    if contract is None or not (drawn_tools.is_named(contract) or contract.conversation.prohibited):
        return
    tenant_id = unit.definitions.compiled(definition_key).definition.tenant_id
    drawn = tools_of(model, node.slot)
    found = drawn_turns.offered(drawn, unit.uow.agent_instance_at(element_instance_key))
    offered = drawn_tools.offered(contract, found)
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
