"""Boxed conditionals, filters and loops: what FEEL makes of ``if``, ``[…]``, ``for``, ``some`` and ``every``, of boxes (DMN 1.5, 10.2.2).

FEEL's own compiler makes them, given the closures of the boxes in place of parsed text, so that both always mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from laneway.decisions import boxed
from laneway.decisions.boxed import Boxed
from laneway.decisions.item_types import ItemType, of_type
from laneway.expressions import nodes
from laneway.expressions.compiler import FeelCompiler
from laneway.expressions.compiler_core import Closure
from laneway.expressions.run import Run, Scope
from laneway.expressions.values import Range

if TYPE_CHECKING:
    from laneway.decisions.logic import LogicCompiler

__all__ = ["GivenCompiler", "compile_iteration", "given"]


@dataclass(frozen=True, slots=True, eq=False, match_args=False)
class Given(nodes.Node):
    """A part that is compiled already."""

    closure: Closure
    size: int
    partial: bool


class GivenCompiler(FeelCompiler):
    def closure(self, node: nodes.Node) -> Closure:
        if isinstance(node, Given):
            self.size += node.size
            self.functions += 1  # a box may hold a function that keeps the scope of its round
            self.partials += node.partial
            return node.closure
        return super().closure(node)


def given(compiler: LogicCompiler, node: Boxed, names: frozenset[str]) -> Given:
    texts = list(_texts(node))
    size = sum(1 + len(text) // 4 for text in texts)
    return Given(0, compiler.compile(node, names), size, any("partial" in text for text in texts))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, boxed.LiteralExpression):
        yield value.text
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, (Boxed, boxed.Entry)):
        for part in fields(value):
            yield from _texts(getattr(value, part.name))


def compile_iteration(
    compiler: LogicCompiler,
    node: boxed.Conditional | boxed.FilterBox | boxed.ForBox | boxed.QuantifiedBox,
    names: frozenset[str],
) -> Closure:
    def part(of: Boxed, *more: str) -> Given:
        return given(compiler, of, names.union(more))

    def domain(of: boxed.ForBox | boxed.QuantifiedBox) -> Given:
        made = part(of.source)
        kind = compiler.kind(of.source_type, of)
        return replace(made, closure=_of_type(made.closure, kind))

    tree: nodes.Node
    match node:
        case boxed.Conditional():
            tree = nodes.If(0, ((part(node.condition), part(node.consequence)),), part(node.otherwise))
        case boxed.FilterBox():
            tree = nodes.Filter(0, part(node.source), part(node.match, "item"))
        case boxed.ForBox():
            iterator = nodes.Iterator(0, node.variable, domain(node))
            tree = nodes.For(0, (iterator,), part(node.result, node.variable, "partial"))
        case boxed.QuantifiedBox():
            iterator = nodes.Iterator(0, node.variable, domain(node))
            tree = nodes.Quantified(0, node.kind, (iterator,), part(node.condition, node.variable))
    return GivenCompiler("", strict=False).closure(tree)


def _of_type(closure: Closure, kind: ItemType) -> Closure:
    """Let what a loop goes through be of the type of its ``in``: a list of that type, or of items of that type; a range is left as it is."""
    if kind.kind == "any" and not kind.tests:
        return closure
    collection = kind.resolved().kind == "list"

    def typed(scope: Scope, run: Run) -> object:
        value = closure(scope, run)
        if isinstance(value, Range):
            return value
        if collection or not isinstance(value, list):
            return of_type(value, kind, run, "What the loop goes through")
        run.charge(len(value))
        return [of_type(item, kind, run, "An item of the loop") for item in value]

    return typed
