"""What stands in a file beside its processes, or in the wrong place."""

from __future__ import annotations

from typing import Any

from laneway.diagrams.document import Document, where
from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.layout import has_picture
from laneway.diagrams.names import EVENT_DEFINITIONS, FLOW_NODE_TAGS, SCOPE_TAGS, bpmn, local

_HOLDERS = SCOPE_TAGS | {bpmn(name) for name in ("process", "choreography", "subChoreography")}
_EVENTS = frozenset(
    bpmn(name)
    for name in (
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "implicitThrowEvent",
        "event",
        "definitions",
    )
)
_REFERRED = {
    "message": frozenset({"messageRef", "inMessageRef", "outMessageRef"}),
    "signal": frozenset({"signalRef"}),
    "error": frozenset({"errorRef"}),
    "escalation": frozenset({"escalationRef"}),
}


def placement(document: Document, findings: Findings) -> None:
    """What runs, but stands where nobody reads it: it would be lost in silence."""
    for tag in (*FLOW_NODE_TAGS, bpmn("sequenceFlow")):
        for element in document.of(local(tag)):
            parent = element.getparent()
            if parent is not None and parent.tag not in _HOLDERS:
                findings.error(
                    "misplaced_element",
                    f"<{local(tag)}> stands in <{local(parent.tag)}>, where nothing runs",
                    "Move it into a process or a sub-process.",
                    where(element),
                )
    for tag in EVENT_DEFINITIONS:
        for element in document.of(local(tag)):
            parent = element.getparent()
            if parent is not None and parent.tag not in _EVENTS:
                findings.error(
                    "misplaced_element",
                    f"<{local(tag)}> stands in <{local(parent.tag)}>, which is no event",
                    "Attach it to an event: to a boundary event of the activity, or to an event of its own.",
                    where(element),
                )


def file_findings(document: Document, findings: Findings, *, mode_is_given: bool) -> None:
    """``mode_is_given``: whoever checks says whether the processes run strictly or as walkthroughs."""
    _unsaid(document, findings, mode_is_given)
    _message_flows(document, findings)
    _unused(document, findings)
    _layout(document, findings)


def _layout(document: Document, findings: Findings) -> None:
    if document.of("process") and not has_picture(document):
        findings.info(
            "no_layout",
            "the file holds no picture of its elements, so no modeller shows it",
            f"laneway layout {findings.file or 'FILE'} draws one.",
            Where(line=document.root.sourceline),
        )


def _unsaid(document: Document, findings: Findings, mode_is_given: bool) -> None:
    for process in document.of("process"):
        if process.get("id") in document.synthetic:
            findings.warning(
                "process_id_missing",
                f"the process has no id; it is called {process.get('id')} by its place in the file",
                "Give it an id: it is started, called and counted in versions by it.",
                where(process),
            )
        if process.get("isExecutable") is None and not mode_is_given and _has_nodes(process):
            findings.info(
                "executable_unsaid",
                "isExecutable is not written, so it runs as a walkthrough: people stand in for what is left open",
                'Write isExecutable="true" on the process to have it run by itself.',
                where(process),
            )


def _has_nodes(process: Any) -> bool:
    return any(child.tag in FLOW_NODE_TAGS for child in process)


def _message_flows(document: Document, findings: Findings) -> None:
    """Message flows connect two pools, never parts of one (BPMN 2.0, 9.4)."""
    pools = {each.get("id"): each.get("processRef") or each.get("id") for each in document.of("participant")}
    for flow in document.of("messageFlow"):
        ends = [_pool(document, flow.get(end), pools) for end in ("sourceRef", "targetRef")]
        if ends[0] is not None and ends[0] == ends[1]:
            findings.warning(
                "message_flow_in_pool",
                f"the message flow leads from {flow.get('sourceRef')} to {flow.get('targetRef')} within one pool",
                "Draw a sequence flow, or send the message to another pool.",
                where(flow),
            )


def _pool(document: Document, reference: str | None, pools: dict[Any, Any]) -> Any:
    if reference in pools:
        return pools[reference]
    element = document.target(reference)
    while element is not None and element.tag != bpmn("process"):
        element = element.getparent()
    return None if element is None else element.get("id")


def _unused(document: Document, findings: Findings) -> None:
    """Messages, signals, errors and escalations that nothing refers to: often an event that lost its reference."""
    for name, attributes in _REFERRED.items():
        defined = document.of(name)
        if not defined:
            continue
        used: set[str] = set()
        for elements in document.elements.values():
            for element in elements:
                used.update(value for key in attributes if (value := element.get(key)))
                if local(element.tag) in (*attributes, "errorRef"):
                    used.add((element.text or "").strip())
        for element in defined:
            identifier = element.get("id")
            if identifier in used or identifier in document.synthetic:
                continue
            findings.info(
                "unused_definition",
                f"nothing refers to the {name} {element.get('name') or identifier}",
                f"Choose it in the event or task that is meant by it, or remove the {name}.",
                Where(identifier, element.get("name"), element.sourceline),
            )
