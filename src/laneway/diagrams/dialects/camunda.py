"""Camunda 7 and its forks Operaton and CIB seven: https://docs.camunda.org/manual/7.24/reference/bpmn20/custom-extensions/

Class names, bean expressions and topics all become the job type as they are written, so that a worker can take the place
of the Java code that stood there.
"""

from __future__ import annotations

import re
from typing import Any

from laneway.diagrams.dialects.reading import attributes, child, children, content, extensions, flag, listed, text_of
from laneway.diagrams.foreign import foreign_language
from laneway.diagrams.names import FLOW_NODE_TAGS, bpmn, local
from laneway.diagrams.record import Reading, Source, Text, TextList, TextMap
from laneway.diagrams.words import words

_HARMLESS = frozenset(
    words("""
    asyncBefore asyncAfter async exclusive jobPriority taskPriority historyTimeToLive isStartableInTasklist
    candidateStarterGroups candidateStarterUsers modelerTemplate modelerTemplateVersion modelerTemplateIcon
    category historyTimeToLiveUnit executionPlatform executionPlatformVersion diagramRelationId triggerable
    useLocalScopeForResultVariable storeResultVariableAsTransient parallelInSameTransaction
    """)
)
"""They steer how Camunda schedules and stores, not what the process does; kept as properties."""

_NOT_RUN_ATTRIBUTES = {
    "variableMappingClass": "Write the variables as camunda:in and camunda:out.",
    "variableMappingDelegateExpression": "Write the variables as camunda:in and camunda:out.",
    "caseRef": "Call a BPMN process instead of a CMMN case.",
    "skipExpression": "Put a gateway before the element.",
}

_RETRY_CYCLE = re.compile(r"^R(\d+)/")


def read(node: Any, namespace: str) -> Reading:
    reading = Reading(dialect="camunda")
    said = attributes(node, namespace)
    _job(node, said, reading)
    _person(node, said, reading)
    _call(node, said, reading)
    _decision(node, said, reading)
    _script(node, said, reading)
    reading.version_tag = said.get("versionTag")
    for name, hint in _NOT_RUN_ATTRIBUTES.items():
        if name in said:
            reading.not_run.append((name, hint))
    for name, value in said.items():
        if name in _HARMLESS or name not in _UNDERSTOOD:
            reading.properties[f"camunda:{name}"] = value
    if "initiator" in said:
        reading.properties["initiator"] = said["initiator"]
        reading.notes.append(
            (
                "kept_as_documentation",
                f"the variable {said['initiator']} is not set to who starts; pass it when starting",
            )
        )
    for name, element in extensions(node, namespace):
        _extension(name, element, node, reading)
    _children(node, namespace, reading)
    return reading


def _job(node: Any, said: dict[str, str], reading: Reading) -> None:
    if "topic" in said:
        reading.job_type = Text(said["topic"], None, node.sourceline)
    else:
        named = said.get("class") or said.get("delegateExpression") or said.get("expression")
        if named is None and said.get("type") not in (None, "external", "dmn"):
            named = said["type"]
        if named is not None:
            reading.job_type = Text(named, "literal", node.sourceline)
    variable = said.get("resultVariable") or said.get("resultVariableName")
    if variable:
        reading.result_variable = variable
        reading.headers["resultVariable"] = variable


def _person(node: Any, said: dict[str, str], reading: Reading) -> None:
    reading.assignee = text_of(said.get("assignee"), node)
    reading.candidate_groups = text_of(said.get("candidateGroups"), node)
    reading.candidate_users = text_of(said.get("candidateUsers"), node)
    reading.due_date = text_of(said.get("dueDate"), node)
    reading.follow_up_date = text_of(said.get("followUpDate"), node)
    reading.priority = text_of(said.get("priority"), node)
    reading.form_id = said.get("formRef")
    reading.form_key = said.get("formKey")


def _call(node: Any, said: dict[str, str], reading: Reading) -> None:
    if node.tag != bpmn("callActivity"):
        return
    reading.propagate_all_parent = flag(said.get("inheritVariables")) or False
    reading.propagate_all_child = False
    binding = said.get("calledElementBinding")
    if binding in ("deployment", "version", "versionTag"):
        reading.called_binding = binding
        reading.called_version = said.get(
            "calledElementVersionTag" if binding == "versionTag" else "calledElementVersion"
        )
    if flag(said.get("sameDeployment")):
        reading.called_binding = "deployment"
    if said.get("calledElementType") == "key" or node.get("calledElement"):
        reading.called_process = text_of(node.get("calledElement"), node)


