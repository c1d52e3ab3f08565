"""What every step of one ``advance`` shares: state, models, time, keys, and the record of what waits and what is held."""

from __future__ import annotations

from datetime import datetime

from laneway.domain.history import IncidentRaised, IncidentResolved
from laneway.domain.model import FlowNode, ProcessModel
from laneway.domain.state import LISTENED, ElementInstance, InstanceState, Wait
from laneway.domain.transition import Closed, IncidentOpened, Transition
from laneway.domain.types import IncidentType
from laneway.expressions.randomness import Randomness
from laneway.ports import Definitions, IdSource
from laneway.runtime.behaviours import Compiled, Plan, compiled
from laneway.runtime.limits import Limits
from laneway.runtime.values import to_json

LONGEST_MESSAGE = 4_000
"""Characters of an incident's message: texts of any length can be part of it."""


class Context:
    __slots__ = ("_randomness", "compiled", "definitions", "ids", "limits", "now", "state", "transition")

    to_json = staticmethod(to_json)

    def __init__(
        self, definitions: Definitions, state: InstanceState, now: datetime, ids: IdSource, limits: Limits
    ) -> None:
        self.definitions = definitions
        self.state = state
        self.now = now
        self.ids = ids
        self.limits = limits
        self.transition = Transition(state)
        self.compiled: dict[int, Compiled] = {}
        """By definition key: the models asked for so far."""
        self._randomness: Randomness | None = None

    # Looking things up

    def model(self, definition_key: int) -> ProcessModel:
        found = self.compiled.get(definition_key) or self.compile(definition_key)
        return found.model

    @property
    def randomness(self) -> Randomness:
        """Of expressions; it takes a key when one of them is random, and is the same again for the same keys and time."""
        found = self._randomness
        if found is None:
            found = self._randomness = Randomness(lambda: f"{self.ids.next()} {self.now.isoformat()}")
        return found

    def plans(self, definition_key: int) -> tuple[Plan, ...]:
        found = self.compiled.get(definition_key) or self.compile(definition_key)
        return found.plans

    def compile(self, definition_key: int) -> Compiled:
        found = self.compiled[definition_key] = compiled(self.definitions.model(definition_key))
        return found

    def node_of(self, element: ElementInstance) -> FlowNode:
        return self.model(element.definition_key).nodes[element.slot]

    def touch(self, element: ElementInstance) -> None:
        """Its row must be written (elements created in this transition are written anyway)."""
        if element.key not in self.transition.created:
            self.transition.touched[element.key] = None

    # Waits and incidents

    def wait(self, element: ElementInstance, wait: Wait) -> None:
        element.own_waits()[wait.key] = wait
        if wait.kind in LISTENED:
            self.state.listen(element, wait)
        self.touch(element)

    def close_wait(self, element: ElementInstance, key: int, reason: str) -> None:
        wait = element.waits.pop(key)
        if wait.kind in LISTENED:
            self.state.unlisten(element, wait)
        self.transition.closed.append(Closed(wait.kind, key, reason))
        self.touch(element)

    def close_waits(self, element: ElementInstance) -> None:
        if element.waits:
            for key, wait in element.waits.items():
                self.transition.closed.append(Closed(wait.kind, key, "canceled"))
                if wait.kind in LISTENED:
                    self.state.unlisten(element, wait)
            element.waits.clear()
            self.touch(element)

    def raise_incident(
        self,
        element: ElementInstance,
        type: IncidentType | str,
        message: str,
        *,
        stage: str,
        work_key: int | None = None,
        job_key: int | None = None,
    ) -> None:
        """``stage``: what resolving repeats: begin | behave | complete | loop | join | activation | tool | listen | end |
        events | job (the work ``work_key`` is given out again by whoever resolves it)."""
        if element.incident:
            return
        node = self.node_of(element)
        key = self.ids.next()
        element.incident = key
        element.own_data()["stage"] = stage
        if work_key is not None:
            element.data["work"] = work_key
        self.touch(element)
        name = f" «{node.name}»" if node.name else ""
        text = f"{node.id}{name}: {message}"[:LONGEST_MESSAGE]
        self.transition.opened.append(
            IncidentOpened(
                key, element.key, element.process_key, element.definition_key, node.id, str(type), text, job_key
            )
        )
        self.transition.write(IncidentRaised(key, element.key, str(type), text))

    def close_incident(self, element: ElementInstance, reason: str) -> str:
        """Close its incident, if it has one. Gives the stage that it held."""
        if not element.incident:
            return ""
        self.transition.closed.append(Closed("incident", element.incident, reason))
        self.transition.write(IncidentResolved(element.incident, element.key))
        element.incident = 0
        self.touch(element)
        element.data.pop("work", None)
        return str(element.data.pop("stage", ""))
