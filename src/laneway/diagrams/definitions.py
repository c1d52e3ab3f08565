"""Event definitions and loop characteristics, as far as they stand on the element itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from laneway.diagrams.dialects import flowable
from laneway.diagrams.dialects.reading import child, children, content
from laneway.diagrams.names import EVENT_DEFINITIONS, bpmn, truth
from laneway.diagrams.record import DefinitionRecord, LoopRecord, LoopThrowRecord, Text
from laneway.domain.model import EventKind, TimerKind

_REFERENCES = {
    EventKind.MESSAGE: "messageRef",
    EventKind.SIGNAL: "signalRef",
    EventKind.ERROR: "errorRef",
    EventKind.ESCALATION: "escalationRef",
    EventKind.COMPENSATION: "activityRef",
}

_TIMERS = {"timeDate": TimerKind.DATE, "timeDuration": TimerKind.DURATION, "timeCycle": TimerKind.CYCLE}


def read_definition(element: Any, kind: EventKind) -> DefinitionRecord:
    """``element`` is the definition, or the task that carries its reference (send and receive tasks)."""
    record = DefinitionRecord(kind, element.sourceline, element.get("id"))
    attribute = _REFERENCES.get(kind)
    if attribute is not None:
        record.reference = element.get(attribute)
    if kind is EventKind.TIMER:
        for name, timer_kind in _TIMERS.items():
            node = child(element, name)
            if node is not None and content(node):
                record.timer_kind = timer_kind
                record.timer = Text(content(node), node.get("language"), node.sourceline)
                break
    elif kind is EventKind.CONDITIONAL:
        node = child(element, "condition")
        if node is not None and content(node):
            record.condition = Text(content(node), node.get("language"), node.sourceline, True)
    elif kind is EventKind.COMPENSATION:
        record.wait_for_completion = truth(element.get("waitForCompletion"), True)
    elif kind is EventKind.TERMINATE:
        record.ends = flowable.what_ends(element)
    elif kind is EventKind.LINK:
        record.name = (element.get("name") or "").strip() or None
    return record


def read_loop(node: Any) -> LoopRecord | None:
    for each in node:
        if each.tag == bpmn("standardLoopCharacteristics"):
            record = LoopRecord("STANDARD", each.sourceline)
            record.condition = _expression(each, "loopCondition")
            record.test_before = truth(each.get("testBefore"), False)
            record.maximum = (each.get("loopMaximum") or "").strip() or None
            return record
        if each.tag == bpmn("multiInstanceLoopCharacteristics"):
            sequential = truth(each.get("isSequential"), False)
            record = LoopRecord("SEQUENTIAL" if sequential else "PARALLEL", each.sourceline)
            record.cardinality = _expression(each, "loopCardinality")
            record.completion_condition = _expression(each, "completionCondition")
            record.throws = _throws(each)
            return record
    return None


def read_activation(node: Any) -> Text | None:
    """The activation condition of a complex gateway (BPMN 2.0, 10.6.5)."""
    return _expression(node, "activationCondition")


def read_completion_condition(node: Any) -> Text | None:
    """Of an ad-hoc sub-process (BPMN 2.0, 10.3.5)."""
    return _expression(node, "completionCondition") if node.tag == bpmn("adHocSubProcess") else None


def _throws(loop: Any) -> list[LoopThrowRecord]:
    """What its behaviour has it throw; one that names no event throws none that anybody could catch."""
    said = loop.get("behavior") or "All"
    if said == "Complex":
        return [
            LoopThrowRecord("CONDITION", list(_event_nodes(each)), condition=_expression(each, "condition"))
            for each in children(loop, "complexBehaviorDefinition")
        ]
    attribute, when = {"None": ("noneBehaviorEventRef", "EACH"), "One": ("oneBehaviorEventRef", "FIRST")}.get(
        said, ("", "")
    )
    reference = loop.get(attribute) if attribute else None
    return [LoopThrowRecord(when, [reference])] if reference else []


def _event_nodes(definition: Any) -> Iterator[Any]:
    """Event definitions in an implicit throw event, or ids that refer to them."""
    for event in children(definition, "event"):
        for each in event:
            if each.tag in EVENT_DEFINITIONS:
                yield each
            elif each.tag == bpmn("eventDefinitionRef"):
                yield content(each)


def _expression(parent: Any, name: str) -> Text | None:
    node = child(parent, name)
    text = content(node)
    return Text(text, node.get("language"), node.sourceline, True) if node is not None and text else None
