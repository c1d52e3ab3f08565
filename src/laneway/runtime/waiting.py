"""Elements that do nothing but wait: for a job, a person or a message, with all that is said of it known beforehand, or computed from
the variables of the process instance alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from laneway.domain.model import EventKind, FlowNode, JobSpec, UserTaskSpec, Value
from laneway.domain.types import ElementType
from laneway.runtime import tasks
from laneway.runtime.scope import may_draw
from laneway.runtime.values import to_json

if TYPE_CHECKING:
    from laneway.runtime.behaviours import Plan

Compute = Callable[[Mapping[str, Any], datetime], Any]
Computed = tuple[tuple[int, Compute], ...]
"""(place behind the keys in what is opened, how it is computed): anything raised means that it has no value."""

_JOBS = frozenset(
    {ElementType.SERVICE_TASK, ElementType.SEND_TASK, ElementType.BUSINESS_RULE_TASK, ElementType.SCRIPT_TASK}
)
_PEOPLE = frozenset({ElementType.USER_TASK, ElementType.MANUAL_TASK, ElementType.TASK})
_EVENTS = frozenset({ElementType.RECEIVE_TASK, ElementType.INTERMEDIATE_CATCH_EVENT})
_ASSIGNEE, _GROUPS, _USERS = 3, 4, 5
"""Of a ``UserTaskOpened`` behind its keys."""
_CORRELATION_KEY = 3
"""Of a ``MessageSubscriptionOpened``."""


def computed(plan: Plan) -> Computed | None:
    """What of its work depends on variables; None of an element that does anything else, or that has anything else about it."""
    node = plan.node
    if not plan.plain or plan.passes or plan.joins or node.outputs or node.data_outputs or node.data_names:
        return None
    if node.compensable or node.skip is not None or node.completion_quantity != 1 or node.ad_hoc is not None:
        return None
    work = node.work
    if isinstance(work, JobSpec):
        return _of_job(node, work)
    if isinstance(work, UserTaskSpec):
        return _of_user_task(work) if node.type in _PEOPLE else None
    if work is None:
        return _of_user_task(UserTaskSpec()) if node.type is ElementType.USER_TASK else _of_message(node)
    return None


def _of_job(node: FlowNode, work: JobSpec) -> Computed | None:
    if work.agent is not None or work.error_mappings or not isinstance(work.type, str) or node.type not in _JOBS:
        return None
    return () if isinstance(work.retries, int) else None


def _of_user_task(work: UserTaskSpec) -> Computed | None:
    if work.due_date is not None or work.follow_up_date is not None:
        return None
    if not (work.priority is None or isinstance(work.priority, int)):
        return None
    found = []
    for place, value, of in (
        (_ASSIGNEE, work.assignee, _assignee),
        (_GROUPS, work.candidate_groups, tasks.names_in),
        (_USERS, work.candidate_users, tasks.names_in),
    ):
        if value is None or isinstance(value, (str, tuple)):
            continue
        compute = _computing(value, of)
        if compute is None:
            return None
        found.append((place, compute))
    return tuple(found)


def _of_message(node: FlowNode) -> Computed | None:
    event = node.event
    if node.type not in _EVENTS or event is None or event.kind is not EventKind.MESSAGE or node.instantiate:
        return None
    if event.message_key is not None or not isinstance(event.name, str) or event.members:
        return None
    key = event.correlation_key
    if key is None or isinstance(key, str):
        return ()
    compute = _computing(key, _correlation_key)
    return None if compute is None else ((_CORRELATION_KEY, compute),)


def _computing(value: Value, of: Callable[[Any], Any]) -> Compute | None:
    if isinstance(value, str) or "execution" in value.names or may_draw(value):
        return None
    evaluate = value.evaluate
    return lambda scope, now: of(to_json(evaluate(scope, now)))


def _assignee(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError("an assignee is a text")
    return tasks.findable(value, "the assignee")


def _correlation_key(value: Any) -> str:
    if value is None:
        raise ValueError("there is no correlation key")
    return tasks.correlation_text(value)
