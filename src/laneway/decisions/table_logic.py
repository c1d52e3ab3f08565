"""Decision tables of a file to compiled ones, with what can be found wrong in them before any evaluation (DMN 1.5, chapter 8)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from laneway.decisions import boxed
from laneway.decisions.conversion import converting
from laneway.decisions.item_types import ANY, UNFIT, ItemType, conform, shown
from laneway.decisions.table import (
    LISTS,
    Allowed,
    Closure,
    Column,
    CompiledRule,
    CompiledTable,
    HitPolicy,
    InputColumn,
    RuleIndex,
    hit_policy_of,
)
from laneway.domain.problem import Severity
from laneway.expressions import ExpressionEvaluationError
from laneway.expressions.run import Layer, Run, Scope

if TYPE_CHECKING:
    from laneway.decisions.logic import LogicCompiler

__all__ = ["CELL_INPUT", "compile_table"]

CELL_INPUT = "cellInput"
"""What Camunda's engines call the value of a column in its cells, where the column gives it no other name."""
_STRINGS = re.compile(r'\s*"[^"\\]*"(?:\s*,\s*"[^"\\]*")*\s*')
_STRING = re.compile(r'"([^"\\]*)"')
_WORTH_AN_INDEX = 32
"""Rules from which on an index is quicker than testing all of them."""
_MOST_ENTRIES = 200_000


def compile_table(compiler: LogicCompiler, node: boxed.Table, names: frozenset[str]) -> CompiledTable:
    return _TableCompiler(compiler, names).table(node)


class _TableCompiler:
    def __init__(self, compiler: LogicCompiler, names: frozenset[str]) -> None:
        self.compiler = compiler
        self.problem = compiler.problem
        self.names = names
        self.cells: dict[tuple[str, str], Closure] = {}
        """Tests by their texts, and what these call the input: cells of a column repeat themselves."""

    def table(self, node: boxed.Table) -> CompiledTable:
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
        inputs = tuple(self.input_column(column) for column in node.inputs)
        kinds = [self.output_kind(column, node, policy) for column in node.outputs]
        outputs = tuple(self.output_column(column, kind) for column, kind in zip(node.outputs, kinds, strict=True))
        self.check_outputs(node, policy, outputs)
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
            tests: list[Closure | None] = []
            for cell, column in zip(rule.inputs, node.inputs, strict=True):
                known = len(self.compiler.problems)
                tests.append(self.cell(cell, column.variable or CELL_INPUT))
                self.place(known, index, column.label)
            texts: list[Closure] = []
            for cell, kind, result, drawn in zip(rule.outputs, kinds, outputs, node.outputs, strict=True):
                known = len(self.compiler.problems)
                texts.append(self.output(cell, kind, result.label, drawn))
                self.place(known, index, result.label)
            rules.append(CompiledRule(index, rule.id, tuple(tests), tuple(texts)))
        quick = _index(node, rules) if len(rules) == len(node.rules) else None
        return CompiledTable(self.compiler.name, policy or "UNIQUE", inputs, outputs, tuple(rules), quick)

    def place(self, known: int, rule: int, label: str) -> None:
        """Say of what was found in a cell, from ``known`` on, where the cell is."""
        problems = self.compiler.problems
        for at in range(known, len(problems)):
            where = f"rule {rule}, column «{label}»: "
            problems[at] = replace(problems[at], message=where + problems[at].message)

    def check_outputs(self, node: boxed.Table, policy: HitPolicy | None, outputs: tuple[Column, ...]) -> None:
        """Say what a table with these outputs can't be told, or taken, by."""
        if policy in ("PRIORITY", "OUTPUT ORDER") and outputs and not any(one.priorities for one in outputs):
            self.problem(
                Severity.WARNING, "priority-without-values",
                f"the hit policy {policy} orders by the allowed values of the outputs, and there are none; the rules' own order "
                "counts", "list the values of an output column, the most important first", node,
            )  # fmt: skip
        seen: set[str] = set()
        for column, drawn in zip(outputs, node.outputs, strict=True) if len(outputs) > 1 else ():
            name = drawn.name or drawn.label
            if not name or name in seen:
                self.problem(
                    Severity.ERROR, "output-without-name",
                    f"the output column {name} occurs twice" if name else "one of several output columns has no name",
                    "give each output column a name of its own: the result is a context by these names", drawn,
                )  # fmt: skip
            seen.add(column.name or column.label)

    def cell(self, node: boxed.LiteralExpression, variable: str) -> Closure | None:
        if node.text.strip() in ("", "-"):
            return None
        known = self.cells.get((node.text, variable)) if node.language is None else None
        if known is not None:
            return known
        problems = len(self.compiler.problems)
        names = self.names | {variable} if self.compiler.suggested_values else self.names
        expression = self.compiler.expression(node, names, unary=True)
        if expression is None:
            test: Closure = _never
        elif self.compiler.suggested_values and (said := expression.names & {variable, CELL_INPUT}):
            test = _about(said, expression.within)
        else:
            test = expression.within
        if node.language is None and len(self.compiler.problems) == problems:
            self.cells[node.text, variable] = test
        return test

    def input_column(self, node: boxed.TableInput) -> InputColumn:
        if node.expression is None or not node.expression.text.strip():
            message, fix = (
                f"the input column «{node.label}» has no expression",
                "write the variable that the column is about",
            )
            if self.compiler.suggested_values:
                self.problem(Severity.WARNING, "input-without-expression", f"{message}: it is null", fix, node)
            else:
                self.problem(Severity.ERROR, "input-without-expression", message, fix, node)
            return InputColumn(node.id, node.label, _null)
        value = self.typed_input(self.compiler.text(node.expression, self.names), node)
        return InputColumn(node.id, node.label, value, self.allowed(node.values))

    def typed_input(self, value: Closure, node: boxed.TableInput) -> Closure:
        """Let the value of a column be of its type: texts of variables are read as dates and the like; one that the type
        doesn't admit is null. Engines to which types are a help in drawing take any."""
        if self.compiler.suggested_values:
            return converting(value, node.type, camunda=self.compiler.converts)
        kind, label = self.compiler.kind(node.type, node), node.label
        if kind is ANY:
            return value

        def typed(scope: Scope, run: Run) -> object:
            given = value(scope, run)
            found = conform(given, kind, run, given=True)
            if found is UNFIT:
                run.warn(f"The input «{label}» is {shown(given)}, which the type {kind.name} doesn't admit.")
                return None
            return found

        return typed

    def output_kind(self, node: boxed.TableOutput, table: boxed.Table, policy: HitPolicy | None) -> ItemType:
        """Find the type of an output column; that of an only one may be said of the table, or of its variable."""
        if self.compiler.suggested_values:
            return ANY
        if node.type is not None or len(table.outputs) > 1:
            return self.compiler.kind(node.type, node)
        whole = self.compiler.kind(table.typed or self.compiler.result_type, table).resolved()
        if policy in LISTS:
            return whole.base if whole.kind == "list" and whole.base is not None else ANY
        return ANY if policy == "COUNT" else self.compiler.kind(table.typed or self.compiler.result_type, table)

    def output(self, node: boxed.LiteralExpression, kind: ItemType, label: str, column: boxed.TableOutput) -> Closure:
        if self.compiler.converts:
            return converting(self.compiler.text(node, self.names), column.type, camunda=True)
        return self.compiler.typed(self.compiler.text(node, self.names), kind, f"The output «{label}»")

    def output_column(self, node: boxed.TableOutput, kind: ItemType) -> Column:
        """Order by the allowed values of the column, or else of its type (8.3.3)."""
        values: boxed.LiteralExpression | None = node.values
        within: ItemType | None = kind
        while values is None and within is not None:
            values, within = within.allowed, within.base if within.kind == "same" else None
        priorities: tuple[object, ...] = ()
        if values is not None and values.text.strip():
            priorities = self.constants(values)
        default = None
        if node.default is not None and node.default.text.strip():
            default = self.compiler.text(node.default, self.names)
        label = node.label or node.name or self.compiler.name
        return Column(node.id, node.name, label, priorities, default, self.allowed(node.values))

    def allowed(self, node: boxed.LiteralExpression | None) -> Allowed | None:
        """Compile allowed values; engines that take them for suggestions alone don't hold anything against them."""
        if node is None or self.compiler.suggested_values or node.text.strip() in ("", "-"):
            return None
        expression = self.compiler.expression(node, self.names, unary=True)
        return None if expression is None else Allowed(expression.within, " ".join(node.text.split()))

    def constants(self, node: boxed.LiteralExpression) -> tuple[object, ...]:
        """Read allowed values, which are a list without brackets; what is no list of constants has no order."""
        text = boxed.LiteralExpression(node.id, node.line, f"[{node.text}]", None)
        known = len(self.compiler.problems)
        expression = self.compiler.expression(text, self.names, unary=False)
        del self.compiler.problems[known:]
        if expression is None or not expression.constant:
            return ()
        try:
            value = expression.evaluate({})
        except ExpressionEvaluationError:
            return ()
        return tuple(value) if isinstance(value, list) else ()


