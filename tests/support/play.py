"""Play a diagram on the pure runtime alone: no store, no clock but the one given here.

The player keeps the work that transitions open and checks, after every step, what must always hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from laneway.diagrams import load
from laneway.domain.history import ElementCompleted, SequenceFlowTaken
from laneway.domain.model import ProcessModel
from laneway.domain.state import ElementInstance, InstanceState
from laneway.domain.stimulus import (
    ActivateAdHocActivities,
    CancelInstance,
    CompleteWork,
    ResolveIncident,
    SetVariables,
    StartInstance,
    Stimulus,
    ThrowError,
    TriggerWait,
)
from laneway.domain.transition import (
    IncidentOpened,
    JobOpened,
    MessageSubscriptionOpened,
    Opened,
    SignalSubscriptionOpened,
    TimerOpened,
    Transition,
    UserTaskOpened,
)
from laneway.domain.types import ElementType
from laneway.ports import DecisionOutcome
from laneway.runtime import Limits, advance_in_place
from laneway.store.json import decode, encode

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Counter:
    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last

    def take(self, count: int) -> list[int]:
        return [self.next() for _ in range(count)]


class Models:
    """``Definitions`` over the processes of the files given, keyed 1, 2, 3 …"""

    def __init__(self, *files: bytes) -> None:
        self.models: dict[int, ProcessModel] = {}
        self.items: dict[tuple[str, str], Any] = {}
        for data in files:
            diagram = load(data, "test.bpmn")
            errors = [str(problem) for problem in diagram.problems if problem.severity == "error"]
            assert not errors, "\n".join(errors)
            for model in diagram.processes:
                self.models[len(self.models) + 1] = model

    def model(self, definition_key: int) -> ProcessModel:
        return self.models[definition_key]

    def resolve_process(
        self, process_id: str, binding: str, version: str | None, caller_definition_key: int
    ) -> tuple[int, ProcessModel] | None:
        return next(((key, model) for key, model in self.models.items() if model.process_id == process_id), None)

    def read_item(self, store: str, key: str, caller_definition_key: int) -> Any:
        return self.items.get((store, key))

    def dial(self, *arguments: Any) -> None:
        return None

    def tool_begins(self, *arguments: Any) -> None:
        return None

    def evaluate_decision(self, *arguments: Any) -> DecisionOutcome:
        raise AssertionError("no decisions in this test")


class Player:
    """Plays instances of the first process in ``files``."""

    def __init__(self, *files: bytes, limits: Limits | None = None) -> None:
        self.definitions = Models(*files)
        self.ids = Counter()
        self.now = START
        self.limits = limits or Limits()
        self.state: InstanceState | None = None
        self.open: dict[int, Opened] = {}
        self.completed: list[str] = []
        self.flows: list[str] = []
        self.sent: list[Any] = []
        self.last: Transition | None = None
        self.restart_each_step = False
        self.rows: dict[int, str] = {}
        self.variable_rows: dict[int, dict[str, str]] = {}

    # Stimuli

    def start(self, variables: Mapping[str, Any] | None = None, element_id: str | None = None) -> Player:
        return self._step(StartInstance(1, dict(variables or {}), element_id))

    def complete(
        self, name: str, variables: Mapping[str, Any] | None = None, result: Mapping[str, Any] | None = None
    ) -> Player:
        """Complete the oldest open job or user task of the element ``name``."""
        work = self.work(name)
        return self._step(CompleteWork(work.element_instance_key, work.key, dict(variables or {}), dict(result or {})))

    def throw(self, name: str, code: str, *, escalation: bool = False, **variables: Any) -> Player:
        work = self.work(name)
        return self._step(ThrowError(work.element_instance_key, work.key, code, "", variables, escalation))

    def message(self, name: str, key: str = "", variables: Mapping[str, Any] | None = None) -> Player:
        found = self._one(MessageSubscriptionOpened, lambda it: it.name == name and it.correlation_key == key)
        return self._step(TriggerWait(found.element_instance_key, found.key, dict(variables or {})))

    def signal(self, name: str, variables: Mapping[str, Any] | None = None) -> Player:
        found = self._one(SignalSubscriptionOpened, lambda it: it.name == name)
        return self._step(TriggerWait(found.element_instance_key, found.key, dict(variables or {})))

    def wait(self, **duration: float) -> Player:
        """Let time pass; timers fire in order of their due time."""
        until = self.now + timedelta(**duration)
        while True:
            timers = sorted((it.due, it.key) for it in self.open.values() if isinstance(it, TimerOpened))
            if not timers or timers[0][0] > until:
                break
            due, key = timers[0]
            self.now = max(self.now, due)
            self._step(TriggerWait(self.open[key].element_instance_key, key))
        self.now = until
        return self

    def set(self, scope: str = "", **variables: Any) -> Player:
        """Set variables from outside: at the element ``scope``, as its own; by default at the process instance."""
        assert self.state is not None
        for element in self.state.elements.values():
            node = self.definitions.model(element.definition_key).nodes[element.slot]
            if node.id == scope or (not scope and element.key == self.state.root_key):
                return self._step(SetVariables(element.key, variables, local=bool(scope)))
        raise AssertionError(f"no element {scope} is alive")

    def resolve(self, variables: Mapping[str, Any] | None = None) -> Player:
        """Set variables, then resolve the only open incident."""
        incident = self._one(IncidentOpened, lambda it: True)
        if variables:
            self._step(SetVariables(incident.element_instance_key, dict(variables)))
        return self._step(ResolveIncident(incident.key, incident.element_instance_key))

    def activate(self, ad_hoc: str, *elements: str, cancel_remaining: bool = False, **variables: Any) -> Player:
        """Begin elements in the oldest live ad-hoc sub-process ``ad_hoc``."""
        assert self.state is not None
        key = next(
            element.key
            for element in self.state.elements.values()
            if element.type is ElementType.AD_HOC_SUB_PROCESS
            and self.definitions.model(element.definition_key).nodes[element.slot].id == ad_hoc
        )
        wanted = tuple((each, variables) for each in elements)
        return self._step(ActivateAdHocActivities(key, wanted, cancel_remaining))

    def do(self, stimulus: Stimulus) -> Player:
        return self._step(stimulus)

    def cancel(self) -> Player:
        assert self.state is not None
        return self._step(CancelInstance(self.state.root_key))

    # Questions

    def work(self, name: str) -> JobOpened | UserTaskOpened:
        for item in self.open.values():
            if isinstance(item, (JobOpened, UserTaskOpened)) and item.element_id == name:
                return item
        raise AssertionError(f"no open work at {name}; open: {self.waiting()}")

    def waiting(self) -> list[str]:
        """Element ids of open jobs and user tasks, in order."""
        return [it.element_id for it in self.open.values() if isinstance(it, (JobOpened, UserTaskOpened))]

    def incidents(self) -> list[str]:
        return [it.message for it in self.open.values() if isinstance(it, IncidentOpened)]

    @property
    def ended(self) -> bool:
        return self.state is not None and not self.state.elements

    def variables(self) -> dict[str, Any]:
        """Variables of the root scope as last written, also after the end."""
        return dict(self._root_variables)

    # Inside

    _root_variables: dict[str, Any] = {}  # noqa: RUF012 - replaced per instance

    def _one(self, kind: type[Any], matches: Any) -> Any:
        for item in self.open.values():
            if isinstance(item, kind) and matches(item):
                return item
        raise AssertionError(f"nothing of {kind.__name__} is open: {list(self.open.values())}")

    def _step(self, stimulus: Stimulus) -> Player:
        if self.restart_each_step and self.state is not None:
            self.state = reloaded(self.state)
        transition = advance_in_place(self.definitions, self.state, stimulus, self.now, self.ids, self.limits)
        if self.state is None:
            self._root_variables = {}
            self.rows, self.variable_rows = {}, {}
        self.state = transition.state
        self.definitions.items.update(transition.items)
        self._write(transition)
        self.last = transition
        for item in transition.opened:
            self.open[item.key] = item
        for closed in transition.closed:
            self.open.pop(closed.key, None)
        for (scope, name), value in transition.variables.items():
            if scope == self.state.root_key:
                self._root_variables[name] = value
        self.sent.extend(transition.outbox)
        self.completed += [event.element_id for event in transition.events if isinstance(event, ElementCompleted)]
        self.flows += [event.flow_id for event in transition.events if isinstance(event, SequenceFlowTaken)]
        self._check()
        return self

    def _write(self, transition: Transition) -> None:
        """Keep rows as a store does: only what the transition says has changed is written."""
        for key in [*transition.created, *transition.touched]:
            if key not in transition.ended:
                self.rows[key] = row_of(transition.state.elements[key])
        for (scope, name), value in transition.variables.items():
            self.variable_rows.setdefault(scope, {})[name] = encode(value)
        for key in transition.ended:
            self.rows.pop(key, None)
            self.variable_rows.pop(key, None)

    def _check_rows(self) -> None:
        """What a store has written is all there is, and what is derived from it is as it was kept."""
        assert self.state is not None
        state = self.state
        assert self.rows == {key: row_of(element) for key, element in state.elements.items()}
        kept = {
            scope: {name: encode(value) for name, value in values.items()} for scope, values in state.variables.items()
        }
        assert self.variable_rows == {scope: values for scope, values in kept.items() if values}
        fresh = reloaded(state)
        for key, element in state.elements.items():
            other = fresh.elements[key]
            assert list(other.children) == list(element.children)
            if self.definitions.model(element.definition_key).joins and element.role != "body":
                assert (other.tokens, other.active_mask) == (element.tokens, element.active_mask)
        assert (fresh.conditions, fresh.signals) == (state.conditions, state.signals)

    def _check(self) -> None:
        """Every live element waits, has children or holds an incident; all open work belongs to a live element."""
        assert self.state is not None
        self._check_rows()
        elements = self.state.elements
        for element in elements.values():
            assert element.children or element.waits or element.incident, f"{element.slot} waits for nothing"
            assert all(count > 0 for flows in element.arrivals.values() for count in flows.values())
            assert element.parent == 0 or element.parent in elements
            assert element.incident == 0 or element.incident in self.open
            for key, wait in element.waits.items():
                assert (
                    key in self.open
                    or wait.kind in ("condition", "activation", "compensation")
                    or (wait.data is not None and "within" in wait.data)
                    or (wait.kind == "call" and elements[key].parent == element.key)
                )
        for item in self.open.values():
            assert item.element_instance_key in elements, f"left behind: {item}"
            holder = elements[item.element_instance_key]
            assert item.key in holder.waits or item.key == holder.incident, f"nobody waits for {item}"
        for scope in self.state.variables:
            assert scope in elements, "a scope outlives its element"


def row_of(element: ElementInstance) -> str:
    return encode([element.state.value, element.runtime_json()])


def reloaded(state: InstanceState) -> InstanceState:
    """The state as a store would give it back: only what rows keep."""
    fresh = InstanceState(state.root_key)
    fresh.version = state.version
    for key in sorted(state.elements):
        old = state.elements[key]
        element = ElementInstance(
            old.key, old.slot, old.type, old.definition_key, old.parent, old.process_key, old.role
        )
        element.state = old.state
        element.load_runtime_json(decode(encode(old.runtime_json())))
        fresh.elements[key] = element
    fresh.variables = {
        scope: {name: decode(encode(value)) for name, value in values.items()}
        for scope, values in state.variables.items()
        if values
    }
    fresh.rebuild_links()
    return fresh
