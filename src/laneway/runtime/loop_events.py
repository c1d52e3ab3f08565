"""Events that a multi-instance activity throws as its instances complete (BPMN 2.0, 10.3.8 and 13.3.7).

They are there to be caught by boundary events on the activity: behaviour None throws one per instance, One at the first,
Complex where its condition holds, which "cancels the remaining instances and produces a token" (table 10.31). So a
boundary event that catches one tells of it beside the activity, whose instances go on or end as the behaviour says,
whether it is drawn as interrupting or not; else None and One could never come to their second instance. An error ends
the activity as errors do. What no boundary event of the activity catches goes outwards as if a throw event threw it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from laneway.domain.history import EventTriggered, MessageThrown
from laneway.domain.model import EventDefinition, EventKind, FlowNode, LoopThrow, ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.transition import MessageToSend
from laneway.runtime import catching, tasks, throwing
from laneway.runtime.expected import a_text
from laneway.runtime.scope import evaluate, evaluate_boolean

if TYPE_CHECKING:
    from laneway.runtime.run import Run

DECIDED = "thrown"
"""In the body's data, from before an instance ends until after: what it throws, as [kind, name or code, key]."""


def decide(
    run: Run,
    element: ElementInstance,
    body: ElementInstance,
    node: FlowNode,
    throws: tuple[LoopThrow, ...],
    attributes: Mapping[str, Any],
) -> None:
    """Find out what the instance ``element`` throws, while a failure can still hold it back."""
    decided = []
    for each in throws:
        if each.when == "FIRST" and body.data["done"]:
            continue
        if each.condition is not None:
            if not evaluate_boolean(run, element, each.condition, "condition of the behaviour", attributes):
                continue
            body.own_data()["complete"] = True
        if each.event is not None:
            decided.append(_event(run, element, body, node, each.event))
    if decided:
        body.own_data()[DECIDED] = decided


def _event(
    run: Run, element: ElementInstance, body: ElementInstance, node: FlowNode, event: EventDefinition
) -> list[str]:
    """What ``event`` comes to. Who will catch it is looked for here too, since that can fail."""
    kind = event.kind
    if kind in (EventKind.ERROR, EventKind.ESCALATION):
        code = throwing.code_text(evaluate(run, element, event.code, f"{kind.value.lower()} code"))
        catcher = throwing.find_catcher(run, body, kind, code)
        if kind is EventKind.ERROR and catcher is None:
            raise throwing.uncaught(code, "")
        return [kind.value, code, ""]
    name = a_text(run, element, event.name, f"{kind.value.lower()} name")
    tasks.findable(name, f"the {kind.value.lower()} name")
    key = tasks.correlation_text(evaluate(run, element, event.correlation_key, "correlation key"))
    list(_boundaries(run, body, node, kind.value, name, key))
    return [kind.value, name, key]


def throw(run: Run, model: ProcessModel, body: ElementInstance, node: FlowNode, attributes: Mapping[str, Any]) -> bool:
    """Throw what was decided. False if that ended the activity."""
    for kind, name, key in body.data.pop(DECIDED):
        if kind == EventKind.ERROR:
            throwing.throw_error(run, body, name, "", attributes)
        elif kind == EventKind.ESCALATION:
            _escalate(run, model, body, name, attributes)
        elif not _tell(run, model, body, node, kind, name, key, attributes):
            _send(run, body, kind, name, key, dict(attributes))
        if run.state.elements.get(body.key) is not body:
            return False
    return True


def _escalate(run: Run, model: ProcessModel, body: ElementInstance, code: str, attributes: Mapping[str, Any]) -> None:
    catcher = throwing.find_catcher(run, body, EventKind.ESCALATION, code)
    if catcher is None:
        return
    if catcher.element is body:
        _trigger(run, model, body, catcher.event, "ESCALATION", code, {**attributes, "escalationCode": code})
    else:
        throwing.deliver(run, catcher, code, "", {})


def _tell(
    run: Run,
    model: ProcessModel,
    body: ElementInstance,
    node: FlowNode,
    kind: str,
    name: str,
    key: str,
    attributes: Mapping[str, Any],
) -> bool:
    """Trigger the boundary events of the activity that wait for this message or signal. True if there is one."""
    found = list(_boundaries(run, body, node, kind, name, key))
    for event in found:
        _trigger(run, model, body, event, kind, name, attributes)
    return bool(found)


def _boundaries(run: Run, body: ElementInstance, node: FlowNode, kind: str, name: str, key: str) -> Iterator[FlowNode]:
    model = run.model(body.definition_key)
    for slot in node.boundary_events:
        event = model.nodes[slot]
        for definition in (event.event, *(event.event.members if event.event is not None else ())):
            if definition is None or definition.kind != kind:
                continue
            waited = evaluate(run, body, definition.name, f"name of {event.id}")
            waited_key = tasks.correlation_text(
                evaluate(run, body, definition.correlation_key, f"correlation key of {event.id}")
            )
            if waited == name and waited_key == key:
                yield event
                break


def _trigger(
    run: Run,
    model: ProcessModel,
    body: ElementInstance,
    event: FlowNode,
    kind: str,
    name: str,
    attributes: Mapping[str, Any],
) -> None:
    """The event goes on with the counts of the activity as variables of its own."""
    scope = run.state.elements[body.parent]
    run.transition.write(EventTriggered(body.key, event.id, kind, name))
    catching.activate_triggered(run, model, scope, event, {}, attributes)


def _send(run: Run, body: ElementInstance, kind: str, name: str, key: str, payload: dict[str, Any]) -> None:
    if kind == EventKind.SIGNAL:
        run.signals.append((body, name, payload, False, False))
    else:
        run.transition.outbox.append(MessageToSend(body.key, body.process_key, name, key, payload))
        run.transition.write(MessageThrown(body.key, name))
