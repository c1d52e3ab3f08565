"""Camunda 8 (zeebe): https://docs.camunda.io/docs/components/modeler/bpmn/ and the schema of zeebe-bpmn-moddle."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from laneway.diagrams.dialects.reading import attributes, children, extensions, flag, listed, text_of
from laneway.diagrams.names import bpmn
from laneway.diagrams.record import AdHocReading, ListenerReading, Reading, Text


def read(node: Any, namespace: str) -> Reading:
    reading = Reading(dialect="zeebe")
    for name, element in extensions(node, namespace):
        reader = _READERS.get(name)
        if reader is not None:
            reader(element, reading)
            _unknown(name, element, reading)
        else:
            reading.notes.append(("kept_as_documentation", f"zeebe:{name} is kept, but nothing acts on it"))
            reading.properties[f"zeebe:{name}"] = dict(element.attrib)
    for name, value in attributes(node, namespace).items():
        reading.properties[f"zeebe:{name}"] = value
    for carrier in node:
        if carrier.tag == bpmn("multiInstanceLoopCharacteristics"):
            for name, element in extensions(carrier, namespace):
                if name == "loopCharacteristics":
                    _loop(element, reading)
        elif isinstance(carrier.tag, str) and carrier.tag.endswith("EventDefinition"):
            for name, element in extensions(carrier, namespace):
                if name in _READERS:
                    _READERS[name](element, reading)
                    _unknown(name, element, reading)
    return reading


_ATTRIBUTES = {
    "taskDefinition": "type retries",
    "userTaskForm": "id",
    "calledElement": "processId processIdExpression bindingType versionTag propagateAllChildVariables propagateAllParentVariables",
    "calledDecision": "decisionId resultVariable bindingType versionTag retries",
    "script": "expression resultVariable retries",
    "subscription": "correlationKey",
    "loopCharacteristics": "inputCollection inputElement outputCollection outputElement",
    "assignmentDefinition": "assignee candidateGroups candidateUsers",
    "taskSchedule": "dueDate followUpDate",
    "priorityDefinition": "priority",
    "jobPriorityDefinition": "priority",
    "formDefinition": "formId formKey externalReference bindingType versionTag",
    "versionTag": "value",
    "conditionalFilter": "variableNames variableEvents",
    "adHoc": "activeElementsCollection outputCollection outputElement",
    "publishMessage": "correlationKey messageId timeToLive",
    "userTask": "",
}


def _unknown(name: str, element: Any, reading: Reading) -> None:
    """A setting that a newer modeller writes is pointed out, so that nobody believes it has an effect."""
    known = _ATTRIBUTES.get(name)
    if known is None:
        return
    for attribute, value in element.attrib.items():
        if attribute[0] != "{" and attribute not in known.split():
            reading.properties[f"zeebe:{name}.{attribute}"] = value
            reading.notes.append(
                ("kept_as_documentation", f"{attribute} of zeebe:{name} is kept, but nothing acts on it")
            )


def message_subscription(message: Any, namespace: str) -> Text | None:
    """``zeebe:subscription correlationKey`` stands on the message itself."""
    for name, element in extensions(message, namespace):
        if name == "subscription":
            return text_of(element.get("correlationKey"), element)
    return None


def _task_definition(element: Any, reading: Reading) -> None:
    reading.job_type = text_of(element.get("type"), element)
    reading.retries = text_of(element.get("retries"), element)


def _task_headers(element: Any, reading: Reading) -> None:
    for header in children(element, "header"):
        if header.get("key"):
            reading.headers[header.get("key")] = header.get("value") or ""


def _io_mapping(element: Any, reading: Reading) -> None:
    for name, into in (("input", reading.inputs), ("output", reading.outputs)):
        for mapping in children(element, name):
            target = (mapping.get("target") or "").strip()
            if target:
                source = mapping.get("source") or ""
                into.append((Text(source, None, mapping.sourceline), target))


def _assignment(element: Any, reading: Reading) -> None:
    reading.assignee = text_of(element.get("assignee"), element)
    reading.candidate_groups = text_of(element.get("candidateGroups"), element)
    reading.candidate_users = text_of(element.get("candidateUsers"), element)


def _schedule(element: Any, reading: Reading) -> None:
    reading.due_date = text_of(element.get("dueDate"), element)
    reading.follow_up_date = text_of(element.get("followUpDate"), element)


def _priority(element: Any, reading: Reading) -> None:
    reading.priority = text_of(element.get("priority"), element)


def _form(element: Any, reading: Reading) -> None:
    reading.form_id = element.get("formId") or None
    reading.form_key = element.get("formKey") or None
    reading.external_form = element.get("externalReference") or None
    _binding_kept(element, reading)


def _binding_kept(element: Any, reading: Reading) -> None:
    if element.get("bindingType") and element.get("bindingType") != "latest":
        reading.properties["formBinding"] = element.get("bindingType")
        if element.get("versionTag"):
            reading.properties["formVersionTag"] = element.get("versionTag")


def _user_task(element: Any, reading: Reading) -> None:
    reading.properties["userTask"] = "native"


def _user_task_form(element: Any, reading: Reading) -> None:
    forms = reading.properties.setdefault("forms", {})
    forms[element.get("id") or "form"] = (element.text or "").strip()


def _called_element(element: Any, reading: Reading) -> None:
    reading.called_process = text_of(element.get("processId"), element)
    reading.propagate_all_child = flag(element.get("propagateAllChildVariables"))
    reading.propagate_all_parent = flag(element.get("propagateAllParentVariables"))
    reading.called_binding = element.get("bindingType") or None
    reading.called_version = element.get("versionTag") or None


def _called_decision(element: Any, reading: Reading) -> None:
    reading.decision = text_of(element.get("decisionId"), element)
    reading.result_variable = element.get("resultVariable") or None
    reading.decision_binding = element.get("bindingType") or None
    reading.decision_version = element.get("versionTag") or None
    if reading.retries is None:
        reading.retries = text_of(element.get("retries"), element)


def _script(element: Any, reading: Reading) -> None:
    reading.script = text_of(element.get("expression"), element, always=True, language="feel")
    reading.result_variable = element.get("resultVariable") or None


def _subscription(element: Any, reading: Reading) -> None:
    reading.correlation_key = text_of(element.get("correlationKey"), element)


def _publish_message(element: Any, reading: Reading) -> None:
    """On a message throw event or send task that publishes by itself."""
    reading.correlation_key = text_of(element.get("correlationKey"), element)
    for name in ("messageId", "timeToLive"):
        if element.get(name):
            reading.properties[f"zeebe:{name}"] = element.get(name)
            reading.notes.append(("kept_as_documentation", f"the {name} of a message that a process sends is not set"))


def _job_priority(element: Any, reading: Reading) -> None:
    if element.get("priority"):
        reading.headers["priority"] = element.get("priority")
        reading.notes.append(
            ("kept_as_documentation", "jobs are given out in the order of their age; the priority is a header")
        )


def _conditional_filter(element: Any, reading: Reading) -> None:
    """Which changes have a condition looked at; it stands on the event definition."""
    reading.watched = listed(element.get("variableNames"))
    reading.changes = listed(element.get("variableEvents"))


def _properties(element: Any, reading: Reading) -> None:
    for each in children(element, "property"):
        if each.get("name"):
            reading.properties[each.get("name")] = each.get("value") or ""


def _version_tag(element: Any, reading: Reading) -> None:
    reading.version_tag = element.get("value") or None


def _linked_resources(element: Any, reading: Reading) -> None:
    linked = [dict(each.attrib) for each in children(element, "linkedResource")]
    reading.properties["linkedResources"] = linked
    if linked:
        reading.headers["linkedResources"] = json.dumps(linked, separators=(",", ":"))


def _execution_listeners(element: Any, reading: Reading) -> None:
    _listeners(element, "executionListener", reading)


def _task_listeners(element: Any, reading: Reading) -> None:
    _listeners(element, "taskListener", reading)


def _listeners(element: Any, name: str, reading: Reading) -> None:
    for each in children(element, name):
        headers = [
            (header.get("key"), header.get("value") or "")
            for holder in children(each, "taskHeaders")
            for header in children(holder, "header")
            if header.get("key")
        ]
        reading.listeners.append(
            ListenerReading(
                (each.get("eventType") or "").strip(),
                text_of(each.get("type"), each),
                text_of(each.get("retries"), each),
                tuple(headers),
                each.sourceline,
            )
        )


def _ad_hoc(element: Any, reading: Reading) -> None:
    reading.ad_hoc = AdHocReading(
        text_of(element.get("activeElementsCollection"), element, always=True),
        element.get("outputCollection") or None,
        text_of(element.get("outputElement"), element, always=True),
    )


def _loop(element: Any, reading: Reading) -> None:
    reading.collection = text_of(element.get("inputCollection"), element, always=True)
    reading.item = element.get("inputElement") or None
    reading.output_collection = element.get("outputCollection") or None
    reading.output_item = text_of(element.get("outputElement"), element, always=True)


_READERS: dict[str, Callable[[Any, Reading], None]] = {
    "taskDefinition": _task_definition,
    "taskHeaders": _task_headers,
    "ioMapping": _io_mapping,
    "assignmentDefinition": _assignment,
    "taskSchedule": _schedule,
    "priorityDefinition": _priority,
    "formDefinition": _form,
    "userTask": _user_task,
    "userTaskForm": _user_task_form,
    "calledElement": _called_element,
    "calledDecision": _called_decision,
    "script": _script,
    "subscription": _subscription,
    "properties": _properties,
    "versionTag": _version_tag,
    "linkedResources": _linked_resources,
    "publishMessage": _publish_message,
    "jobPriorityDefinition": _job_priority,
    "loopCharacteristics": _loop,
    "conditionalFilter": _conditional_filter,
    "adHoc": _ad_hoc,
    "executionListeners": _execution_listeners,
    "taskListeners": _task_listeners,
}