def _decision(node: Any, said: dict[str, str], reading: Reading) -> None:
    reading.decision = text_of(said.get("decisionRef"), node)
    binding = said.get("decisionRefBinding")
    if binding in ("deployment", "version", "versionTag"):
        reading.decision_binding = binding
        reading.decision_version = said.get(
            "decisionRefVersionTag" if binding == "versionTag" else "decisionRefVersion"
        )
    if reading.decision is not None and said.get("mapDecisionResult", "resultList") not in ("singleEntry",):
        reading.notes.append(
            (
                "decision_result_shape",
                "the result has the shape that DMN gives (one value, one context, or a list of them), "
                f"not {said.get('mapDecisionResult', 'resultList')}",
            )
        )


def _script(node: Any, said: dict[str, str], reading: Reading) -> None:
    if node.tag == bpmn("scriptTask") and "resource" in said:
        _script_file(node, said["resource"], reading)


_SUFFIXES = {"js": "javascript", "rb": "ruby", "py": "python", "kt": "kotlin"}


def _script_file(node: Any, resource: str, reading: Reading) -> None:
    """A script in a file of its own: a worker that has the file can run it. Its suffix tells the language, if nothing does."""
    suffix = resource.rpartition(".")[2].lower()
    written = (node.get("scriptFormat") or "").strip() or _SUFFIXES.get(suffix, suffix)
    if foreign_language(written) is None:
        reading.not_run.append((f"the script file {resource}", "Put the script into the task itself."))
        return
    reading.script_format = written
    reading.headers["resource"] = resource


def _extension(name: str, element: Any, node: Any, reading: Reading) -> None:
    if name == "inputOutput":
        _input_output(element, reading)
    elif name == "connector":
        reading.job_type = Text(content(child(element, "connectorId")) or "connector", None, element.sourceline)
        inner = child(element, "inputOutput")
        if inner is not None:
            _input_output(inner, reading)
    elif name in ("executionListener", "taskListener"):
        kind = "execution" if name == "executionListener" else "task"
        reading.not_run.append(
            (f"{kind} listener ({element.get('event', 'any event')})", "Do its work in a task of its own.")
        )
    elif name in ("in", "out"):
        _mapping(name, element, node, reading)
    elif name == "properties":
        for each in children(element, "property"):
            key = each.get("name") or each.get("id")
            if key:
                reading.properties[key] = each.get("value") or ""
    elif name == "field":
        value = (
            element.get("stringValue")
            or element.get("expression")
            or content(child(element, "string"))
            or content(child(element, "expression"))
        )
        reading.headers[element.get("name") or "field"] = value
    elif name == "failedJobRetryTimeCycle":
        match = _RETRY_CYCLE.match(content(element))
        count = match[1] if match else str(content(element).count(",") + 1) if content(element) else None
        reading.retries = text_of(count, element)
    elif name in ("formData", "formProperty"):
        fields = reading.properties.setdefault("formFields", [])
        for field in [element] if name == "formProperty" else list(children(element, "formField")):
            fields.append(dict(field.attrib))
    elif name == "errorEventDefinition":
        reading.not_run.append(
            ("an error mapping on the task", "Let the worker throw the BPMN error instead of mapping its failure.")
        )
    else:
        reading.notes.append(("kept_as_documentation", f"camunda:{name} is kept, but nothing acts on it"))
        reading.properties[f"camunda:{name}"] = {local(key): value for key, value in element.attrib.items()}


def _input_output(element: Any, reading: Reading) -> None:
    for name, into in (("inputParameter", reading.inputs), ("outputParameter", reading.outputs)):
        for parameter in children(element, name):
            target = (parameter.get("name") or "").strip()
            if target:
                into.append((_parameter(parameter, reading), target))


