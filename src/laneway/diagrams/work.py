"""Who does an element's work: binding, dialect, standard BPMN, or (walkthrough) a person."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from laneway.diagrams.agentic import GATEWAY, flavour_of
from laneway.diagrams.context import Context, at
from laneway.diagrams.foreign import SCRIPT_JOB, foreign_language
from laneway.diagrams.global_tasks import GLOBAL_TASKS
from laneway.diagrams.record import ElementRecord, Reading, Text
from laneway.domain.model import (
    CallSpec,
    DecisionSpec,
    JobSpec,
    ScriptSpec,
    ThrowSpec,
    UserTaskSpec,
    Value,
    WorkSpec,
)
from laneway.domain.types import ElementType
from laneway.expressions import ExpressionError, is_expression, language_of

Work = tuple[WorkSpec | None, bool]
"""The work, and whether a person stands in for what the diagram leaves open."""

EMPTY_IS_WORK = frozenset({ElementType.SUB_PROCESS, ElementType.TRANSACTION})
PYTHON_JOB = "laneway:python"
DEFAULT_RETRIES = 3


def work_of(record: ElementRecord, reading: Reading, context: Context) -> Work:
    """Work of an activity; events say theirs in ``events``."""
    if reading.agent is not None or (reading.dialect == "bindings" and reading.job_type is not None):
        return job(record, reading, context), False
    behaviour = _BY_TYPE.get(record.type)
    return behaviour(record, reading, context) if behaviour is not None else (None, False)


def _service(record: ElementRecord, reading: Reading, context: Context) -> Work:
    if reading.message is not None and reading.job_type is None and reading.decision is None:
        name = context.texts.value(reading.message, at(record), "message name")
        if name is not None:
            key = context.texts.value(reading.correlation_key, at(record), "correlation key")
            return ThrowSpec(name, key), False
    if reading.decision is not None:
        return _decision(record, reading, context), False
    if reading.job_type is not None:
        return job(record, reading, context), False
    if reading.script is not None:
        return _script_work(record, reading, context)
    return _unbound(record, reading, context)


def _send(record: ElementRecord, reading: Reading, context: Context) -> Work:
    definition = record.message or next(iter(record.definitions), None)
    said = (definition.name if definition is not None else None) or context.correlations.flows.names.get(record.id)
    named = reading.message or (Text(said, None, record.line) if said else None)
    if reading.job_type is None and named is not None:
        name = context.texts.value(named, at(record), "message name")
        key = reading.correlation_key or (definition.correlation_key if definition is not None else None)
        if name is not None:
            reference = definition.reference if definition is not None else None
            message_key = context.message_key(record, reference, receives=False) if key is None else None
            return ThrowSpec(name, context.texts.value(key, at(record), "correlation key"), message_key), False
    return _service(record, reading, context)


def _script_work(record: ElementRecord, reading: Reading, context: Context) -> Work:
    if reading.job_type is not None and reading.dialect != "standard":
        return job(record, reading, context), False
    script = reading.script
    if script is not None and not script.language and context.texts.default_language:
        script = replace(script, language=context.texts.default_language)
    foreign = foreign_language(reading.script_format if script is None else script.language)
    if foreign is not None and (script is not None or "resource" in reading.headers):
        return _foreign_script(record, reading, foreign, context), False
    if script is None:
        return _stand_in(
            record, reading, context, "script_missing", "the script task has no script", "Write its script in FEEL."
        )
    language = "PYTHON" if _names_python(script) else language_of(script.text, script.language)
    if language == "PYTHON":
        return _python(record, reading, script, context)
    expression = context.texts.expression(script, at(record), "script", lenient=not context.strict)
    if expression is None:
        return (None, False) if context.strict else _person(record, reading, context)
    return ScriptSpec(expression, reading.result_variable), False


def _foreign_script(record: ElementRecord, reading: Reading, language: str, context: Context) -> JobSpec | None:
    """Code of another platform is work for a worker that has an interpreter for it."""
    script = reading.script
    said = {"scriptFormat": reading.script_format, "script": script.text if script is not None else None}
    if reading.result_variable:
        said["resultVariable"] = reading.result_variable
    headers = {**{name: text for name, text in said.items() if text}, **reading.headers}
    code = Reading(job_type=Text(SCRIPT_JOB + language, "literal"), headers=headers).over(reading)
    return job(record, code, context)


def _names_python(script: Text) -> bool:
    try:
        return bool(script.language) and language_of("x", script.language) == "PYTHON"
    except ExpressionError:
        return False


def _python(record: ElementRecord, reading: Reading, script: Text, context: Context) -> Work:
    """Python never runs inside a step: it is an internal job, done in the sandbox with no transaction open."""
    try:
        ast.parse(script.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        return _stand_in(
            record,
            reading,
            context,
            "expression_syntax",
            f"the Python script cannot be read{f' (its line {line})' if line else ''}: {error.args[0]}",
            "Correct the script.",
        )
    headers = {**reading.headers, "script": script.text, "resultVariable": reading.result_variable or ""}
    return JobSpec(PYTHON_JOB, internal=True, headers=headers), False


def _user(record: ElementRecord, reading: Reading, context: Context) -> Work:
    return human(record, context, reading), False


def _manual(record: ElementRecord, reading: Reading, context: Context) -> Work:
    """Abstract and manual tasks pass through when a process runs by itself (BPMN 2.0, 13.3.3)."""
    if reading.job_type is not None or reading.decision is not None or reading.script is not None:
        return _service(record, reading, context)
    if reading.says_human and reading.dialect != "standard":
        return human(record, context, reading), False
    return (None, False) if context.strict else _person(record, reading, context)


def _call(record: ElementRecord, reading: Reading, context: Context) -> Work:
    if reading.global_task is not None and reading.called_process is None:
        return _global_task(record, reading, context, reading.global_task)
    process_id = context.texts.value(reading.called_process, at(record), "called process")
    if process_id is None:
        return _stand_in(
            record,
            reading,
            context,
            "called_element_missing",
            "the call activity names no process",
            "Set calledElement, or calledProcess in the bindings file.",
        )
    return (
        CallSpec(
            process_id,
            reading.called_binding or "latest",
            reading.called_version,
            _all_variables(reading.propagate_all_parent, bool(reading.data_inputs), context),
            _all_variables(reading.propagate_all_child, bool(reading.data_outputs), context),
            _handed(reading),
        ),
        False,
    )


def _handed(reading: Reading) -> tuple[str, ...]:
    """An input of the call activity's own by the same name, or the item of its loop, keeps what comes back."""
    targets = [target for _, target in reading.inputs]
    return tuple(name for name in reading.handed if name != reading.item and targets.count(name) == 1)


