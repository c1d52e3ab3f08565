"""Compensation in a diagram: which handler belongs to which activity, and what can be compensated (BPMN 2.0, 10.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from laneway.diagrams.context import Context
from laneway.diagrams.findings import Where
from laneway.domain.model import EventDefinition, EventKind, FlowNode
from laneway.domain.types import ACTIVITIES, SCOPES, ElementType


def connect_handlers(
    nodes: Sequence[FlowNode], associations: Sequence[tuple[str, str]], context: Context
) -> tuple[FlowNode, ...]:
    """The nodes, each with what compensates it; what is drawn wrongly becomes a finding.

    Parameters
    ----------
    associations
        Ids of source and target, of the whole file.
    """
    return _Connecting(nodes, associations, context).result()


class _Connecting:
    def __init__(self, nodes: Sequence[FlowNode], associations: Sequence[tuple[str, str]], context: Context) -> None:
        self.nodes = nodes
        self.context = context
        self.slots = {node.id: node.slot for node in nodes}
        self.marked = frozenset(node.slot for node in nodes if _is_marked(node))
        self.handlers: dict[int, int] = {}
        self.undone_by: dict[int, list[int]] = {}
        self.sub_processes: dict[int, int] = {}
        self.compensable: frozenset[int] = frozenset()
        self.meant: dict[int, EventDefinition] = {}
        """Throw event → what it throws, where that is not what it says."""
        borders = {node.id: node for node in nodes if _is(node, ElementType.BOUNDARY_EVENT, EventKind.COMPENSATION)}
        self.connected_to: dict[str, dict[int, None]] = {id: {} for id in borders}
        if borders:
            slots = {node.id: node.slot for node in nodes if node.type in ACTIVITIES}
            for pair in associations:
                for event, other in (pair, pair[::-1]):  # some modellers draw it from the handler to the event
                    if event in borders and slots.get(other) not in (None, borders[event].attached_to):
                        self.connected_to[event][slots[other]] = None

        self.connected = {slot for found in self.connected_to.values() for slot in found}

    def result(self) -> tuple[FlowNode, ...]:
        for node in self.nodes:
            if node.id in self.connected_to and node.attached_to is not None:
                self._border(node)
            elif _is(node, ElementType.START_EVENT, EventKind.COMPENSATION):
                self._event_sub_process(node)
        for slot in sorted(self.marked):
            self._handler(self.nodes[slot])
        self.compensable = self._compensable()
        for node in self.nodes:
            self._events(node)
        return tuple(
            replace(
                node,
                compensation_handler=self.handlers.get(node.slot),
                compensation_sub_process=self.sub_processes.get(node.slot),
                compensable=node.slot in self.compensable,
            )
            if node.slot in self.compensable or node.slot in self.sub_processes
            else replace(node, event=self.meant[node.slot])
            if node.slot in self.meant
            else node
            for node in self.nodes
        )

    def _border(self, event: FlowNode) -> None:
        """A compensation boundary event: one association to one handler beside it, and no sequence flow."""
        host = event.attached_to
        assert host is not None
        found = list(self.connected_to[event.id])
        if event.outgoing:
            self._error(
                "compensation_handler",
                event,
                "a sequence flow leads out of the compensation event; compensation is no part of the flow",
                "Connect the event with its handler by an association.",
            )
        elif not found:
            message = "the compensation event is connected to no handler"
            fix = "Draw an association to the activity that undoes this one, and mark that for compensation."
            if self.context.strict:
                self._error("compensation_handler", event, message, fix)
            else:
                self.context.findings.warning("compensation_handler", message, fix, _where(event))
        elif len(found) > 1:
            ids = ", ".join(self.nodes[slot].id for slot in found)
            self._error(
                "compensation_handler",
                event,
                f"the compensation event is connected to several handlers: {ids}",
                "Put them into one sub-process, and connect the event to it.",
            )
        elif self.nodes[found[0]].parent != event.parent or found[0] not in self.marked:
            handler = self.nodes[found[0]]
            what = "is not marked for compensation" if handler.parent == event.parent else "stands in another scope"
            self._error(
                "compensation_handler",
                event,
                f"the handler {handler.id} {what}",
                "Mark the activity for compensation (isForCompensation), beside the one that it undoes.",
            )
        elif host in self.handlers:
            self._error(
                "compensation_handler",
                event,
                f"{self.nodes[host].id} has two compensation events",
                "Leave one of them.",
            )
        else:
            self.handlers[host] = found[0]
            self.undone_by.setdefault(found[0], []).append(host)

    def _event_sub_process(self, start: FlowNode) -> None:
        """One compensation event sub-process in a scope, which then has no handler outside of it too."""
        handler = self.nodes[start.parent]
        if handler.type is not ElementType.EVENT_SUB_PROCESS:
            return
        scope = self.nodes[handler.parent]
        if handler.parent in self.sub_processes or any(
            self.nodes[slot].id in self.connected_to for slot in scope.boundary_events
        ):
            self._error(
                "compensation_handler",
                start,
                f"{scope.id} is compensated in two ways",
                "Leave one of them: one compensation event sub-process in it, or one compensation event on its border.",
            )
            return
        self.sub_processes[handler.parent] = handler.slot

    def _handler(self, node: FlowNode) -> None:
        connected = node.slot in self.connected
        if connected and (node.incoming or node.outgoing):
            self._error(
                "compensation_handler",
                node,
                "a sequence flow leads to or from the handler, which its compensation event alone starts",
                "Remove the flow. What follows the handler belongs into a sub-process that is the handler.",
            )
        elif not connected:
            self.context.findings.warning(
                "compensation_unused",
                "the activity is marked for compensation, and no compensation event is connected to it",
                "Connect the compensation event of the activity that it undoes with it, or take the mark away.",
                _where(node),
            )

    def _compensable(self) -> frozenset[int]:
        """Slots whose completion matters. What a call activity calls is known only when it is called."""
        found: set[int] = set()
        own = set(self.sub_processes.values()) | {slot for slot in self.marked if not self.nodes[slot].incoming}
        for node in reversed(self.nodes):
            slot = node.slot
            inside = slot in found or slot in self.sub_processes
            if slot in own:
                found.discard(slot)
            elif slot in self.handlers or node.type is ElementType.CALL_ACTIVITY or (node.type in SCOPES and inside):
                found.add(slot)
                if node.parent > 0:
                    found.add(node.parent)
        return frozenset(found - {0})

    def _events(self, node: FlowNode) -> None:
        if node.type is ElementType.TRANSACTION:
            self._method(node)
        if node.event is not None:
            for event in node.event.members or (node.event,):
                self._event(node, event)

    def _event(self, node: FlowNode, event: EventDefinition) -> None:
        if event.kind is EventKind.COMPENSATION and event.reference is not None:
            if node.type in _THROWING:
                self._reference(node, event, event.reference)
            elif node.attached_to is None or self.nodes[node.attached_to].id != event.reference:
                self.context.findings.warning(
                    "compensation_activity",
                    f"the event names {event.reference}; it compensates what it stands on or in, whatever it names",
                    "Remove the reference (activityRef); it belongs to the event that throws.",
                    _where(node),
                )
        elif event.kind is EventKind.CANCEL and node.type is ElementType.BOUNDARY_EVENT:
            self._cancel_border(node)
        elif event.kind is EventKind.CANCEL and node.type is ElementType.END_EVENT:
            self._cancel_end(node)

    def _reference(self, node: FlowNode, event: EventDefinition, reference: str) -> None:
        scopes = [node.parent]
        while self.nodes[scopes[-1]].type is ElementType.EVENT_SUB_PROCESS:
            scopes.append(self.nodes[scopes[-1]].parent)
        slot = self.slots.get(reference)
        target = self.nodes[slot] if slot is not None else None
        if target is None or target.parent not in scopes or target.type not in ACTIVITIES:
            self._error(
                "compensation_activity",
                node,
                f"it compensates {reference}, which is no activity of the same scope",
                "Choose an activity beside the event, or leave it open to compensate all that are completed.",
            )
        elif target.slot in self.compensable:
            return
        elif len(hosts := self.undone_by.get(target.slot, [])) == 1:
            # Older files of Activiti and Flowable name the handler.
            host = self.nodes[hosts[0]]
            said = replace(event, reference=host.id)
            members = tuple(said if each is event else each for each in node.event.members) if node.event else ()
            self.meant[node.slot] = replace(node.event, members=members) if members and node.event else said
            self.context.findings.warning(
                "compensation_activity",
                f"it compensates {reference}, which is a handler; what it undoes, {host.id}, is compensated",
                f"Name {host.id} instead.",
                _where(node),
            )
        else:
            self._error(
                "compensation_activity",
                node,
                f"it compensates {reference}, for which there is no handler",
                f"Draw a compensation event with a handler on {reference}.",
            )

    def _method(self, node: FlowNode) -> None:
        """How a transaction is undone (BPMN 2.0, table 10.21): by compensation; there is no state to store or restore."""
        method = _attribute(node, "method")
        if method.lower().lstrip("#") not in ("", "compensate"):
            self.context.findings.warning(
                "kept_as_documentation",
                f"the transaction is to be undone by {method}; cancelling it compensates what is completed in it",
                "Draw handlers for its activities.",
                _where(node),
            )

    def _cancel_border(self, node: FlowNode) -> None:
        if node.attached_to is None:
            return
        host = self.nodes[node.attached_to]
        if host.type is not ElementType.TRANSACTION:
            self._error(
                "cancel_event",
                node,
                f"the cancel event stands on {host.id}, which is no transaction",
                "Make the sub-process a transaction, or use another event.",
            )
        elif any(_is_cancel(self.nodes[slot]) and slot < node.slot for slot in host.boundary_events):
            self._error(
                "cancel_event", node, f"the transaction {host.id} has several cancel events", "Leave one of them."
            )

    def _cancel_end(self, node: FlowNode) -> None:
        scope = self.nodes[node.parent]
        while scope.type not in (ElementType.TRANSACTION, ElementType.PROCESS):
            scope = self.nodes[scope.parent]
        if scope.type is ElementType.PROCESS:
            self._error(
                "cancel_event",
                node,
                "the cancel event stands in no transaction",
                "Draw it within a transaction, or end with an error or a terminate event.",
            )
        elif not any(_is_cancel(self.nodes[slot]) for slot in scope.boundary_events):
            self._error(
                "cancel_event",
                node,
                f"the transaction {scope.id} has no cancel event on its border to leave by",
                "Put a cancel boundary event on it.",
            )

    def _error(self, rule: str, node: FlowNode, message: str, fix: str) -> None:
        self.context.findings.error(rule, message, fix, _where(node))


def _where(node: FlowNode) -> Where:
    return Where(node.id, node.name, node.line)


def _attribute(node: FlowNode, name: str) -> str:
    said = node.properties.get("attributes")
    return str(said.get(name, "")).strip() if isinstance(said, dict) else ""


def _is_marked(node: FlowNode) -> bool:
    """Some modellers mark a compensation event sub-process too; it needs no mark."""
    marked = _attribute(node, "isForCompensation").lower() in ("true", "1")
    return marked and node.type is not ElementType.EVENT_SUB_PROCESS


def _is(node: FlowNode, type: ElementType, kind: EventKind) -> bool:
    return node.type is type and node.event is not None and node.event.kind is kind


def _is_cancel(node: FlowNode) -> bool:
    return node.event is not None and node.event.kind is EventKind.CANCEL


_THROWING = (ElementType.INTERMEDIATE_THROW_EVENT, ElementType.END_EVENT)
