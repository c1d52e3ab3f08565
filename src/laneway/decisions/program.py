"""What is evaluated: the compiled elements of a file and of all it imports, by keys that are unique among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from laneway.decisions.item_types import ANY, ItemType
from laneway.decisions.table import Closure, CompiledTable
from laneway.domain.problem import Problem
from laneway.expressions.types import Resolver

__all__ = ["Decision", "InputData", "Knowledge", "Need", "Needs", "Program", "Service"]


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement: the key of an element, and the names of the imports that its name is written behind."""

    key: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Needs:
    decisions: tuple[Need, ...] = ()
    inputs: tuple[Need, ...] = ()
    knowledge: tuple[Need, ...] = ()
    """Knowledge models and decision services."""


@dataclass(frozen=True, slots=True)
class InputData:
    key: str
    id: str
    name: str
    """The name of its variable."""
    label: str
    type: ItemType
    namespace: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function by its name."""

    key: str
    id: str
    name: str
    function: Closure
    parameters: tuple[str, ...]
    needs: Needs


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: decisions to be made for given input data and decisions (DMN 1.5, 10.4).

    Attributes
    ----------
    inputs, decisions
        Keys of its parameters: input data, then decisions.
    outputs
        Keys of the decisions whose results it gives.
    types
        Types of its result.
    inner
        Knowledge that its decisions need, for finding circles.
    """

    key: str
    id: str
    name: str
    label: str
    inputs: tuple[str, ...]
    decisions: tuple[str, ...]
    outputs: tuple[str, ...]
    types: tuple[ItemType, ...]
    inner: tuple[str, ...]
    version_tag: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    id: str
    name: str
    variable: str
    line: int
    logic: Closure | None
    requires: tuple[str, ...]
    """Ids of decisions, with ``namespace#`` before those of other files; so are the following."""
    inputs: tuple[tuple[str, str | None], ...]
    """Names and types of input data."""
    knowledge: tuple[str, ...]
    key: str = ""
    needs: Needs = Needs()
    types: tuple[ItemType, ...] = ()
    """The type of its logic and that of its variable."""
    definition: Resolver | None = None
    """Finds the item definitions of its file."""
    version_tag: str | None = None

    @property
    def kind(self) -> str:
        return "DECISION_TABLE" if isinstance(self.logic, CompiledTable) else "LITERAL_EXPRESSION"


@dataclass(slots=True)
class Program:
    decisions: dict[str, Decision] = field(default_factory=dict)
    knowledge: dict[str, Knowledge] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    inputs: dict[str, InputData] = field(default_factory=dict)
    faults: dict[str, list[Problem]] = field(default_factory=dict)
    """Errors by the key of the element that can't be evaluated for them."""
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the imports that lead to input data, by its key."""
    declared: frozenset[str] = frozenset()
    """Names of input data and decisions."""

    def faults_of(self, key: str) -> tuple[Problem, ...]:
        """List the errors in the way of an element: its own, and those of all that it needs."""
        if not self.faults:
            return ()
        found: list[Problem] = []
        seen, pending = {key}, [key]
        while pending:
            current = pending.pop()
            found.extend(self.faults.get(current, ()))
            for following in self._following(current):
                if following not in seen:
                    seen.add(following)
                    pending.append(following)
        return tuple(found)

    def _following(self, key: str) -> tuple[str, ...]:
        if key in self.decisions:
            needs = self.decisions[key].needs
            return tuple(need.key for need in (*needs.decisions, *needs.inputs, *needs.knowledge))
        if key in self.knowledge:
            return tuple(need.key for need in self.knowledge[key].needs.knowledge)
        return self.services[key].outputs if key in self.services else ()

    def knowledge_edges(self) -> Mapping[str, tuple[str, ...]]:
        edges = {one.key: tuple(need.key for need in one.needs.knowledge) for one in self.knowledge.values()}
        return edges | {one.key: one.inner for one in self.services.values()}

    def type_of(self, key: str) -> ItemType:
        """Give the type of a parameter of a service."""
        if key in self.inputs:
            return self.inputs[key].type
        types = self.decisions[key].types if key in self.decisions else ()
        return types[-1] if types else ANY

    def name_of(self, key: str) -> str:
        if key in self.inputs:
            return self.inputs[key].name
        return self.decisions[key].variable if key in self.decisions else key
