"""A run that is watched, so that what it does becomes a course or a leg (see ``courses``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from laneway.domain.course import Course
from laneway.domain.history import (
    ELEMENT_ACTIVATED,
    ELEMENT_COMPLETED,
    PROCESS_INSTANCE_COMPLETED,
    PROCESS_INSTANCE_STARTED,
    SEQUENCE_FLOW_TAKEN,
    VARIABLE_WRITTEN,
    EventTriggered,
    JobCreated,
    UserTaskCreated,
)
from laneway.domain.leg import Leg
from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.place import Place
from laneway.domain.state import ElementInstance
from laneway.domain.transition import Transition
from laneway.domain.types import HIDDEN_PREFIX, ElementState
from laneway.runtime.behaviours import Behaviour, Compiled, Plan
from laneway.runtime.courses import LONGEST_NAMES, MOST_NAMES, Courses, Origin, Seen
from laneway.runtime.run import Run
from laneway.runtime.waiting import Computed, computed

LONGEST = 400
"""Events of a course."""
_EVENTS = frozenset(
    {
        ELEMENT_ACTIVATED,
        ELEMENT_COMPLETED,
        PROCESS_INSTANCE_COMPLETED,
        PROCESS_INSTANCE_STARTED,
        SEQUENCE_FLOW_TAKEN,
        VARIABLE_WRITTEN,
        EventTriggered.__name__,
        JobCreated.__name__,
        UserTaskCreated.__name__,
    }
)


class Watch:
    """Sees what the scripts and conditions of one run come to, and what work it opens.

    ``first`` is what comes in, as ``Origin.first`` has it, with its ``names``; ``keys`` are those of the place that the instance
    leaves, none of one that starts.
    """

    def __init__(
        self,
        courses: Courses,
        origin: Origin,
        run: Run,
        first: Any,
        names: tuple[str, ...],
        keys: tuple[int, ...] = (),
    ) -> None:
        self.seen: list[Seen] = []
        self.opened: list[Computed] = []
        self.possible = not any(name.startswith(HIDDEN_PREFIX) for name in names)
        if sum(map(len, names)) > LONGEST_NAMES or (keys and len(names) > MOST_NAMES):
            self.possible = False
        self._courses = courses
        self._origin = origin
        self._run = run
        self._first = first
        self._keys = keys
        definition_key = courses.definition_key
        if courses.watched is None:
            courses.watched = _watched(run.compiled.get(definition_key) or run.compile(definition_key))
        run.compiled[definition_key] = courses.watched
        run.watch = self

    def learn(self) -> None:
        found = self._found() if self.possible else None
        if found is None:
            self._origin.wasted()
        else:
            self._courses.keep(self._origin, self._first, self.seen, found)

    def _found(self) -> Course | Leg | None:
        transition, state = self._run.transition, self._run.state
        root_key = state.root_key
        if not self._keys and transition.completed:
            numbers = _numbers(transition)
            return None if numbers is None else Course(transition, numbers)
        if not self._is_plain(transition):
            return None
        new = {one[0] for one in transition.passed} | {one.key for one in transition.opened} | set(transition.created)
        numbers = {key: number for number, key in enumerate([*self._keys, *sorted(new)])}
        place: Place | None = None
        if not transition.completed:
            place = self._courses.place_of(state)
            if place is None or len(state.keys) < 2:
                return None
        places = []
        computes = 0
        for one in self.opened:
            places.append([(field, computes + which) for which, (field, _) in enumerate(one)])
            computes += len(one)
        if next(iter(numbers)) != root_key or len(places) != len(transition.opened):
            return None
        try:
            return Leg(transition, numbers, len(new), places, place, state.keys)
        except KeyError:
            return None

    def _is_plain(self, transition: Transition) -> bool:
        """Whether it holds nothing but what a leg tells."""
        if transition.outbox or transition.items or transition.user_tasks or len(transition.log) > LONGEST:
            return False
        if any(event[0] not in _EVENTS for event in transition.log):
            return False
        root_key = transition.state.root_key
        if any(one[3] != root_key or one[4] != root_key for one in transition.passed):
            return False
        if any(key != root_key or name.startswith(HIDDEN_PREFIX) for key, name in transition.variables):
            return False
        plans = self._courses.watched.plans
        alive = transition.state.elements
        for key, element in transition.created.items():
            if key not in alive or (key != root_key and not _waits(plans[element.slot])):
                return False
        for key, end in transition.ended.items():
            if end.state is not ElementState.COMPLETED or end.element.role or end.element.data:
                return False
            if key != root_key and not _waits(plans[end.element.slot]):
                return False
        return all(one.kind in ("job", "user_task", "message") for one in transition.closed)


def _waits(plan: Plan) -> bool:
    return computed(plan) is not None


def _watched(whole: Compiled) -> Compiled:
    plans = tuple(_plan(plan) for plan in whole.plans)
    return Compiled(whole.model, plans, tuple((id, plans[plan.slot]) for id, plan in whole.hops))


def _plan(plan: Plan) -> Plan:
    act, choose, behaviour = plan.act, plan.choose, plan.behaviour
    if plan.leaves is None:
        choose = _choosing(plan)
    return replace(
        plan,
        act=act if act is None else _acting(plan, act),
        choose=choose,
        behaviour=behaviour if behaviour is None else _behaving(plan, behaviour),
    )


def _acting(plan: Plan, act: Callable[[Run, ElementInstance], None]) -> Callable[..., None]:
    def watched(run: Run, scope: ElementInstance) -> None:
        told = len(run.transition.log)
        act(run, scope)
        if plan.assigns is None:
            run.watch.possible = False
        run.watch.seen.append(Seen(assigns=plan.assigns, changed=len(run.transition.log) > told))

    return watched


def _choosing(plan: Plan) -> Callable[[Run, ElementInstance], tuple[int, ...]]:
    def watched(run: Run, scope: ElementInstance) -> tuple[int, ...]:
        way = plan.choose(run, scope)
        if plan.chooses is None:
            run.watch.possible = False
        run.watch.seen.append(Seen(chooses=plan.chooses, way=way))
        return way

    return watched


def _behaving(plan: Plan, behaviour: Behaviour) -> Behaviour:
    computes = computed(plan)

    def watched(run: Run, model: ProcessModel, element: ElementInstance, node: FlowNode) -> None:
        watch = run.watch
        if computes is None:
            watch.possible = False
        else:
            watch.opened.append(computes)
            if computes:
                watch.seen.append(Seen(computes=computes))
        behaviour(run, model, element, node)

    return watched


def _numbers(transition: Transition) -> Mapping[int, int] | None:
    """Key → its number, of a run that did nothing but compute; None of any other."""
    root_key = transition.state.root_key
    if list(transition.created) != [root_key] or list(transition.ended) != [root_key]:
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