def _all_variables(said: bool | None, associated: bool, context: Context) -> bool:
    """Data associations of a call activity say what is handed over (BPMN 2.0, 10.3.6); without them everything is."""
    return not (associated and context.strict) if said is None else said


def _global_task(record: ElementRecord, reading: Reading, context: Context, called: str) -> Work:
    """A call activity may call a global task of the file instead of a process (BPMN 2.0, 10.3.6)."""
    kind = GLOBAL_TASKS[called][1]
    work, walkthrough = _BY_TYPE[kind](replace(record, type=kind), reading, context)
    if isinstance(work, UserTaskSpec):
        work = replace(work, name=reading.global_name)
    return work, walkthrough


_BY_TYPE: dict[ElementType, Callable[[ElementRecord, Reading, Context], Work]] = {
    ElementType.SERVICE_TASK: _service,
    ElementType.BUSINESS_RULE_TASK: _service,
    ElementType.SEND_TASK: _send,
    ElementType.SCRIPT_TASK: _script_work,
    ElementType.USER_TASK: _user,
    ElementType.MANUAL_TASK: _manual,
    ElementType.TASK: _manual,
    ElementType.CALL_ACTIVITY: _call,
}


def job(record: ElementRecord, reading: Reading, context: Context) -> JobSpec | None:
    """A job, governed by the contract whose job types name it, or by the agent that a binding names."""
    kind: Value | None = context.texts.value(reading.job_type, at(record), "job type")
    agent = reading.agent
    flavour = flavour_of(kind)
    if agent is not None and kind is None and record.reading.job_type is not None:
        # A binding says who; the diagram says that it is an agent which picks tools.
        flavour = flavour_of(record.reading.job_type.text)
        kind = record.reading.job_type.text if flavour is not None else None
    if agent is not None:
        contract = next((each for each in context.contracts if each.name == agent), None)
        if contract is None:
            known = ", ".join(sorted(each.name for each in context.contracts)) or "none"
            context.findings.error(
                "unknown_agent",
                f"the binding names the agent {agent}, which has no contract",
                f"Add it to agents.yaml, or name one of: {known}.",
                at(record),
            )
        elif kind is None:
            kind = contract.job_types[0] if contract.job_types else agent
    if kind is None:
        kind = agent or ""
        if not kind:
            return None
    if agent is None and isinstance(kind, str):
        agent = context.agent_of_job_type.get(kind)
        if GATEWAY in reading.properties and any(each.name == record.id for each in context.contracts):
            # Several gateways have one job type, too; without a contract it is anybody's who asks for its jobs.
            agent = record.id
        if flavour is not None:
            # Several agents of a diagram have one job type, so that each is found by its element; a name without a contract is held.
            agent = record.id if agent is None or any(each.name == record.id for each in context.contracts) else agent
    retries = _whole(context.texts.value(reading.retries, at(record), "retries"), record, context, "retries")
    mappings = [
        (context.texts.expression(condition, at(record), "expression of the error mapping"), code)
        for condition, code in reading.error_mappings
    ]
    return JobSpec(
        kind,
        DEFAULT_RETRIES if retries is None else retries,
        dict(reading.headers),
        agent,
        error_mappings=tuple((condition, code) for condition, code in mappings if condition is not None),
        flavour=flavour,
    )


