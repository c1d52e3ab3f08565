"""Global tasks of a file, which its call activities may call instead of a process (BPMN 2.0, 10.3.6 and 10.3.7)."""

from __future__ import annotations

import copy
from typing import Any

from laneway.diagrams.names import bpmn
from laneway.diagrams.record import Reading
from laneway.domain.types import ElementType

GLOBAL_TASKS = {
    "globalTask": ("task", ElementType.TASK),
    "globalManualTask": ("manualTask", ElementType.MANUAL_TASK),
    "globalUserTask": ("userTask", ElementType.USER_TASK),
    "globalScriptTask": ("scriptTask", ElementType.SCRIPT_TASK),
    "globalBusinessRuleTask": ("businessRuleTask", ElementType.BUSINESS_RULE_TASK),
}
"""Tag → the tag and the type of the task that it is when it is called."""


def as_task(called: Any) -> Any:
    """A copy of the global task as the task that a process would hold."""
    name = called.tag.rpartition("}")[2]
    task = copy.deepcopy(called)
    task.tag = bpmn(GLOBAL_TASKS[name][0])
    if task.get("scriptLanguage") is not None:
        task.set("scriptFormat", task.get("scriptLanguage"))
    return task


def called_by(caller: Reading, called: Reading, name: str | None) -> Reading:
    """What the call activity says goes before what the global task says; mappings of both apply, the caller's outside."""
    reading = caller.over(called)
    reading.inputs = [*caller.inputs, *called.inputs]
    reading.outputs = [*called.outputs, *caller.outputs]
    reading.data_inputs, reading.data_outputs = caller.data_inputs, caller.data_outputs
    reading.data_names, reading.declared = caller.data_names, caller.declared
    reading.global_name = name
    return reading
