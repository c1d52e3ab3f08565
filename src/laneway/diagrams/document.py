"""A parsed file before SpiffWorkflow sees it: every element known, identified once, and pointing at something.

SpiffWorkflow's parser takes references on trust (a dangling one surfaces as a TypeError) and drops what has no id, so
this comes first: unknown elements, duplicate ids and dangling references are named here, missing ids are given by
position, and prefixed references (``tns:Message_1``) are reduced to the id that they mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.names import BPMN, CAMUNDA_7, DC, DD, JBPM, KNOWN, ZEEBE, bpmn, local
from laneway.diagrams.words import words

_IDENTIFIED = frozenset(
    bpmn(name)
    for name in words("""
    process participant lane sequenceFlow message signal error escalation dataObject dataObjectReference dataStore
    dataStoreReference correlationProperty collaboration messageFlow textAnnotation association group task userTask
    manualTask serviceTask sendTask receiveTask scriptTask businessRuleTask callActivity subProcess transaction
    adHocSubProcess startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent exclusiveGateway
    inclusiveGateway parallelGateway eventBasedGateway complexGateway
    """)
)
"""Elements that something may point at, or that the model keeps by id."""

_ATTRIBUTE_REFERENCES: dict[str, dict[str, bool]] = {
    "sequenceFlow": {"sourceRef": True, "targetRef": True},
    "boundaryEvent": {"attachedToRef": True},
    "messageEventDefinition": {"messageRef": True, "operationRef": False},
    "signalEventDefinition": {"signalRef": True},
    "errorEventDefinition": {"errorRef": True},
    "escalationEventDefinition": {"escalationRef": True},
    "compensateEventDefinition": {"activityRef": True},
    "receiveTask": {"messageRef": True, "operationRef": False},
    "sendTask": {"messageRef": True, "operationRef": False},
    "serviceTask": {"operationRef": False},
    "participant": {"processRef": False},
    "messageFlow": {"sourceRef": False, "targetRef": False, "messageRef": False},
    "dataObjectReference": {"dataObjectRef": False},
    "dataStoreReference": {"dataStoreRef": False},
    "association": {"sourceRef": False, "targetRef": False},
    "multiInstanceLoopCharacteristics": {"noneBehaviorEventRef": True, "oneBehaviorEventRef": True},
    "group": {"categoryValueRef": False},
}
"""Tag → attribute → whether what runs depends on it (then dangling is an error, else a warning)."""

_REFERRED = {
    "messageRef": "message",
    "signalRef": "signal",
    "errorRef": "error",
    "escalationRef": "escalation",
    "processRef": "process",
}
"""Attribute → the one kind of element that it can mean."""

_REQUIRED = {"sequenceFlow": ("sourceRef", "targetRef"), "boundaryEvent": ("attachedToRef",)}

_TEXT_REFERENCES = {
    "flowNodeRef": True,
    "eventDefinitionRef": True,
    "incoming": False,
    "outgoing": False,
    "sourceRef": False,
    "targetRef": False,
    "loopDataInputRef": False,
    "loopDataOutputRef": False,
    "resourceRef": False,
}


@dataclass(slots=True)
class Document:
    """``elements``: BPMN elements outside of extensions, by local name, in document order. ``by_id``: the first with an id."""

    tree: Any
    root: Any
    findings: Findings
    by_id: dict[str, Any] = field(default_factory=dict)
    elements: dict[str, list[Any]] = field(default_factory=dict)
    synthetic: set[str] = field(default_factory=set)
    expression_language: str | None = None
    namespaces: frozenset[str] = frozenset()
    """Those that the root declares; they tell which engine a file was drawn for."""

    def of(self, name: str) -> list[Any]:
        return self.elements.get(name, [])

    def target(self, reference: str | None) -> Any | None:
        return self.by_id.get(reference) if reference else None


def where(element: Any) -> Where:
    """Where a finding about ``element`` points to: the element, or the nearest one around it that has an id."""
    line = element.sourceline
    while element is not None:
        if element.get("id"):
            return Where(element.get("id"), element.get("name"), line)
        element = element.getparent()
    return Where(line=line)


def read_document(tree: Any, findings: Findings) -> Document:
    """Index ``tree`` and put it in order, in place; what cannot be put in order becomes a finding."""
    root = tree.getroot()
    document = Document(tree, root, findings)
    language = (root.get("expressionLanguage") or "").strip()
    document.expression_language = language or None
    document.namespaces = frozenset(uri for uri in root.nsmap.values() if uri)
    if root.tag != bpmn("definitions"):
        findings.error(
            "not_bpmn",
            f"the file holds {_kind_of_file(root.tag)}, not BPMN 2.0 definitions",
            "Export the diagram as BPMN 2.0 XML.",
            Where(line=root.sourceline),
        )
        return document
    _index(document)
    _identify(document)
    _resolve(document)
    _check_layout(document)
    return document


def _kind_of_file(tag: str) -> str:
    """What a file is that somebody took for BPMN 2.0, told by the namespace of its root."""
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    lower = namespace.lower()
    for word, kind in _OTHER_FORMATS:
        if word in lower:
            return f"{kind} (namespace {namespace[:80]})"
    if local(tag) != "definitions":
        return f"<{local(tag)}>" + (f" of the namespace {namespace[:80]}" if namespace else "")
    return f"definitions of the namespace {namespace[:80]}" if namespace else "definitions without a namespace"


_OTHER_FORMATS = (
    ("xpdl", "an XPDL package"),
    ("/dmn/", "a DMN decision model"),
    ("/cmmn/", "a CMMN case model"),
    ("schema.omg.org/spec/bpmn/2.0", "definitions of a draft of BPMN 2.0"),
    ("bpmn/2009", "definitions of a draft of BPMN 2.0"),
    ("wsbpel", "a BPEL process"),
)


def _index(document: Document) -> None:
    extensions = bpmn("extensionElements")
    prefix = "{" + BPMN + "}"
    stack = [document.root]
    while stack:
        element = stack.pop()
        tag = element.tag
        if not isinstance(tag, str) or not tag.startswith(prefix):
            continue
        if tag == extensions:
            continue
        if tag not in KNOWN:
            at = where(element)
            document.findings.error(
                "unknown_element",
                f"<{local(tag)}> is no element of BPMN 2.0",
                "Correct its name, or move it into extensionElements under a namespace of its own.",
                Where(at.id, at.name, element.sourceline),
            )
            continue
        document.elements.setdefault(local(tag), []).append(element)
        identifier = element.get("id")
        if identifier is not None:
            _register(document, element, identifier)
        stack.extend(reversed(element))


def _register(document: Document, element: Any, raw: str) -> None:
    identifier = raw.strip()
    if identifier != raw:
        element.set("id", identifier)
    if not identifier:
        del element.attrib["id"]
        return
    first = document.by_id.setdefault(identifier, element)
    if first is not element:
        document.findings.error(
            "duplicate_id",
            f"id {identifier} is used twice: by {_called(first)} in line {first.sourceline} "
            f"and by {_called(element)} in line {element.sourceline}",
            "Give one of them another id.",
            Where(identifier, element.get("name"), element.sourceline),
        )


def _called(element: Any) -> str:
    name = element.get("name")
    return f"{local(element.tag)} «{name}»" if name else local(element.tag)


def _identify(document: Document) -> None:
    """Give ids by position among elements of the same tag, so that the same file always gets the same ids."""
    for name, elements in document.elements.items():
        if bpmn(name) not in _IDENTIFIED:
            continue
        for number, element in enumerate(elements, 1):
            if element.get("id") is not None:
                continue
            identifier = f"{name}_{number}"
            while identifier in document.by_id:
                identifier += "_"
            element.set("id", identifier)
            document.by_id[identifier] = element
            document.synthetic.add(identifier)


def _resolve(document: Document) -> None:
    for name, attributes in _ATTRIBUTE_REFERENCES.items():
        for element in document.of(name):
            for attribute, matters in attributes.items():
                _resolve_attribute(document, element, attribute, matters)
    for name, elements in document.elements.items():
        if name not in _ATTRIBUTE_REFERENCES or bpmn(name) in _IDENTIFIED:
            for element in elements:
                if element.get("default") is not None:
                    _resolve_attribute(document, element, "default", True)
    for name, matters in _TEXT_REFERENCES.items():
        for element in document.of(name):
            text = (element.text or "").strip()
            found = _meant(document, text)
            if found is not None:
                element.text = found
            elif text and not (name in ("sourceRef", "targetRef") and _in_relationship(element)):
                _dangling(document, element.getparent(), name, text, matters)
    for name, required in _REQUIRED.items():
        for element in document.of(name):
            for attribute in required:
                if element.get(attribute) is None:
                    document.findings.error(
                        "missing_reference",
                        f"{name} {element.get('id')} has no {attribute}",
                        "Connect it in the modeller.",
                        where(element),
                    )


def _in_relationship(element: Any) -> bool:
    return local(element.getparent().tag) == "relationship"


def _resolve_attribute(document: Document, element: Any, attribute: str, matters: bool) -> None:
    raw = element.get(attribute)
    if raw is None:
        return
    text = raw.strip()
    if not text:
        del element.attrib[attribute]
        return
    found = _meant(document, text)
    if found is None:
        _dangling(document, element, attribute, text, matters)
        return
    if found != raw:
        element.set(attribute, found)
    wanted = _REFERRED.get(attribute)
    if wanted is not None and document.by_id[found].tag != bpmn(wanted):
        at = where(element)
        document.findings.error(
            "dangling_reference",
            f"{attribute} of {at.id or local(element.tag)} points to {found}, which is no {wanted} but a "
            f"{local(document.by_id[found].tag)}",
            f"Choose a {wanted} for it in the modeller.",
            at,
        )


def _meant(document: Document, text: str) -> str | None:
    if text in document.by_id:
        return text
    _, colon, rest = text.rpartition(":")
    return rest if colon and rest in document.by_id else None


def _dangling(document: Document, element: Any, attribute: str, text: str, matters: bool) -> None:
    at = where(element)
    message = f"{attribute} of {at.id or local(element.tag)} points to {text}, which is not in the file"
    fix = f"Correct {attribute}, or add the element {text}."
    if matters and _is_a_name(document, attribute):
        _declare(document, attribute, text)
        document.findings.warning(
            "dangling_reference", f"{message}; it is taken as a name, as its engine does", fix, at
        )
        return
    if matters:
        document.findings.error("dangling_reference", message, fix, at)
    else:
        document.findings.warning("dangling_reference", message, fix, at)


_CODES = {"errorRef": "errorCode", "escalationRef": "escalationCode", "signalRef": None}


def _is_a_name(document: Document, attribute: str) -> bool:
    """Camunda 7 and its family take an ``errorRef`` to nothing as the code itself; jBPM signals and escalations too."""
    if attribute not in _CODES or ZEEBE in document.namespaces:
        return False
    return JBPM in document.namespaces or (attribute == "errorRef" and bool(document.namespaces & CAMUNDA_7))


def _declare(document: Document, attribute: str, text: str) -> None:
    kind = attribute.removesuffix("Ref")
    element = document.root.makeelement(bpmn(kind), {"id": text, "name": text})
    code = _CODES[attribute]
    if code is not None:
        element.set(code, text)
    document.root.append(element)
    document.by_id[text] = element
    document.elements.setdefault(kind, []).append(element)


def _check_layout(document: Document) -> None:
    """Coordinates must be finite numbers: SpiffWorkflow sorts by them and every viewer draws with them."""
    for tag, attributes in (
        ("{" + DC + "}Bounds", ("x", "y", "width", "height")),
        ("{" + DD + "}waypoint", ("x", "y")),
    ):
        for element in document.root.iter(tag):
            for attribute in attributes:
                value = element.get(attribute)
                if value is None or _is_finite(value):
                    continue
                owner = element.getparent()
                about = owner.get("bpmnElement") if owner is not None else None
                document.findings.error(
                    "bad_bounds",
                    f"{attribute} of the shape is «{value[:40]}», not a number",
                    "Move the shape in the modeller and save again.",
                    Where(about, None, element.sourceline),
                )


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
