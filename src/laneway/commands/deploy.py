"""Deploy: files become definitions, all of them or none. Files that are deployed already change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit
from laneway.commands.agent_definitions import note_agents
from laneway.commands.context import Context
from laneway.commands.contracts import add_contracts
from laneway.commands.definitions import Compiled
from laneway.commands.execution import Unit, execute
from laneway.commands.files import ReadDeployment, ReadDiagram, ReadFile, callable_ones, read_files
from laneway.commands.idempotency import once
from laneway.commands.redeployed_agents import at_deployment
from laneway.commands.redeployment import deployed_already
from laneway.commands.start_triggers import start_triggers
from laneway.commands.topics import TIMERS
from laneway.domain.definition import (
    DecisionDefinition,
    Deployment,
    FormDefinition,
    ProcessDefinition,
    Resource,
    StartTrigger,
)
from laneway.domain.errors import LanewayError, Refused
from laneway.domain.model import ProcessModel
from laneway.domain.problem import Problem
from laneway.domain.work import Actor


def deploy(
    context: Context,
    files: Sequence[tuple[str, bytes]],
    *,
    tenant_id: str,
    actor: Actor,
    walkthrough: bool | None,
    metadata: Mapping[str, Any] | None,
    idempotency_key: str | None,
) -> Deployment:
    entry = audit.entry(
        "Deploy",
        "CREATE",
        "RESOURCE",
        0,
        actor,
        tenant_id=tenant_id,
        files=[name for name, _ in files][:50],
        walkthrough=walkthrough,
        metadata=dict(metadata or {}),
    )
    request = {"command": "Deploy", "files": list(files), "walkthrough": walkthrough}
    # Reading takes longest and needs no transaction. What it refuses is raised within one, to be on record.
    outcome = _read(context, files, tenant_id, walkthrough)
    compiled: list[Compiled] = []

    def work(unit: Unit) -> Deployment:
        def write() -> Deployment:
            if isinstance(outcome, LanewayError):
                raise outcome
            existing = deployed_already(unit.uow, outcome, tenant_id, walkthrough)
            if existing is not None:
                unit.concerns(entity_key=existing.key, details={"unchanged": True})
                unit.uow.audit(unit.entry)
                return existing
            compiled.clear()
            deployment = _Writing(unit, outcome, tenant_id, walkthrough, compiled).deployment()
            before = [_latest(unit, each.definition) for each in compiled]
            unit.uow.add_deployment(deployment)
            by = f"{actor.kind}:{actor.id}"
            told = {
                each.definition.process_id: at_deployment(unit, former, each, by)
                for former, each in zip(before, compiled, strict=True)
            }
            note_agents(unit.uow, [each for each in compiled if each.definition.deployment_key == deployment.key])
            unit.concerns(
                entity_key=deployment.key,
                details={
                    "processes": [f"{each.process_id} {each.version}" for each in deployment.processes],
                    "resources": {each.name: each.hash for each in deployment.resources[:50]},
                    "agentSteers": sorted(
                        {each.element_id or "" for each in outcome.problems if each.rule == "agent_steers"}
                    )[:50],
                    **{f"agents of {process_id}": said for process_id, said in told.items() if said},
                },
            )
            unit.uow.audit(unit.entry)
            unit.tell(TIMERS)
            return deployment

        return once(
            unit, idempotency_key, tenant_id, request, write, _dump, lambda reply: _restore(unit, reply, tenant_id)
        )

    deployment = execute(context, entry, work, alone=True)
    for each in compiled:
        context.definitions.keep(each)
    return deployment


def _latest(unit: Unit, definition: ProcessDefinition) -> Compiled | None:
    """The version before this one, where its contracts may say something else of autonomy."""
    latest = unit.uow.latest_process(definition.process_id, definition.tenant_id)
    if latest is None or latest.agents_resource_key is None:
        return None
    return unit.definitions.compiled(latest.key)


def _read(
    context: Context, files: Sequence[tuple[str, bytes]], tenant_id: str, walkthrough: bool | None
) -> ReadDeployment | LanewayError:
    try:
        read = read_files(files, context.limits, reading=context.reading, tenant_id=tenant_id, walkthrough=walkthrough)
    except LanewayError as fault:
        return fault
    if not read.errors:
        return read
    return refusal(read.errors, read.problems)


def refusal(errors: Sequence[Problem], problems: Sequence[Problem]) -> Refused:
    rules = {problem.rule for problem in errors}
    only = next(iter(rules)) if len(rules) == 1 else ""
    code = only if only.startswith("duplicate_") else "diagram_invalid"
    said = "; ".join(str(problem) for problem in errors[:3])
    more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
    facts = {"problems": [problem.as_dict() for problem in problems[:200]]}
    return Refused(code, f"Nothing was deployed. {said}{more}", facts, problems)


class _Writing:
    """One deployment in the making."""

    def __init__(
        self,
        unit: Unit,
        read: ReadDeployment,
        tenant_id: str,
        walkthrough: bool | None,
        compiled: list[Compiled],
    ) -> None:
        self._uow = unit.uow
        self._unit = unit
        self._read = read
        self._tenant_id = tenant_id
        self._walkthrough = walkthrough
        self._compiled = compiled
        self._key = unit.uow.ids.next()
        namespaces = {file.name: model.namespace or None for file, model in read.decisions}
        self._resources = {
            file.name: Resource(
                unit.uow.ids.next(), self._key, file.name, file.kind, file.hash, file.content, tenant_id,
                namespaces.get(file.name), read.imports.get(file.name, {}),
            )
            for file in read.files
        }  # fmt: skip

    def deployment(self) -> Deployment:
        processes: list[ProcessDefinition] = []
        triggers: list[StartTrigger] = []
        problems: list[Problem] = []
        for each in self._read.diagrams:
            for model in each.runnable:
                definition = self._process(each, model)
                processes.append(definition)
                contracts = {contract.name: contract for contract in each.contracts}
                self._compiled.append(Compiled(definition, model, contracts))
                add_contracts(self._unit, definition, contracts.values())
                triggers.extend(start_triggers(self._unit, definition, model, problems))
        if problems:
            raise refusal(problems, [*self._read.problems, *problems])
        return Deployment(
            self._key,
            self._uow.now,
            tuple(self._resources.values()),
            tuple(processes),
            tuple(self._decisions()),
            tuple(self._forms()),
            tuple(triggers),
            self._tenant_id,
        )

    def _resource_key(self, file: ReadFile | None) -> int | None:
        return self._resources[file.name].key if file is not None else None

    def _process(self, each: ReadDiagram, model: ProcessModel) -> ProcessDefinition:
        latest = self._uow.latest_process(model.process_id, self._tenant_id)
        start_nodes = (model.nodes[slot] for slot in model.nodes[0].start_nodes)
        return ProcessDefinition(
            key=self._uow.ids.next(),
            process_id=model.process_id,
            name=model.name,
            version=latest.version + 1 if latest is not None else 1,
            version_tag=model.version_tag,
            deployment_key=self._key,
            resource_key=self._resources[each.file.name].key,
            resource_name=each.file.name,
            hash=each.file.hash,
            has_start_form=any(node.properties.get("formId") for node in start_nodes),
            walkthrough=self._walkthrough,
            agents_resource_key=self._resource_key(each.agents),
            bindings_resource_key=self._resource_key(each.bindings),
            tenant_id=self._tenant_id,
            deployed_at=self._uow.now,
        )

    def _decisions(self) -> list[DecisionDefinition]:
        found = []
        for file, model in self._read.decisions:
            requirements_key = self._uow.ids.next()
            for decision in callable_ones(model):
                latest = self._uow.latest_decision(decision.id, self._tenant_id)
                found.append(
                    DecisionDefinition(
                        key=self._uow.ids.next(),
                        decision_id=decision.id,
                        name=decision.name,
                        version=latest.version + 1 if latest is not None else 1,
                        deployment_key=self._key,
                        resource_key=self._resources[file.name].key,
                        requirements_id=model.id,
                        requirements_key=requirements_key,
                        requirements_name=model.name,
                        hash=file.hash,
                        tenant_id=self._tenant_id,
                        version_tag=decision.version_tag,
                    )
                )
        return found

    def _forms(self) -> list[FormDefinition]:
        found = []
        for form in self._read.forms:
            latest = self._uow.latest_form(form.form_id, self._tenant_id)
            found.append(
                FormDefinition(
                    key=self._uow.ids.next(),
                    form_id=form.form_id,
                    version=latest.version + 1 if latest is not None else 1,
                    deployment_key=self._key,
                    resource_key=self._resources[form.file.name].key,
                    resource_name=form.file.name,
                    hash=form.file.hash,
                    schema=form.schema,
                    tenant_id=self._tenant_id,
                )
            )
        return found


def _dump(deployment: Deployment) -> dict[str, Any]:
    return {
        "key": str(deployment.key),
        "processes": [str(each.key) for each in deployment.processes],
        "decisions": [[each.decision_id, str(each.deployment_key)] for each in deployment.decisions],
        "forms": [str(each.key) for each in deployment.forms],
    }


def _restore(unit: Unit, reply: Mapping[str, Any], tenant_id: str) -> Deployment:
    uow = unit.uow
    processes = [uow.process_definition(int(key)) for key in reply["processes"]]
    decisions = [uow.decision_in_deployment(decision_id, int(key)) for decision_id, key in reply["decisions"]]
    forms = [uow.form(int(key)) for key in reply["forms"]]
    found = [each for each in processes if each is not None]
    return Deployment(
        int(reply["key"]),
        next((each.deployed_at for each in found if each.deployed_at is not None), uow.now),
        tuple(uow.resources_of(int(reply["key"]))),
        tuple(found),
        tuple(each for each in decisions if each is not None),
        tuple(each for each in forms if each is not None),
        (),
        tenant_id,
    )
