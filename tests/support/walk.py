"""A walker: starts a process again and again and answers whatever is open with what it has tried least, until every
flow node that the lint rules call reachable has been activated, or nothing new comes any more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from random import Random
from typing import Any

from laneway.diagrams import Diagram, load
from laneway.diagrams.lint.reachability import reached
from laneway.domain.errors import LanewayError
from laneway.domain.history import ElementActivated
from laneway.domain.model import EventKind, FlowNode, ProcessModel
from laneway.domain.stimulus import (
    CompleteWork,
    ResolveIncident,
    SetVariables,
    StartInstance,
    Stimulus,
    ThrowError,
    TriggerWait,
)
from laneway.domain.transition import IncidentOpened, JobOpened, Opened, TimerOpened, UserTaskOpened
from laneway.domain.types import ElementType
from laneway.ports import DecisionOutcome
from laneway.runtime import Limits
from tests.support.drawing import Drawing
from tests.support.play import Models, Player

STEPS = 120
TRIES = 400
IDLE = 80
"""Tries without anything new after which it gives up."""
COMMON: list[Any] = [True, False, 0, 1, 1_000_000, "yes", "no", "", "PT1H", [1, 2], None]
_LITERAL = re.compile(r'"([^"]*)"|\b(\d+(?:\.\d+)?)\b')
_STEPS = r"(?:\s*\.\s*[^\W\d]\w*)+"
Action = tuple[str, str]


class Standing(Models):
    """The processes of a file; what it calls and decides elsewhere, or leaves empty, is stood in for."""

    def __init__(self, diagram: Diagram) -> None:
        super().__init__()
        self.models = dict(enumerate((*diagram.processes, stand_in()), start=1))
        self.answer: Callable[[], Any] = lambda: None

    def resolve_process(self, process_id: str, *rest: Any) -> tuple[int, ProcessModel] | None:
        found = super().resolve_process(process_id, "latest", None, 0)
        drawn = found is not None and len(found[1].nodes) > 1
        return found if drawn else (len(self.models), self.models[len(self.models)])

    def evaluate_decision(self, *arguments: Any) -> DecisionOutcome:
        return DecisionOutcome(self.answer(), {})


class Walker:
    """Walks one process of a file; a player's checks hold after every step."""

    def __init__(self, definitions: Standing, key: int) -> None:
        self.definitions = definitions
        self.key, self.model = key, definitions.models[key]
        self.random = Random(key)
        self.tried: Counter[Action] = Counter()
        self.seen: set[str] = set()
        self.steps_taken = 0
        self.goal = {self.model.nodes[slot].id for slot in reached(self.model)}
        self.codes = {kind: sorted(set(self._codes(kind))) for kind in (EventKind.ERROR, EventKind.ESCALATION)}
        texts = list(_expressions(self.model))
        conditions = [flow.condition for flow in self.model.flows if flow.condition is not None]
        asked = [condition.text for condition in conditions]
        self.asked = frozenset(name for condition in conditions for name in condition.names)
        self.values = [*_literals(asked), *COMMON] if asked else COMMON
        self.names = sorted({name for _, names in texts for name in names})
        self.paths = sorted(
            {
                path
                for text, names in texts
                for name in names
                for path in re.findall(rf"(?<![\w.]){re.escape(name)}{_STEPS}", text)
            }
        )
        self.near = {
            place: _near(place, [text for text in asked if place in text]) or self.values
            for place in (*self.names, *self.paths)
        }

    def walk(self) -> list[str]:
        """Ids of what was not reached, in the order of the diagram."""
        root = self.model.nodes[0]
        starts: list[str | None] = [self.model.nodes[slot].id for slot in root.event_starts]
        if root.start_nodes or not starts:
            starts.insert(0, None)
        idle = 0
        for number in range(TRIES):
            before = len(self.seen)
            self._try(starts[number % len(starts)])
            idle = 0 if len(self.seen) > before else idle + 1
            if self.goal <= self.seen or idle > IDLE + len(starts):
                break
        return [node.id for node in self.model.nodes[1:] if node.id in self.goal - self.seen]

    def _try(self, start: str | None) -> None:
        self.player = Player(limits=Limits(steps=2_000))
        self.player.definitions = self.definitions
        self.definitions.answer = self._decide
        self._step(StartInstance(self.key, self._guess(), start))
        for _ in range(STEPS):
            if self.player.ended or self.goal <= self.seen:
                return
            choices = [(self.tried[action], self.random.random(), action, item) for action, item in self._actions()]
            _, _, action, item = min(choices, key=lambda each: each[:2])
            self.tried[action] += 1
            try:
                self._answer(action[1], item)
            except LanewayError:
                return  # refused, as a caller would be told; what is left of the instance is thrown away

    def _step(self, stimulus: Stimulus) -> None:
        last = self.player._step(stimulus).last
        assert last is not None
        self.steps_taken += 1
        ours = {key for key, element in last.created.items() if element.definition_key == self.key}
        ours |= {key for key, _, definition_key, *_ in last.passed if definition_key == self.key}
        self.seen |= {
            event.element_id
            for event in last.events
            if isinstance(event, ElementActivated) and event.element_instance_key in ours
        }

    def _actions(self) -> Iterator[tuple[Action, Opened]]:
        for item in self.player.open.values():
            if isinstance(item, UserTaskOpened) and item.choices:
                for flow_id, _ in item.choices:
                    yield (item.element_id, f"choose {flow_id}"), item
                if item.choose_many:
                    yield (item.element_id, "choose all"), item
            elif isinstance(item, (JobOpened, UserTaskOpened)):
                yield (item.element_id, "complete"), item
                if self._is_work(item):
                    for kind, codes in self.codes.items():
                        for code in codes:
                            yield (item.element_id, f"{kind} {code}"), item
            else:
                yield (item.element_id, type(item).__name__), item

    def _is_work(self, item: JobOpened | UserTaskOpened) -> bool:
        """Not the question whether an event has happened, which can throw nothing."""
        assert self.player.state is not None
        element = self.player.state.elements[item.element_instance_key]
        return element.waits[item.key].slot == element.slot

    def _answer(self, action: str, item: Opened) -> None:
        key = item.element_instance_key
        what, _, code = action.partition(" ")
        if isinstance(item, IncidentOpened):
            self._step(SetVariables(key, self._guess()))
            if item.key in self.player.open:
                self._step(ResolveIncident(item.key, key))
        elif what == "choose":
            assert isinstance(item, UserTaskOpened)
            chosen = [flow_id for flow_id, _ in item.choices] if code == "all" else code
            self._step(CompleteWork(key, item.key, {"choice": chosen}))
        elif what == "complete":
            self._step(CompleteWork(key, item.key, self._guess()))
        elif what in self.codes:
            self._step(ThrowError(key, item.key, code, escalation=what == EventKind.ESCALATION))
        else:
            if isinstance(item, TimerOpened):
                self.player.now = max(self.player.now, item.due)
            self._step(TriggerWait(key, item.key, self._guess()))

    def _guess(self) -> dict[str, Any]:
        """Something for every variable that an expression reads."""
        found: dict[str, Any] = {name: self._value(name) for name in self.names}
        for path in self.paths:
            name, *rest = (step.strip() for step in path.split("."))
            inner = found.get(name)
            if not isinstance(inner, dict):
                inner = found[name] = {}
            for step in rest[:-1]:
                inner = inner.setdefault(step, {}) if isinstance(inner.get(step, {}), dict) else {}
            inner[rest[-1]] = self._value(path)
        return found

    def _decide(self) -> Any:
        """What a decision gives: something for a variable that a condition reads."""
        guessed = self._guess()
        return self.random.choice([value for name, value in guessed.items() if name in self.asked] or COMMON)

    def _value(self, place: str) -> Any:
        """Mostly what a condition compares it with."""
        return self.random.choice(self.near[place] if self.random.random() < 0.8 else self.values)

    def _codes(self, kind: EventKind) -> Iterator[str]:
        for node in self.model.nodes:
            if node.event is not None and node.event.kind is kind and _catches(node):
                yield node.event.code if isinstance(node.event.code, str) and node.event.code else "ANY"


