"""Boxed functions and invocations, typed (DMN 1.5, 10.2.1.4, 10.2.1.8 and 10.3.2.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laneway.decisions import boxed
from laneway.decisions.item_types import ANY, UNFIT, ItemType, conform, reference_of, shown
from laneway.decisions.iterations import GivenCompiler, given
from laneway.decisions.table import Closure
from laneway.domain.problem import Severity
from laneway.expressions import nodes
from laneway.expressions.builtins import BUILTINS
from laneway.expressions.java import java_function, java_problem
from laneway.expressions.run import Layer, Run, Scope
from laneway.expressions.values import FeelFunction

if TYPE_CHECKING:
    from laneway.decisions.logic import LogicCompiler
    from laneway.expressions.nodes import TypeReference

__all__ = ["CALL_DEPTH", "admitted", "compile_function", "compile_invocation", "result_kinds", "signature_of"]

CALL_DEPTH = 12
"""Levels that a call of a knowledge model or service adds to the depth budget of an evaluation."""


def admitted(
    arguments: list[object], names: tuple[str, ...], kinds: tuple[ItemType, ...], run: Run, what: str
) -> list[object] | None:
    """Give arguments as the types of their parameters have them; None, with a warning, if one isn't admitted."""
    values: list[object] = []
    for name, kind, argument in zip(names, kinds, arguments, strict=True):
        value = conform(argument, kind, run)
        if value is UNFIT:
            run.warn(f"The parameter {name} of {what} takes {kind.name}, not {shown(argument)}.")
            return None
        values.append(value)
    return values


def compile_function(
    compiler: LogicCompiler, node: boxed.Function, names: frozenset[str], name: str, typed: str | None = None
) -> Closure:
    """Compile a function definition to a closure that makes the function.

    Parameters
    ----------
    typed
        The typeRef of the variable that holds it: of a function, or, as before DMN 1.3, of its result.
    """
    parameters, kinds = node.parameters, _kinds(compiler, node)
    for reference in (node.typed, typed):
        function = compiler.kind(reference, node).resolved()
        if len(function.parameters) == len(kinds):
            kinds = tuple(wanted if own is ANY else own for own, wanted in zip(kinds, function.parameters, strict=True))
    if node.kind not in ("FEEL", "F"):
        return _foreign(compiler, node, names, name, result_kinds(compiler, (node.typed, typed), node))
    body: Closure = _null if node.body is None else compiler.compile(node.body, names | set(parameters))
    results = result_kinds(compiler, (node.typed, typed), node)
    for kind in results:
        body = compiler.typed(body, kind, f"The result of {name}")

    definition = compiler.types.definition if compiler.types is not None else None
    signature = signature_of(kinds, results)

    def function_of(scope: Scope, run: Run) -> object:
        def invoke(run: Any, arguments: list[object]) -> object:
            values = admitted(arguments, parameters, kinds, run, name)
            if values is None:
                return None
            layer = Layer(scope)
            layer.update(zip(parameters, values, strict=True))
            run.charge(8)
            run.enter(CALL_DEPTH)
            outer, run.types = run.types, definition
            result = body(layer, run)
            run.types = outer
            run.leave(CALL_DEPTH)
            return result

        return FeelFunction(name, parameters, invoke, *signature)

    return function_of


def signature_of(
    parameters: tuple[ItemType, ...], results: tuple[ItemType, ...]
) -> tuple[tuple[TypeReference | None, ...], TypeReference | None]:
    """Give the types by which FEEL tells functions apart (DMN 1.5, 10.3.2.9.2): of the parameters, and of the result."""
    types = tuple(None if kind is ANY else reference_of(kind) for kind in parameters)
    return types, reference_of(results[0]) if results else None


def result_kinds(compiler: LogicCompiler, references: tuple[str | None, ...], at: boxed.Boxed) -> tuple[ItemType, ...]:
    """Find the types of a function's result: where a typeRef names a function item, that of its output."""
    kinds = (compiler.kind(reference, at) for reference in references if reference is not None)
    results = ((kind.resolved().result or ANY) if kind.resolved().kind == "function" else kind for kind in kinds)
    return tuple(kind for kind in results if kind is not ANY)


def _kinds(compiler: LogicCompiler, node: boxed.Function) -> tuple[ItemType, ...]:
    types = node.types or (None,) * len(node.parameters)
    return tuple(compiler.kind(reference, node) for reference in types)


def _foreign(
    compiler: LogicCompiler, node: boxed.Function, names: frozenset[str], name: str, results: tuple[ItemType, ...]
) -> Closure:
    """Compile a function of another language: one of Java that is known is called, everything else gives null."""
    kinds, parameters = _kinds(compiler, node), node.parameters
    definition: Closure = _null if node.body is None else compiler.compile(node.body, names)
    reason = (
        java_problem(*_said(node.body)) if node.kind in _JAVA else f"Functions of the kind {node.kind} are not called."
    )
    if reason is not None:
        compiler.problem(
            Severity.WARNING, "function-kind-unsupported", f"{reason} The function gives null",
            "write the function in FEEL", node,
        )  # fmt: skip

    signature = signature_of(kinds, results)

    def function_of(scope: Scope, run: Run) -> object:
        untyped = [(parameter, None) for parameter in parameters]
        called = java_function(definition(scope, run), name, untyped, run) if node.kind in _JAVA else None

        def invoke(run: Any, arguments: list[object]) -> object:
            if called is None:
                run.warn(reason or f"{name} is not called.")
                return None
            values = admitted(arguments, parameters, kinds, run, name)
            result = None if values is None else called.invoke(run, values)
            for kind in results:
                found = conform(result, kind, run)
                result = None if found is UNFIT else found
            return result

        return FeelFunction(name, parameters, invoke, *signature)

    return function_of


_JAVA = ("JAVA", "J")


def _said(body: boxed.Boxed | None) -> tuple[object, object]:
    """Read class and method signature where they are written down as texts."""
    texts: dict[str | None, object] = {}
    for entry in body.entries if isinstance(body, boxed.ContextBox) else ():
        if isinstance(entry.value, boxed.LiteralExpression):
            texts[entry.name] = entry.value.text.strip().strip('"')
    return texts.get("class"), texts.get("method signature")


def compile_invocation(compiler: LogicCompiler, node: boxed.Invocation, names: frozenset[str]) -> Closure:
    """Compile a call with arguments by name; a parameter that none is bound to is null."""
    called = node.function.text.strip() if isinstance(node.function, boxed.LiteralExpression) else ""
    if called in BUILTINS and called not in names:
        parts = tuple(given(compiler, value, names) for _, value in node.bindings)
        parameters = tuple(name for name, _ in node.bindings)
        return GivenCompiler(called, strict=False).closure(
            nodes.Call(0, nodes.Builtin(0, called), parts, parameters if parameters else None)
        )
    function = compiler.compile(node.function, names)
    bindings = tuple((name, compiler.compile(value, names)) for name, value in node.bindings)

    def invocation(scope: Scope, run: Run) -> object:
        callee = function(scope, run)
        if not isinstance(callee, FeelFunction):
            run.warn(f"What an invocation calls is not a function{': ' + called if called else ''}.")
            return None
        values = {name: value(scope, run) for name, value in bindings}
        if not values.keys() <= set(callee.parameters):
            run.warn(f"{callee.name} has the parameters {', '.join(callee.parameters)}.")
            return None
        return callee.invoke(run, [values.get(name) for name in callee.parameters])

    return invocation


def _null(scope: Scope, run: Run) -> None:
    return None
