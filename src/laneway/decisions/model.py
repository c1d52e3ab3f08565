"""The decisions of one file, compiled; ``evaluation`` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from laneway.decisions.boxed import Table
from laneway.decisions.errors import DecisionFailed
from laneway.decisions.evaluation import DecisionResult, Evaluation
from laneway.decisions.program import Decision, Knowledge, Program, Service
from laneway.decisions.table import DecisionRun
from laneway.domain.errors import NotFound
from laneway.domain.problem import Problem, Severity
from laneway.expressions.randomness import Seed

__all__ = ["Decision", "DecisionModel", "DecisionResult"]


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """All decisions of a file. ``problems`` says what is wrong with it; what an error concerns is not evaluated."""

    id: str
    name: str
    file: str
    decisions: tuple[Decision, ...]
    problems: tuple[Problem, ...]
    _by_id: dict[str, Decision] = field(repr=False, compare=False)
    _program: Program = field(repr=False, compare=False)
    namespace: str = ""
    services: tuple[Service, ...] = ()
    knowledge: tuple[Knowledge, ...] = ()
    drawn: Mapping[str, Table] = field(default_factory=dict, repr=False, compare=False)
    """Decision tables as they are written, by the ids of their decisions."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    def evaluate(
        self,
        decision_id: str,
        inputs: Mapping[str, object],
        now: datetime | None = None,
        *,
        strict: bool = False,
        seconds: float | None = None,
        seed: Seed = None,
    ) -> DecisionResult:
        """Make a decision.

        Parameters
        ----------
        decision_id
            The id in the file; a name is found too if no id is like it.
        inputs
            Variables by name: JSON values. Names of more than this decision needs do no harm.
        now
            What ``now()`` and ``today()`` give; the clock says if nothing is given.
        strict
            As the engine asks: what a table can't decide, because rules overlap or a value is not allowed, is an error,
            and a decision sees all ``inputs``. Otherwise as the standard has it: null with a warning, and it sees what
            it requires alone.
        seconds, seed
            As in ``feel.evaluate``: how long it may take in all, and what random values come from.

        Raises
        ------
        NotFound
            ``decision_not_found``.
        DecisionFailed
            ``decision_unreadable`` for a file with errors, ``hit_policy_violated``, ``value_not_allowed``,
            ``decision_failed`` for an expression that can't be evaluated or exceeds its budget. Its ``evaluation`` is
            what ``DecisionResult.details`` would be, with ``failure`` in the decision that failed.
        """
        asked = self.find(decision_id)
        if asked is None:
            known = ", ".join(one.id for one in self.decisions) or "none"
            raise NotFound("decision_not_found", f"{self.file} has no decision «{decision_id}»; it has: {known}")
        faults = self._program.faults_of(asked.key)
        if faults:
            raise DecisionFailed("decision_unreadable", f"{faults[0]}", {"problems": [one.as_dict() for one in faults]})
        budget = DecisionRun(now or datetime.now(UTC), [], strict=strict, seconds=seconds, seed=seed)
        evaluation = Evaluation(self._program, inputs, budget, {})
        return evaluation.run(asked) if isinstance(asked, Decision) else evaluation.call(asked)

    def inputs_of(self, one: Decision | Service) -> tuple[Wanted, ...]:
        """List the input data that a decision or service reads, by itself or through what it requires."""
        if isinstance(one, Service):
            given = [
                (key, self._program.name_of(key), self._program.type_of(key)) for key in (*one.inputs, *one.decisions)
            ]
            return tuple(Wanted(name, kind.name, self._names_of(key)) for key, name, kind in given)
        found: dict[str, Wanted] = {}
        seen, pending = {one.key}, [one]
        while pending:
            current = pending.pop()
            for need in current.needs.inputs:
                data = self._program.inputs[need.key]
                found.setdefault(need.key, Wanted(data.name, data.type.name, self._names_of(need.key)))
            for need in current.needs.decisions:
                if need.key not in seen:
                    seen.add(need.key)
                    pending.append(self._program.decisions[need.key])
        return tuple(found.values())

    def _names_of(self, key: str) -> tuple[str, ...]:
        """Names under which ``evaluate`` takes a value; of imported input data also the import's alone."""
        if key not in self._program.inputs:
            one = self._program.decisions[key]
            return one.variable, one.name, one.id
        data, path = self._program.inputs[key], self._program.paths.get(key, ())
        names = [data.name, data.label]
        return (
            *names,
            *(f"{data.namespace}#{name}" for name in names),
            *(".".join((*path, name)) for name in names),
            *path[:1],
        )

    def find(self, name: str) -> Decision | Service | Knowledge | None:
        """Find a decision by its id or else its name; or a decision service, or a knowledge model."""
        found: Decision | Service | Knowledge | None = self._by_id.get(name)
        found = found or next((one for one in self.decisions if one.name == name), None)
        callable_ones: tuple[Service | Knowledge, ...] = (*self.services, *self.knowledge)
        return found or next((one for one in callable_ones if name in (one.id, one.name)), None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An input that a decision reads: its name and type, and the names that it may be given by."""

    name: str
    type: str
    names: tuple[str, ...]
