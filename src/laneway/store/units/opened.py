"""Rows of the work and the waits that a transition opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, assert_never

from laneway.domain.definition import FormDefinition, ProcessDefinition
from laneway.domain.transition import (
    IncidentOpened,
    JobOpened,
    MessageSubscriptionOpened,
    Opened,
    SignalSubscriptionOpened,
    TimerOpened,
    UserTaskOpened,
)
from laneway.domain.types import IncidentState, JobState
from laneway.store.tables import (
    incident,
    job,
    message_subscription,
    signal_subscription,
    timer,
    user_task,
    user_task_candidate,
)
from laneway.store.units.work import candidates_of

Rows = list[tuple[Any, dict[str, Any]]]
_UNSET = {
    table: dict.fromkeys(table.columns.keys()) for table in (job, user_task, message_subscription, incident, timer)
}
"""Rows are whole: of each table one statement inserts them all."""


class OpenedRows:
    """Turns opened work into rows of its tables.

    ``definition_of`` gives the definition of a key, ``latest_form`` the newest form of an id.
    """

    def __init__(
        self,
        root_key: int,
        tenant_id: str,
        now: datetime,
        definition_of: Callable[[int], ProcessDefinition],
        latest_form: Callable[[str], FormDefinition | None],
    ) -> None:
        self._root_key = root_key
        self._tenant_id = tenant_id
        self._now = now
        self._definition_of = definition_of
        self._latest_form = latest_form

    def of(self, opened: Opened) -> Rows:
        match opened:
            case JobOpened():
                return [(job, self._job(opened))]
            case UserTaskOpened():
                candidates = candidates_of(
                    opened.key, self._root_key, self._tenant_id, opened.candidate_groups, opened.candidate_users
                )
                return [(user_task, self._user_task(opened)), *((user_task_candidate, row) for row in candidates)]
            case TimerOpened():
                return [(timer, self._timer(opened))]
            case MessageSubscriptionOpened():
                return [(message_subscription, self._message_subscription(opened))]
            case SignalSubscriptionOpened():
                return [(signal_subscription, self._common(opened) | {"name": opened.name})]
            case IncidentOpened():
                return [(incident, self._incident(opened))]
            case _:
                assert_never(opened)

    def _common(self, opened: Opened) -> dict[str, Any]:
        return {
            "key": opened.key,
            "root_key": self._root_key,
            "tenant_id": self._tenant_id,
            "process_instance_key": opened.process_instance_key,
            "process_definition_key": opened.definition_key,
            "process_id": self._definition_of(opened.definition_key).process_id,
            "element_instance_key": opened.element_instance_key,
            "element_id": opened.element_id,
        }

    def _job(self, opened: JobOpened) -> dict[str, Any]:
        return (
            _UNSET[job]
            | self._common(opened)
            | {
                "process_version": self._definition_of(opened.definition_key).version,
                "type": opened.type,
                "kind": opened.kind.value,
                "state": JobState.CREATED.value,
                "retries": opened.retries,
                "headers": opened.headers,
                "agent": opened.agent,
                "purpose": opened.purpose.value,
                "listener_event": opened.listener_event,
                "autonomy": opened.autonomy,
                "priority": 0,
                "worker": "",
                "available_at": self._now if opened.retries > 0 else None,
                "version": 0,
                "created_at": self._now,
                "updated_at": self._now,
            }
        )

    def _user_task(self, opened: UserTaskOpened) -> dict[str, Any]:
        definition = self._definition_of(opened.definition_key)
        form_key, external_form = self._form_of(opened)
        return (
            _UNSET[user_task]
            | self._common(opened)
            | {
                "process_version": definition.version,
                "process_name": definition.name,
                "name": opened.name,
                "state": opened.state.value,
                "assignee": opened.assignee,
                "candidate_groups": opened.candidate_groups,
                "candidate_users": opened.candidate_users,
                "due_date": opened.due_date,
                "follow_up_date": opened.follow_up_date,
                "priority": opened.priority,
                "form_id": opened.form_id,
                "form_key": form_key,
                "external_form": external_form,
                "headers": opened.headers,
                "choices": opened.choices,
                "choose_many": opened.choose_many,
                "question": opened.question,
                "version": 0,
                "created_at": self._now,
            }
        )

    def _form_of(self, opened: UserTaskOpened) -> tuple[int | None, str | None]:
        """The form's key as it is when the task opens, and the reference of a form that is not ours."""
        if opened.form_id is not None:
            form = self._latest_form(opened.form_id)
            return (None if form is None else form.key), opened.external_form
        if opened.form_key is None:
            return None, opened.external_form
        if opened.form_key.isascii() and opened.form_key.isdigit() and len(opened.form_key) < 19:
            return int(opened.form_key), opened.external_form
        return None, opened.external_form or opened.form_key

    def _timer(self, opened: TimerOpened) -> dict[str, Any]:
        return _UNSET[timer] | {
            "key": opened.key,
            "tenant_id": self._tenant_id,
            "root_key": self._root_key,
            "process_instance_key": opened.process_instance_key,
            "element_instance_key": opened.element_instance_key,
            "element_id": opened.element_id,
            "definition_key": opened.definition_key,
            "due": opened.due,
            "repetitions": opened.repetitions,
            "cycle": opened.cycle,
        }

    def _message_subscription(self, opened: MessageSubscriptionOpened) -> dict[str, Any]:
        return (
            _UNSET[message_subscription]
            | self._common(opened)
            | {
                "name": opened.name,
                "correlation_key": opened.correlation_key,
                "interrupting": opened.interrupting,
                "state": "CREATED",
                "updated_at": self._now,
            }
        )

    def _incident(self, opened: IncidentOpened) -> dict[str, Any]:
        return (
            _UNSET[incident]
            | self._common(opened)
            | {
                "type": opened.type,
                "message": opened.message,
                "state": IncidentState.ACTIVE.value,
                "job_key": opened.job_key,
                "created_at": self._now,
            }
        )
