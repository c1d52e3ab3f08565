"""TriggerTimers: timers are due. What waits for them goes on, or a process starts and the timer is set for its next time.

A batch is one transaction: it locks the timers that it takes, with the instances that they belong to, and passes over
those that another one has locked. So several processes share the work, none waits for another, and each timer fires once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from laneway.commands import audit, verdicts
from laneway.commands.context import Context
from laneway.commands.correlation import GONE, start_by_trigger
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import NotFound
from laneway.domain.stimulus import TriggerWait
from laneway.domain.work import SYSTEM, AuditEntry, Timer
from laneway.runtime.schedule import Due, following


class BatchFailed(Exception):
    """A timer of the batch could not be fired, so none was. ``keys``: all that the batch had taken."""

    def __init__(self, keys: tuple[int, ...]) -> None:
        super().__init__(f"{len(keys)} timers could not be fired together")
        self.keys = keys


def trigger_timers(context: Context, limit: int, without: Collection[int] = ()) -> int:
    """Fire up to ``limit`` timers that are due, earliest first, in one transaction; gives how many.

    Raises
    ------
    BatchFailed
        With the reason as its cause. ``trigger_timer`` tells which it was.
    """
    taken: list[Timer] = []
    at: list[datetime] = []

    def work(unit: Unit) -> int:
        at[:] = [unit.now]
        taken[:] = unit.uow.due_timers(limit, without=without)
        # In the order of roots, so that what two batches lock besides is locked in the same order.
        for timer in sorted(taken, key=lambda one: (one.root_key, one.due, one.key)):
            _fire(unit, timer)
        return len(taken)

    try:
        fired = execute(context, _entry_of_batch(), work, audit_rejection=False, alone=True)
    except Exception as reason:
        if not taken:
            raise
        raise BatchFailed(tuple(timer.key for timer in taken)) from reason
    if context.observers:
        for timer in taken:
            context.observers.timer_fired(max(0.0, (at[0] - timer.due).total_seconds()))
    return fired


def trigger_timer(context: Context, key: int) -> bool:
    """Fire one timer in a transaction of its own, if it is still there and due; False if another process was faster."""

    def work(unit: Unit) -> bool:
        taken = unit.uow.due_timers(1, only=key)
        for timer in taken:
            _fire(unit, timer)
        return bool(taken)

    return execute(context, _entry_of_batch(), work, audit_rejection=False)


def _entry_of_batch() -> AuditEntry:
    return audit.entry("TriggerTimer", "UPDATE", "PROCESS_INSTANCE", 0, SYSTEM)


def _fire(unit: Unit, timer: Timer) -> None:
    unit.entry = audit.entry("TriggerTimer", "UPDATE", "PROCESS_INSTANCE", timer.key, SYSTEM, tenant_id=timer.tenant_id)
    unit.concerns(element_id=timer.element_id, details={"due": timer.due.isoformat()})
    if timer.start_trigger_key is not None:
        _start(unit, timer, timer.start_trigger_key)
    else:
        _trigger(unit, timer)


def _trigger(unit: Unit, timer: Timer) -> None:
    # An earlier one of the batch may have moved it (a cycle) or ended what it was for.
    current = unit.uow.timer(timer.key)
    if current is None or current.due > unit.now:
        return
    unit.concerns(entity_key=timer.root_key, element_instance_key=timer.element_instance_key)
    try:
        state = unit.load(timer.root_key)
        verdicts.if_late(unit, state, timer)
        unit.advance(state, TriggerWait(timer.element_instance_key, timer.key), unit.entry)
    except NotFound as gone:
        if gone.code not in GONE:
            raise
        unit.uow.delete_timer(timer.key)


def _start(unit: Unit, timer: Timer, start_trigger_key: int) -> None:
    start = unit.uow.start_trigger(start_trigger_key)
    if start is None:
        unit.uow.delete_timer(timer.key)
        return
    start_by_trigger(unit, start, {}, unit.entry.changed(entity_key=0))
    last = Due(timer.due, timer.repetitions, timer.cycle)
    coming = following(last, unit.now, unit.context.runtime_limits.timezone)
    if coming is None:
        unit.uow.delete_timer(timer.key)
    else:
        unit.uow.update_timer(timer.key, coming.at, coming.repetitions)