def _parameter(element: Any, reading: Reading, depth: int = 0) -> Source:
    """A text, or one ``list``, ``map`` or ``script`` child."""
    for each in element:
        if not isinstance(each.tag, str) or depth > 20:
            continue
        kind = local(each.tag)
        if kind == "list":
            return TextList(tuple(_item(item, reading, depth + 1) for item in each if isinstance(item.tag, str)))
        if kind == "map":
            return TextMap(
                tuple(
                    (entry.get("key") or "", _parameter(entry, reading, depth + 1)) for entry in children(each, "entry")
                )
            )
        if kind == "script":
            return _item(each, reading, depth + 1)
    return Text(content(element), None, element.sourceline)


def _item(element: Any, reading: Reading, depth: int) -> Source:
    kind = local(element.tag)
    if kind == "script":
        if element.get("resource"):
            reading.not_run.append((f"the script file {element.get('resource')}", "Put the script into the mapping."))
        return Text(content(element), element.get("scriptFormat"), element.sourceline, always=True)
    if kind == "value":
        return Text(content(element), None, element.sourceline)
    wrapper = element.makeelement("wrapper")
    wrapper.append(element.__copy__())
    return _parameter(wrapper, reading, depth)


def _mapping(name: str, element: Any, node: Any, reading: Reading) -> None:
    """``camunda:in`` and ``camunda:out`` of a call activity, and the payload of a signal."""
    if element.get("businessKey"):
        reading.properties["businessKey"] = element.get("businessKey")
        return
    if element.get("variables") == "all":
        if name == "in":
            reading.propagate_all_parent = True
        else:
            reading.propagate_all_child = True
        return
    target = (element.get("target") or element.get("targetExpression") or "").strip()
    into = reading.inputs if name == "in" else reading.outputs
    source = text_of(element.get("source"), element, always=True, language="feel") or text_of(
        element.get("sourceExpression"), element, always=True
    )
    if target and source is not None:
        into.append((source, target))


def _children(node: Any, namespace: str, reading: Reading) -> None:
    for each in node:
        tag = each.tag
        if not isinstance(tag, str) or tag in FLOW_NODE_TAGS:
            continue
        if tag == bpmn("multiInstanceLoopCharacteristics"):
            said = attributes(each, namespace)
            collection = said.get("collection")
            if collection:
                reading.collection = Text(collection, None, each.sourceline, always=True)
            reading.item = said.get("elementVariable")
            if "elementIndexVariable" in said:
                reading.notes.append(("kept_as_documentation", "the index is in the variable loopCounter"))
            for name, element in extensions(each, namespace):
                if name == "variableAggregation":
                    reading.not_run.append(
                        ("variable aggregation", "Collect the results with an output collection instead.")
                    )
                elif name != "failedJobRetryTimeCycle":
                    reading.properties[f"camunda:{name}"] = dict(element.attrib)
        elif tag.endswith("EventDefinition"):
            _event_definition(each, namespace, node, reading)
        elif tag == bpmn("conditionExpression") and attributes(each, namespace).get("resource"):
            reading.not_run.append(
                (f"the script file {attributes(each, namespace)['resource']}", "Write the condition into the flow.")
            )


def _event_definition(element: Any, namespace: str, node: Any, reading: Reading) -> None:
    said = attributes(element, namespace)
    reading.code_variable = said.get("errorCodeVariable") or said.get("escalationCodeVariable") or reading.code_variable
    reading.message_variable = said.get("errorMessageVariable") or reading.message_variable
    if element.tag == bpmn("messageEventDefinition"):
        _job(element, said, reading)
    if "correlationKey" in said:
        reading.correlation_key = text_of(said["correlationKey"], element, always=True)
    if element.tag == bpmn("conditionalEventDefinition"):
        reading.watched = listed(said.get("variableName"))
        # A variable is never deleted here.
        reading.changes = tuple(each for each in listed(said.get("variableEvents")) if each != "delete")
    for name, extension in extensions(element, namespace):
        _extension(name, extension, node, reading)


_UNDERSTOOD = frozenset(
    words("""
    topic class delegateExpression expression type resultVariable resultVariableName assignee candidateGroups
    candidateUsers dueDate followUpDate priority formRef formKey calledElementBinding calledElementVersion
    calledElementVersionTag decisionRef decisionRefBinding decisionRefVersion decisionRefVersionTag mapDecisionResult
    versionTag inheritVariables sameDeployment calledElementType resource initiator
    """)
) | frozenset(_NOT_RUN_ATTRIBUTES)
