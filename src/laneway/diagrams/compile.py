"""From the specs that SpiffWorkflow's parser carries to one frozen ``ProcessModel``; the XML is forgotten here.

Slot 0 is the process, every other slot a flow node in document order. Whatever is refused stays in the model beside its
problem, so that nothing of a diagram is ever lost on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from laneway.diagrams.ad_hoc import ad_hoc_spec, ad_hoc_work
from laneway.diagrams.compensation import connect_handlers
from laneway.diagrams.context import Context, at
from laneway.diagrams.data import compile_associations, declared_of
from laneway.diagrams.events import PLACES, CompiledEvent, compile_event, place_of
from laneway.diagrams.findings import Where
from laneway.diagrams.gateways import CHOOSING, gateway_work
from laneway.diagrams.instantiating import instantiated_by, instantiates, is_parallel
from laneway.diagrams.joins import TooManyJoins, join_tables
from laneway.diagrams.lanes import lanes_of
from laneway.diagrams.listeners import compile_listeners, process_listeners
from laneway.diagrams.loops import compile_loop
from laneway.diagrams.quantities import quantity
from laneway.diagrams.record import ElementRecord, FlowRecord, LaneRecord, Reading
from laneway.diagrams.starts import event_sub_processes, starts
from laneway.diagrams.support import not_running
from laneway.diagrams.work import EMPTY_IS_WORK, black_box, work_of
from laneway.domain.model import (
    Evaluable,
    EventKind,
    FlowNode,
    InclusiveJoin,
    InputOutput,
    ProcessModel,
    SequenceFlow,
    WorkSpec,
)
from laneway.domain.types import ACTIVITIES, SCOPES, ElementType

NO_SLOT = -1
"""Source or target of a flow that leads nowhere; such a model is refused."""

_SHOWN_ATTRIBUTES = frozenset({"id", "name", "default", "attachedToRef", "calledElement", "messageRef"})

_ALWAYS_INTERRUPTING = {
    EventKind.ERROR: ("an error", ", or throw an escalation instead"),
    EventKind.CANCEL: ("a cancel event", ""),
    EventKind.COMPENSATION: ("a compensation event", ""),
}
"""BPMN 2.0, table 10.93: those without a dashed border, and what to say of one that has it."""

_KEPT_DEFINITIONS = frozenset({EventKind.CONDITIONAL, EventKind.COMPENSATION, EventKind.CANCEL})
"""What they say is kept as data too, for whoever shows the element."""


@dataclass(slots=True)
class ProcessSource:
    """What one process was read into."""

    id: str
    name: str | None
    line: int | None
    documentation: str | None
    participant: str | None
    elements: list[ElementRecord]
    flows: list[FlowRecord]
    lanes: list[LaneRecord]
    reading: Reading
    properties: dict[str, Any] = field(default_factory=dict)
    associations: list[tuple[str, str]] = field(default_factory=list)
    """Source and target of each association of the file."""


class Compiler:
    """Compiles one process."""

    def __init__(self, source: ProcessSource, context: Context) -> None:
        self.source = source
        self.context = context
        self.records = source.elements
        count = len(self.records) + 1
        self.slots: dict[str, int] = {source.id: 0}
        self.position_of: dict[str, int] = {}
        for record in self.records:
            self.slots.setdefault(record.id, record.position + 1)
            self.position_of.setdefault(record.id, record.position + 1)
        self.types = [ElementType.PROCESS, *(record.type for record in self.records)]
        self.parents = [NO_SLOT, *(record.parent + 1 for record in self.records)]
        self.incoming: list[list[int]] = [[] for _ in range(count)]
        self.outgoing: list[list[int]] = [[] for _ in range(count)]
        self.boundaries: list[list[int]] = [[] for _ in range(count)]
        self.hosts: list[int | None] = [None] * count
        self.children: list[list[int]] = [[] for _ in range(count)]
        self.events: list[CompiledEvent | None] = [None] * count
        self.works: list[tuple[WorkSpec | None, bool]] = [(None, False)] * count
        self.readings = [source.reading, *(context.reading_of(record) for record in self.records)]
        self.defaults: list[int | None] = [None] * count
        self.instantiating: list[bool] = []
        self.flows: list[SequenceFlow] = []

    def compile(self) -> ProcessModel:
        lanes = lanes_of(self.source.lanes, self.records, self.position_of, self.source.id, self.context.findings)
        for slot in range(1, len(self.types)):
            self.children[self.parents[slot]].append(slot)
        self._connect()
        self._attach()
        self.instantiating = [False, *(instantiates(self, record) for record in self.records)]
        self._fill()
        nodes = [self._process_node(), *(self._node(slot) for slot in range(1, len(self.types)))]
        source = self.source
        properties = {**source.reading.properties, **source.properties}
        said = {flow.id: flow.properties for flow in source.flows if flow.properties}
        if said:
            properties["sequenceFlows"] = said
        return ProcessModel(
            process_id=source.id,
            name=source.name,
            nodes=connect_handlers(nodes, source.associations, self.context),
            flows=tuple(self.flows),
            slots=self.slots,
            joins=self._joins(),
            lanes=lanes,
            version_tag=source.reading.version_tag,
            documentation=source.documentation,
            executable=self.context.strict,
            participant=source.participant,
            properties=properties,
            line=source.line,
            reads_data_stores=any(each.item is not None for node in nodes for each in node.inputs),
        )

    def _connect(self) -> None:
        for index, flow in enumerate(self.source.flows):
            source = self._end(flow, flow.source, "source")
            target = self._end(flow, flow.target, "target")
            if source != NO_SLOT and target != NO_SLOT:
                if self.parents[source] != self.parents[target]:
                    self.context.findings.error(
                        "flow_crosses_scope",
                        f"the flow leads from {flow.source} to {flow.target} across the border of a sub-process",
                        "End it at the border, and go on from the sub-process itself.",
                        Where(flow.id, flow.name, flow.line),
                    )
                self.outgoing[source].append(index)
                self.incoming[target].append(index)
            self.flows.append(SequenceFlow(index, flow.id, flow.name, source, target, None, flow.line))
        for record in self.records:
            default = record.attributes.get("default")
            if default is None:
                continue
            slot = record.position + 1
            self.defaults[slot] = next((i for i in self.outgoing[slot] if self.flows[i].id == default), None)
            if self.defaults[slot] is None:
                self.context.findings.error(
                    "default_flow",
                    f"the default flow {default} does not leave {record.id}",
                    "Choose one of its outgoing flows as the default.",
                    at(record),
                )
        for index, flow in enumerate(self.source.flows):
            self._condition(index, flow)

    def _end(self, flow: FlowRecord, reference: str, which: str) -> int:
        slot = self.position_of.get(reference, NO_SLOT)
        if slot == NO_SLOT and reference and not self.context.findings.has_errors_at(flow.id):
            self.context.findings.error(
                "flow_crosses_scope",
                f"the {which} of the flow, {reference}, is no flow node of process {self.source.id}",
                "Connect pools with message flows.",
                Where(flow.id, flow.name, flow.line),
            )
        return slot

    def _condition(self, index: int, flow: FlowRecord) -> None:
        binding = self.context.bindings.get(flow.id)
        text = flow.condition
        if binding is not None:
            self.context.bound.add(flow.id)
            text = binding.condition or text
        compiled = self.flows[index]
        if text is None or NO_SLOT in (compiled.source, compiled.target):
            return
        where = Where(flow.id, flow.name, flow.line)
        kind = self.types[compiled.source]
        ignored = None
        if self.defaults[compiled.source] == index:
            ignored = "it is the default flow"
        elif kind in (ElementType.PARALLEL_GATEWAY, ElementType.EVENT_BASED_GATEWAY):
            ignored = f"flows out of {'a parallel' if kind is ElementType.PARALLEL_GATEWAY else 'an event-based'} gateway are taken anyway"
        if ignored is not None:
            self.context.findings.warning(
                "condition_ignored", f"the condition is not looked at: {ignored}", "Remove it.", where
            )
            return
        by_hand = not self.context.strict and kind in CHOOSING
        condition = self.context.texts.expression(text, where, "condition", lenient=by_hand)
        self.flows[index] = SequenceFlow(
            index, flow.id, flow.name, compiled.source, compiled.target, condition, flow.line
        )

    def _attach(self) -> None:
        for record in self.records:
            if record.type is not ElementType.BOUNDARY_EVENT:
                continue
            slot = record.position + 1
            host = self.position_of.get(record.attributes.get("attachedToRef", ""))
            if host is None or self.parents[host] != self.parents[slot] or self.types[host] not in ACTIVITIES:
                if self.context.findings.has_errors_at(record.id):
                    continue
                self.context.findings.error(
                    "boundary_host",
                    f"the boundary event is attached to {record.attributes.get('attachedToRef')}, "
                    "which is no activity beside it",
                    "Attach it to an activity in the modeller.",
                    at(record),
                )
                continue
            self.hosts[slot] = host
            self.boundaries[host].append(slot)

    def _fill(self) -> None:
        for record in self.records:
            slot = record.position + 1
            reading = self.readings[slot]
            for what in not_running(record):
                self.context.findings.error(
                    "not_supported_yet",
                    f"{what} does not run yet",
                    "Draw it with the elements that run (see docs/reference/rules.md).",
                    at(record),
                )
            for what, hint in reading.not_run:
                self.context.findings.error("not_supported_yet", f"{what} does not run yet", hint, at(record))
            for rule, message in reading.notes:
                self.context.findings.warning(rule, message, "", at(record))
            if record.type in PLACES or record.type is ElementType.START_EVENT:
                place = place_of(record, self.types[self.parents[slot]])
                event = compile_event(record, reading, place, self.context)
                self.events[slot] = event
                self.works[slot] = (event.work, event.walkthrough)
            elif record.type in CHOOSING:
                outgoing = [self.flows[index] for index in self.outgoing[slot]]
                targets = {flow.index: self.records[flow.target - 1] for flow in outgoing}
                self.works[slot] = gateway_work(record, outgoing, targets, self.defaults[slot], self.context)
            elif record.type in EMPTY_IS_WORK and not (self.children[slot] or self.context.strict):
                self.works[slot] = black_box(record, reading, self.context)
            elif record.type is not ElementType.AD_HOC_SUB_PROCESS:
                self.works[slot] = work_of(record, reading, self.context)
        for record in self.records:  # what stands in an ad-hoc sub-process comes after it
            if record.type is ElementType.AD_HOC_SUB_PROCESS:
                slot = record.position + 1
                inside = [self.records[each - 1] for each in self.children[slot]]
                offered = [self.records[each - 1] for each in starts(self, slot)]
                self.works[slot] = ad_hoc_work(record, self.readings[slot], inside, offered, self.context)

    def _process_node(self) -> FlowNode:
        source = self.source
        triggered: list[int] = []
        for slot in self.children[0]:
            if self.instantiating[slot]:
                triggered.extend(instantiated_by(self, slot))
            event = self.events[slot]
            # One that does not say what triggers it is an error, or (walkthrough) a person starts the process at it.
            if self.types[slot] is ElementType.START_EVENT and event and event.event.kind is not EventKind.NONE:
                triggered.append(slot)
        return FlowNode(
            slot=0,
            id=source.id,
            name=source.name,
            type=ElementType.PROCESS,
            parent=NO_SLOT,
            line=source.line,
            start_nodes=starts(self, 0),
            listeners=process_listeners(source.reading, Where(source.id, source.name, source.line), self.context),
            event_starts=tuple(triggered),
            event_sub_processes=event_sub_processes(self, 0),
            declared=declared_of(ElementType.PROCESS, source.reading),
            documentation=source.documentation,
        )

    def _node(self, slot: int) -> FlowNode:
        record = self.records[slot - 1]
        reading = self.readings[slot]
        event = self.events[slot]
        work, walkthrough = self.works[slot]
        is_scope = record.type in SCOPES
        return FlowNode(
            slot=slot,
            id=record.id,
            name=record.name,
            type=record.type,
            parent=self.parents[slot],
            line=record.line,
            incoming=tuple(self.incoming[slot]),
            outgoing=tuple(self.outgoing[slot]),
            default_flow=self.defaults[slot],
            event=event.event if event is not None else None,
            attached_to=self.hosts[slot],
            interrupting=self._interrupting(record),
            boundary_events=tuple(self.boundaries[slot]),
            start_nodes=starts(self, slot) if is_scope else (),
            event_sub_processes=event_sub_processes(self, slot) if is_scope else (),
            instantiate=self.instantiating[slot],
            all_events=is_parallel(record),
            loop=compile_loop(record, reading, self.context),
            ad_hoc=ad_hoc_spec(record, reading, work, self.context),
            inputs=(
                *self._mappings(record, reading.inputs, "input mapping"),
                *compile_associations(reading.data_inputs, at(record), self.context, "data input association"),
            ),
            outputs=self._mappings(record, reading.outputs, "output mapping"),
            data_outputs=compile_associations(
                reading.data_outputs, at(record), self.context, "data output association"
            ),
            data_names=tuple(reading.data_names),
            declared=declared_of(record.type, reading),
            work=work,
            listeners=compile_listeners(record, reading, work, self.context),
            walkthrough=walkthrough,
            skip=self.context.texts.expression(reading.skip, at(record), "skip expression") if reading.skip else None,
            start_quantity=quantity(record, "startQuantity", self.context),
            completion_quantity=quantity(record, "completionQuantity", self.context),
            activation=self._activation(record),
            lanes=tuple(record.properties.get("lanes", ())),
            documentation=record.documentation,
            properties=self._properties(record, reading),
        )

    def _activation(self, record: ElementRecord) -> Evaluable | None:
        if record.activation is None:
            return None
        lenient = not self.context.strict
        return self.context.texts.expression(record.activation, at(record), "activation condition", lenient=lenient)

    def _mappings(self, record: ElementRecord, sources: list[Any], what: str) -> tuple[InputOutput, ...]:
        found = []
        for source, target in sources:
            value = self.context.texts.source(source, at(record), f"{what} {target}")
            if value is not None:
                found.append(InputOutput(value, target))
        return tuple(found)

    def _interrupting(self, record: ElementRecord) -> bool:
        if record.type is ElementType.BOUNDARY_EVENT:
            said = record.attributes.get("cancelActivity", "true")
        elif record.type is ElementType.START_EVENT:
            said = record.attributes.get("isInterrupting", "true")
        else:
            return True
        interrupting = said.strip().lower() in ("true", "1")
        event = self.events[record.position + 1]
        kinds = [each.kind for each in event.event.members or (event.event,)] if event is not None else []
        if kinds == [EventKind.COMPENSATION] and record.type is not ElementType.START_EVENT:
            return True  # it waits for an activity that is over: there is nothing to interrupt
        always = next((kind for kind in kinds if kind in _ALWAYS_INTERRUPTING), None)
        if not interrupting and always is not None:
            what, fix = _ALWAYS_INTERRUPTING[always]
            self.context.findings.warning(
                "error_interrupts",
                f"{what} always interrupts; the event is read as interrupting",
                f"Draw it with a solid border{fix}.",
                at(record),
            )
            return True
        return interrupting

    def _properties(self, record: ElementRecord, reading: Reading) -> dict[str, Any]:
        properties = dict(reading.properties)
        attributes = {name: value for name, value in record.attributes.items() if name not in _SHOWN_ATTRIBUTES}
        if attributes:
            properties["attributes"] = attributes
        if len(record.definitions) > 1 or any(each.kind in _KEPT_DEFINITIONS for each in record.definitions):
            properties["eventDefinitions"] = [definition.as_json() for definition in record.definitions]
        if record.type is ElementType.START_EVENT:
            form = {"formId": reading.form_id, "formKey": reading.form_key, "externalReference": reading.external_form}
            properties.update((name, value) for name, value in form.items() if value)
        if reading.dialect:
            properties["dialect"] = reading.dialect
        return properties

    def _joins(self) -> dict[int, InclusiveJoin]:
        try:
            return join_tables(
                self.types, self.parents, self.children, self.incoming, self.flows, self.hosts, self._link_throws()
            )
        except TooManyJoins:
            self.context.findings.error(
                "too_many_joins",
                "too many inclusive gateways stand on the same loop to be analysed",
                "Use parallel or exclusive gateways, or move parts into sub-processes.",
                Where(self.source.id, self.source.name, self.source.line),
            )
            return {}

    def _link_throws(self) -> dict[int, list[int]]:
        """Link catch event → the throw events that lead to it."""
        throws: dict[tuple[int, str], list[int]] = {}
        catches: dict[int, tuple[int, str]] = {}
        for slot, event in enumerate(self.events):
            if event is None or event.event.kind is not EventKind.LINK:
                continue
            link = (self.parents[slot], str(event.event.name))
            if self.types[slot] is ElementType.INTERMEDIATE_THROW_EVENT:
                throws.setdefault(link, []).append(slot)
            else:
                catches[slot] = link
        return {slot: throws.get(link, []) for slot, link in catches.items()}
