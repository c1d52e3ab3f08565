"""Extension elements of Camunda 7, its forks, Flowable and Activiti: mappings, listeners, fields, forms, connectors."""

from __future__ import annotations

import json
import re
from typing import Any

from laneway.diagrams.dialects.reading import child, children, content, text_of
from laneway.diagrams.foreign import SCRIPT_JOB, foreign_language
from laneway.diagrams.names import FLOW_NODES, bpmn, local
from laneway.diagrams.record import ListenerReading, Reading, Source, Text, TextList, TextMap
from laneway.domain.types import ElementType
from laneway.expressions import ExpressionError, compile_template, is_expression, language_of

PYTHON_JOB = "laneway:python"

_REPEAT = re.compile(r"R(\d+)/(.+)")
_TASK_EVENTS = {"create": "creating", "assignment": "assigning", "update": "updating", "complete": "completing"}
_GATEWAYS = frozenset(tag for tag, kind in FLOW_NODES.items() if kind.value.endswith("GATEWAY"))


_SERVICES = frozenset({bpmn("serviceTask"), bpmn("sendTask")})


def extension(name: str, element: Any, node: Any, reading: Reading) -> None:
    """One extension element of ``node``; whatever is not known is kept and pointed out."""
    reader = _READERS.get(name)
    if reader is not None:
        reader(element, node, reading)
    elif node.tag in _SERVICES and len(element) == 0 and content(element) and reading.job_type is not None:
        reading.headers[name] = content(element)
    else:
        reading.notes.append(("kept_as_documentation", f"camunda:{name} is kept, but nothing acts on it"))
        reading.properties[f"camunda:{name}"] = content(element) or {
            local(key): value for key, value in element.attrib.items()
        }


_SUFFIXES = {"js": "javascript", "rb": "ruby", "py": "python", "kt": "kotlin"}


def script_file(node: Any, resource: str, reading: Reading) -> None:
    """A script in a file of its own: a worker that has the file can run it. Its suffix tells the language, if nothing does."""
    suffix = resource.rpartition(".")[2].lower()
    written = (node.get("scriptFormat") or "").strip() or _SUFFIXES.get(suffix, suffix)
    if foreign_language(written) is None:
        reading.not_run.append((f"the script file {resource}", "Put the script into the task itself."))
        return
    reading.script_format = written
    reading.headers["resource"] = resource


def _mappings(element: Any, node: Any, reading: Reading) -> None:
    _input_output(element, reading)


def _connector(element: Any, node: Any, reading: Reading) -> None:
    """What the connector gives is mapped before the element's own outputs are, wherever it stands."""
    reading.job_type = Text(content(child(element, "connectorId")) or "connector", None, element.sourceline)
    inner = child(element, "inputOutput")
    if inner is not None:
        own, reading.outputs = reading.outputs, []
        _input_output(inner, reading)
        reading.outputs += own


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


def _listener(element: Any, node: Any, reading: Reading) -> None:
    """A listener's class, expression or script is the type of a job, so that a worker can take its place."""
    event = (element.get("event") or "start").strip()
    is_task = local(element.tag) == "taskListener"
    if node.tag == bpmn("sequenceFlow"):
        reading.not_run.append(
            ("a listener on a sequence flow", "Put it on the element that the flow leads to, as a start listener.")
        )
        return
    if is_task and event == "all":
        reading.notes.append(("kept_as_documentation", "a listener for all hears no deletion"))
        for each in ("create", "assignment", "complete"):
            element.set("event", each)
            _listener(element, node, reading)
        element.set("event", "all")
        return
    mapped = _TASK_EVENTS.get(event) if is_task else event if event in ("start", "end") else None
    if mapped is None:
        kind = "task" if is_task else "execution"
        reading.not_run.append((f"a {kind} listener for «{event}»", "Do its work in a task of its own."))
        return
    type_, headers, internal = listener_work(element)
    reading.listeners.append(
        ListenerReading(
            mapped if is_task else listener_event(node, mapped),
            type_,
            None,
            tuple(headers.items()),
            element.sourceline,
            internal,
        )
    )


