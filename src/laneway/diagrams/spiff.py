"""SpiffWorkflow as the reader: its parser, with element parsers of ours plugged into its extension points.

What SpiffWorkflow supplies: ``BpmnParser.add_bpmn_xml`` and its reading of collaborations, messages, signals, errors,
and escalations; ``ProcessParser`` with data objects and stores; ``EventDefinitionParser``'s
resolution of message, signal, error and escalation references; IO specifications and data references; ``BpmnProcessSpec``
and ``BpmnTaskSpec`` as the carriers.

What is replaced, and why:

- ``PROCESS_PARSER_CLASS``: its own walks recursively from the start event, which loses whatever is unreachable, flows
  without id and chains of over 490 nodes, and refuses ``isExecutable="false"`` and ``"1"``. Ours visits every flow node
  once, in document order, through sub-processes, without recursion.
- ``OVERRIDE_PARSER_CLASSES``: one parser for every flow node, which accepts any number of outgoing flows, reads link and
  compensation definitions and the dialects, and keeps what it read on one thin spec class (``ElementSpec``).
- ``DATA_STORE_CLASSES`` and the index of shapes: data stores need no class here, and layout is not sorted by.

Only trees from ``xml_gate`` come here: its file and string helpers parse XML unhardened and are not used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import EventDefinitionParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.data_spec import BpmnDataStoreSpecification

from laneway.diagrams.definitions import read_activation, read_completion_condition, read_definition, read_loop
from laneway.diagrams.dialects import flowable, read_element, zeebe
from laneway.diagrams.dialects.reading import child, children, content
from laneway.diagrams.document import Document, where
from laneway.diagrams.documentation import documentation_of
from laneway.diagrams.names import EVENT_DEFINITIONS, FLOW_NODES, SCOPE_TAGS, bpmn, truth
from laneway.diagrams.record import DefinitionRecord, ElementRecord, FlowRecord, LaneRecord, LoopRecord, Reading, Text
from laneway.diagrams.words import words
from laneway.domain.model import EventKind
from laneway.domain.types import ElementType


class DataStore(BpmnDataStoreSpecification):
    """Any data store: known by name, never read or written here."""

    def __init__(self, bpmn_id: str, bpmn_name: str | None, capacity: str | None, is_unlimited: str | None) -> None:
        super().__init__(bpmn_id, bpmn_name, capacity, is_unlimited)


class ElementSpec(BpmnTaskSpec):
    """The one spec class: SpiffWorkflow's attributes of a flow node, and our record of it."""

    def __init__(self, wf_spec: Any, name: str, record: ElementRecord, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.bpmn_id = record.id
        self.bpmn_name = record.name
        self.record = record


@dataclass(slots=True)
class Contents:
    """What a process holds besides its flow nodes, in document order. ``nodes``: (XML node, position of its scope)."""

    nodes: list[tuple[Any, int]] = field(default_factory=list)
    flows: list[tuple[Any, int]] = field(default_factory=list)
    lanes: list[LaneRecord] = field(default_factory=list)
    artifacts: list[Any] = field(default_factory=list)


class ElementParser(EventDefinitionParser):
    """Reads one flow node into an ``ElementSpec``. It connects nothing: flows are records of their own."""

    position = 0
    parent = -1

    @property
    def bpmn_attributes(self) -> dict[str, Any]:
        return {
            "description": self.process_parser.parser.spec_descriptions.get(self.node.tag),
            "lane": self.lane,
            "documentation": self.parse_documentation(),
            "data_input_associations": self.parse_incoming_data_references(),
            "data_output_associations": self.parse_outgoing_data_references(),
        }

    def parse_incoming_data_references(self) -> list[Any]:
        return self._data("dataInputAssociation", "sourceRef")

    def parse_outgoing_data_references(self) -> list[Any]:
        return self._data("dataOutputAssociation", "targetRef")

    def _data(self, association: str, reference: str) -> list[Any]:
        """Data objects and stores by their references. SpiffWorkflow's own reader searches the whole file for each other
        reference, by an XPath made of its text."""
        found = []
        for each in self.node:
            if each.tag != bpmn(association):
                continue
            for name in children(each, reference):
                target = self.process_parser.get_data_object_reference(content(name))
                store = self.process_parser.get_data_store_reference(content(name))
                if target is not None:
                    found.append(self._resolve_data_object_ref(target))
                elif store is not None:
                    found.append(self.process_parser.data_stores.get(store.get("dataStoreRef")))
        return [each for each in found if each is not None]

    def parse_documentation(self, sequence_flow: Any = None) -> str | None:
        """Of the element itself; SpiffWorkflow's takes the first one anywhere below."""
        node = sequence_flow if sequence_flow is not None else self.node
        return documentation_of(node)

    def parse_extensions(self, node: Any = None) -> Reading:
        return read_element(self.node if node is None else node, self.process_parser.parser.document)

    def create_task(self) -> ElementSpec:
        node = self.node
        document: Document = self.process_parser.parser.document
        kind = FLOW_NODES[node.tag]
        if kind is ElementType.SUB_PROCESS and truth(node.get("triggeredByEvent"), False):
            kind = ElementType.EVENT_SUB_PROCESS
        attributes = self.bpmn_attributes
        record = ElementRecord(
            position=self.position,
            parent=self.parent,
            id=node.get("id"),
            name=(node.get("name") or "").strip() or None,
            tag=node.tag,
            type=kind,
            line=node.sourceline,
            attributes={name: value for name, value in node.attrib.items() if name[0] != "{"},
            documentation=attributes["documentation"],
            definitions=self._definitions(document),
            loop=self._loop(document),
            activation=read_activation(node) if kind is ElementType.COMPLEX_GATEWAY else None,
            completion_condition=read_completion_condition(node),
        )
        if kind in (ElementType.RECEIVE_TASK, ElementType.SEND_TASK) and node.get("messageRef"):
            record.message = self._definition(node, bpmn("messageEventDefinition"))
        spec = ElementSpec(self.spec, f"{self.position:06d} {record.id}", record, **attributes)
        if child(node, "ioSpecification") is not None:
            spec.io_specification = self.parse_io_spec()
        return spec

    def parse_node(self) -> ElementSpec:
        self.task = self.create_task()
        self.task.record.reading = self.task.extensions = self.parse_extensions()
        return self.task

    def _loop(self, document: Document) -> LoopRecord | None:
        loop = read_loop(self.node)
        for thrown in loop.throws if loop is not None else ():
            nodes = [document.target(each) if isinstance(each, str) else each for each in thrown.nodes]
            found = [each for each in nodes if each is not None and each.tag in EVENT_DEFINITIONS]
            if found:
                thrown.event = self._definition(found[0], found[0].tag)
            if len(found) > 1:
                thrown.event = DefinitionRecord(EventKind.MULTIPLE, found[0].sourceline)
        return loop

    def _definitions(self, document: Document) -> tuple[DefinitionRecord, ...]:
        found = []
        for each in self.node:
            if each.tag in EVENT_DEFINITIONS:
                found.append(self._definition(each, each.tag))
            elif each.tag == bpmn("eventDefinitionRef"):
                shared = document.target(content(each))
                if shared is not None and shared.tag in EVENT_DEFINITIONS:
                    found.append(self._definition(shared, shared.tag))
        return tuple(found)

    def _definition(self, element: Any, tag: str) -> DefinitionRecord:
        """What SpiffWorkflow resolves (names and codes behind references), then what it has no notion of."""
        record = read_definition(element, EVENT_DEFINITIONS[tag])
        parser = self.process_parser.parser
        reference = record.reference
        if tag == bpmn("messageEventDefinition") and reference in parser.messages:
            # The name is optional in the schema; a message without one is called by its id.
            named = parser.messages[reference] is not None
            record.name = (self.parse_message_event(element).name if named else None) or reference
            record.correlation_key = _correlation(parser.document.target(reference))
        elif tag == bpmn("signalEventDefinition") and parser.signals.get(reference) is not None:
            record.name = self.parse_signal_event(element).name
            signal = parser.document.target(reference)
            record.within = signal is not None and flowable.signal_is_local(signal)
        elif tag == bpmn("errorEventDefinition") and parser.errors.get(reference) is not None:
            error = self.parse_error_event(element)
            record.name, record.code = error.name, error.code
        elif tag == bpmn("escalationEventDefinition") and parser.escalations.get(reference) is not None:
            escalation = self.parse_escalation_event(element)
            record.name, record.code = escalation.name, escalation.code
        return record


def _correlation(message: Any) -> Text | None:
    """The key that Camunda 8 writes on the message."""
    return None if message is None else zeebe.message_subscription(message, "http://camunda.org/schema/zeebe/1.0")


class LanewayProcessParser(ProcessParser):
    """Reads one process: every flow node once, in document order, with the position of its scope."""

    def _index_process_nodes(self) -> None:
        self.contents = Contents()
        stack: list[tuple[Any, int, str | None]] = [(each, -1, None) for each in reversed(self.node)]
        while stack:
            node, scope, lane = stack.pop()
            tag = node.tag
            if tag in FLOW_NODES:
                position = len(self.contents.nodes)
                self.contents.nodes.append((node, scope))
                if tag == bpmn("boundaryEvent"):
                    self.boundary_events_by_attached.setdefault(node.get("attachedToRef"), []).append(node)
                if tag in SCOPE_TAGS:
                    stack.extend((each, position, None) for each in reversed(node))
            elif tag == bpmn("sequenceFlow"):
                self.contents.flows.append((node, scope))
                self.outgoing_sequence_flows.setdefault(node.get("sourceRef"), []).append(node)
            elif tag in (bpmn("laneSet"), bpmn("childLaneSet")):
                stack.extend((each, scope, lane) for each in reversed(node))
            elif tag == bpmn("lane"):
                name = (node.get("name") or "").strip() or None
                references = [content(each) for each in node if each.tag == bpmn("flowNodeRef")]
                self.contents.lanes.append(LaneRecord(node.get("id"), name, lane, references, node.sourceline))
                nested = [each for each in node if each.tag == bpmn("childLaneSet")]
                stack.extend((each, scope, node.get("id")) for each in reversed(nested))
            elif tag in _ARTIFACTS:
                self.contents.artifacts.append(node)
                if tag == bpmn("dataObjectReference"):
                    self.data_object_references[node.get("id")] = node
                elif tag == bpmn("dataStoreReference"):
                    self.data_store_references[node.get("id")] = node
            if node.get("id") is not None:
                self.nodes_by_id.setdefault(node.get("id"), node)

    def create_spec(self) -> BpmnProcessSpec:
        return BpmnProcessSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)

    def _parse(self) -> None:
        self.spec = self.create_spec()
        for node in self.contents.artifacts:
            if node.tag == bpmn("dataObject"):
                data_object = self.parse_data_object(node)
                self.spec.data_objects[data_object.bpmn_id] = data_object
        if child(self.node, "ioSpecification") is not None:
            self.spec.io_specification = self.parse_io_spec()
        self.spec.data_stores = self.data_stores
        self.add_tasks()

    def add_tasks(self) -> None:
        for position, (node, scope) in enumerate(self.contents.nodes):
            parser_class, spec_class = self.parser._get_parser_class(node.tag)
            parser = parser_class(self, spec_class, node, self.nsmap)
            parser.position, parser.parent = position, scope
            parser.parse_node()

    def elements(self) -> list[ElementSpec]:
        return [spec for spec in self.get_spec().task_specs.values() if isinstance(spec, ElementSpec)]

    def flows(self) -> list[FlowRecord]:
        return [self._flow(node, scope) for node, scope in self.contents.flows]

    def _flow(self, node: Any, scope: int) -> FlowRecord:
        condition = child(node, "conditionExpression")
        text = content(condition)
        record = FlowRecord(
            id=node.get("id"),
            name=(node.get("name") or "").strip() or None,
            source=node.get("sourceRef") or "",
            target=node.get("targetRef") or "",
            line=node.sourceline,
            scope=scope,
            condition=Text(text, condition.get("language"), condition.sourceline, True)
            if condition is not None and text
            else None,
        )
        if len(node) == 0 and not any(name[0] == "{" for name in node.attrib):
            return record
        reading = read_element(node, self.parser.document)
        for what, hint in reading.not_run:
            self.parser.document.findings.error("not_supported_yet", f"{what} does not run yet", hint, where(node))
        record.properties.update(reading.properties)
        documentation = documentation_of(node)
        if documentation:
            record.properties["documentation"] = documentation
        return record


