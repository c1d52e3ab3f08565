"""Bonita: it writes no namespace of its own on elements, but its exporter's name on the file and its connectors as operations.

Its Groovy scripts and conditions are those of every platform (``foreign``), its actors are standard BPMN performers.
"""

from __future__ import annotations

from typing import Any

from laneway.diagrams.document import Document
from laneway.diagrams.names import bpmn
from laneway.diagrams.record import Reading, Text

_TASKS = frozenset({bpmn("serviceTask"), bpmn("sendTask"), bpmn("businessRuleTask"), bpmn("scriptTask"), bpmn("task")})


def read(node: Any, document: Document) -> Reading:
    """A connector is the operation that the task refers to: its definition's id is the job type."""
    reading = Reading()
    operation = document.target(node.get("operationRef")) if node.tag in _TASKS else None
    if operation is None or node.get("implementation", "").startswith("##"):
        return reading
    named = operation.get("implementationRef") or (operation.get("name") or "").removeprefix("Exec")
    if named:
        reading.dialect = "bonita"
        reading.job_type = Text(named.rpartition(":")[2], "literal", node.sourceline)
    return reading
