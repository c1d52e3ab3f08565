"""A person completes a task that stands in for an agent, or decides on what it answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from laneway.commands import audit, drawn_turns, pairs
from laneway.commands.drawn_turns import Decided
from laneway.commands.execution import Unit
from laneway.domain.autonomy import PROPOSAL, Level
from laneway.domain.errors import Conflict, Forbidden
from laneway.domain.state import InstanceState, Wait
from laneway.domain.work import SYSTEM, Actor, Timer, UserTask, is_same
from laneway.runtime import autonomy

if TYPE_CHECKING:
    from laneway.governance.verdicts import Verdict


def dialled(state: InstanceState, task: UserTask) -> Wait | None:
    """The wait of a task that stands in for an agent; None of any other."""
    if state.place is not None:  # Nothing that is dialled rests at a place that others share.
        return None
    element = state.elements.get(task.element_instance_key)
    wait = None if element is None else element.waits.get(task.key)
    return wait if wait is not None and autonomy.is_dialled(wait) else None


def takes_the_proposal(action: str | None) -> bool:
    """Whether the person enters nothing of their own, so that no form can ask for it."""
    return action in ("accept", "approve", autonomy.REJECT)


def enters_nothing(unit: Unit, task: UserTask, given: Mapping[str, Any], action: str | None) -> bool:
    """Whether there is nothing that a form could ask for: the agent's answer is taken or rejected, or tools are picked."""
    return takes_the_proposal(action) or ("toolCalls" in given and drawn_turns.node_of(unit, task) is not None)


def decide(
    unit: Unit,
    state: InstanceState,
    task: UserTask,
    wait: Wait,
    given: Mapping[str, Any],
    action: str | None,
    actor: Actor,
) -> Decided:
    """What goes on; the pair is written beside.

    Raises
    ------
    InvalidInput, Refused, Forbidden, Conflict
        ``verdict_required``, ``no_proposal``, ``proposal_edited``, ``proposal_changed``, ``contract_violated``,
        ``approver_unnamed``, ``four_eyes``, ``tool_calls_invalid``.
    """
    from laneway.governance import drawn
    from laneway.governance.verdicts import verdict

    assert wait.data is not None
    level: Level = wait.data[autonomy.DIAL]
    agent = str(wait.data.get("agent") or "")
    local = state.variables.get(task.element_instance_key, {})
    takes = takes_the_proposal(action) and action != autonomy.REJECT
    if takes:
        _refuse_late(unit, local.get(autonomy.SEALED))
    shown = autonomy.proposal_of(local) if takes else local.get(autonomy.SEALED)
    output = shown.get("output") if isinstance(shown, Mapping) else None
    contract = pairs.contract_of(unit, task.process_definition_key, agent)
    if PROPOSAL in given:
        given = {name: value for name, value in given.items() if name != PROPOSAL}
    node = drawn_turns.node_of(unit, task)
    found = verdict(contract, level, output, given, action, picks=node is not None)
    if level == "approve" and (found.kind in ("approved", "accepted") or drawn.is_calls(found.variables)):
        # To override with what the agent answered is to approve it; and who edits calls of tools does not approve them alone.
        _four_eyes(unit, task, actor)
    in_turns = unit.definitions.model(task.process_definition_key).nodes[wait.slot].ad_hoc is not None
    turn = int(wait.data.get(autonomy.TURN) or task.key) if in_turns else 0
    _record(unit, task, agent, level, found, shown, turn)
    if node is None or contract is None or found.kind == "rejected":
        return Decided(found.variables)
    return drawn_turns.decide(unit, state, task, node, contract, level, found, output)


def if_late(unit: Unit, state: InstanceState, timer: Timer) -> None:
    """ExpireProposal, with the timer that ends its time: on record, and in the pair of agent and person."""
    element = None if state.place is not None else state.elements.get(timer.element_instance_key)
    wait = None if element is None else element.waits.get(timer.key)
    if element is None or wait is None or not autonomy.is_late(wait):
        return
    open_ = next(
        (each for each in element.waits.values() if each.kind == "user_task" and autonomy.is_dialled(each)), None
    )
    task = None if open_ is None else unit.uow.user_task(open_.key)
    if open_ is None or open_.data is None or task is None:
        return
    sealed = state.variables.get(element.key, {}).get(autonomy.SEALED)
    level, agent = open_.data[autonomy.DIAL], str(open_.data.get("agent") or "")
    facts = {"agent": agent, "autonomy": level, "outcome": "EXPIRED"}
    if isinstance(sealed, Mapping) and sealed.get("hash"):
        facts["proposal"] = sealed["hash"]
    entry = audit.entry("ExpireProposal", "UPDATE", "USER_TASK", task.key, SYSTEM, tenant_id=task.tenant_id, **facts)
    unit.uow.audit(entry.changed(**audit.of_user_task(task)))
    in_turns = unit.definitions.model(task.process_definition_key).nodes[open_.slot].ad_hoc is not None
    pairs.expired(unit, task, agent, level, int(open_.data.get(autonomy.TURN) or task.key) if in_turns else 0)


def _refuse_late(unit: Unit, shown: Any) -> None:
    """Also in the moment between its time and the timer that ends it."""
    until = shown.get("expires") if isinstance(shown, Mapping) else None
    if until is not None and (shown.get(autonomy.EXPIRED) or datetime.fromisoformat(str(until)) <= unit.now):
        raise Conflict(
            "proposal_expired",
            f"What the agent proposed could be taken until {until}; give an answer of your own (action «override»)",
        )


def _four_eyes(unit: Unit, task: UserTask, actor: Actor) -> None:
    """The agent made it, for whoever started the instance: another person approves, who says who they are."""
    if actor.kind != "user":
        raise Forbidden(
            "approver_unnamed",
            f"Who approves what an agent does is named in the record; {actor.kind} {actor.id} is no person",
        )
    starter = unit.uow.started_by(task.root_key, task.tenant_id)
    if starter is not None and is_same(f"{starter.kind}:{starter.id}", f"{actor.kind}:{actor.id}"):
        raise Conflict(
            "four_eyes", f"{actor.id} started this instance, so that another person approves what the agent does in it"
        )

    editors = unit.uow.editors(task.root_key)
    if any(is_same(f"user:{person}", f"user:{actor.id}") for person in editors):
        raise Conflict(
            "four_eyes",
            f"{actor.id} wrote into this instance, so that another person approves what the agent made of it",
        )


def _record(
    unit: Unit, task: UserTask, agent: str, level: Level, found: Verdict, shown: Mapping[str, Any] | None, turn: int
) -> None:
    facts: dict[str, Any] = {"agent": agent, "autonomy": level, "verdict": found.kind}
    if found.reason is not None:
        facts["reason"] = found.reason
    if isinstance(shown, Mapping) and shown.get("hash"):
        facts["proposal"] = shown["hash"]
    unit.concerns(details=facts)
    pairs.person_decided(unit, task, agent, level, found, turn)
