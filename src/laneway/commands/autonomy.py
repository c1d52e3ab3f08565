"""SetAutonomy, ConfirmAutonomy, WithdrawAutonomy: the level of an agent task is lowered at once, and raised by two people.

A setting holds for all versions of its process, and over what contracts say; it concerns activations that begin from then on. What a
deployment changes is held to the same (``redeployed_agents``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.definitions import Compiled
from laneway.commands.execution import Unit, execute
from laneway.domain.autonomy import LEVELS, AutonomySetting, Level
from laneway.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from laneway.domain.model import JobSpec
from laneway.domain.work import Actor, is_same

LONGEST_REASON = 2_000
_PERSON = "user:"


def set_autonomy(
    context: Context, process_id: str, element_id: str, level: str, reason: str, *, actor: Actor, tenant_id: str
) -> AutonomySetting:
    """``element_id`` empty: all agent tasks of the process that have no setting of their own."""
    said = {"processId": process_id[:200], "elementId": element_id[:200], "level": level[:50], "reason": reason[:1000]}
    entry = audit.entry("SetAutonomy", "UPDATE", "RESOURCE", 0, actor, tenant_id=tenant_id, **said)

    def work(unit: Unit) -> AutonomySetting:
        wanted = _level(level)
        _reasoned(reason)
        found = agent_tasks(unit, process_id, tenant_id)
        if element_id and element_id not in found:
            raise NotFound(
                "agent_task_not_found",
                f"{element_id!r} is no agent task of process {process_id!r}; there are: {', '.join(sorted(found)) or 'none'}",
            )
        standing = unit.uow.autonomy_settings(tenant_id, process_id)
        before = _before(found, standing, element_id)
        by = f"{actor.kind}:{actor.id}"
        raised = LEVELS.index(wanted) > LEVELS.index(before)
        if raised and actor.kind != "user":
            raise Forbidden(
                "principal_unnamed",
                f"Who lets an agent do more is named in the record; {actor.kind} {actor.id} is no person",
            )
        setting = put(unit, tenant_id, process_id, element_id, wanted, before, reason.strip(), by, pending=raised)
        unit.concerns(entity_key=setting.key, details={"before": before, "state": setting.state})
        unit.uow.audit(unit.entry)
        return setting

    return execute(context, entry, work)


def confirm_autonomy(context: Context, key: int, *, actor: Actor, tenant_ids: Sequence[str] | None) -> AutonomySetting:
    """The second pair of eyes: from now on the level holds."""
    entry = audit.entry("ConfirmAutonomy", "UPDATE", "RESOURCE", key, actor, tenant_ids=tenant_ids)

    def work(unit: Unit) -> AutonomySetting:
        setting = _pending(unit, key, tenant_ids)
        by = f"{actor.kind}:{actor.id}"
        if actor.kind != "user" or not setting.requested_by.startswith(_PERSON):
            raise Forbidden(
                "principal_unnamed",
                f"Who lets an agent do more is named in the record, both who asks ({setting.requested_by}) and who confirms ({by})",
            )
        if is_same(by, setting.requested_by):
            raise Conflict("four_eyes", f"{actor.id} asked for it, so that another person confirms it")
        for other in unit.uow.autonomy_settings(setting.tenant_id, setting.process_id, setting.element_id):
            if other.key != setting.key and other.state == "ACTIVE":
                unit.uow.change_autonomy_setting(other, state="REPLACED")
        done = unit.uow.change_autonomy_setting(setting, state="ACTIVE", confirmed_by=by, confirmed_at=unit.now)
        unit.uow.audit(unit.entry)
        return done

    return execute(context, entry, work)


def withdraw_autonomy(context: Context, key: int, *, actor: Actor, tenant_ids: Sequence[str] | None) -> AutonomySetting:
    """What was asked for and not confirmed is dropped."""
    entry = audit.entry("WithdrawAutonomy", "UPDATE", "RESOURCE", key, actor, tenant_ids=tenant_ids)

    def work(unit: Unit) -> AutonomySetting:
        setting = _pending(unit, key, tenant_ids)
        done = unit.uow.change_autonomy_setting(setting, state="WITHDRAWN")
        unit.uow.audit(unit.entry)
        return done

    return execute(context, entry, work)


def put(
    unit: Unit,
    tenant_id: str,
    process_id: str,
    element_id: str,
    level: Level,
    before: Level,
    reason: str,
    by: str,
    *,
    pending: bool,
) -> AutonomySetting:
    """Write a setting; what it takes the place of is replaced. One that is pending replaces those pending alone."""
    gone = ("PENDING",) if pending else ("PENDING", "ACTIVE")
    for other in unit.uow.autonomy_settings(tenant_id, process_id, element_id):
        if other.state in gone:
            unit.uow.change_autonomy_setting(other, state="REPLACED")
    setting = AutonomySetting(
        key=unit.uow.ids.next(),
        process_id=process_id,
        element_id=element_id,
        level=level,
        before=before,
        reason=reason,
        state="PENDING" if pending else "ACTIVE",
        requested_by=by,
        requested_at=unit.now,
        tenant_id=tenant_id,
    )
    unit.uow.add_autonomy_setting(setting)
    return setting


def agent_tasks(unit: Unit, process_id: str, tenant_id: str) -> dict[str, Level]:
    """Element id of each agent task of the latest version → the level that its contract says."""
    latest = unit.uow.latest_process(process_id, tenant_id)
    if latest is None:
        raise NotFound("process_not_found", f"No process {process_id!r} is deployed")
    return tasks_of(unit.definitions.compiled(latest.key))


def tasks_of(compiled: Compiled) -> dict[str, Level]:
    found: dict[str, Level] = {}
    for node in compiled.model.nodes:
        contract = compiled.contracts.get(node.work.agent or "") if isinstance(node.work, JobSpec) else None
        if contract is not None:
            found[node.id] = contract.autonomy.at(node.id)
    return found


def effective(found: Mapping[str, Level], standing: Sequence[AutonomySetting], element_id: str) -> Level:
    """The level at which an agent task of ``found`` stands now."""
    active = {each.element_id: each.level for each in standing if each.state == "ACTIVE"}
    return active.get(element_id) or active.get("") or found[element_id]


def _before(found: Mapping[str, Level], standing: Sequence[AutonomySetting], element_id: str) -> Level:
    """What a setting is held against: of several tasks, the least that any of them has."""
    if element_id:
        return effective(found, standing, element_id)
    own = {each.element_id for each in standing if each.state == "ACTIVE" and each.element_id}
    levels = [effective(found, standing, each) for each in found if each not in own]
    return min(levels, key=LEVELS.index, default=LEVELS[0])


def _pending(unit: Unit, key: int, tenant_ids: Sequence[str] | None) -> AutonomySetting:
    setting = unit.uow.autonomy_setting(key)
    if setting is None or (tenant_ids is not None and setting.tenant_id not in tenant_ids):
        raise NotFound("autonomy_setting_not_found", f"There is no setting of autonomy {key}")
    facts: dict[str, Any] = {"processId": setting.process_id, "elementId": setting.element_id, "level": setting.level}
    unit.concerns(tenant_id=setting.tenant_id, details=facts)
    # Nobody else changes any of that process from here on.
    unit.uow.autonomy_settings(setting.tenant_id, setting.process_id)
    if setting.state != "PENDING":
        raise Conflict("autonomy_setting_settled", f"Setting {key} does not wait for anybody: it is {setting.state}")
    return setting


def _level(level: str) -> Level:
    for each in LEVELS:
        if each == level:
            return each
    raise InvalidInput("autonomy_invalid", f"The level is one of {', '.join(LEVELS)}, not {level[:100]!r}")


def _reasoned(reason: str) -> None:
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput("autonomy_invalid", f"Say why, in up to {LONGEST_REASON} characters")
