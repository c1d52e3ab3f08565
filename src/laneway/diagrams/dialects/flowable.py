"""Flowable and Activiti: https://www.flowable.com/open-source/docs/bpmn/ch07b-BPMN-Constructs and the Activiti 5 user guide.

They grew from the same engine as Camunda 7 and share most of its words; this file holds what differs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from laneway.diagrams.dialects import camunda
from laneway.diagrams.dialects.reading import attributes, content, extensions, text_of
from laneway.diagrams.names import FLOW_NODES, bpmn, local, truth
from laneway.diagrams.record import Reading, Source, Text
from laneway.expressions import is_expression

_DECISION_FIELDS = ("decisionTableReferenceKey", "decisionServiceReferenceKey")
_EVENT_TYPES = frozenset({"eventType", "triggerEventType"})
_EVENT_REGISTRY = frozenset(
    {*_EVENT_TYPES, "channelKey", "eventInParameter", "eventOutParameter", "eventCorrelationParameter"}
)
_RULES = {
    "rules": "rules",
    "ruleVariablesInput": "ruleVariablesInput",
    "resultVariable": "resultVariable",
    "exclude": "exclude",
    "class": "class",
}


def read(node: Any, namespace: str) -> Reading:
    reading = camunda.read(node, namespace)
    reading.dialect = "flowable"
    said = attributes(node, namespace)
    if "skipExpression" in said and node.tag in FLOW_NODES:
        reading.not_run = [each for each in reading.not_run if each[0] != "skipExpression"]
        reading.skip = text_of(said["skipExpression"], node, always=True)
    if any(each.tag == bpmn("errorEventDefinition") for each in node):
        _error_parameters(node, reading)
    kind = said.get("type")
    if node.tag == bpmn("serviceTask") and kind == "dmn":
        for field in _DECISION_FIELDS:
            if field in reading.headers:
                reading.decision = Text(reading.headers.pop(field), None, node.sourceline)
                reading.decision_result = "variables"
                reading.job_type = None
    if node.tag == bpmn("serviceTask") and kind == "external-worker" and "topic" in said:
        reading.job_type = Text(said["topic"], None, node.sourceline)
    if node.tag == bpmn("businessRuleTask") and reading.job_type is None and reading.decision is None:
        _rules(node, said, reading)
    if kind == "case" and "caseDefinitionKey" in said:
        reading.headers["caseDefinitionKey"] = said["caseDefinitionKey"]
    _event_registry(node, namespace, reading)
    reading.properties = {
        key.replace("camunda:", "flowable:", 1) if key.startswith("camunda:") else key: value
        for key, value in reading.properties.items()
    }
    reading.notes = [(rule, message.replace("camunda:", "flowable:")) for rule, message in reading.notes]
    return reading


def _error_parameters(node: Any, reading: Reading) -> None:
    """What an error end event gives out goes with its error; what a catcher takes in comes from there, and its mappings
    say all that does. A source expression without ``${}`` is a text."""
    given = reading.outputs if node.tag == bpmn("endEvent") else reading.inputs
    taken = [(_bare(said, node), target) for said, target in given]
    reading.inputs, reading.outputs = (taken, []) if node.tag == bpmn("endEvent") else ([], taken)


def _bare(source: Source, node: Any) -> Source:
    if not isinstance(source, Text) or is_expression(source.text):
        return source
    written = any(each.get("sourceExpression", "").strip() == source.text for each in node.iter("{*}in", "{*}out"))
    return replace(source, language="literal") if written else source


def _rules(node: Any, said: dict[str, str], reading: Reading) -> None:
    """A Drools task: a job of type ``rules`` with what it names as headers."""
    if not said.keys() & _RULES.keys():
        return
    reading.job_type = Text("rules", "literal", node.sourceline)
    for name, header in _RULES.items():
        if name in said:
            reading.headers[header] = said[name]


def _event_registry(node: Any, namespace: str, reading: Reading) -> None:
    """An event of the event registry is a message by the name of its type (Flowable, "Event registry").

    Its payload's fields are variables under the names that the diagram gives them; its one correlation parameter is the
    correlation key.
    """
    found = {name: element for name, element in extensions(node, namespace) if name in _EVENT_TYPES}
    if not found:
        return
    for name in [name for name in reading.properties if name.partition(":")[2] in _EVENT_REGISTRY]:
        del reading.properties[name]
    reading.notes = [each for each in reading.notes if not any(name in each[1] for name in _EVENT_REGISTRY)]
    if "triggerEventType" in found:
        reading.not_run.append(
            ("an event that is sent and answered in one task", "Draw a receive task behind it for the answer.")
        )
    event = next(iter(found.values()))
    reading.message = Text(content(event), None, event.sourceline)
    keys = []
    for name, element in extensions(node, namespace):
        source, target = element.get("source"), element.get("target")
        if name == "eventInParameter" and target:
            given = text_of(element.get("sourceExpression") or source, element, always=True)
            if given is not None:
                reading.inputs.append((given, target))
        elif name == "eventOutParameter" and source and target:
            reading.outputs.append((Text(source, "feel", element.sourceline, always=True), target))
        elif name == "eventCorrelationParameter":
            keys.append(text_of(element.get("value"), element))
    if len(keys) == 1:
        reading.correlation_key = keys[0]
    elif keys:
        reading.not_run.append(("a correlation by several parameters", "Correlate by one of them."))
    if node.tag == bpmn("serviceTask"):
        reading.job_type = None


def what_ends(terminate: Any) -> str:
    """``terminateAll``: the whole instance with those that called it; ``terminateMultiInstance``: the loop around it."""
    said = {local(name): truth(value, False) for name, value in terminate.attrib.items() if name[0] == "{"}
    if said.get("terminateAll"):
        return "all"
    return "loop" if said.get("terminateMultiInstance") else ""


def signal_is_local(signal: Any) -> bool:
    """``scope="processInstance"``: whoever throws it means the same instance alone."""
    return any(
        name[0] == "{" and local(name) == "scope" and value == "processInstance"
        for name, value in signal.attrib.items()
    )
