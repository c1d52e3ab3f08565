"""What the cells of a column have in common: each as a set of the smallest parts into which the column's cells cut all values.

A column that says ``< 5``, ``[5..10]`` and ``"none"`` cuts values into the numbers below 5, 5, those between, 10, those above;
"none", other strings; null; everything else. A set of parts is an integer with one bit for each. A cell that can't be told
without variables is None.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from laneway.expressions import nodes
from laneway.expressions.builtins import BUILTINS
from laneway.expressions.errors import ExpressionError
from laneway.expressions.parser import parse_unary_tests
from laneway.expressions.temporal import Date, parse_date

__all__ = ["Parts", "parsed", "uncovered"]

Limit = int | Decimal | Date
_COMPARISONS = ("<", "<=", ">", ">=")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def parsed(text: str) -> nodes.Node | None:
    """Read a cell; None for one that can't be read."""
    try:
        return parse_unary_tests(text, (), BUILTINS, strict=False).root
    except (ExpressionError, RecursionError):
        return None


@dataclass(slots=True)
class _Line:
    """Ordered values of one kind: limits, with the open stretches before, between and behind them."""

    first: int
    limits: list[Any]

    @property
    def count(self) -> int:
        return 2 * len(self.limits) + 1

    def place(self, limit: Any) -> int:
        return self.first + 2 * bisect_left(self.limits, limit) + 1

    def between(self, low: int, high: int) -> int:
        """Bits of the parts from low to high, both included."""
        return (1 << high + 1) - (1 << low) if low <= high else 0

    @property
    def all(self) -> int:
        return self.between(self.first, self.first + self.count - 1)

    def compared(self, operator: str, limit: Any) -> int:
        place, last = self.place(limit), self.first + self.count - 1
        match operator:
            case "<":
                return self.between(self.first, place - 1)
            case "<=":
                return self.between(self.first, place)
            case ">":
                return self.between(place + 1, last)
            case _:
                return self.between(place, last)

    def show(self, name: str, part: int) -> str:
        place, at_limit = divmod(part - self.first, 2)
        if at_limit:
            return f"{name} = {_text(self.limits[place])}"
        if not self.limits:
            return f"any {name}"
        if place == 0:
            return f"{name} < {_text(self.limits[0])}"
        if place == len(self.limits):
            return f"{name} > {_text(self.limits[-1])}"
        return f"{_text(self.limits[place - 1])} < {name} < {_text(self.limits[place])}"


@dataclass(slots=True)
class Parts:
    """The parts of one column."""

    strings: dict[str, int] = field(default_factory=dict)
    """Each string that is named, with its place; other strings come after them."""
    booleans: bool = False
    _lines: dict[str, _Line] = field(default_factory=dict)
    null: int = 0
    count: int = 0

    @classmethod
    def of(cls, roots: Iterable[nodes.Node | None]) -> Parts:
        limits: dict[str, set[Any]] = {}
        strings: set[str] = set()
        booleans = False
        for root in roots:
            for value in _constants(root):
                if isinstance(value, bool):
                    booleans = True
                elif isinstance(value, str):
                    strings.add(value)
                elif value is not None:
                    limits.setdefault(_kind(value), set()).add(value)
        parts = cls(booleans=booleans)
        for kind, found in limits.items():
            parts._lines[kind] = line = _Line(parts.count, sorted(found))
            parts.count += line.count
        for text in sorted(strings):
            parts.strings[text] = parts.count
            parts.count += 1
        parts.count += 3  # true, false, other strings
        parts.null = parts.count
        parts.count += 2  # null, everything else
        return parts

    @property
    def everything(self) -> int:
        return (1 << self.count) - 1

    @property
    def named(self) -> int:
        """What a table is expected to answer for: numbers and the like from end to end, strings that are named."""
        bits = 0
        for line in self._lines.values():
            bits |= line.all
        for place in self.strings.values():
            bits |= 1 << place
        if self.booleans:
            bits |= 0b11 << self.null - 3
        return bits

    def of_cell(self, root: nodes.Node | None) -> int | None:
        if not isinstance(root, nodes.UnaryTests):
            return None
        if not root.tests:
            return self.everything
        if root.negated:
            bits = self.everything
            for test in root.tests:
                fits = self._bits(test)
                if fits is None:
                    return None
                whole = self._domain(test)
                bits &= whole & ~fits
            return bits
        bits = 0
        for test in root.tests:
            fits = self._bits(test)
            if fits is None:
                return None
            bits |= fits
        return bits

    def _bits(self, test: nodes.Node) -> int | None:
        match test:
            case nodes.And() | nodes.Or():
                all_of = isinstance(test, nodes.And)
                bits = self.everything if all_of else 0
                for operand in test.operands:
                    found = self._bits(operand) if _about_input(operand) else None
                    if found is None:
                        return None
                    bits = bits & found if all_of else bits | found
                return bits
            case nodes.Comparison() if isinstance(test.left, nodes.InputValue):
                return self._compared(test.operator, test.right)
            case nodes.Comparison() if isinstance(test.right, nodes.InputValue):
                return self._compared(_MIRRORED[test.operator], test.left)
            case nodes.UnaryComparison():
                return self._compared(test.operator, test.operand)
            case nodes.RangeLiteral():
                low, high = _constant(test.start), _constant(test.end)
                if (
                    low is _UNTOLD
                    or high is _UNTOLD
                    or not (_ordered(low) and _ordered(high))
                    or _kind(low) != _kind(high)
                ):
                    return None
                line = self._lines[_kind(low)]
                above = line.compared(">=" if test.start_included else ">", low)
                return above & line.compared("<=" if test.end_included else "<", high)
            case nodes.ListLiteral():
                bits = 0
                for item in test.items:
                    found = self._compared("=", item)
                    if found is None:
                        return None
                    bits |= found
                return bits
        return self._compared("=", test)

    def _compared(self, operator: str, operand: nodes.Node) -> int | None:
        value = _constant(operand)
        if value is _UNTOLD:
            return None
        if operator in _COMPARISONS:
            return self._lines[_kind(value)].compared(operator, value) if _ordered(value) else None
        bits = 1 << self._place(value)
        return self.everything & ~bits if operator == "!=" else bits

    def _place(self, value: object) -> int:
        if value is None:
            return self.null
        if isinstance(value, bool):
            return self.null - 3 + (not value)
        if isinstance(value, str):
            return self.strings[value]
        return self._lines[_kind(value)].place(value)

    def _domain(self, test: nodes.Node) -> int:
        """Find where a test is true or false; elsewhere it is null, and so is its negation."""
        operand = test.operand if isinstance(test, nodes.UnaryComparison) else None
        if isinstance(test, nodes.RangeLiteral):
            operand = test.start
        elif not isinstance(test, nodes.UnaryComparison) or test.operator not in _COMPARISONS:
            return self.everything
        value = _constant(operand) if operand is not None else _UNTOLD
        return self._lines[_kind(value)].all if _ordered(value) else self.everything

    def show(self, name: str, part: int) -> str:
        for line in self._lines.values():
            if line.first <= part < line.first + line.count:
                return line.show(name, part)
        for text, place in self.strings.items():
            if place == part:
                return f'{name} = "{text}"'
        names = {self.null - 3: "true", self.null - 2: "false", self.null: "null"}
        return f"{name} = {names[part]}" if part in names else f"another {name}"


