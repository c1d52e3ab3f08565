"""BPMN 2.0 without extensions: operations, resource roles, loop data (chapters 8.4.3, 10.3.1, 10.3.8, 10.4)."""

from __future__ import annotations

import re
from typing import Any

from laneway.diagrams.dialects import data
from laneway.diagrams.dialects.reading import child, children, content, text_of
from laneway.diagrams.document import Document
from laneway.diagrams.global_tasks import GLOBAL_TASKS
from laneway.diagrams.names import bpmn, local
from laneway.diagrams.record import Reading, Text

_ROLE = re.compile(r"\b(user|group)\s*\(([^()]*)\)")
_PLATFORMS = frozenset({"java", "webservice", "other"})
"""Words that jBPM writes for how an operation is called, not for what is called."""

_OPERATION_TASKS = frozenset({bpmn("serviceTask"), bpmn("sendTask"), bpmn("businessRuleTask")})

_GLOBAL_TASKS = frozenset(bpmn(name) for name in GLOBAL_TASKS)

_ENDS = frozenset(bpmn(name) for name in ("incoming", "outgoing", "extensionElements", "documentation"))
"""Children that say nothing of roles, loops or data; most nodes have no others."""


def read(node: Any, document: Document) -> Reading:
    reading = Reading()
    if node.tag in _OPERATION_TASKS:
        _operation(node, document, reading)
    elif node.tag == bpmn("callActivity"):
        called = (node.get("calledElement") or "").strip()
        if called:
            prefix, colon, rest = called.rpartition(":")
            if colon and prefix in node.nsmap:
                called = rest
            target = document.target(called)
            if target is not None and target.tag in _GLOBAL_TASKS:
                reading.global_task = local(target.tag)
                reading.properties["globalTask"] = called
            else:
                reading.called_process = Text(called, None, node.sourceline)
    elif node.tag == bpmn("scriptTask"):
        reading.script_format = (node.get("scriptFormat") or "").strip() or None
        script = child(node, "script")
        if script is not None and content(script):
            reading.script = Text((script.text or "").strip(), node.get("scriptFormat"), script.sourceline, True)
    if any(each.tag not in _ENDS for each in node):
        _roles(node, document, reading)
        _loop(node, document, reading)
        data.read(node, document, reading)
    if reading != Reading():
        reading.dialect = "standard"
    return reading


def _operation(node: Any, document: Document, reading: Reading) -> None:
    """``implementation`` that names something (not ##WebService and the like), else the operation."""
    implementation = (node.get("implementation") or "").strip()
    operation = document.target(node.get("operationRef"))
    if implementation.lower() in _PLATFORMS and operation is not None:
        interface = operation.getparent()
        holder = interface.get("implementationRef") or interface.get("name")
        named = operation.get("implementationRef") or operation.get("name") or operation.get("id")
        reading.job_type = Text(f"{holder}.{named}" if holder else named, "literal", node.sourceline)
        return
    if implementation and not implementation.startswith("##"):
        reading.job_type = Text(implementation, "literal", node.sourceline)
        return
    if operation is not None and node.tag != bpmn("sendTask"):
        named = operation.get("implementationRef") or operation.get("name") or operation.get("id")
        reading.job_type = text_of(named, node, language="literal")


def _roles(node: Any, document: Document, reading: Reading) -> None:
    groups: list[str] = []
    users: list[str] = []
    for role in node:
        if role.tag not in (bpmn("potentialOwner"), bpmn("humanPerformer"), bpmn("performer")):
            continue
        resource = document.target(content(child(role, "resourceRef")))
        if resource is not None:
            groups.append(resource.get("name") or resource.get("id"))
        assignment = child(role, "resourceAssignmentExpression")
        if assignment is None:
            continue
        for formal in [*children(assignment, "formalExpression"), *children(assignment, "expression")]:
            text = content(formal)
            if not text:
                continue
            if role.tag == bpmn("humanPerformer"):
                reading.assignee = Text(text, formal.get("language"), formal.sourceline)
                continue
            named = _ROLE.findall(text)
            for kind, name in named:
                (users if kind == "user" else groups).append(name.strip())
            if not named and "${" not in text and not text.startswith("="):
                groups.extend(each.strip() for each in text.split(",") if each.strip())
            elif not named:
                reading.candidate_groups = Text(text, formal.get("language"), formal.sourceline)
    if groups and reading.candidate_groups is None:
        reading.candidate_groups = tuple(dict.fromkeys(groups))
    if users:
        reading.candidate_users = tuple(dict.fromkeys(users))


def _loop(node: Any, document: Document, reading: Reading) -> None:
    loop = child(node, "multiInstanceLoopCharacteristics")
    if loop is None or loop.tag != bpmn("multiInstanceLoopCharacteristics"):
        return
    reading.collection = data.collection(node, content(child(loop, "loopDataInputRef")), loop, document)
    item = child(loop, "inputDataItem")
    if item is not None:
        reading.item = item.get("name") or item.get("id")
    reading.output_collection = data.collected_into(node, content(child(loop, "loopDataOutputRef")), document)
    output = child(loop, "outputDataItem")
    if output is not None:
        reading.output_item = text_of(output.get("name") or output.get("id"), output, always=True, language="feel")
