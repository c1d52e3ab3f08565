"""Agents: where one could help, and where nothing says what happens when one fails."""

from __future__ import annotations

import re
from collections.abc import Sequence

from laneway.diagrams.contract_facts import approved_tools, too_small_call
from laneway.diagrams.findings import Findings
from laneway.diagrams.lint.graph import where_is
from laneway.domain.contract import AgentContract
from laneway.domain.model import EventKind, FlowNode, JobSpec, ProcessModel
from laneway.domain.types import ElementType

_WORD = re.compile(r"[^a-z0-9]+")
_PATHS = frozenset({EventKind.ERROR, EventKind.ESCALATION, EventKind.TIMER})


def suggest_agents(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    """A person's task named like an agent may be meant for it; that is only ever suggested."""
    known = {_slug(name): contract for contract in contracts for name in (contract.name, *contract.job_types)}
    if not known:
        return
    for node in model.nodes[1:]:
        if not node.walkthrough and node.type is not ElementType.USER_TASK:
            continue
        for said in (node.name or "", node.id, *node.lanes[-1:]):
            contract = known.get(_slug(said))
            if contract is not None:
                findings.info(
                    "agent_suggested",
                    f"the agent {contract.name} could do this",
                    f"Bind it in the bindings file: elements: {node.id}: {{agent: {contract.name}}}.",
                    where_is(node),
                )
                break


def unguarded_agents(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    """An agent's work may be late, refused or unsure; the diagram or its contract says what happens then, and to whom."""
    known = {contract.name: contract for contract in contracts}
    for node in model.nodes[1:]:
        if not isinstance(node.work, JobSpec) or node.work.agent is None:
            continue
        contract = known.get(node.work.agent)
        if not (contract is not None and contract.on) and not _guarded(model, node):
            findings.warning(
                "agent_unguarded",
                f"nothing says what happens when the agent {node.work.agent} fails, is late or is unsure",
                "Attach an error, escalation or timer event to the task, or write a rule under on: in the agent's contract.",
                where_is(node),
            )


def open_approvals(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    """Groups are for finding an approval: who may give it is held by names alone."""
    known = {contract.name: contract for contract in contracts}
    for node in model.nodes[1:]:
        contract = known.get(node.work.agent or "") if isinstance(node.work, JobSpec) else None
        for grant in () if contract is None else approved_tools(contract):
            if grant.approver_groups and not grant.approvers:
                groups = ", ".join(grant.approver_groups)
                findings.warning(
                    "agent_approvers",
                    f"anybody who had no hand in a call of {grant.name} can approve it: {groups} is for finding it, since nobody says who "
                    "is in which group",
                    "Name who may under approval: {users: [...]} in the agent's contract, beside the groups.",
                    where_is(node),
                )


def small_calls(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    """What is set aside for one call has to hold it, or none is ever made."""
    known = {contract.name: contract for contract in contracts}
    for node in model.nodes[1:]:
        contract = known.get(node.work.agent or "") if isinstance(node.work, JobSpec) else None
        small = None if contract is None else too_small_call(model, node, contract)
        if contract is not None and small is not None:
            findings.warning(
                "agent_call_tokens",
                f"no call of {contract.name} fits into the {small[0]} tokens that are set aside for it: what it is always told takes at least "
                f"{small[1]}",
                "Raise limits: {call: {tokens: …}} in the agent's contract, or say less in its prompt and its tools.",
                where_is(node),
            )


def _guarded(model: ProcessModel, node: FlowNode) -> bool:
    """By an event on its border or around it, or by an event sub-process beside it or further out."""
    while True:
        if any(_is_path(model.nodes[slot]) for slot in node.boundary_events):
            return True
        if node.parent < 0:
            return False
        node = model.nodes[node.parent]
        starts = (model.nodes[start] for slot in node.event_sub_processes for start in model.nodes[slot].start_nodes)
        if any(_is_path(start) for start in starts):
            return True


def _is_path(node: FlowNode) -> bool:
    return node.event is not None and any(each.kind in _PATHS for each in node.event.members or (node.event,))


def _slug(text: str) -> str:
    return _WORD.sub("-", text.lower()).strip("-")
