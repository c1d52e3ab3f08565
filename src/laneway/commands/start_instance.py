"""StartInstance: a process definition becomes a root process instance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.context import StartedInstance
from laneway.commands.execution import Command, Unit
from laneway.commands.forms import require_valid
from laneway.commands.idempotency import once
from laneway.domain.definition import FormDefinition, ProcessDefinition
from laneway.domain.errors import InvalidInput, NotFound
from laneway.domain.model import ProcessModel
from laneway.domain.stimulus import StartInstance
from laneway.domain.work import Actor
from laneway.ports import Needs, UnitOfWork

MOST_TAGS = 10
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_\-:.]{0,99}")
LONGEST_BUSINESS_ID = 256


def start_instance(
    *,
    process_id: str | None,
    definition_key: int | None,
    version: int | None,
    variables: Mapping[str, Any],
    tenant_id: str,
    actor: Actor,
    tags: Sequence[str],
    business_id: str | None,
    start_element_id: str | None,
    idempotency_key: str | None,
) -> Command[StartedInstance]:
    entry = audit.entry(
        "StartInstance",
        "CREATE",
        "PROCESS_INSTANCE",
        0,
        actor,
        tenant_id=tenant_id,
        processId=process_id,
        variables=audit.names(variables),
        startElementId=start_element_id,
        businessId=business_id,
        tags=list(tags),
    )

    def work(unit: Unit) -> StartedInstance:
        def start() -> StartedInstance:
            definition = find_definition(unit, process_id, definition_key, version, tenant_id)
            unit.concerns(process_definition_key=definition.key, process_id=definition.process_id)
            if tags or business_id is not None:
                _check_labels(tags, business_id)
            given = guards.checked_variables(unit, variables)
            if actor.kind == "user" and definition.has_start_form:
                form = start_form_in(unit.uow, definition, unit.definitions.model(definition.key))
                if form is not None:
                    require_valid(form, given)
            stimulus = StartInstance(definition.key, given, start_element_id)
            key, transition = unit.start(stimulus, unit.entry, tags=tags, business_id=business_id)
            return StartedInstance(
                key,
                definition.key,
                definition.process_id,
                definition.version,
                definition.tenant_id,
                tuple(tags),
                business_id,
                "COMPLETED" if not transition.state.alive else "ACTIVE",
            )

        if idempotency_key is None:
            return start()
        request = {
            "command": "StartInstance",
            "processId": process_id,
            "definitionKey": definition_key,
            "version": version,
            "variables": variables,
            "tags": list(tags),
            "businessId": business_id,
            "startElementId": start_element_id,
        }
        return once(unit, idempotency_key, tenant_id, request, start, _dump, lambda reply: _restore(unit, reply))

    latest = process_id is not None and definition_key is None and version in (None, -1)
    latest = latest and all(map(guards.askable, (process_id or "", tenant_id)))
    return Command(entry, work, needs=Needs(processes=((process_id or "", tenant_id),)) if latest else None)


def find_definition(
    unit: Unit, process_id: str | None, definition_key: int | None, version: int | None, tenant_id: str
) -> ProcessDefinition:
    """By key, or by id in the latest or a given version."""
    if (process_id is None) == (definition_key is None):
        raise InvalidInput(
            "process_ambiguous", "Name the process by its id or by the key of its definition, not by both"
        )
    definition: ProcessDefinition | None
    if definition_key is not None:
        definition = unit.uow.process_definition(definition_key) if guards.possible(definition_key) else None
        what = f"key {definition_key}"
    elif version is None or version == -1:
        definition = unit.uow.latest_process(process_id or "", tenant_id)
        what = f"id «{process_id}»"
    else:
        definition = unit.uow.process_by_version(process_id or "", version, tenant_id) if version > 0 else None
        what = f"id «{process_id}» and version {version}"
    if definition is None or definition.tenant_id != tenant_id:
        raise NotFound("process_not_found", f"No process with {what} is deployed; deploy it first, or check the name")
    return definition


def start_form_in(uow: UnitOfWork, definition: ProcessDefinition, model: ProcessModel) -> FormDefinition | None:
    """The form of the none start event: the one deployed with the process, or the latest of its id."""
    for slot in model.nodes[0].start_nodes:
        form_id = model.nodes[slot].properties.get("formId")
        if isinstance(form_id, str) and form_id:
            return uow.form_in_deployment(form_id, definition.deployment_key) or uow.latest_form(
                form_id, definition.tenant_id
            )
    return None


def _check_labels(tags: Sequence[str], business_id: str | None) -> None:
    if len(tags) > MOST_TAGS or len(set(tags)) != len(tags) or not all(_TAG.fullmatch(tag) for tag in tags):
        raise InvalidInput(
            "tags_invalid",
            f"Give at most {MOST_TAGS} different tags; each starts with a letter and has up to 100 letters, digits and _ - : .",
        )
    if business_id is not None and not 0 < len(business_id) <= LONGEST_BUSINESS_ID:
        raise InvalidInput("business_id_invalid", f"A business id has 1 to {LONGEST_BUSINESS_ID} characters")


def _dump(started: StartedInstance) -> dict[str, Any]:
    return {
        "key": str(started.key),
        "definitionKey": str(started.definition_key),
        "processId": started.process_id,
        "version": started.version,
        "tenantId": started.tenant_id,
        "tags": list(started.tags),
        "businessId": started.business_id,
    }


def _restore(unit: Unit, reply: Mapping[str, Any]) -> StartedInstance:
    key = int(reply["key"])
    header = unit.uow.header(key)
    return StartedInstance(
        key,
        int(reply["definitionKey"]),
        reply["processId"],
        int(reply["version"]),
        reply["tenantId"],
        tuple(reply["tags"]),
        reply["businessId"],
        header.state if header is not None else "ACTIVE",
    )
