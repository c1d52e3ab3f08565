"""Courses and legs: what instances have done before, so that the next one need not find it out.

Between the things that happen to it an instance does nothing but compute: scripts write variables, conditions choose flows.
Given the process, where the instance rests, what happened there, and which variables that brings, everything else follows from
which writes changed something and which flows were chosen: the tokens, their order, the joins, the work that opens, the history. So
the first instance that goes a way is run as any other, and watched (``watching``); what it did is kept as a *leg* from one place to
the next, or as a *course* where it began and ended in one go. The next one carries out scripts and conditions alone, in the same
order, with the same outcomes or not: if not, or if anything fails, nothing was done, and it is run as any other.

This changes nothing of what is true of an instance (tests run both ways beside each other); it leaves out to write down
what is known. The transitions tell events and elements when somebody asks for them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from laneway.domain.course import Course, CourseTaken
from laneway.domain.leg import Leg, LegTaken
from laneway.domain.model import FlowNode, JobSpec, ProcessModel
from laneway.domain.place import Place, Shape, resting
from laneway.domain.state import InstanceState
from laneway.domain.stimulus import CompleteWork, TriggerWait
from laneway.domain.types import HIDDEN_PREFIX
from laneway.ports import Definitions, IdSource
from laneway.runtime.flows import Choice
from laneway.runtime.limits import Limits
from laneway.runtime.scope import Assignment
from laneway.runtime.values import to_json
from laneway.runtime.waiting import Computed

MOST_COURSES = 200
"""Of a process; loops whose rounds depend on data have as many as there are numbers of rounds."""
MOST_PLACES = 200
LONGEST_NAMES = 4_000
"""Characters of the names of variables that come in: whoever sends them chooses them."""
MOST_NAMES = 60
_TRIES = 20
"""Runs that are watched, and instances that leave all known courses, before it is asked whether that is worth it."""

_COMPARABLE = frozenset({str, int, bool, type(None)})
_MISSING = object()
Step = CompleteWork | TriggerWait
"""What happens to an instance that waits, and may be known."""
STEPS = frozenset({CompleteWork, TriggerWait})
_Undo = list[tuple[str, Any]]


class Seen(NamedTuple):
    """One outcome of a run that is watched: ``way`` of a choice, whether a script has ``changed`` its variable, or what is
    computed of work that opens."""

    assigns: Assignment | None = None
    chooses: Choice | None = None
    changed: bool = False
    way: tuple[int, ...] = ()
    computes: Computed = ()


class Junction:
    """What is carried out next, and where its outcome leads: whether a script changed its variable, which way was chosen.

    All of ``assigns``, ``chooses`` and ``computes`` are empty where a course or a leg ends.
    """

    __slots__ = ("after", "assigns", "changed", "chooses", "computes", "course", "same", "ways")

    def __init__(self) -> None:
        self.assigns: Assignment | None = None
        self.chooses: Choice | None = None
        self.computes: Computed = ()
        self.course: Course | Leg | None = None
        self.changed: Junction | None = None
        self.same: Junction | None = None
        self.after: Junction | None = None
        self.ways: dict[tuple[int, ...], Junction] = {}

    def behind(self, one: Seen) -> Junction:
        """The junction that this outcome leads to, made if it is not there yet."""
        if one.assigns is not None:
            self.assigns = one.assigns
            if one.changed:
                self.changed = self.changed or Junction()
                return self.changed
            self.same = self.same or Junction()
            return self.same
        if one.chooses is not None:
            self.chooses = one.chooses
            return self.ways.setdefault(one.way, Junction())
        self.computes = one.computes
        self.after = self.after or Junction()
        return self.after


class Origin:
    """Where courses begin: the start of the process, or one thing that happens at one place.

    Attributes
    ----------
    first
        By what comes in: names of variables, and of an instance that waits which of them change something.
    off
        Nothing that begins here is worth to be remembered.
    """

    __slots__ = ("first", "kept", "left", "off", "taken", "useless")

    def __init__(self, off: bool = False) -> None:
        self.first: dict[Any, Junction] = {}
        self.off = off
        self.kept = 0
        self.taken = 0
        self.left = 0
        self.useless = 0

    def missed(self) -> None:
        self.left += 1
        if self.left > _TRIES + 2 * self.taken:
            self.end()

    def wasted(self) -> None:
        self.useless += 1
        if self.useless > _TRIES + 2 * self.kept:
            self.end()

    def end(self) -> None:
        """What was kept is let go. Whoever follows a course at this moment holds its junctions."""
        self.off = True
        self.first = {}


class Courses:
    """Those of a process. Shared by all threads: what one of them adds too much or too little only costs time."""

    __slots__ = ("_kept", "_places", "_shapeless", "definition_key", "model", "start", "watched")

    def __init__(self, model: ProcessModel, definition_key: int) -> None:
        root = model.nodes[0]
        of_its_own = root.listeners or root.event_sub_processes or root.declared or model.joins
        self.model = model
        self.definition_key = definition_key
        unlike = model.joins or model.unseen or any(_asks_for_tools(node) for node in model.nodes)
        self.start = Origin(bool(of_its_own or model.unseen))
        self.watched: Any = None
        """The plans of the process as ``watching`` makes them, once they are needed."""
        self._places: dict[Shape, Place] = {}
        self._kept = 0
        self._shapeless = _TRIES + 1 if unlike else 0

    @property
    def off(self) -> bool:
        """No instance begins by a known course."""
        return self.start.off

    def follow(self, variables: Mapping[str, Any], now: datetime, ids: IdSource, limits: Limits) -> Any:
        """The transition of an instance that starts; None, with nothing done, where its way is not known or something fails."""
        origin = self.start
        at = origin.first.get(tuple(variables))
        if at is None or any(name.startswith(HIDDEN_PREFIX) for name in variables):
            return None
        scope = dict(variables)
        written = dict(variables)
        computed: list[Any] = []
        course = _walked(at, scope, written, [], computed, now)
        if course is None:
            origin.missed()
            return None
        if course.steps > limits.steps:
            return None
        origin.taken += 1
        if course.__class__ is Course:
            return CourseTaken(course, ids.take(course.keys), self.definition_key, written, now)
        keys = tuple(ids.take(course.given))
        state = InstanceState(keys[0])
        if scope:
            state.variables = {keys[0]: scope}
        return LegTaken(course, keys, self.definition_key, written, computed, state, now)

    def end(self) -> None:
        """Nothing is remembered from now on, neither courses nor places: every step is run as the first."""
        self.start.end()
        self._shapeless = sys.maxsize

    def place_of(self, state: InstanceState) -> Place | None:
        """Where ``state`` rests, as it is remembered; None where it cannot be."""
        if self._shapeless > _TRIES + 2 * len(self._places):
            return None
        found = resting(state)
        if found is None:
            self._shapeless += 1
            return None
        shape, keys = found
        place = self._places.get(shape)
        if place is None:
            if len(self._places) >= MOST_PLACES:
                return None
            place = self._places.setdefault(shape, Place(self.definition_key, shape, self))
        state.place = place
        state.keys = keys
        return place

    def keep(self, origin: Origin, first: Any, seen: list[Seen], course: Course | Leg) -> None:
        """What a run that was watched did."""
        if self._kept >= MOST_COURSES:
            origin.wasted()
            return
        at = origin.first.setdefault(first, Junction())
        for one in seen:
            at = at.behind(one)
        at.course = course
        self._kept += 1
        origin.kept += 1


def _asks_for_tools(node: FlowNode) -> bool:
    """An agent task with a loop: with its answer goes what it hands out, which is no variable."""
    return isinstance(node.work, JobSpec) and node.work.flavour is not None


@lru_cache(maxsize=512)
def courses_of(model: ProcessModel, definition_key: int) -> Courses:
    return Courses(model, definition_key)


def origin_of(definitions: Definitions, state: InstanceState, stimulus: Step) -> Origin | None:
    """What begins where ``state`` rests with ``stimulus``; None where nothing can be known of it."""
    place: Place | None = state.place
    if place is None:
        root = state.elements.get(state.root_key)
        if root is None:
            return None
        known = courses_of(definitions.model(root.definition_key), root.definition_key)
        place = known.place_of(state)
        if place is None:
            return None
    elif definitions.model(place.definition_key) is not place.owner.model:
        return None
    keys = state.keys
    key = stimulus.work_key if isinstance(stimulus, CompleteWork) else stimulus.wait_key
    try:
        way = (stimulus.__class__, keys.index(stimulus.element_instance_key), keys.index(key))
    except ValueError:
        return None
    origin: Origin | None = place.ways.get(way)
    if origin is None:
        origin = place.ways[way] = Origin()
    return None if origin.off else origin


def go_on(
    origin: Origin, state: InstanceState, variables: Mapping[str, Any], now: datetime, ids: IdSource, limits: Limits
) -> LegTaken | None:
    """The transition of an instance that goes a known leg; None, with nothing done, where its way is not known or something
    fails."""
    place = state.place
    assert place is not None
    root_key = state.root_key
    scope = state.variables.get(root_key)
    fresh = scope is None
    if scope is None:
        scope = {}
    written: dict[str, Any] = {}
    undo: _Undo = []
    mask = _merged(scope, variables, written, undo)
    at = origin.first.get((tuple(variables), mask))
    if at is None:
        _undone(scope, undo)
        return None
    computed: list[Any] = []
    leg = _walked(at, scope, written, undo, computed, now)
    if leg is None or leg.steps > limits.steps:
        _undone(scope, undo)
        origin.missed()
        return None
    origin.taken += 1
    if fresh and scope:
        state.variables[root_key] = scope
    keys = (*state.keys, *ids.take(leg.given)) if leg.given else state.keys
    return LegTaken(leg, keys, place.definition_key, written, computed, state, now)


def first_of(state: InstanceState, variables: Mapping[str, Any]) -> tuple[Any, ...]:
    """What comes in, as ``Origin.first`` has it."""
    mask = _merged(dict(state.variables.get(state.root_key, {})), variables, {}, [])
    return tuple(variables), mask


def _merged(scope: dict[str, Any], variables: Mapping[str, Any], written: dict[str, Any], undo: _Undo) -> int:
    """Write as ``set_local`` does. Gives the bits of those that changed something."""
    mask, bit = 0, 1
    for name, value in variables.items():
        before = scope.get(name, _MISSING)
        kind = value.__class__
        if not (before.__class__ is kind and kind in _COMPARABLE and before == value):
            undo.append((name, before))
            scope[name] = written[name] = value
            mask |= bit
        bit <<= 1
    return mask


def _undone(scope: dict[str, Any], undo: _Undo) -> None:
    for name, before in reversed(undo):
        if before is _MISSING:
            del scope[name]
        else:
            scope[name] = before


def _walked(
    at: Junction, scope: dict[str, Any], written: dict[str, Any], undo: _Undo, computed: list[Any], now: datetime
) -> Any:
    """Carry out what is to be computed; gives the course or leg at the end, None where the way is not known or something fails."""
    after: Junction | None
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
                    undo.append((name, before))
                    scope[name] = written[name] = result
                    after = at.changed
            elif at.chooses is not None:
                for condition, way in at.chooses.ways:
                    if condition(scope, now):
                        after = at.ways.get(way)
                        break
                else:
                    after = at.ways.get(at.chooses.otherwise or ())
            elif at.computes:
                for _, compute in at.computes:
                    computed.append(compute(scope, now))
                after = at.after
            else:
                return at.course
            if after is None:
                return None
            at = after
    except Exception:  # the ordinary run tells what is wrong, where it is, and holds it in an incident
        return None
