"""UnassignUserTask: a user task goes back to its candidates."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.commands import audit, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.stimulus import ChangeUserTask
from laneway.domain.work import Actor


def unassign_user_task(context: Context, user_task_key: int, *, actor: Actor, tenant_ids: Sequence[str] | None) -> None:
    entry = audit.entry("UnassignUserTask", "UNASSIGN", "USER_TASK", user_task_key, actor, tenant_ids=tenant_ids)

    def work(unit: Unit) -> None:
        task = guards.open_user_task(unit, user_task_key, tenant_ids)
        unit.concerns(details={"previousAssignee": task.assignee} if task.assignee else {})
        if guards.has_listeners(unit, task, "assigning"):
            changes = {"assignee": None}
            stimulus = ChangeUserTask(task.element_instance_key, task.key, "assigning", changes, "unassign")
            unit.advance(unit.load(task.root_key), stimulus, unit.entry)
            return
        unit.uow.update_user_task(task, assignee=None)
        unit.uow.audit(unit.entry)

    execute(context, entry, work)
