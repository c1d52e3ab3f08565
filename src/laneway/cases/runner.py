"""Plays a case from its start to its last step and says what was not as expected."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from laneway.cases.case import Case, Step
from laneway.cases.compare import Outcome, differences
from laneway.cases.services import Services
from laneway.cases.session import Progress, Session
from laneway.domain.errors import LanewayError
from laneway.domain.model import ProcessModel
from laneway.queries.timeline import TimelineEntry


@dataclass(frozen=True, slots=True)
class CaseResult:
    """``faults``: one sentence each, empty if all is as expected. ``seconds``: real time. ``model`` and ``outcome`` are None where the
    files could not even be deployed."""

    case: Case
    faults: tuple[str, ...]
    seconds: float
    outcome: Outcome | None = None
    model: ProcessModel | None = None
    history: tuple[TimelineEntry, ...] = field(default=(), repr=False)

    @property
    def passed(self) -> bool:
        return not self.faults


def run_case(case: Case, files: Sequence[tuple[str, bytes]], *, progress: Progress | None = None) -> CaseResult:
    """Play ``case`` against the process in ``files``. Expected failures become faults of the result, never exceptions."""
    began = time.monotonic()
    try:
        with Services(case.services) as services:
            return _run(case, files, services, progress, began)
    except LanewayError as error:
        return CaseResult(case, (f"services: {error.message}",), time.monotonic() - began)


def _run(
    case: Case, files: Sequence[tuple[str, bytes]], services: Services, progress: Progress | None, began: float
) -> CaseResult:
    try:
        session = Session(files, begins=case.begins, answers=case.agents, progress=progress, services=services)
    except LanewayError as error:
        return CaseResult(case, (_undeployable(error),), time.monotonic() - began)
    with session:
        try:
            model = session.model(case.process)
            session.start(case.process, case.start)
        except LanewayError as error:
            return CaseResult(case, (f"start: {error.message}",), time.monotonic() - began)
        faults: list[str] = []
        for step in case.steps:
            try:
                play(step, session)
            except LanewayError as error:
                faults.append(f"step {step.number} ({step}): {error.message}")
                break
        outcome = session.outcome(case.process)
        # After a step that could not be done every other difference only repeats it.
        faults = faults or list(differences(case.expect, outcome))
        return CaseResult(case, tuple(faults), time.monotonic() - began, outcome, model, tuple(session.history()))


def play(step: Step, session: Session) -> None:
    """Do one step of a case.

    Raises
    ------
    LanewayError
        The step does not fit where the instance stands, or the engine refuses it.
    """
    match step.kind:
        case "complete":
            session.complete(step.target, step.by, step.variables)
        case "claim":
            session.claim(step.target, str(step.by))
        case "send":
            session.send(step.target, step.key, step.variables, step.at)
        case "signal":
            session.signal(step.target, step.variables)
        case "wait":
            session.wait(step.duration)
        case "resolve":
            session.resolve(step.target, step.by, step.variables)
        case "cancel":
            session.cancel(step.by)
        case "approve":
            session.approve(step.target, str(step.by))
        case "reject":
            session.reject(step.target, str(step.by), step.reason)
        case _ as unknown:
            assert_never(unknown)


def _undeployable(error: LanewayError) -> str:
    problems = getattr(error, "problems", ())
    listed = "".join(f"\n  {problem}" for problem in problems if problem.severity == "error")
    return f"the process cannot be deployed: {error.message}{listed}"
