"""``advance``: one stimulus, one transition. No I/O, no clock, no randomness."""

from __future__ import annotations

import copy
import gc
from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from laneway.domain.errors import Conflict, InvalidInput, NotFound
from laneway.domain.model import EventKind, FlowNode, ProcessModel, UserTaskSpec
from laneway.domain.state import ElementInstance, InstanceState, Wait
from laneway.domain.stimulus import (
    ActivateAdHocActivities,
    CancelInstance,
    ChangeUserTask,
    CompleteWork,
    RaiseIncident,
    ResolveIncident,
    SetVariables,
    StartInstance,
    Stimulus,
    ThrowError,
    TriggerWait,
)
from laneway.domain.transition import Transition
from laneway.domain.types import HIDDEN_PREFIX, SCOPES, ElementType, IncidentType
from laneway.ports import Definitions, IdSource
from laneway.runtime import (
    adhoc,
    autonomy,
    catching,
    complex_gateway,
    conditions,
    courses,
    listeners,
    loops,
    mapped_errors,
    multiple,
    steering,
    subprocesses,
    task_listeners,
    tasks,
    throwing,
    tool_begins,
    watching,
)
from laneway.runtime.failure import ElementFailure
from laneway.runtime.limits import DEFAULT_LIMITS, Limits
from laneway.runtime.run import Run
from laneway.runtime.scope import merge, set_local
from laneway.runtime.values import shown

GATEWAYS = frozenset({ElementType.EXCLUSIVE_GATEWAY, ElementType.INCLUSIVE_GATEWAY, ElementType.COMPLEX_GATEWAY})
WORK = frozenset({"job", "user_task"})
EVENTS = frozenset({"timer", "message", "signal", "condition"})


def advance(
    definitions: Definitions,
    state: InstanceState | None,
    stimulus: Stimulus,
    now: datetime,
    ids: IdSource,
    limits: Limits = DEFAULT_LIMITS,
) -> Transition:
    """As ``advance_in_place``, on a copy: ``state`` stays as it was."""
    return advance_in_place(definitions, clone(state) if state is not None else None, stimulus, now, ids, limits)


def clone(state: InstanceState) -> InstanceState:
    return copy.deepcopy(state)


def advance_in_place(
    definitions: Definitions,
    state: InstanceState | None,
    stimulus: Stimulus,
    now: datetime,
    ids: IdSource,
    limits: Limits = DEFAULT_LIMITS,
) -> Transition:
    """Apply ``stimulus`` and run on until everything alive waits for something outside.

    Parameters
    ----------
    state
        What is alive; changed in place and part of the result. None for StartInstance. After an exception it must be
        thrown away.
    now
        UTC; the only time that anything in here knows.

    Raises
    ------
    NotFound
        ``wait_not_found``, ``element_instance_not_found``, ``incident_not_found``: what the stimulus is for is gone.
    InvalidInput
        ``no_none_start_event``, ``start_event_not_found``, ``choice_unknown``.
    Conflict
        ``not_root_instance``: only a root instance can be cancelled.

    Notes
    -----
    Everything else that goes wrong is an incident in the transition. Afterwards each live element waits for something,
    has live children, or holds an incident (the liveness rule), or an incident is raised that says so.
    """
    origin: courses.Origin | None = None
    if isinstance(stimulus, StartInstance):
        known = _courses(definitions, stimulus)
        taken: Transition | None = None if known is None else known.follow(stimulus.variables, now, ids, limits)
        if taken is not None:
            return taken
        state = InstanceState(ids.next())
    elif state is None:
        raise NotFound("process_instance_not_found", "the process instance has ended or never was")
    else:
        known = None
        if isinstance(stimulus, (CompleteWork, TriggerWait)):
            origin = courses.origin_of(definitions, state, stimulus)
            if origin is not None:
                taken = courses.go_on(origin, state, stimulus.variables, now, ids, limits)
                if taken is not None:
                    return taken
    state.steps = 0
    run = Run(definitions, state, now, ids, limits)
    watch = _watch(run, known, origin, stimulus)
    state.move()
    # A long advance makes tens of thousands of small objects that all live until it is stored, and no cycles. The cycle
    # collector would look at all of them again and again, so that a step would cost more the more steps came before it.
    # Whoever found it at work starts it again, and only they, which is safe in threads.
    collects = gc.isenabled()
    if collects:
        gc.disable()
    try:
        _apply(run, stimulus)
        run.drain()
        _check_liveness(run)
    finally:
        if collects:
            gc.enable()
    run.transition.completed = not state.elements
    run.transition.steps = state.steps
    if watch is not None:
        watch.learn()
    return run.transition


