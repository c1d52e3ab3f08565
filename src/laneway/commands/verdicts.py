"""A person completes a task that stands in for an agent, or decides on what it answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from laneway.commands import pairs
from laneway.commands.execution import Unit
from laneway.domain.autonomy import PROPOSAL, Level
from laneway.domain.errors import Conflict, Forbidden
from laneway.domain.state import InstanceState, Wait
from laneway.domain.work import Actor, UserTask, is_same
from laneway.runtime import autonomy

if TYPE_CHECKING:
    from laneway.governance.verdicts import Verdict


def dialled(state: InstanceState, task: UserTask) -> Wait | None:
    """The wait of a task that stands in for an agent; None of any other."""
    element = state.elements.get(task.element_instance_key)
    wait = None if element is None else element.waits.get(task.key)
    return wait if wait is not None and autonomy.is_dialled(wait) else None


def takes_the_proposal(action: str | None) -> bool:
    """Whether the person enters nothing of their own, so that no form can ask for it."""
    return action in ("accept", "approve", autonomy.REJECT)


def decide(
    unit: Unit,
    state: InstanceState,
    task: UserTask,
    wait: Wait,
    given: Mapping[str, Any],
    action: str | None,
    actor: Actor,
) -> Mapping[str, Any]:
    """The variables that go on; the pair is written beside.

    Raises
    ------
    InvalidInput, Refused, Forbidden, Conflict
        ``verdict_required``, ``no_proposal``, ``proposal_edited``, ``proposal_changed``, ``contract_violated``,
        ``approver_unnamed``, ``four_eyes``.
    """
    from laneway.governance.verdicts import verdict

    assert wait.data is not None
    level: Level = wait.data[autonomy.DIAL]
    agent = str(wait.data.get("agent") or "")
    local = state.variables.get(task.element_instance_key, {})
    takes = takes_the_proposal(action) and action != autonomy.REJECT
    shown = autonomy.proposal_of(local) if takes else local.get(autonomy.SEALED)
    output = shown.get("output") if isinstance(shown, Mapping) else None
    contract = pairs.contract_of(unit, task.process_definition_key, agent)
    if PROPOSAL in given:
        given = {name: value for name, value in given.items() if name != PROPOSAL}
    found = verdict(contract, level, output, given, action)
    if found.kind == "approved":
        _four_eyes(unit, task, actor)
    _record(unit, task, agent, level, found, shown)
    return found.variables


def _four_eyes(unit: Unit, task: UserTask, actor: Actor) -> None:
    """The agent made it, for whoever started the instance: another person approves, who says who they are."""
    if actor.kind != "user":
        raise Forbidden(
            "approver_unnamed",
            f"Who approves what an agent does is named in the record; {actor.kind} {actor.id} is no person",
        )
    starter = unit.uow.started_by(task.root_key)
    if starter is not None and is_same(f"{starter.kind}:{starter.id}", f"{actor.kind}:{actor.id}"):
        raise Conflict(
            "four_eyes", f"{actor.id} started this instance, so that another person approves what the agent does in it"
        )


def _record(
    unit: Unit, task: UserTask, agent: str, level: Level, found: Verdict, shown: Mapping[str, Any] | None
) -> None:
    facts: dict[str, Any] = {"agent": agent, "autonomy": level, "verdict": found.kind}
    if found.reason is not None:
        facts["reason"] = found.reason
    if isinstance(shown, Mapping) and shown.get("hash"):
        facts["proposal"] = shown["hash"]
    unit.concerns(details=facts)
    pairs.person_decided(unit, task, agent, level, found)
