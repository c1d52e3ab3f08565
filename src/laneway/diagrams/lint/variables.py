"""Variables that conditions and scripts read, though nothing in the process gives them.

A process cannot know what it is started with, nor what workers, forms, messages and called processes bring. So only two things are
told: a name that differs from a written one by a slip of the pen, and, where nothing but the start can bring variables, what the
start has to bring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.lint.graph import where_is
from laneway.domain.contract import AgentContract
from laneway.domain.model import (
    CallSpec,
    DecisionSpec,
    EventKind,
    FlowNode,
    InputOutput,
    JobSpec,
    ProcessModel,
    ScriptSpec,
    UserTaskSpec,
)
from laneway.domain.types import ElementType

MAX_COMPARED = 20_000
"""Pairs of names; with more, only case and underscores are looked through."""
MAX_LISTED = 20

_GIVEN = frozenset(
    [
        "loopCounter",
        "numberOfInstances",
        "numberOfActiveInstances",
        "numberOfCompletedInstances",
        "numberOfTerminatedInstances",
        "nrOfInstances",
        "nrOfActiveInstances",
        "nrOfCompletedInstances",
        "nrOfTerminatedInstances",
        "execution",
        "task",
        "variables",
    ]
)
"""By the engine, or by the platforms whose expressions are read."""

_BRING = frozenset({EventKind.MESSAGE, EventKind.SIGNAL, EventKind.ERROR, EventKind.ESCALATION, EventKind.MULTIPLE})
"""Events that variables come with."""


def variables(model: ProcessModel, findings: Findings, contracts: Sequence[AgentContract]) -> None:
    reads = _reads(model)
    if not reads:
        return
    written = _written(model, contracts)
    unwritten = {name: where for name, where in reads.items() if name not in written and name not in _GIVEN}
    if not unwritten:
        return
    near = len(unwritten) * len(written) <= MAX_COMPARED
    folded = {_folded(name): name for name in sorted(written)}
    left = []
    for name, where in sorted(unwritten.items()):
        meant = _meant(name, folded, near=near)
        if meant is None:
            left.append(name)
            continue
        findings.warning(
            "variable_unwritten",
            f"{name} is read, but nothing in the process writes it; {meant} is written",
            f"If {meant} is meant, write it so; else say what gives {name}.",
            where,
        )
    if left and not _something_brings(model):
        shown = ", ".join(left[:MAX_LISTED]) + (" …" if len(left) > MAX_LISTED else "")
        findings.info(
            "variable_unwritten",
            f"nothing in the process writes what it reads: {shown}",
            "Give it with the start, or write it before it is read.",
            unwritten[left[0]],
        )


def _reads(model: ProcessModel) -> dict[str, Where]:
    """Names that conditions, scripts and mappings need, with the first place that reads each."""
    found: dict[str, Where] = {}
    for flow in model.flows:
        if flow.condition is not None:
            _read(found, flow.condition, Where(flow.id, flow.name, flow.line))
    for node in model.nodes[1:]:
        where = where_is(node)
        if isinstance(node.work, ScriptSpec):
            _read(found, node.work.expression, where)
        local = {mapping.target.split(".", 1)[0] for mapping in node.inputs}
        own: dict[str, Where] = {}
        for mapping in node.outputs:
            _read(own, mapping.source, where)
        for mapping in node.inputs:
            _read(found, mapping.source, where)
        if node.loop is not None:
            for part in (node.loop.collection, node.loop.cardinality, node.loop.condition):
                _read(found, part, where)
        # What an output mapping reads is mostly the result of the work itself, which only the worker knows.
        if isinstance(node.work, ScriptSpec):
            found.update((name, at) for name, at in own.items() if name not in local and name not in found)
    return found


def _read(found: dict[str, Where], expression: object, where: Where) -> None:
    names = getattr(expression, "required_names", None)
    for name in names or ():
        found.setdefault(name, where)


def _written(model: ProcessModel, contracts: Sequence[AgentContract]) -> set[str]:
    """Every name that anything in the process puts a value under, at whatever time."""
    outputs = {contract.name: contract.output_schema.get("properties", ()) for contract in contracts}
    found: set[str] = set()
    for node in model.nodes:
        found.update(_targets(node.inputs))
        found.update(_targets(node.outputs))
        found.update(_of_work(node))
        if isinstance(node.work, JobSpec) and node.work.agent is not None:
            found.update(outputs.get(node.work.agent, ()))
        if node.loop is not None:
            found.update(filter(None, (node.loop.item, node.loop.output_collection)))
        if node.event is not None:
            found.update(filter(None, (node.event.code_variable, node.event.message_variable)))
        found.update(_named_in(node.properties))
    found.update(_named_in(model.properties))
    return found


def _targets(mappings: Iterable[InputOutput]) -> Iterator[str]:
    return (mapping.target.split(".", 1)[0] for mapping in mappings)


def _of_work(node: FlowNode) -> Iterator[str]:
    work = node.work
    if isinstance(work, (ScriptSpec, DecisionSpec)) and work.result_variable:
        yield work.result_variable.split(".", 1)[0]
    elif isinstance(work, JobSpec):
        for header in ("resultVariable", "resultExpression"):
            if value := work.headers.get(header):
                yield value
    elif isinstance(work, UserTaskSpec):
        yield from work.headers


def _named_in(properties: Mapping[str, Any]) -> Iterator[str]:
    """Ids and names of form fields, data objects and whatever else the model keeps beside the flow."""
    stack: list[Any] = list(properties.values())
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            yield from (str(value[key]) for key in ("id", "name") if value.get(key))
            stack.extend(each for each in value.values() if isinstance(each, (Mapping, list, tuple)))
        elif isinstance(value, (list, tuple)):
            stack.extend(value)


def _something_brings(model: ProcessModel) -> bool:
    """Whether anything after the start may bring variables of any name."""
    for node in model.nodes[1:]:
        if node.walkthrough or node.type in (
            ElementType.USER_TASK,
            ElementType.RECEIVE_TASK,
            ElementType.CALL_ACTIVITY,
        ):
            return True
        if isinstance(node.work, (JobSpec, CallSpec)) or (node.event is not None and node.event.kind in _BRING):
            return True
        if node.type is ElementType.START_EVENT and any(key.startswith("form") for key in node.properties):
            return True
        script = isinstance(node.work, (ScriptSpec, DecisionSpec)) and not node.work.result_variable
        if script:  # a context without a name for it is merged into the scope
            return True
    return False


def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def _meant(name: str, folded: Mapping[str, str], *, near: bool) -> str | None:
    """The written name that ``name`` is but for case, underscores or one slip in a word of five letters or more.

    A plural is another name (a collection and its item), and so is one with another number.
    """
    own = _folded(name)
    if own in folded:
        return folded[own]
    if not near or len(own) < 5:
        return None
    for other in get_close_matches(own, folded, n=1, cutoff=0.88):
        plural = own in (f"{other}s", f"{other}es") or other in (f"{own}s", f"{own}es")
        numbered = _digits(own) != _digits(other)
        if not plural and not numbered and abs(len(other) - len(own)) < 2:
            return folded[other]
    return None


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))
