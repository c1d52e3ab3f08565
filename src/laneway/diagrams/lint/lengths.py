"""Ids, names and keys that the store looks for; three of them fit one entry of a PostgreSQL index."""

from __future__ import annotations

from laneway.diagrams.findings import Findings, Where
from laneway.domain.model import DecisionSpec, FlowNode, JobSpec, ProcessModel, ScriptSpec, UserTaskSpec
from laneway.domain.types import LONGEST_FINDABLE


def lengths(model: ProcessModel, findings: Findings) -> None:
    process = model.nodes[0]
    _length("the process id", model.process_id, process, findings)
    _length("the version tag", model.version_tag, process, findings)
    for node in model.nodes:
        _length("the id", node.id, node, findings)
        _length("the name", node.name, node, findings)
        if node.event is not None:
            for event in (node.event, *node.event.members):
                _length("the name of the event", event.name, node, findings)
                _length("the code of the event", event.code, node, findings)
                _length("the correlation key", event.correlation_key, node, findings)
        if isinstance(node.work, JobSpec):
            _length("the job type", node.work.type, node, findings)
        elif isinstance(node.work, UserTaskSpec):
            for people in (node.work.candidate_groups, node.work.candidate_users):
                for each in people if isinstance(people, tuple) else (people,):
                    _length("a candidate", each, node, findings)
            _length("the assignee", node.work.assignee, node, findings)
        elif isinstance(node.work, (ScriptSpec, DecisionSpec)):
            _length("the result variable", node.work.result_variable, node, findings)
        for mapping in (*node.inputs, *node.outputs):
            _length("the target of a mapping", mapping.target, node, findings)


def _length(what: str, text: object, node: FlowNode, findings: Findings) -> None:
    if isinstance(text, str) and len(text.encode()) > LONGEST_FINDABLE:
        findings.error(
            "name_too_long",
            f"{what} has {len(text.encode()):,} bytes; {LONGEST_FINDABLE} is the most: {text[:40]}…",
            "Shorten it; longer texts belong into the documentation.",
            Where(node.id[:80], None, node.line),
        )
