"""How a diagram is drawn: what runs, but not as its picture makes a reader expect.

The rules that bpmn-io's linter recommends, as far as they say something of execution, in our words.
"""

from __future__ import annotations

from laneway.diagrams.findings import Findings
from laneway.diagrams.lint.graph import called, is_compensation_handler, starts_an_instance, where_is
from laneway.domain.model import EventKind, FlowNode, ProcessModel
from laneway.domain.types import SCOPES, ElementType

_GATEWAYS = frozenset(
    {
        ElementType.EXCLUSIVE_GATEWAY,
        ElementType.INCLUSIVE_GATEWAY,
        ElementType.PARALLEL_GATEWAY,
        ElementType.COMPLEX_GATEWAY,
        ElementType.EVENT_BASED_GATEWAY,
    }
)
_SPLITS = frozenset({ElementType.PARALLEL_GATEWAY, ElementType.INCLUSIVE_GATEWAY, ElementType.COMPLEX_GATEWAY})
_NO_FLOWS_NEEDED = frozenset({ElementType.EVENT_SUB_PROCESS, ElementType.BOUNDARY_EVENT})


def drawing(model: ProcessModel, findings: Findings) -> None:
    children = _children(model)
    for scope, inside in children:
        if scope.type is ElementType.AD_HOC_SUB_PROCESS:
            continue  # what must not stand in it is refused (diagrams/ad_hoc.py)
        if not inside and scope.slot:
            findings.info(
                "empty_scope",
                "the sub-process holds nothing; it is done as soon as it begins",
                "Draw what is done in it, or make it a task.",
                where_is(scope),
            )
        _starts(scope, inside, findings)
        _ends(model, scope, inside, findings)
    by_itself = {
        slot
        for scope, _ in children
        if len(scope.start_nodes) + len(scope.event_starts) > 1
        for slot in (*scope.start_nodes, *scope.event_starts)
    }
    for node in model.nodes[1:]:
        if model.nodes[node.parent].type is not ElementType.AD_HOC_SUB_PROCESS:
            _node(model, node, by_itself, findings)
    _duplicate_flows(model, findings)


def _children(model: ProcessModel) -> list[tuple[FlowNode, list[FlowNode]]]:
    """Scopes with what they hold, in document order."""
    held: dict[int, list[FlowNode]] = {node.slot: [] for node in model.nodes if node.type in SCOPES}
    for node in model.nodes[1:]:
        held[node.parent].append(node)
    return [(model.nodes[slot], inside) for slot, inside in held.items()]


def _starts(scope: FlowNode, inside: list[FlowNode], findings: Findings) -> None:
    starts = [node for node in inside if node.type is ElementType.START_EVENT]
    if inside and not starts and not any(starts_an_instance(node) for node in inside):
        what = "process" if scope.type is ElementType.PROCESS else "sub-process"
        findings.info(
            "start_event_missing",
            f"the {what} has no start event; everything without an incoming flow starts together",
            "Add a start event and lead it to what comes first.",
            where_is(scope),
        )
    blank = [node for node in starts if node.event is None or node.event.kind is EventKind.NONE]
    if len(blank) > 1:
        findings.warning(
            "several_blank_starts",
            f"{len(blank)} start events without a trigger ({', '.join(called(node) for node in blank[:5])}) start together",
            "Keep one; give the others a message, timer, signal or condition.",
            where_is(blank[1]),
        )


def _ends(model: ProcessModel, scope: FlowNode, inside: list[FlowNode], findings: Findings) -> None:
    ends = [node for node in inside if node.type is ElementType.END_EVENT]
    if inside and not ends:
        what = "process" if scope.type is ElementType.PROCESS else "sub-process"
        findings.info(
            "end_event_missing", f"the {what} has no end event", "Draw where it ends, and name how.", where_is(scope)
        )
    terminating = [node for node in ends if node.event is not None and node.event.kind is EventKind.TERMINATE]
    if len(ends) == 1 and terminating and not any(_may_be_parallel(model, node) for node in inside):
        findings.info(
            "superfluous_termination",
            "nothing else can be running when it terminates everything",
            "Make it a plain end event.",
            where_is(terminating[0]),
        )


def _may_be_parallel(model: ProcessModel, node: FlowNode) -> bool:
    if node.type is ElementType.EVENT_SUB_PROCESS:
        return True
    if node.type is ElementType.BOUNDARY_EVENT:
        return not node.interrupting
    return len(node.outgoing) > 1 and (node.type in _SPLITS or node.type not in _GATEWAYS)


