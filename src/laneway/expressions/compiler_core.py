"""What every compiler does: dispatch on the node, guard the depth, literals, names, logic and choices."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from laneway.expressions import nodes
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.run import Run, Scope
from laneway.expressions.temporal import FOREIGN
from laneway.expressions.values import from_float, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Closure", "CoreCompiler"]

Closure = Callable[[Scope, Run], Any]

_FOREIGN: dict[type, Callable[[Any], object]] = {float: from_float, **FOREIGN}
"""Values of callers that are read as FEEL's own, by the class they have; inside lists and contexts operators do that."""

MAX_TREE_DEPTH = 150
"""Levels of the tree; long paths and chains of calls nest here without nesting in the text."""

_METHODS: dict[type[nodes.Node], str] = {
    nodes.Literal: "literal", nodes.Name: "name", nodes.InputValue: "input_value", nodes.Path: "path",
    nodes.Filter: "filter", nodes.Negate: "negate", nodes.Arithmetic: "arithmetic", nodes.Chain: "chain",
    nodes.Comparison: "comparison", nodes.And: "conjunction", nodes.Or: "disjunction", nodes.Between: "between",
    nodes.UnaryComparison: "unary_comparison", nodes.In: "contained", nodes.UnaryTests: "unary_tests",
    nodes.RangeLiteral: "range_literal", nodes.ListLiteral: "list_literal", nodes.ContextLiteral: "context_literal",
    nodes.If: "choice", nodes.For: "loop", nodes.Quantified: "quantified", nodes.InstanceOf: "instance_of",
    nodes.FunctionLiteral: "function", nodes.Call: "call", nodes.Builtin: "builtin", nodes.Not: "inverse", nodes.Empty: "empty",
    nodes.MethodCall: "method_call", nodes.Composite: "composite",
}  # fmt: skip


_WEIGHTS: dict[type[nodes.Node], int] = {
    nodes.Call: 14, nodes.ContextLiteral: 12, nodes.ListLiteral: 2, nodes.Filter: 8, nodes.For: 8, nodes.Quantified: 8,
    nodes.FunctionLiteral: 8, nodes.Path: 2, nodes.In: 3, nodes.InstanceOf: 6, nodes.RangeLiteral: 8, nodes.Chain: 2,
}  # fmt: skip
"""Nodes that take longer than one step, which is about 0.15 µs."""


class CoreCompiler:
    """Dispatch and the nodes that mean the same wherever they stand.

    ``size`` counts nodes by their weight: what a round of a loop costs. ``inputs``, ``functions`` and ``partials`` count uses of ``?``,
    function literals and ``partial``, ``partials_read`` those uses of it that don't keep the list.
    """

    def __init__(self, text: str, *, strict: bool = True) -> None:
        self.text = text
        self.strict = strict
        self.functions = 0
        self.partials = 0
        self.partials_read = 0
        self.depth = 0
        self.deepest = 0
        self.size = 0
        self.inputs = 0

    def closure(self, node: nodes.Node) -> Closure:
        self.size += _WEIGHTS.get(type(node), 1)
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        if self.depth > MAX_TREE_DEPTH:
            raise ExpressionSyntaxError(
                f"The expression has more than {MAX_TREE_DEPTH} levels", self.text, node.position + 1,
                hint="Split it: put intermediate results into a context or into variables.",
            )  # fmt: skip
        closure: Closure = getattr(self, _METHODS[type(node)])(node)
        self.depth -= 1
        return closure

    @contextmanager
    def measured(self) -> Iterator[list[int]]:
        """Measure size and depth of what is compiled inside."""
        measures = [self.size, self.deepest]
        self.deepest = self.depth
        yield measures
        outer = measures[1]
        measures[:] = [self.size - measures[0], self.deepest - self.depth]
        self.deepest = max(outer, self.deepest)

    def literal(self, node: nodes.Literal) -> Closure:
        value = node.value
        return lambda scope, run: value

    def name(self, node: nodes.Name) -> Closure:
        name, missing, foreign = node.name, self.missing, _FOREIGN
        self.partials += node.name == "partial" and node.local

        def name_of(scope: Scope, run: Run) -> object:
            try:
                value = scope[name]
            except KeyError:
                return missing(name, scope, run)
            kind = type(value)
            if kind is int or kind is str:
                return value
            return foreign[kind](value) if kind in foreign else value

        return name_of

    def missing(self, name: str, scope: Scope, run: Run) -> object:
        """Answer for a name that isn't in scope."""
        run.charge(8)
        run.warn(f"There is no variable {name}.")
        return None

    def input_value(self, node: nodes.InputValue) -> Closure:
        self.inputs += 1
        return lambda scope, run: run.input_value

    def conjunction(self, node: nodes.And) -> Closure:
        """Three-valued: false wins, else null wins (DMN 1.5, table 50)."""
        if len(node.operands) == 2:
            left, right = (self.closure(operand) for operand in node.operands)

            def both(scope: Scope, run: Run) -> object:
                a = left(scope, run)
                if a is False:
                    return False
                b = right(scope, run)
                if b is False:
                    return False
                return True if a is True and b is True else _unknown(run, a, b)

            return both
        operands = tuple(self.closure(operand) for operand in node.operands)

        def all_of(scope: Scope, run: Run) -> object:
            result: object = True
            for operand in operands:
                value = operand(scope, run)
                if value is False:
                    return False
                if value is not True:
                    result = _unknown(run, value)
            return result

        return all_of

    def disjunction(self, node: nodes.Or) -> Closure:
        """Three-valued: true wins, else null wins."""
        operands = tuple(self.closure(operand) for operand in node.operands)

        def any_of(scope: Scope, run: Run) -> object:
            result: object = False
            for operand in operands:
                value = operand(scope, run)
                if value is True:
                    return True
                if value is not False:
                    result = _unknown(run, value)
            return result

        return any_of

    def choice(self, node: nodes.If) -> Closure:
        branches = tuple((self.closure(condition), self.closure(result)) for condition, result in node.branches)
        otherwise = self.closure(node.otherwise)

        def choose(scope: Scope, run: Run) -> object:
            for condition, result in branches:
                decided = condition(scope, run)
                if decided is True:
                    return result(scope, run)
                if decided is not False and run.warnings is not None:
                    run.warn(f"A condition of `if` gave {type_name(decided)}, which counts as false.")
            return otherwise(scope, run)

        return choose


def _unknown(run: Run, *values: object) -> object:
    for value in values:
        if not isinstance(value, bool) and run.warnings is not None:
            run.warn(f"`and` and `or` need true or false, not {type_name(value)}.")
    return None