def listener_work(element: Any) -> tuple[Text | None, dict[str, str], bool]:
    """Type and headers of a listener's job, and whether it is done here (Python)."""
    headers = {}
    for field in children(element, "field"):
        headers[field.get("name") or "field"] = _field_text(field)
    for name in ("class", "delegateExpression", "expression"):
        if (element.get(name) or "").strip():
            return Text(element.get(name).strip(), "literal", element.sourceline), headers, False
    script = child(element, "script")
    if script is None:
        return None, headers, False
    return code_work(script.get("scriptFormat") or script.get("language"), content(script), script, headers)


def code_work(
    language: str | None, code: str, element: Any, headers: dict[str, str]
) -> tuple[Text, dict[str, str], bool]:
    """A job that runs code: Python here, everything else with a worker."""
    headers = {**headers, "script": code}
    if element.get("resource"):
        headers["resource"] = element.get("resource")
    foreign = foreign_language(language)
    if foreign is None:
        kind = language_of("x", language).lower()
        if kind == "python" and "resource" not in headers:
            return Text(PYTHON_JOB, "literal", element.sourceline), headers, True
        foreign = kind
    if language:
        headers["scriptFormat"] = language.strip()
    return Text(SCRIPT_JOB + foreign, "literal", element.sourceline), headers, False


def listener_event(node: Any, event: str) -> str:
    """Where an element has one of both moments only, a listener of the other one is heard at it."""
    if event == "start" and node.tag in (bpmn("startEvent"), bpmn("boundaryEvent")):
        return "end"
    if event == "end" and (
        node.tag in _GATEWAYS or (node.tag == bpmn("endEvent") and child(node, "errorEventDefinition") is not None)
    ):
        return "start"
    return event


def _mapping(element: Any, node: Any, reading: Reading) -> None:
    """``camunda:in`` and ``camunda:out`` of a call activity, and the payload of a signal."""
    name = local(element.tag)
    if element.get("businessKey"):
        reading.properties["businessKey"] = element.get("businessKey")
        reading.notes.append(("kept_as_documentation", "a called process has no business key of its own"))
        return
    if element.get("variables") == "all":
        if name == "in":
            reading.propagate_all_parent = True
        else:
            reading.propagate_all_child = True
        return
    target = (element.get("target") or element.get("targetExpression") or "").strip()
    into = reading.inputs if name == "in" else reading.outputs
    source = text_of(element.get("source"), element, always=True, language="feel")
    if source is None:  # one without ${…} is the text itself
        source = text_of(element.get("sourceExpression"), element)
    if target and source is not None:
        into.append((source, target))
        if name == "in" and node.tag == bpmn("callActivity"):
            reading.handed.append(target)


def _properties(element: Any, node: Any, reading: Reading) -> None:
    for each in children(element, "property"):
        key = each.get("name") or each.get("id")
        if key:
            reading.properties[key] = each.get("value") or ""


def _field_text(element: Any) -> str:
    for name in ("stringValue", "expression"):
        if element.get(name):
            return str(element.get(name))
    return content(child(element, "string")) or content(child(element, "expression"))


def _field(element: Any, node: Any, reading: Reading) -> None:
    """A header as it is written; where it is an expression that can be read, its value is a local variable too."""
    name, text = element.get("name") or "field", _field_text(element)
    reading.headers[name] = text
    if not is_expression(text) or "." in name:
        return
    if "(" in text:
        reading.notes.append(
            ("kept_as_documentation", f"the field {name} calls code and is passed on as it is written")
        )
        return
    try:
        compile_template(text)
    except ExpressionError:
        reading.notes.append(("kept_as_documentation", f"the field {name} is passed on as it is written"))
        return
    reading.inputs.append((Text(text, "juel", element.sourceline, always=True), name))


