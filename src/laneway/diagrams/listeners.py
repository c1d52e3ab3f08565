"""Listeners: jobs around what an element does (Camunda 8, "Execution listeners" and "User task listeners")."""

from __future__ import annotations

from laneway.diagrams.context import Context
from laneway.diagrams.findings import Where
from laneway.diagrams.record import ElementRecord, ListenerReading, Reading, Text
from laneway.diagrams.work import DEFAULT_RETRIES
from laneway.domain.model import EventKind, ListenerSpec, UserTaskSpec, Value, WorkSpec
from laneway.domain.types import ElementType

EXECUTION = frozenset({"start", "end", "beforeAll"})
TASK = frozenset({"creating", "assigning", "updating", "completing"})
_GATEWAYS = frozenset(
    {
        ElementType.EXCLUSIVE_GATEWAY,
        ElementType.INCLUSIVE_GATEWAY,
        ElementType.PARALLEL_GATEWAY,
        ElementType.EVENT_BASED_GATEWAY,
        ElementType.COMPLEX_GATEWAY,
    }
)


def compile_listeners(
    record: ElementRecord, reading: Reading, work: WorkSpec | None, context: Context
) -> tuple[ListenerSpec, ...]:
    """Of a flow node, in the diagram's order. What its kind of element cannot have is refused by name."""
    found = []
    for each in reading.listeners:
        where = Where(record.id, record.name, each.line or record.line)
        why = _not_here(record, each.event, work)
        if why is not None:
            context.findings.error("listener_event", why[0], why[1], where)
            continue
        listener = _listener(each, reading.headers, where, context)
        if listener is not None:
            found.append(listener)
    return tuple(found)


def process_listeners(reading: Reading, where: Where, context: Context) -> tuple[ListenerSpec, ...]:
    """Of a process: before its first element begins, and after its last one has ended."""
    found = []
    for each in reading.listeners:
        if each.event not in ("start", "end"):
            context.findings.error(
                "listener_event", f"a process has no listener «{each.event}»", "Make it «start» or «end».", where
            )
            continue
        listener = _listener(each, reading.headers, where, context)
        if listener is not None:
            found.append(listener)
    return tuple(found)


def _listener(said: ListenerReading, headers: dict[str, str], where: Where, context: Context) -> ListenerSpec | None:
    type = context.texts.value(said.type, where, "listener type")
    if type is None:
        context.findings.error(
            "listener_event", f"the listener «{said.event}» names no job type", "Give it the type of its job.", where
        )
        return None
    retries = _retries(said.retries, where, context)
    return ListenerSpec(said.event, type, retries, {**headers, **dict(said.headers)}, said.internal)


def _retries(said: Text | None, where: Where, context: Context) -> Value | int:
    value = context.texts.value(said, where, "retries")
    if value is None:
        return DEFAULT_RETRIES
    if not isinstance(value, str):
        return value
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    context.findings.error(
        "not_a_number", f"retries says «{value[:40]}», not a whole number", "Write retries as a number.", where
    )
    return DEFAULT_RETRIES


def _not_here(record: ElementRecord, event: str, work: WorkSpec | None) -> tuple[str, str] | None:
    """Why an element has no such listener, and what to do."""
    kind = record.type
    defined = {definition.kind for definition in record.definitions}
    if event in TASK:
        if isinstance(work, UserTaskSpec) and kind is ElementType.USER_TASK:
            return None
        return f"only a user task that a person does has a listener «{event}»", "Make it an execution listener."
    if event not in EXECUTION:
        return f"there is no listener «{event}» that runs", f"Use one of {', '.join(sorted(EXECUTION | TASK))}."
    if event == "beforeAll" and (record.loop is None or record.loop.kind == "STANDARD"):
        return "only a multi-instance activity has a listener «beforeAll»", "Make it a start listener."
    if event == "start" and kind in (ElementType.START_EVENT, ElementType.BOUNDARY_EVENT):
        return (
            f"a {kind.value.lower().replace('_', ' ')} has no start listener: what it waits for has come already",
            "Put it on the process or sub-process, or on the activity that the event is attached to.",
        )
    if kind is ElementType.BOUNDARY_EVENT and EventKind.COMPENSATION in defined:
        return "a compensation boundary event has no listeners", "Put it on the compensation handler."
    if event == "end" and kind in _GATEWAYS:
        return "a gateway has no end listener", "Make it a start listener of the element behind it."
    if event == "end" and kind is ElementType.END_EVENT and EventKind.ERROR in defined:
        return "an error end event has no end listener", "Put it on the event that catches the error."
    return None
