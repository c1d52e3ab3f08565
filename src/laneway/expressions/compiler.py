"""A syntax tree to Python closures: ``closure(scope, run) -> value``.

Whole numbers and strings, which conditions are made of, are handled in place; everything else goes to ``operators``. Parts
about lists, contexts and functions are in ``compiler_collections``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from laneway.expressions import nodes
from laneway.expressions.comparing import (
    FAST,
    binary,
    counted_name,
    equal_to,
    equality,
    inverse,
    ordered_to_integer,
    ordering,
)
from laneway.expressions.compiler_collections import CollectionCompiler
from laneway.expressions.compiler_core import Closure, CoreCompiler
from laneway.expressions.java import java_function
from laneway.expressions.operators import (
    arithmetic,
    between as between_two,
    equal,
    is_end,
    matches_test,
    negate,
    order,
    range_of,
)
from laneway.expressions.properties import property_of
from laneway.expressions.run import Run, Scope
from laneway.expressions.types import is_instance, needs_parts, type_text
from laneway.expressions.values import INTEGER_LIMIT, Range

__all__ = ["FeelCompiler", "compile_feel"]


def compile_feel(root: nodes.Node, text: str, *, strict: bool = True) -> Closure:
    """Compile a tree; ``strict`` refuses calls that can only ever give null."""
    return FeelCompiler(text, strict=strict).closure(root)


class FeelCompiler(CollectionCompiler, CoreCompiler):
    """FEEL's meaning of every node."""

    def path(self, node: nodes.Path) -> Closure:
        base, name = self.closure(node.base), node.name

        def path(scope: Scope, run: Run) -> object:
            value = base(scope, run)
            if type(value) is dict:
                try:
                    found = value[name]
                except KeyError:
                    run.warn(f"There is no entry {name}; there are: {_some_names(value)}.")
                    return None
                return found
            return property_of(value, name, run)

        return path

    def negate(self, node: nodes.Negate) -> Closure:
        operand = self.closure(node.operand)

        def negation(scope: Scope, run: Run) -> object:
            value = operand(scope, run)
            return -value if type(value) is int else negate(value, run)

        return negation

    def function(self, node: nodes.FunctionLiteral) -> Closure:
        if not node.external:
            return super().function(node)
        definition, parameters = self.closure(node.body), node.parameters

        def external(scope: Scope, run: Run) -> object:
            return java_function(definition(scope, run), "The external function", parameters, run)

        return external

    # Arithmetic

    def arithmetic(self, node: nodes.Arithmetic) -> Closure:
        left, right, operator = self.closure(node.left), self.closure(node.right), node.operator
        whole = binary(operator, left, right)
        if operator in ("+", "-") and isinstance(node.left, nodes.Name) and isinstance(node.right, nodes.Literal):
            constant = node.right.value
            if type(constant) is int:
                return counted_name(node.left.name, constant if operator == "+" else -constant, whole)
        return whole

    def chain(self, node: nodes.Chain) -> Closure:
        first = self.closure(node.first)
        rest = tuple((operator, self.closure(operand)) for operator, operand in node.rest)

        def chain(scope: Scope, run: Run) -> object:
            value = first(scope, run)
            for operator, operand in rest:
                other = operand(scope, run)
                if type(value) is int and type(other) is int and operator in FAST:
                    result = FAST[operator](value, other)
                    if -INTEGER_LIMIT < result < INTEGER_LIMIT:
                        value = result
                        continue
                value = arithmetic(operator, value, other, run)
            return value

        return chain

    # Comparison

    def comparison(self, node: nodes.Comparison) -> Closure:
        operator = node.operator
        left, right = node.left, node.right
        if operator == "=" or operator == "!=":
            if isinstance(right, nodes.Literal):
                return equal_to(self.closure(left), right.value, operator == "!=")
            return equality(self.closure(left), self.closure(right), operator == "!=")
        if isinstance(right, nodes.Literal) and type(right.value) is int:
            return ordered_to_integer(operator, self.closure(left), right.value)
        return ordering(operator, self.closure(left), self.closure(right))

    def between(self, node: nodes.Between) -> Closure:
        value, low, high = self.closure(node.value), self.closure(node.low), self.closure(node.high)

        def between(scope: Scope, run: Run) -> object:
            return between_two(value(scope, run), low(scope, run), high(scope, run), run)

        return between

    def unary_comparison(self, node: nodes.UnaryComparison) -> Closure:
        """Standing for itself, ``(> 5)`` is a range open to one side; ``(= 5)`` one of a single value."""
        operand, operator = self.closure(node.operand), node.operator

        def one_sided(scope: Scope, run: Run) -> object:
            value = operand(scope, run)
            if operator == "!=" or not is_end(value, run):
                return None
            match operator:
                case ">" | ">=":
                    return Range(value, None, operator == ">=", False, end_unbounded=True)
                case "<" | "<=":
                    return Range(None, value, False, operator == "<=", start_unbounded=True)
            return Range(value, value, True, True)

        return one_sided

    def range_literal(self, node: nodes.RangeLiteral) -> Closure:
        start, end = self.closure(node.start), self.closure(node.end)
        start_included, end_included = node.start_included, node.end_included
        if isinstance(node.start, nodes.Literal) and isinstance(node.end, nodes.Literal):
            constant = range_of(node.start.value, node.end.value, start_included, end_included, Run())
            if constant is not None:
                return lambda scope, run: constant
        return lambda scope, run: range_of(start(scope, run), end(scope, run), start_included, end_included, run)

    # Tests

    def test(self, node: nodes.Node) -> Callable[[Scope, Run, object], object]:
        """Compile one test to a function of the value that is tested."""
        if isinstance(node, nodes.UnaryComparison):
            operand, operator = self.closure(node.operand), node.operator
            if operator == "=":
                return lambda scope, run, value: equal(value, operand(scope, run), run)
            if operator == "!=":
                return lambda scope, run, value: inverse(equal(value, operand(scope, run), run))
            return lambda scope, run, value: order(operator, value, operand(scope, run), run)
        if isinstance(node, nodes.Literal):
            constant = node.value
            if type(constant) is str:
                return lambda scope, run, value: (
                    value == constant if type(value) is str else matches_test(value, constant, run)
                )
            return lambda scope, run, value: matches_test(value, constant, run)
        if isinstance(node, nodes.RangeLiteral):
            whole = _within_integers(node)
            if whole is not None:
                return whole
        expression = self.closure(node)
        return lambda scope, run, value: matches_test(value, expression(scope, run), run)

    def contained(self, node: nodes.In) -> Closure:
        value = self.closure(node.value)
        tests = tuple(self.test_of_in(test) for test in node.tests)
        if len(tests) == 1:
            test = tests[0]
            return lambda scope, run: test(scope, run, value(scope, run))

        def contained(scope: Scope, run: Run) -> object:
            found = value(scope, run)
            return _any_of(test(scope, run, found) for test in tests)

        return contained

    def test_of_in(self, node: nodes.Node) -> Callable[[Scope, Run, object], object]:
        """Compile a test in which ``?`` is what stands before ``in`` (DMN 1.5, table 54)."""
        before = self.inputs
        test = self.cell_test(node) if _speaks_of_input(node) else self.test(node)
        if self.inputs == before:
            return test
        self.inputs = before

        def about_value(scope: Scope, run: Run, value: object) -> object:
            outer, run.input_value = run.input_value, value
            result = test(scope, run, value)
            run.input_value = outer
            return result

        return about_value

    def unary_tests(self, node: nodes.UnaryTests) -> Closure:
        """A cell of a decision table about ``run.input_value`` (DMN 1.5, 7.3.2 and 8.3.3)."""
        tests = tuple(self.cell_test(test) for test in node.tests)
        if not tests:
            return lambda scope, run: True
        if len(tests) == 1 and not node.negated:
            only = tests[0]
            return lambda scope, run: only(scope, run, run.input_value) is True
        negated = node.negated
        texts = frozenset(
            test.value for test in node.tests if isinstance(test, nodes.Literal) and type(test.value) is str
        )
        if len(texts) == len(node.tests):

            def one_of(scope: Scope, run: Run) -> object:
                value = run.input_value
                if type(value) is str:
                    return (value in texts) is not negated
                result = _any_of(matches_test(value, text, run) for text in texts)
                return result is False if negated else result is True

            return one_of

        def cell(scope: Scope, run: Run) -> object:
            value = run.input_value
            result = _any_of(test(scope, run, value) for test in tests)
            return result is False if negated else result is True

        return cell

    def cell_test(self, node: nodes.Node) -> Callable[[Scope, Run, object], object]:
        """A test that speaks of ``?`` is its own answer; so is a true one about an input that isn't a boolean."""
        if isinstance(node, (nodes.UnaryComparison, nodes.Literal, nodes.RangeLiteral)):
            return self.test(node)
        before = self.inputs
        expression = self.closure(node)
        if self.inputs > before:

            def about_input(scope: Scope, run: Run, value: object) -> object:
                result = expression(scope, run)
                return result if isinstance(result, bool) or result is None else matches_test(value, result, run)

            return about_input

        def compared(scope: Scope, run: Run, value: object) -> object:
            result = expression(scope, run)
            if isinstance(result, bool) and not isinstance(value, bool):
                return result
            return matches_test(value, result, run)

        return compared

    def instance_of(self, node: nodes.InstanceOf) -> Closure:
        """A type without its parts (``list``) is none in DMN (table 61); diagrams may leave the parts open."""
        value, kind = self.closure(node.value), node.type
        if not self.strict and needs_parts(kind):

            def incorrect(scope: Scope, run: Run) -> object:
                run.warn(f"A {kind.name} says what it holds, as in list<number>: {type_text(kind)} is no type.")
                return None

            return incorrect

        def instance_of(scope: Scope, run: Run) -> object:
            result = is_instance(value(scope, run), kind, run, run.types)
            if result is None:
                run.warn(f"There is no type {type_text(kind)}.")
            return result

        return instance_of


