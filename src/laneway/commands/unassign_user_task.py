"""UnassignUserTask: a user task goes back to its candidates."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.commands import audit, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.work import Actor


def unassign_user_task(context: Context, user_task_key: int, *, actor: Actor, tenant_ids: Sequence[str] | None) -> None:
    entry = audit.entry("UnassignUserTask", "UNASSIGN", "USER_TASK", user_task_key, actor, tenant_ids=tenant_ids)

    def work(unit: Unit) -> None:
        task = guards.open_user_task(unit, user_task_key, tenant_ids)
        unit.concerns(details={"previousAssignee": task.assignee} if task.assignee else {})
        unit.uow.update_user_task(task, assignee=None)
        unit.uow.audit(unit.entry)

    execute(context, entry, work)
