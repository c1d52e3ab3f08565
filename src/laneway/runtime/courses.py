"""Courses: what instances that run from start to end in one go have done before, so that the next one need not find it out.

Such an instance does nothing but compute: scripts write variables, conditions choose flows. Given the process and the names
of the variables that it starts with, everything else follows from which scripts changed something and which flows were
chosen: the tokens, their order, the joins, the history. So the first instance that goes a way is run as any other, and
watched; what it did is kept as a *course*. The next one carries out scripts and conditions alone, in the same order, with
the same outcomes or not: if not, or if anything fails, nothing was done, and it is run as any other.

A course changes nothing of what is true of an instance (tests run both ways beside each other); it leaves out to write down
what is known. Its transition tells events and elements when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from laneway.domain.course import Course, CourseTaken
from laneway.domain.history import (
    ELEMENT_ACTIVATED,
    ELEMENT_COMPLETED,
    PROCESS_INSTANCE_COMPLETED,
    PROCESS_INSTANCE_STARTED,
    SEQUENCE_FLOW_TAKEN,
    VARIABLE_WRITTEN,
)
from laneway.domain.model import ProcessModel
from laneway.domain.state import ElementInstance
from laneway.domain.transition import Transition
from laneway.domain.types import HIDDEN_PREFIX, ElementState
from laneway.ports import IdSource
from laneway.runtime.behaviours import Compiled, Plan
from laneway.runtime.flows import Choice
from laneway.runtime.limits import Limits
from laneway.runtime.run import Run
from laneway.runtime.scope import Assignment
from laneway.runtime.values import to_json

MOST_COURSES = 200
LONGEST_NAMES = 4_000
"""Characters of the names of variables that an instance starts with: whoever starts it chooses them."""
"""Of a process; loops whose rounds depend on data have as many as there are numbers of rounds."""
LONGEST = 400
"""Events of a course."""
_TRIES = 20
"""Runs that are watched, and starts that leave all known courses, before it is asked whether that is worth it."""

_EVENTS = frozenset(
    {
        ELEMENT_ACTIVATED,
        ELEMENT_COMPLETED,
        PROCESS_INSTANCE_COMPLETED,
        PROCESS_INSTANCE_STARTED,
        SEQUENCE_FLOW_TAKEN,
        VARIABLE_WRITTEN,
    }
)
_COMPARABLE = frozenset({str, int, bool, type(None)})
_MISSING = object()


class _Junction:
    """What is carried out next, and where its outcome leads: whether a script changed its variable, which way was chosen.

    ``assigns`` and ``chooses`` are None where a course ends.
    """

    __slots__ = ("assigns", "changed", "chooses", "course", "same", "ways")

    def __init__(self) -> None:
        self.assigns: Assignment | None = None
        self.chooses: Choice | None = None
        self.course: Course | None = None
        self.changed: _Junction | None = None
        self.same: _Junction | None = None
        self.ways: dict[tuple[int, ...], _Junction] = {}


class _Seen(NamedTuple):
    """One outcome of a run that is watched: ``way`` of a choice, else whether the script has ``changed`` its variable."""

    assigns: Assignment | None
    chooses: Choice | None
    changed: bool
    way: tuple[int, ...]


class Courses:
    """Those of a process. Shared by all threads: what one of them adds too much or too little only costs time."""

    __slots__ = ("_kept", "_left", "_starts", "_taken", "_useless", "off")

    def __init__(self, model: ProcessModel) -> None:
        root = model.nodes[0]
        self.off = bool(root.listeners or root.event_sub_processes or root.declared or model.joins)
        self._starts: dict[tuple[str, ...], _Junction] = {}
        self._kept = 0
        self._taken = 0
        self._left = 0
        self._useless = 0

    def follow(
        self, definition_key: int, variables: Mapping[str, Any], now: datetime, ids: IdSource, limits: Limits
    ) -> CourseTaken | None:
        """Carry out what is to be computed; None, with nothing done, where the way is not known or something fails."""
        at = self._starts.get(tuple(variables))
        if at is None or any(name.startswith(HIDDEN_PREFIX) for name in variables):
            return None
        scope = dict(variables)
        written = dict(variables)
        try:
            while True:
                if at.assigns is not None:
                    name, compute = at.assigns
                    result = compute(scope, now)
                    kind = result.__class__
                    if kind not in _COMPARABLE:
                        result = to_json(result)
                        kind = result.__class__
                    before = scope.get(name, _MISSING)
                    if before.__class__ is kind and kind in _COMPARABLE and before == result:
                        after = at.same
                    else:
                        scope[name] = written[name] = result
                        after = at.changed
                elif at.chooses is not None:
                    for condition, way in at.chooses.ways:
                        if condition(scope, now):
                            after = at.ways.get(way)
                            break
                    else:
                        after = at.ways.get(at.chooses.otherwise or ())
                else:
                    break
                if after is None:
                    self._missed()
                    return None
                at = after
        except Exception:  # the ordinary run tells what is wrong, where it is, and holds it in an incident
            self._missed()
            return None
        course = at.course
        if course is None or course.steps > limits.steps:
            return None
        self._taken += 1
        return CourseTaken(course, ids.take(course.keys), definition_key, written, now)

    def _missed(self) -> None:
        self._left += 1
        if self._left > _TRIES + 2 * self._taken:
            self._end()

    def _end(self) -> None:
        """What was kept is let go. Whoever follows a course at this moment holds its junctions."""
        self.off = True
        self._starts = {}

    def learn(
        self, given: tuple[str, ...], transition: Transition, numbers: Mapping[int, int] | None, seen: list[_Seen]
    ) -> None:
        """From a run that was watched. ``numbers``: None where it has no course."""
        if numbers is None or self._kept >= MOST_COURSES or sum(map(len, given)) > LONGEST_NAMES:
            self._useless += 1
            if self._useless > _TRIES + 2 * self._kept or self._kept >= MOST_COURSES:
                self._end()
            return
        at = self._starts.setdefault(given, _Junction())
        for one in seen:
            if one.assigns is not None:
                at.assigns = one.assigns
                if one.changed:
                    at.changed = after = at.changed or _Junction()
                else:
                    at.same = after = at.same or _Junction()
            else:
                at.chooses = one.chooses
                after = at.ways.setdefault(one.way, _Junction())
            at = after
        at.course = Course(transition, numbers)
        self._kept += 1


@lru_cache(maxsize=512)
def courses_of(model: ProcessModel) -> Courses:
    return Courses(model)


class Watch:
    """Sees what the scripts and conditions of one run come to."""

    def __init__(self, courses: Courses, run: Run, definition_key: int, given: Mapping[str, Any]) -> None:
        self._courses = courses
        self._run = run
        self._given = tuple(given)
        self._seen: list[_Seen] = []
        self._possible = True
        run.compiled[definition_key] = self._watched(run.compiled.get(definition_key) or run.compile(definition_key))

    def learn(self) -> None:
        numbers = _numbers(self._run.transition) if self._possible else None
        self._courses.learn(self._given, self._run.transition, numbers, self._seen)

    def _watched(self, whole: Compiled) -> Compiled:
        plans = tuple(self._plan(plan) for plan in whole.plans)
        return Compiled(whole.model, plans, tuple((id, plans[plan.slot]) for id, plan in whole.hops))

    def _plan(self, plan: Plan) -> Plan:
        act, choose = plan.act, plan.choose
        if plan.leaves is None:
            choose = self._choosing(plan)
        return replace(plan, act=act if act is None else self._acting(plan, act), choose=choose)

    def _acting(self, plan: Plan, act: Callable[[Run, ElementInstance], None]) -> Callable[..., None]:
        def watched(run: Run, scope: ElementInstance) -> None:
            told = len(run.transition.log)
            act(run, scope)
            if plan.assigns is None:
                self._possible = False
            self._seen.append(_Seen(plan.assigns, None, len(run.transition.log) > told, ()))

        return watched

    def _choosing(self, plan: Plan) -> Callable[[Run, ElementInstance], tuple[int, ...]]:
        def watched(run: Run, scope: ElementInstance) -> tuple[int, ...]:
            way = plan.choose(run, scope)
            if plan.chooses is None:
                self._possible = False
            self._seen.append(_Seen(None, plan.chooses, False, way))
            return way

        return watched


def _numbers(transition: Transition) -> dict[int, int] | None:
    """Key → its number, of a run that did nothing but compute; None of any other."""
    root_key = transition.state.root_key
    if not transition.completed or list(transition.created) != [root_key] or list(transition.ended) != [root_key]:
        return None
    if transition.opened or transition.closed or transition.outbox or transition.items or transition.user_tasks:
        return None
    if len(transition.log) > LONGEST or transition.ended[root_key].state is not ElementState.COMPLETED:
        return None
    if any(event[0] not in _EVENTS for event in transition.log):
        return None
    if any(one[3] != root_key for one in transition.passed):
        return None
    return {key: number for number, key in enumerate([root_key, *(one[0] for one in transition.passed)])}
