"""What a new version changes about its agents: their levels are held against those before, and what else is wider is told on record.

A level counts as asked for by whoever deploys: lower holds at once, higher waits to be confirmed. Leaving a task out and drawing it again, or
calling it something else, raises nothing: the level that it had stays with its id, and passes on to what comes in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands.autonomy import effective, put, tasks_of
from laneway.commands.definitions import Compiled
from laneway.commands.execution import Unit
from laneway.domain.autonomy import LEVELS, AutonomySetting, Level
from laneway.domain.model import JobSpec
from laneway.governance.widening import widened

MOST_TOLD = 50


def at_deployment(unit: Unit, before: Compiled | None, after: Compiled, by: str) -> Mapping[str, Any]:
    """Hold what a new version changes in its contracts against what held until now. ``before`` None: it has no version before, or one
    without contracts. For the record: ``{"widened": {agent: [what]}, "newAgentTasks": {element id: level}}``, where there is some."""
    old: dict[str, Level] = {} if before is None else tasks_of(before)
    new = tasks_of(after)
    if not old and not new:
        return {}
    tenant_id, process_id = after.definition.tenant_id, after.definition.process_id
    standing = unit.uow.autonomy_settings(tenant_id, process_id)
    reason = f"version {after.definition.version} was deployed with it"

    def hold(element_id: str, level: Level, why: str) -> None:
        put(unit, tenant_id, process_id, element_id, level, level, why, by, pending=False)

    for element_id in sorted(old.keys() - new.keys()):
        level = effective(old, standing, element_id)
        if level != LEVELS[-1] and not _is_set(standing, element_id):
            hold(element_id, level, f"held for when it comes back: version {after.definition.version} leaves it out")
    unknown: dict[str, str] = {}
    for element_id, level in sorted(new.items()):
        if old.get(element_id) == level:
            continue
        now = _until_now(before, after, old, new, standing, element_id)
        if now is None:
            unknown[element_id] = level
        elif LEVELS.index(level) < LEVELS.index(now):
            if element_id in old or _is_set(standing, element_id):
                put(unit, tenant_id, process_id, element_id, level, now, reason, by, pending=False)
        elif level != now:
            if not _is_set(standing, element_id):
                hold(element_id, now, f"held until a second person confirms {level}: {reason}")
            put(unit, tenant_id, process_id, element_id, level, now, reason, by, pending=True)
    told: dict[str, Any] = {}
    if before is not None:
        if unknown:
            told["newAgentTasks"] = dict(list(unknown.items())[:MOST_TOLD])
        wider = widened(_formerly(before, after), after.contracts)
        if wider:
            told["widened"] = {name: said[:MOST_TOLD] for name, said in list(wider.items())[:MOST_TOLD]}
    return told


def _until_now(
    before: Compiled | None,
    after: Compiled,
    old: Mapping[str, Level],
    new: Mapping[str, Level],
    standing: Sequence[AutonomySetting],
    element_id: str,
) -> Level | None:
    """The level of the task, or of what it may stand in the place of; None where it is nobody's.

    One that was not there takes the place of those that go, the least of them, and is worked on by an agent that goes no further elsewhere.
    """
    if element_id in old:
        return effective(old, standing, element_id)
    held = {each.element_id: each.level for each in standing if each.state == "ACTIVE"}
    if element_id in held:
        return held[element_id]
    agents_before, agents_after = _agents(before), _agents(after)
    levels = [effective(old, standing, each) for each in old if each not in new]
    same = [effective(old, standing, each) for each in old if agents_before[each] == agents_after[element_id]]
    if same:
        levels.append(max(same, key=LEVELS.index))
    return min(levels, key=LEVELS.index, default=None)


def _is_set(standing: Sequence[AutonomySetting], element_id: str) -> bool:
    return any(each.state == "ACTIVE" and each.element_id in (element_id, "") for each in standing)


def _formerly(before: Compiled, after: Compiled) -> dict[str, Any]:
    """The contracts before, those of agents that take over an element of another one under their name, too."""
    agents_before = _agents(before)
    taken_over = {
        agent: before.contracts[agents_before[element_id]]
        for element_id, agent in _agents(after).items()
        if element_id in agents_before
    }
    return {**taken_over, **before.contracts}


def _agents(compiled: Compiled | None) -> dict[str, str]:
    """Element id of each agent task → its agent."""
    if compiled is None:
        return {}
    nodes = compiled.model.nodes
    found = {node.id: node.work.agent or "" for node in nodes if isinstance(node.work, JobSpec)}
    return {element_id: agent for element_id, agent in found.items() if agent in compiled.contracts}
