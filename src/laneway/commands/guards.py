"""What a command may touch: things of tenants that the caller may see, in a state that allows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit
from laneway.commands.execution import Unit
from laneway.domain.errors import Conflict, InvalidInput, NotFound, TooLarge
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.types import (
    HIDDEN_PREFIX,
    LONGEST_FINDABLE,
    ElementType,
    IncidentState,
    JobKind,
    JobState,
    UserTaskState,
)
from laneway.domain.work import Incident, Job, UserTask
from laneway.ports import InstanceHeader, Needs

ENDED_JOBS = frozenset({JobState.COMPLETED, JobState.CANCELED, JobState.ERROR_THROWN})
LARGEST_KEY = 2**63 - 1


def visible(tenant_id: str, tenant_ids: Sequence[str] | None) -> bool:
    """``tenant_ids`` None: the caller (an operator, the engine itself) sees all."""
    return tenant_ids is None or tenant_id in tenant_ids


def possible(key: int) -> bool:
    return 0 < key <= LARGEST_KEY


def needs_of_message(name: str, correlation_key: str, tenant_id: str) -> Needs | None:
    """Of a command about a message: who waits for it."""
    place = (name, correlation_key, tenant_id)
    return Needs(meetings=(place,)) if all(map(askable, place)) else None


def askable(text: str) -> bool:
    """Whether a database can be asked for ``text``: else its command alone is refused, and not those that share a transaction with it."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def needs_of_job(key: int) -> Needs | None:
    """Of a command about a job."""
    return Needs(jobs=(key,)) if possible(key) else None


def needs_of_task(key: int, *, states: bool = True) -> Needs | None:
    """Of a command about a user task."""
    return Needs(user_tasks=(key,), states=states) if possible(key) else None


def live_job(unit: Unit, key: int, tenant_ids: Sequence[str] | None) -> Job:
    """A job that has not ended."""
    job = unit.uow.job(key) if possible(key) else None
    if job is None or not visible(job.tenant_id, tenant_ids):
        raise NotFound("job_not_found", f"No job has the key {key}")
    unit.entry = unit.entry.about(job)
    unit.concerns(details=audit.details_of_job(job))
    if job.state in ENDED_JOBS:
        raise NotFound("job_not_found", f"Job {key} has ended: its state is {job.state.value}")
    return job


def held_job(
    unit: Unit,
    key: int,
    tenant_ids: Sequence[str] | None,
    lease_token: str | None,
    verb: str,
    *,
    internal: bool = False,
) -> Job:
    """A job whose worker may report on it (Camunda 8: activatable or activated, and under the lease that it names)."""
    job = live_job(unit, key, tenant_ids)
    if job.kind is JobKind.INTERNAL and not internal:
        raise Conflict(
            "internal_job", f"Job {key} is Laneway's own ({job.type}); it cannot be reported on from outside"
        )
    if lease_token is not None and lease_token != job.lease_token:
        raise Conflict(
            "stale_lease",
            f"Job {key} is not under lease {lease_token} any more: it was handed out again. Drop this result",
        )
    waits_for_retry = job.state is JobState.FAILED and (
        job.retries <= 0 or (job.retry_at is not None and job.retry_at > unit.now)
    )
    if waits_for_retry:
        why = "it has no retries left" if job.retries <= 0 else f"it is tried again at {job.retry_at}"
        raise Conflict(f"job_not_{verb}", f"Job {key} is in state FAILED ({why}); activate it before you report on it")
    return job


def open_user_task(unit: Unit, key: int, tenant_ids: Sequence[str] | None) -> UserTask:
    task = unit.uow.user_task(key) if possible(key) else None
    if task is None or not visible(task.tenant_id, tenant_ids):
        raise NotFound("user_task_not_found", f"No user task has the key {key}")
    unit.entry = unit.entry.about(task)
    if task.state is not UserTaskState.CREATED:
        raise Conflict("user_task_not_active", f"User task {key} is done: its state is {task.state.value}")
    return task


def has_listeners(unit: Unit, task: UserTask, event: str) -> bool:
    """Whether its diagram asks listeners before ``event`` takes effect."""
    model = unit.definitions.compiled(task.process_definition_key).model
    return any(each.event == event for each in model.node(task.element_id).listeners)


