"""AssignUserTask: a person takes a user task, or is given it."""

from __future__ import annotations

from collections.abc import Sequence

from laneway.commands import audit, guards
from laneway.commands.execution import Command, Unit
from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.stimulus import ChangeUserTask
from laneway.domain.work import Actor


def assign_user_task(
    user_task_key: int,
    assignee: str,
    *,
    allow_override: bool,
    action: str | None,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
) -> Command[None]:
    entry = audit.entry(
        "AssignUserTask",
        "ASSIGN",
        "USER_TASK",
        user_task_key,
        actor,
        tenant_ids=tenant_ids,
        assignee=assignee,
        action=action,
    )

    def work(unit: Unit) -> None:
        if not assignee.strip():
            raise InvalidInput("assignee_missing", "Name the person to assign the task to, or unassign it")
        task = guards.open_user_task(unit, user_task_key, tenant_ids)
        if task.assignee is not None and task.assignee != assignee and not allow_override:
            raise Conflict(
                "user_task_already_assigned",
                f"User task {task.key} is already {task.assignee}'s; ask for it to be unassigned, or allow the override",
            )
        unit.concerns(details={"previousAssignee": task.assignee} if task.assignee else {})
        if guards.has_listeners(unit, task, "assigning"):
            changes = {"assignee": assignee}
            stimulus = ChangeUserTask(task.element_instance_key, task.key, "assigning", changes, action or "assign")
            unit.advance(unit.load(task.root_key), stimulus, unit.entry)
            return
        unit.uow.update_user_task(task, assignee=assignee)
        unit.uow.audit(unit.entry)

    return Command(entry, work, needs=guards.needs_of_task(user_task_key, states=False))
