"""What a user task listener is told of its task: as it will be, if the listener lets it (Camunda 8, "User task listeners")."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from laneway.domain.work import UserTask
from laneway.runtime.task_listeners import HEADER, WIRE

_LISTS = ("candidateGroups", "candidateUsers")


def task_of_listener(task: UserTask, headers: dict[str, str]) -> dict[str, Any]:
    """``userTask`` of an activated job: the task's row, with what the job's headers say is to change."""
    out: dict[str, Any] = {
        "action": headers.get(f"{HEADER}action", ""),
        "changedAttributes": json.loads(headers.get(f"{HEADER}changedAttributes", "[]")),
        "formKey": str(task.form_key) if task.form_key is not None else None,
        "userTaskKey": str(task.key),
    }
    for name, wire in WIRE.items():
        asked = headers.get(HEADER + wire)
        if asked is None:
            value = getattr(task, name)
            out[wire] = value.isoformat() if isinstance(value, datetime) else value
        elif wire in _LISTS:
            out[wire] = json.loads(asked or "[]")
        else:
            out[wire] = int(asked) if wire == "priority" else asked or None
    return out


def headers_of_listener(task: dict[str, Any], headers: dict[str, str]) -> dict[str, str]:
    """All of it once more as headers, where the vendor's older clients look."""
    told = {
        HEADER + name: json.dumps(value) if isinstance(value, list) else str(value)
        for name, value in task.items()
        if value is not None and value != ""
    }
    return {**headers, **told}
