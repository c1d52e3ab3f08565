"""Events: from definitions as read to what the runtime waits for or throws (BPMN 2.0, 10.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from laneway.diagrams.context import Context, at
from laneway.diagrams.names import truth
from laneway.diagrams.record import DefinitionRecord, ElementRecord, Reading, Text
from laneway.diagrams.support import ALLOWED_EVENTS, HUMAN_EVENTS, MULTIPLE_MEMBERS, RUNNING_EVENTS, Place
from laneway.diagrams.timers import EXAMPLES, is_timer
from laneway.diagrams.work import human, job
from laneway.domain.model import EventDefinition, EventKind, ThrowSpec, TimerKind, WorkSpec
from laneway.domain.types import ElementType
from laneway.expressions import is_expression

PLACES: dict[ElementType, Place] = {
    ElementType.INTERMEDIATE_CATCH_EVENT: "catch",
    ElementType.INTERMEDIATE_THROW_EVENT: "throw",
    ElementType.BOUNDARY_EVENT: "boundary",
    ElementType.END_EVENT: "end",
    ElementType.RECEIVE_TASK: "catch",
}
THROWING: frozenset[Place] = frozenset({"throw", "end"})


@dataclass(frozen=True, slots=True)
class CompiledEvent:
    """What an event waits for or does, and whether a person stands in for it."""

    event: EventDefinition
    work: WorkSpec | None = None
    walkthrough: bool = False


def place_of(record: ElementRecord, scope: ElementType) -> Place:
    if record.type is not ElementType.START_EVENT:
        return PLACES[record.type]
    if scope is ElementType.PROCESS:
        return "start"
    return "event_start" if scope is ElementType.EVENT_SUB_PROCESS else "sub_start"


def compile_event(record: ElementRecord, reading: Reading, place: Place, context: Context) -> CompiledEvent:
    definitions = _definitions(record, reading)
    if len(definitions) > 1:
        return _multiple(record, definitions, reading, place, context)
    if not definitions:
        if EventKind.NONE in RUNNING_EVENTS[place]:
            return CompiledEvent(EventDefinition(EventKind.NONE))
        return _undefined(record, EventDefinition(EventKind.NONE), place, context, "has no trigger")
    definition = definitions[0]
    if definition.kind not in RUNNING_EVENTS[place]:
        return _not_running(record, definition.kind, place, context, f"{_a(definition.kind)} trigger")
    event, missing = _event(record, definition, reading, place, context)
    if place in THROWING and reading.job_type is not None:
        return CompiledEvent(event, job(record, reading, context))
    if missing:
        return _undefined(record, event, place, context, missing)
    if place in THROWING and event.kind is EventKind.MESSAGE and event.name is not None:
        return CompiledEvent(event, ThrowSpec(event.name, event.correlation_key, event.message_key))
    return CompiledEvent(event)


def thrown_by(record: ElementRecord, definition: DefinitionRecord, context: Context) -> tuple[EventDefinition, str]:
    """The event that an activity throws by itself and, if it says too little, what is missing."""
    return _event(record, definition, Reading(), "throw", context)


def _multiple(
    record: ElementRecord,
    definitions: tuple[DefinitionRecord, ...],
    reading: Reading,
    place: Place,
    context: Context,
) -> CompiledEvent:
    """Several definitions: whichever comes first, or (parallelMultiple) all of them (BPMN 2.0, 10.5.5)."""
    if EventKind.MULTIPLE not in RUNNING_EVENTS[place]:
        return _not_running(record, EventKind.MULTIPLE, place, context, "several triggers at once")
    for definition in definitions:
        if definition.kind not in MULTIPLE_MEMBERS[place]:
            if not context.strict:
                return _by_hand(record, EventDefinition(EventKind.MULTIPLE), place, context)
            what = f"{_a(definition.kind)} trigger among several"
            return _not_running(record, definition.kind, place, context, what)
    # What a binding says of the one thing that an event waits for says nothing of several.
    shared = Reading(code_variable=reading.code_variable, message_variable=reading.message_variable)
    shared.correlation_key, shared.watched, shared.changes = reading.correlation_key, reading.watched, reading.changes
    parallel = place not in THROWING and truth(record.attributes.get("parallelMultiple"), False)
    # An instance that one of them has begun waits for the others as it does anywhere else.
    waiting: Place = "catch" if place == "start" and parallel else place
    members, missing = [], ""
    for definition in definitions:
        member, lacks = _event(record, definition, shared, waiting, context)
        members.append(member)
        missing = missing or lacks
    event = EventDefinition(EventKind.MULTIPLE, members=tuple(members), parallel=parallel)
    if place in THROWING and reading.job_type is not None:
        return CompiledEvent(event, job(record, reading, context))
    return _undefined(record, event, place, context, missing) if missing else CompiledEvent(event)


def _definitions(record: ElementRecord, reading: Reading) -> tuple[DefinitionRecord, ...]:
    """Those of the element; a binding may add the message or timer that the diagram leaves out."""
    found = record.definitions or ((record.message,) if record.message is not None else ())
    if found or record.type is not ElementType.RECEIVE_TASK:
        if not found and (reading.dialect == "bindings" or reading.message is not None):
            if reading.timer is not None:
                return (DefinitionRecord(EventKind.TIMER, record.line),)
            if reading.message is not None:
                return (DefinitionRecord(EventKind.MESSAGE, record.line),)
        return found
    return (DefinitionRecord(EventKind.MESSAGE, record.line),)


def _event(
    record: ElementRecord, definition: DefinitionRecord, reading: Reading, place: Place, context: Context
) -> tuple[EventDefinition, str]:
    """The event and, if it says too little to run, what is missing."""
    kind = definition.kind
    event = EventDefinition(
        kind,
        reference=definition.reference,
        wait_for_completion=definition.wait_for_completion,
        ends=definition.ends,
        carries=kind is EventKind.ERROR and reading.dialect == "flowable",
        code_variable=reading.code_variable,
        message_variable=reading.message_variable,
    )
    if kind is EventKind.TIMER:
        return _timer(record, definition, reading, event, context)
    if kind is EventKind.MESSAGE:
        flowing = context.correlations.flows.names.get(record.id)
        named = reading.message or _text(definition.name or flowing, definition)
        if named is None and context.strict and reading.fallback_message is not None:
            named = reading.fallback_message
            context.findings.warning(
                "kept_as_documentation",
                f"no message is named, so the task waits for one called {named.text}, as its engine's is called by its id",
                "Name a message.",
                at(record),
            )
        name = context.texts.value(named, at(record), "message name")
        key = reading.correlation_key or definition.correlation_key
        correlation = None
        if place != "start" and key is not None:
            correlation = context.texts.value(key, at(record), "correlation key")
        message_key = None
        if key is None:
            message_key = context.message_key(record, definition.reference, receives=place not in THROWING)
        found = replace(event, name=name, correlation_key=correlation, message_key=message_key)
        return found, "" if name else "has no message with a name"
    if kind is EventKind.SIGNAL:
        named = reading.message or _text(definition.name, definition)
        name = context.texts.value(named, at(record), "signal name")
        found = replace(event, name=name, within=definition.within)
        return found, "" if name else "has no signal with a name"
    if kind in (EventKind.ERROR, EventKind.ESCALATION):
        said = definition.code or definition.name or definition.reference
        code = context.texts.value(_text(said, definition), at(record), "code")
        missing = "" if code is not None or place not in THROWING else f"has no {kind.value.lower()} to throw"
        return replace(event, code=code, name=definition.name), missing
    if kind is EventKind.CONDITIONAL:
        return _conditional(record, definition, reading, event, context)
    if kind is EventKind.LINK:
        link = _link_name(record, definition)
        return replace(event, name=link), "" if link else "has no link name"
    return event, ""


def _conditional(
    record: ElementRecord, definition: DefinitionRecord, reading: Reading, event: EventDefinition, context: Context
) -> tuple[EventDefinition, str]:
    text = reading.condition or definition.condition
    if text is None:
        return event, "has no condition"
    if not context.strict and not text.language and not is_expression(text.text):
        # An analyst's words may read as the name of a variable that nobody would ever set.
        return event, "has a condition in words"
    compiled = context.texts.expression(text, at(record), "condition", lenient=not context.strict)
    if compiled is None:
        return event, "has a condition that cannot be read"
    watched, changes = reading.watched, reading.changes
    return replace(event, condition=compiled, watched=watched, changes=changes), ""


def _link_name(record: ElementRecord, definition: DefinitionRecord) -> str | None:
    """Modellers break it over lines, leave it to the event's own name, or write the definition's id in its place."""
    named = definition.name if definition.name != definition.id else None
    return " ".join((named or record.name or "").split()) or None


def _text(text: str | None, definition: DefinitionRecord) -> Text | None:
    return Text(text.strip(), None, definition.line) if text and text.strip() else None


def _timer(
    record: ElementRecord, definition: DefinitionRecord, reading: Reading, event: EventDefinition, context: Context
) -> tuple[EventDefinition, str]:
    text = reading.timer or definition.timer
    kind = (reading.timer_kind if reading.timer is not None else definition.timer_kind) or TimerKind.DURATION
    if text is None:
        return event, "has no date, duration or cycle"
    if is_expression(text.text):
        compiled = context.texts.expression(text, at(record), "timer", lenient=not context.strict)
        return replace(event, timer_kind=kind, timer=compiled), "" if compiled else "has a timer that cannot be read"
    if is_timer(kind, text.text):
        return replace(event, timer_kind=kind, timer=text.text), ""
    if text.language or context.texts.default_language:
        compiled = context.texts.expression(text, at(record), "timer", lenient=not context.strict)
        if compiled is not None:
            return replace(event, timer_kind=kind, timer=compiled), ""
    message = f"the timer says «{text.text[:80]}», which is no {kind.value.lower()}"
    fix = f"Write it as {EXAMPLES[kind]}, or as an expression that gives one."
    if context.strict:
        context.findings.error("timer_text", message, fix, at(record))
        return replace(event, timer_kind=kind, timer=text.text), ""
    context.findings.warning("timer_text", message, fix, at(record))
    return replace(event, timer_kind=kind, timer=text.text), f"says «{text.text[:80]}»"


def _undefined(
    record: ElementRecord, event: EventDefinition, place: Place, context: Context, missing: str
) -> CompiledEvent:
    """Strict: an error. Walkthrough: a person says when it happened, or does what should be thrown."""
    if context.strict:
        if context.findings.has_errors_at(record.id):  # it points to nothing, which says more
            return CompiledEvent(event)
        context.findings.error(
            "event_undefined",
            f"the event {missing}",
            "Define it in the modeller, or bind it in the bindings file (message, timer).",
            at(record),
        )
        return CompiledEvent(event)
    if event.kind is EventKind.LINK:
        context.findings.error("event_undefined", f"the event {missing}", "Give both link events one name.", at(record))
        return CompiledEvent(event)
    return _by_hand(record, event, place, context)


def _by_hand(record: ElementRecord, event: EventDefinition, place: Place, context: Context) -> CompiledEvent:
    if place in ("start", "sub_start"):
        return CompiledEvent(event)
    called = record.name or record.id
    if place in THROWING:
        if event.kind in (EventKind.ERROR, EventKind.ESCALATION):
            return CompiledEvent(replace(event, code=called))
        question = f"Please do: {called}"
    else:
        question = f"Did this happen: {called}?"
    context.findings.info(
        "walkthrough", f"a person answers «{question}»", "Say in the diagram what it waits for or throws.", at(record)
    )
    return CompiledEvent(event, human(record, context, question=question), True)


def _a(kind: EventKind) -> str:
    word = kind.value.lower()
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _not_running(record: ElementRecord, kind: EventKind, place: Place, context: Context, what: str) -> CompiledEvent:
    event = EventDefinition(kind)
    if not context.strict and kind in HUMAN_EVENTS[place]:
        return _by_hand(record, event, place, context)
    where = {
        "start": "a start event",
        "sub_start": "the start event of an embedded sub-process",
        "event_start": "the start event of an event sub-process",
        "catch": "an intermediate catch event",
        "throw": "an intermediate throw event",
        "boundary": "a boundary event",
        "end": "an end event",
    }[place]
    if kind not in ALLOWED_EVENTS[place]:
        allowed = ", ".join(each.value.lower() for each in EventKind if each in ALLOWED_EVENTS[place])
        context.findings.error(
            "event_not_allowed",
            f"{where} cannot have {what} (BPMN 2.0, table 10.93)",
            f"Draw it with one of these: {allowed}.",
            at(record),
        )
        return CompiledEvent(event)
    context.findings.error(
        "not_supported_yet",
        f"{where} with {what} does not run yet",
        "Draw it with a message, timer, signal, error or escalation, or deploy the process as a walkthrough.",
        at(record),
    )
    return CompiledEvent(event)
