"""Boxed expressions of DMN XML to plain data (DMN 1.5, chapters 8 and 10.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from laneway.decisions import boxed
from laneway.decisions.boxed import Boxed
from laneway.decisions.dmn_elements import CAMUNDA, child_of, children_of, local_name, name_of, type_of, variable_of

__all__ = ["LOGIC", "read_boxed", "read_function", "read_literal"]

LOGIC = (
    "literalExpression", "decisionTable", "context", "invocation", "functionDefinition", "list", "relation", "conditional",
    "filter", "for", "every", "some",
)  # fmt: skip


def read_boxed(element: Any) -> Boxed:
    return _READERS[local_name(element)](element)


def _inner(element: Any) -> Boxed:
    """Read the expression inside an element that holds one; without one it is null."""
    logic = None if element is None else child_of(element, *LOGIC)
    if logic is not None:
        return read_boxed(logic)
    line = 0 if element is None else element.sourceline or 0
    return boxed.LiteralExpression(None if element is None else element.get("id"), line, "", None)


def read_literal(element: Any) -> boxed.LiteralExpression:
    text = child_of(element, "text")
    if text is None:  # some exporters forget the prefix of this one element
        text = next((child for child in element if local_name(child) == "text"), None)
    values = child_of(element, "importedValues")
    imported = child_of(values, "importedElement") if values is not None else None
    return boxed.LiteralExpression(
        element.get("id"),
        (text if text is not None else element).sourceline or 0,
        "".join(text.itertext()) if text is not None else "",
        element.get("expressionLanguage"),
        typed=type_of(element),
        imported=None if values is None else ((imported.text if imported is not None else None) or "values").strip(),
    )


def _table(element: Any) -> boxed.Table:
    return boxed.Table(
        element.get("id"),
        element.sourceline or 0,
        (element.get("hitPolicy") or "UNIQUE").strip().upper(),
        (element.get("aggregation") or "").strip().upper() or None,
        tuple(_table_input(child) for child in children_of(element, "input")),
        tuple(_table_output(child) for child in children_of(element, "output")),
        tuple(_rule(child) for child in children_of(element, "rule")),
        typed=type_of(element),
    )


def _table_input(element: Any) -> boxed.TableInput:
    inner = child_of(element, "inputExpression")
    expression = read_literal(inner) if inner is not None else None
    label = element.get("label") or (expression.text.strip() if expression is not None else "")
    return boxed.TableInput(
        element.get("id"),
        element.sourceline or 0,
        label,
        expression,
        type_of(inner) if inner is not None else None,
        _optional(element, "inputValues"),
        element.get(CAMUNDA + "inputVariable"),
    )


def _table_output(element: Any) -> boxed.TableOutput:
    return boxed.TableOutput(
        element.get("id"),
        element.sourceline or 0,
        name_of(element) or None,
        element.get("label"),
        _optional(element, "outputValues"),
        _optional(element, "defaultOutputEntry"),
        type_of(element),
    )


def _optional(element: Any, name: str) -> boxed.LiteralExpression | None:
    found = child_of(element, name)
    return read_literal(found) if found is not None else None


def _rule(element: Any) -> boxed.Rule:
    return boxed.Rule(
        element.get("id"),
        element.sourceline or 0,
        tuple(read_literal(child) for child in children_of(element, "inputEntry")),
        tuple(read_literal(child) for child in children_of(element, "outputEntry")),
    )


def _context(element: Any) -> boxed.ContextBox:
    entries: list[boxed.Entry] = []
    for entry in children_of(element, "contextEntry"):
        name, typed = variable_of(entry)
        entries.append(boxed.Entry(name or None, typed, _inner(entry)))
    return boxed.ContextBox(element.get("id"), element.sourceline or 0, tuple(entries), typed=type_of(element))


def _invocation(element: Any) -> boxed.Invocation:
    bindings: list[tuple[str, Boxed]] = []
    for binding in children_of(element, "binding"):
        parameter = child_of(binding, "parameter")
        bindings.append((name_of(parameter) if parameter is not None else "", _inner(binding)))
    return boxed.Invocation(
        element.get("id"), element.sourceline or 0, _inner(element), tuple(bindings), typed=type_of(element)
    )


def read_function(element: Any) -> boxed.Function:
    body = child_of(element, *LOGIC)
    parameters = tuple(children_of(element, "formalParameter"))
    return boxed.Function(
        element.get("id"),
        element.sourceline or 0,
        tuple(name_of(parameter) for parameter in parameters),
        read_boxed(body) if body is not None else None,
        (element.get("kind") or "FEEL").strip().upper(),
        tuple(type_of(parameter) for parameter in parameters),
        typed=type_of(element),
    )


def _list(element: Any) -> boxed.ListBox:
    items = tuple(read_boxed(child) for child in children_of(element, *LOGIC))
    return boxed.ListBox(element.get("id"), element.sourceline or 0, items, typed=type_of(element))


def _relation(element: Any) -> boxed.Relation:
    columns = tuple(children_of(element, "column"))
    return boxed.Relation(
        element.get("id"),
        element.sourceline or 0,
        tuple(name_of(column) for column in columns),
        tuple(tuple(read_boxed(cell) for cell in children_of(row, *LOGIC)) for row in children_of(element, "row")),
        tuple(type_of(column) for column in columns),
        typed=type_of(element),
    )


def _conditional(element: Any) -> Boxed:
    condition, consequence, otherwise = (_inner(child_of(element, part)) for part in ("if", "then", "else"))
    return boxed.Conditional(
        element.get("id"), element.sourceline or 0, condition, consequence, otherwise, typed=type_of(element)
    )


def _filter(element: Any) -> Boxed:
    source, match = (_inner(child_of(element, part)) for part in ("in", "match"))
    return boxed.FilterBox(element.get("id"), element.sourceline or 0, source, match, typed=type_of(element))


def _iterator(element: Any) -> Boxed:
    """Read ``for``, ``some`` or ``every``; what comes back is in ``return`` or ``satisfies``."""
    kind, identity, line, typed = local_name(element), element.get("id"), element.sourceline or 0, type_of(element)
    variable = " ".join((element.get("iteratorVariable") or "").split())
    domain = child_of(element, "in")
    source, then = _inner(domain), _inner(child_of(element, "return" if kind == "for" else "satisfies"))
    source_type = type_of(domain)
    if isinstance(source, boxed.LiteralExpression):
        source = replace(source, iterated=True)
    if kind == "for":
        return boxed.ForBox(identity, line, variable, source, then, source_type, typed=typed)
    quantifier: Literal["some", "every"] = "some" if kind == "some" else "every"
    return boxed.QuantifiedBox(identity, line, quantifier, variable, source, then, source_type, typed=typed)


_READERS: dict[str, Callable[[Any], Boxed]] = {
    "literalExpression": read_literal, "decisionTable": _table, "context": _context, "invocation": _invocation,
    "functionDefinition": read_function, "list": _list, "relation": _relation, "conditional": _conditional,
    "filter": _filter, "for": _iterator, "some": _iterator, "every": _iterator,
}  # fmt: skip
