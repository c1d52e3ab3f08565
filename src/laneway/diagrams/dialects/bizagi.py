"""Bizagi Modeler: ``BizagiExtensions`` with properties and extended attributes. It writes no execution data into BPMN files."""

from __future__ import annotations

from typing import Any

from laneway.diagrams.dialects.reading import children, content, extensions
from laneway.diagrams.names import local
from laneway.diagrams.record import Reading

_LAYOUT = frozenset({"bgColor", "borderColor", "fontColor", "textX", "textY", "textWidth", "textHeight"})


def read(node: Any, namespace: str) -> Reading:
    reading = Reading(dialect="bizagi")
    for name, element in extensions(node, namespace):
        if name != "BizagiExtensions":
            reading.properties[f"bizagi:{name}"] = content(element) or dict(element.attrib)
            continue
        for each in children(element, "BizagiProperties"):
            for item in children(each, "BizagiProperty"):
                key = item.get("name")
                if key and key not in _LAYOUT:
                    reading.properties[key] = item.get("value") or ""
        for each in children(element, "ExtendedAttributeValues"):
            for item in each:
                if isinstance(item.tag, str):
                    key = item.get("name") or item.get("Name") or item.get("id") or item.get("Id") or local(item.tag)
                    reading.properties[key] = item.get("value") or content(item)
    return reading
