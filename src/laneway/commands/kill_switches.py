"""SetKillSwitch, LiftKillSwitch: an agent, a model, a tool or a process's agents stop, in every process, until it is lifted."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.commands.topics import AGENT_JOBS
from laneway.domain.errors import Conflict, InvalidInput, NotFound
from laneway.domain.governed import SWITCH_SCOPES, KillSwitch, SwitchScope
from laneway.domain.types import LONGEST_FINDABLE
from laneway.domain.work import Actor

LONGEST_REASON = 2_000


def set_kill_switch(
    context: Context, scope: str, name: str, reason: str, *, actor: Actor, tenant_id: str
) -> KillSwitch:
    """Several may be set for one thing, each for its own reason; it goes on when all are lifted."""
    said = {"scope": scope[:100], "name": name[:LONGEST_FINDABLE], "reason": reason[:LONGEST_REASON]}
    entry = audit.entry("SetKillSwitch", "CREATE", "RESOURCE", 0, actor, tenant_id=tenant_id, **said)

    def work(unit: Unit) -> KillSwitch:
        switch = KillSwitch(
            unit.uow.ids.next(), _scope(scope), name.strip(), reason.strip(), actor.id, unit.now, tenant_id
        )
        if not switch.name or len(switch.name.encode()) > LONGEST_FINDABLE:
            raise InvalidInput(
                "kill_switch_invalid", f"The name is what the {scope} is called, or *: 1 to {LONGEST_FINDABLE} bytes"
            )
        _reasoned(reason)
        unit.uow.add_kill_switch(switch)
        unit.concerns(entity_key=switch.key)
        unit.uow.audit(unit.entry)
        return switch

    switch = execute(context, entry, work)
    context.switchboard.forget()
    return switch


def lift_kill_switch(
    context: Context, key: int, reason: str, *, actor: Actor, tenant_ids: Sequence[str] | None
) -> KillSwitch:
    entry = audit.entry("LiftKillSwitch", "UPDATE", "RESOURCE", key, actor, tenant_ids=tenant_ids, reason=reason[:2000])

    def work(unit: Unit) -> KillSwitch:
        switch = unit.uow.kill_switch(key)
        if switch is None or (tenant_ids is not None and switch.tenant_id not in tenant_ids):
            raise NotFound("kill_switch_not_found", f"There is no kill switch {key}")
        unit.concerns(tenant_id=switch.tenant_id, details={"scope": switch.scope, "name": switch.name})
        _reasoned(reason)
        if switch.lifted_at is not None:
            raise Conflict("kill_switch_lifted", f"Kill switch {key} was lifted by {switch.lifted_by} already")
        unit.uow.lift_kill_switch(switch, actor.id, reason.strip(), unit.now)
        unit.uow.audit(unit.entry)
        unit.tell(AGENT_JOBS)
        return switch

    switch = execute(context, entry, work)
    context.switchboard.forget()
    return switch


def _scope(scope: str) -> SwitchScope:
    for each in SWITCH_SCOPES:
        if each == scope:
            return each
    raise InvalidInput("kill_switch_invalid", f"The scope is one of {', '.join(SWITCH_SCOPES)}, not {scope[:100]!r}")


def _reasoned(reason: str) -> None:
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput("kill_switch_invalid", f"Say why, in up to {LONGEST_REASON} characters")
