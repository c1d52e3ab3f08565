"""Connections that BPMN 2.0 does not have, and circles that never come to rest: a process with one cannot run."""

from __future__ import annotations

from laneway.diagrams.findings import Findings
from laneway.diagrams.joins import strong_components
from laneway.diagrams.lint.graph import called, is_link, targets, where_is
from laneway.domain.model import EventKind, FlowNode, ProcessModel, UserTaskSpec
from laneway.domain.types import ElementType

_GATEWAYS = frozenset(
    {
        ElementType.EXCLUSIVE_GATEWAY,
        ElementType.INCLUSIVE_GATEWAY,
        ElementType.PARALLEL_GATEWAY,
        ElementType.COMPLEX_GATEWAY,
    }
)


def connections(model: ProcessModel, findings: Findings) -> None:
    _borders(model, findings)
    _no_wait_state(model, findings)
    _links(model, findings)
    _event_gateways(model, findings)


def _borders(model: ProcessModel, findings: Findings) -> None:
    """Where a sequence flow must not begin or end (BPMN 2.0, tables 8.42 and 10.85, 10.5.2 to 10.5.4)."""
    for node in model.nodes[1:]:
        if node.incoming and (found := _no_incoming(node)):
            rule, what, fix = found
            findings.error(rule, f"{_flows(model, node.incoming)} into {what} {called(node)}", fix, where_is(node))
        elif node.outgoing and (found := _no_outgoing(node)):
            rule, what, fix = found
            findings.error(rule, f"{_flows(model, node.outgoing)} out of {what} {called(node)}", fix, where_is(node))


def _flows(model: ProcessModel, indexes: tuple[int, ...]) -> str:
    shown = ", ".join(model.flows[index].id for index in indexes[:5])
    return f"the flow {shown} leads" if len(indexes) == 1 else f"the flows {shown} lead"


def _no_incoming(node: FlowNode) -> tuple[str, str, str] | None:
    if node.type is ElementType.START_EVENT:
        return "start_event_incoming", "the start event", "Lead it to the element behind the start event."
    if node.type is ElementType.BOUNDARY_EVENT:
        return "boundary_incoming", "the boundary event", "Lead it to the activity, or to what follows the event."
    if node.type is ElementType.EVENT_SUB_PROCESS:
        return "event_sub_process_flow", "the event sub-process", _TRIGGERED
    return None


def _no_outgoing(node: FlowNode) -> tuple[str, str, str] | None:
    if node.type is ElementType.END_EVENT:
        return "end_event_outgoing", "the end event", "Make it an intermediate event, or remove what follows."
    if node.type is ElementType.EVENT_SUB_PROCESS:
        return "event_sub_process_flow", "the event sub-process", _TRIGGERED
    return None


_TRIGGERED = "Remove the flow: the start event in it says when it begins. Or make it a plain sub-process."


def _no_wait_state(model: ProcessModel, findings: Findings) -> None:
    """A cycle of gateways alone never waits for anything: it would turn until its budget is spent."""
    turning = [node for node in model.nodes if node.type in _GATEWAYS and not isinstance(node.work, UserTaskSpec)]
    slots = {node.slot for node in turning}
    edges = {node.slot: [target for target in targets(model, node) if target in slots] for node in turning}
    for members in strong_components([node.slot for node in turning], edges):
        if len(members) > 1 or members[0] in edges[members[0]]:
            nodes = [model.nodes[slot] for slot in sorted(members)]
            shown = ", ".join(node.id for node in nodes[:10])
            findings.error(
                "no_wait_state",
                f"the gateways {shown} lead in a circle with nothing to do or wait for in it",
                "Put a task or an event into the circle.",
                where_is(nodes[0]),
            )


def _links(model: ProcessModel, findings: Findings) -> None:
    """A link throw event needs exactly one catch event of its name in the same scope (BPMN 2.0, 10.5.5.7)."""
    catches: dict[tuple[int, str], FlowNode] = {}
    for node in model.nodes:
        if is_link(node, ElementType.INTERMEDIATE_CATCH_EVENT):
            assert node.event is not None
            first = catches.setdefault((node.parent, str(node.event.name)), node)
            if first is not node:
                findings.error(
                    "link_target",
                    f"two link catch events are called «{node.event.name}»: {first.id} and {node.id}",
                    "Give them different names.",
                    where_is(node),
                )
        _link_flows(model, node, findings)
    for node in model.nodes:
        if is_link(node, ElementType.INTERMEDIATE_THROW_EVENT):
            assert node.event is not None
            if (node.parent, str(node.event.name)) not in catches:
                findings.error(
                    "link_target",
                    f"no link catch event «{node.event.name}» stands in the same scope",
                    "Add it, or correct the link name.",
                    where_is(node),
                )


def _link_flows(model: ProcessModel, node: FlowNode, findings: Findings) -> None:
    """A link stands for the flow: none leaves its source, none leads into its target (BPMN 2.0, 10.5.4)."""
    if node.outgoing and is_link(node, ElementType.INTERMEDIATE_THROW_EVENT):
        what = (
            f"{_flows(model, node.outgoing)} out of the link throw event {called(node)}, which jumps to its catch event"
        )
    elif node.incoming and is_link(node, ElementType.INTERMEDIATE_CATCH_EVENT):
        what = f"{_flows(model, node.incoming)} into the link catch event {called(node)}, which only a link reaches"
    else:
        return
    report = findings.error if model.executable else findings.warning
    report("link_target", what, "Remove the flow, or draw an event without link there.", where_is(node))


def _event_gateways(model: ProcessModel, findings: Findings) -> None:
    """After an event-based gateway stand events to wait for, and nothing else (BPMN 2.0, 10.6.6)."""
    allowed = (ElementType.INTERMEDIATE_CATCH_EVENT, ElementType.RECEIVE_TASK)
    for node in model.nodes:
        if node.type is not ElementType.EVENT_BASED_GATEWAY:
            continue
        if not node.outgoing:
            findings.error(
                "event_gateway_target", "nothing follows the event-based gateway", "Add events to it.", where_is(node)
            )
        for target in targets(model, node):
            event = model.nodes[target]
            if event.type not in allowed or (event.event is not None and event.event.kind is EventKind.LINK):
                findings.error(
                    "event_gateway_target",
                    f"after the event-based gateway stands {event.id}, which is no event to wait for",
                    "Put a message, timer or signal catch event, or a receive task, there.",
                    where_is(node),
                )
            elif event.loop is not None or event.boundary_events:
                what = "a loop" if event.loop is not None else "boundary events"
                report = findings.error if model.executable else findings.warning
                report(
                    "event_gateway_target",
                    f"{event.id} has {what}, which it cannot have behind an event-based gateway (BPMN 2.0, 10.6.6)",
                    "Let a plain catch event stand behind the gateway, and the activity behind that.",
                    where_is(event),
                )
            elif len(node.outgoing) == 1:
                findings.warning(
                    "event_gateway_target",
                    "a single event follows the event-based gateway, so that there is nothing to choose (BPMN 2.0, 10.6.6)",
                    "Add the other events, or draw the event without gateway.",
                    where_is(node),
                )
