"""What leads where in a compiled process: over flows, from an activity to the events on its border, from link to link."""

from __future__ import annotations

from laneway.diagrams.findings import Where
from laneway.domain.model import EventKind, FlowNode, ProcessModel
from laneway.domain.types import ElementType


def where_is(node: FlowNode) -> Where:
    return Where(node.id, node.name, node.line)


def called(node: FlowNode) -> str:
    """Its id and, where it has one, its name on the diagram."""
    name = " ".join((node.name or "").split())
    return f"{node.id} «{name}»" if name and name != node.id else node.id


def targets(model: ProcessModel, node: FlowNode) -> list[int]:
    """A flow that leads nowhere is an error of its own and no way."""
    return [target for index in node.outgoing if (target := model.flows[index].target) >= 0]


def is_link(node: FlowNode, kind: ElementType) -> bool:
    return (
        node.type is kind
        and node.event is not None
        and node.event.kind is EventKind.LINK
        and node.event.name is not None
    )


def link_catches(model: ProcessModel) -> dict[tuple[int, str], int]:
    """(Scope, link name) → the catch event."""
    return {
        (node.parent, str(node.event.name)): node.slot
        for node in model.nodes
        if is_link(node, ElementType.INTERMEDIATE_CATCH_EVENT) and node.event is not None
    }


def link_target(node: FlowNode, catches: dict[tuple[int, str], int]) -> int | None:
    """Where a link throw event goes on (BPMN 2.0, 10.5.5.7); None for everything else."""
    if not is_link(node, ElementType.INTERMEDIATE_THROW_EVENT) or node.event is None:
        return None
    return catches.get((node.parent, str(node.event.name)))


def attribute(node: FlowNode, name: str) -> str:
    """An attribute of the element as the diagram writes it, in lower case."""
    said = node.properties.get("attributes")
    return str(said.get(name, "")).strip().lower() if isinstance(said, dict) else ""


def is_compensation_handler(node: FlowNode) -> bool:
    """Started by compensation, never by a flow (BPMN 2.0, 10.7.1)."""
    return attribute(node, "isForCompensation") in ("true", "1")


def starts_an_instance(node: FlowNode) -> bool:
    """A receive task or event-based gateway that a message starts the process by (BPMN 2.0, 10.3.3 and 10.6.6)."""
    return attribute(node, "instantiate") in ("true", "1")
