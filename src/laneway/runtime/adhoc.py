"""Ad-hoc sub-process: what is in it is begun one by one, as someone outside says (BPMN 2.0, 10.3.5 and 13.3.5).

Each activation is a scope of its own (role ``inner``), in which the activated element and what follows it run. While it
can be told to begin something, the sub-process holds a wait ``activation``. Who tells it: the list that it is given when
it is reached, the API, its own job (Camunda 8, "Ad-hoc sub-processes": job worker implementation), or a person
(walkthrough). Where activities are to run one at a time, those that came too early wait as hidden variables, one each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from laneway.domain.errors import Conflict, InvalidInput
from laneway.domain.history import ElementActivated, ElementCompleted
from laneway.domain.model import AdHocSpec, FlowNode, JobSpec, ProcessModel, UserTaskSpec
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.types import HIDDEN_PREFIX, ElementState, ElementType, IncidentType, JobPurpose
from laneway.runtime import autonomy, compensation, joins, tasks, tool_begins
from laneway.runtime.expected import unfit
from laneway.runtime.failure import ElementFailure
from laneway.runtime.loops import variable_read
from laneway.runtime.scope import KEPT, evaluate, evaluate_condition, merge, set_local
from laneway.runtime.values import shown

if TYPE_CHECKING:
    from laneway.runtime.run import Run

INNER = "inner"
QUEUED = HIDDEN_PREFIX + "queued."
ELEMENTS = "adHocSubProcessElements"
"""The variable that tells a worker what there is to activate (Camunda 8, "Special ad-hoc sub-process variables")."""

RESULT = ("activateElements", "isCompletionConditionFulfilled", "isCancelRemainingInstances")

AGAIN = "isAskedAgain"
"""In a result of Laneway's own agents: some of what was decided waits for a person, so that there is a job to wait with."""

Wanted = tuple[int, Mapping[str, Any]]
"""What is to be activated: slot, and variables of its own."""


