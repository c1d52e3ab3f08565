"""What is worth saying of a diagram beyond whether it loads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.joins import strong_components
from laneway.domain.contract import AgentContract
from laneway.domain.model import DecisionSpec, EventKind, FlowNode, JobSpec, ProcessModel, ScriptSpec, UserTaskSpec
from laneway.domain.types import LONGEST_FINDABLE, SCOPES, ElementType

_GATEWAYS = frozenset(
    {
        ElementType.EXCLUSIVE_GATEWAY,
        ElementType.INCLUSIVE_GATEWAY,
        ElementType.PARALLEL_GATEWAY,
        ElementType.COMPLEX_GATEWAY,
    }
)
_NAMED = frozenset(
    {
        ElementType.TASK,
        ElementType.SERVICE_TASK,
        ElementType.SEND_TASK,
        ElementType.RECEIVE_TASK,
        ElementType.USER_TASK,
        ElementType.MANUAL_TASK,
        ElementType.SCRIPT_TASK,
        ElementType.BUSINESS_RULE_TASK,
        ElementType.CALL_ACTIVITY,
    }
)
_WORD = re.compile(r"[^a-z0-9]+")


def lint(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    _lengths(model, findings)
    _no_wait_state(model, findings)
    _links(model, findings)
    _event_gateways(model, findings)
    _unreachable(model, findings)
    _names(model, findings)
    _purpose(model, findings)
    _agents(model, findings, contracts)


def _lengths(model: ProcessModel, findings: Findings) -> None:
    """Ids, names and keys that the store looks for; three of them fit one entry of a PostgreSQL index."""
    process = model.nodes[0]
    _length("the process id", model.process_id, process, findings)
    _length("the version tag", model.version_tag, process, findings)
    for node in model.nodes:
        _length("the id", node.id, node, findings)
        _length("the name", node.name, node, findings)
        if node.event is not None:
            _length("the name of the event", node.event.name, node, findings)
            _length("the code of the event", node.event.code, node, findings)
            _length("the correlation key", node.event.correlation_key, node, findings)
        if isinstance(node.work, JobSpec):
            _length("the job type", node.work.type, node, findings)
        elif isinstance(node.work, UserTaskSpec):
            for people in (node.work.candidate_groups, node.work.candidate_users):
                for each in people if isinstance(people, tuple) else (people,):
                    _length("a candidate", each, node, findings)
            _length("the assignee", node.work.assignee, node, findings)
        elif isinstance(node.work, (ScriptSpec, DecisionSpec)):
            _length("the result variable", node.work.result_variable, node, findings)
        for mapping in (*node.inputs, *node.outputs):
            _length("the target of a mapping", mapping.target, node, findings)


def _length(what: str, text: object, node: FlowNode, findings: Findings) -> None:
    if isinstance(text, str) and len(text.encode()) > LONGEST_FINDABLE:
        findings.error(
            "name_too_long",
            f"{what} has {len(text.encode()):,} bytes; {LONGEST_FINDABLE} is the most: {text[:40]}…",
            "Shorten it; longer texts belong into the documentation.",
            Where(node.id[:80], None, node.line),
        )


def _where(node: FlowNode) -> Where:
    return Where(node.id, node.name, node.line)


def _targets(model: ProcessModel, node: FlowNode) -> list[int]:
    return [model.flows[index].target for index in node.outgoing]


def _no_wait_state(model: ProcessModel, findings: Findings) -> None:
    """A cycle of gateways alone never waits for anything: it would turn until its budget is spent."""
    turning = [node for node in model.nodes if node.type in _GATEWAYS and not isinstance(node.work, UserTaskSpec)]
    slots = {node.slot for node in turning}
    edges = {node.slot: [target for target in _targets(model, node) if target in slots] for node in turning}
    for members in strong_components([node.slot for node in turning], edges):
        if len(members) > 1 or members[0] in edges[members[0]]:
            nodes = [model.nodes[slot] for slot in sorted(members)]
            shown = ", ".join(node.id for node in nodes[:10])
            findings.error(
                "no_wait_state",
                f"the gateways {shown} lead in a circle with nothing to do or wait for in it",
                "Put a task or an event into the circle.",
                _where(nodes[0]),
            )


def _links(model: ProcessModel, findings: Findings) -> None:
    """A link throw event needs exactly one catch event of its name in the same scope (BPMN 2.0, 10.5.5.7)."""
    catches: dict[tuple[int, str], FlowNode] = {}
    for node in model.nodes:
        if _is_link(node, ElementType.INTERMEDIATE_CATCH_EVENT):
            assert node.event is not None
            first = catches.setdefault((node.parent, str(node.event.name)), node)
            if first is not node:
                findings.error(
                    "link_target",
                    f"two link catch events are called «{node.event.name}»: {first.id} and {node.id}",
                    "Give them different names.",
                    _where(node),
                )
    for node in model.nodes:
        if _is_link(node, ElementType.INTERMEDIATE_THROW_EVENT):
            assert node.event is not None
            if (node.parent, str(node.event.name)) not in catches:
                findings.error(
                    "link_target",
                    f"no link catch event «{node.event.name}» stands in the same scope",
                    "Add it, or correct the link name.",
                    _where(node),
                )


def _is_link(node: FlowNode, kind: ElementType) -> bool:
    return (
        node.type is kind
        and node.event is not None
        and node.event.kind is EventKind.LINK
        and node.event.name is not None
    )


def _event_gateways(model: ProcessModel, findings: Findings) -> None:
    """After an event-based gateway stand events to wait for, and nothing else (BPMN 2.0, 10.6.6)."""
    allowed = (ElementType.INTERMEDIATE_CATCH_EVENT, ElementType.RECEIVE_TASK)
    for node in model.nodes:
        if node.type is not ElementType.EVENT_BASED_GATEWAY:
            continue
        if not node.outgoing:
            findings.error(
                "event_gateway_target", "nothing follows the event-based gateway", "Add events to it.", _where(node)
            )
        for target in _targets(model, node):
            event = model.nodes[target]
            if event.type not in allowed or (event.event is not None and event.event.kind is EventKind.LINK):
                findings.error(
                    "event_gateway_target",
                    f"after the event-based gateway stands {event.id}, which is no event to wait for",
                    "Put a message, timer or signal catch event, or a receive task, there.",
                    _where(node),
                )


def _unreachable(model: ProcessModel, findings: Findings) -> None:
    reached: set[int] = set()
    process = model.nodes[0]
    stack = [*process.start_nodes, *process.event_starts, *process.event_sub_processes]
    stack += [
        node.slot for node in model.nodes if node.type is ElementType.START_EVENT and node.parent == 0 and node.slot
    ]
    links = {
        (node.parent, str(node.event.name)): node.slot
        for node in model.nodes
        if _is_link(node, ElementType.INTERMEDIATE_CATCH_EVENT) and node.event is not None
    }
    while stack:
        slot = stack.pop()
        if slot in reached:
            continue
        reached.add(slot)
        node = model.nodes[slot]
        stack.extend(_targets(model, node))
        stack.extend(node.boundary_events)
        if node.type in SCOPES:
            stack.extend(node.start_nodes)
            stack.extend(node.event_sub_processes)
        if _is_link(node, ElementType.INTERMEDIATE_THROW_EVENT) and node.event is not None:
            target = links.get((node.parent, str(node.event.name)))
            if target is not None:
                stack.append(target)
    for node in model.nodes[1:]:
        if node.slot not in reached and (node.parent == 0 or node.parent in reached):
            findings.warning(
                "unreachable",
                "no flow leads here from a start event",
                "Connect it, or remove it.",
                _where(node),
            )


def _names(model: ProcessModel, findings: Findings) -> None:
    for node in model.nodes[1:]:
        if node.name:
            continue
        if node.type in _NAMED:
            findings.info("missing_name", "the task has no name", "Name it with a verb and an object.", _where(node))
        elif node.type is ElementType.EXCLUSIVE_GATEWAY and len(node.outgoing) > 1:
            findings.info("missing_name", "the gateway has no name", "Name it with the question it asks.", _where(node))


def _purpose(model: ProcessModel, findings: Findings) -> None:
    """Every definition can carry its business outcome and its accountable owner."""
    where = Where(model.process_id, model.name, model.line)
    said = {str(key).lower() for key, value in model.properties.items() if value}
    if not model.documentation and "purpose" not in said:
        findings.info(
            "purpose_missing", "nothing says what the process is for", "Write its purpose as its documentation.", where
        )
    if "owner" not in said:
        findings.info(
            "owner_missing", "nothing says who owns the process", "Add a property named owner to the process.", where
        )


def _agents(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    """A person's task named like an agent may be meant for it; that is only ever suggested."""
    known = {_slug(name): contract for contract in contracts for name in (contract.name, *contract.job_types)}
    if not known:
        return
    for node in model.nodes[1:]:
        if not node.walkthrough and node.type is not ElementType.USER_TASK:
            continue
        for said in (node.name or "", node.id, *node.lanes[-1:]):
            contract = known.get(_slug(said))
            if contract is not None:
                findings.info(
                    "agent_suggested",
                    f"the agent {contract.name} could do this",
                    f"Bind it in the bindings file: elements: {node.id}: {{agent: {contract.name}}}.",
                    _where(node),
                )
                break


def _slug(text: str) -> str:
    return _WORD.sub("-", text.lower()).strip("-")
