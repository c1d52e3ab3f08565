"""Signavio Process Manager: ``signavioMetaData`` with keys that each workspace names for itself.

Colours are layout. ``adapterclassname`` is what its export for an engine writes for a task; every other key is a property.
"""

from __future__ import annotations

from typing import Any

from laneway.diagrams.dialects.reading import attributes, content, extensions
from laneway.diagrams.names import bpmn
from laneway.diagrams.record import Reading, Text

_LAYOUT = frozenset({"bgcolor", "bordercolor", "messageposition", "fontcolor"})
_NOTHING = frozenset({"", "[]", "{}", "null"})
_TASKS = frozenset(bpmn(name) for name in ("task", "serviceTask", "sendTask", "businessRuleTask", "scriptTask"))


def read(node: Any, namespace: str) -> Reading:
    reading = Reading(dialect="signavio")
    for name, value in attributes(node, namespace).items():
        reading.properties[f"signavio:{name}"] = value
    for name, element in extensions(node, namespace):
        key = element.get("metaKey") or element.get("metaName")
        value = (element.get("metaValue") or "").strip()
        if key is None:
            text = content(element)
            if text:
                reading.properties[f"signavio:{name}"] = text
        elif key not in _LAYOUT and value not in _NOTHING:
            reading.properties[key] = value
    implementation = reading.properties.get("adapterclassname")
    if implementation and node.tag in _TASKS:
        reading.job_type = Text(implementation, "literal", node.sourceline)
        for key in ("adaptertype", "adapterconfiguration"):
            if key in reading.properties:
                reading.headers[key] = reading.properties[key]
    return reading
