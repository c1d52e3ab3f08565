"""Tasks: work for a worker or a person, expressions, decisions (BPMN 2.0, 13.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, assert_never

from laneway.domain.errors import LanewayError
from laneway.domain.history import DecisionEvaluated, JobCreated, MessageThrown, UserTaskCreated
from laneway.domain.model import (
    CallSpec,
    DecisionSpec,
    FlowNode,
    JobSpec,
    MessageKey,
    ProcessModel,
    ScriptSpec,
    ThrowSpec,
    TimerKind,
    UserTaskSpec,
    Value,
    WorkSpec,
)
from laneway.domain.state import ElementInstance, Wait
from laneway.domain.transition import JobOpened, MessageToSend, UserTaskOpened
from laneway.domain.types import HIDDEN_PREFIX, LONGEST_FINDABLE, IncidentType, JobKind, JobPurpose, UserTaskState
from laneway.expressions import ExpressionError
from laneway.runtime import autonomy, correlation, data, task_listeners
from laneway.runtime.decision_results import WrongShape, shaped
from laneway.runtime.expected import MOST_WARNINGS, a_text, unfit
from laneway.runtime.failure import ElementFailure
from laneway.runtime.schedule import TimerError, first_due, parse_date
from laneway.runtime.scope import compiled_assignment, evaluate, evaluate_condition, merge, set_local, view, write_whole
from laneway.runtime.values import shown

if TYPE_CHECKING:
    from laneway.runtime.run import Run

DEFAULT_PRIORITY = 50
"""Of a user task whose diagram gives none (Camunda 8, "User tasks"); the range is 0 to 100."""

MOST_RETRIES = 2**31 - 1


def task(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    """Do what the task is bound to; a task bound to nothing is passed through (13.3.3, abstract and manual tasks)."""
    by_work(node.work)(run, model, element, node)


SKIP_SWITCHES = ("_FLOWABLE_SKIP_EXPRESSION_ENABLED", "_ACTIVITI_SKIP_EXPRESSION_ENABLED")


def skippable(
    behaviour: Callable[[Run, ProcessModel, ElementInstance, FlowNode], None],
) -> Callable[[Run, ProcessModel, ElementInstance, FlowNode], None]:
    """``behaviour``, left out where the skip expression holds and a variable of the instance switches such expressions on
    (Flowable, "Skip expressions")."""

    def skip_or_do(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
        scope = view(run, element)
        enabled = any(scope.get(name) is True for name in SKIP_SWITCHES)
        if enabled and evaluate_condition(run, element, node.skip, "skip expression"):
            run.complete(model, element, node)
        else:
            behaviour(run, model, element, node)

    return skip_or_do


def by_work(work: WorkSpec | None) -> Callable[[Run, ProcessModel, ElementInstance, FlowNode], None]:
    """The behaviour of a task that is bound to ``work``."""
    if work is None:
        return _pass_through
    if isinstance(work, JobSpec):
        return _job
    if isinstance(work, UserTaskSpec):
        return user_task
    if isinstance(work, ScriptSpec):
        return _script
    if isinstance(work, DecisionSpec):
        return _decision
    if isinstance(work, ThrowSpec):
        return _send
    if isinstance(work, CallSpec):
        return _call
    assert_never(work)


def _pass_through(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    run.complete(model, element, node)


def _job(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    _open_work(run, element, node, node.work)


def _open_work(run: Run, element: ElementInstance, node: FlowNode, work: WorkSpec | None) -> None:
    assert isinstance(work, JobSpec)
    if work.agent is None:
        open_job(run, element, node, work)
    else:
        autonomy.open_work(run, element, node, work)


def _script(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    work = node.work
    assert isinstance(work, ScriptSpec)
    value = evaluate(run, element, work.expression, "script")
    name = work.result_variable
    if not name or node.outputs or node.data_outputs or not write_whole(run, element, name, value):
        _give_back(run, element, node, name, value)
    run.complete(model, element, node)


def script_in(node: FlowNode, work: ScriptSpec) -> Callable[[Run, ElementInstance], None]:
    """What a script does where nothing follows it at its element: it reads and writes the scope that it is given."""

    if work.result_variable:
        return compiled_assignment(work.result_variable, work.expression, "script")
    return lambda run, scope: _give_back(run, scope, node, None, evaluate(run, scope, work.expression, "script"))


def _decision(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    assert isinstance(node.work, DecisionSpec)
    _decide(run, element, node, node.work)
    run.complete(model, element, node)


def _send(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    assert isinstance(node.work, ThrowSpec)
    send_message(run, element, node, node.work.name, node.work.correlation_key, node.work.message_key)
    run.complete(model, element, node)


def _call(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    raise ElementFailure(IncidentType.UNKNOWN, "only a call activity can call a process")


def user_task(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
    work = node.work
    if isinstance(work, JobSpec):
        _open_work(run, element, node, work)
        return
    open_user_task(run, element, node, work if isinstance(work, UserTaskSpec) else UserTaskSpec())


def _give_back(run: Run, element: ElementInstance, node: FlowNode, name: str | None, value: Any) -> None:
    """A result named by ``name`` is the element's own if output mappings follow, else it is merged upwards. One that has
    no name is the one data output."""
    if not name and len(node.data_names) == 1 and not isinstance(value, Mapping):
        name = node.data_names[0]
    if name:
        values: Mapping[str, Any] = {name: value}
    elif isinstance(value, Mapping):
        values = {
            findable(name, "the name of a variable"): item
            for name, item in value.items()
            if not name.startswith(HIDDEN_PREFIX)
        }
    else:
        return
    give(run, element, node, values)


def give(run: Run, element: ElementInstance, node: FlowNode, values: Mapping[str, Any]) -> None:
    """Variables that an element's work gave back."""
    if node.outputs:
        for name, value in values.items():
            set_local(run, element, name, value)
    elif node.data_outputs:
        data.give(run, element, node, values)
    else:
        merge(run, element, values)


