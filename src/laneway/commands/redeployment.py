"""Whether files are deployed already.

Source of the rule: Camunda 8, "Deploying resources": a file whose content and name are those of the latest version gives no
new version; if any file of a deployment is new, all of its definitions get a new version together. Here the contracts,
bindings and knowledge beside a diagram count as part of it, since its instances run by them; and what a DMN file imports from
other deployments as part of that file.
"""

from __future__ import annotations

from laneway.commands.files import ReadDeployment, ReadDiagram, ReadFile, callable_ones
from laneway.domain.definition import DecisionDefinition, Deployment, FormDefinition, ProcessDefinition
from laneway.ports import UnitOfWork


def deployed_already(
    uow: UnitOfWork, read: ReadDeployment, tenant_id: str, walkthrough: bool | None
) -> Deployment | None:
    """The definitions that these files have become before, or None if anything in them is new."""
    processes = _processes(uow, read, tenant_id, walkthrough)
    decisions = _decisions(uow, read, tenant_id)
    forms = _forms(uow, read, tenant_id)
    if processes is None or decisions is None or forms is None:
        return None
    keys = [each.deployment_key for each in processes]
    keys += [each.deployment_key for each in decisions] + [each.deployment_key for each in forms]
    key = keys[0] if keys else None
    if key is None or not _same_knowledge(uow, read, {each.deployment_key for each in processes} or {key}):
        return None
    deployed_at = next((each.deployed_at for each in processes if each.deployed_at is not None), uow.now)
    names = {file.name for file in read.files}
    resources = tuple(resource for resource in uow.resources_of(key) if resource.name in names)
    return Deployment(key, deployed_at, resources, tuple(processes), tuple(decisions), tuple(forms), (), tenant_id)


def _processes(
    uow: UnitOfWork, read: ReadDeployment, tenant_id: str, walkthrough: bool | None
) -> list[ProcessDefinition] | None:
    found = []
    for each in read.diagrams:
        for model in each.runnable:
            latest = uow.latest_process(model.process_id, tenant_id)
            if latest is None or not _same_process(uow, latest, each, walkthrough):
                return None
            found.append(latest)
    return found


def _same_process(uow: UnitOfWork, latest: ProcessDefinition, each: ReadDiagram, walkthrough: bool | None) -> bool:
    return (
        latest.hash == each.file.hash
        and latest.resource_name == each.file.name
        and latest.walkthrough == walkthrough
        and _same_resource(uow, latest.agents_resource_key, each.agents)
        and _same_resource(uow, latest.bindings_resource_key, each.bindings)
    )


def _same_resource(uow: UnitOfWork, key: int | None, file: ReadFile | None) -> bool:
    if key is None or file is None:
        return key is None and file is None
    resource = uow.resource(key)
    return resource is not None and resource.hash == file.hash


def _decisions(uow: UnitOfWork, read: ReadDeployment, tenant_id: str) -> list[DecisionDefinition] | None:
    found = []
    for file, model in read.decisions:
        for decision in callable_ones(model):
            latest = uow.latest_decision(decision.id, tenant_id)
            if latest is None or latest.hash != file.hash:
                return None
            resource = uow.resource(latest.resource_key)
            if resource is None or resource.imports != read.imports.get(file.name, {}):
                return None
            found.append(latest)
    return found


def _forms(uow: UnitOfWork, read: ReadDeployment, tenant_id: str) -> list[FormDefinition] | None:
    found = []
    for form in read.forms:
        latest = uow.latest_form(form.form_id, tenant_id)
        if latest is None or latest.hash != form.file.hash or latest.resource_name != form.file.name:
            return None
        found.append(latest)
    return found


def _same_knowledge(uow: UnitOfWork, read: ReadDeployment, deployment_keys: set[int]) -> bool:
    """Everything else, file by file, in each deployment that the definitions come from."""
    given = {file.name: file.hash for file in read.files if file.kind in ("knowledge", "other")}
    for key in deployment_keys:
        before = {
            resource.name: resource.hash
            for resource in uow.resources_of(key)
            if resource.kind in ("knowledge", "other")
        }
        if given != before and (given or read.diagrams):
            return False
    return True
