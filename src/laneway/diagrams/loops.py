"""Standard loops and multi-instance activities (BPMN 2.0, 10.3.8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from laneway.diagrams.context import Context, at
from laneway.diagrams.events import thrown_by
from laneway.diagrams.record import ElementRecord, LoopRecord, Reading, Text
from laneway.diagrams.support import RUNNING_LOOP_EVENTS
from laneway.domain.model import LoopSpec, LoopThrow, Value


def compile_loop(record: ElementRecord, reading: Reading, context: Context) -> LoopSpec | None:
    loop = record.loop
    if loop is None:
        return None
    if loop.kind == "STANDARD":
        return _standard(record, loop, context)
    return _multi_instance(record, loop, reading, context)


def _standard(record: ElementRecord, loop: LoopRecord, context: Context) -> LoopSpec | None:
    condition = None
    if loop.condition is not None:
        condition = context.texts.expression(loop.condition, at(record), "loop condition", lenient=not context.strict)
    maximum: Value | int | None = None
    if loop.maximum is not None:
        maximum = context.texts.value(Text(loop.maximum, None, loop.line), at(record), "loop maximum")
        if isinstance(maximum, str):
            if maximum.isdecimal() and len(maximum) < 10:
                maximum = int(maximum)
            else:
                context.findings.error(
                    "not_a_number", f"loopMaximum says «{maximum[:40]}»", "Write it as a whole number.", at(record)
                )
                maximum = None
    if condition is None and maximum is None:
        _undefined(record, context, "the loop has neither a condition nor a maximum")
        return None
    return LoopSpec("STANDARD", condition=condition, test_before=loop.test_before, maximum=maximum)


def _multi_instance(record: ElementRecord, loop: LoopRecord, reading: Reading, context: Context) -> LoopSpec | None:
    collection = cardinality = None
    if reading.collection is not None:
        collection = context.texts.value(reading.collection, at(record), "collection")
    if loop.cardinality is not None:
        cardinality = context.texts.expression(loop.cardinality, at(record), "cardinality", lenient=not context.strict)
    if collection is None and cardinality is None:
        _undefined(record, context, "the multi-instance activity has neither a collection nor a cardinality")
        return None
    completion = None
    if loop.completion_condition is not None:
        completion = context.texts.expression(
            loop.completion_condition, at(record), "completion condition", lenient=not context.strict
        )
    output_item = None
    if reading.output_item is not None:
        output_item = context.texts.expression(reading.output_item, at(record), "output element")
    if (reading.output_collection is None) != (reading.output_item is None):
        context.findings.warning(
            "loop_output",
            "an output collection needs an output element and the other way round; nothing is collected",
            "Set both or neither.",
            at(record),
        )
    return LoopSpec(
        "SEQUENTIAL" if loop.kind == "SEQUENTIAL" else "PARALLEL",
        collection=collection,
        item=reading.item,
        cardinality=cardinality,
        output_collection=reading.output_collection if output_item is not None else None,
        output_item=output_item if reading.output_collection is not None else None,
        completion_condition=completion,
        throws=tuple(_throws(record, loop, context)),
        counts_from=0 if reading.dialect in _COUNT_FROM_ZERO else 1,
    )


_COUNT_FROM_ZERO = ("camunda", "flowable")


def _throws(record: ElementRecord, loop: LoopRecord, context: Context) -> Iterator[LoopThrow]:
    """Events of behaviour None, One and Complex (BPMN 2.0, table 10.29)."""
    for thrown in loop.throws:
        condition = event = None
        if thrown.when == "CONDITION":
            if thrown.condition is None:
                context.findings.error(
                    "loop_undefined",
                    "a complex behaviour has no condition",
                    "Say when the event is to be thrown.",
                    at(record),
                )
                continue
            condition = context.texts.expression(thrown.condition, at(record), "condition of the behaviour")
        if thrown.event is not None and thrown.event.kind in RUNNING_LOOP_EVENTS:
            event, missing = thrown_by(record, thrown.event, context)
            if missing:
                context.findings.error(
                    "event_undefined",
                    f"the event of the multi-instance behaviour {missing}",
                    "Define it in the modeller.",
                    at(record),
                )
        yield LoopThrow(_WHEN[thrown.when], event, condition)


_WHEN: dict[str, Literal["EACH", "FIRST", "CONDITION"]] = {
    "EACH": "EACH",
    "FIRST": "FIRST",
    "CONDITION": "CONDITION",
}


def _undefined(record: ElementRecord, context: Context, message: str) -> None:
    """Strict: an error, since nobody could say when it ends. Walkthrough: it is done once."""
    fix = "Say in the modeller how often, or over which collection."
    where = at(record)
    if context.strict:
        context.findings.error("loop_undefined", message, fix, where)
    else:
        context.findings.warning("loop_undefined", f"{message}; it is done once", fix, where)