def human(
    record: ElementRecord, context: Context, reading: Reading | None = None, question: str | None = None
) -> UserTaskSpec:
    reading = reading or context.reading_of(record)
    value = context.texts.value
    where = at(record)
    groups = reading.candidate_groups
    users = reading.candidate_users
    priority: Value | int | None = value(reading.priority, where, "priority")
    if isinstance(priority, str):
        priority = _whole(priority, record, context, "priority")
    lanes = record.properties.get("lanes") or ()
    candidate_groups = groups if isinstance(groups, tuple) else value(groups, where, "candidate groups")
    candidate_users = users if isinstance(users, tuple) else value(users, where, "candidate users")
    assignee = value(reading.assignee, where, "assignee")
    if candidate_groups is None and candidate_users is None and lanes:
        candidate_groups = (lanes[-1],)
    return UserTaskSpec(
        assignee=assignee,
        candidate_groups=candidate_groups,
        candidate_users=candidate_users,
        due_date=value(reading.due_date, where, "due date"),
        follow_up_date=value(reading.follow_up_date, where, "follow-up date"),
        priority=priority,
        form_id=reading.form_id,
        form_key=reading.form_key,
        external_form=reading.external_form,
        headers=dict(reading.headers),
        question=question,
    )


def _decision(record: ElementRecord, reading: Reading, context: Context) -> DecisionSpec | None:
    decision = context.texts.value(reading.decision, at(record), "decision id")
    if decision is None:
        return None
    return DecisionSpec(
        decision,
        reading.result_variable,
        reading.decision_binding or "latest",
        reading.decision_version,
        reading.decision_result,
    )


def _whole(value: Any, record: ElementRecord, context: Context, what: str) -> Any:
    """A static text as a whole number; expressions stay as they are."""
    if not isinstance(value, str) or is_expression(value):
        return value
    try:
        return int(value)
    except ValueError:
        context.findings.error(
            "not_a_number", f"{what} says «{value[:40]}», not a whole number", f"Write {what} as a number.", at(record)
        )
        return None


def _unbound(record: ElementRecord, reading: Reading, context: Context) -> Work:
    return _stand_in(record, reading, context, "unbound_task", *unbound(record.type, record.id))


def unbound(kind: ElementType, element_id: str) -> tuple[str, str]:
    """What is wrong with a task that nothing binds, and how to put it right."""
    return (
        f"nothing says who does this {kind.value.lower().replace('_', ' ')}",
        f"Bind it in the bindings file (elements: {element_id}: jobType or agent), or set its implementation in the modeller.",
    )


def black_box(record: ElementRecord, reading: Reading, context: Context) -> Work:
    """A collapsed sub-process without an inside, in a walkthrough: work that the diagram does not go into."""
    return _person(record, reading, context, "nothing is drawn inside; a person does it")


def _stand_in(record: ElementRecord, reading: Reading, context: Context, rule: str, message: str, fix: str) -> Work:
    """Strict: an error. Walkthrough: a person."""
    if context.strict:
        context.findings.error(rule, message, fix, at(record))
        return None, False
    return _person(record, reading, context, f"{message}; a person does it", fix)


def _person(
    record: ElementRecord, reading: Reading, context: Context, message: str = "a person does it", fix: str = ""
) -> Work:
    context.findings.info(
        "walkthrough", message, fix or f"Bind it in the bindings file (elements: {record.id}: …).", at(record)
    )
    return human(record, context, reading), True
