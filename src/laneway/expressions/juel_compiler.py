"""JUEL's meaning of the shared nodes: coercions of Jakarta EL 2.1, 1.23, and errors where FEEL has null.

A variable that isn't there, a property of null, a text where a number should be: all of them are errors that say so,
because the engines that diagrams with JUEL come from stop there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

from laneway.expressions import nodes
from laneway.expressions.compiler_core import Closure, CoreCompiler
from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.juel_functions import FUNCTIONS, VARIABLE_FUNCTIONS, variable_of
from laneway.expressions.juel_methods import call_method, property_getter
from laneway.expressions.juel_values import boolean_of, equals, is_empty, number_of, ordered, text_in_juel
from laneway.expressions.operators import ARITHMETIC, ORDERINGS, as_number
from laneway.expressions.run import Run, Scope
from laneway.expressions.temporal import TEMPORAL, native
from laneway.expressions.values import NUMBERS, type_name

__all__ = ["JuelCompiler"]

_FEEL_MOMENTS = frozenset(TEMPORAL)


class JuelCompiler(CoreCompiler):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.uses_clock = False

    def name(self, node: nodes.Name) -> Closure:
        """A variable, or the function of a :class:`Call`."""
        name, missing = node.name, self.missing

        def name_of(scope: Scope, run: Run) -> object:
            try:
                value = scope[name]
            except KeyError:
                return missing(name, scope, run)
            kind = type(value)
            if kind is float:
                return as_number(value)
            return native(value) if kind in _FEEL_MOMENTS else value

        return name_of

    def missing(self, name: str, scope: Scope, run: Run) -> NoReturn:
        known = sorted(str(key) for key in scope)
        shown = ", ".join(known[:20]) + (" …" if len(known) > 20 else "") if known else "no variables"
        raise ExpressionEvaluationError(
            f"There is no variable {name}.", hint=f"Set {name} before this point; there are: {shown}."
        )

    def path(self, node: nodes.Path) -> Closure:
        base, name = self.closure(node.base), node.name
        return lambda scope, run: _entry(base(scope, run), name, run)

    def filter(self, node: nodes.Filter) -> Closure:
        base, key = self.closure(node.base), self.closure(node.condition)
        return lambda scope, run: _entry(base(scope, run), key(scope, run), run)

    def negate(self, node: nodes.Negate) -> Closure:
        operand = self.closure(node.operand)
        return lambda scope, run: -number_of(operand(scope, run))

    def arithmetic(self, node: nodes.Arithmetic) -> Closure:
        left, right, operator = self.closure(node.left), self.closure(node.right), node.operator
        return lambda scope, run: _calculate(operator, left(scope, run), right(scope, run), run)

    def chain(self, node: nodes.Chain) -> Closure:
        first = self.closure(node.first)
        rest = tuple((operator, self.closure(operand)) for operator, operand in node.rest)

        def chain(scope: Scope, run: Run) -> object:
            value: object = first(scope, run)
            for operator, operand in rest:
                value = _calculate(operator, value, operand(scope, run), run)
            return value

        return chain

    def comparison(self, node: nodes.Comparison) -> Closure:
        left, right, operator = self.closure(node.left), self.closure(node.right), node.operator
        if operator == "=" or operator == "!=":
            wanted = operator == "="

            def equality(scope: Scope, run: Run) -> bool:
                a, b = left(scope, run), right(scope, run)
                if type(a) is str and type(b) is str:
                    return (a == b) is wanted
                return equals(a, b, run) is wanted

            return equality
        compare = ORDERINGS[operator]

        def ordering(scope: Scope, run: Run) -> bool:
            a, b = left(scope, run), right(scope, run)
            return compare(a, b) if type(a) is int and type(b) is int else ordered(operator, a, b, run)

        return ordering

    def conjunction(self, node: nodes.And) -> Closure:
        operands = tuple(self.closure(operand) for operand in node.operands)
        if len(operands) == 2:
            first, second = operands
            return lambda scope, run: boolean_of(first(scope, run)) and boolean_of(second(scope, run))
        return lambda scope, run: all(boolean_of(operand(scope, run)) for operand in operands)

    def disjunction(self, node: nodes.Or) -> Closure:
        operands = tuple(self.closure(operand) for operand in node.operands)
        return lambda scope, run: any(boolean_of(operand(scope, run)) for operand in operands)

    def inverse(self, node: nodes.Not) -> Closure:
        operand = self.closure(node.operand)
        return lambda scope, run: not boolean_of(operand(scope, run))

    def empty(self, node: nodes.Empty) -> Closure:
        """True for null, and for texts, lists and maps without content; a missing variable stays an error."""
        operand = self.closure(node.operand)
        return lambda scope, run: is_empty(operand(scope, run))

    def choice(self, node: nodes.If) -> Closure:
        (condition, consequence), otherwise = node.branches[0], node.otherwise
        decide, this, that = self.closure(condition), self.closure(consequence), self.closure(otherwise)
        return lambda scope, run: this(scope, run) if boolean_of(decide(scope, run)) else that(scope, run)

    def call(self, node: nodes.Call) -> Closure:
        """A function with its arguments; the parser lets none through that is not there."""
        assert isinstance(node.function, nodes.Name)
        name = node.function.name
        self.uses_clock = self.uses_clock or name in ("now", "dateTime", "fn_now", "date:now")
        arguments = tuple(self.closure(argument) for argument in node.arguments)
        if name in FUNCTIONS:
            function = FUNCTIONS[name][1]
            return lambda scope, run: function(run, *[argument(scope, run) for argument in arguments])
        variable, of_variable = str(node.arguments[0].value), VARIABLE_FUNCTIONS[name.partition(":")[2]][1]  # type: ignore[attr-defined]
        others = arguments[1:]
        return lambda scope, run: of_variable(
            run, variable_of(scope, variable), *[argument(scope, run) for argument in others]
        )

    def method_call(self, node: nodes.MethodCall) -> Closure:
        arguments = tuple(self.closure(argument) for argument in node.arguments)
        method = node.method
        self.uses_clock = self.uses_clock or method in ("isBeforeNow", "isAfterNow")
        if isinstance(node.base, nodes.Name) and node.base.name == "execution" and node.arguments:
            return self.execution_method(method, arguments)
        base = self.closure(node.base)
        return lambda scope, run: call_method(
            base(scope, run), method, [argument(scope, run) for argument in arguments], run
        )

    def execution_method(self, method: str, arguments: tuple[Closure, ...]) -> Closure:
        """``execution.getVariable("x")`` and ``execution.hasVariable("x")``, as Camunda 7 has them."""
        asks = method.startswith("has")

        def variable(scope: Scope, run: Run) -> object:
            name = arguments[0](scope, run)
            try:
                value = scope[name]
            except KeyError:
                value, present = None, False
            else:
                present = True
            return present if asks else value

        return variable

    def composite(self, node: nodes.Composite) -> Closure:
        parts = tuple(self.closure(part) for part in node.parts)

        def composite(scope: Scope, run: Run) -> str:
            texts = [text_in_juel(part(scope, run), run) for part in parts]
            run.charge_text(sum(map(len, texts)))
            return "".join(texts)

        return composite


def _entry(base: object, key: object, run: Run) -> object:
    if base is None:
        raise ExpressionEvaluationError(f"There is no {key} of null.", hint="Check with != null first.")
    if isinstance(base, Mapping):
        name = key if isinstance(key, str) else str(key)
        return base.get(name)
    if isinstance(base, (list, str)):
        index = as_number(key)
        if index is None and isinstance(key, str) and key.isdecimal() and len(key) < 10:
            index = int(key)
        if index is not None:
            position = int(index)
            return base[position] if 0 <= position < len(base) else None
    getter = property_getter(base, key) if isinstance(key, str) else None
    if getter is not None:
        return getter(run, base)
    hint = f"Write .{key}() to call a method." if key in ("length", "size", "empty") else None
    raise ExpressionEvaluationError(f"A {type_name(base)} has no {key}.", hint=hint)


def _calculate(operator: str, a: object, b: object, run: Run) -> object:
    x, y = number_of(a), number_of(b)
    if operator in ("/", "%") and not y:
        raise ExpressionEvaluationError("Division by zero.", hint="Check the divisor first, as in b == 0 ? 0 : a / b.")
    if operator == "%":
        result: object = NUMBERS.remainder(Decimal(x), Decimal(y))
        return as_number(int(result) if type(x) is int and type(y) is int and result == result else result)  # type: ignore[call-overload]
    result = ARITHMETIC[operator](x, y, run)
    if result is None:
        raise ExpressionEvaluationError(f"Can't compute {type_name(a)} {operator} {type_name(b)}.")
    return result
