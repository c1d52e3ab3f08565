"""Boxed expressions to closures, with everything that can be found wrong before any evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from laneway.decisions import boxed
from laneway.decisions.boxed import Boxed
from laneway.decisions.functions import compile_function, compile_invocation
from laneway.decisions.item_types import ANY, ItemType, of_type
from laneway.decisions.iterations import compile_iteration
from laneway.decisions.names import occurring
from laneway.decisions.table import Closure
from laneway.decisions.table_logic import CELL_INPUT, compile_table
from laneway.decisions.type_table import TypeTable
from laneway.domain.problem import Problem, Severity
from laneway.expressions import (
    Expression,
    ExpressionError,
    compile as compile_text,
    feel,
    language_of,
)
from laneway.expressions.run import Layer, Run, Scope

__all__ = ["LogicCompiler"]


_OF_DECISIONS = ("the name of a type", "the body")
"""What diagrams don't have and decisions do: item definitions, external functions."""


_CALLS_METHOD = re.compile(r"[\w\])'\"]\.\w+\s*\(")
"""What FEEL would call an entry of a context, which files from before FEEL don't have."""


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
        types: TypeTable | None = None,
        members: frozenset[str] = frozenset(),
        converts: bool = False,
        juel: bool = False,
    ) -> None:
        self.file = file
        self.element = element
        self.name = name
        self.names = frozenset(names)
        self.language = language
        self.suggested_values = suggested_values
        self.result_type: str | None = None
        """typeRef of the decision's variable, where it has one: also that of a table's only output."""
        self.types = types
        self.members = members
        self.converts = converts
        self.juel = juel
        self.problems: list[Problem] = []

    def problem(
        self, severity: Severity, rule: str, message: str, fix: str, at: Boxed, column: int | None = None
    ) -> None:
        where = at.id or self.element
        self.problems.append(
            Problem(severity, rule, message, fix, self.file, where, self.name, at.line or None, column)
        )

    def compile(self, node: Boxed, names: frozenset[str] | None = None) -> Closure:
        """Compile logic to a closure whose value is of the logic's own type, if it has one."""
        return self.typed(self.logic(node, names), self.kind(node.typed, node), "The expression")

    def knowledge(self, one: boxed.KnowledgeElement) -> Closure:
        """Compile a knowledge model to a closure that makes its function."""
        return compile_function(self, one.function, self.names, one.name, one.typed)

    def logic(self, node: Boxed, names: frozenset[str] | None = None) -> Closure:
        """Compile logic, leaving its type aside."""
        names = self.names if names is None else names
        match node:
            case boxed.LiteralExpression():
                return self.text(node, names)
            case boxed.Table():
                return compile_table(self, node, names)
            case boxed.ContextBox():
                return self.context(node, names)
            case boxed.Invocation():
                return compile_invocation(self, node, names)
            case boxed.Function():
                return compile_function(self, node, names, self.name)
            case boxed.ListBox():
                items = tuple(self.compile(item, names) for item in node.items)
                return lambda scope, run: [item(scope, run) for item in items]
            case boxed.Relation():
                return self.relation(node, names)
            case boxed.Conditional() | boxed.FilterBox() | boxed.ForBox() | boxed.QuantifiedBox():
                return compile_iteration(self, node, names)
        raise AssertionError(type(node).__name__)

    # Types

    def kind(self, reference: str | None, at: Boxed) -> ItemType:
        """Find the type that a typeRef names; an unknown one admits everything, and is said."""
        if reference is None or self.types is None:
            return ANY
        found = self.types.find(reference)
        if found is None:
            self.problem(
                Severity.WARNING, "type-unknown", f"the type {reference} is unknown, so that nothing is checked",
                "name a type of FEEL or an item definition", at,
            )  # fmt: skip
        return found or ANY

    def typed(self, closure: Closure, kind: ItemType, what: str) -> Closure:
        """Let a value be of its type, or null with a warning (DMN 1.5, 10.3.2.9.4)."""
        if kind.kind == "any" and not kind.tests:
            return closure

        def typed(scope: Scope, run: Run) -> object:
            return of_type(closure(scope, run), kind, run, what)

        return typed

    # Texts

    def text(self, node: boxed.LiteralExpression, names: frozenset[str]) -> Closure:
        if not node.text.strip() and node.imported is None:
            return _null
        expression = self.expression(node, names, unary=False)
        return _null if expression is None else expression.within

    def expression(self, node: boxed.LiteralExpression, names: frozenset[str], *, unary: bool) -> Expression | None:
        """Compile one text; a fault becomes a problem with its column and hint."""
        if node.imported is not None:
            self.problem(
                Severity.ERROR, "imported-values", f"its value is imported ({node.imported}) and not written, which is not read",
                "write the values here, or make them a decision of a DMN file and import that", node,
            )  # fmt: skip
            return None
        language = node.language or self.language
        try:
            marked = node.text.lstrip().startswith(("${", "#{"))
            if unary and not marked:
                return self._cell(node, names)
            if self.juel and not marked and language is None and _CALLS_METHOD.search(node.text):
                found = _juel(node.text)
                if found is not None:
                    return found
            # A ${…} inside a text is JUEL in a diagram; here, where FEEL is the default, it may stand in a FEEL string.
            kind = language_of(node.text, language) if marked or language else "FEEL"
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
            other = _juel(node.text) if self.juel and language is None and not (unary or marked) else None
            if other is not None:
                return other
            self.problem(
                Severity.ERROR, "expression-" + error.code.removeprefix("expression_").replace("_", "-"), error.message,
                error.hint or "correct the expression", node, error.column,
            )  # fmt: skip
            return None

    def _cell(self, node: boxed.LiteralExpression, names: frozenset[str]) -> Expression:
        """Compile a cell: unary tests, or a condition in JUEL where the cell itself says so."""
        if node.language and language_of("", node.language) == "JUEL":
            condition = _juel(node.text)
            if condition is not None and not condition.constant:
                return condition
        try:
            return self._feel(node, node.text, names, unary=True)
        except ExpressionError:
            other = _juel(_condition(node.text)) if self.juel and node.language is None else None
            if other is None:
                raise
            return other

    def _feel(self, node: boxed.LiteralExpression, text: str, names: frozenset[str], *, unary: bool) -> Expression:
        """DMN makes a call that can't succeed null; that is allowed, and said."""
        compile_feel = partial(
            feel.compile_expression,
            text,
            unary=unary,
            domain=node.iterated,
            known_names=occurring(names, text),
            members=occurring(self.members, text),
            written=node.text,
        )
        expression = compile_feel()
        try:
            compile_feel(strict=True)
        except ExpressionError as error:
            if getattr(error, "expected", None) in _OF_DECISIONS:
                return expression
            self.problem(
                Severity.WARNING, "expression-always-null", error.message, error.hint or "", node, error.column
            )
        return expression

    # The rest

    def context(self, node: boxed.ContextBox, names: frozenset[str]) -> Closure:
        """Compile a context; entries see earlier ones, and a function itself (DMN 1.5, 10.2.1.5)."""
        entries: list[tuple[str | None, Closure]] = []
        for entry in node.entries:
            seen = names if entry.name is None else names | {entry.name}
            what = "The result of the context" if entry.name is None else f"The entry {entry.name}"
            if isinstance(entry.value, boxed.Function):
                value = compile_function(self, entry.value, seen, entry.name or self.name, entry.typed)
            else:
                value = self.typed(self.compile(entry.value, names), self.kind(entry.typed, entry.value), what)
            entries.append((entry.name, value))
            names = seen

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

    def relation(self, node: boxed.Relation, names: frozenset[str]) -> Closure:
        """Compile a relation to a list of contexts; a cell that is left out is null."""
        kinds = tuple(self.kind(typed, node) for typed in node.types) or (ANY,) * len(node.columns)
        rows: list[tuple[tuple[str, Closure], ...]] = []
        for row in node.rows:
            cells = [self.compile(cell, names) for cell in row[: len(node.columns)]]
            cells += [_null] * (len(node.columns) - len(cells))
            rows.append(
                tuple(
                    (column, self.typed(cell, kind, f"The cell {column}"))
                    for column, cell, kind in zip(node.columns, cells, kinds, strict=True)
                )
            )
        return lambda scope, run: [{column: cell(scope, run) for column, cell in row} for row in rows]


def _juel(text: str) -> Expression | None:
    try:
        return compile_text(text, "juel")
    except ExpressionError:
        return None


def _condition(cell: str) -> str:
    """Write the cell of a table of Flowable, which goes on where the input ends, as a condition about it in JUEL."""
    text = cell.strip()
    return f"{CELL_INPUT}{text if text.startswith('.') else f' {text}' if text[:1] in tuple('=!<>') else f' == {text}'}"


def _null(scope: Scope, run: Run) -> None:
    return None
