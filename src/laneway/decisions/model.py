"""The decisions of one file, compiled, and their evaluation (DMN 1.5, chapters 6 and 10.4).

DecisionModel.evaluate
└── for the decision and all it requires, each once, the required ones first
    scope = variables < results of required decisions < knowledge models
    value = its table, literal expression, context …
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from laneway.decisions.conversion import convert
from laneway.decisions.errors import DecisionFailed
from laneway.decisions.table import Closure, CompiledTable, DecisionRun, MatchedRule, TableOutcome
from laneway.domain.errors import NotFound
from laneway.domain.problem import Problem, Severity
from laneway.expressions import ExpressionError, to_json_value
from laneway.expressions.results import to_result

__all__ = ["Decision", "DecisionModel", "DecisionResult"]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function by its name."""

    name: str
    function: Closure
    knowledge: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    id: str
    name: str
    variable: str
    line: int
    logic: Closure | None
    requires: tuple[str, ...]
    """Ids of decisions."""
    inputs: tuple[tuple[str, str | None], ...]
    """Names and types of input data."""
    knowledge: tuple[str, ...]

    @property
    def kind(self) -> str:
        return "DECISION_TABLE" if isinstance(self.logic, CompiledTable) else "LITERAL_EXPRESSION"


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What a decision gave, and why.

    Attributes
    ----------
    output
        JSON: temporal values are ISO 8601 texts.
    value
        The same as FEEL has it.
    evaluated_inputs
        Label and JSON value of each input column, in order.
    details
        All of it as JSON, with the decisions that were required: ``evaluatedInputs``, ``matchedRules``,
        ``requiredDecisions`` …
    """

    decision_id: str
    name: str
    output: object
    value: object
    matched_rules: tuple[MatchedRule, ...]
    evaluated_inputs: tuple[tuple[str, object], ...]
    warnings: tuple[str, ...]
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """All decisions of a file. ``problems`` says what is wrong with it; one with errors is not evaluated."""

    id: str
    name: str
    file: str
    decisions: tuple[Decision, ...]
    problems: tuple[Problem, ...]
    _by_id: dict[str, Decision] = field(repr=False, compare=False)
    _knowledge: dict[str, Knowledge] = field(repr=False, compare=False)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    def evaluate(
        self,
        decision_id: str,
        inputs: Mapping[str, object],
        now: datetime | None = None,
        *,
        strict: bool = True,
    ) -> DecisionResult:
        """Make a decision.

        Parameters
        ----------
        decision_id
            The id in the file; a name is found too if no id is like it.
        inputs
            Variables by name: JSON values. Names of more than this decision needs do no harm.
        now
            What ``now()`` and ``today()`` give.
        strict
            What a table can't decide, because rules overlap or a value is not allowed, is an error and not null with a
            warning, as the standard has it.

        Raises
        ------
        NotFound
            ``decision_not_found``.
        DecisionFailed
            ``decision_unreadable`` for a file with errors, ``hit_policy_violated``, ``value_not_allowed``,
            ``decision_failed`` for an expression that can't be evaluated or exceeds its budget. Its ``evaluation`` is
            what ``DecisionResult.details`` would be, with ``failure`` in the decision that failed.
        """
        decision = self._by_id.get(decision_id) or next(
            (one for one in self.decisions if one.name == decision_id), None
        )
        if decision is None:
            known = ", ".join(one.id for one in self.decisions) or "none"
            raise NotFound("decision_not_found", f"{self.file} has no decision «{decision_id}»; it has: {known}")
        if self.errors:
            raise DecisionFailed(
                "decision_unreadable", f"{self.errors[0]}", {"problems": [one.as_dict() for one in self.errors]}
            )
        return _Evaluation(self._by_id, self._knowledge, inputs, now, strict=strict).run(decision)


class _Evaluation:
    """One evaluation: every required decision is made once."""

    def __init__(
        self,
        decisions: Mapping[str, Decision],
        knowledge: Mapping[str, Knowledge],
        inputs: Mapping[str, object],
        now: datetime | None,
        *,
        strict: bool,
    ) -> None:
        self.decisions = decisions
        self.knowledge = knowledge
        self.inputs = inputs
        self.warnings: list[str] = []
        self.budget = DecisionRun(now, self.warnings, strict=strict)
        self.made: dict[str, tuple[object, TableOutcome | None]] = {}

    def run(self, decision: Decision) -> DecisionResult:
        order = self.order(decision)
        for one in order:
            try:
                self.make(one)
            except DecisionFailed as error:
                error.evaluation = self.failure(decision, one, order, error)
                raise
        value, outcome = self.made[decision.id]
        details = self.details(decision)
        required = [self.details(one) for one in order[:-1]]
        if required:
            details["requiredDecisions"] = required
        details["warnings"] = list(self.warnings)
        matched = outcome.matched if outcome is not None else ()
        inputs = (
            tuple((column.label, self.json(found)) for column, found in outcome.inputs) if outcome is not None else ()
        )
        return DecisionResult(
            decision.id, decision.name, self.json(value), value,
            tuple(MatchedRule(rule.index, rule.rule_id, {name: self.json(found) for name, found in rule.outputs.items()})
                  for rule in matched),
            inputs, tuple(self.warnings), details,
        )  # fmt: skip

    def failure(
        self, asked: Decision, failed: Decision, order: list[Decision], error: DecisionFailed
    ) -> dict[str, Any]:
        """Tell what was made before a decision failed, and that one, in the shape of ``DecisionResult.details``."""
        self.made.setdefault(failed.id, (None, None))
        told = {one.id: self.details(one) for one in order[: order.index(failed) + 1]}
        told[failed.id]["failure"] = error.message
        details = told.pop(asked.id, None) or {
            "decisionId": asked.id,
            "decisionName": asked.name,
            "decisionType": asked.kind,
            "output": None,
            "evaluatedInputs": [],
            "matchedRules": [],
            "skipped": True,
        }
        if told:
            details["requiredDecisions"] = list(told.values())
        details["warnings"] = list(self.warnings)
        return details

    def order(self, decision: Decision) -> list[Decision]:
        """List what a decision needs, the needed before the needing; requirements have no cycles."""
        found: dict[str, Decision] = {}
        pending: list[tuple[Decision, bool]] = [(decision, False)]
        while pending:
            one, ready = pending.pop()
            if one.id in found:
                continue
            if ready:
                found[one.id] = one
                continue
            pending.append((one, True))
            pending.extend((self.decisions[needed], False) for needed in reversed(one.requires) if needed not in found)
        return list(found.values())

    def make(self, decision: Decision) -> None:
        if decision.logic is None:
            self.made[decision.id] = self.inputs.get(decision.variable), None
            return
        scope = self.scope(decision)
        try:
            if isinstance(decision.logic, CompiledTable):
                outcome = decision.logic.decide(scope, self.budget)
                self.made[decision.id] = to_result(outcome.output), outcome
                decision.logic.settle(outcome, self.budget)
            else:
                self.made[decision.id] = to_result(decision.logic(scope, self.budget)), None
        except ExpressionError as error:
            raise DecisionFailed(
                "decision_failed",
                f"Decision «{decision.name}» ({decision.id}): {' '.join([error.message, *self.warnings[:5]])}",
                {
                    "decisionId": decision.id,
                    "hint": error.hint,
                    "code": error.code,
                    "warnings": list(self.warnings),
                },
            ) from None
        except RecursionError:
            raise DecisionFailed(
                "decision_failed", f"Decision «{decision.name}» ({decision.id}) is nested too deeply"
            ) from None

    def scope(self, decision: Decision) -> dict[str, object]:
        """Build the names that a decision sees.

        The result of a required decision is seen by its variable's name, its name and its id; and under the name of
        its only output, as the engines of Camunda 7 have it, unless something else has that name.
        """
        scope: dict[str, object] = dict(self.inputs)
        for name, kind in decision.inputs:
            if name in scope:
                scope[name] = convert(scope[name], kind)
            else:
                scope[name] = None
        for needed in decision.requires:
            required = self.decisions[needed]
            value, _ = self.made[needed]
            logic = required.logic
            if isinstance(logic, CompiledTable) and len(logic.outputs) == 1 and logic.outputs[0].name:
                scope.setdefault(logic.outputs[0].name, value)
            for name in (required.id, required.name, required.variable):
                scope[name] = value
        self.add_knowledge(scope, decision.knowledge)
        return scope

    def add_knowledge(self, scope: dict[str, object], needed: tuple[str, ...]) -> None:
        for identity in needed:
            knowledge = self.knowledge[identity]
            if knowledge.name not in scope:
                inner: dict[str, object] = {}
                self.add_knowledge(inner, knowledge.knowledge)
                scope[knowledge.name] = knowledge.function(inner, self.budget)

    def json(self, value: object) -> object:
        try:
            return to_json_value(value)
        except ExpressionError as error:
            raise DecisionFailed("decision_failed", error.message) from None

    def details(self, decision: Decision) -> dict[str, Any]:
        value, outcome = self.made[decision.id]
        found: dict[str, Any] = {
            "decisionId": decision.id,
            "decisionName": decision.name,
            "decisionType": decision.kind,
            "output": _told(value),
            "evaluatedInputs": [],
            "matchedRules": [],
        }
        if outcome is None or not isinstance(decision.logic, CompiledTable):
            return found
        found["hitPolicy"] = decision.logic.policy
        found["outputNames"] = [column.name or column.label for column in decision.logic.outputs]
        found["evaluatedInputs"] = [
            {"inputId": column.id, "inputName": column.label, "inputValue": _told(given)}
            for column, given in outcome.inputs
        ]
        found["matchedRules"] = [
            {
                "ruleId": rule.rule_id,
                "ruleIndex": rule.index,
                "evaluatedOutputs": [
                    {"outputId": column.id, "outputName": column.name or column.label, "outputValue": _told(given)}
                    for column, given in zip(decision.logic.outputs, rule.outputs.values(), strict=False)
                ],
            }
            for rule in outcome.matched
        ]
        return found


def _told(value: object) -> object:
    """Write a value of the record; what JSON has no form for (a function) is null."""
    try:
        return to_json_value(value)
    except ExpressionError:
        return None
