"""What a diagram says, as it was read: for whoever shows or documents a process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from laneway.commands.context import Context
from laneway.domain.model import FlowNode, ProcessModel
from laneway.queries.reading import definition_of

OF_THE_PROCESS = (
    "participants",
    "messageFlows",
    "textAnnotations",
    "associations",
    "groups",
    "categories",
    "dataObjects",
    "dataObjectReferences",
    "dataStores",
    "dataStoreReferences",
    "propertys",
)
"""Properties of a process model that hold what is drawn beside its flow."""


def definition_contents(context: Context, definition_key: int, *, tenant_ids: Sequence[str] | None) -> dict[str, Any]:
    """The elements of a process with their documentation, lanes and properties, and all that is drawn beside them."""
    with context.store.read() as uow:
        definition = definition_of(uow, definition_key, tenant_ids)
        model = context.definitions.process(uow, definition.key).model
    drawn = {name: model.properties.get(name, []) for name in OF_THE_PROCESS}
    others = {name: value for name, value in model.properties.items() if name not in OF_THE_PROCESS}
    return {
        "processDefinitionKey": definition.key,
        "processDefinitionId": model.process_id,
        "name": model.name,
        "documentation": model.documentation,
        "participant": model.participant,
        "isExecutable": model.executable,
        "elements": [_element(model, node) for node in model.nodes[1:]],
        "sequenceFlows": [
            {
                "sequenceFlowId": flow.id,
                "name": flow.name,
                "sourceId": model.nodes[flow.source].id,
                "targetId": model.nodes[flow.target].id,
                "condition": flow.condition.text if flow.condition is not None else None,
            }
            for flow in model.flows
        ],
        "lanes": [
            {
                "laneId": lane.id,
                "name": lane.name,
                "parentId": lane.parent,
                "elementIds": [model.nodes[slot].id for slot in lane.nodes],
            }
            for lane in model.lanes
        ],
        "dataProperties": drawn.pop("propertys"),
        **drawn,
        "extensions": others,
    }


def _element(model: ProcessModel, node: FlowNode) -> dict[str, Any]:
    return {
        "elementId": node.id,
        "name": node.name,
        "type": node.type.value,
        "parentId": model.nodes[max(node.parent, 0)].id,
        "documentation": node.documentation,
        "lanes": list(node.lanes),
        "byHand": node.walkthrough,
        "extensions": dict(node.properties),
    }
