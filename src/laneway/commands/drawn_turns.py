"""A person decides a turn of an agent with drawn tools: in its place, or on what it proposed.

What they pick is held against the same tools and limits as what the agent picks, and carried out in the same way. The conversation goes on from
it: their decision stands in the history where the agent's would, so that a later turn of the agent, at whatever level, knows of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from laneway.commands import agent_turns, drawn_begins
from laneway.commands.execution import Unit
from laneway.domain.agent_instance import NO_LIMIT, AgentInstance, HistoryItem, Role
from laneway.domain.autonomy import Level
from laneway.domain.contract import AgentContract
from laneway.domain.errors import InvalidInput, Refused
from laneway.domain.governed import standing_against
from laneway.domain.model import FlowNode, JobSpec
from laneway.domain.state import InstanceState
from laneway.domain.work import UserTask

if TYPE_CHECKING:
    from laneway.diagrams.agentic import DrawnTool
    from laneway.governance.conversation import Judged, OfferedTool
    from laneway.governance.verdicts import Verdict

RAW = "raw"
"""In the details of an item that no guardrail has looked through yet: that is done before a model is given it."""
RESPONSE = "agent"


@dataclass(frozen=True, slots=True)
class Decided:
    """What goes on: variables, and what the completion says besides."""

    variables: Mapping[str, Any]
    result: Mapping[str, Any] = field(default_factory=dict)


def node_of(unit: Unit, task: UserTask) -> FlowNode | None:
    """The element of ``task``, if it is an agent with drawn tools."""
    model = unit.definitions.model(task.process_definition_key)
    slot = model.slots.get(task.element_id)
    node = None if slot is None else model.nodes[slot]
    return node if node is not None and isinstance(node.work, JobSpec) and node.work.flavour is not None else None


def decide(
    unit: Unit,
    state: InstanceState,
    task: UserTask,
    node: FlowNode,
    contract: AgentContract,
    level: Level,
    found: Verdict,
    proposal: Mapping[str, Any] | None,
) -> Decided:
    """Carry out what ``found`` says. ``proposal``: what the agent decided, None where nobody was shown anything.

    Raises
    ------
    InvalidInput
        ``tool_calls_invalid``: the calls have another form.
    Refused
        ``contract_violated``: a call that the agent could not make, or one too many.
    """
    from laneway.diagrams.agentic import tool_call
    from laneway.governance import drawn
    from laneway.governance.connectors import by_headers

    work = node.work
    assert isinstance(work, JobSpec)
    assert work.flavour is not None
    given = state.variables.get(task.element_instance_key, {})
    tools = _drawn_tools(unit, task, node)
    instance, items = agent_turns.found(
        unit.uow, task, contract.name, drawn.conversation_of(drawn.given_context(given))
    )
    if instance is None:
        instance = unit.uow.add_agent_instance(
            agent_turns.made(unit.uow, task, _configuration(unit, task, node, contract, tools))
        )
    decision = found.variables
    as_proposed = proposal is not None and (decision == proposal or drawn.alike(decision, proposal))
    if proposal is not None and as_proposed:
        decision = proposal
    judged = _judged(unit, contract, instance, items, tools, found.kind, decision)
    changed = _written(unit, task, node, level, found, decision, instance, given, judged, as_proposed=as_proposed)
    calls = [] if judged is None else list(judged.calls)
    handed = [(call["elementId"], tool_call(call, tools)) for call in calls]
    context = changed if drawn.wants_context(given, work.flavour) else None
    answer = {} if judged is not None else decision
    response = drawn.response(answer, [each for _, each in handed], as_json=drawn.wants_json(given), context=context)
    if work.flavour == "task":
        return Decided(by_headers(work.headers, response), drawn_begins.handing_out(str(instance.key), handed))
    if not handed:
        done = {"isCompletionConditionFulfilled": True, "isCancelRemainingInstances": True}
        return Decided({RESPONSE: response, "toolCallResults": []}, done)
    activated = [
        {"elementId": element_id, "variables": {"toolCall": each, "toolCallResult": None}}
        for element_id, each in handed
    ]
    drawn_begins.vouch(unit.definitions, [(each["elementId"], each["variables"]) for each in activated])
    return Decided({"toolCallResults": []}, {"activateElements": activated, "isCancelRemainingInstances": True})


def _drawn_tools(unit: Unit, task: UserTask, node: FlowNode) -> Sequence[DrawnTool]:
    from laneway.diagrams.agentic import container_of, tools_of

    model = unit.definitions.model(task.process_definition_key)
    container = container_of(model, node)
    return () if container is None else tools_of(model, container)


def offered(tools: Sequence[DrawnTool], instance: AgentInstance | None) -> dict[str, OfferedTool]:
    """What can be picked: what is drawn, and what gateways have listed in this conversation."""
    from laneway.governance.conversation import OfferedTool

    gateways = {tool.name for tool in tools if tool.gateway is not None}
    found = {
        tool.name: OfferedTool(tool.name, tool.description, tool.input_schema, tool.name)
        for tool in tools
        if tool.gateway is None
    }
    for each in () if instance is None else instance.tools:
        if each.get("gateway") and each.get("elementId") in gateways:
            schema, element_id = each["inputSchema"], each["elementId"]
            tool = OfferedTool(each["name"], each.get("description") or "", schema, element_id, each["gateway"])
            found.setdefault(tool.name, tool)
    return found


def _judged(
    unit: Unit,
    contract: AgentContract,
    instance: AgentInstance,
    items: Sequence[HistoryItem],
    tools: Sequence[DrawnTool],
    kind: str,
    decision: Mapping[str, Any],
) -> Judged | None:
    """The calls that were decided on; None where it is an answer."""
    from laneway.governance import conversation, drawn, drawn_tools

    if not drawn.is_calls(decision):
        return None
    wrong = drawn.fault_of(decision)
    if wrong is not None:
        raise InvalidInput("tool_calls_invalid", wrong[0].upper() + wrong[1:])
    taken = frozenset(call["toolCallId"] for each in items for call in each.tool_calls)
    calls = drawn.listed(decision)
    told = drawn_tools.offered(contract, offered(tools, instance))
    judged = conversation.judge(told, contract.conversation, calls, instance.model_calls, taken)
    # Who approves under four eyes lets a tool go that needs it; nobody else does.
    approver = unit.entry.actor.id if kind == "approved" else None
    judged = drawn_tools.endorsed(contract, told, judged, approver=approver)
    said = next(iter(judged.refused.values()), None) or conversation.too_many_tools(instance, len(judged.calls))
    said = said or stopped(unit, judged.calls, instance.tenant_id)
    if said is not None:
        message = f"Agent «{contract.name}» could not do this under its contract, and nobody does in its place: {said}"
        raise Refused("contract_violated", message, {"agent": contract.name})
    return judged


def stopped(unit: Unit, calls: Sequence[Mapping[str, Any]], tenant_id: str) -> str | None:
    """A tool that is stopped is so for everybody: what an agent proposed before must not begin after."""
    from laneway.diagrams.agentic import names_of

    names = [name for call in calls for name in names_of(call)]
    switch = standing_against(unit.uow.standing_switches(), tenant_id, tools=names) if names else None
    return None if switch is None else f"a tool is stopped: {switch}"


def _configuration(
    unit: Unit, task: UserTask, node: FlowNode, contract: AgentContract, tools: Sequence[DrawnTool]
) -> agent_turns.Configuration:
    definition = unit.definitions.compiled(task.process_definition_key).definition
    agreed = contract.conversation
    limits = (
        ("maxModelCalls", agreed.max_model_calls),
        ("maxToolCalls", agreed.max_tool_calls),
        ("maxTokens", agreed.max_tokens),
    )
    listed = [
        {
            "name": each.name,
            "description": each.description,
            "elementId": each.name,
            "inputSchema": dict(each.input_schema),
        }
        for each in tools
        if each.gateway is None
    ]
    return agent_turns.Configuration(
        contract.name,
        "AI_AGENT_SUB_PROCESS" if node.ad_hoc is not None else "AI_AGENT_TASK",
        definition.version,
        definition.version_tag,
        str(contract.config.get("model") or ""),
        str(contract.config.get("provider") or contract.adapter),
        "",
        listed,
        {name: NO_LIMIT if most is None else most for name, most in limits},
    )


def _written(
    unit: Unit,
    task: UserTask,
    node: FlowNode,
    level: Level,
    found: Verdict,
    decision: Mapping[str, Any],
    instance: AgentInstance,
    given: Mapping[str, Any],
    judged: Judged | None,
    *,
    as_proposed: bool,
) -> AgentInstance:
    """The history of the turn. What the agent proposed is committed if it is taken as it was, else discarded; what it was given stays."""
    from laneway.governance.schemas import canonical_json

    # Of a shadow at work nothing is pending but what it was given.
    unit.uow.settle_agent_history(instance.key, "COMMITTED" if as_proposed or level == "shadow" else "DISCARDED")
    items = unit.uow.agent_history(instance.key)
    calls = [] if judged is None else list(judged.calls)
    last = items[-1] if as_proposed and items else None
    if last is not None and last.role == "ASSISTANT" and _ids(last.tool_calls) == _ids(calls):
        new: list[HistoryItem] = []
    else:
        by = f"{unit.entry.actor.kind}:{unit.entry.actor.id}"
        details = {"decidedBy": by, "autonomy": level, "verdict": found.kind}
        text = decision.get("responseText")
        content = None if judged is not None else text if isinstance(text, str) else canonical_json(decision)
        said = _item(task, "ASSISTANT", instance.model_calls, content, tool_calls=calls, details=details)
        new = [*_came(task, node, items, given, instance.model_calls), said]
    written = agent_turns.numbered(unit, instance, new, "COMMITTED")
    unit.uow.add_agent_history(written)
    elements = instance.element_instance_keys
    if task.element_instance_key not in elements:
        elements = [*elements, task.element_instance_key]
    return unit.uow.update_agent_instance(
        instance,
        tool_calls=instance.tool_calls + len(calls),
        status="COMPLETED" if judged is None else "TOOL_CALLING",
        sequence=instance.sequence + len(written),
        element_instance_key=task.element_instance_key,
        element_instance_keys=elements,
        completed_at=unit.now if judged is None else None,
    )


def _came(
    task: UserTask, node: FlowNode, items: Sequence[HistoryItem], given: Mapping[str, Any], iteration: int
) -> list[HistoryItem]:
    """What the turn began with, where no agent was given it: the prompt, results of tools, what events brought."""
    from laneway.governance import conversation, drawn

    if items and items[-1].role in ("USER", "TOOL_RESULT"):
        return []
    assert isinstance(node.work, JobSpec)
    asked = conversation.asked_last(items)
    results = drawn.given_results(given, node.work.flavour or "")
    turn = conversation.next_turn(asked, results, interrupts=True, all_are_in=True)
    raw: dict[str, Any] = {RAW: True}
    came = [
        _item(task, "TOOL_RESULT", iteration, content, tool_calls=[call], details=raw)
        for call, content in turn.results
        if asked is not None and asked.role == "ASSISTANT"
    ]
    prompt = drawn.within(drawn.within(given, "data"), "userPrompt").get("prompt")
    if asked is None and isinstance(prompt, str) and prompt.strip():
        came.append(_item(task, "USER", iteration, prompt, details=raw))
    return [*came, *(_item(task, "USER", iteration, event, details={"event": True, **raw}) for event in turn.events)]


def _item(task: UserTask, role: Role, iteration: int, content: Any, **rest: Any) -> HistoryItem:
    """Without key and sequence, which it gets when it is written."""
    from laneway.governance.conversation import blocks

    return HistoryItem(
        key=0,
        root_key=task.root_key,
        agent_instance_key=0,
        element_instance_key=task.element_instance_key,
        job_key=task.key,
        lease_token="",
        sequence=0,
        iteration=iteration,
        role=role,
        content=[] if content is None else blocks(content),
        tenant_id=task.tenant_id,
        **rest,
    )


def _ids(calls: Sequence[Mapping[str, Any]]) -> list[str]:
    return [call["toolCallId"] for call in calls]