def _speaks_of_input(node: object) -> bool:
    """Look for ``?`` in a tree, with a stack since chains may be deep."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, nodes.InputValue):
            return True
        if isinstance(found, nodes.Node):
            waiting.extend(getattr(found, field) for field in found.__dataclass_fields__)
        elif isinstance(found, tuple):
            waiting.extend(found)
    return False


def _within_integers(node: nodes.RangeLiteral) -> Callable[[Scope, Run, object], object] | None:
    """A test for a range of whole numbers, the most common one in tables."""
    if not isinstance(node.start, nodes.Literal) or not isinstance(node.end, nodes.Literal):
        return None
    low, high = node.start.value, node.end.value
    if type(low) is not int or type(high) is not int:
        return None
    interval = Range(low, high, node.start_included, node.end_included)
    first = low if node.start_included else low + 1
    last = high if node.end_included else high - 1
    return lambda scope, run, value: (
        first <= value <= last if type(value) is int else matches_test(value, interval, run)
    )


def _some_names(value: Mapping[str, object]) -> str:
    names = [str(name) for name in value]
    return ", ".join(names[:10]) + (" …" if len(names) > 10 else "") if names else "none"


def _any_of(results: Any) -> bool | None:
    unknown = False
    for result in results:
        if result is True:
            return True
        unknown = unknown or result is not False
    return None if unknown else False
