"""The two sides, in memory: Laneway's ``advance``, and bare SpiffWorkflow as its users run it."""

from __future__ import annotations

import io
import itertools
import sys
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Keys:
    """Keys in memory: both sides are measured without a store."""

    def __init__(self) -> None:
        self.next = itertools.count(1).__next__


def laneway(data: bytes, variables: Mapping[str, Any]) -> Callable[[], object]:
    """A call that runs one instance to its end, history events included; user tasks are completed in their order."""
    from laneway.diagrams import load
    from laneway.domain.stimulus import CompleteWork, StartInstance
    from laneway.domain.transition import UserTaskOpened
    from laneway.runtime import Limits, advance_in_place

    diagram = load(data, "bench.bpmn")
    errors = [str(problem) for problem in diagram.problems if problem.severity == "error"]
    if errors:
        raise SystemExit("\n".join(errors))
    [model] = diagram.processes

    class Definitions:
        def model(self, definition_key: int) -> Any:
            return model

    definitions: Any = Definitions()
    ids = Keys()
    stimulus = StartInstance(1, variables)

    limits = Limits(steps=10_000_000, loop_rounds=1_000_000)

    def run() -> object:
        transition = advance_in_place(definitions, None, stimulus, NOW, ids, limits)
        open_tasks = deque(item for item in transition.opened if isinstance(item, UserTaskOpened))
        while open_tasks:
            task = open_tasks.popleft()
            done = CompleteWork(task.element_instance_key, task.key)
            transition = advance_in_place(definitions, transition.state, done, NOW, ids, limits)
            open_tasks.extend(item for item in transition.opened if isinstance(item, UserTaskOpened))
        if not transition.completed:
            raise SystemExit(f"not completed: {transition.opened}")
        return transition

    return run


def spiffworkflow(data: bytes, variables: Mapping[str, Any]) -> Callable[[], object]:
    """A call that runs one instance of the same diagram to its end on SpiffWorkflow's own workflow."""
    from lxml import etree
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

    sys.setrecursionlimit(20_000)
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(io.BytesIO(data)))
    spec = parser.get_spec("bench")

    def run() -> object:
        workflow = BpmnWorkflow(spec)
        workflow.task_tree.data.update(variables)
        workflow.do_engine_steps()
        if not workflow.is_completed():
            raise SystemExit("SpiffWorkflow did not complete")
        return workflow

    return run
