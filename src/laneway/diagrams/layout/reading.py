"""What a file holds that can be drawn: only elements that have an id of their own, since a picture refers to them by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from laneway.diagrams.document import Document
from laneway.diagrams.layout.shapes import DATA_OBJECT, DATA_STORE, EVENT, GATEWAY, TASK
from laneway.diagrams.names import FLOW_NODE_TAGS, SCOPE_TAGS, bpmn, local

_ARTIFACTS = frozenset({bpmn("dataObjectReference"), bpmn("dataStoreReference"), bpmn("textAnnotation")})
_ASSOCIATIONS = ("association", "dataInputAssociation", "dataOutputAssociation")


@dataclass(slots=True)
class Item:
    """``host``: of a boundary event. ``outside``: its name stands beside it, not in it."""

    id: str
    name: str
    width: int
    height: int
    scope: bool = False
    expanded: bool = False
    gateway: bool = False
    host: str | None = None
    outside: bool = False


@dataclass(slots=True)
class LaneItem:
    id: str
    nodes: list[str]
    inner: list[LaneItem] = field(default_factory=list)


@dataclass(slots=True)
class ScopeItem:
    """``flows``: (id, source, target, name)."""

    id: str
    nodes: list[Item] = field(default_factory=list)
    artifacts: list[Item] = field(default_factory=list)
    flows: list[tuple[str, str, str, str]] = field(default_factory=list)
    lanes: list[LaneItem] = field(default_factory=list)


def read_scopes(document: Document) -> dict[str, ScopeItem]:
    """Processes and sub-processes by id, outer ones first. What is in a scope without id is not drawn, nor is the scope."""
    found: dict[str, ScopeItem] = {}
    stack = [(each, each.get("id")) for each in reversed(document.of("process")) if _own_id(document, each)]
    while stack:
        element, identifier = stack.pop()
        scope = found[identifier] = ScopeItem(identifier)
        inner = []
        for child in element:
            if not isinstance(child.tag, str) or not _own_id(document, child):
                if child.tag == bpmn("laneSet"):
                    scope.lanes += _lanes(document, child)
                continue
            if child.tag in FLOW_NODE_TAGS:
                scope.nodes.append(_item(child))
                if child.tag in SCOPE_TAGS:
                    inner.append((child, child.get("id")))
            elif child.tag in _ARTIFACTS:
                scope.artifacts.append(_artifact(child))
            elif child.tag == bpmn("laneSet"):
                scope.lanes += _lanes(document, child)
        stack += reversed(inner)
    _read_flows(document, found)
    return found


def _read_flows(document: Document, scopes: dict[str, ScopeItem]) -> None:
    """A flow belongs to the scope that holds both of its ends, wherever it is written."""
    scope_of = {node.id: scope for scope in scopes.values() for node in scope.nodes}
    for flow in document.of("sequenceFlow"):
        source, target = flow.get("sourceRef"), flow.get("targetRef")
        scope = scope_of.get(source)
        if _own_id(document, flow) and scope is not None and scope_of.get(target) is scope:
            scope.flows.append((flow.get("id"), source, target, _name(flow)))


def read_associations(document: Document) -> list[tuple[str, str, str]]:
    """(Id, source, target) of associations and data associations, and of flows that cross the border of a scope."""
    scope_of = {element.get("id"): element.getparent() for tag in FLOW_NODE_TAGS for element in document.of(local(tag))}
    found = []
    for flow in document.of("sequenceFlow"):
        source, target = flow.get("sourceRef"), flow.get("targetRef")
        if source in scope_of and scope_of[source] is not scope_of.get(target) and _own_id(document, flow):
            found.append((flow.get("id"), source, target))
    for name in _ASSOCIATIONS:
        for element in document.of(name):
            if not _own_id(document, element):
                continue
            source, target = element.get("sourceRef"), element.get("targetRef")
            if name != "association":
                owner = element.getparent().get("id")
                told = {local(child.tag): (child.text or "").strip() for child in element if isinstance(child.tag, str)}
                source = told.get("sourceRef") if name == "dataInputAssociation" else owner
                target = owner if name == "dataInputAssociation" else told.get("targetRef")
            if source and target:
                found.append((element.get("id"), source, target))
    return found


def _own_id(document: Document, element: Any) -> bool:
    return bool(element.get("id")) and element.get("id") not in document.synthetic


def _name(element: Any) -> str:
    return " ".join((element.get("name") or "").split())


def _item(element: Any) -> Item:
    tag = local(element.tag)
    item = Item(element.get("id"), _name(element), *TASK, scope=element.tag in SCOPE_TAGS)
    if tag.endswith("Event"):
        item.width = item.height = EVENT
        item.outside = True
        item.host = element.get("attachedToRef") if tag == "boundaryEvent" else None
    elif tag.endswith("Gateway"):
        item.width = item.height = GATEWAY
        item.gateway = item.outside = True
    return item


def _artifact(element: Any) -> Item:
    tag = local(element.tag)
    if tag == "textAnnotation":
        text = next((child.text or "" for child in element if child.tag == bpmn("text")), "")
        return Item(element.get("id"), "", 100, 30 + 14 * min(10, len(text) // 18))
    size = DATA_STORE if tag == "dataStoreReference" else DATA_OBJECT
    return Item(element.get("id"), _name(element), *size, outside=True)


def _lanes(document: Document, lane_set: Any) -> list[LaneItem]:
    """Lanes with an id; the nodes of one without are drawn in none."""
    found = []
    for lane in lane_set:
        if lane.tag != bpmn("lane") or not _own_id(document, lane):
            continue
        item = LaneItem(lane.get("id"), [])
        for child in lane:
            if child.tag == bpmn("flowNodeRef"):
                item.nodes.append((child.text or "").strip())
            elif child.tag == bpmn("childLaneSet"):
                item.inner += _lanes(document, child)
        found.append(item)
    return found
