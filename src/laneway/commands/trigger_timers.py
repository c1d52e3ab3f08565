"""TriggerTimer: a timer is due. What waits for it goes on, or a process starts and the timer is set for its next time."""

from __future__ import annotations

from dataclasses import replace

from laneway.commands import audit
from laneway.commands.context import Context
from laneway.commands.correlation import GONE, start_by_trigger
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import NotFound
from laneway.domain.stimulus import TriggerWait
from laneway.domain.work import SYSTEM, Timer
from laneway.runtime.schedule import Due, following


def trigger_timer(context: Context, timer: Timer) -> bool:
    """Fire ``timer`` if it is still there and due; False if another node was faster. Idempotent per due time."""
    entry = audit.entry("TriggerTimer", "UPDATE", "PROCESS_INSTANCE", timer.key, SYSTEM, tenant_id=timer.tenant_id)

    def work(unit: Unit) -> bool:
        current = unit.uow.timer(timer.key)
        if current is None or current.due > unit.now:
            return False
        unit.concerns(element_id=current.element_id, details={"due": current.due.isoformat()})
        if current.start_trigger_key is not None:
            _start(unit, current, current.start_trigger_key)
        else:
            _trigger(unit, current)
        return True

    return execute(context, entry, work, audit_rejection=False)


def _trigger(unit: Unit, timer: Timer) -> None:
    unit.concerns(entity_key=timer.root_key, element_instance_key=timer.element_instance_key)
    try:
        unit.advance(unit.load(timer.root_key), TriggerWait(timer.element_instance_key, timer.key), unit.entry)
    except NotFound as gone:
        if gone.code not in GONE:
            raise
        unit.uow.delete_timer(timer.key)


def _start(unit: Unit, timer: Timer, start_trigger_key: int) -> None:
    start = unit.uow.start_trigger(start_trigger_key)
    if start is None:
        unit.uow.delete_timer(timer.key)
        return
    start_by_trigger(unit, start, {}, replace(unit.entry, entity_key=0))
    last = Due(timer.due, timer.repetitions, timer.cycle)
    coming = following(last, unit.now, unit.context.runtime_limits.timezone)
    if coming is None:
        unit.uow.delete_timer(timer.key)
    else:
        unit.uow.update_timer(timer.key, coming.at, coming.repetitions)
