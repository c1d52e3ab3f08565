"""Compensation and the cancelling of transactions (BPMN 2.0, 10.7, 13.3.4 and 13.5.5).

A completed activity that can be compensated is remembered in its scope, one hidden variable per completion. What a throw
event compensates it claims at once, latest first, and links into a chain: each record names the next. The handlers run
one after the other in the scope of what they compensate, and carry the rest of the chain, so that nobody keeps a list.

A completed scope without a handler is compensated by its inside: the scope comes back with the variables that it had,
and its own records are undone in it. So does a called process, in an instance of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laneway.domain.history import ElementActivated, ElementCompleted, EventTriggered
from laneway.domain.model import EventDefinition, EventKind, FlowNode, ProcessModel
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.types import HIDDEN_PREFIX, ElementState, ElementType, IncidentType
from laneway.runtime import catching, events, subprocesses
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import set_local

if TYPE_CHECKING:
    from laneway.runtime.run import Run

KEPT = HIDDEN_PREFIX + "kept."
CALLED = HIDDEN_PREFIX + "called"
WAIT = "compensation"

_WITHIN = frozenset({ElementType.EVENT_SUB_PROCESS, ElementType.AD_HOC_SUB_PROCESS_INNER_INSTANCE})
"""Scopes that are part of the one around them."""

Record = dict[str, Any]
"""``slot`` of the activity, ``locals`` that it had; ``inside``: the records of a scope without handler, oldest first;
``called``: definition key of a called process; ``before``: number of the record of the same activity before this one;
``then``, once it is claimed: place of the record to undo after it."""

Place = list[int]
"""Key of a scope and number of a record in it."""


# Remembering


def remember(run: Run, element: ElementInstance, node: FlowNode) -> None:
    """``element`` is about to complete: keep what is needed to compensate it.

    A handler on a loop or multi-instance activity compensates it as a whole, once (13.5.5); without one each of its
    rounds is remembered, and becomes the scope's when all are done.
    """
    scope = run.state.elements[element.parent]
    if node.compensation_handler is not None:
        if element.role != "round":
            _keep(run, scope, {"slot": node.slot, "locals": _locals(run, element)})
    elif element.role == "body":
        hand_up(run, element, scope)
    elif node.type is ElementType.CALL_ACTIVITY:
        called = run.state.variables.get(element.key, {}).get(CALLED)
        if called is not None:
            _keep(run, scope, {"slot": node.slot, **called})
    else:
        found = _of_scope(run, element, node)
        if found is not None:
            _keep(run, scope, {"slot": node.slot, **found})


def hand_up(run: Run, element: ElementInstance, scope: ElementInstance) -> None:
    """What was completed in ``element``, which is no activity of its own, is the scope's."""
    for record in _records(run, element):
        _keep(run, scope, record)


def remember_called(run: Run, process: ElementInstance, node: FlowNode, caller: ElementInstance) -> None:
    """A called process is about to complete: its caller keeps it until it completes itself."""
    found = _of_scope(run, process, node)
    if found is not None:
        set_local(run, caller, CALLED, {"called": process.definition_key, **found})


def _of_scope(run: Run, element: ElementInstance, node: FlowNode) -> Record | None:
    inside = _records(run, element)
    if not inside and node.compensation_sub_process is None:
        return None
    return {"locals": _locals(run, element), "inside": inside}


def _locals(run: Run, element: ElementInstance) -> dict[str, Any]:
    variables = run.state.variables.get(element.key, {})
    return {name: value for name, value in variables.items() if not name.startswith(HIDDEN_PREFIX)}


def _keep(run: Run, scope: ElementInstance, record: Record) -> None:
    data = scope.own_data()
    kept = data.get("kept")
    if kept is None:
        kept = data["kept"] = {"next": 0, "floor": 0, "last": {}}
    number = kept["next"]
    slot = str(record["slot"])
    set_local(run, scope, f"{KEPT}{number}", {**record, "before": kept["last"].get(slot)})
    kept["next"] = number + 1
    kept["last"][slot] = number
    run.touch(scope)


def _record(run: Run, scope: ElementInstance, number: int) -> Record | None:
    record: Record | None = run.state.variables[scope.key].get(f"{KEPT}{number}")
    return record


def _open_numbers(run: Run, scope: ElementInstance) -> list[int]:
    """Those that nobody has claimed, oldest first."""
    kept = scope.data.get("kept")
    if kept is None:
        return []
    records = ((number, _record(run, scope, number)) for number in range(kept["floor"], kept["next"]))
    return [number for number, record in records if record is not None and "then" not in record]


def _records(run: Run, scope: ElementInstance) -> list[Record]:
    found = []
    for number in _open_numbers(run, scope):
        record = _record(run, scope, number)
        assert record is not None
        found.append({name: value for name, value in record.items() if name != "before"})
    return found


# Claiming


