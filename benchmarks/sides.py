"""The two sides, in memory: Laneway's ``advance``, and bare SpiffWorkflow as its users run it."""

from __future__ import annotations

import io
import itertools
import sys
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from laneway.diagrams import load
from laneway.domain.state import InstanceState
from laneway.domain.stimulus import CompleteWork, StartInstance, Stimulus
from laneway.domain.transition import JobOpened, Transition, UserTaskOpened
from laneway.runtime import Limits, advance_in_place
from laneway.runtime.courses import courses_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Keys:
    """Keys in memory: both sides are measured without a store."""

    def __init__(self) -> None:
        self._count = itertools.count(2**60)
        self.next = self._count.__next__

    def take(self, count: int) -> list[int]:
        return list(itertools.islice(self._count, count))


class Laneway:
    """A diagram, loaded: its instances run in memory, history events included.

    With ``remembering`` off each is run as the first, so that what is measured is the runtime and not what it knows of the others.
    """

    def __init__(self, data: bytes, variables: Mapping[str, Any], remembering: bool = True) -> None:
        diagram = load(data, "bench.bpmn")
        errors = [str(problem) for problem in diagram.problems if problem.severity == "error"]
        if errors:
            raise SystemExit("\n".join(errors))
        [self._model] = diagram.processes
        self._ids = Keys()
        self._stimulus = StartInstance(1, variables)
        self._limits = Limits(steps=10_000_000, loop_rounds=1_000_000)
        if not remembering:
            courses_of(self._model, 1).end()

    def model(self, definition_key: int) -> Any:
        return self._model

    def step(self, state: InstanceState | None, stimulus: Stimulus) -> Transition:
        definitions: Any = self
        transition = advance_in_place(definitions, state, stimulus, NOW, self._ids, self._limits)
        # A known course tells it only when it is asked; here history is part of what is measured.
        assert transition.log
        return transition

    def start(self) -> Transition:
        return self.step(None, self._stimulus)

    def complete(self, transition: Transition) -> Transition:
        """The first of what ``transition`` opened."""
        return self.step(transition.state, _done(_work(transition)[0]))

    def run(self) -> Transition:
        """One instance to its end; jobs and user tasks are completed in their order."""
        transition = self.start()
        if transition.completed:
            return transition
        open_work = deque(_work(transition))
        while open_work:
            transition = self.step(transition.state, _done(open_work.popleft()))
            open_work.extend(_work(transition))
        if not transition.completed:
            raise SystemExit(f"not completed: {transition.opened}")
        return transition


def _work(transition: Transition) -> list[UserTaskOpened | JobOpened]:
    return [item for item in transition.opened if isinstance(item, (UserTaskOpened, JobOpened))]


def _done(task: UserTaskOpened | JobOpened) -> CompleteWork:
    return CompleteWork(task.element_instance_key, task.key)


def laneway(data: bytes, variables: Mapping[str, Any], remembering: bool = True) -> Callable[[], Transition]:
    """A call that runs one instance to its end."""
    return Laneway(data, variables, remembering).run


def spiffworkflow(data: bytes, variables: Mapping[str, Any]) -> Callable[[], Any]:
    """A call that runs one instance of the same diagram to its end on SpiffWorkflow's own workflow."""
    from lxml import etree
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

    sys.setrecursionlimit(20_000)
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(io.BytesIO(data)))
    spec = parser.get_spec("bench")

    def run() -> Any:
        workflow = BpmnWorkflow(spec)
        workflow.task_tree.data.update(variables)
        workflow.do_engine_steps()
        if not workflow.is_completed():
            raise SystemExit("SpiffWorkflow did not complete")
        return workflow

    return run
