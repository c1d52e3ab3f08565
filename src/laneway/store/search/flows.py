"""Sequence flows that an instance took, read out of its history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from laneway.domain.errors import InvalidInput
from laneway.domain.history import SequenceFlowTaken
from laneway.ports import Page, SearchQuery
from laneway.store.search.fields import read_value
from laneway.store.search.record import history
from laneway.store.tables import process_instance

_TAKEN = SequenceFlowTaken.__name__


def sequence_flows(connection: Connection, query: SearchQuery) -> Page:
    """Each flow once, with how often it was taken, in the order in which they were first taken.

    Raises
    ------
    InvalidInput
        ``invalid_filter_value`` unless the one filter is ``processInstanceKey`` equal to a key.
    """
    match query.filters:
        case (only,) if only.field == "processInstanceKey" and only.operator == "eq" and not query.any_of:
            key = read_value("processInstanceKey", "key", only.value)
        case _:
            raise InvalidInput(
                "invalid_filter_value",
                "sequence flows are those of one instance: filter by processInstanceKey equal to its key",
            )
    found = select(process_instance).where(process_instance.c.key == key)
    if query.tenant_ids is not None:
        found = found.where(process_instance.c.tenant_id.in_(query.tenant_ids))
    instance = connection.execute(found).first()
    if instance is None:
        return Page([], 0)
    taken: dict[str, int] = {}
    for command in history(connection, instance.root_key):
        for event in command["events"]:
            if event[0] == _TAKEN and event[1] == key:
                taken[event[2]] = taken.get(event[2], 0) + 1
    items: list[dict[str, Any]] = [
        {
            "sequenceFlowId": flow_id,
            "elementId": flow_id,
            "processInstanceKey": key,
            "rootProcessInstanceKey": instance.root_key,
            "processDefinitionKey": instance.process_definition_key,
            "processDefinitionId": instance.process_id,
            "tenantId": instance.tenant_id,
            "taken": count,
        }
        for flow_id, count in taken.items()
    ]
    return Page(items[query.offset : query.offset + query.limit], len(items))
