"""Search, and one thing by its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from laneway.commands import guards
from laneway.commands.context import Context
from laneway.commands.forms import form_of
from laneway.domain.definition import FormDefinition, ProcessDefinition, Resource
from laneway.domain.errors import NotFound
from laneway.ports import InstanceHeader, Page, SearchQuery, UnitOfWork


def search(context: Context, query: SearchQuery) -> Page:
    return context.store.search(query)


def get(context: Context, resource: str, key: int | str, *, tenant_ids: Sequence[str] | None) -> dict[str, Any]:
    row = context.store.get(resource, key, tenant_ids)
    if row is None:
        noun = resource.removesuffix("es" if resource.endswith("ches") else "s").replace("-", "_")
        raise NotFound(f"{noun}_not_found", f"No {noun.replace('_', ' ')} has the key {key}")
    return row


def verify_audit(context: Context) -> Mapping[str, Any]:
    return context.store.verify_audit()


def now(context: Context) -> datetime:
    with context.store.read() as uow:
        return uow.now


def process_definition(context: Context, definition_key: int, *, tenant_ids: Sequence[str] | None) -> ProcessDefinition:
    with context.store.read() as uow:
        return definition_of(uow, definition_key, tenant_ids)


def definition_xml(context: Context, definition_key: int, *, tenant_ids: Sequence[str] | None) -> bytes:
    with context.store.read() as uow:
        return _resource(uow, definition_of(uow, definition_key, tenant_ids).resource_key, tenant_ids).content


def resources(context: Context, deployment_key: int, *, tenant_ids: Sequence[str] | None) -> list[Resource]:
    with context.store.read() as uow:
        found = uow.resources_of(deployment_key) if guards.possible(deployment_key) else ()
    visible = [resource for resource in found if guards.visible(resource.tenant_id, tenant_ids)]
    if not visible:
        raise NotFound("deployment_not_found", f"No deployment has the key {deployment_key}")
    return visible


def resource(context: Context, resource_key: int, *, tenant_ids: Sequence[str] | None) -> Resource:
    with context.store.read() as uow:
        return _resource(uow, resource_key, tenant_ids)


def user_task_form(context: Context, user_task_key: int, *, tenant_ids: Sequence[str] | None) -> FormDefinition | None:
    with context.store.read() as uow:
        task = uow.user_task(user_task_key) if guards.possible(user_task_key) else None
        if task is None or not guards.visible(task.tenant_id, tenant_ids):
            raise NotFound("user_task_not_found", f"No user task has the key {user_task_key}")
        return form_of(uow, task)


def user_task_variables(context: Context, user_task_key: int, *, tenant_ids: Sequence[str] | None) -> dict[str, Any]:
    with context.store.read() as uow:
        task = uow.user_task(user_task_key) if guards.possible(user_task_key) else None
        if task is None or not guards.visible(task.tenant_id, tenant_ids):
            raise NotFound("user_task_not_found", f"No user task has the key {user_task_key}")
        return uow.visible_variables(task.element_instance_key)


def start_form(context: Context, definition_key: int, *, tenant_ids: Sequence[str] | None) -> FormDefinition | None:
    from laneway.commands.start_instance import start_form_in

    with context.store.read() as uow:
        definition = definition_of(uow, definition_key, tenant_ids)
        if not definition.has_start_form:
            return None
        return start_form_in(uow, definition, context.definitions.process(uow, definition.key).model)


def header(context: Context, process_instance_key: int, *, tenant_ids: Sequence[str] | None) -> InstanceHeader:
    """Identity of a process instance that the caller may see."""
    with context.store.read() as uow:
        found = uow.header(process_instance_key) if guards.possible(process_instance_key) else None
    if found is None or not guards.visible(found.tenant_id, tenant_ids):
        raise NotFound("process_instance_not_found", f"No process instance has the key {process_instance_key}")
    return found


def definition_of(uow: UnitOfWork, key: int, tenant_ids: Sequence[str] | None) -> ProcessDefinition:
    found = uow.process_definition(key) if guards.possible(key) else None
    if found is None or not guards.visible(found.tenant_id, tenant_ids):
        raise NotFound("process_not_found", f"No process definition has the key {key}")
    return found


def _resource(uow: UnitOfWork, key: int, tenant_ids: Sequence[str] | None) -> Resource:
    found = uow.resource(key) if guards.possible(key) else None
    if found is None or not guards.visible(found.tenant_id, tenant_ids):
        raise NotFound("resource_not_found", f"No resource has the key {key}")
    return found