def ad_hoc_sub_process(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """13.3.5: nothing begins by itself but what the list of active elements names."""
    spec = _spec(node)
    if isinstance(node.work, UserTaskSpec) and spec.done is None:
        tasks.open_user_task(run, element, node, node.work)
        return
    if "begun" in element.data:  # its worker failed with an error that nobody caught: it is asked again
        _ask(run, element, node)
        return
    wanted = _active_elements(run, model, element, node, spec)
    set_local(run, element, ELEMENTS, _described(model, element.slot))
    if spec.output_collection:
        set_local(run, element, spec.output_collection, [])
    run.wait(element, Wait("activation", run.ids.next(), element.slot))
    _ask(run, element, node)
    element.own_data()["begun"] = True
    if spec.output_collection and isinstance(node.work, JobSpec) and node.work.agent is not None and node.work.flavour:
        element.data[KEPT] = [spec.output_collection]  # what its tools come to is not theirs to write
    for one in wanted:
        _begin(run, model, element, node, *one)


@lru_cache(maxsize=1024)
def _described(model: ProcessModel, slot: int) -> list[dict[str, Any]]:
    found = (model.nodes[each] for each in model.nodes[slot].start_nodes)
    return [
        {
            "elementId": each.id,
            "elementName": each.name,
            "documentation": each.documentation,
            "properties": {
                name: value for name, value in each.properties.items() if type(value) is str and name != "dialect"
            },
        }
        for each in found
    ]


def _active_elements(
    run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, spec: AdHocSpec
) -> list[Wanted]:
    if spec.everything:
        return [(slot, {}) for slot in node.start_nodes]
    value = evaluate(run, element, spec.active_elements, "active elements")
    if value is None and spec.active_elements is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        message = f"the active elements must be a list of texts, they are {shown(value)}"
        raise unfit(run, element, spec.active_elements, message)
    try:
        return wanted_of(model, node, ((each, {}) for each in value))
    except InvalidInput as error:
        raise ElementFailure(IncidentType.EXTRACT_VALUE_ERROR, error.message) from error


def wanted_of(model: ProcessModel, node: FlowNode, elements: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Wanted]:
    """Slots of the elements named.

    Raises
    ------
    InvalidInput
        ``ad_hoc_activity_unknown``: it holds no element of this id that can be activated.
    """
    found: list[Wanted] = []
    for element_id, variables in elements:
        slot = model.slots.get(element_id)
        if slot is None or slot not in node.start_nodes:
            known = ", ".join(model.nodes[each].id for each in node.start_nodes)
            raise InvalidInput(
                "ad_hoc_activity_unknown",
                f"ad-hoc sub-process {node.id} holds no element «{element_id}» that can be activated; it holds {known}",
                {"elementId": element_id},
            )
        found.append((slot, variables))
    return found


def activate(
    run: Run,
    element: ElementInstance,
    elements: Iterable[tuple[str, Mapping[str, Any]]],
    cancel_remaining: bool,
) -> None:
    """Someone outside says what is done next.

    Raises
    ------
    Conflict
        ``ad_hoc_sub_process_ending``: its completion condition has come true, or it is interrupted or about to end.
    InvalidInput
        ``ad_hoc_activity_unknown``.
    """
    model = run.model(element.definition_key)
    node = model.nodes[element.slot]
    if all(wait.kind != "activation" for wait in element.waits.values()):
        raise Conflict(
            "ad_hoc_sub_process_ending",
            f"ad-hoc sub-process instance {element.key} ({node.id}) is about to end; nothing more begins in it",
        )
    wanted = wanted_of(model, node, elements)
    if cancel_remaining:
        _cancel_remaining(run, element)
    for one in wanted:
        _begin(run, model, element, node, *one)


def work_done(
    run: Run,
    model: ProcessModel,
    element: ElementInstance,
    node: FlowNode,
    wait: Wait,
    variables: Mapping[str, Any],
    result: Mapping[str, Any],
) -> None:
    """Its worker, or the person who decides, says what is done next. Variables are merged from it outwards (Camunda 8).

    An agent gives what it decides among its variables, since it knows no other result.
    """
    spec = _spec(node)
    if isinstance(node.work, JobSpec) and node.work.agent and not any(name in result for name in RESULT):
        result = {name: variables[name] for name in RESULT if name in variables}
        variables = {name: value for name, value in variables.items() if name not in RESULT}
    drawn = isinstance(node.work, UserTaskSpec)
    if drawn and spec.done is None:
        run.close_wait(element, wait.key, "completed")
        tasks.give(run, element, node, variables)
        run.complete(model, element, node)
        return
    if drawn:
        wanted, fulfilled = _chosen(model, node, spec, variables.get("choice"))
        variables = {name: value for name, value in variables.items() if name != "choice"}
        cancel: bool | None = None
    else:
        wanted = wanted_of(model, node, _instructions(result.get("activateElements")))
        fulfilled = result.get("isCompletionConditionFulfilled") is True
        cancel = result.get("isCancelRemainingInstances") is True
        if fulfilled and wanted:
            raise InvalidInput(
                "ad_hoc_result_contradiction", "a result either activates elements or fulfils the completion condition"
            )
    run.close_wait(element, wait.key, "completed")
    if wait.kind == "user_task" and not drawn:  # a shadow is done with, whatever it is at
        _close_own(run, element, "job")
    autonomy.no_longer_taken(run, element)
    for name in element.data.get(KEPT, ()):  # which is whoever decides's alone to write
        if name in variables:
            set_local(run, element, name, variables[name])
    merge(run, element, variables)
    if fulfilled:
        if cancel is not None:
            element.own_data()["cancel"] = cancel
        _fulfil(run, model, element, node, spec)
        return
    if cancel:
        _cancel_remaining(run, element)
    for one in wanted:
        _begin(run, model, element, node, *one)
    if result.get(AGAIN) is True or (drawn and not (spec.sequential and _is_busy(run, element))):
        _ask(run, element, node)


def _instructions(said: Any) -> list[tuple[str, Mapping[str, Any]]]:
    if not said:
        return []
    wrong = InvalidInput(
        "ad_hoc_result_invalid", "activateElements is a list of {elementId, variables}, or of ids of elements"
    )
    if not isinstance(said, list):
        raise wrong
    found: list[tuple[str, Mapping[str, Any]]] = []
    for each in said:
        if isinstance(each, str):
            found.append((each, {}))
            continue
        variables = each.get("variables") or {} if isinstance(each, Mapping) else None
        if not isinstance(each, Mapping) or not isinstance(variables, Mapping):
            raise wrong
        found.append(
            (
                str(each.get("elementId")),
                {name: value for name, value in variables.items() if not name.startswith(HIDDEN_PREFIX)},
            )
        )
    return found


def _chosen(model: ProcessModel, node: FlowNode, spec: AdHocSpec, choice: Any) -> tuple[list[Wanted], bool]:
    """What a person named, by id or by name, and whether it was that nothing more is to be done."""
    assert isinstance(node.work, UserTaskSpec)
    given = choice if isinstance(choice, list) else [choice]
    chosen = [id for id, label in node.work.choices if id in given or label in given]
    alone = len(chosen) == 1
    if (
        not chosen
        or len(given) > len(chosen)
        or not (alone or node.work.choose_many)
        or (spec.done in chosen and not alone)
    ):
        options = ", ".join(f"«{label}» ({id})" for id, label in node.work.choices)
        many = "one or more" if node.work.choose_many else "one"
        raise InvalidInput(
            "choice_unknown", f"give «choice» as {many} of {options}, the last one alone; it was {shown(choice)}"
        )
    if spec.done in chosen:
        return [], True
    return wanted_of(model, node, ((each, {}) for each in chosen)), False


def _ask(run: Run, element: ElementInstance, node: FlowNode) -> None:
    """Whoever decides is asked what is done next. There is at most one such question at a time."""
    _close_own(run, element, "job", "user_task", "timer")
    if isinstance(node.work, JobSpec) and node.work.agent is not None:
        autonomy.open_turn(run, element, node, node.work)
    elif isinstance(node.work, JobSpec):
        tasks.open_job(run, element, node, node.work, JobPurpose.AD_HOC_SUB_PROCESS)
    elif isinstance(node.work, UserTaskSpec):
        tasks.open_user_task(run, element, node, node.work)


def _is_busy(run: Run, element: ElementInstance) -> bool:
    elements = run.state.elements
    return any(elements[key].role == INNER for key in element.children)


def _begin(
    run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, slot: int, variables: Mapping[str, Any]
) -> None:
    """A new activation; where only one may run at a time and one does, it waits for its turn."""
    run.touch(element)
    if _spec(node).sequential and _is_busy(run, element):
        last = element.data.get("queued", 0)
        set_local(run, element, f"{QUEUED}{last}", [model.nodes[slot].id, dict(variables)])
        element.own_data()["queued"] = last + 1
        return
    element.own_data()["activated"] = True
    key = run.ids.next()
    inner = ElementInstance(
        key,
        element.slot,
        ElementType.AD_HOC_SUB_PROCESS_INNER_INSTANCE,
        element.definition_key,
        element.key,
        element.process_key,
        INNER,
    )
    inner.state = ElementState.ACTIVE
    run.state.elements[key] = inner
    element.own_children()[key] = None
    if model.joins:
        joins.count(element, element.slot, 1)
    run.transition.created[key] = inner
    run.transition.write(ElementActivated(key, node.id))
    output_item = _spec(node).output_item
    read = variable_read(output_item.text) if output_item is not None else None
    if read is not None:  # it is the activation's own, so that those side by side do not share it
        set_local(run, inner, read, None)
    for name, value in variables.items():
        set_local(run, inner, name, value)
    run.later(tool_begins.enter, inner, slot)


def _begin_next(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> bool:
    """The activation that waits longest has its turn. False if none waits."""
    first = element.data.get("taken", 0)
    if first >= element.data.get("queued", 0):
        return False
    name = f"{QUEUED}{first}"
    element_id, variables = run.state.variables[element.key][name]
    set_local(run, element, name, None)
    element.own_data()["taken"] = first + 1
    _begin(run, model, element, node, model.slots[element_id], variables)
    return True


def inner_ended(run: Run, model: ProcessModel, inner: ElementInstance, node: FlowNode) -> None:
    """No token is left in an activation: its output is collected, and the completion condition is looked at."""
    element = run.state.elements[inner.parent]
    spec = _spec(node)
    try:
        _collect(run, element, inner, spec)
        fulfilled = spec.completion_condition is not None and evaluate_condition(
            run, element, spec.completion_condition, "completion condition"
        )
    except ElementFailure as failure:
        run.raise_incident(inner, failure.type, failure.message, stage="end")
        return
    compensation.hand_up(run, inner, element)
    run.transition.write(ElementCompleted(inner.key, node.id))
    run.end(model, inner, element, ElementState.COMPLETED)
    run.touch(element)
    if element.state is not ElementState.ACTIVE:
        return
    if fulfilled or "fulfilled" in element.data:
        _fulfil(run, model, element, node, spec)
    elif spec.sequential and _begin_next(run, model, element, node):
        return
    elif node.work is not None:
        if isinstance(node.work, JobSpec) or spec.sequential:
            _ask_again(run, element, node)
    else:
        nothing_left(run, model, element, node)


def _ask_again(run: Run, element: ElementInstance, node: FlowNode, *, event: bool = False) -> None:
    if autonomy.is_a_person_s(element):
        # Who decides is asked once all that they began is done, or something happened; what they are at is not taken from them.
        asked = any(wait.kind == "user_task" and wait.slot == element.slot for wait in element.waits.values())
        if asked or (_is_busy(run, element) and not event):
            return
    run.close_incident(element, "resolved")
    try:
        _ask(run, element, node)
    except ElementFailure as failure:
        run.raise_incident(element, failure.type, failure.message, stage="behave")


def _collect(run: Run, element: ElementInstance, ended: ElementInstance, spec: AdHocSpec) -> None:
    if spec.output_collection and spec.output_item is not None and "collected" not in ended.data:
        value = evaluate(run, ended, spec.output_item, "output element", type=IncidentType.IO_MAPPING_ERROR)
        value = tool_begins.answering(ended, value)
        before = run.state.variables.get(element.key, {}).get(spec.output_collection)
        kept = before if isinstance(before, list) else []
        set_local(run, element, spec.output_collection, [*kept, value])
        ended.own_data()["collected"] = True


def event_begins(run: Run, event: ElementInstance) -> None:
    """What the output element reads is the event's own, so that it never takes what another one has left."""
    element = run.state.elements[event.parent]
    spec = _told_of_events(run, element)
    brought = run.state.variables.get(event.key, {})
    for name in sorted(spec.output_item.names) if spec is not None and spec.output_item is not None else ():
        if name not in brought:
            set_local(run, event, name, None)


def event_ended(run: Run, event: ElementInstance) -> None:
    """An event sub-process in it is about to end: its output is collected as that of an activity (Camunda 8, "AI Agent
    Sub-process", event handling). It answers no call, which is how the two are told apart.

    Raises
    ------
    ElementFailure
        The output element cannot be evaluated.
    """
    element = run.state.elements[event.parent]
    spec = _told_of_events(run, element)
    if spec is not None:
        _collect(run, element, event, spec)


def _told_of_events(run: Run, element: ElementInstance) -> AdHocSpec | None:
    """Where a worker decides, it hears of what happened meanwhile."""
    if element.type is not ElementType.AD_HOC_SUB_PROCESS or element.role == INNER:
        return None
    node = run.node_of(element)
    return _spec(node) if isinstance(node.work, JobSpec) else None


def event_handled(run: Run, element: ElementInstance) -> None:
    """An event sub-process in it has ended: its worker decides again (Camunda 8)."""
    node = run.node_of(element)
    ending = "fulfilled" in element.data or "interrupted" in element.data
    if isinstance(node.work, JobSpec) and element.state is ElementState.ACTIVE and not ending:
        _ask_again(run, element, node, event=True)


def nothing_left(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """Without a completion condition it is complete once what was activated has ended (Camunda 8). Otherwise it waits."""
    if element.children or element.state is not ElementState.ACTIVE:
        return
    spec = _spec(node)
    over = node.work is None and spec.completion_condition is None and "activated" in element.data
    if over or "fulfilled" in element.data or "interrupted" in element.data:
        _finish(run, model, element, node, spec)


def _fulfil(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, spec: AdHocSpec) -> None:
    """The completion condition holds: nothing more begins; what still runs is ended, or is waited for."""
    element.own_data()["fulfilled"] = True
    stop(run, element)
    if element.data.get("cancel", spec.cancel_remaining):
        _cancel_remaining(run, element, all_of_it=True)
    nothing_left(run, model, element, node)


def stop(run: Run, element: ElementInstance) -> None:
    """Nothing more begins in it: it was interrupted, or its completion condition holds."""
    _close_own(run, element, "job", "user_task", "activation", "timer")
    run.close_incident(element, "resolved")
    _drop_queued(run, element)


def _cancel_remaining(run: Run, element: ElementInstance, all_of_it: bool = False) -> None:
    for key in list(element.children):
        child = run.state.elements.get(key)
        if child is not None and (all_of_it or child.role == INNER):
            run.terminate(child)
    _drop_queued(run, element)


def _drop_queued(run: Run, element: ElementInstance) -> None:
    if "queued" in element.data:
        element.data["taken"] = element.data["queued"]
        run.touch(element)


def _close_own(run: Run, element: ElementInstance, *kinds: str) -> None:
    for key, wait in list(element.waits.items()):
        if wait.slot == element.slot and wait.kind in kinds:
            run.close_wait(element, key, "canceled")


def _finish(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode, spec: AdHocSpec) -> None:
    """What was collected goes to the scope around it, then the sub-process ends as any activity."""
    stop(run, element)
    if spec.output_collection:
        collected = run.state.variables.get(element.key, {}).get(spec.output_collection, [])
        merge(run, run.state.elements[element.parent], {spec.output_collection: collected})
    run.complete(model, element, node)


def _spec(node: FlowNode) -> AdHocSpec:
    return node.ad_hoc or AdHocSpec()
