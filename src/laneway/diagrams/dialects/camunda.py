"""Camunda 7 and its forks Operaton and CIB seven: https://docs.camunda.org/manual/7.24/reference/bpmn20/custom-extensions/

Class names, bean expressions and topics all become the job type as they are written, so that a worker can take the place
of the Java code that stood there.
"""

from __future__ import annotations

from typing import Any

from laneway.diagrams.dialects.camunda_extensions import aggregation, extension, script_file
from laneway.diagrams.dialects.reading import attributes, extensions, flag, listed, text_of
from laneway.diagrams.names import FLOW_NODE_TAGS, bpmn
from laneway.diagrams.record import Reading, Text
from laneway.diagrams.words import words

_HARMLESS = frozenset(
    words("""
    asyncBefore asyncAfter async exclusive jobPriority taskPriority historyTimeToLive isStartableInTasklist
    modelerTemplate modelerTemplateVersion modelerTemplateIcon
    category historyTimeToLiveUnit executionPlatform executionPlatformVersion diagramRelationId triggerable
    storeResultVariableAsTransient parallelInSameTransaction
    """)
)
"""They steer how Camunda schedules and stores, not what the process does; kept as properties."""

MAPPERS = frozenset({"singleEntry", "singleResult", "collectEntries", "resultList"})

_NOTED = {
    "useLocalScopeForResultVariable": "the result goes to the variable where it already is, else to the process",
    "candidateStarterGroups": "who may start the process is said by the server's roles",
    "candidateStarterUsers": "who may start the process is said by the server's roles",
    "fallbackToDefaultTenant": "no other tenant is asked",
    "processInstanceName": "instances have no name of their own",
    "inheritBusinessKey": "a called process has no business key of its own",
    "businessKey": "a called process has no business key of its own",
}
"""Kept and pointed out."""

_NOT_RUN_ATTRIBUTES = {
    "variableMappingClass": "Write the variables as camunda:in and camunda:out.",
    "variableMappingDelegateExpression": "Write the variables as camunda:in and camunda:out.",
    "caseRef": "Call a BPMN process instead of a CMMN case.",
    "skipExpression": "Put a gateway before the element.",
}


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
    for name, why in _NOTED.items():
        if name in said and said[name] != "false":
            reading.notes.append(("kept_as_documentation", f"camunda:{name}: {why}"))
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
    if node.tag == bpmn("receiveTask") and not node.get("messageRef"):
        reading.fallback_message = Text(node.get("id"), "literal", node.sourceline)
    for name, element in extensions(node, namespace):
        extension(name, element, node, reading)
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
    if reading.decision is not None:
        reading.decision_result = said.get("mapDecisionResult", "resultList")
        if reading.result_variable is None:
            reading.result_variable = "decisionResult"
        if reading.decision_result not in MAPPERS:
            reading.not_run.append(
                (f"the result mapper {reading.decision_result}", f"Use one of {', '.join(sorted(MAPPERS))}.")
            )


def _script(node: Any, said: dict[str, str], reading: Reading) -> None:
    if node.tag == bpmn("scriptTask") and "resource" in said:
        script_file(node, said["resource"], reading)


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
                index = Text("loopCounter - 1", "feel", each.sourceline, always=True)
                reading.inputs.append((index, said["elementIndexVariable"]))
            for name, element in extensions(each, namespace):
                if name == "variableAggregation":
                    aggregation(element, reading)
                elif name == "collection":
                    reading.not_run.append(("a collection made by code", "Name a variable as the collection."))
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
    for name, each in extensions(element, namespace):
        extension(name, each, node, reading)


_UNDERSTOOD = frozenset(
    words("""
    topic class delegateExpression expression type resultVariable resultVariableName assignee candidateGroups
    candidateUsers dueDate followUpDate priority formRef formKey calledElementBinding calledElementVersion
    calledElementVersionTag decisionRef decisionRefBinding decisionRefVersion decisionRefVersionTag mapDecisionResult
    versionTag inheritVariables sameDeployment calledElementType resource initiator
    """)
) | frozenset(_NOT_RUN_ATTRIBUTES)
