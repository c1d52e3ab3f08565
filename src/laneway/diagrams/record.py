"""What one element says, read but not yet compiled: the record that a SpiffWorkflow spec of ours carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from laneway.domain.model import EventKind, TimerKind
from laneway.domain.types import ElementType


@dataclass(frozen=True, slots=True)
class Text:
    """A text that may be an expression.

    ``language`` is what the diagram names, if it names one. ``always`` says whether the place holds an expression
    whatever it looks like (a condition), or only if it is marked as one by ``=`` or ``${…}`` (an assignee).
    """

    text: str
    language: str | None = None
    line: int | None = None
    always: bool = False


@dataclass(frozen=True, slots=True)
class TextList:
    """A list whose items are texts or further structures (Camunda 7 ``camunda:list``)."""

    items: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class TextMap:
    """A context whose values are texts or further structures (Camunda 7 ``camunda:map``)."""

    entries: tuple[tuple[str, Source], ...]


Source = Text | TextList | TextMap


@dataclass(frozen=True, slots=True)
class DataAssociation:
    """A data association that does something (BPMN 2.0, 10.4.2): ``target := source``.

    ``source`` is an expression, or the name of the variable that is copied. ``aliases``: the ids of its sources by which
    the expression may call them, with the variables that they are. ``problem``: why it cannot be run, with what to do.
    """

    source: Text | str
    target: str
    line: int | None
    needs: str | None = None
    local: bool = False
    aliases: tuple[tuple[str, str], ...] = ()
    problem: tuple[str, str] | None = None
    store: str | None = None
    store_key: Text | None = None
    store_aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdHocReading:
    """What a dialect says of an ad-hoc sub-process beyond BPMN."""

    active_elements: Text | None = None
    output_collection: str | None = None
    output_item: Text | None = None


@dataclass(frozen=True, slots=True)
class ListenerReading:
    """A listener, whichever dialect says it; it becomes a job of ``type`` for a worker (``ListenerSpec``).

    ``event``: ``start``, ``end`` or ``beforeAll`` of any element (of the process too), or of a user task ``creating
    assigning updating completing``. Code of another platform (a class, a delegate expression) becomes a ``type`` as it
    is written, so that a worker can take its place; ``internal``: it is Python, which is done here. Where an element has no such event, the compiler refuses it.
    """

    event: str
    type: Text | None
    retries: Text | None = None
    headers: tuple[tuple[str, str], ...] = ()
    line: int | None = None
    internal: bool = False


@dataclass(slots=True)
class Reading:
    """What binds an element to its work, in the words of the domain, whichever dialect said it.

    Attributes
    ----------
    dialect
        Who said it: ``zeebe``, ``camunda``, ``flowable``, ``spiffworkflow``, ``standard`` or ``bindings``.
    called_binding, decision_binding
        ``latest`` | ``deployment`` | ``versionTag`` | ``version``, with the version in ``…_version``.
    watched, changes
        Of a conditional event: the variables, and the kinds of change of them, that have its condition looked at.
    global_task
        Tag of the global task that a call activity calls instead of a process, with its name in ``global_name``.
    not_run
        What changes behaviour and is not run: (what, hint). An error where it stands, never ignored.
    notes
        What is kept as documentation: (rule, message).
    properties
        Everything else it says, JSON-compatible.
    """

    dialect: str = ""
    job_type: Text | None = None
    agent: str | None = None
    retries: Text | None = None
    headers: dict[str, str] = field(default_factory=dict)
    assignee: Text | None = None
    candidate_groups: Text | tuple[str, ...] | None = None
    candidate_users: Text | tuple[str, ...] | None = None
    due_date: Text | None = None
    follow_up_date: Text | None = None
    priority: Text | None = None
    form_id: str | None = None
    form_key: str | None = None
    external_form: str | None = None
    called_process: Text | None = None
    global_task: str | None = None
    global_name: str | None = None
    called_binding: str | None = None
    called_version: str | None = None
    propagate_all_parent: bool | None = None
    propagate_all_child: bool | None = None
    handed: list[str] = field(default_factory=list)
    """Inputs that are the called process's alone, no variables of the call activity (Camunda 7 and its family)."""
    decision: Text | None = None
    decision_binding: str | None = None
    decision_version: str | None = None
    decision_result: str | None = None
    result_variable: str | None = None
    script: Text | None = None
    script_format: str | None = None
    inputs: list[tuple[Source, str]] = field(default_factory=list)
    outputs: list[tuple[Source, str]] = field(default_factory=list)
    error_mappings: list[tuple[Text, str]] = field(default_factory=list)
    """(condition on how the job ended, code of the BPMN error that it then throws)."""
    data_inputs: list[DataAssociation] = field(default_factory=list)
    data_outputs: list[DataAssociation] = field(default_factory=list)
    data_names: list[str] = field(default_factory=list)
    declared: list[tuple[str, Any]] = field(default_factory=list)
    collection: Text | None = None
    item: str | None = None
    output_collection: str | None = None
    output_item: Text | None = None
    ad_hoc: AdHocReading | None = None
    listeners: list[ListenerReading] = field(default_factory=list)
    correlation_key: Text | None = None
    correlation_paths: list[tuple[str, Text]] = field(default_factory=list)
    message: Text | None = None
    fallback_message: Text | None = None
    timer: Text | None = None
    timer_kind: TimerKind | None = None
    condition: Text | None = None
    skip: Text | None = None
    watched: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    code_variable: str | None = None
    message_variable: str | None = None
    version_tag: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    not_run: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def over(self, lower: Reading) -> Reading:
        """This reading where it says something, ``lower`` where it does not. Lists of mappings are not mixed."""
        merged = Reading(
            *[
                mine if mine is not None and mine not in _SAYS_NOTHING else theirs
                for mine, theirs in zip(_values(self), _values(lower), strict=True)
            ]
        )
        merged.properties = {**lower.properties, **self.properties}
        merged.headers = {**lower.headers, **self.headers}
        merged.not_run = lower.not_run + self.not_run
        merged.notes = lower.notes + self.notes
        return merged

    @property
    def says_human(self) -> bool:
        return any(
            value is not None
            for value in (
                self.assignee,
                self.candidate_groups,
                self.candidate_users,
                self.form_id,
                self.form_key,
                self.external_form,
            )
        )