def open_incident(unit: Unit, key: int, tenant_ids: Sequence[str] | None) -> Incident:
    incident = unit.uow.incident(key) if possible(key) else None
    if incident is None or not visible(incident.tenant_id, tenant_ids):
        raise NotFound("incident_not_found", f"No incident has the key {key}")
    unit.concerns(**audit.of_incident(incident))
    if incident.state is not IncidentState.ACTIVE:
        raise NotFound("incident_not_found", f"Incident {key} was resolved")
    return incident


def known_instance(unit: Unit, key: int, tenant_ids: Sequence[str] | None) -> InstanceHeader:
    header = unit.uow.header(key) if possible(key) else None
    if header is None or not visible(header.tenant_id, tenant_ids):
        raise NotFound("process_instance_not_found", f"No process instance has the key {key}")
    unit.concerns(
        root_key=header.root_key,
        process_instance_key=header.key,
        process_definition_key=header.process_definition_key,
        process_id=header.process_id,
        tenant_id=header.tenant_id,
    )
    return header


def live_element(
    unit: Unit,
    key: int,
    tenant_ids: Sequence[str] | None,
    *,
    only: ElementType | None = None,
    refusal: NotFound | None = None,
) -> tuple[InstanceState, ElementInstance]:
    """A live element instance and the state that it is part of.

    Parameters
    ----------
    only
        The type that it must have.
    refusal
        What is raised if there is none; None: ``element_instance_not_found``.
    """
    root_key = unit.uow.root_of_element(key) if possible(key) else None
    header = unit.uow.header(root_key) if root_key is not None else None
    if root_key is None or header is None or not visible(header.tenant_id, tenant_ids):
        raise refusal or NotFound("element_instance_not_found", f"No element instance has the key {key}")
    state = unit.uow.load(root_key)
    element = state.elements.get(key) if state is not None else None
    if state is None or element is None or only not in (None, element.type):
        raise refusal or NotFound("element_instance_not_found", f"Element instance {key} has ended")
    compiled = unit.definitions.compiled(element.definition_key)
    unit.concerns(
        root_key=state.root_key,
        process_instance_key=element.process_key,
        process_definition_key=element.definition_key,
        process_id=compiled.definition.process_id,
        element_instance_key=element.key,
        element_id=compiled.model.nodes[element.slot].id,
        tenant_id=header.tenant_id,
    )
    return state, element


def checked_variables(unit: Unit, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Variables as they may be stored: names that can be names, within the size that the settings allow."""
    limit = unit.context.limits.bytes_of_variables
    for name in variables:
        if not name or name.startswith("\x01") or "\x00" in name:
            raise InvalidInput("variable_name_invalid", f"{name!r} cannot be the name of a variable")
        if len(name) > LONGEST_FINDABLE // 4 and len(name.encode()) > LONGEST_FINDABLE:
            raise InvalidInput(
                "variable_name_invalid", f"the name of a variable has over {LONGEST_FINDABLE} bytes: {name[:60]!r}…"
            )
    if variables and roughly_bytes(variables, limit) > limit:
        raise TooLarge(
            "variables_too_large",
            f"The variables have more than {limit:,} bytes; keep documents elsewhere and refer to them",
        )
    return variables


def checked_result(unit: Unit, result: Mapping[str, Any] | None, *, internal: bool = False) -> Mapping[str, Any]:
    """What a job says besides variables; those that it gives to single activations are held to the same limits. Names that are the engine's
    own come from Laneway's own workers alone (``internal``)."""
    if not result:
        return {}
    if not internal:
        result = {name: value for name, value in result.items() if not name.startswith(HIDDEN_PREFIX)}
    activations = result.get("activateElements")
    for each in activations if isinstance(activations, list) else ():
        given = each.get("variables") if isinstance(each, Mapping) else None
        if isinstance(given, Mapping):
            checked_variables(unit, given)
    return result


def roughly_bytes(value: Any, enough: int) -> int:
    """Size of a JSON value as text, near enough for a limit; stops counting beyond ``enough``. Not recursive."""
    total = 0
    stack = [value]
    while stack and total <= enough:
        current = stack.pop()
        kind = type(current)
        if kind is int or kind is bool or current is None:
            total += 8
        elif isinstance(current, str):
            total += len(current) + 2
        elif kind is dict or isinstance(current, Mapping):
            total += 2
            for name, item in current.items():
                total += len(name) + 4
                stack.append(item)
        elif isinstance(current, list | tuple):
            total += 2 + len(current)
            stack.extend(current)
        else:
            total += 8
    return total