def open_job(
    run: Run,
    element: ElementInstance,
    node: FlowNode,
    spec: JobSpec,
    purpose: JobPurpose = JobPurpose.BPMN_ELEMENT,
    listener_event: str | None = None,
    data: dict[str, Any] | None = None,
    autonomy: str | None = None,
) -> None:
    """``data`` is kept with the wait for it; ``autonomy``: the level of its agent, None for ``auto``."""
    type_ = a_text(run, element, spec.type, "job type")
    findable(type_, "the job type")
    retries = spec.retries
    if not isinstance(retries, int):
        retries = _whole_number(run, element, retries, "retries")
    if not 0 <= retries <= MOST_RETRIES:
        raise ElementFailure(
            IncidentType.EXTRACT_VALUE_ERROR, f"retries must be from 0 to {MOST_RETRIES:,}, they are {shown(retries)}"
        )
    key = run.ids.next()
    kind = JobKind.INTERNAL if spec.internal else JobKind.AGENT if spec.agent else JobKind.EXTERNAL
    run.wait(element, Wait("job", key, node.slot, data))
    run.transition.opened.append(
        JobOpened(
            key,
            element.key,
            element.process_key,
            element.definition_key,
            node.id,
            type_,
            kind,
            retries,
            dict(spec.headers),
            spec.agent,
            purpose,
            listener_event,
            autonomy,
        )
    )
    run.transition.write(JobCreated(key, element.key, type_))


