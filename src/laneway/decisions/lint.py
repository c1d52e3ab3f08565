"""What looks wrong in the decisions of a file although they can be made: told by ``laneway check`` alone.

Source: DMN 1.5, 8.2.11 (hit policies: overlapping rules, completeness) and 8.3.2 (allowed values). All of it is bounded:
a table too large to be looked through is looked through in part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from laneway.decisions import boxed
from laneway.decisions.cells import Parts, parsed, uncovered
from laneway.decisions.dmn_reader import read
from laneway.decisions.table import HitPolicy, hit_policy_of
from laneway.domain.problem import Problem, Severity

__all__ = ["lint_decisions"]

MOST_RULES = 1_000
"""Rules of a table that are held against each other."""
MOST_STEPS = 200_000
MOST_FINDINGS = 20
"""Findings of one kind in one table."""
_SINGLE: tuple[HitPolicy, ...] = ("UNIQUE", "ANY", "FIRST", "PRIORITY")
_WORDS = re.compile(r"\s+")


def lint_decisions(source: Any, file: str) -> tuple[Problem, ...]:
    """Look through the decisions and knowledge models of a file: its bytes, or the tree that a gate has made of them."""
    definitions = read(source, file)
    found: list[Problem] = []
    elements: list[boxed.DecisionElement | boxed.KnowledgeElement] = [*definitions.decisions, *definitions.knowledge]
    types = {item.name: item for item in definitions.items}
    for element in elements:
        logic = element.logic if isinstance(element, boxed.DecisionElement) else element.function
        for table in _tables(logic):
            found.extend(_Table(table, element.id, element.name, file, types).findings())
        if isinstance(element, boxed.DecisionElement) and logic is not None:
            found.extend(_unused(definitions, element, file))
    return tuple(found)


def _boxes(node: object) -> Iterator[boxed.Boxed]:
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, tuple):
            pending.extend(reversed(current))
        elif is_dataclass(current):
            if isinstance(current, boxed.Boxed):
                yield current
            pending.extend(getattr(current, one.name) for one in reversed(fields(current)))


def _tables(logic: boxed.Boxed | None) -> Iterator[boxed.Table]:
    return (one for one in _boxes(logic) if isinstance(one, boxed.Table))


def _unused(definitions: boxed.Definitions, element: boxed.DecisionElement, file: str) -> Iterator[Problem]:
    """Input data that a decision requires and no text of it names."""
    texts = " ".join(one.text for one in _boxes(element.logic) if isinstance(one, boxed.LiteralExpression))
    said = _WORDS.sub(" ", texts)
    inputs = {one.id: one for one in definitions.inputs}
    for identity in element.requirements.inputs:
        one = inputs.get(identity)
        if one is not None and one.name not in said:
            yield Problem(
                Severity.WARNING, "input-unused", f"the decision requires the input {one.name} and never reads it",
                "remove the requirement, or use the input", file, element.id, element.name, element.line or None,
            )  # fmt: skip


class _Table:
    def __init__(
        self, table: boxed.Table, element: str, name: str, file: str, types: dict[str, boxed.ItemDefinition]
    ) -> None:
        self.table = table
        self.element = element
        self.name = name
        self.file = file
        self.policy = hit_policy_of(table.hit_policy, table.aggregation)
        width = len(table.inputs)
        self.rules = [
            (index, rule)
            for index, rule in enumerate(table.rules[:MOST_RULES], 1)
            if len(rule.inputs) == width and len(rule.outputs) == len(table.outputs)
        ]
        roots = [[parsed(cell.text.strip() or "-") for cell in rule.inputs] for _, rule in self.rules]
        allowed = [
            parsed(text) if text is not None else None for text in (_allowed(one, types) for one in table.inputs)
        ]
        self.columns = [Parts.of([*(row[at] for row in roots), allowed[at]]) for at in range(width)]
        self.cells: list[list[int | None]] = [
            [parts.of_cell(root) for parts, root in zip(self.columns, row, strict=True)] for row in roots
        ]
        self.allowed = [
            parts.of_cell(root) if root is not None else None for parts, root in zip(self.columns, allowed, strict=True)
        ]
        self.steps = MOST_STEPS

    def problem(self, rule: str, message: str, fix: str, at: boxed.Boxed) -> Problem:
        line = at.line or None
        return Problem(Severity.WARNING, rule, message, fix, self.file, self.element, self.name, line)

    def findings(self) -> Iterator[Problem]:
        yield from self.cells_that_never_fit()
        yield from self.columns_without_effect()
        if self.policy in ("UNIQUE", "ANY"):
            yield from self.overlaps()
        if self.policy == "FIRST":
            yield from self.unreachable()
        if self.policy in _SINGLE and len(self.rules) == len(self.table.rules):
            yield from self.gaps()
        yield from self.outputs_not_allowed()

    def cells_that_never_fit(self) -> Iterator[Problem]:
        """Cells that no value fits, or none of those allowed."""
        told = 0
        for (index, rule), row in zip(self.rules, self.cells, strict=True):
            for column, cell, bits, allowed in zip(self.table.inputs, rule.inputs, row, self.allowed, strict=True):
                if bits is None or told >= MOST_FINDINGS or (bits if allowed is None else bits & allowed):
                    continue
                told += 1
                if bits == 0:
                    message = f"rule {index} can never match: no value fits {cell.text.strip()} in the column «{column.label}»"
                    yield self.problem("cell-never-fits", message, "write the lower end of a range first", cell)
                else:
                    message = (
                        f"rule {index} can never match: {cell.text.strip()} is none of the values that the column "
                        f"«{column.label}» allows"
                    )
                    yield self.problem("cell-not-allowed", message, "correct the cell, or allow the value", cell)

    def columns_without_effect(self) -> Iterator[Problem]:
        for at, column in enumerate(self.table.inputs):
            if len(self.rules) > 1 and all(rule.inputs[at].text.strip() in ("", "-") for _, rule in self.rules):
                message = f"no rule tests the column «{column.label}»"
                yield self.problem("column-without-effect", message, "remove the column, or use it in a rule", column)

    def overlaps(self) -> Iterator[Problem]:
        """Pairs of rules that some input fits both of; of ANY, where they give different outputs."""
        told = 0
        for second in range(1, len(self.rules)):
            row = self.cells[second]
            if None in row:
                continue
            for first in range(second):
                self.steps -= 1
                if self.steps < 0 or told >= MOST_FINDINGS:
                    return
                other = self.cells[first]
                if None in other or not all((a or 0) & (b or 0) for a, b in zip(row, other, strict=True)):
                    continue
                (one, before), (two, rule) = self.rules[first], self.rules[second]
                if self.policy == "ANY" and _outputs(before) == _outputs(rule):
                    continue
                told += 1
                where = self.place(tuple(_lowest((a or 0) & (b or 0)) for a, b in zip(row, other, strict=True)))
                yield self.problem(
                    "rules-overlap",
                    f"rules {one} and {two} both match{where}, which the hit policy {self.policy} does not allow"
                    + (" where they give different outputs" if self.policy == "ANY" else ""),
                    "narrow one of them, or choose another hit policy", rule,
                )  # fmt: skip

    def unreachable(self) -> Iterator[Problem]:
        """Rules of FIRST that those before them leave nothing for."""
        told = 0
        for at in range(1, len(self.rules)):
            before = [[bits or 0 for bits in row] for row in self.cells[:at]]
            row = self.cells[at]
            domain = [parts.everything if bits is None else bits for parts, bits in zip(self.columns, row, strict=True)]
            if not all(domain):
                continue
            left, self.steps = uncovered(before, domain, self.steps)
            if self.steps < 0 or told >= MOST_FINDINGS:
                return
            if left is None:
                told += 1
                index, rule = self.rules[at]
                yield self.problem(
                    "rule-unreachable", f"rule {index} is never reached: the rules before it match all that it would",
                    "move it up, or remove it", rule,
                )  # fmt: skip

    def gaps(self) -> Iterator[Problem]:
        """Say of one input that it has no answer; a rule that can't be told is taken to match."""
        if not self.rules or not self.columns or any(column.default is not None for column in self.table.outputs):
            return
        cells = [
            [parts.everything if bits is None else bits for parts, bits in zip(self.columns, row, strict=True)]
            for row in self.cells
        ]
        domain = []
        for parts, allowed in zip(self.columns, self.allowed, strict=True):
            bits = parts.named if allowed is None else allowed & ~(1 << parts.null)
            domain.append(bits or parts.everything)
        left, self.steps = uncovered(cells, domain, self.steps)
        if left is not None:
            yield self.problem(
                "rules-incomplete", f"no rule matches{self.place(left)}, and the table has no default output",
                "add a rule or a default output, if this can happen", self.table,
            )  # fmt: skip

    def place(self, parts: tuple[int, ...]) -> str:
        """Name an input: `` amount > 5 and kind = "new"``; columns that don't matter are left out."""
        said = [
            column.show(drawn.label, part)
            for column, drawn, part in zip(self.columns, self.table.inputs, parts, strict=True)
            if column.named
        ]
        return f" {' and '.join(said)}" if said else ""

    def outputs_not_allowed(self) -> Iterator[Problem]:
        told = 0
        for at, column in enumerate(self.table.outputs):
            root = parsed(column.values.text) if column.values is not None and column.values.text.strip() else None
            if root is None:
                continue
            roots = [parsed(rule.outputs[at].text) if rule.outputs[at].text.strip() else None for _, rule in self.rules]
            parts = Parts.of([root, *roots])
            allowed = parts.of_cell(root)
            for (index, rule), own in zip(self.rules, roots, strict=True):
                bits = parts.of_cell(own)
                if allowed is None or not bits or bits.bit_count() > 1 or bits & allowed or told >= MOST_FINDINGS:
                    continue
                told += 1
                message = f"rule {index} gives {rule.outputs[at].text.strip()}, which the column «{column.name or column.label}» does not allow"
                yield self.problem("output-not-allowed", message, "correct the output, or allow it", rule.outputs[at])


def _allowed(column: boxed.TableInput, types: dict[str, boxed.ItemDefinition]) -> str | None:
    """Give the text of the values that a column allows: its own, or those of its type."""
    text = column.values
    seen: set[str] = set()
    kind = column.type
    while text is None and kind is not None and kind in types and kind not in seen:
        seen.add(kind)
        item = types[kind]
        if item.collection:
            return None
        text, kind = item.allowed, item.typed
    return text.text if text is not None and text.text.strip() not in ("", "-") else None


def _outputs(rule: boxed.Rule) -> list[str]:
    return [" ".join(cell.text.split()) for cell in rule.outputs]


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
