"""What a file says that does not run: pools, message flows, data, artifacts. Kept as data on the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laneway.diagrams.dialects.reading import child, children, content
from laneway.diagrams.document import Document
from laneway.diagrams.names import local

if TYPE_CHECKING:
    from laneway.diagrams.spiff import Contents

MAX_KEPT = 20_000
"""Artifacts of a process that are kept; a diagram with more is no drawing."""


def file_properties(document: Document) -> dict[str, Any]:
    """Pools, message flows, categories and data stores of the whole file."""
    found: dict[str, Any] = {
        "participants": [_kept(each, "name", "processRef") for each in document.of("participant")[:MAX_KEPT]],
        "messageFlows": [
            _kept(each, "name", "sourceRef", "targetRef", "messageRef")
            for each in document.of("messageFlow")[:MAX_KEPT]
        ],
        "dataStores": [_kept(each, "name") for each in document.of("dataStore")[:MAX_KEPT]],
        "categories": [_kept(each, "value") for each in document.of("categoryValue")[:MAX_KEPT]],
    }
    exporter = document.root.get("exporter")
    if exporter:
        found["exporter"] = [exporter, document.root.get("exporterVersion") or ""]
    return {name: value for name, value in found.items() if value}


def process_properties(contents: Contents, document: Document, process_id: str) -> dict[str, Any]:
    """Data objects, annotations, groups and associations inside one process."""
    found: dict[str, list[dict[str, str]]] = {}
    if len(contents.artifacts) > MAX_KEPT:
        found["leftOut"] = [{"count": str(len(contents.artifacts) - MAX_KEPT)}]
    for node in contents.artifacts[:MAX_KEPT]:
        kept = _kept(node, "name", "dataObjectRef", "dataStoreRef", "sourceRef", "targetRef", "categoryValueRef")
        text = content(child(node, "text")) if len(node) else ""
        if text:
            kept["text"] = text
        found.setdefault(local(node.tag) + "s", []).append(kept)
    if document.synthetic:
        own = [each for each in _ids(contents, process_id) if each in document.synthetic]
        if own:
            found["syntheticIds"] = [{"id": each} for each in own]
    return dict(found)


def _ids(contents: Contents, process_id: str) -> list[str]:
    return [
        process_id,
        *(node.get("id") for node, _ in contents.nodes),
        *(node.get("id") for node, _ in contents.flows),
        *(lane.id for lane in contents.lanes),
    ]


def _kept(node: Any, *names: str) -> dict[str, str]:
    kept = {name: node.get(name) for name in ("id", *names) if node.get(name)}
    said = documentation_of(node) if len(node) else None
    if said:
        kept["documentation"] = said
    return kept


def documentation_of(node: Any) -> str | None:
    """All documentation of the element itself, none of what stands below it."""
    texts = [content(each) for each in children(node, "documentation")]
    return "\n\n".join(text for text in texts if text) or None
