"""Receive tasks and event-based gateways that begin an instance (BPMN 2.0, 10.3.3, 10.6.6 and 13.2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from laneway.diagrams.context import Context, at
from laneway.diagrams.names import truth
from laneway.diagrams.record import ElementRecord
from laneway.domain.model import SequenceFlow
from laneway.domain.types import ElementType

_BEGINNING = frozenset({ElementType.RECEIVE_TASK, ElementType.EVENT_BASED_GATEWAY})


class Drawn(Protocol):
    """What the compiler knows of a process by then."""

    context: Context
    types: list[ElementType]
    parents: list[int]
    incoming: list[list[int]]
    outgoing: list[list[int]]
    hosts: list[int | None]
    flows: list[SequenceFlow]


def is_parallel(record: ElementRecord) -> bool:
    """An event-based gateway that waits for all of its events."""
    return (
        record.type is ElementType.EVENT_BASED_GATEWAY
        and record.attributes.get("eventGatewayType", "").strip() == "Parallel"
    )


def instantiates(drawn: Drawn, record: ElementRecord) -> bool:
    """Whether ``record`` begins an instance; where it says so and cannot, that is a finding."""
    asked = record.type in _BEGINNING and truth(record.attributes.get("instantiate"), False)
    if is_parallel(record) and not asked:
        drawn.context.findings.error(
            "event_gateway_parallel",
            "an event-based gateway that waits for all of its events must begin the process (BPMN 2.0, 10.6.6)",
            "Set instantiate, or draw a parallel gateway before the events.",
            at(record),
        )
    if not asked:
        return False
    slot = record.position + 1
    why = ""
    if drawn.incoming[slot]:
        why = "a sequence flow leads into it"
    elif drawn.parents[slot] != 0:
        why = "it stands in a sub-process"
    elif record.loop is not None:
        why = "it is a loop"
    if not why:
        return True
    report = drawn.context.findings.error if drawn.context.strict else drawn.context.findings.warning
    report(
        "instantiate_position",
        f"it should begin the process, which it cannot: {why} (BPMN 2.0, 10.3.3 and 10.6.6)",
        "Remove instantiate, or draw it as the first element of the process.",
        at(record),
    )
    return False


def instantiated_by(drawn: Drawn, slot: int) -> Sequence[int]:
    """The events that begin an instance: the receive task itself, or what stands behind the gateway."""
    if drawn.types[slot] is ElementType.RECEIVE_TASK:
        return (slot,)
    return tuple(drawn.flows[index].target for index in drawn.outgoing[slot])