_UNTOLD = object()


def _constant(node: nodes.Node) -> object:
    if isinstance(node, nodes.Literal):
        value = node.value
        return value if value is None or isinstance(value, (bool, str, int, Decimal, Date)) else _UNTOLD
    if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Builtin) and node.function.name == "date":
        given = node.arguments[0] if len(node.arguments) == 1 else None
        if isinstance(given, nodes.Literal) and isinstance(given.value, str):
            return parse_date(given.value) or _UNTOLD
    return _UNTOLD


def _constants(root: nodes.Node | None) -> Iterator[object]:
    """Yield the constants that cut a column's values."""
    pending: list[nodes.Node] = list(root.tests) if isinstance(root, nodes.UnaryTests) else []
    while pending:
        node = pending.pop()
        value = _constant(node)
        if value is not _UNTOLD:
            yield value
        match node:
            case nodes.UnaryComparison():
                pending.append(node.operand)
            case nodes.RangeLiteral():
                pending += [node.start, node.end]
            case nodes.Comparison():
                pending += [node.left, node.right]
            case nodes.And() | nodes.Or():
                pending += node.operands
            case nodes.ListLiteral():
                pending += node.items


def _about_input(node: nodes.Node) -> bool:
    """Say whether an operand of a condition tests the input, and is no boolean of its own."""
    if isinstance(node, (nodes.And, nodes.Or)):
        return all(_about_input(one) for one in node.operands)
    return isinstance(node, nodes.Comparison) and isinstance(node.left, nodes.InputValue) != isinstance(
        node.right, nodes.InputValue
    )


def _ordered(value: object) -> bool:
    return isinstance(value, (int, Decimal, Date)) and not isinstance(value, bool)


def _kind(value: object) -> str:
    return "date" if isinstance(value, Date) else "number"


def _text(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else f"{value}"


def uncovered(cells: Sequence[Sequence[int]], domain: Sequence[int], budget: int) -> tuple[tuple[int, ...] | None, int]:
    """Find parts, one per column, that no rule covers; None if there are none or the budget didn't suffice.

    Parameters
    ----------
    cells
        Per rule, per column the parts that it covers.
    domain
        Per column the parts to look at.

    Returns
    -------
    The parts, and what is left of the budget: below zero if it didn't suffice.
    """
    seen: set[tuple[int, int]] = set()
    pending: list[tuple[int, int, tuple[int, ...]]] = [(0, (1 << len(cells)) - 1, ())]
    while pending:
        column, rules, chosen = pending.pop()
        if column == len(domain):
            continue
        alive = [index for index in range(len(cells)) if rules >> index & 1]
        fitting: dict[int, int] = {}
        rest = domain[column]
        while rest:
            part = (rest & -rest).bit_length() - 1
            rest &= rest - 1
            budget -= 1 + len(alive) // 8
            if budget < 0:
                return None, budget
            bits = 0
            for index in alive:
                if cells[index][column] >> part & 1:
                    bits |= 1 << index
            if not bits:
                others = tuple((one & -one).bit_length() - 1 for one in domain[column + 1 :])
                return (*chosen, part, *others), budget
            fitting.setdefault(bits, part)
        for bits, part in fitting.items():
            if (column + 1, bits) not in seen:
                seen.add((column + 1, bits))
                pending.append((column + 1, bits, (*chosen, part)))
    return None, budget
