"""Standard loop and multi-instance (BPMN 2.0, 10.3.8 and 13.3.6–13.3.7).

The body is one element instance, each round another in its scope. Items and results are variables of the body, one row
each under a hidden name, so that a round costs the same whether it is the first or the ten-thousandth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from laneway.domain.model import FlowNode, LoopSpec, ProcessModel, Value
from laneway.domain.state import ElementInstance
from laneway.domain.types import HIDDEN_PREFIX, ElementType, IncidentType
from laneway.runtime import loop_events, tool_begins
from laneway.runtime.expected import unfit
from laneway.runtime.failure import ElementFailure
from laneway.runtime.scope import evaluate, evaluate_boolean, evaluate_condition, merge, set_local
from laneway.runtime.values import shown

if TYPE_CHECKING:
    from laneway.runtime.run import Run

ITEMS = HIDDEN_PREFIX + "items"
RESULT = HIDDEN_PREFIX + "result."
_PATH = re.compile(r"\s*=?\s*([^\W\d]\w*)(?:\s*\.\s*[^\W\d]\w*)*\s*")


def begin_body(run: Run, model: ProcessModel, body: ElementInstance, node: FlowNode) -> None:
    spec = _spec(node)
    if spec.kind == "STANDARD":
        body.own_data()["round"] = 0
        body.data["maximum"] = _maximum(run, body, spec)
        if spec.test_before and not _again(run, body, spec):
            run.complete(model, body, node)
            return
        run.later(start_round, body, 0)
        return
    items: list[Any] | None = None
    if spec.collection is not None:
        value = evaluate(run, body, spec.collection, "collection")
        if isinstance(value, Mapping):
            value = list(value.values())
        if not isinstance(value, list):
            raise unfit(run, body, spec.collection, f"the collection must be a list, it is {shown(value)}")
        items = value
        total = len(items)
    else:
        total = _count(run, body, spec.cardinality, evaluate(run, body, spec.cardinality, "cardinality"), "cardinality")
    if total > run.limits.loop_rounds:
        raise ElementFailure(
            IncidentType.EXTRACT_VALUE_ERROR,
            f"{shown(total)} instances are more than the {run.limits.loop_rounds} that one activity may have",
        )
    body.own_data().update(total=total, started=0, done=0)
    run.touch(body)
    if items is not None:
        set_local(run, body, ITEMS, items)
    if total == 0:
        finish(run, model, body, node)
    elif spec.kind == "SEQUENTIAL":
        body.data["started"] = 1
        run.later(start_round, body, 0)
    else:
        body.data["started"] = total
        for index in range(total):
            run.later(start_round, body, index)


def start_round(run: Run, body: ElementInstance, index: int) -> None:
    model = run.model(body.definition_key)
    node = model.nodes[body.slot]
    spec = _spec(node)
    run.activate(model, body, node, "round", _locals(run, body, spec, index), {"index": index})


def _locals(run: Run, body: ElementInstance, spec: LoopSpec, index: int) -> dict[str, Any]:
    """A variable that the output element reads is the round's own, so that rounds side by side do not share it (Camunda
    8, "Multi-instance")."""
    local: dict[str, Any] = {}
    if spec.output_collection and spec.output_item is not None:
        read = variable_read(spec.output_item.text)
        if read is not None:
            local[read] = None
    local["loopCounter"] = index + spec.counts_from
    if spec.item:
        items = run.state.variables.get(body.key, {}).get(ITEMS)
        local[spec.item] = items[index] if items is not None else index + 1
    return local


@lru_cache(maxsize=1024)
def variable_read(text: str) -> str | None:
    """The variable, if an expression is nothing but one or a path into one."""
    match = _PATH.fullmatch(text)
    return match[1] if match and match[1] not in ("true", "false", "null") else None


def given(run: Run, element: ElementInstance, node: FlowNode) -> Mapping[str, Any] | None:
    """If its inputs are applied once more, after an incident: what was its own before the first time. Else None."""
    if not element.data.pop("again", False):
        return None
    if element.type is ElementType.EVENT_SUB_PROCESS or "then" in element.data:
        return dict(run.state.variables.get(element.key, {}))  # what triggered it is nowhere else
    if element.role != "round":
        return {}
    return _locals(run, run.state.elements[element.parent], _spec(node), element.data["index"])


def collect(run: Run, element: ElementInstance, node: FlowNode) -> None:
    """Before a round ends: its result, and (multi-instance) whether the activity is complete with it."""
    spec = _spec(node)
    if spec.kind == "STANDARD":
        return
    body = run.state.elements[element.parent]
    if spec.output_collection and spec.output_item is not None:
        value = evaluate(run, element, spec.output_item, "output element", type=IncidentType.IO_MAPPING_ERROR)
        value = tool_begins.answering(element, value)
        set_local(run, body, f"{RESULT}{element.data['index']}", value)
    if spec.completion_condition is not None:
        body.own_data()["complete"] = evaluate_boolean(
            run, element, spec.completion_condition, "completion condition", attributes(body, spec)
        )
    if spec.throws:
        loop_events.decide(run, element, body, node, spec.throws, attributes(body, spec))


def attributes(body: ElementInstance, spec: LoopSpec) -> dict[str, Any]:
    """The counts of table 10.30 as one more instance completes, and the names that Camunda 7 and Flowable give them (who
    count the completing instance of a sequence as active)."""
    done = body.data["done"] + 1
    total = body.data["total"]
    active = total - done if spec.kind == "PARALLEL" else 0
    return {
        "numberOfInstances": total,
        "numberOfActiveInstances": active,
        "numberOfCompletedInstances": done,
        "numberOfTerminatedInstances": 0,
        "nrOfInstances": total,
        "nrOfActiveInstances": active if spec.kind == "PARALLEL" else 1,
        "nrOfCompletedInstances": done,
        "nrOfTerminatedInstances": 0,
    }


def round_completed(run: Run, model: ProcessModel, body: ElementInstance, node: FlowNode) -> None:
    run.touch(body)
    spec = _spec(node)
    if spec.kind == "STANDARD":
        body.data["round"] += 1
        go_on(run, model, body, node)
        return
    if loop_events.DECIDED in body.data and not loop_events.throw(run, model, body, node, attributes(body, spec)):
        return
    body.data["done"] += 1
    if body.data.pop("complete", False):
        for key in list(body.children):
            run.terminate(run.state.elements[key])
        finish(run, model, body, node)
    elif spec.kind == "SEQUENTIAL" and body.data["started"] < body.data["total"]:
        index = body.data["started"]
        body.data["started"] = index + 1
        run.later(start_round, body, index)
    elif body.data["done"] == body.data["total"]:
        finish(run, model, body, node)


def go_on(run: Run, model: ProcessModel, body: ElementInstance, node: FlowNode) -> None:
    """After a round of a standard loop: another one, or done. Repeated when an incident in the condition is resolved."""
    spec = _spec(node)
    try:
        again = _again(run, body, spec)
    except ElementFailure as failure:
        run.raise_incident(body, failure.type, failure.message, stage="loop")
        return
    if again:
        run.later(start_round, body, body.data["round"])
    else:
        run.complete(model, body, node)


def _again(run: Run, body: ElementInstance, spec: LoopSpec) -> bool:
    rounds = body.data["round"]
    maximum = body.data["maximum"]
    if maximum is not None and rounds >= maximum:
        return False
    if rounds >= run.limits.loop_rounds:
        raise ElementFailure(
            IncidentType.UNKNOWN,
            f"{rounds} rounds: the loop condition never becomes false. Correct it or the variables",
        )
    if spec.condition is None:
        return maximum is not None
    return evaluate_condition(run, body, spec.condition, "loop condition", loopCounter=rounds)


def _maximum(run: Run, body: ElementInstance, spec: LoopSpec) -> int | None:
    if spec.maximum is None or isinstance(spec.maximum, int):
        return spec.maximum
    value = evaluate(run, body, spec.maximum, "loop maximum")
    if value is None and spec.condition is not None:
        return None
    return _count(run, body, spec.maximum, value, "loop maximum")


def finish(run: Run, model: ProcessModel, body: ElementInstance, node: FlowNode) -> None:
    """All rounds are over: results in input order go into the output collection."""
    spec = _spec(node)
    if spec.output_collection:
        variables = run.state.variables.get(body.key, {})
        results = [variables.get(f"{RESULT}{index}") for index in range(body.data["total"])]
        merge(run, run.state.elements[body.parent], {spec.output_collection: results})
    run.complete(model, body, node)


def _count(run: Run, element: ElementInstance, source: Value | None, value: Any, what: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or value != int(value) or value < 0:
        raise unfit(run, element, source, f"the {what} must be a whole number of 0 or more, it is {shown(value)}")
    return int(value)


def _spec(node: FlowNode) -> LoopSpec:
    assert node.loop is not None
    return node.loop