def _node(model: ProcessModel, node: FlowNode, by_itself: set[int], findings: Findings) -> None:
    incoming, outgoing = len(node.incoming), len(node.outgoing)
    if node.type in _GATEWAYS:
        _gateway(node, incoming, outgoing, findings)
        return
    if node.type in _NO_FLOWS_NEEDED and not outgoing:
        return
    if incoming > 1 and node.type is not ElementType.END_EVENT:
        findings.info(
            "fake_join",
            f"it does not join its {incoming} incoming flows: every token that arrives starts it again",
            "Put a gateway before it that says whether it joins (parallel) or merges (exclusive).",
            where_is(node),
        )
    conditional = any(model.flows[index].condition is not None for index in node.outgoing)
    if outgoing > 1 and node.type is not ElementType.END_EVENT:
        what = "every one whose condition holds" if conditional else "all of them, in parallel"
        findings.info(
            "implicit_split",
            f"{outgoing} flows leave it without a gateway; it takes {what}",
            "Put a gateway behind it that says so.",
            where_is(node),
        )
    if not incoming and not outgoing:
        if node.slot in by_itself and not is_compensation_handler(node):
            _unconnected(node, findings)
        return
    if not outgoing and node.type is not ElementType.END_EVENT and not _is_link_throw(node):
        findings.info("implicit_end", "nothing follows it; the path ends here", "Add an end event.", where_is(node))


def _is_link_throw(node: FlowNode) -> bool:
    return (
        node.type is ElementType.INTERMEDIATE_THROW_EVENT
        and node.event is not None
        and node.event.kind is EventKind.LINK
    )


def _unconnected(node: FlowNode, findings: Findings) -> None:
    """It starts beside others and leads nowhere; what does not start is unreachable, which says more."""
    findings.warning(
        "disconnected",
        "no flow leads to it or away from it, so it starts by itself",
        "Connect it, or remove it.",
        where_is(node),
    )


def _direction(node: FlowNode, incoming: int, outgoing: int, findings: Findings) -> None:
    """``gatewayDirection`` says how many flows a gateway may have (BPMN 2.0, 10.6.1); nothing at run time looks at it."""
    said = node.properties.get("attributes", {}).get("gatewayDirection")
    if (said == "Converging" and outgoing > 1) or (said == "Diverging" and incoming > 1):
        flows = f"{outgoing} flows lead out of it" if said == "Converging" else f"{incoming} flows lead into it"
        findings.warning(
            "gateway_direction",
            f"the gateway says that it is {said}, and {flows}",
            "Write gatewayDirection as it is drawn, or correct the flows.",
            where_is(node),
        )


def _gateway(node: FlowNode, incoming: int, outgoing: int, findings: Findings) -> None:
    _direction(node, incoming, outgoing, findings)
    if incoming == 1 and outgoing == 1:
        findings.info(
            "superfluous_gateway",
            "one flow leads in and one out; the gateway does nothing",
            "Remove it, or add the flow that is missing.",
            where_is(node),
        )
    elif incoming > 1 and outgoing > 1:
        findings.info(
            "join_and_split",
            "the gateway joins and splits at once",
            "Draw two: one that joins, behind it one that splits.",
            where_is(node),
        )
    if node.default_flow is not None and node.type in (
        ElementType.PARALLEL_GATEWAY,
        ElementType.EVENT_BASED_GATEWAY,
    ):
        kind = "a parallel" if node.type is ElementType.PARALLEL_GATEWAY else "an event-based"
        findings.warning(
            "default_ignored",
            f"{kind} gateway has no default flow: it does not choose",
            "Remove the default marker, or make the gateway exclusive or inclusive.",
            where_is(node),
        )


def _duplicate_flows(model: ProcessModel, findings: Findings) -> None:
    for node in model.nodes[1:]:
        if len(node.outgoing) < 2:
            continue
        seen: dict[tuple[int, str | None], str] = {}
        for index in node.outgoing:
            flow = model.flows[index]
            condition = flow.condition.text if flow.condition is not None else None
            first = seen.setdefault((flow.target, condition), flow.id)
            if first == flow.id or (condition is None and node.walkthrough):
                continue
            twice = (
                "the token goes on twice" if node.type is not ElementType.EXCLUSIVE_GATEWAY else "one is never taken"
            )
            findings.warning(
                "duplicate_flow",
                f"the flows {first} and {flow.id} both lead from {called(node)} to {called(model.nodes[flow.target])}; {twice}",
                "Remove one of them.",
                where_is(node),
            )