def _retry_cycle(element: Any, node: Any, reading: Reading) -> None:
    """``R5/PT1M``: five tries; ``PT1M,PT5M``: one more than the waits. The waits are for the worker, who asks for them."""
    written = content(element)
    if not written:
        return
    found = _REPEAT.fullmatch(written)
    if found is None and is_expression(written):
        reading.notes.append(("kept_as_documentation", f"the retries {written} are not worked out; there are three"))
        return
    reading.retries = text_of(found[1] if found else str(written.count(",") + 2), element)
    if node.tag != bpmn("userTask"):
        reading.headers["retryTimeCycle"] = written


def _form(element: Any, node: Any, reading: Reading) -> None:
    """Form fields are a property, and for whoever shows the task a header ``formFields`` with the same in JSON."""
    fields = reading.properties.setdefault("formFields", [])
    for field in [element] if local(element.tag) == "formProperty" else children(element, "formField"):
        said: dict[str, Any] = dict(field.attrib)
        values = [
            {"id": each.get("id"), "name": each.get("name")} for each in children(field, "value") if each.get("id")
        ]
        constraints = [
            {"name": each.get("name"), "config": each.get("config")}
            for validation in children(field, "validation")
            for each in children(validation, "constraint")
        ]
        shown = {
            each.get("id"): each.get("value") or ""
            for properties in children(field, "properties")
            for each in children(properties, "property")
            if each.get("id")
        }
        for name, part in (("values", values), ("validation", constraints), ("properties", shown)):
            if part:
                said[name] = part
        fields.append(said)
    if fields and FLOW_NODES.get(node.tag) is ElementType.USER_TASK:
        reading.headers["formFields"] = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def aggregation(element: Any, reading: Reading) -> None:
    """Flowable's variable aggregation: one object per instance, with the variables that it names, in one list."""
    target = element.get("target")
    delegate = element.get("delegateExpression") or element.get("class") or element.get("customFunction")
    variables = list(children(element, "variable"))
    if not target or delegate or not variables or reading.output_collection is not None:
        reading.not_run.append(("this variable aggregation", "Collect named variables into one target."))
        return
    entries = []
    for each in variables:
        source = each.get("source") or (each.get("sourceExpression") or "").strip().removeprefix("${").removesuffix("}")
        name = each.get("target") or each.get("source") or source
        if each.get("targetExpression") or not re.fullmatch(r"[^\W\d]\w*(\.\w+)*", source):
            reading.not_run.append(("this variable aggregation", "Collect named variables into one target."))
            return
        entries.append(f"{json.dumps(name, ensure_ascii=False)}: {source}")
    reading.output_collection = target
    reading.output_item = Text("{" + ", ".join(entries) + "}", "feel", element.sourceline, always=True)


def _error_mapping(element: Any, node: Any, reading: Reading) -> None:
    """How an external task ended may mean a BPMN error (Camunda 7, "External Tasks", Error Event Definitions)."""
    condition = text_of(element.get("expression"), element, always=True, language="juel")
    if condition is None:
        reading.not_run.append(("an error mapping without an expression", "Say with an expression when it applies."))
    else:
        reading.error_mappings.append((condition, element.get("errorRef") or ""))


def _map_exception(element: Any, node: Any, reading: Reading) -> None:
    """Java exceptions are the worker's: it learns which to throw as which BPMN error."""
    said = {"errorCode": element.get("errorCode") or "", "exception": content(element)}
    known = json.loads(reading.headers.get("mapExceptions", "[]"))
    reading.headers["mapExceptions"] = json.dumps([*known, said], separators=(",", ":"))


def _variable_listener(element: Any, node: Any, reading: Reading) -> None:
    reading.not_run.append(
        (
            f"an event for the variable {element.get('variableName') or ''}",
            "Draw a conditional event with a condition on the variable.",
        )
    )


_READERS = {
    "variableListenerEventDefinition": _variable_listener,
    "inputOutput": _mappings,
    "connector": _connector,
    "executionListener": _listener,
    "taskListener": _listener,
    "in": _mapping,
    "out": _mapping,
    "properties": _properties,
    "field": _field,
    "failedJobRetryTimeCycle": _retry_cycle,
    "formData": _form,
    "formProperty": _form,
    "errorEventDefinition": _error_mapping,
    "mapException": _map_exception,
}
