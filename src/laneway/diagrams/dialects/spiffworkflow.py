"""SpiffWorkflow / SpiffArena: https://spiffworkflow.readthedocs.io and the schema of bpmn-js-spiffworkflow."""

from __future__ import annotations

import ast
import re
from typing import Any

from laneway.diagrams.dialects.camunda_extensions import PYTHON_JOB, listener_event
from laneway.diagrams.dialects.reading import child, children, content, extensions, text_of
from laneway.diagrams.names import bpmn
from laneway.diagrams.record import DataAssociation, ListenerReading, Reading, Text
from laneway.diagrams.words import words

_ENGINES = (
    "spiffworkflow.org",
    "camunda.org/schema/zeebe",
    "/schema/1.0/bpmn",
    "flowable.org",
    "activiti.org",
    "drools",
)
_KEPT = frozenset(
    words("""
    unitTests instructionsForEndUser guestConfirmation signalButtonLabel category allowGuest taskMetadataValues
    isOutputSynthetic variableName
    """)
)

_SIMPLE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*|[0-9]+")


NAMESPACE = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def default_language(root: Any, said: str | None) -> str | None:
    """The language of unmarked texts: what the file says, but Python where SpiffWorkflow's namespace is the only engine's."""
    engines = {uri for uri in root.nsmap.values() if uri and any(name in uri for name in _ENGINES)}
    if engines == {NAMESPACE} and (said is None or said.rstrip("/").lower().endswith("xpath")):
        return "python"
    return said


def read(node: Any, namespace: str) -> Reading:
    reading = Reading(dialect="spiffworkflow")
    for name, element in extensions(node, namespace):
        if name in ("preScript", "postScript"):
            if content(element):
                _script(name, element, node, reading)
        elif name == "serviceTaskOperator":
            _operator(element, reading)
        elif name == "calledDecisionId":
            reading.decision = text_of(content(element), element)
            reading.decision_result = "columns"
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
                    _payload(element, reading)
                elif name == "processVariableCorrelation":
                    _correlation(element, reading)
    return reading


def _script(name: str, element: Any, node: Any, reading: Reading) -> None:
    """Python around the element: an internal job before it begins or after it has ended, in the sandbox.

    SpiffWorkflow has one set of data that everything writes: what a pre-script sets goes on behind the element too.
    """
    code = content(element)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        reading.not_run.append((f"a {name} that is no Python", "Correct it."))
        return
    event = listener_event(node, "start" if name == "preScript" else "end")
    reading.listeners.append(
        ListenerReading(
            event, Text(PYTHON_JOB, "literal"), None, (("script", code),), element.sourceline, internal=True
        )
    )
    if event == "start":
        names = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        for each in sorted(names):
            reading.data_outputs.append(DataAssociation(each, each, element.sourceline, each))


def _payload(element: Any, reading: Reading) -> None:
    """A dictionary with fixed keys is an input per key; what else gives the payload is not known before it runs."""
    try:
        tree = ast.parse(content(element), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    keys = [each.value for each in tree.keys if isinstance(each, ast.Constant)] if isinstance(tree, ast.Dict) else []
    if not isinstance(tree, ast.Dict) or len(keys) != len(tree.keys) or not all(isinstance(key, str) for key in keys):
        reading.not_run.append(
            ("a message payload that is no dictionary with fixed keys", "Write it as {'name': value, …}.")
        )
        return
    for key, value in zip(keys, tree.values, strict=True):
        text = Text(ast.unparse(value), "python", element.sourceline, always=True)
        reading.inputs.append((text, str(key)))


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
