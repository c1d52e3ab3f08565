"""EvaluateConditionals: the conditional start events of processes are looked at over given variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.commands import audit, guards
from laneway.commands.context import Context, EvaluatedConditionals
from laneway.commands.execution import Unit, execute
from laneway.commands.idempotency import once
from laneway.commands.start_instance import find_definition
from laneway.commands.start_triggers import ANY, events_of
from laneway.domain.definition import ProcessDefinition
from laneway.domain.model import EventDefinition, EventKind
from laneway.domain.stimulus import StartInstance
from laneway.domain.work import Actor
from laneway.expressions import ExpressionError


def evaluate_conditionals(
    context: Context,
    *,
    variables: Mapping[str, Any],
    definition_key: int | None,
    tenant_id: str,
    actor: Actor,
    idempotency_key: str | None,
) -> EvaluatedConditionals:
    """Start an instance at each conditional start event whose condition is true over ``variables``."""
    entry = audit.entry(
        "EvaluateConditionals",
        "CREATE",
        "PROCESS_INSTANCE",
        0,
        actor,
        tenant_id=tenant_id,
        variables=audit.names(variables),
    )
    request = {"command": "EvaluateConditionals", "definitionKey": definition_key, "variables": variables}

    def work(unit: Unit) -> EvaluatedConditionals:
        def evaluate() -> EvaluatedConditionals:
            key = unit.uow.ids.next()
            unit.concerns(entity_key=key)
            given = guards.checked_variables(unit, variables)
            started: list[tuple[int, int]] = []
            failed: list[str] = []
            for definition in _definitions(unit, definition_key, tenant_id):
                started.extend(_start(unit, definition, given, failed))
            unit.concerns(details={"started": len(started), "failed": failed})
            unit.uow.audit(unit.entry)
            return EvaluatedConditionals(key, tenant_id, tuple(started))

        return once(unit, idempotency_key, tenant_id, request, evaluate, _dump, _restore)

    return execute(context, entry, work)


def _definitions(unit: Unit, definition_key: int | None, tenant_id: str) -> Sequence[ProcessDefinition]:
    """The one that is named, in whatever version; else the latest of each process that starts by a condition."""
    if definition_key is not None:
        return [find_definition(unit, None, definition_key, None, tenant_id)]
    keys = {start.definition_key: start.process_id for start in unit.uow.start_triggers("condition", ANY, tenant_id)}
    found = [unit.uow.process_definition(key) for key in sorted(keys, key=lambda key: (keys[key], key))]
    return [definition for definition in found if definition is not None]


def _start(
    unit: Unit, definition: ProcessDefinition, variables: Mapping[str, Any], failed: list[str]
) -> list[tuple[int, int]]:
    """One instance per event at most. What cannot be evaluated starts nothing, and is said in the audit trail."""
    model = unit.definitions.model(definition.key)
    started = []
    for slot in model.nodes[0].event_starts:
        node = model.nodes[slot]
        for member, event in enumerate(events_of(node)):
            if not _holds(unit, event, variables, node.id, failed):
                continue
            stimulus = StartInstance(definition.key, variables, node.id, member=member)
            root_key, _ = unit.start(stimulus, unit.entry)
            started.append((definition.key, root_key))
            break
    return started


def _holds(unit: Unit, event: EventDefinition, variables: Mapping[str, Any], where: str, failed: list[str]) -> bool:
    if event.kind is not EventKind.CONDITIONAL or event.condition is None:
        return False
    try:
        value = event.condition.evaluate(variables, unit.now)
    except ExpressionError:
        value = None if any(name not in variables for name in event.condition.names) else "failed"
    if value is not None and value is not True and value is not False:
        failed.append(where)
    return value is True


def _dump(done: EvaluatedConditionals) -> dict[str, Any]:
    pairs = [[str(definition), str(instance)] for definition, instance in done.started]
    return {"key": str(done.key), "tenantId": done.tenant_id, "started": pairs}


def _restore(reply: Mapping[str, Any]) -> EvaluatedConditionals:
    pairs = tuple((int(definition), int(instance)) for definition, instance in reply["started"])
    return EvaluatedConditionals(int(reply["key"]), reply["tenantId"], pairs)
