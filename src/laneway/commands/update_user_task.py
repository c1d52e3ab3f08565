"""UpdateUserTask: who may take a user task, until when, how urgent it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.context import Context
from laneway.commands.execution import Unit, execute
from laneway.domain.errors import InvalidInput
from laneway.domain.stimulus import ChangeUserTask
from laneway.domain.work import Actor

_LISTS = ("candidate_groups", "candidate_users")
_DATES = ("due_date", "follow_up_date")
CHANGEABLE = (*_LISTS, *_DATES, "priority")


def update_user_task(
    context: Context,
    user_task_key: int,
    changes: Mapping[str, Any],
    *,
    action: str | None,
    actor: Actor,
    tenant_ids: Sequence[str] | None,
) -> None:
    entry = audit.entry(
        "UpdateUserTask",
        "UPDATE",
        "USER_TASK",
        user_task_key,
        actor,
        tenant_ids=tenant_ids,
        action=action,
        changes={name: _readable(value) for name, value in changes.items() if name in CHANGEABLE},
    )

    def work(unit: Unit) -> None:
        wanted = {name: _checked(name, value) for name, value in changes.items()}
        if not wanted and not action:
            raise InvalidInput("nothing_to_change", f"Give one of {', '.join(CHANGEABLE)} to change")
        task = guards.open_user_task(unit, user_task_key, tenant_ids)
        if guards.has_listeners(unit, task, "updating"):
            asked = {name: _readable(value) for name, value in wanted.items()}
            stimulus = ChangeUserTask(task.element_instance_key, task.key, "updating", asked, action or "update")
            unit.advance(unit.load(task.root_key), stimulus, unit.entry)
            return
        if wanted:
            unit.uow.update_user_task(task, **wanted)
        unit.uow.audit(unit.entry)

    execute(context, entry, work)


def _checked(name: str, value: Any) -> Any:
    if name in _LISTS and isinstance(value, list | tuple) and all(isinstance(item, str) and item for item in value):
        return list(dict.fromkeys(value))
    if name in _DATES and (value is None or (isinstance(value, datetime) and value.tzinfo is not None)):
        return value
    if name == "priority" and isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
        return value
    expected = {
        "candidate_groups": "a list of group names",
        "candidate_users": "a list of user names",
        "due_date": "a date and time with its offset, or nothing",
        "follow_up_date": "a date and time with its offset, or nothing",
        "priority": "a whole number from 0 to 100",
    }.get(name)
    if expected is None:
        raise InvalidInput("change_unknown", f"{name!r} of a user task cannot be changed; {', '.join(CHANGEABLE)} can")
    raise InvalidInput("change_invalid", f"{name} must be {expected}", {"field": name})


def _readable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, list | tuple) else value