def open_user_task(
    run: Run,
    element: ElementInstance,
    node: FlowNode,
    spec: UserTaskSpec,
    slot: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """``slot``: the node that goes on when it is completed, where that is not the element itself; ``data`` is kept with the wait."""
    assignee = evaluate(run, element, spec.assignee, "assignee")
    if assignee is not None and not isinstance(assignee, str):
        raise unfit(run, element, spec.assignee, f"the assignee must be a text, it is {shown(assignee)}")
    priority = spec.priority
    if priority is not None and not isinstance(priority, int):
        priority = _whole_number(run, element, priority, "priority")
    named = findable(assignee, "the assignee") if assignee else None
    state = task_listeners.opening(node, named) if slot is None else UserTaskState.CREATED
    waits_for_listeners = state is not UserTaskState.CREATED
    opened = UserTaskOpened(
        run.ids.next(),
        element.key,
        element.process_key,
        element.definition_key,
        node.id,
        spec.name or node.name,
        None if waits_for_listeners else named,
        _names(run, element, spec.candidate_groups, "candidate groups"),
        _names(run, element, spec.candidate_users, "candidate users"),
        _moment(run, element, spec.due_date, "due date"),
        _moment(run, element, spec.follow_up_date, "follow-up date"),
        DEFAULT_PRIORITY if priority is None else max(0, min(100, priority)),
        spec.form_id,
        spec.form_key,
        spec.external_form,
        dict(spec.headers),
        [list(choice) for choice in spec.choices],
        spec.choose_many,
        spec.question,
        state,
    )
    run.wait(element, Wait("user_task", opened.key, node.slot if slot is None else slot, data))
    run.transition.opened.append(opened)
    run.transition.write(UserTaskCreated(opened.key, element.key))
    if waits_for_listeners:
        task_listeners.opened(run, element, node, opened.key, named)


def _names(run: Run, element: ElementInstance, spec: Value | tuple[str, ...] | None, what: str) -> list[str]:
    value = list(spec) if isinstance(spec, tuple) else evaluate(run, element, spec, what)
    try:
        return names_in(value, what)
    except ValueError:
        raise unfit(run, element, spec, f"{what} must be a list of texts or «a, b», it is {shown(value)}") from None


def names_in(value: Any, what: str = "candidates") -> list[str]:
    """Those of a list of texts, or of a text with commas.

    Raises
    ------
    ValueError
        It is neither.
    ElementFailure
        One is too long.
    """
    if value is None:
        return []
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(what)
    return [findable(name.strip(), what) for name in value if name.strip()]


def findable(text: str, what: str) -> str:
    """``text``, which is found by an index and must fit into one.

    Raises
    ------
    ElementFailure
        It has more bytes than that.
    """
    if len(text) > LONGEST_FINDABLE // 4 and len(text.encode()) > LONGEST_FINDABLE:
        raise ElementFailure(
            IncidentType.EXTRACT_VALUE_ERROR,
            f"{what} has more than {LONGEST_FINDABLE} bytes: {shown(text)}. Keep long texts in variables and refer to them",
        )
    return text


def _moment(run: Run, element: ElementInstance, spec: Value | None, what: str) -> datetime | None:
    value = evaluate(run, element, spec, what)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and value.startswith("P"):
            return first_due(TimerKind.DURATION, value, run.now).at
        return parse_date(value, run.limits.timezone)
    except TimerError as error:
        raise unfit(run, element, spec, f"{what}: {error}") from error


def _whole_number(run: Run, element: ElementInstance, spec: Value | None, what: str) -> int:
    value = evaluate(run, element, spec, what)
    try:
        if isinstance(value, bool) or value is None or int(value) != float(value):
            raise ValueError
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise unfit(run, element, spec, f"{what} must be a whole number, it is {shown(value)}") from None


def _decide(run: Run, element: ElementInstance, node: FlowNode, spec: DecisionSpec) -> None:
    decision_id = a_text(run, element, spec.decision_id, "decision id", type=IncidentType.CALLED_DECISION_ERROR)
    try:
        outcome = run.definitions.evaluate_decision(
            decision_id,
            spec.binding,
            spec.version,
            element.definition_key,
            view(run, element),
            run.now,
            run.randomness,
        )
        run.transition.write(DecisionEvaluated(element.key, decision_id, outcome.details))
        if outcome.fault is not None:
            raise outcome.fault
        output = run.to_json(outcome.output)
    except (LanewayError, ExpressionError) as error:
        raise ElementFailure(IncidentType.DECISION_EVALUATION_ERROR, str(error)) from error
    shape = spec.result
    if shape is None and not spec.result_variable and len(node.data_names) != 1:
        shape = "variables"  # a value without a name would be lost
    if shape is not None:
        try:
            output = shaped(output, outcome.details, shape)
        except WrongShape as error:
            said = " ".join([f"{error}.", *outcome.details.get("warnings", ())[:MOST_WARNINGS]])
            raise ElementFailure(IncidentType.DECISION_EVALUATION_ERROR, said) from error
    _give_back(run, element, node, spec.result_variable, output)


def send_message(
    run: Run,
    element: ElementInstance,
    node: FlowNode,
    name: Value | None,
    correlation_key: Value | None,
    message_key: MessageKey | None,
) -> None:
    """Put a message into the outbox; its payload is what the element's input mappings say, nothing else."""
    message_name = a_text(run, element, name, "message name")
    findable(message_name, "the message name")
    key = correlation.key_to_send(run, element, correlation_key, message_key)
    payload = data.payload(run, element, node)
    run.transition.outbox.append(MessageToSend(element.key, element.process_key, message_name, key, payload))
    run.transition.write(MessageThrown(element.key, message_name))


def correlation_text(value: Any) -> str:
    """Text and numbers are one kind of correlation key: 42 and "42" meet. Nothing else can be one.

    Raises
    ------
    ElementFailure
        For lists, contexts and booleans.
    """
    if value is None:
        return ""
    if isinstance(value, (bool, list, dict)):
        raise ElementFailure(
            IncidentType.EXTRACT_VALUE_ERROR, f"a correlation key must be a text or a number, it is {shown(value)}"
        )
    text = value if isinstance(value, str) else f"{value:f}" if isinstance(value, Decimal) else str(value)
    return findable(text, "a correlation key")
