"""One evaluation: a decision and all it requires, each once, the required ones first (DMN 1.5, chapters 6 and 10.4).

scope = variables < results of required decisions < knowledge models
value = its table, literal expression, context …
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from laneway.decisions.errors import DecisionFailed
from laneway.decisions.functions import CALL_DEPTH, admitted, signature_of
from laneway.decisions.item_types import ANY, UNFIT, conform, of_type, shown
from laneway.decisions.program import Decision, Knowledge, Needs, Program, Service
from laneway.decisions.table import CompiledTable, DecisionRun, MatchedRule, TableOutcome
from laneway.expressions import ExpressionError, to_json_value
from laneway.expressions.results import to_result
from laneway.expressions.run import Run
from laneway.expressions.values import FeelFunction

__all__ = ["DecisionResult", "Evaluation"]


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


class Evaluation:
    """One evaluation: every required decision is made once."""

    def __init__(
        self, program: Program, inputs: Mapping[str, object], budget: DecisionRun, functions: dict[str, FeelFunction]
    ) -> None:
        self.program = program
        self.inputs = inputs
        self.budget = budget
        self.warnings = budget.warnings if budget.warnings is not None else []
        self.functions = functions
        self.made: dict[str, tuple[object, TableOutcome | None]] = {}
        self.read: dict[str, object] = {}
        """Values of input data by key; ``UNFIT`` for those that are not of their type."""

    def run(self, decision: Decision) -> DecisionResult:
        order = self.order(decision)
        for one in order:
            try:
                self.make(one)
            except DecisionFailed as error:
                error.evaluation = self.failure(decision, one, order, error)
                raise
        value, outcome = self.made[decision.key]
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
        self.made.setdefault(failed.key, (None, None))
        told = {one.key: self.details(one) for one in order[: order.index(failed) + 1]}
        told[failed.key]["failure"] = error.message
        details = told.pop(asked.key, None) or {
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
        """List what a decision needs and is not given, the needed before the needing; requirements have no cycles."""
        decisions, found = self.program.decisions, {}
        pending: list[tuple[Decision, bool]] = [(decision, False)]
        while pending:
            one, ready = pending.pop()
            if one.key in found or one.key in self.made:
                continue
            if ready:
                found[one.key] = one
                continue
            pending.append((one, True))
            pending.extend((decisions[need.key], False) for need in reversed(one.needs.decisions))
        return list(found.values())

    def make(self, decision: Decision) -> None:
        outcome: TableOutcome | None = None
        outer, self.budget.types = self.budget.types, decision.definition
        try:
            value: object
            if decision.logic is None:
                value = self.inputs.get(decision.variable)
                for kind in decision.types:
                    found = conform(value, kind, self.budget, given=True)
                    value = value if found is UNFIT else found
            elif (scope := self.scope(decision.needs)) is None:
                value = None
            elif isinstance(decision.logic, CompiledTable):
                outcome = decision.logic.decide(scope, self.budget)
                self.made[decision.key] = to_result(outcome.output), outcome
                decision.logic.settle(outcome, self.budget)
                value = outcome.output
            else:
                value = decision.logic(scope, self.budget)
            for kind in decision.types:
                value = of_type(value, kind, self.budget, f"The result of the decision {decision.name}")
            self.made[decision.key] = to_result(value), outcome
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
        finally:
            self.budget.types = outer

    def scope(self, needs: Needs) -> dict[str, object] | None:
        """Build the names that a decision sees; None if input data is not of its type.

        What another file holds is seen behind the name of its import. To the standard, what the file declares is seen
        by those alone that require it. A strict evaluation is that of an engine: all variables are seen; and the result of a required decision by its id, and by the name of
        its only output, as in Camunda 7, unless something else has that name.
        """
        scope: dict[str, object] = dict(self.inputs)
        if not self.budget.strict:
            for name in self.program.declared.intersection(scope):
                del scope[name]
        holders: dict[tuple[str, ...], dict[str, object]] = {(): scope}
        for need in needs.inputs:
            value, one = self.input(need.key), self.program.inputs[need.key]
            if value is UNFIT:
                return None
            holder = _holder(holders, need.path)
            holder[one.label] = holder[one.name] = value
        for need in needs.decisions:
            required = self.program.decisions[need.key]
            value, _ = self.made[need.key]
            holder = _holder(holders, need.path)
            holder[required.name] = holder[required.variable] = value
        self.add_knowledge(holders, needs)
        if self.budget.strict:
            for need in needs.decisions:
                required = self.program.decisions[need.key]
                logic, holder = required.logic, _holder(holders, need.path)
                if isinstance(logic, CompiledTable) and len(logic.outputs) == 1 and logic.outputs[0].name:
                    holder.setdefault(logic.outputs[0].name, self.made[need.key][0])
                holder.setdefault(required.id, self.made[need.key][0])
        return scope

    def input(self, key: str) -> object:
        """Read input data, as its type has it: by namespace and name, behind the names of imports, or by its name."""
        if key in self.read:
            return self.read[key]
        one = self.program.inputs[key]
        given: object = None
        for name in (one.name, one.label):
            path = self.program.paths.get(key, ())
            places = (f"{one.namespace}#{name}", ".".join((*path, name)), name)
            place = next((place for place in places if place in self.inputs), None)
            nested = _nested(self.inputs, (*path, name)) if path else None
            given = nested if nested is not None else None if place is None else self.inputs[place]
            if given is not None:
                break
        value = conform(given, one.type, self.budget, given=True)
        if value is UNFIT:
            self.budget.warn(f"The input {one.name} is {shown(given)}, which the type {one.type.name} doesn't admit.")
        self.read[key] = value
        return value

    # Knowledge models and services

    def add_knowledge(self, holders: dict[tuple[str, ...], dict[str, object]], needs: Needs) -> None:
        for need in needs.knowledge:
            function = self.function(need.key)
            _holder(holders, need.path).setdefault(function.name, function)

    def function(self, key: str) -> FeelFunction:
        """Make the function of a knowledge model or service, after those that it needs."""
        pending = [(key, False)]
        while pending:
            current, ready = pending.pop()
            if current in self.functions:
                continue
            service = self.program.services.get(current)
            if service is not None:
                self.functions[current] = self.service_function(service)
                continue
            knowledge = self.program.knowledge[current]
            if not ready:
                pending.append((current, True))
                pending.extend((need.key, False) for need in knowledge.needs.knowledge)
                continue
            scope: dict[str, object] = {}
            self.add_knowledge({(): scope}, knowledge.needs)
            function = knowledge.function(scope, self.budget)
            scope[knowledge.name] = function
            self.functions[current] = function
        return self.functions[key]

    def service_function(self, service: Service) -> FeelFunction:
        """A service as a function: of its input data, then its input decisions (DMN 1.5, 10.4)."""
        keys = (*service.inputs, *service.decisions)
        parameters = tuple(self.program.name_of(key) for key in keys)
        kinds = tuple(self.program.type_of(key) for key in keys)

        def invoke(run: object, arguments: list[object]) -> object:
            assert isinstance(run, Run)
            values = admitted(arguments, parameters, kinds, run, service.name)
            return None if values is None else self.serve(service, values)[0]

        return FeelFunction(service.name, parameters, invoke, *signature_of(kinds, service.types))

    def serve(self, service: Service, values: list[object]) -> tuple[object, Evaluation]:
        """Make the decisions of a service, which see nothing but what it is given."""
        inner = Evaluation(self.program, {}, self.budget, self.functions)
        inner.read.update(zip(service.inputs, values, strict=False))
        inner.made.update(
            (key, (given, None)) for key, given in zip(service.decisions, values[len(service.inputs) :], strict=True)
        )
        self.budget.charge(8)
        self.budget.enter(CALL_DEPTH)
        results: dict[str, object] = {}
        for key in service.outputs:
            decision = self.program.decisions[key]
            for one in inner.order(decision):
                inner.make(one)
            results[decision.variable] = inner.made[key][0]
        self.budget.leave(CALL_DEPTH)
        value: object = next(iter(results.values())) if len(service.outputs) == 1 else results
        for kind in service.types:
            value = of_type(value, kind, self.budget, f"The result of the service {service.name}")
        return value, inner

    def call(self, asked: Service | Knowledge) -> DecisionResult:
        """Call a service or knowledge model with variables of the names of its parameters."""
        details: dict[str, Any] = {"decisionId": asked.id, "decisionName": asked.name}
        required: list[dict[str, Any]] = []
        value: object = None
        try:
            if isinstance(asked, Service):
                details["decisionType"] = "DECISION_SERVICE"
                values = [self.argument(key) for key in (*asked.inputs, *asked.decisions)]
                if not any(one is UNFIT for one in values):
                    value, inner = self.serve(asked, values)
                    made = [self.program.decisions[key] for key in inner.made if key not in asked.decisions]
                    required = [inner.details(one) for one in made]
            else:
                details["decisionType"] = "BUSINESS_KNOWLEDGE_MODEL"
                function = self.function(asked.key)
                arguments: list[object] = [self.inputs.get(name) for name in asked.parameters]
                value = function.invoke(self.budget, arguments)
            value = to_result(value)
        except ExpressionError as error:
            raise DecisionFailed("decision_failed", f"«{asked.name}» ({asked.id}): {error.message}") from None
        except RecursionError:
            raise DecisionFailed("decision_failed", f"«{asked.name}» ({asked.id}) is nested too deeply") from None
        details |= {"output": _told(value), "evaluatedInputs": [], "matchedRules": []}
        if required:
            details["requiredDecisions"] = required
        details["warnings"] = list(self.warnings)
        return DecisionResult(
            asked.id, asked.name, self.json(value), value, (), (), tuple(self.warnings), details
        )  # fmt: skip

    def argument(self, key: str) -> object:
        """Read a parameter of a service from the variables."""
        if key in self.program.inputs:
            return self.input(key)
        decision = self.program.decisions[key]
        names = (decision.variable, decision.name, decision.id)
        given = next((self.inputs[name] for name in names if name in self.inputs), None)
        kind = decision.types[-1] if decision.types else ANY
        value = conform(given, kind, self.budget, given=True)
        if value is UNFIT:
            self.budget.warn(f"The input {decision.name} is {shown(given)}, which the type {kind.name} doesn't admit.")
        return value

    def json(self, value: object) -> object:
        try:
            return to_json_value(value)
        except ExpressionError as error:
            raise DecisionFailed("decision_failed", error.message) from None

    def details(self, decision: Decision) -> dict[str, Any]:
        value, outcome = self.made[decision.key]
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


def _holder(holders: dict[tuple[str, ...], dict[str, object]], path: tuple[str, ...]) -> dict[str, object]:
    """Find the context that stands for an import, behind the names of which its elements are seen."""
    found = holders.get(path)
    if found is None:
        found = _holder(holders, path[:-1])[path[-1]] = holders[path] = {}
    return found


def _nested(inputs: Mapping[str, object], path: tuple[str, ...]) -> object:
    """Read input data of imported files from contexts that are named like the imports."""
    found: object = inputs
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _told(value: object) -> object:
    """Write a value of the record; what JSON has no form for (a function) is null."""
    try:
        return to_json_value(value)
    except ExpressionError:
        return None
