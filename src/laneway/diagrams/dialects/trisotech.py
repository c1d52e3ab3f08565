"""Trisotech (``http://www.trisotech.com/2014/triso/bpmn`` and ``…/2015/triso/modeling``): FEEL bindings and decisions.

``dataInputBindings`` hold a FEEL context: each entry is an input of the task. A rule task's link into a DMN model names
the decision. The rest is typing, layout and the modeller's own references.
"""

from __future__ import annotations

from typing import Any

from laneway.diagrams.dialects.reading import children, content, extensions
from laneway.diagrams.names import bpmn
from laneway.diagrams.record import Reading, Text
from laneway.expressions import ExpressionError, compile as compile_text

_LINKS = frozenset({"copyOfLink", "reuseLink", "link"})


def read(node: Any, namespace: str) -> Reading:
    reading = Reading(dialect="trisotech")
    for name, element in extensions(node, namespace):
        if name == "dataInputBindings":
            for context in children(element, "context"):
                for entry in children(context, "contextEntry"):
                    _binding(entry, reading)
        elif name in _LINKS and node.tag == bpmn("businessRuleTask") and "decision" in (element.get("graphType") or ""):
            _decision(element, reading)
    return reading


def _binding(entry: Any, reading: Reading) -> None:
    """A name with spaces is known only when it runs, so that an entry which cannot be read is kept and pointed out."""
    variable = next(children(entry, "variable"), None)
    literal = next(children(entry, "literalExpression"), None)
    text = content(next(children(literal, "text"), None)) if literal is not None else ""
    name = (variable.get("name") or "").strip() if variable is not None else ""
    if not name or not text or text == name:
        return
    try:
        compile_text(text, "feel")
    except ExpressionError as error:
        reading.properties.setdefault("dataInputBindings", {})[name] = text
        reading.notes.append(
            ("kept_as_documentation", f"the input {name} := {text[:80]} is kept, but not set: {error.message}")
        )
        return
    if "." in name:
        reading.properties.setdefault("dataInputBindings", {})[name] = text
        return
    reading.inputs.append((Text(text, "feel", entry.sourceline, always=True), name))


def _decision(link: Any, reading: Reading) -> None:
    named = link.get("id") or link.get("itemName")
    if named:
        reading.decision = Text(named, "literal", link.sourceline)
        reading.properties["decisionName"] = link.get("itemName") or named
