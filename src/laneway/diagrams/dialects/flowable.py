"""Flowable and Activiti: https://www.flowable.com/open-source/docs/bpmn/ch07b-BPMN-Constructs and the Activiti 5 user guide.

They grew from the same engine as Camunda 7 and share most of its words; this file holds what differs.
"""

from __future__ import annotations

from typing import Any

from laneway.diagrams.dialects import camunda
from laneway.diagrams.dialects.reading import attributes
from laneway.diagrams.names import bpmn
from laneway.diagrams.record import Reading, Text

_DECISION_FIELDS = ("decisionTableReferenceKey", "decisionServiceReferenceKey")
_EVENT_REGISTRY = frozenset({"eventType", "triggerEventType", "channelKey"})


def read(node: Any, namespace: str) -> Reading:
    reading = camunda.read(node, namespace)
    reading.dialect = "flowable"
    said = attributes(node, namespace)
    if node.tag == bpmn("serviceTask") and said.get("type") == "dmn":
        for field in _DECISION_FIELDS:
            if field in reading.headers:
                reading.decision = Text(reading.headers[field], None, node.sourceline)
                reading.job_type = None
    if node.tag == bpmn("serviceTask") and said.get("type") == "external-worker" and "topic" in said:
        reading.job_type = Text(said["topic"], None, node.sourceline)
    if node.tag == bpmn("businessRuleTask") and "rules" in said and reading.job_type is None:
        reading.job_type = Text("rules", "literal", node.sourceline)
    if reading.properties.keys() & {f"camunda:{name}" for name in _EVENT_REGISTRY}:
        reading.not_run.append(("the event registry", "Use a message event with a name instead."))
    reading.properties = {
        key.replace("camunda:", "flowable:", 1) if key.startswith("camunda:") else key: value
        for key, value in reading.properties.items()
    }
    reading.notes = [(rule, message.replace("camunda:", "flowable:")) for rule, message in reading.notes]
    return reading