def _claim(run: Run, scope: ElementInstance, slot: int | None = None) -> list[Place]:
    """What is to be compensated in ``scope`` (None: everything), latest first; nobody else gets it any more."""
    kept = scope.data.get("kept")
    if kept is None:
        return []
    run.touch(scope)
    if slot is None:
        numbers = _open_numbers(run, scope)[::-1]
        kept["floor"], kept["last"] = kept["next"], {}
        return [[scope.key, number] for number in numbers]
    numbers = []
    number = kept["last"].pop(str(slot), None)
    while number is not None:
        numbers.append(number)
        record = _record(run, scope, number)
        number = record["before"] if record is not None else None
    return [[scope.key, number] for number in sorted(numbers, reverse=True)]


def _link(run: Run, places: list[Place]) -> Place | None:
    """Each record names the one after it. Gives the first."""
    for index, (key, number) in enumerate(places):
        scope = run.state.elements[key]
        record = _record(run, scope, number)
        assert record is not None
        then = places[index + 1] if index + 1 < len(places) else None
        set_local(run, scope, f"{KEPT}{number}", {**record, "then": then})
    return places[0] if places else None


def throw(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, event: EventDefinition) -> None:
    """10.7.2: compensate one activity, or all that are completed in the scope. An event sub-process acts for its scope."""
    if not begin(run, model, element, event):
        run.complete(model, element, node)


def begin(run: Run, model: ProcessModel, element: ElementInstance, event: EventDefinition) -> bool:
    """Begin to compensate. True if ``element`` has to wait for it."""
    scopes = _scopes(run, element)
    slot = model.slots.get(event.reference) if event.reference is not None else None
    if slot is not None:
        parent = model.nodes[slot].parent
        scopes = [scope for scope in scopes if scope.slot == parent]
    first = _link(run, [place for scope in scopes for place in _claim(run, scope, slot)])
    if first is None:
        return False
    waits = event.wait_for_completion
    if waits:
        run.wait(element, Wait(WAIT, element.key, element.slot))
    run.later(_undo, run.state.elements[first[0]], first[1], element.key if waits else 0)
    return waits


def _scopes(run: Run, element: ElementInstance) -> list[ElementInstance]:
    """The scopes that a throw event speaks for, innermost first."""
    scope = run.state.elements[element.parent]
    found = [scope]
    while scope.type in _WITHIN:
        scope = run.state.elements[scope.parent]
        found.append(scope)
    return found


# Undoing


def _undo(run: Run, scope: ElementInstance, number: int, thrower: int) -> None:
    """Begin to compensate one completed activity of ``scope``."""
    record = _record(run, scope, number)
    assert record is not None
    set_local(run, scope, f"{KEPT}{number}", None)
    model = run.model(scope.definition_key)
    node = model.nodes[record["slot"]]
    data: dict[str, Any] = {"then": record["then"], "for": thrower}
    if node.compensation_handler is None:
        _restore(run, model, scope, node, record, data)
        return
    event = next(
        each for each in map(model.nodes.__getitem__, node.boundary_events) if _is(each, EventKind.COMPENSATION)
    )
    run.transition.write(EventTriggered(scope.key, event.id, "COMPENSATION", node.id))
    catching.activate_triggered(run, model, scope, event, {})
    run.activate(model, scope, model.nodes[node.compensation_handler], "", record["locals"], data)


def _is(node: FlowNode, kind: EventKind) -> bool:
    return node.event is not None and node.event.kind is kind


def _restore(
    run: Run, model: ProcessModel, scope: ElementInstance, node: FlowNode, record: Record, data: dict[str, Any]
) -> None:
    """Bring back a completed scope, for its inside to be compensated in it. Its borders and events stay closed."""
    key = run.ids.next()
    element = ElementInstance(key, node.slot, node.type, scope.definition_key, scope.key, scope.process_key)
    element.state = ElementState.ACTIVE
    element.data = {**data, "restored": True, "interrupted": True}
    run.state.elements[key] = element
    scope.own_children()[key] = None
    run.transition.created[key] = element
    run.transition.write(ElementActivated(key, node.id))
    run.state.steps += 1
    if "called" in record:
        model = run.model(record["called"])
        node = model.nodes[0]
        element = subprocesses.open_process(run, model, record["called"], record["locals"], element)
        element.own_data()["interrupted"] = True
    else:
        for name, value in record["locals"].items():
            set_local(run, element, name, value)
    for each in record["inside"]:
        _keep(run, element, each)
    if node.compensation_sub_process is not None:
        run.later(_enter_handler, element, node.compensation_sub_process)
        return
    first = _link(run, _claim(run, element))
    assert first is not None
    run.later(_undo, element, first[1], 0)


def _enter_handler(run: Run, scope: ElementInstance, slot: int) -> None:
    """13.5.5: its compensation event sub-process undoes a scope as it sees fit; it may compensate what is inside."""
    model = run.model(scope.definition_key)
    handler = model.nodes[slot]
    start = model.nodes[handler.start_nodes[0]]
    run.transition.write(EventTriggered(scope.key, start.id, "COMPENSATION", model.nodes[scope.slot].id))
    run.activate(model, scope, handler, "", None, {"start": start.slot})


