"""Deployments and what was found in them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, update

from laneway.domain.definition import (
    DecisionDefinition,
    Deployment,
    FormDefinition,
    ProcessDefinition,
    Resource,
    StartTrigger,
)
from laneway.store.prepared import Statement
from laneway.store.tables import (
    decision_definition,
    decision_requirements,
    deployment as deployment_table,
    form_definition,
    process_definition,
    resource,
    start_trigger,
    timer,
)
from laneway.store.units.base import BaseUnit

_KNOWN_PROCESSES = 10_000


class DefinitionsUnit(BaseUnit):
    def add_deployment(self, deployment: Deployment) -> None:
        added = deployment.key
        self._hot.deployed = True
        self._connection.execute(
            insert(deployment_table).values(
                key=added, tenant_id=deployment.tenant_id, deployed_at=deployment.deployed_at
            )
        )
        self._add_resources(deployment)
        # What was deployed before, unchanged, is named in the deployment but is not of it.
        processes = [process for process in deployment.processes if process.deployment_key == added]
        decisions = [decision for decision in deployment.decisions if decision.deployment_key == added]
        forms = [form for form in deployment.forms if form.deployment_key == added]
        self._add_processes(deployment, processes)
        self._add_decisions(deployment, decisions)
        self._add_forms(forms)
        self._replace_start_triggers(deployment, processes)

    def _add_resources(self, added: Deployment) -> None:
        for file in added.resources:
            if file.deployment_key != added.key:
                continue
            same_name = (resource.c.tenant_id == file.tenant_id) & (resource.c.name == file.name)
            version = 1 + (self._connection.scalar(select(func.max(resource.c.version)).where(same_name)) or 0)
            self._connection.execute(
                insert(resource).values(
                    key=file.key,
                    tenant_id=file.tenant_id,
                    deployment_key=file.deployment_key,
                    name=file.name,
                    kind=file.kind,
                    version=version,
                    hash=file.hash,
                    content=file.content,
                    namespace=file.namespace,
                    imports=dict(file.imports),
                )
            )

    def _add_processes(self, added: Deployment, processes: Sequence[ProcessDefinition]) -> None:
        for process in processes:
            same = (process_definition.c.tenant_id == process.tenant_id) & (
                process_definition.c.process_id == process.process_id
            )
            self._connection.execute(
                update(process_definition).where(same, process_definition.c.is_latest).values(is_latest=False)
            )
            row = {column: getattr(process, column) for column in _PROCESS_FIELDS}
            row["deployed_at"] = process.deployed_at or added.deployed_at
            self._connection.execute(insert(process_definition).values(**row, is_latest=True))

    def _add_decisions(self, added: Deployment, decisions: Sequence[DecisionDefinition]) -> None:
        names = {file.key: file.name for file in added.resources}
        versions: dict[int, int] = {}
        for decision in decisions:
            if decision.requirements_key not in versions:
                same = (decision_requirements.c.tenant_id == decision.tenant_id) & (
                    decision_requirements.c.requirements_id == decision.requirements_id
                )
                latest = self._connection.scalar(select(func.max(decision_requirements.c.version)).where(same)) or 0
                versions[decision.requirements_key] = latest + 1
                self._connection.execute(
                    insert(decision_requirements).values(
                        key=decision.requirements_key,
                        tenant_id=decision.tenant_id,
                        requirements_id=decision.requirements_id,
                        name=decision.requirements_name,
                        version=latest + 1,
                        deployment_key=decision.deployment_key,
                        resource_key=decision.resource_key,
                        resource_name=names.get(decision.resource_key, ""),
                    )
                )
            same = (decision_definition.c.tenant_id == decision.tenant_id) & (
                decision_definition.c.decision_id == decision.decision_id
            )
            self._connection.execute(
                update(decision_definition).where(same, decision_definition.c.is_latest).values(is_latest=False)
            )
            row = {column: getattr(decision, column) for column in _DECISION_FIELDS}
            row["requirements_version"] = versions[decision.requirements_key]
            self._connection.execute(insert(decision_definition).values(**row, is_latest=True))

    def _add_forms(self, forms: Sequence[FormDefinition]) -> None:
        for form in forms:
            same = (form_definition.c.tenant_id == form.tenant_id) & (form_definition.c.form_id == form.form_id)
            self._connection.execute(
                update(form_definition).where(same, form_definition.c.is_latest).values(is_latest=False)
            )
            row = {column: getattr(form, column) for column in _FORM_FIELDS}
            self._connection.execute(insert(form_definition).values(**row, is_latest=True))

    def _replace_start_triggers(self, added: Deployment, processes: Sequence[ProcessDefinition]) -> None:
        new_keys = {process.key for process in processes}
        ids_by_tenant: dict[str, set[str]] = {}
        for process in processes:
            ids_by_tenant.setdefault(process.tenant_id, set()).add(process.process_id)
        for tenant_id, ids in ids_by_tenant.items():
            old = (start_trigger.c.tenant_id == tenant_id) & start_trigger.c.process_id.in_(ids)
            self._connection.execute(
                delete(timer).where(timer.c.start_trigger_key.in_(select(start_trigger.c.key).where(old)))
            )
            self._connection.execute(delete(start_trigger).where(old))
        for trigger in added.start_triggers:
            if trigger.definition_key not in new_keys:
                continue
            row = {column: getattr(trigger, column) for column in _TRIGGER_FIELDS}
            self._connection.execute(insert(start_trigger).values(**row, created_at=self.now))
            if trigger.kind == "timer" and trigger.due is not None:
                self._connection.execute(
                    insert(timer).values(
                        key=trigger.key,
                        tenant_id=trigger.tenant_id,
                        root_key=0,
                        process_instance_key=0,
                        element_instance_key=0,
                        element_id=trigger.element_id,
                        definition_key=trigger.definition_key,
                        start_trigger_key=trigger.key,
                        due=trigger.due,
                        repetitions=trigger.repetitions,
                        cycle=trigger.cycle,
                    )
                )

    def deployment(self, key: int) -> Deployment | None:
        """A deployment with all that was new in it."""
        row = self._one(select(deployment_table).where(deployment_table.c.key == key))
        if row is None:
            return None
        of_it = process_definition.c.deployment_key == key
        processes = [_process(found) for found in self._all(select(process_definition).where(of_it))]
        triggers = select(start_trigger).where(start_trigger.c.definition_key.in_([one.key for one in processes]))
        decisions = select(decision_definition).where(decision_definition.c.deployment_key == key)
        forms = select(form_definition).where(form_definition.c.deployment_key == key)
        return Deployment(
            key=row.key,
            deployed_at=row.deployed_at,
            resources=tuple(self.resources_of(key)),
            processes=tuple(processes),
            decisions=tuple(_decision(found) for found in self._all(decisions)),
            forms=tuple(_form(found) for found in self._all(forms)),
            start_triggers=tuple(_trigger(found) for found in self._all(triggers)),
            tenant_id=row.tenant_id,
        )

    def process_definition(self, key: int) -> ProcessDefinition | None:
        known = self._known_processes.get(key)
        return known or self._process(select(process_definition).where(process_definition.c.key == key))

    def latest_process(self, process_id: str, tenant_id: str) -> ProcessDefinition | None:
        known = self._hot.latest(process_id, tenant_id)
        if known is not None:
            return known
        wanted = {"tenant": tenant_id, "process": process_id}
        found = self._first(LATEST_PROCESS, wanted, place_of_latest(process_id, tenant_id))
        definition = None if found is None else self.process_definition(found.key)
        if definition is not None and self._dialect == "sqlite":
            # SQLite says when another process has written; what this one deploys is told below.
            self._hot.keep_latest(definition)
        return definition

    def process_by_version(self, process_id: str, version: int, tenant_id: str) -> ProcessDefinition | None:
        return self._process(_of_process(process_id, tenant_id).where(process_definition.c.version == version))

    def process_by_tag(self, process_id: str, tag: str, tenant_id: str) -> ProcessDefinition | None:
        """The latest of the versions that bear the tag."""
        tagged = _of_process(process_id, tenant_id).where(process_definition.c.version_tag == tag)
        return self._process(tagged.order_by(process_definition.c.version.desc()).limit(1))

    def process_in_deployment(self, process_id: str, deployment_key: int) -> ProcessDefinition | None:
        return self._process(
            select(process_definition).where(
                process_definition.c.deployment_key == deployment_key, process_definition.c.process_id == process_id
            )
        )

    def latest_decision(self, decision_id: str, tenant_id: str) -> DecisionDefinition | None:
        latest = decision_definition.c.version.desc()
        of_id = (decision_definition.c.tenant_id == tenant_id) & (decision_definition.c.decision_id == decision_id)
        row = self._one(select(decision_definition).where(of_id).order_by(latest).limit(1))
        return None if row is None else _decision(row)

    def latest_decision_named(self, name: str, tenant_id: str) -> DecisionDefinition | None:
        latest = (decision_definition.c.tenant_id == tenant_id) & decision_definition.c.is_latest
        rows = self._all(select(decision_definition).where(latest, decision_definition.c.name == name).limit(2))
        return _decision(rows[0]) if len(rows) == 1 else None

    def decision_by_version(self, decision_id: str, version: int, tenant_id: str) -> DecisionDefinition | None:
        of_id = (decision_definition.c.tenant_id == tenant_id) & (decision_definition.c.decision_id == decision_id)
        row = self._one(select(decision_definition).where(of_id, decision_definition.c.version == version))
        return None if row is None else _decision(row)

    def decision_by_tag(self, decision_id: str, tag: str, tenant_id: str) -> DecisionDefinition | None:
        """The latest of the versions that bear the tag."""
        of_id = (decision_definition.c.tenant_id == tenant_id) & (decision_definition.c.decision_id == decision_id)
        tagged = select(decision_definition).where(of_id, decision_definition.c.version_tag == tag)
        row = self._one(tagged.order_by(decision_definition.c.version.desc()).limit(1))
        return None if row is None else _decision(row)

    def decision_definition(self, key: int) -> DecisionDefinition | None:
        row = self._one(select(decision_definition).where(decision_definition.c.key == key))
        return None if row is None else _decision(row)

    def decision_in_deployment(self, decision_id: str, deployment_key: int) -> DecisionDefinition | None:
        of_it = decision_definition.c.deployment_key == deployment_key
        row = self._one(select(decision_definition).where(of_it, decision_definition.c.decision_id == decision_id))
        return None if row is None else _decision(row)

    def latest_form(self, form_id: str, tenant_id: str) -> FormDefinition | None:
        of_id = (form_definition.c.tenant_id == tenant_id) & (form_definition.c.form_id == form_id)
        latest = form_definition.c.version.desc()
        row = self._one(select(form_definition).where(of_id).order_by(latest).limit(1))
        return None if row is None else _form(row)

    def form_in_deployment(self, form_id: str, deployment_key: int) -> FormDefinition | None:
        of_it = form_definition.c.deployment_key == deployment_key
        row = self._one(select(form_definition).where(of_it, form_definition.c.form_id == form_id))
        return None if row is None else _form(row)

    def form(self, key: int) -> FormDefinition | None:
        row = self._one(select(form_definition).where(form_definition.c.key == key))
        return None if row is None else _form(row)

    def resource(self, key: int) -> Resource | None:
        row = self._one(select(resource).where(resource.c.key == key))
        return None if row is None else _resource(row)

    def resources_of(self, deployment_key: int) -> Sequence[Resource]:
        of_it = select(resource).where(resource.c.deployment_key == deployment_key).order_by(resource.c.key)
        return [_resource(row) for row in self._all(of_it)]

    def latest_decision_file(self, namespace: str, tenant_id: str) -> Resource | None:
        of_it = (resource.c.tenant_id == tenant_id) & (resource.c.namespace == namespace)
        row = self._one(select(resource).where(of_it).order_by(resource.c.key.desc()).limit(1))
        return None if row is None else _resource(row)

    def start_triggers(self, kind: str, name: str, tenant_id: str) -> Sequence[StartTrigger]:
        place = (tenant_id, kind, name)
        known = self._hot.starts(place)
        if known is not None:
            return known
        wanted = {"tenant": tenant_id, "kind": kind, "trigger": name}
        found = [_trigger(row) for row in self._found(START_TRIGGERS, wanted, place_of_starts(*place))]
        if self._dialect == "sqlite":  # as for the latest version
            self._hot.keep_starts(place, found)
        return found

    def start_trigger(self, key: int) -> StartTrigger | None:
        row = self._one(select(start_trigger).where(start_trigger.c.key == key))
        return None if row is None else _trigger(row)

    def _process(self, statement: Select[Any]) -> ProcessDefinition | None:
        row = self._one(statement)
        if row is None:
            return None
        found = _process(row)
        if len(self._known_processes) >= _KNOWN_PROCESSES:
            self._known_processes.clear()
        self._known_processes[found.key] = found
        return found


def place_of_latest(process_id: str, tenant_id: str) -> Hashable:
    """Under which the latest version may be foreseen. What is deployed is written at once, so that nothing is put under it."""
    return "latest", process_id, tenant_id


def place_of_starts(tenant_id: str, kind: str, name: str) -> Hashable:
    """As ``place_of_latest``, of those who start at a kind of trigger."""
    return "starts", tenant_id, kind, name


_PROCESS_FIELDS = tuple(ProcessDefinition.__dataclass_fields__)
_DECISION_FIELDS = tuple(DecisionDefinition.__dataclass_fields__)
_FORM_FIELDS = tuple(FormDefinition.__dataclass_fields__)
_TRIGGER_FIELDS = tuple(StartTrigger.__dataclass_fields__)
_RESOURCE_FIELDS = tuple(Resource.__dataclass_fields__)


def _of_process(process_id: str, tenant_id: str) -> Select[Any]:
    return select(process_definition).where(
        process_definition.c.tenant_id == tenant_id, process_definition.c.process_id == process_id
    )


def _process(row: Row[Any]) -> ProcessDefinition:
    return ProcessDefinition(**{name: getattr(row, name) for name in _PROCESS_FIELDS})


def _decision(row: Row[Any]) -> DecisionDefinition:
    return DecisionDefinition(**{name: getattr(row, name) for name in _DECISION_FIELDS})


def _form(row: Row[Any]) -> FormDefinition:
    return FormDefinition(**{name: getattr(row, name) for name in _FORM_FIELDS})


def _trigger(row: Row[Any]) -> StartTrigger:
    return StartTrigger(**{name: getattr(row, name) for name in _TRIGGER_FIELDS})


def _resource(row: Row[Any]) -> Resource:
    values = {name: getattr(row, name) for name in _RESOURCE_FIELDS}
    values["content"] = bytes(values["content"])
    return Resource(**values)


START_TRIGGERS = Statement(
    select(start_trigger)
    .where(
        start_trigger.c.tenant_id == bindparam("tenant"),
        start_trigger.c.kind == bindparam("kind"),
        start_trigger.c.name == bindparam("trigger"),
    )
    .order_by(start_trigger.c.key),
    ("tenant", "kind", "trigger"),
)
LATEST_PROCESS = Statement(
    select(process_definition.c.key).where(
        process_definition.c.tenant_id == bindparam("tenant"),
        process_definition.c.process_id == bindparam("process"),
        process_definition.c.is_latest,
    ),
    ("tenant", "process"),
)