def _courses(definitions: Definitions, stimulus: StartInstance) -> courses.Courses | None:
    """Where the start may have a course, being nobody's event and at the process's own start."""
    if stimulus.element_id is not None or stimulus.correlation_key or stimulus.member is not None:
        return None
    definition_key = stimulus.definition_key
    found = courses.courses_of(definitions.model(definition_key), definition_key)
    return None if found.off else found


def _watch(
    run: Run, known: courses.Courses | None, origin: courses.Origin | None, stimulus: Stimulus
) -> watching.Watch | None:
    """``known``: of an instance that starts; ``origin``: of one that waits. Before anything was done."""
    if isinstance(stimulus, StartInstance):
        given = tuple(stimulus.variables)
        return None if known is None else watching.Watch(known, known.start, run, given, given)
    if origin is None or not isinstance(stimulus, (CompleteWork, TriggerWait)):
        return None
    state = run.state
    assert state.place is not None
    first = courses.first_of(state, stimulus.variables)
    return watching.Watch(state.place.owner, origin, run, first, tuple(stimulus.variables), state.keys)


def _apply(run: Run, stimulus: Stimulus) -> None:
    if isinstance(stimulus, CompleteWork):
        _complete_work(run, stimulus)
    elif isinstance(stimulus, StartInstance):
        _start(run, stimulus)
    elif isinstance(stimulus, TriggerWait):
        element = _element(run, stimulus.element_instance_key)
        wait = _wait(element, stimulus.wait_key, EVENTS)
        if autonomy.is_late(wait):
            try:
                autonomy.expired(run, element, wait)
            except ElementFailure as uncaught:
                run.raise_incident(element, uncaught.type, uncaught.message, stage=autonomy.LATE)
            return
        catching.triggered(run, element, wait, _visible(stimulus.variables), stimulus.correlation_key)
    elif isinstance(stimulus, ThrowError):
        _throw(run, stimulus)
    elif isinstance(stimulus, RaiseIncident):
        element = _element(run, stimulus.element_instance_key)
        wait = _wait(element, stimulus.work_key, WORK)
        if not stimulus.retries and autonomy.gave_up(run, element, wait, stimulus.message):
            return
        failure = {"errorMessage": stimulus.message, "errorDetails": stimulus.message, "retries": stimulus.retries}
        if mapped_errors.threw(run, element, wait, failure, {}) or stimulus.retries:
            return
        job_key = wait.key if wait.kind == "job" else None
        run.raise_incident(element, stimulus.type, stimulus.message, stage="job", work_key=wait.key, job_key=job_key)
    elif isinstance(stimulus, ResolveIncident):
        _resolve(run, stimulus)
    elif isinstance(stimulus, ActivateAdHocActivities):
        element = _element(run, stimulus.element_instance_key)
        if element.type is not ElementType.AD_HOC_SUB_PROCESS:
            raise NotFound("ad_hoc_sub_process_not_found", f"{element.key} is no ad-hoc sub-process instance")
        wanted = [(each, _visible(variables)) for each, variables in stimulus.elements]
        adhoc.activate(run, element, wanted, stimulus.cancel_remaining)
    elif isinstance(stimulus, ChangeUserTask):
        element = _element(run, stimulus.element_instance_key)
        wait = _wait(element, stimulus.work_key, WORK)
        task_listeners.change(run, element, wait, stimulus.event, stimulus.changes, stimulus.action)
    elif isinstance(stimulus, SetVariables):
        element = _element(run, stimulus.element_instance_key)
        variables = _visible(stimulus.variables)
        if not stimulus.local:
            steering.rewrote(run, element, variables)
        if element.waits and task_listeners.set_variables(run, element, variables, stimulus.local):
            return
        if stimulus.local:
            for name, value in variables.items():
                set_local(run, element, name, value)
        else:
            merge(run, element, variables)
    elif isinstance(stimulus, CancelInstance):
        element = _element(run, stimulus.process_instance_key)
        if element.type is not ElementType.PROCESS:
            raise NotFound("process_instance_not_found", f"{element.key} is no process instance")
        if element.parent:
            raise Conflict(
                "not_root_instance",
                f"process instance {element.key} was called by another; cancel the root {run.state.root_key} instead",
            )
        run.terminate(element)
    else:
        assert_never(stimulus)


