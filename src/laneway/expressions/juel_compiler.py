"""JUEL's meaning of the shared nodes: coercions of Jakarta EL 2.1, 1.18, and errors where FEEL has null.

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
from laneway.expressions.juel_methods import call_method, variable_function
from laneway.expressions.operators import ARITHMETIC, ORDERINGS, as_number, equal as feel_equal
from laneway.expressions.results import text_of
from laneway.expressions.run import Run, Scope
from laneway.expressions.temporal import TEMPORAL, own
from laneway.expressions.values import NUMBERS, type_name

__all__ = ["JuelCompiler"]


class JuelCompiler(CoreCompiler):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.uses_clock = False

    def missing(self, name: str, scope: Scope, run: Run) -> NoReturn:
        known = sorted(str(key) for key in scope)
        shown = ", ".join(known[:20]) + (" …" if len(known) > 20 else "") if known else "no variables"
        raise ExpressionEvaluationError(
            f"There is no variable {name}.", hint=f"Set {name} before this point; there are: {shown}."
        )

    def path(self, node: nodes.Path) -> Closure:
        base, name = self.closure(node.base), node.name
        return lambda scope, run: _entry(base(scope, run), name)

    def filter(self, node: nodes.Filter) -> Closure:
        base, key = self.closure(node.base), self.closure(node.condition)
        return lambda scope, run: _entry(base(scope, run), key(scope, run))

    def negate(self, node: nodes.Negate) -> Closure:
        operand = self.closure(node.operand)
        return lambda scope, run: -_number(operand(scope, run))

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
            return lambda scope, run: _boolean(first(scope, run)) and _boolean(second(scope, run))
        return lambda scope, run: all(_boolean(operand(scope, run)) for operand in operands)

    def disjunction(self, node: nodes.Or) -> Closure:
        operands = tuple(self.closure(operand) for operand in node.operands)
        return lambda scope, run: any(_boolean(operand(scope, run)) for operand in operands)

    def inverse(self, node: nodes.Not) -> Closure:
        operand = self.closure(node.operand)
        return lambda scope, run: not _boolean(operand(scope, run))

    def empty(self, node: nodes.Empty) -> Closure:
        """True for null, and for texts, lists and maps without content; a missing variable stays an error."""
        operand = self.closure(node.operand)
        return lambda scope, run: is_empty(operand(scope, run))

    def choice(self, node: nodes.If) -> Closure:
        (condition, consequence), otherwise = node.branches[0], node.otherwise
        decide, this, that = self.closure(condition), self.closure(consequence), self.closure(otherwise)
        return lambda scope, run: this(scope, run) if _boolean(decide(scope, run)) else that(scope, run)

    def call(self, node: nodes.Call) -> Closure:
        """``now()``, the only function; the parser lets no other through."""
        self.uses_clock = True
        return lambda scope, run: own(run.now)

    def method_call(self, node: nodes.MethodCall) -> Closure:
        arguments = tuple(self.closure(argument) for argument in node.arguments)
        method = node.method
        if ":" in method:
            return lambda scope, run: variable_function(
                method.partition(":")[2], scope, [argument(scope, run) for argument in arguments], run
            )
        if isinstance(node.base, nodes.Name) and node.base.name == "execution":
            return self.execution_method(method, arguments)
        base = self.closure(node.base)
        return lambda scope, run: call_method(
            base(scope, run), method, [argument(scope, run) for argument in arguments], run
        )

    def execution_method(self, method: str, arguments: tuple[Closure, ...]) -> Closure:
        """``execution.getVariable("x")`` and ``execution.hasVariable("x")``, as Camunda 7 has them."""
        reads = method in ("getVariable", "getVariableLocal")
        asks = method in ("hasVariable", "hasVariableLocal")

        def variable(scope: Scope, run: Run) -> object:
            if not (reads or asks) or len(arguments) != 1:
                raise ExpressionEvaluationError(
                    f"execution.{method} can't be called.",
                    hint='There are execution.getVariable("name") and execution.hasVariable("name").',
                )
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
            texts = [_string(part(scope, run), run) for part in parts]
            run.charge_text(sum(map(len, texts)))
            return "".join(texts)

        return composite


def _entry(base: object, key: object) -> object:
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
    hint = f"Write .{key}() to call a method." if key in ("length", "size", "empty") else None
    raise ExpressionEvaluationError(f"A {type_name(base)} has no {key}.", hint=hint)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value is None or value == "":
        return False
    if isinstance(value, str):
        return value.lower() == "true"
    raise ExpressionEvaluationError(
        f"A {type_name(value)} stands where true or false is needed.", hint="Compare it, as in x > 0."
    )


def _number(value: object) -> int | Decimal:
    if value is None or value == "":
        return 0
    number = as_number(value)
    if number is None and isinstance(value, str) and len(value) <= 100:
        read = (
            NUMBERS.create_decimal(value.strip())
            if value.strip().replace(".", "", 1).lstrip("+-").isdecimal()
            else None
        )
        number = read if read is not None and read.is_finite() else None
    if number is None:
        shown = f"the text {value[:40]!r}" if isinstance(value, str) else f"a {type_name(value)}"
        raise ExpressionEvaluationError(
            f"A number is needed, not {shown}.",
            hint="Texts are joined outside: ${a}${b}." if isinstance(value, str) else None,
        )
    return number


def _string(value: object, run: Run) -> str:
    return "" if value is None else text_of(value, run)


def _calculate(operator: str, a: object, b: object, run: Run) -> object:
    a, b = own(a), own(b)
    if isinstance(a, TEMPORAL) or isinstance(b, TEMPORAL):
        result = ARITHMETIC[operator](a, b, run) if operator in ARITHMETIC else None
    else:
        x, y = _number(a), _number(b)
        if operator == "%":
            if not y:
                raise ExpressionEvaluationError("Division by zero.")
            result = NUMBERS.remainder(Decimal(x), Decimal(y))
            return int(result) if type(x) is int and type(y) is int else result
        if operator == "/" and not y:
            raise ExpressionEvaluationError(
                "Division by zero.", hint="Check the divisor first, as in b == 0 ? 0 : a / b."
            )
        result = ARITHMETIC[operator](x, y, run)
    if result is None:
        raise ExpressionEvaluationError(f"Can't compute {type_name(a)} {operator} {type_name(b)}.")
    return result


def is_empty(value: object) -> bool:
    return value is None or (isinstance(value, (str, list, Mapping)) and len(value) == 0)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)


def equals(a: object, b: object, run: Run) -> bool:
    if a is None or b is None:
        return a is b
    if _is_number(a) or _is_number(b):
        if (
            isinstance(a, bool)
            or isinstance(b, bool)
            or isinstance(a, (list, Mapping))
            or isinstance(b, (list, Mapping))
        ):
            return False
        return _number(a) == _number(b)
    if isinstance(a, bool) or isinstance(b, bool):
        return _boolean(a) == _boolean(b)
    if isinstance(a, str) or isinstance(b, str):
        return _string(a, run) == _string(b, run)
    return feel_equal(a, b, run, warn=False) is True


def ordered(operator: str, a: object, b: object, run: Run) -> bool:
    compare = ORDERINGS[operator]
    if a is None or b is None:
        return a is b and operator in ("<=", ">=")
    if _is_number(a) or _is_number(b):
        return compare(_number(a), _number(b))
    a, b = own(a), own(b)
    if isinstance(a, TEMPORAL) and isinstance(b, TEMPORAL):
        try:
            return compare(a, b)
        except TypeError:
            pass
    elif isinstance(a, str) or isinstance(b, str):
        return compare(_string(a, run), _string(b, run))
    raise ExpressionEvaluationError(f"Can't compare {type_name(a)} and {type_name(b)} with {operator}.")
