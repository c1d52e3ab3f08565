"""Whether a drawn tool may begin: it was asked for by its agent, somebody vouches for it, or its contract leaves it to any text.

The runtime asks at every activation, so that it does not matter where the call comes from: the agent's own turn, a variable that a person, a
worker, a message or the start gave, or a list in the diagram. What nobody vouches for is held to the contract as text from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from laneway.domain.contract import AgentContract
from laneway.domain.governed import standing_against
from laneway.domain.model import FlowNode, JobSpec
from laneway.ports import ToolBegins, UnitOfWork
from laneway.runtime.tool_begins import HAND_OUT, TOOL_CALL

if TYPE_CHECKING:
    from laneway.commands.definitions import BoundDefinitions
    from laneway.diagrams.agentic import DrawnTool

Began = tuple[str, Mapping[str, Any]]
"""The id of a tool, and the variables of its activation."""
LISTS = ("tools/list", "fetchAgentCard")


def decide(
    definitions: BoundDefinitions,
    uow: UnitOfWork,
    definition_key: int,
    container: int,
    tool_id: str,
    call: Any,
    handed: Mapping[str, Mapping[str, str]],
) -> ToolBegins | None:
    """As ``Definitions.tool_begins``."""
    from laneway.diagrams.agentic import agents_at, filled_by_agents, tools_of
    from laneway.governance.drawn import fingerprint

    compiled = definitions.compiled(definition_key)
    agents = agents_at(compiled.model, container)
    contracts = [
        contract
        for node in agents
        if isinstance(node.work, JobSpec) and (contract := compiled.contracts.get(node.work.agent or "")) is not None
    ]
    if not contracts:
        return None
    kept = (TOOL_CALL, *filled_by_agents(compiled.model, tool_id))
    meta = call.get("_meta") if isinstance(call, Mapping) else None
    id = meta.get("id") if isinstance(meta, Mapping) else None
    answers = (id, tool_id) if isinstance(id, str) else None
    said = fingerprint(tool_id, call)
    asked = next(
        ((conversation, one) for conversation, calls in handed.items() for one, its in calls.items() if its == said),
        None,
    )
    drawn = tools_of(compiled.model, container)
    if asked is not None or said in definitions.vouched:
        names = _names(drawn, tool_id, call)
        switch = standing_against(uow.standing_switches(), compiled.definition.tenant_id, tools=names)
        if switch is not None:
            return ToolBegins(refused=f"a tool is stopped: {switch}; lift it and resolve this incident")
        return ToolBegins(used=asked, answers=answers, kept=kept)
    governed = [contract for contract in contracts if is_governed(contract)]
    for contract in governed:
        why = _withheld(uow, contract, drawn, tool_id, call, compiled.definition.tenant_id)
        if why is not None:
            return ToolBegins(
                refused=f"agent «{contract.name}» has not asked for this call of {tool_id}, and its contract lets it begin for nobody else: "
                f"{why} Let the agent ask for it, or end this activation"
            )
    return ToolBegins(answers=(None, tool_id) if governed else answers, kept=kept)


def is_governed(contract: AgentContract) -> bool:
    """Whether it says anything of drawn tools."""
    from laneway.governance import drawn_tools

    return drawn_tools.is_named(contract) or bool(contract.conversation.prohibited)


def vouch(definitions: BoundDefinitions, began: Iterable[Began]) -> None:
    """These have been held against the contract by this very command."""
    from laneway.governance.drawn import fingerprint

    definitions.vouched.update(fingerprint(id, variables.get(TOOL_CALL)) for id, variables in began)


def handing_out(conversation: str, calls: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Of a result: what an agent task hands out with it. ``calls``: the tool, and the variable ``toolCall`` that it is to begin with."""
    from laneway.governance.drawn import fingerprint

    prints = {str(number): fingerprint(tool_id, call) for number, (tool_id, call) in enumerate(calls)}
    return {HAND_OUT: {"conversation": conversation, "calls": prints}}


def began_of(wanted: Sequence[Any]) -> list[Began]:
    """Those that have the form of one; ``advance`` refuses any other."""
    found: list[Began] = []
    for each in wanted:
        given = each.get("variables") if isinstance(each, Mapping) else None
        id = each.get("elementId") if isinstance(each, Mapping) else each
        found.append((str(id), given if isinstance(given, Mapping) else {}))
    return found


def as_asked(drawn: Sequence[DrawnTool], id: str, said: Any) -> list[tuple[str, str, Any]]:
    """A call as the agent would have asked for it: name and arguments. Of a gateway, to list its tools is no call."""
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


def _withheld(
    uow: UnitOfWork, contract: AgentContract, drawn: Sequence[DrawnTool], tool_id: str, call: Any, tenant_id: str
) -> str | None:
    """Why a call that nobody vouches for does not begin under ``contract``."""
    from laneway.commands import drawn_turns
    from laneway.governance import conversation, drawn_tools

    told = drawn_tools.offered(contract, drawn_turns.offered(drawn, None))
    judged = conversation.judge(told, contract.conversation, as_asked(drawn, tool_id, call), 0)
    judged = drawn_tools.of_nobody(contract, told, judged)
    needs = next(iter(judged.waiting.values()), None)
    why = next(iter(judged.refused.values()), None)
    if why is None and needs is not None:
        why = f"It needs an approval: {needs.because[0]}."
    if why is None:
        switch = standing_against(uow.standing_switches(), tenant_id, tools=_names(drawn, tool_id, call))
        why = None if switch is None else f"A tool is stopped: {switch}."
    return why


def _names(drawn: Sequence[DrawnTool], tool_id: str, call: Any) -> list[str]:
    """All names under which a kill switch may stop it."""
    from laneway.diagrams.agentic import names_of

    asked = as_asked(drawn, tool_id, call)
    return names_of({"toolName": asked[0][1] if asked else tool_id, "elementId": tool_id})


def node_is_task(node: FlowNode) -> bool:
    """An agent whose tools are called by what follows it."""
    return isinstance(node.work, JobSpec) and node.work.flavour == "task"
