"""SpiffWorkflow / SpiffArena: https://spiffworkflow.readthedocs.io and the schema of bpmn-js-spiffworkflow."""

from __future__ import annotations

import re
from typing import Any

from laneway.diagrams.dialects.reading import child, children, content, extensions, text_of
from laneway.diagrams.names import bpmn
from laneway.diagrams.record import Reading, Text
from laneway.diagrams.words import words

_NOT_RUN = {
    "preScript": ("a pre-script", "Write it as input mappings, or as a script task before this one."),
    "postScript": ("a post-script", "Write it as output mappings, or as a script task after this one."),
}
_KEPT = frozenset(
    words("""
    unitTests instructionsForEndUser guestConfirmation signalButtonLabel category allowGuest taskMetadataValues
    isOutputSynthetic variableName
    """)
)

_SIMPLE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*|[0-9]+")


def read(node: Any, namespace: str) -> Reading:
    reading = Reading(dialect="spiffworkflow")
    for name, element in extensions(node, namespace):
        if name in _NOT_RUN:
            if content(element):
                reading.not_run.append(_NOT_RUN[name])
        elif name == "serviceTaskOperator":
            _operator(element, reading)
        elif name == "calledDecisionId":
            reading.decision = text_of(content(element), element)
        elif name == "properties":
            _properties(element, reading)
        elif name == "payloadExpression":
            reading.properties["payloadExpression"] = content(element)
        elif name == "processVariableCorrelation":
            _correlation(element, reading)
        elif name in _KEPT:
            reading.properties[f"spiffworkflow:{name}"] = content(element)
        else:
            reading.notes.append(("kept_as_documentation", f"spiffworkflow:{name} is kept, but nothing acts on it"))
            reading.properties[f"spiffworkflow:{name}"] = content(element)
    for carrier in node:
        if carrier.tag in (bpmn("messageEventDefinition"), bpmn("signalEventDefinition")):
            for name, element in extensions(carrier, namespace):
                if name == "messageVariable":
                    reading.message_variable = content(element) or None
                elif name == "messagePayload" and content(element):
                    reading.not_run.append(("a message payload in Python", "Write the payload as input mappings."))
                elif name == "processVariableCorrelation":
                    _correlation(element, reading)
    return reading


def _operator(element: Any, reading: Reading) -> None:
    """``serviceTaskOperator id`` names the connector call; parameters are Python expressions."""
    reading.job_type = text_of(element.get("id"), element)
    variable = element.get("resultVariable")
    if variable:
        reading.result_variable = variable
        reading.headers["resultVariable"] = variable
    for parameters in children(element, "parameters"):
        for parameter in children(parameters, "parameter"):
            if parameter.get("id") and parameter.get("value"):
                reading.inputs.append(
                    (Text(parameter.get("value"), "python", parameter.sourceline, always=True), parameter.get("id"))
                )
    for retry in children(element, "retry"):
        reading.retries = text_of(retry.get("retries"), retry)


def _properties(element: Any, reading: Reading) -> None:
    for each in children(element, "property"):
        name, value = each.get("name"), each.get("value")
        if not name:
            continue
        if name == "formJsonSchemaFilename":
            reading.form_key = value or None
        else:
            reading.properties[name] = value or ""


def _correlation(element: Any, reading: Reading) -> None:
    """What the receiver is correlated by; one for each property. A name or a number is the same in FEEL."""
    for expression in children(element, "expression"):
        said = content(expression)
        language = "feel" if _SIMPLE.fullmatch(said) else "python"
        text = text_of(said, expression, always=True, language=language)
        if text is not None:
            reading.correlation_paths.append((content(child(element, "propertyId")) or said, text))