def _index(node: boxed.Table, rules: list[CompiledRule]) -> RuleIndex | None:
    """Index the column in which most cells name strings, if the table is large and most of its cells there do."""
    if len(rules) < _WORTH_AN_INDEX or not node.inputs:
        return None
    columns = [[_strings(rule.inputs[at].text) for rule in node.rules] for at in range(len(node.inputs))]
    column, cells = max(enumerate(columns), key=lambda one: sum(cell is not None for cell in one[1]))
    others = tuple(rule for rule, cell in zip(rules, cells, strict=True) if cell is None)
    distinct = {text for cell in cells if cell is not None for text in cell}
    if len(others) * 2 > len(rules) or len(others) * len(distinct) > _MOST_ENTRIES:
        return None
    named: dict[str, list[CompiledRule]] = {}
    for rule, cell in zip(rules, cells, strict=True):
        for text in cell or ():
            named.setdefault(text, []).append(rule)
    merged = {text: tuple(sorted((*found, *others), key=lambda rule: rule.index)) for text, found in named.items()}
    return RuleIndex(column, merged, others)


def _strings(text: str) -> frozenset[str] | None:
    """Read a cell that names strings and nothing else: ``"a", "b"``."""
    return frozenset(_STRING.findall(text)) if _STRINGS.fullmatch(text) else None


def _about(names: frozenset[str], test: Closure) -> Closure:
    """Let a cell read its column's value by names, as Camunda's engines do."""

    def about(scope: Scope, run: Run) -> object:
        layer = Layer(scope)
        layer.update(dict.fromkeys(names, run.input_value))
        return test(layer, run)

    return about


def _null(scope: Scope, run: Run) -> None:
    return None


def _never(scope: Scope, run: Run) -> bool:
    return False
