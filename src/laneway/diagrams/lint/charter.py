"""What the charter of a process in which agents work leaves unanswered, each at its place in the diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from laneway.diagrams.charter import Lens, charter_of
from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.lint.graph import where_is
from laneway.domain.contract import AgentContract
from laneway.domain.model import JobSpec, ProcessModel

RULES: Final[Mapping[Lens, str]] = {
    "trigger": "charter_trigger",
    "tasks": "charter_tasks",
    "humans": "charter_humans",
    "decisions": "charter_decisions",
    "systems": "charter_systems",
    "data": "charter_data",
    "exceptions": "charter_exceptions",
    "governance": "charter_governance",
    "adoption": "charter_adoption",
    "benefits": "charter_benefits",
}
"""Lens → rule. ``purpose_missing`` and ``owner_missing`` tell of the purpose, and of agents there are rules of their own."""


def charter(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    """Only of a process in which agents work: whoever draws a map of people's work owes no such answers yet."""
    known = {contract.name for contract in contracts}
    if not any(isinstance(node.work, JobSpec) and node.work.agent in known for node in model.nodes[1:]):
        return
    whole = Where(model.process_id, model.name, model.line)
    for gap in charter_of(model, contracts).gaps:
        rule = RULES.get(gap.lens)
        if rule is not None and not gap.has_a_rule:
            findings.info(rule, gap.message, gap.fix, where_is(gap.node) if gap.node is not None else whole)
