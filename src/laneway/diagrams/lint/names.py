"""Names, purpose and owner: what a reader of the diagram needs."""

from __future__ import annotations

from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.lint.graph import where_is
from laneway.domain.model import ProcessModel
from laneway.domain.types import ACTIVITIES, SCOPES, ElementType

_NAMED = ACTIVITIES - SCOPES


def names(model: ProcessModel, findings: Findings) -> None:
    for node in model.nodes[1:]:
        if node.name:
            continue
        if node.type in _NAMED:
            findings.info("missing_name", "the task has no name", "Name it with a verb and an object.", where_is(node))
        elif node.type is ElementType.EXCLUSIVE_GATEWAY and len(node.outgoing) > 1:
            findings.info(
                "missing_name", "the gateway has no name", "Name it with the question it asks.", where_is(node)
            )


def purpose(model: ProcessModel, findings: Findings) -> None:
    """Every definition can carry its business outcome and its accountable owner."""
    where = Where(model.process_id, model.name, model.line)
    said = {str(key).lower() for key, value in model.properties.items() if value}
    if not model.documentation and "purpose" not in said:
        findings.info(
            "purpose_missing", "nothing says what the process is for", "Write its purpose as its documentation.", where
        )
    if "owner" not in said:
        findings.info(
            "owner_missing", "nothing says who owns the process", "Add a property named owner to the process.", where
        )
