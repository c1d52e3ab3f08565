"""jBPM, Drools and Kogito: https://docs.jbpm.org, "Designing and building business processes"; the schema drools.xsd.

Most of what jBPM adds is standard BPMN with agreed names: data inputs called ``GroupId`` or ``ActorId``, operations of
Java interfaces, items of metadata. Work items, rules and Java code become jobs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from laneway.diagrams.dialects.camunda_extensions import code_work, listener_event
from laneway.diagrams.dialects.reading import attributes, child, children, content, extensions, flag, text_of
from laneway.diagrams.names import FLOW_NODE_TAGS, bpmn, local
from laneway.diagrams.record import ListenerReading, Reading, Text
from laneway.diagrams.words import words
from laneway.domain.model import TimerKind
from laneway.expressions import is_expression

RULES_JOB = "rules:"

_SILENT = frozenset(
    words("""
    taskName ruleFlowGroup version waitForCompletion independent packageName adHoc
    serviceimplementation serviceinterface serviceoperation msgref outMsgref signalref erefname esccode dg dtype linenumber
    """)
)
"""Understood below, or copies of what standard BPMN says beside them."""

_METADATA_NOT_RUN = {
    "customActivationCondition": "Put the condition into the flow, or on a conditional event.",
    "customAutoStart": "Give the activity an incoming sequence flow.",
}
_METADATA_NOTED = {
    "customSLADueDate": "nothing watches the service level; draw a timer beside it",
    "customScope": "a signal goes to everybody who waits for it",
}
_TIME = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m(?!s))?\s*(?:(\d+)s)?\s*(?:(\d+)(?:ms)?)?")


def read(node: Any, namespace: str) -> Reading:
    reading = Reading(dialect="jbpm")
    said = attributes(node, namespace)
    for name, value in said.items():
        if name not in _SILENT:
            reading.properties[f"jbpm:{name}"] = value
    for name, element in extensions(node, namespace):
        _extension(name, element, node, reading)
    _process(node, said, reading)
    _work(node, said, reading)
    if node.tag == bpmn("userTask"):
        _person(node, reading)
    for each in node:
        if each.tag == bpmn("timerEventDefinition"):
            _timer(each, reading)
    return reading


def _process(node: Any, said: dict[str, str], reading: Reading) -> None:
    if node.tag != bpmn("process"):
        return
    reading.version_tag = said.get("version")
    if "packageName" in said:
        reading.properties["packageName"] = said["packageName"]
    if flag(said.get("adHoc")):
        starts = any(each.tag == bpmn("startEvent") for each in node)
        if not starts and any(each.tag in FLOW_NODE_TAGS for each in node):
            reading.not_run.append(("an ad-hoc process", "Put its activities into an ad-hoc sub-process."))


def _work(node: Any, said: dict[str, str], reading: Reading) -> None:
    line = node.sourceline
    if node.tag == bpmn("businessRuleTask"):
        constants = dict(_constants(node))
        if "dmn" in (node.get("implementation") or "").lower():
            named = constants.get("decision") or constants.get("model")
            if named:
                reading.decision = Text(named, None, line)
        elif "ruleFlowGroup" in said:
            reading.job_type = Text(RULES_JOB + said["ruleFlowGroup"], "literal", line)
            reading.headers["ruleFlowGroup"] = said["ruleFlowGroup"]
    elif node.tag == bpmn("callActivity"):
        if flag(said.get("waitForCompletion")) is False:
            reading.not_run.append(("a call that does not wait for its process", "Start it by a message instead."))
        if flag(said.get("independent")):
            reading.notes.append(
                ("kept_as_documentation", "the called process ends with its caller, although it is called independent")
            )
    elif node.tag == bpmn("serviceTask") and "serviceinterface" in said:
        named = ".".join(filter(None, (said["serviceinterface"], said.get("serviceoperation"))))
        reading.job_type = Text(named, "literal", line)
    if reading.job_type is None and "taskName" in said and node.tag != bpmn("userTask"):
        reading.job_type = Text(said["taskName"], "literal", line)
        reading.headers.update((name, value) for name, value in _constants(node) if name != "TaskName")


def _constants(node: Any) -> Iterator[tuple[str, str]]:
    """Data inputs, by name, that are given a text in the diagram."""
    holder = child(node, "ioSpecification")
    names = {each.get("id"): each.get("name") for each in children(holder, "dataInput")} if holder is not None else {}
    for association in children(node, "dataInputAssociation"):
        name = names.get(content(child(association, "targetRef")))
        assignment = child(association, "assignment")
        given = content(child(assignment, "from")) if assignment is not None else ""
        if name and given:
            yield name, given


def _person(node: Any, reading: Reading) -> None:
    """Who and what a user task says by the names of its data inputs."""
    for name, value in _constants(node):
        text = Text(value, None, node.sourceline)
        if name == "ActorId":
            if "," in value and not is_expression(value):
                reading.candidate_users = text
            else:
                reading.assignee = text
        elif name == "GroupId":
            reading.candidate_groups = text
        elif name == "TaskName":
            reading.form_key = value
        elif name == "Priority" and value.isdecimal() and int(value) <= 10:
            # WS-HumanTask: 0 is the highest of 0 to 10; here 100 is the highest of 0 to 100.
            reading.priority = Text(str(100 - int(value) * 10), None, node.sourceline)
        else:
            reading.headers[name] = value


def _extension(name: str, element: Any, node: Any, reading: Reading) -> None:
    if name == "metaData":
        key = element.get("name") or ""
        value = content(child(element, "metaValue"))
        if key in _METADATA_NOT_RUN and value.lower() != "false":
            reading.not_run.append((f"{key} ({value[:60]})", _METADATA_NOT_RUN[key]))
        elif key and key != "elementname":
            reading.properties[key] = value
            if key in _METADATA_NOTED and value:
                reading.notes.append(("kept_as_documentation", f"{key}: {_METADATA_NOTED[key]}"))
    elif name in ("onEntry-script", "onExit-script"):
        code = content(child(element, "script"))
        if code:
            type_, headers, internal = code_work(element.get("scriptFormat"), code, element, {})
            event = listener_event(node, "start" if name == "onEntry-script" else "end")
            reading.listeners.append(
                ListenerReading(event, type_, None, tuple(headers.items()), element.sourceline, internal)
            )
    elif name in ("import", "global"):
        kept = {local(key): value for key, value in element.attrib.items()}
        reading.properties.setdefault(f"jbpm:{name}", []).append(kept)
    else:
        reading.notes.append(("kept_as_documentation", f"drools:{name} is kept, but nothing acts on it"))
        reading.properties[f"jbpm:{name}"] = content(element) or {local(key): v for key, v in element.attrib.items()}


def _timer(definition: Any, reading: Reading) -> None:
    """jBPM's own writing of times, ``1d2h3m4s5ms``; a bare number is milliseconds; ISO 8601 stays as it is."""
    for name, kind in (("timeDuration", TimerKind.DURATION), ("timeCycle", TimerKind.CYCLE)):
        node = child(definition, name)
        written = content(node)
        if not written or is_expression(written):
            continue
        first, separator, then = written.partition("###")
        period = _iso(then.strip() if separator else first.strip())
        if period is None:
            continue
        if separator and first.strip() != then.strip():
            reading.not_run.append(
                (f"a timer with another first wait ({written})", "Write one cycle, as in R/PT5S, behind a timer.")
            )
            return
        cycles = kind is TimerKind.CYCLE or bool(separator)
        reading.timer_kind = TimerKind.CYCLE if cycles else kind
        reading.timer = text_of(f"R/{period}" if cycles else period, node)
        return


def _iso(written: str) -> str | None:
    found = _TIME.fullmatch(written)
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds, milliseconds = (int(each or 0) for each in found.groups())
    fraction = f"{milliseconds % 1000:03d}".rstrip("0")
    whole = seconds + milliseconds // 1000
    return f"P{days}DT{hours}H{minutes}M{whole}{f'.{fraction}' if fraction else ''}S"
