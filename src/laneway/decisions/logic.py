"""Boxed expressions to closures, with everything that can be found wrong before any evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from laneway.decisions import boxed
from laneway.decisions.boxed import Boxed
from laneway.decisions.table import Closure, Column, CompiledRule, CompiledTable, InputColumn, hit_policy_of
from laneway.domain.problem import Problem, Severity
from laneway.expressions import (
    Expression,
    ExpressionError,
    ExpressionEvaluationError,
    compile as compile_text,
    feel,
    language_of,
)
from laneway.expressions.run import Layer, Run, Scope
from laneway.expressions.temporal import parse_date, parse_date_and_time, parse_duration, parse_time
from laneway.expressions.values import FeelFunction

__all__ = ["LogicCompiler", "convert"]

_CALL_DEPTH = 12
"""Levels that a call of a knowledge model adds to the depth budget of an evaluation."""


class LogicCompiler:
    """Compiles the logic of one decision or knowledge model; what is wrong goes to ``problems``."""

    def __init__(self, file: str, element: str, name: str, names: Iterable[str], language: str | None) -> None:
        self.file = file
        self.element = element
        self.name = name
        self.names = frozenset(names)
        self.language = language
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
                return self.table(node, names)
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

    # Tables

    def table(self, node: boxed.Table, names: frozenset[str]) -> CompiledTable:
        policy = hit_policy_of(node.hit_policy, node.aggregation)
        if policy is None:
            self.problem(
                Severity.ERROR,
                "hit-policy-unknown",
                f"the hit policy {node.hit_policy} {node.aggregation or ''}".rstrip() + " is unknown",
                "use UNIQUE, ANY, PRIORITY, FIRST, RULE ORDER, OUTPUT ORDER or COLLECT (with SUM, COUNT, MIN or MAX)",
                node,
            )
        if not node.outputs:
            self.problem(
                Severity.ERROR, "table-without-output", "the table has no output", "add an output column", node
            )
        inputs = tuple(self.input_column(column, names) for column in node.inputs)
        outputs = tuple(self.output_column(column, names) for column in node.outputs)
        rules: list[CompiledRule] = []
        for index, rule in enumerate(node.rules, 1):
            if len(rule.inputs) != len(inputs) or len(rule.outputs) != len(outputs):
                self.problem(
                    Severity.ERROR,
                    "rule-incomplete",
                    f"rule {index} has {len(rule.inputs)} input and {len(rule.outputs)} output entries, "
                    f"the table {len(inputs)} and {len(outputs)} columns",
                    "give the rule one entry per column; - stands for anything",
                    rule,
                )
                continue
            tests = tuple(self.cell(cell, names) for cell in rule.inputs)
            rules.append(CompiledRule(index, rule.id, tests, tuple(self.text(cell, names) for cell in rule.outputs)))
        return CompiledTable(self.name, policy or "UNIQUE", inputs, outputs, tuple(rules))

    def cell(self, node: boxed.LiteralExpression, names: frozenset[str]) -> Closure | None:
        if node.text.strip() in ("", "-"):
            return None
        expression = self.expression(node, names, unary=True)
        return _never if expression is None else expression.within

    def input_column(self, node: boxed.TableInput, names: frozenset[str]) -> InputColumn:
        if node.expression is None or not node.expression.text.strip():
            self.problem(
                Severity.ERROR, "input-without-expression", f"the input column «{node.label}» has no expression",
                "write the variable that the column is about", node,
            )  # fmt: skip
            return InputColumn(node.id, node.label, _null)
        value, kind = self.text(node.expression, names), node.type
        if kind in _READERS:
            return InputColumn(node.id, node.label, lambda scope, run: convert(value(scope, run), kind))
        return InputColumn(node.id, node.label, value)

    def output_column(self, node: boxed.TableOutput, names: frozenset[str]) -> Column:
        priorities: tuple[object, ...] = ()
        if node.values is not None and node.values.text.strip():
            priorities = self.constants(node.values, names)
        default = None
        if node.default is not None and node.default.text.strip():
            default = self.text(node.default, names)
        return Column(node.id, node.name, node.label or node.name or self.name, priorities, default)

    def constants(self, node: boxed.LiteralExpression, names: frozenset[str]) -> tuple[object, ...]:
        """Read allowed values, which are a list without brackets; what is no list of constants has no order."""
        text = boxed.LiteralExpression(node.id, node.line, f"[{node.text}]", None)
        expression = self.expression(text, names, unary=False)
        if expression is None or not expression.constant:
            return ()
        try:
            value = expression.evaluate({})
        except ExpressionEvaluationError:
            return ()
        return tuple(value) if isinstance(value, list) else ()

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


def _never(scope: Scope, run: Run) -> bool:
    return False


_READERS: Mapping[str | None, Any] = {
    "date": parse_date,
    "time": parse_time,
    "dateTime": parse_date_and_time,
    "date and time": parse_date_and_time,
    "dateAndTime": parse_date_and_time,
    "dayTimeDuration": parse_duration,
    "days and time duration": parse_duration,
    "yearMonthDuration": parse_duration,
    "years and months duration": parse_duration,
}


def convert(value: object, kind: str | None) -> object:
    """Revive a temporal value that a variable holds as JSON text, where the model says that it is one."""
    reader = _READERS.get(kind)
    if reader is None or not isinstance(value, str):
        return value
    found = reader(value)
    if found is None and reader is parse_date:
        moment = parse_date_and_time(value)
        found = moment.date if moment is not None else None
    return value if found is None else found