def _element(run: Run, key: int) -> ElementInstance:
    element = run.state.elements.get(key)
    if element is None:
        raise NotFound("element_instance_not_found", f"no live element instance {key} in instance {run.state.root_key}")
    return element


def _wait(element: ElementInstance, key: int, kinds: frozenset[str]) -> Wait:
    wait = element.waits.get(key)
    if wait is None or wait.kind not in kinds:
        raise NotFound("wait_not_found", f"element instance {element.key} does not wait for {key} (any more)")
    return wait


def _visible(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without names that are the engine's own."""
    for name in variables:
        if name.startswith(HIDDEN_PREFIX):
            return {name: value for name, value in variables.items() if not name.startswith(HIDDEN_PREFIX)}
    return variables


def _settled(run: Run, element: ElementInstance, wait: Wait) -> None:
    """Work that an incident held is done after all."""
    if element.incident and element.data.get("work") == wait.key:
        run.close_incident(element, "resolved")


def _start(run: Run, stimulus: StartInstance) -> None:
    model = run.model(stimulus.definition_key)
    start_slot: int | None = None
    if stimulus.element_id is not None:
        start_slot = model.slots.get(stimulus.element_id)
        root = model.nodes[0]
        if start_slot is None or start_slot not in (*root.start_nodes, *root.event_starts):
            raise InvalidInput(
                "start_event_not_found", f"process {model.process_id} has no start event {stimulus.element_id}"
            )
    elif not model.nodes[0].start_nodes and model.nodes[0].event_starts:
        ways = ", ".join(model.nodes[slot].id for slot in model.nodes[0].event_starts)
        raise InvalidInput(
            "no_none_start_event",
            f"process {model.process_id} starts only by an event ({ways}): publish its message or signal, "
            "or draw a start event without a trigger",
        )
    subprocesses.start_process(
        run,
        model,
        stimulus.definition_key,
        _visible(stimulus.variables),
        None,
        run.state.root_key,
        start_slot,
        stimulus.correlation_key,
        stimulus.member,
    )


def _complete_work(run: Run, stimulus: CompleteWork) -> None:
    element = _element(run, stimulus.element_instance_key)
    wait = _wait(element, stimulus.work_key, WORK)
    _settled(run, element, wait)
    model = run.model(element.definition_key)
    node = model.nodes[element.slot]
    variables = _visible(stimulus.variables)
    if wait.data is not None and "listener" in wait.data:
        listeners.job_done(run, model, element, node, wait, variables)
        return
    if wait.data is not None and "task_listener" in wait.data:
        task_listeners.job_done(run, model, element, node, wait, variables, stimulus.result)
        return
    if autonomy.is_dialled(wait):
        goes_on = autonomy.work_done(run, element, node, wait, variables, stimulus.result)
        if goes_on is None:
            return
        variables = goes_on
    elif stimulus.by_agent:
        steering.gave(run, model, element, node)
    elif wait.kind == "job":
        steering.rewrote(run, element, variables)
    if wait.kind == "user_task":
        steering.looked(run, element)
    if wait.kind == "user_task" and wait.slot == element.slot and task_listeners.listens(node, "completing"):
        action = str(stimulus.result.get("action") or "complete")
        task_listeners.complete(run, element, node, wait, variables, action)
        return
    if wait.slot != element.slot:
        catching.triggered(run, element, wait, variables)
        return
    if tool_begins.HAND_OUT in stimulus.result:
        tool_begins.hand_out(run, element, stimulus.result[tool_begins.HAND_OUT])
    if node.ad_hoc is not None:
        adhoc.work_done(run, model, element, node, wait, variables, stimulus.result)
        return
    if mapped_errors.threw(run, element, wait, {}, variables):
        return
    chosen: list[int] | None = None
    if node.type in GATEWAYS and isinstance(node.work, UserTaskSpec):
        chosen = _choices(model, node, node.work, variables.get("choice"))
        variables = {name: value for name, value in variables.items() if name != "choice"}
    run.close_wait(element, wait.key, "completed")
    tasks.give(run, element, node, variables)
    run.complete(model, element, node, chosen)


def _choices(model: ProcessModel, node: FlowNode, spec: UserTaskSpec, choice: Any) -> list[int]:
    """The flows that a person named, by id or by name."""
    wanted = choice if isinstance(choice, list) else [choice]
    chosen = [
        index
        for index, (flow_id, label) in zip(_choice_flows(model, node, spec), spec.choices, strict=True)
        if flow_id in wanted or label in wanted
    ]
    if not chosen or (len(chosen) > 1 and not spec.choose_many) or len(wanted) > len(chosen):
        options = ", ".join(f"«{label}» ({flow_id})" for flow_id, label in spec.choices)
        many = "one or more of" if spec.choose_many else "one of"
        raise InvalidInput("choice_unknown", f"give «choice» as {many} {options}; it was {shown(choice)}")
    return chosen


def _choice_flows(model: ProcessModel, node: FlowNode, spec: UserTaskSpec) -> list[int]:
    by_id = {model.flows[index].id: index for index in node.outgoing}
    return [by_id[flow_id] for flow_id, _ in spec.choices]


def _throw(run: Run, stimulus: ThrowError) -> None:
    element = _element(run, stimulus.element_instance_key)
    wait = _wait(element, stimulus.work_key, WORK)
    if wait.kind == "user_task":
        task_listeners.refuse_twice(element, wait.key)
    if wait.data is not None and ("listener" in wait.data or "task_listener" in wait.data):
        raise Conflict(
            "listener_cannot_throw",
            f"job {wait.key} is a listener; it can be completed or fail, and throws no error. Throw it from the task itself",
        )
    if wait.slot != element.slot:
        raise NotFound("wait_not_found", f"{wait.key} asks whether an event has happened; it can throw no error")
    _settled(run, element, wait)
    if autonomy.gave_up(run, element, wait, stimulus.message or stimulus.code):
        return
    run.close_wait(element, wait.key, "error")
    model = run.model(element.definition_key)
    node = model.nodes[element.slot]
    variables = _visible(stimulus.variables)
    if variables and wait.kind == "job":
        steering.gave(run, model, element, node)
    try:
        if not stimulus.escalation:
            throwing.throw_error(run, element, stimulus.code, stimulus.message, variables)
            return
        catcher = throwing.find_catcher(run, element, EventKind.ESCALATION, stimulus.code)
        if catcher is not None:
            throwing.deliver(run, catcher, stimulus.code, stimulus.message, variables)
        if run.state.elements.get(element.key) is element:
            tasks.give(run, element, node, variables)
            run.complete(model, element, node)
    except ElementFailure as failure:
        run.raise_incident(element, failure.type, failure.message, stage="behave")


def _resolve(run: Run, stimulus: ResolveIncident) -> None:
    element = _element(run, stimulus.element_instance_key)
    if element.incident != stimulus.incident_key:
        raise NotFound("incident_not_found", f"incident {stimulus.incident_key} is not open (any more)")
    stage = run.close_incident(element, "resolved")
    model = run.model(element.definition_key)
    node = model.nodes[element.slot]
    if stage == "begin":
        run.begin(model, element, node)
    elif stage == "behave":
        run.behave(model, element, node)
    elif stage == "complete":
        run.complete(model, element, node, element.data.pop("chosen", None))
    elif stage == "loop":
        loops.go_on(run, model, element, node)
    elif stage == "join":
        run.begin(model, element, node)
    elif stage == "events":
        conditions.look_again(run, element)
        multiple.open_missing(run, model, element, node)
    elif stage == "activation":
        complex_gateway.again(run, model, element, node)
    elif stage == tool_begins.STAGE:
        tool_begins.again(run, element)
    elif stage == "end":
        run.maybe_done.append(element.key)
    elif stage == task_listeners.STAGE:
        task_listeners.again(run, element, node)
    elif stage == "listen":
        start, member = element.data.pop("start", None), element.data.pop("member", None)
        subprocesses.listen_and_start(run, model, element, node, start, member)


def _check_liveness(run: Run) -> None:
    """A silent stop is impossible: whatever waits for nothing becomes an incident that names the element."""
    elements = run.state.elements
    if not elements:
        return
    transition = run.transition
    parents = [closed.element.parent for closed in transition.ended.values()]
    around = {passed[3] for passed in transition.passed}
    for key in [*transition.created, *transition.touched, *parents, *sorted(around)]:
        element = elements.get(key)
        if element is None or element.children or element.waits or element.incident:
            continue
        run.raise_incident(
            element,
            IncidentType.UNKNOWN,
            "nothing is left that could move this element on; this is a fault of Laneway, please report it with the diagram",
            stage="end" if element.type in SCOPES or element.role == "inner" else "behave",
        )
