"""Gateways whose way is open: an error where a process runs by itself, a person's decision in a walkthrough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from laneway.diagrams.context import Context, at
from laneway.diagrams.record import ElementRecord
from laneway.diagrams.work import Work, human
from laneway.domain.model import SequenceFlow
from laneway.domain.types import ElementType

CHOOSING = (ElementType.EXCLUSIVE_GATEWAY, ElementType.INCLUSIVE_GATEWAY, ElementType.COMPLEX_GATEWAY)
"""Gateways that look at the conditions of the flows that leave them."""


def gateway_work(
    record: ElementRecord,
    outgoing: Sequence[SequenceFlow],
    targets: Mapping[int, ElementRecord],
    default: int | None,
    context: Context,
) -> Work:
    """``outgoing``: the flows that leave an exclusive, inclusive or complex gateway."""
    if len(outgoing) < 2:
        return None, False
    open_flows = [flow for flow in outgoing if flow.condition is None and flow.index != default]
    if not open_flows:
        return None, False
    if context.strict:
        if record.type is ElementType.COMPLEX_GATEWAY:
            return None, False  # a flow without condition goes with the activation
        for flow in open_flows:
            if context.findings.has_errors_at(flow.id) or context.findings.has_errors_at(record.id):
                continue
            context.findings.error(
                "missing_condition",
                f"flow {flow.id}{f' «{flow.name}»' if flow.name else ''} leaves the gateway without a condition",
                "Give it a condition, or make it the gateway's default flow.",
                at(record),
            )
        return None, False
    choices = tuple((flow.id, flow.name or targets[flow.index].name or targets[flow.index].id) for flow in outgoing)
    question = record.name or ("Which ways does it go on?" if _many(record) else "Which way does it go on?")
    context.findings.info(
        "walkthrough",
        f"a person decides «{question}»: {', '.join(name for _, name in choices)}",
        "Give every flow but the default one a condition, and the gateway decides by itself.",
        at(record),
    )
    spec = replace(human(record, context, question=question), choices=choices, choose_many=_many(record))
    return spec, True


def _many(record: ElementRecord) -> bool:
    return record.type is not ElementType.EXCLUSIVE_GATEWAY