_values: Callable[[Reading], tuple[Any, ...]] = attrgetter(*(each.name for each in fields(Reading)))
_SAYS_NOTHING: tuple[Any, ...] = ([], "", ())


@dataclass(slots=True)
class DefinitionRecord:
    """One event definition (BPMN 2.0, 10.5.5); ``reference`` is the id of the message, signal, error … it points to."""

    kind: EventKind
    line: int | None
    id: str | None = None
    reference: str | None = None
    name: str | None = None
    code: str | None = None
    correlation_key: Text | None = None
    timer_kind: TimerKind | None = None
    timer: Text | None = None
    within: bool = False
    condition: Text | None = None
    watched: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    code_variable: str | None = None
    message_variable: str | None = None
    wait_for_completion: bool = True
    ends: str = ""

    def as_json(self) -> dict[str, Any]:
        said = {
            "kind": self.kind.value,
            "ends": self.ends or None,
            "id": self.id,
            "reference": self.reference,
            "name": self.name,
            "code": self.code,
            "timer": self.timer.text if self.timer else None,
            "condition": self.condition.text if self.condition else None,
        }
        return {key: value for key, value in said.items() if value is not None}


@dataclass(slots=True)
class LoopThrowRecord:
    """``when``: EACH | FIRST | CONDITION (see ``LoopThrow``); ``event`` is filled in once references are resolved."""

    when: str
    nodes: list[Any]
    event: DefinitionRecord | None = None
    condition: Text | None = None


@dataclass(slots=True)
class LoopRecord:
    """Loop characteristics (BPMN 2.0, 10.3.8)."""

    kind: str
    line: int | None
    cardinality: Text | None = None
    collection: Text | None = None
    item: str | None = None
    output_collection: str | None = None
    output_item: Text | None = None
    completion_condition: Text | None = None
    condition: Text | None = None
    test_before: bool = False
    maximum: str | None = None
    throws: list[LoopThrowRecord] = field(default_factory=list)


@dataclass(slots=True)
class FlowRecord:
    id: str
    name: str | None
    source: str
    target: str
    line: int | None
    scope: int
    condition: Text | None = None
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class LaneRecord:
    """A lane; ``parent`` is the id of the lane around it, ``references`` are the ids that it lists."""

    id: str
    name: str | None
    parent: str | None
    references: list[str]
    line: int | None


@dataclass(slots=True)
class ElementRecord:
    """One flow node. ``position`` counts flow nodes of the process in document order, ``parent`` likewise (-1: the process)."""

    position: int
    parent: int
    id: str
    name: str | None
    tag: str
    type: ElementType
    line: int | None
    attributes: dict[str, str]
    documentation: str | None = None
    definitions: tuple[DefinitionRecord, ...] = ()
    message: DefinitionRecord | None = None
    loop: LoopRecord | None = None
    activation: Text | None = None
    completion_condition: Text | None = None
    reading: Reading = field(default_factory=Reading)
    properties: dict[str, Any] = field(default_factory=dict)