def _catches(node: FlowNode) -> bool:
    return node.type in (ElementType.BOUNDARY_EVENT, ElementType.START_EVENT)


def _near(place: str, texts: list[str]) -> list[Any]:
    """What ``place`` may be for the conditions that read it to hold or not."""
    found: list[Any] = []
    for text in texts:
        if re.search(rf"count\(\s*{re.escape(place)}", text):
            found += [[], ["x"]]
        elif re.search(rf"{re.escape(place)}\s*(?:=|!=|<|>|in\b)", text):
            found += _literals([text])
        else:
            found += [True, False, *_literals([text])]
    return found


def _literals(texts: list[str]) -> list[Any]:
    """Texts and numbers that stand in ``texts``, and the numbers beside those."""
    found: list[Any] = []
    for text, digits in (match for each in texts for match in _LITERAL.findall(each)):
        found += [int(float(digits)) + step for step in (-1, 0, 1)] if digits else [text]
    return found


def _expressions(value: Any) -> Iterator[tuple[str, frozenset[str]]]:
    """Text and names of every expression in a model."""
    if hasattr(value, "text") and hasattr(value, "names"):
        yield value.text, value.names
    elif is_dataclass(value):
        for each in fields(value):
            yield from _expressions(getattr(value, each.name))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _expressions(item)


@lru_cache
def stand_in() -> ProcessModel:
    """What stands in for processes of other files: a person does something."""
    drawing = Drawing()
    process = drawing.process("stand_in")
    process.chain(process.node("startEvent"), process.node("userTask"), process.node("endEvent"))
    return load(drawing.xml(), "stand_in.bpmn").processes[0]


def missed(diagram: Diagram) -> tuple[dict[str, list[str]], int, int]:
    """Process → ids of what no walk reached; how many nodes are reachable in all; how many steps were taken."""
    definitions = Standing(diagram)
    found: dict[str, list[str]] = {}
    nodes = steps = 0
    for key, model in enumerate(diagram.processes, start=1):
        if len(model.nodes) == 1:
            continue
        walker = Walker(definitions, key)
        left = walker.walk()
        nodes, steps = nodes + len(walker.goal), steps + walker.steps_taken
        if left:
            found[model.process_id] = left
    return found, nodes, steps
