"""Tasks that are refused whatever else is read of them, found before SpiffWorkflow reads anything.

A report holds so many errors and no more. A file with more of these is refused for them alone, and to read all of it first
takes longer than any answer may take.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from laneway.diagrams.document import Document
from laneway.diagrams.findings import MAX_PROBLEMS, Findings, Where
from laneway.diagrams.names import FLOW_NODES, bpmn, truth
from laneway.diagrams.work import unbound

_TASKS = ("serviceTask", "businessRuleTask")
_TAGS = tuple(map(bpmn, _TASKS))
_SAYING_NOTHING = frozenset({"id", "name", "default"})
_FLOWS = frozenset({bpmn("incoming"), bpmn("outgoing")})


def refuse_bare(document: Document, findings: Findings, walkthrough: bool | None) -> None:
    """Report tasks with nothing on them, if they are more than a report holds. Only for files that nothing binds from outside.

    Raises
    ------
    TooManyErrors
    """
    if walkthrough is True or sum(len(document.of(name)) for name in _TASKS) <= MAX_PROBLEMS:
        return
    bare = list(_bare(document, walkthrough))
    if len(bare) <= MAX_PROBLEMS:
        return
    for node in bare:
        message, fix = unbound(FLOW_NODES[node.tag], node.get("id"))
        where = Where(node.get("id"), (node.get("name") or "").strip() or None, node.sourceline)
        findings.error("unbound_task", message, fix, where)


def _bare(document: Document, walkthrough: bool | None) -> Iterator[Any]:
    for process in document.of("process"):
        if walkthrough is False or truth(process.get("isExecutable"), False):
            for node in process.iter(*_TAGS):
                if _SAYING_NOTHING.issuperset(node.attrib) and all(each.tag in _FLOWS for each in node):
                    yield node
