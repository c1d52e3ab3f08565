"""Decision tables: which rules match, and what the hit policy makes of them (DMN 1.5, chapter 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from laneway.decisions.errors import DecisionFailed
from laneway.expressions.errors import ExpressionError
from laneway.expressions.operators import order, strictly_equal
from laneway.expressions.randomness import Seed, randomness_of
from laneway.expressions.results import to_json_value
from laneway.expressions.run import Run, Scope, TimedRun
from laneway.expressions.values import NUMBERS, is_number, normalise_number

__all__ = [
    "LISTS",
    "Column",
    "CompiledRule",
    "CompiledTable",
    "DecisionRun",
    "HitPolicy",
    "InputColumn",
    "MatchedRule",
    "RuleIndex",
    "TableOutcome",
    "hit_policy_of",
]

Closure = Callable[[Scope, Run], Any]
HitPolicy = Literal[
    "UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT", "SUM", "COUNT", "MIN", "MAX"
]

_NAMES: dict[str, HitPolicy] = {
    "UNIQUE": "UNIQUE", "U": "UNIQUE", "ANY": "ANY", "A": "ANY", "PRIORITY": "PRIORITY", "P": "PRIORITY", "FIRST": "FIRST",
    "F": "FIRST", "RULE ORDER": "RULE ORDER", "R": "RULE ORDER", "OUTPUT ORDER": "OUTPUT ORDER", "O": "OUTPUT ORDER",
    "COLLECT": "COLLECT", "C": "COLLECT", "C+": "SUM", "C#": "COUNT", "C<": "MIN", "C>": "MAX",
}  # fmt: skip
_AGGREGATIONS: dict[str, HitPolicy] = {"SUM": "SUM", "COUNT": "COUNT", "MIN": "MIN", "MAX": "MAX"}
LISTS: tuple[HitPolicy, ...] = ("RULE ORDER", "OUTPUT ORDER", "COLLECT")


def hit_policy_of(name: str, aggregation: str | None) -> HitPolicy | None:
    """Name the policy of a table, an aggregation being a policy of its own; None for an unknown one."""
    policy = _NAMES.get(name.replace("_", " "))
    if policy == "COLLECT" and aggregation:
        return _AGGREGATIONS.get(aggregation)
    return policy


class DecisionRun(TimedRun):
    """An evaluation of decisions. One that is not strict takes what a table can't decide for null, with a warning, as the
    standard has it; a strict one fails, as a process has to that would otherwise go on with nothing in its hands."""

    __slots__ = ("strict",)

    def __init__(
        self,
        now: datetime | None,
        warnings: list[str],
        *,
        strict: bool = True,
        seconds: float | None = None,
        seed: Seed = None,
    ) -> None:
        super().__init__(seconds, now, warnings)
        self.strict = strict
        if seed is not None:
            self.randomness = randomness_of(seed)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Values that a column may have: unary tests about ``run.input_value``, and their text."""

    test: Closure
    text: str


@dataclass(frozen=True, slots=True)
class InputColumn:
    id: str | None
    label: str
    value: Closure
    """The input expression, its value already of the column's type."""
    allowed: Allowed | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """An output column; ``priorities`` are its allowed values, the first being the highest."""

    id: str | None
    name: str | None
    label: str
    priorities: tuple[object, ...]
    default: Closure | None
    allowed: Allowed | None = None


@dataclass(frozen=True, slots=True)
class CompiledRule:
    index: int
    """1-based."""
    id: str | None
    tests: tuple[Closure | None, ...]
    """A test per input column about ``run.input_value``; None fits everything."""
    outputs: tuple[Closure, ...]


@dataclass(frozen=True, slots=True)
class RuleIndex:
    """Rules by the strings that their cells in one column name, so that a large table need not be tested whole.

    Attributes
    ----------
    named
        Per string the rules that it may match, in their order: those that name it, and those that name no strings.
    others
        The rules for any other string.
    """

    column: int
    named: Mapping[str, tuple[CompiledRule, ...]]
    others: tuple[CompiledRule, ...]

    def candidates(self, value: object, rules: tuple[CompiledRule, ...]) -> tuple[CompiledRule, ...]:
        return self.named.get(value, self.others) if isinstance(value, str) else rules


