"""What modellers write into diagrams beyond BPMN, one file per dialect, dispatched by namespace.

A dialect is a function ``read(node, namespace) -> Reading``: it looks at the attributes of its namespace on ``node`` and
at its children in ``extensionElements``, and says in the words of the domain what they mean. To add one, write its file,
enter its namespaces here and its table in docs/reference/dialects.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from laneway.diagrams.dialects import (
    adonis,
    bizagi,
    bonita,
    camunda,
    flowable,
    jbpm,
    signavio,
    spiffworkflow,
    standard,
    trisotech,
    zeebe,
)
from laneway.diagrams.document import Document
from laneway.diagrams.global_tasks import as_task, called_by
from laneway.diagrams.names import BPMN, BPMNDI, CAMUNDA_7, JBPM, ZEEBE, bpmn
from laneway.diagrams.record import Reading
from laneway.diagrams.words import words

DIALECTS: dict[str, Callable[[Any, str], Reading]] = {
    "http://camunda.org/schema/zeebe/1.0": zeebe.read,
    "http://camunda.org/schema/1.0/bpmn": camunda.read,
    "http://operaton.org/schema/1.0/bpmn": camunda.read,
    "http://cibseven.org/schema/1.0/bpmn": camunda.read,
    "http://flowable.org/bpmn": flowable.read,
    "http://activiti.org/bpmn": flowable.read,
    "http://activiti.com/modeler": flowable.read,
    "http://spiffworkflow.org/bpmn/schema/1.0/core": spiffworkflow.read,
    "http://www.jboss.org/drools": jbpm.read,
    "http://www.signavio.com": signavio.read,
    "http://www.bizagi.com/bpmn20": bizagi.read,
    "http://www.boc-group.com": adonis.read,
    "http://www.trisotech.com/2014/triso/bpmn": trisotech.read,
    "http://www.trisotech.com/2015/triso/modeling": trisotech.read,
}
"""Namespace → reader; of two that say the same thing, the one written first here wins."""

EXPORTERS: dict[str, Callable[[Any, Document], Reading]] = {"BonitaSoft": bonita.read}
"""Start of the exporter's name → reader, for tools that mark their files and not their elements."""

_WHOLE_FILES = frozenset({JBPM, *CAMUNDA_7})
"""Where a file declares one of these, elements without a word of it are meant for that engine too."""

_CARRIERS = frozenset(
    bpmn(name)
    for name in words("""
    multiInstanceLoopCharacteristics standardLoopCharacteristics messageEventDefinition signalEventDefinition
    errorEventDefinition escalationEventDefinition timerEventDefinition conditionalEventDefinition
    compensateEventDefinition conditionExpression
    """)
)
"""Children whose own extensions speak about the element around them."""

_SILENT = frozenset({BPMN, BPMNDI, "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/XML/1998/namespace"})


def read_element(node: Any, document: Document) -> Reading:
    """Everything that all dialects say about ``node``; vendors before standard BPMN."""
    namespaces = _namespaces_of(node)
    if ZEEBE not in document.namespaces:
        namespaces |= document.namespaces & _WHOLE_FILES
    reading = standard.read(node, document)
    for exporter, read in EXPORTERS.items():
        if document.root.get("exporter", "").startswith(exporter):
            reading = _over(read(node, document), reading)
    if not namespaces:
        return _with_called(reading, document)
    for namespace in reversed(DIALECTS):
        if namespace in namespaces:
            reading = _over(DIALECTS[namespace](node, namespace), reading)
    reading.error_mappings = [(condition, _error_code(ref, document)) for condition, ref in reading.error_mappings]
    foreign = sorted(namespaces - DIALECTS.keys())
    if foreign:
        reading.properties["extensions"] = foreign
    return _with_called(reading, document)


def _error_code(reference: str, document: Document) -> str:
    """The code of the error referred to, or its name, or what is written where nothing of it is in the file."""
    error = document.target(reference)
    if error is None:
        return reference
    return error.get("errorCode") or error.get("name") or reference


def _with_called(reading: Reading, document: Document) -> Reading:
    """A call activity that calls a global task does what that says."""
    if reading.global_task is None or reading.called_process is not None:
        return reading
    called = document.target(reading.properties["globalTask"])
    if called is None:
        return reading
    name = (called.get("name") or "").strip() or None
    return called_by(reading, read_element(as_task(called), document), name)


def _over(mine: Reading, lower: Reading) -> Reading:
    """Who says what does the work says it whole: the job of one dialect and the decision of another do not mix."""
    if mine.job_type is not None or mine.decision is not None:
        return mine.over(replace(lower, job_type=None, decision=None))
    return mine.over(lower)


def _namespaces_of(node: Any) -> set[str]:
    found: set[str] = set()
    carriers = [node, *(child for child in node if child.tag in _CARRIERS)]
    for carrier in carriers:
        found.update(name[1:].partition("}")[0] for name in carrier.attrib if name[0] == "{")
        for child in carrier:
            if child.tag == bpmn("extensionElements"):
                found.update(
                    each.tag[1:].partition("}")[0] for each in child if isinstance(each.tag, str) and each.tag[0] == "{"
                )
    return found - _SILENT
