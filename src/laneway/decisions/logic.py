"""Boxed expressions to closures, with everything that can be found wrong before any evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from laneway.decisions import boxed
from laneway.decisions.boxed import Boxed
from laneway.decisions.table import Closure
from laneway.decisions.table_logic import compile_table
from laneway.domain.problem import Problem, Severity
from laneway.expressions import (
    Expression,
    ExpressionError,
    compile as compile_text,
    feel,
    language_of,
)
from laneway.expressions.run import Layer, Run, Scope
from laneway.expressions.values import FeelFunction

__all__ = ["LogicCompiler"]

_CALL_DEPTH = 12
"""Levels that a call of a knowledge model adds to the depth budget of an evaluation."""


class LogicCompiler:
    """Compiles the logic of one decision or knowledge model; what is wrong goes to ``problems``."""

    def __init__(
        self,
        file: str,
        element: str,
        name: str,
        names: Iterable[str],
        language: str | None,
        *,
        suggested_values: bool = False,
    ) -> None:
        self.file = file
        self.element = element
        self.name = name
        self.names = frozenset(names)
        self.language = language
        self.suggested_values = suggested_values
        self.problems: list[Problem] = []

    def problem(
        self, severity: Severity, rule: str, message: str, fix: str, at: Boxed, column: int | None = None
    ) -> None:
        where = at.id or self.element
        self.problems.append(
            Problem(severity, rule, message, fix, self.file, where, self.name, at.line or None, column)
        )

    def compile(self, node: Boxed, names: frozenset[str] | None = None) -> Closure:
        names = self.names if names is None else names
        match node:
            case boxed.LiteralExpression():
                return self.text(node, names)
            case boxed.Table():
                return compile_table(self, node, names)
            case boxed.ContextBox():
                return self.context(node, names)
            case boxed.Invocation():
                return self.invocation(node, names)
            case boxed.Function():
                return self.function(node, names)
            case boxed.ListBox():
                items = tuple(self.compile(item, names) for item in node.items)
                return lambda scope, run: [item(scope, run) for item in items]
            case boxed.Relation():
                return self.relation(node, names)
            case boxed.Conditional():
                return self.conditional(node, names)
        tag = node.tag if isinstance(node, boxed.Unknown) else type(node).__name__
        self.problem(
            Severity.ERROR,
            "decision-logic-unsupported",
            f"{tag} is not a kind of decision logic that can be evaluated",
            "use a decision table, a literal expression, a context, an invocation, a list, a relation or a function",
            node,
        )
        return _null

    # Texts

    def text(self, node: boxed.LiteralExpression, names: frozenset[str]) -> Closure:
        if not node.text.strip():
            return _null
        expression = self.expression(node, names, unary=False)
        return _null if expression is None else expression.within

    def expression(self, node: boxed.LiteralExpression, names: frozenset[str], *, unary: bool) -> Expression | None:
        """Compile one text; a fault becomes a problem with its column and hint."""
        language = node.language or self.language
        try:
            if unary and "${" not in node.text and "#{" not in node.text:
                return self._feel(node, node.text, names, unary=True)
            kind = language_of(node.text, language)
            if kind == "JUEL":
                return compile_text(node.text, language)
            if kind == "PYTHON":
                raise ExpressionError(
                    "Python is not evaluated in decisions.",
                    code="language_unsupported",
                    hint="Write the expression in FEEL.",
                )
            stripped = node.text.lstrip()
            return self._feel(node, stripped[1:] if stripped.startswith("=") else node.text, names, unary=False)
        except ExpressionError as error:
            self.problem(
                Severity.ERROR, "expression-" + error.code.removeprefix("expression_").replace("_", "-"), error.message,
                error.hint or "correct the expression", node, error.column,
            )  # fmt: skip
            return None

    def _feel(self, node: boxed.LiteralExpression, text: str, names: frozenset[str], *, unary: bool) -> Expression:
        """DMN makes a call that can't succeed null; that is allowed, and said."""
        expression = feel.compile_expression(text, unary=unary, known_names=names, written=node.text)
        try:
            feel.compile_expression(text, unary=unary, known_names=names, written=node.text, strict=True)
        except ExpressionError as error:
            self.problem(
                Severity.WARNING, "expression-always-null", error.message, error.hint or "", node, error.column
            )
        return expression

    # The rest

    def context(self, node: boxed.ContextBox, names: frozenset[str]) -> Closure:
        entries: list[tuple[str | None, Closure]] = []
        for name, value in node.entries:
            entries.append((name, self.compile(value, names)))
            if name is not None:
                names = names | {name}

        def context(scope: Scope, run: Run) -> object:
            layer = Layer(scope)
            result: dict[str, object] = {}
            for name, value in entries:
                found = value(layer, run)
                if name is None:
                    return found
                layer[name] = result[name] = found
            return result

        return context

    def invocation(self, node: boxed.Invocation, names: frozenset[str]) -> Closure:
        function = self.compile(node.function, names)
        bindings = tuple((name, self.compile(value, names)) for name, value in node.bindings)

        def invocation(scope: Scope, run: Run) -> object:
            called = function(scope, run)
            if not isinstance(called, FeelFunction):
                run.warn("What an invocation calls is not a function.")
                return None
            given = {name: value(scope, run) for name, value in bindings}
            if not set(given) <= set(called.parameters):
                run.warn(f"{called.name} has the parameters {', '.join(called.parameters)}.")
                return None
            return called.invoke(run, [given.get(name) for name in called.parameters])

        return invocation

    def function(self, node: boxed.Function, names: frozenset[str]) -> Closure:
        if node.kind not in ("FEEL", "F"):
            self.problem(
                Severity.ERROR, "function-kind-unsupported", f"functions of the kind {node.kind} are not called",
                "write the function in FEEL", node,
            )  # fmt: skip
        parameters, name = node.parameters, self.name
        body = _null if node.body is None else self.compile(node.body, names | set(parameters))

        def function(scope: Scope, run: Run) -> object:
            def invoke(run: Any, arguments: list[object]) -> object:
                layer = Layer(scope)
                layer.update(zip(parameters, arguments, strict=True))
                run.charge(8)
                run.enter(_CALL_DEPTH)
                result = body(layer, run)
                run.leave(_CALL_DEPTH)
                return result

            return FeelFunction(name, parameters, invoke)

        return function

    def relation(self, node: boxed.Relation, names: frozenset[str]) -> Closure:
        rows = tuple(
            tuple((column, self.compile(cell, names)) for column, cell in zip(node.columns, row, strict=False))
            for row in node.rows
        )
        return lambda scope, run: [{column: cell(scope, run) for column, cell in row} for row in rows]

    def conditional(self, node: boxed.Conditional, names: frozenset[str]) -> Closure:
        condition, this, that = (
            self.compile(part, names) for part in (node.condition, node.consequence, node.otherwise)
        )
        return lambda scope, run: this(scope, run) if condition(scope, run) is True else that(scope, run)


def _null(scope: Scope, run: Run) -> None:
    return None
