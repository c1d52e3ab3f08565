"""A readable timeline of one root process instance, made of its history rows: who or what did what, when, on which data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from laneway.commands.context import Context
from laneway.domain import history as events
from laneway.domain.types import HIDDEN_PREFIX
from laneway.ports import Filter, SearchQuery
from laneway.queries.reading import header

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened.

    Attributes
    ----------
    sequence
        Position of the command within the root; entries of one command share it.
    kind
        ``command`` (who did what), or the type name of a history event (``ElementActivated`` …).
    actor
        ``user:anna``, ``worker:mailer``, ``agent:classify-enquiry``, ``system:laneway``.
    text
        One sentence for a person.
    data
        JSON-compatible facts: the event's fields by name; for a command its audit details.
    """

    sequence: int
    at: datetime
    actor: str
    kind: str
    text: str
    element_id: str | None = None
    element_name: str | None = None
    element_instance_key: int | None = None
    process_instance_key: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


_EVENTS = {
    each.__name__: each
    for each in (
        events.ProcessInstanceStarted,
        events.ProcessInstanceCompleted,
        events.ProcessInstanceTerminated,
        events.ElementActivated,
        events.ElementCompleted,
        events.ElementTerminated,
        events.SequenceFlowTaken,
        events.EventTriggered,
        events.VariableWritten,
        events.JobCreated,
        events.UserTaskCreated,
        events.IncidentRaised,
        events.IncidentResolved,
        events.DecisionEvaluated,
        events.MessageThrown,
        events.SignalThrown,
    )
}

_SENTENCES: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "ProcessInstanceStarted": lambda _, fact: f"process instance {fact['process_instance_key']} started",
    "ProcessInstanceCompleted": lambda _, fact: f"process instance {fact['process_instance_key']} completed",
    "ProcessInstanceTerminated": lambda _, fact: f"process instance {fact['process_instance_key']} terminated",
    "ElementActivated": lambda name, _: f"{name} began",
    "ElementCompleted": lambda name, _: f"{name} completed",
    "ElementTerminated": lambda name, _: f"{name} was ended",
    "SequenceFlowTaken": lambda _, fact: f"flow {fact['flow_id']} was taken",
    "EventTriggered": lambda name, fact: (
        f"{name}: {fact['kind'].lower().replace('_', ' ')} {fact['name'] or ''}".rstrip() + " came"
    ),
    "VariableWritten": lambda name, fact: f"variable {fact['name']} was written at {name}",
    "JobCreated": lambda name, fact: f"{name} waits for a worker of {fact['type']}",
    "UserTaskCreated": lambda name, _: f"{name} waits for a person",
    "IncidentRaised": lambda name, fact: f"{name} is held by an incident ({fact['type']}): {fact['message']}",
    "IncidentResolved": lambda name, _: f"the incident at {name} was resolved",
    "DecisionEvaluated": lambda name, fact: f"{name} evaluated decision {fact['decision_id']}",
    "MessageThrown": lambda name, fact: f"{name} sent message {fact['name']}",
    "SignalThrown": lambda name, fact: f"{name} sent signal {fact['name']}",
}


def raw_history(
    context: Context, process_instance_key: int, *, tenant_ids: Sequence[str] | None
) -> list[dict[str, Any]]:
    return context.store.history(header(context, process_instance_key, tenant_ids=tenant_ids).root_key)


def history(context: Context, process_instance_key: int, *, tenant_ids: Sequence[str] | None) -> list[TimelineEntry]:
    root_key = header(context, process_instance_key, tenant_ids=tenant_ids).root_key
    rows = {row["sequence"]: row for row in context.store.history(root_key)}
    names = _element_names(context, rows.values())
    places: dict[int, str] = {}
    timeline: list[TimelineEntry] = []
    sequence = 0
    for record in records(context, root_key):
        row = rows.get(record["after"]) if record["result"] == "SUCCESS" else None
        sequence = row["sequence"] if row is not None else sequence
        actor = f"{record['actorKind']}:{record['actorId']}"
        timeline.append(_command(sequence, record, actor, names))
        for packed in row["events"] if row is not None else ():
            kind = _EVENTS.get(packed[0])
            if kind is None:
                continue
            facts = dict(zip(kind._fields, packed[1:], strict=False))
            if facts.get("element_id") and facts.get("element_instance_key"):
                places[facts["element_instance_key"]] = facts["element_id"]
            if packed[0] == "VariableWritten" and facts["name"].startswith(HIDDEN_PREFIX):
                continue
            timeline.append(_event(sequence, record["timestamp"], actor, packed[0], facts, places, names))
    return timeline


def records(context: Context, root_key: int) -> Iterator[dict[str, Any]]:
    """What the audit trail says of the root, in order: also what moved no token, and what was refused."""
    filters = (Filter("rootProcessInstanceKey", "eq", root_key),)
    after: str | None = None
    while True:
        query = SearchQuery("audit-logs", filters, sort=(("sequence", "ASC"),), limit=PAGE, after=after)
        page = context.store.search(query)
        yield from page.items
        if len(page.items) < PAGE:
            return
        after = page.end_cursor


def _command(sequence: int, record: Mapping[str, Any], actor: str, names: Mapping[str, str | None]) -> TimelineEntry:
    details: Mapping[str, Any] = record["details"] or {}
    verb = details.get("command") or record["operationType"]
    element_id = record["elementId"]
    place = f" at {_named(element_id, names)}" if element_id else ""
    said = [f"{actor} {verb}{place}"]
    if record["result"] != "SUCCESS":
        said.append(f"refused, {details.get('code')}: {details.get('message')}")
    if details.get("choice"):
        said.append(f"choice {', '.join(details['choice'])}")
    if details.get("agent"):
        confidence = details.get("confidence")
        verdict = details.get("verdict", "")
        said.append(f"agent {details['agent']} {verdict}" + (f" with confidence {confidence}" if confidence else ""))
    if details.get("variables"):
        said.append(f"gave {', '.join(details['variables'])}")
    if details.get("error"):
        said.append(str(details["error"]))
    return TimelineEntry(
        sequence,
        record["timestamp"],
        actor,
        "command",
        "; ".join(said),
        element_id,
        names.get(element_id) if element_id else None,
        record["elementInstanceKey"],
        record["processInstanceKey"],
        details,
    )


def _event(
    sequence: int,
    at: datetime,
    actor: str,
    kind: str,
    facts: Mapping[str, Any],
    places: Mapping[int, str],
    names: Mapping[str, str | None],
) -> TimelineEntry:
    key = facts.get("element_instance_key") or facts.get("scope_key")
    element_id = facts.get("element_id") or (places.get(key) if key is not None else None)
    name = _named(element_id, names) if element_id else str(key)
    return TimelineEntry(
        sequence,
        at,
        actor,
        kind,
        _SENTENCES[kind](name, facts),
        element_id,
        names.get(element_id) if element_id else None,
        key,
        facts.get("process_instance_key"),
        facts,
    )


def _named(element_id: str, names: Mapping[str, str | None]) -> str:
    name = names.get(element_id)
    return f"«{name}»" if name else element_id


def _element_names(context: Context, rows: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """Names on the diagrams of all definitions that the instance ran through, by element id."""
    keys = {event[2] for row in rows for event in row["events"] if event[0] == "ProcessInstanceStarted"}
    names: dict[str, str | None] = {}
    with context.store.read() as uow:
        for key in sorted(keys):
            for node in context.definitions.process(uow, key).model.nodes:
                names.setdefault(node.id, node.name)
    return names