_ARTIFACTS = frozenset(
    bpmn(name)
    for name in words("dataObject dataObjectReference dataStoreReference textAnnotation association group property")
)


_DATA_STORE = bpmn("dataStore")
_GLOBALS = tuple(bpmn(name) for name in words("message signal error escalation correlationProperty dataStore"))


class _AnyDataStore(dict[str, type[DataStore]]):
    """``DATA_STORE_CLASSES`` that knows every name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> type[DataStore]:
        return DataStore


class LanewayBpmnParser(BpmnParser):
    """SpiffWorkflow's parser for one file that ``read_document`` has put in order."""

    OVERRIDE_PARSER_CLASSES = dict.fromkeys(FLOW_NODES, (ElementParser, ElementSpec))
    PROCESS_PARSER_CLASS = LanewayProcessParser
    DATA_STORE_CLASSES = _AnyDataStore()

    def __init__(self, document: Document) -> None:
        self.document = document
        self.ordered: list[LanewayProcessParser] = []
        super().__init__()
        self.add_bpmn_xml(document.root, filename=document.findings.file)

    def add_bpmn_xml(self, bpmn: Any, filename: str | None = None) -> None:
        """Its readers look at extensions too, and raise on what has no id."""
        for number, node in enumerate(bpmn.iter(*_GLOBALS), 1):
            if not node.get("id"):
                node.set("id", f"extension {number}")
        super().add_bpmn_xml(bpmn, filename)

    def _add_processes(self, bpmn: Any, filename: str | None = None) -> None:
        """After messages, errors and the rest are known; a process whose id is taken is still read."""
        for node in self.document.of("process"):
            parser = LanewayProcessParser(self, node, self.namespaces, self.data_stores, filename=filename)
            self.process_parsers.setdefault(parser.bpmn_id, parser)
            self.ordered.append(parser)

    def _add_data_stores(self, bpmn: Any) -> None:
        for node in self.document.root.iter(_DATA_STORE):
            if not node.get("name"):
                node.set("name", node.get("id"))
        super()._add_data_stores(bpmn)

    def _add_diagram_indexes(self, bpmn: Any) -> None:
        """Lanes are read with their nesting by the process parser; shapes play no part in what runs."""
        key = self._document_key(bpmn)
        self.document_lanes[key] = {
            content(reference): lane.get("name")
            for lane in self.document.of("lane")
            for reference in children(lane, "flowNodeRef")
        }
        self.document_positions[key] = {}

    def _add_correlations(self, bpmn: Any) -> None:
        """Read by ``correlation``, with message paths, keys and subscriptions, which it does not look at."""