@dataclass(frozen=True, slots=True)
class MatchedRule:
    index: int
    rule_id: str | None
    outputs: dict[str, object]


@dataclass(frozen=True, slots=True)
class TableOutcome:
    output: object
    matched: tuple[MatchedRule, ...]
    inputs: tuple[tuple[InputColumn, object], ...]
    fault: DecisionFailed | None = None
    """Why there is no output: rules overlap where they must not, or a value is none of those allowed."""


Match = tuple[CompiledRule, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class CompiledTable:
    name: str
    policy: HitPolicy
    inputs: tuple[InputColumn, ...]
    outputs: tuple[Column, ...]
    rules: tuple[CompiledRule, ...]
    index: RuleIndex | None = None

    def __call__(self, scope: Scope, run: Run) -> object:
        """Evaluate as part of other logic.

        Raises
        ------
        DecisionFailed
            In a strict evaluation, the fault that ``decide`` gives back.
        """
        return self.settle(self.decide(scope, run), run)

    def settle(self, outcome: TableOutcome, run: Run) -> object:
        """Raise the fault of an outcome, or let it be null."""
        if outcome.fault is not None:
            if not isinstance(run, DecisionRun) or run.strict:
                raise outcome.fault
            run.warn(outcome.fault.message)
        return outcome.output

    def decide(self, scope: Scope, run: Run) -> TableOutcome:
        """Evaluate the inputs once, find the rules that match, apply the hit policy (DMN 1.5, 8.2 and 8.3)."""
        values = tuple(column.value(scope, run) for column in self.inputs)
        inputs = tuple(zip(self.inputs, values, strict=True))
        fault = self._not_allowed(self.inputs, values, scope, run)
        if fault is not None:
            return TableOutcome(None, (), inputs, fault)
        found = self._found(values, scope, run)
        matched = tuple(MatchedRule(rule.index, rule.id, self._named(outputs)) for rule, outputs in found)
        try:
            for rule, outputs in found:
                self._check(rule, outputs, scope, run)
            return TableOutcome(self._output(found, scope, run), matched, inputs)
        except DecisionFailed as error:
            return TableOutcome(None, matched, inputs, error)

    def _found(self, values: tuple[object, ...], scope: Scope, run: Run) -> list[Match]:
        """Match the rules in their order; of FIRST the first alone."""
        found: list[Match] = []
        outer = run.input_value
        cost = 1 + len(values)
        index = self.index
        rules = self.rules if index is None else index.candidates(values[index.column], self.rules)
        try:
            for rule in rules:
                run.charge(cost)
                for test, value in zip(rule.tests, values, strict=True):
                    if test is not None:
                        run.input_value = value
                        if test(scope, run) is not True:
                            break
                else:
                    run.input_value = outer
                    found.append((rule, tuple(output(scope, run) for output in rule.outputs)))
                    if self.policy == "FIRST":
                        break
        finally:
            run.input_value = outer
        return found

    def _check(self, rule: CompiledRule, outputs: Sequence[object], scope: Scope, run: Run) -> None:
        fault = self._not_allowed(self.outputs, outputs, scope, run, f" of rule {rule.index}")
        if fault is not None:
            raise fault

    def _not_allowed(
        self,
        columns: Sequence[InputColumn | Column],
        values: Sequence[object],
        scope: Scope,
        run: Run,
        where: str = "",
    ) -> DecisionFailed | None:
        """Find a value that its column doesn't allow (DMN 1.5, 8.3.2 and 8.3.3)."""
        outer = run.input_value
        try:
            for column, value in zip(columns, values, strict=True):
                if column.allowed is None:
                    continue
                if not _allows(column.allowed, value, scope, run):
                    return DecisionFailed(
                        "value_not_allowed",
                        f"Decision «{self.name}»: «{column.label}»{where} is {_shown(value)}; "
                        f"allowed are {column.allowed.text}. Correct the value, or allow it.",
                        {"column": column.id, "label": column.label, "allowed": column.allowed.text},
                    )
        finally:
            run.input_value = outer
        return None

    def _named(self, outputs: Sequence[object]) -> dict[str, object]:
        names = [column.name or column.label or self.name for column in self.outputs]
        return dict(zip(names, outputs, strict=True))

    def _value(self, outputs: Sequence[object]) -> object:
        return outputs[0] if len(self.outputs) == 1 else self._named(outputs)

    def _output(self, found: list[Match], scope: Scope, run: Run) -> object:
        policy = self.policy
        if not found:
            return self._without_match(scope, run)
        if policy == "UNIQUE" and len(found) > 1:
            raise self._violated("must have one matching rule at most", found)
        if policy == "ANY":
            first = found[0][1]
            if not all(strictly_equal(list(first), list(outputs), run) for _, outputs in found[1:]):
                raise self._violated("must give the same for all matching rules", found)
        if policy in ("PRIORITY", "OUTPUT ORDER"):
            found = sorted(found, key=lambda match: self._rank(match[1], run))
        if policy in LISTS:
            return [self._value(outputs) for _, outputs in found]
        if policy == "COUNT":
            return len(found)
        if policy in ("SUM", "MIN", "MAX"):
            columns = zip(*(outputs for _, outputs in found), strict=True)
            return self._value([self._aggregated(column, found, run) for column in columns])
        return self._value(found[0][1])

    def _without_match(self, scope: Scope, run: Run) -> object:
        """Give the default outputs as they are written, whatever the policy (8.3.3); else the least that the policy gives."""
        if any(column.default is not None for column in self.outputs):
            return self._value([column.default(scope, run) if column.default else None for column in self.outputs])
        if self.policy == "COUNT":
            return 0
        return [] if self.policy in LISTS else None

    def _rank(self, outputs: Sequence[object], run: Run) -> tuple[int, ...]:
        """Rank by the order of the allowed values, column by column; others come last."""
        ranks: list[int] = []
        for column, output in zip(self.outputs, outputs, strict=True):
            run.charge(len(column.priorities))
            places = (place for place, value in enumerate(column.priorities) if strictly_equal(value, output, run))
            ranks.append(next(places, len(column.priorities)) if column.priorities else 0)
        return tuple(ranks)

    def _aggregated(self, values: Sequence[object], found: list[Match], run: Run) -> object:
        """Aggregate one output column; several are aggregated each by itself, which the standard leaves open."""
        if self.policy == "SUM":
            total: int | Decimal = 0
            for value in values:
                number = normalise_number(value) if is_number(value) else None
                if number is None:
                    raise self._violated("adds up numbers only", found)
                total = NUMBERS.add(Decimal(total), Decimal(number))
            return total
        best = values[0]
        for value in values:
            better = order("<" if self.policy == "MIN" else ">", value, best, run)
            if better is None:
                raise self._violated("needs outputs that can be put in order", found)
            if better:
                best = value
        return best

    def _violated(self, rule: str, found: list[Match]) -> DecisionFailed:
        named = [f"rule {match.index}" + (f" ({match.id})" if match.id else "") for match, _ in found]
        return DecisionFailed(
            "hit_policy_violated",
            f"Decision «{self.name}»: a table with the hit policy {self.policy} {rule}; here {', '.join(named)} match. "
            "Narrow the conditions of these rules, or choose another hit policy.",
            {
                "rules": [match.index for match, _ in found],
                "ruleIds": [match.id for match, _ in found],
                "outputs": [_json(self._value(given)) for _, given in found],
            },
        )


def _allows(allowed: Allowed, value: object, scope: Scope, run: Run) -> bool:
    """Test a value, or where it is a list that isn't allowed as a whole, each item, as item definitions of lists have it."""
    run.input_value = value
    if allowed.test(scope, run) is True:
        return True
    if not isinstance(value, list) or not value:
        return False
    for item in value:
        run.charge(1)
        run.input_value = item
        if allowed.test(scope, run) is not True:
            return False
    return True


def _json(value: object) -> object:
    try:
        return to_json_value(value)
    except ExpressionError:
        return None


def _shown(value: object) -> str:
    """Write a value into a message, cut where it is long."""
    if value is None:
        return "null"
    return f"{_json(value)!s:.80}" if not isinstance(value, str) else f'"{value:.80}"'
