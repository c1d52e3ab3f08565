"""What a file holds, counted twice: by a plain walk over the XML, and from the models that were loaded."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from lxml import etree

from laneway.diagrams import Diagram
from laneway.domain.model import EventKind, ProcessModel
from laneway.domain.types import ElementType

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ROOT = Path(__file__).parents[2]
CONFORMANCE = Path(os.environ.get("CONFORMANCE_DIR") or ROOT.parent / "shared" / "conformance")

NODES = frozenset(
    BPMN + name
    for name in [
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "callActivity",
        "subProcess",
        "transaction",
        "adHocSubProcess",
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "exclusiveGateway",
        "inclusiveGateway",
        "parallelGateway",
        "eventBasedGateway",
        "complexGateway",
    ]
)
DEFINITIONS = {
    BPMN + "messageEventDefinition": "MESSAGE",
    BPMN + "timerEventDefinition": "TIMER",
    BPMN + "signalEventDefinition": "SIGNAL",
    BPMN + "errorEventDefinition": "ERROR",
    BPMN + "escalationEventDefinition": "ESCALATION",
    BPMN + "terminateEventDefinition": "TERMINATE",
    BPMN + "conditionalEventDefinition": "CONDITIONAL",
    BPMN + "linkEventDefinition": "LINK",
    BPMN + "compensateEventDefinition": "COMPENSATION",
    BPMN + "cancelEventDefinition": "CANCEL",
}
TYPES = {
    ElementType.SUB_PROCESS: "subProcess",
    ElementType.EVENT_SUB_PROCESS: "subProcess",
    ElementType.AD_HOC_SUB_PROCESS: "adHocSubProcess",
}

Inventory = dict[str, Counter[tuple[str, ...]]]


def own_diagrams() -> list[Path]:
    return sorted([*(ROOT / "bpmn").glob("**/*.bpmn"), *(Path(__file__).parent / "files").glob("*.bpmn")])


def public_diagrams() -> list[Path]:
    return sorted((CONFORMANCE / "miwg").glob("*/*.bpmn"))


def of_xml(data: bytes) -> Inventory:
    """Counted from the XML; what has no id in it is counted without one."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    found: Inventory = {"nodes": Counter(), "flows": Counter(), "lanes": Counter(), "events": Counter()}
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    for process in root.iter(BPMN + "process"):
        for element in process.iter():
            if not isinstance(element.tag, str) or any(
                above.tag == BPMN + "extensionElements" for above in element.iterancestors()
            ):
                continue
            if element.tag in NODES:
                found["nodes"][(element.tag[len(BPMN) :], element.get("id") or "")] += 1
                for child in element:
                    shared = by_id.get((child.text or "").strip()) if child.tag == BPMN + "eventDefinitionRef" else None
                    kind = DEFINITIONS.get(child.tag if shared is None else shared.tag)
                    if kind is not None:
                        found["events"][(element.get("id") or "", kind)] += 1
            elif element.tag == BPMN + "sequenceFlow":
                found["flows"][(element.get("id") or "", (element.get("name") or "").strip())] += 1
            elif element.tag == BPMN + "lane":
                found["lanes"][(element.get("id") or "", (element.get("name") or "").strip())] += 1
    return found


def of_models(diagram: Diagram) -> Inventory:
    """Counted from the models; ids given by position count as none."""
    found: Inventory = {"nodes": Counter(), "flows": Counter(), "lanes": Counter(), "events": Counter()}
    for model in diagram.processes:
        given = {each["id"] for each in model.properties.get("syntheticIds", ())}
        for node in model.nodes[1:]:
            identifier = "" if node.id in given else node.id
            found["nodes"][(TYPES.get(node.type) or _camel(node.type.value), identifier)] += 1
            for kind in _kinds(model, node.slot):
                found["events"][(identifier, kind)] += 1
        for flow in model.flows:
            found["flows"][("" if flow.id in given else flow.id, flow.name or "")] += 1
        for lane in model.lanes:
            found["lanes"][("" if lane.id in given else lane.id, lane.name or "")] += 1
    return found


def _kinds(model: ProcessModel, slot: int) -> list[str]:
    node = model.nodes[slot]
    if node.type in (ElementType.RECEIVE_TASK, ElementType.SEND_TASK):
        return []
    if "eventDefinitions" in node.properties:
        return [each["kind"] for each in node.properties["eventDefinitions"]]
    if node.event is None or node.event.kind is EventKind.NONE:
        return []
    return [node.event.kind.value]


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(each.capitalize() for each in rest)


def lost(data: bytes, diagram: Diagram) -> Inventory:
    """What the XML holds and the models do not; empty counters where nothing is lost."""
    wanted, got = of_xml(data), of_models(diagram)
    return {name: wanted[name] - got[name] for name in wanted}


def connections(data: bytes) -> list[tuple[str, str]]:
    """Source and target of every sequence flow, in document order."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    return [
        ((flow.get("sourceRef") or "").strip(), (flow.get("targetRef") or "").strip())
        for process in root.iter(BPMN + "process")
        for flow in process.iter(BPMN + "sequenceFlow")
    ]


def without_flow_ids(data: bytes) -> bytes:
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    for flow in root.iter(BPMN + "sequenceFlow"):
        flow.attrib.pop("id", None)
    return etree.tostring(root)
