"""Errors and escalations on their way to the nearest matching catcher (BPMN 2.0, 10.5.1 and 13.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from laneway.domain.history import EventTriggered
from laneway.domain.model import EventDefinition, EventKind, FlowNode, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.types import IncidentType
from laneway.runtime import catching, multiple
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import evaluate
from laneway.runtime.values import shown

if TYPE_CHECKING:
    from laneway.runtime.run import Run


class Catcher(NamedTuple):
    """``element``: the activity with the boundary event, or the scope with the event sub-process. ``definition``: what
    catches, the event's or (``member``) one of those of a multiple event."""

    element: ElementInstance
    model: ProcessModel
    event: FlowNode
    boundary: bool
    definition: EventDefinition
    member: int = 0


def find_catcher(run: Run, origin: ElementInstance, kind: EventKind, code: str) -> Catcher | None:
    """The nearest one, scope by scope outwards, through called processes to their callers.

    In one place an exact code goes before a catch-all. A scope that an event sub-process has interrupted catches
    nothing by event sub-processes any more (the handler's own errors go outwards).
    """
    elements = run.state.elements
    element = origin
    while True:
        model = run.model(element.definition_key)
        node = model.nodes[element.slot]
        if element.role != "round" and element.role != "inner" and "restored" not in element.data:
            found = _match(run, element, (model.nodes[slot] for slot in node.boundary_events), kind, code)
            if found is not None:
                return Catcher(element, model, found[0], True, *found[1:])
        parent = elements.get(element.parent)
        if parent is None:
            return None
        if (
            parent.process_key == element.process_key
            and parent.role not in ("body", "inner")
            and "interrupted" not in parent.data
        ):
            scope = model.nodes[parent.slot]
            starts = (
                model.nodes[start] for slot in scope.event_sub_processes for start in model.nodes[slot].start_nodes
            )
            inside = element.slot in scope.event_sub_processes
            found = None if inside else _match(run, parent, starts, kind, code)
            if found is not None:
                return Catcher(parent, model, found[0], False, *found[1:])
        element = parent


def _match(
    run: Run, element: ElementInstance, events: Iterator[FlowNode], kind: EventKind, code: str
) -> tuple[FlowNode, EventDefinition, int] | None:
    catch_all: tuple[FlowNode, EventDefinition, int] | None = None
    for event in events:
        if event.event is None:
            continue
        for member, definition in enumerate(event.event.members or (event.event,)):
            if definition.kind is not kind:
                continue
            if event.event.parallel and kind is EventKind.ERROR and not multiple.is_last(element, event, member):
                continue  # an error cannot wait for the rest
            found = (event, definition, member)
            if definition.code is None or definition.code == "":
                catch_all = catch_all or found
            elif code_text(evaluate(run, element, definition.code, f"code of {event.id}")) == code:
                return found
    return catch_all


def code_text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else shown(value)


def deliver(run: Run, catcher: Catcher, code: str, message: str, variables: Mapping[str, Any]) -> None:
    """Let the catcher go on; code and message go into the variables that it names."""
    definition = catcher.definition
    run.transition.write(EventTriggered(catcher.element.key, catcher.event.id, definition.kind.value, code or None))
    given = dict(variables)
    if definition.code_variable:
        given[definition.code_variable] = code
    if definition.message_variable:
        given[definition.message_variable] = message
    local = (
        {"errorCode": code, "errorMessage": message} if definition.kind is EventKind.ERROR else {"escalationCode": code}
    )
    event = catcher.event
    if event.event is not None and event.event.parallel:
        everything = multiple.arrived(run, catcher.element, event, catcher.member, given)
        if everything is None:
            return
        given = everything
    catching.go_on(run, catcher.model, catcher.element, event, given, local)


def throw_error_event(
    run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, event: EventDefinition
) -> None:
    """An error end event: its scope ends at the catcher. Without one it is an incident (Camunda 8)."""
    code = evaluate(run, element, event.code, "error code")
    throw_error(run, element, code_text(code), "", local_of(run, element, node) if event.carries else {})


def local_of(run: Run, element: ElementInstance, node: FlowNode) -> dict[str, Any]:
    """What the mappings of a throwing event give it goes with what it throws."""
    given = run.state.variables.get(element.key, {})
    return {each.target: given[each.target] for each in node.inputs if each.target in given}


def throw_error(run: Run, element: ElementInstance, code: str, message: str, variables: Mapping[str, Any]) -> None:
    catcher = find_catcher(run, element, EventKind.ERROR, code)
    if catcher is None:
        raise uncaught(code, message)
    deliver(run, catcher, code, message, variables)


def uncaught(code: str, message: str) -> ElementFailure:
    said = f": {message}" if message else ""
    return ElementFailure(
        IncidentType.UNHANDLED_ERROR_EVENT,
        f"error «{code}» is caught nowhere{said}. Draw an error boundary event or an error event sub-process for this code",
    )


def throw_escalation_event(
    run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, event: EventDefinition
) -> None:
    """10.5.5.4: an escalation does not end its origin unless an interrupting catcher does; uncaught it is lost."""
    throw_escalation(run, element, event)
    if run.state.elements.get(element.key) is element:
        run.complete(model, element, node)


def throw_escalation(run: Run, element: ElementInstance, event: EventDefinition) -> None:
    code = code_text(evaluate(run, element, event.code, "escalation code"))
    catcher = find_catcher(run, element, EventKind.ESCALATION, code)
    if catcher is not None:
        deliver(run, catcher, code, "", {})
