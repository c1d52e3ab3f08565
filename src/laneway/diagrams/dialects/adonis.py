"""ADONIS and the workflow engine of BOC (``http://www.boc-group.com``): elements for assignment, owners and mail.

A quantity of 0, which ADONIS writes for "not set", is read with the quantities of activities.
"""

from __future__ import annotations

import re
from typing import Any

from laneway.diagrams.dialects.reading import attributes, child, children, content, extensions
from laneway.diagrams.names import bpmn
from laneway.diagrams.record import Reading, Text
from laneway.expressions import ExpressionError, compile_template, is_expression

_ROLE = re.compile(r"(user|group)\s*\(([^()]*)\)")
_MAIL = {
    "MailTo": "to",
    "MailCc": "cc",
    "MailBcc": "bcc",
    "MailFrom": "from",
    "MailSubject": "subject",
    "MailBody": "body",
}


def read(node: Any, namespace: str) -> Reading:
    reading = Reading(dialect="adonis")
    for name, value in attributes(node, namespace).items():
        reading.properties[f"adonis:{name}"] = value
    variables: dict[str, str] = {}
    for name, element in extensions(node, namespace):
        text = content(element)
        if name == "Assignee":
            _assignee(text, reading, element)
        elif name == "Owner" and text:
            found = _ROLE.fullmatch(text)
            reading.properties["owner"] = found[2].strip() if found else text
        elif name in _MAIL and text:
            _mail(node, _MAIL[name], text, element, reading)
        elif name == "Variables":
            for each in children(element, "Variable"):
                variables[content(child(each, "Name"))] = content(child(each, "Value"))
            reading.properties["variables"] = variables
        elif name == "HandlerClass" and text:
            reading.properties["handlerClass"] = text
            if node.tag in _TASKS:
                reading.job_type = Text(text, "literal", element.sourceline)
            else:
                reading.notes.append(
                    ("kept_as_documentation", f"the handler {text} does not decide; its flows' conditions do")
                )
        elif text:
            reading.properties[name[:1].lower() + name[1:]] = text
    if reading.job_type is not None:
        reading.headers.update(variables)
    return reading


_TASKS = frozenset(bpmn(name) for name in ("task", "serviceTask", "sendTask", "businessRuleTask", "scriptTask"))


def _assignee(text: str, reading: Reading, element: Any) -> None:
    found = _ROLE.findall(text)
    groups = tuple(name.strip() for kind, name in found if kind == "group")
    users = tuple(name.strip() for kind, name in found if kind == "user")
    reading.candidate_groups = groups or None
    if len(users) == 1 and not groups:
        reading.assignee = Text(users[0], None, element.sourceline)
    elif users:
        reading.candidate_users = users
    elif not found and text:
        reading.assignee = Text(text, None, element.sourceline)


def _mail(node: Any, key: str, text: str, element: Any, reading: Reading) -> None:
    """A job of type ``mail``: headers as written, and as local variables what has expressions that can be read."""
    if node.tag not in _TASKS:
        reading.properties[f"mail.{key}"] = text
        return
    reading.job_type = Text("mail", "literal", element.sourceline)
    reading.headers[key] = text
    if is_expression(text):
        try:
            compile_template(text)
        except ExpressionError:
            reading.notes.append(("kept_as_documentation", f"the text of {key} is passed on as it is written"))
            return
        reading.inputs.append((Text(text, "juel", element.sourceline, always=True), key))