def restored_ended(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """The inside of what came back is compensated. It goes nowhere from here."""
    run.close_waits(element)
    scope = run.state.elements[element.parent]
    run.transition.write(ElementCompleted(element.key, node.id))
    run.end(model, element, scope, ElementState.COMPLETED)
    run.maybe_done.append(scope.key)


def handled(run: Run, element: ElementInstance) -> None:
    """A handler has ended, in whatever way: on to the next, or back to who waits for all of them.

    If both were interrupted, the rest is there for whoever compensates next (an error event sub-process, say).
    """
    then = element.data["then"]
    interrupted = element.state is ElementState.TERMINATED
    if interrupted and element.data["for"] and element.data["for"] not in run.state.elements:
        _release(run, then)
        return
    if then is not None:
        scope = run.state.elements.get(then[0])
        if scope is not None:
            run.later(_undo, scope, then[1], element.data["for"])
        return
    thrower = run.state.elements.get(element.data["for"])
    if thrower is not None:
        run.later(_all_handled, thrower)


def _release(run: Run, place: Place | None) -> None:
    """Nobody claims the rest of a chain any more."""
    while place is not None and (scope := run.state.elements.get(place[0])) is not None:
        number = place[1]
        record = _record(run, scope, number)
        kept = scope.data["kept"]
        assert record is not None
        place = record["then"]
        slot = str(record["slot"])
        free = {name: value for name, value in record.items() if name != "then"}
        set_local(run, scope, f"{KEPT}{number}", {**free, "before": kept["last"].get(slot)})
        kept["last"][slot] = number
        kept["floor"] = min(kept["floor"], number)
        run.touch(scope)


def _all_handled(run: Run, thrower: ElementInstance) -> None:
    model = run.model(thrower.definition_key)
    node = model.nodes[thrower.slot]
    run.close_wait(thrower, thrower.key, "completed")
    if not _is(node, EventKind.MULTIPLE):
        run.complete(model, thrower, node)
        return
    try:
        events.throw_rest(run, model, thrower, node)
    except ElementFailure as failure:
        run.raise_incident(thrower, failure.type, failure.message, stage="behave")


# Transactions


def cancel(run: Run, model: ProcessModel, element: ElementInstance) -> None:
    """10.3.5: what is active in the transaction ends, what is completed is compensated, then it is left by its border.

    Of a multi-instance transaction all instances are cancelled, for they are left together.
    """
    path = [run.state.elements[element.parent]]
    while path[-1].type is not ElementType.TRANSACTION:
        if path[-1].type is ElementType.PROCESS:
            raise ElementFailure(IncidentType.UNKNOWN, "there is no transaction to cancel")
        path.append(run.state.elements[path[-1].parent])
    inner = element
    for scope in path:
        _stop_all_but(run, model, scope, inner)
        inner = scope
    body = run.state.elements[inner.parent]
    if inner.role == "round":
        transaction = model.nodes[inner.slot]
        for key in list(body.children):
            other = run.state.elements[key]
            if other is not inner:
                found = _of_scope(run, other, transaction)
                if found is not None:
                    _keep(run, body, {"slot": other.slot, **found})
        _stop_all_but(run, model, body, inner)
        path.append(body)
    first = _link(run, [place for scope in path for place in _claim(run, scope)])
    path[0].own_data()["cancelled"] = True
    run.wait(element, Wait(WAIT, element.key, element.slot))
    if first is None:
        run.later(_all_handled, element)
    else:
        run.later(_undo, run.state.elements[first[0]], first[1], element.key)


def _stop_all_but(run: Run, model: ProcessModel, scope: ElementInstance, going_on: ElementInstance) -> None:
    for key in list(scope.children):
        child = run.state.elements.get(key)
        if child is not None and child is not going_on:
            run.terminate(child)
    catching.drop_tokens(run, model, scope)
    run.close_waits(scope)
    scope.own_data()["interrupted"] = True
    run.touch(scope)


def leave_transaction(run: Run, scope: ElementInstance) -> None:
    """Nothing is left in the scope that a transaction was cancelled from: on by its cancel boundary event."""
    host = scope
    while host.type is not ElementType.TRANSACTION:
        host = run.state.elements[host.parent]
    if host.role == "round":
        host = run.state.elements[host.parent]
    model = run.model(host.definition_key)
    borders = map(model.nodes.__getitem__, model.nodes[host.slot].boundary_events)
    event = next((each for each in borders if _is_cancel(each)), None)
    if event is None:
        what = "the transaction has no cancel boundary event to leave by; draw one"
        run.raise_incident(scope, IncidentType.UNKNOWN, what, stage="end")
        return
    run.transition.write(EventTriggered(host.key, event.id, "CANCEL", None))
    catching.trigger_boundary(run, model, host, event, {})


def _is_cancel(node: FlowNode) -> bool:
    return _is(node, EventKind.CANCEL)
