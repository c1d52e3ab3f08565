"""DMN XML to plain data; the only file here that knows lxml.

The namespaces of DMN 1.1 to 1.5 differ and their elements don't, so elements are known by their local names. Bytes are read
by a parser without entities, DTD and network; whoever has a stricter gate hands in the tree it made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from laneway.decisions import boxed
from laneway.decisions.boxed import Boxed
from laneway.domain.errors import Refused

__all__ = ["read"]

_NAMESPACE = "www.omg.org/spec/DMN/"
_PLATFORM = "{http://camunda.org/schema/modeler/1.0}executionPlatform"
"""What Camunda's modeler writes; to its engines allowed values are "predefined values", which hold nobody back."""
_LOGIC = (
    "literalExpression", "decisionTable", "context", "invocation", "functionDefinition", "list", "relation", "conditional",
    "filter", "for", "every", "some",
)  # fmt: skip


def read(source: Any, name: str) -> boxed.Definitions:
    """Read a file.

    Parameters
    ----------
    source
        Bytes, or an lxml tree or element that a gate has made of them.
    name
        What the file is called, for messages.

    Raises
    ------
    Refused
        ``not_well_formed``, ``dtd_forbidden`` or ``not_dmn``.
    """
    root = _parse(source, name) if isinstance(source, (bytes, bytearray)) else source
    root = root.getroot() if hasattr(root, "getroot") else root
    if _local(root) != "definitions" or _NAMESPACE not in root.tag:
        raise Refused(
            "not_dmn",
            f"{name}: the root element is {root.tag}, not definitions of DMN; export the decision as DMN 1.1 or newer",
            {"line": root.sourceline or 1},
        )
    return _definitions(root)


def _parse(data: bytes | bytearray, name: str) -> Any:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, collect_ids=False
    )
    try:
        root = etree.fromstring(bytes(data), parser)
    except etree.XMLSyntaxError as error:
        raise Refused("not_well_formed", f"{name}: {error}", {"line": error.lineno or 1}) from None
    except ValueError as error:
        raise Refused("not_well_formed", f"{name}: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("dtd_forbidden", f"{name} holds a DOCTYPE; remove it, DMN needs none")
    return root


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: Any, *names: str) -> Iterator[Any]:
    """Children in the namespace of their parent; what vendors add has others."""
    space = element.tag.rpartition("}")[0]
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag.rpartition("}")[0] == space and (not names or _local(child) in names):
            yield child


def _child(element: Any, *names: str) -> Any:
    return next(_children(element, *names), None)


def _named(element: Any) -> str:
    return " ".join((element.get("name") or "").split())


def _definitions(root: Any) -> boxed.Definitions:
    seen: set[str] = set()
    duplicates: list[tuple[str, int]] = []
    for element in _children(root):
        identity = element.get("id")
        if identity is not None:
            if identity in seen:
                duplicates.append((identity, element.sourceline or 0))
            seen.add(identity)
    return boxed.Definitions(
        id=root.get("id") or "",
        name=_named(root),
        language=root.get("expressionLanguage"),
        decisions=tuple(_decision(child) for child in _children(root, "decision")),
        knowledge=tuple(_knowledge(child) for child in _children(root, "businessKnowledgeModel")),
        inputs=tuple(_input(child) for child in _children(root, "inputData")),
        suggested_values=root.get(_PLATFORM) is not None,
        duplicates=tuple(duplicates),
    )


def _type(element: Any) -> str | None:
    """Read ``typeRef``, an attribute since DMN 1.2 and before that sometimes an element, often with a prefix."""
    text = element.get("typeRef")
    if text is None:
        inner = _child(element, "typeRef")
        text = inner.text if inner is not None else None
    return text.strip().rpartition(":")[2] if text else None


def _requirements(element: Any) -> boxed.Requirements:
    kinds: dict[str, list[str]] = {"requiredDecision": [], "requiredInput": [], "requiredKnowledge": []}
    foreign: list[str] = []
    for requirement in _children(element, "informationRequirement", "knowledgeRequirement"):
        for reference in _children(requirement, *kinds):
            href = (reference.get("href") or "").strip()
            before, _, identity = href.rpartition("#")
            (foreign if before else kinds[_local(reference)]).append(href if before else identity)
    decisions, inputs, knowledge = (tuple(found) for found in kinds.values())
    return boxed.Requirements(decisions, inputs, knowledge, tuple(foreign))


def _decision(element: Any) -> boxed.DecisionElement:
    variable = _child(element, "variable")
    name = _named(element)
    identity = element.get("id") or name
    logic = _child(element, *_LOGIC)
    return boxed.DecisionElement(
        id=identity,
        name=name or identity,
        variable=(_named(variable) if variable is not None else "") or name or identity,
        line=element.sourceline or 0,
        logic=_boxed(logic) if logic is not None else None,
        requirements=_requirements(element),
    )


def _knowledge(element: Any) -> boxed.KnowledgeElement:
    variable = _child(element, "variable")
    name = (_named(variable) if variable is not None else "") or _named(element)
    logic = _child(element, "encapsulatedLogic")
    function = boxed.Function(None, element.sourceline or 0, (), None, "FEEL") if logic is None else _function(logic)
    return boxed.KnowledgeElement(
        element.get("id") or name, name, element.sourceline or 0, function, _requirements(element)
    )


def _input(element: Any) -> boxed.InputElement:
    variable = _child(element, "variable")
    name = (_named(variable) if variable is not None else "") or _named(element)
    return boxed.InputElement(element.get("id") or name, name, _type(variable) if variable is not None else None)


# Boxed expressions


def _boxed(element: Any) -> Boxed:
    reader = _READERS.get(_local(element))
    if reader is None:
        return boxed.Unknown(element.get("id"), element.sourceline or 0, _local(element))
    return reader(element)


def _inner(element: Any) -> Boxed:
    """Read the expression inside an element that holds one."""
    logic = _child(element, *_LOGIC)
    return (
        boxed.Unknown(element.get("id"), element.sourceline or 0, _local(element)) if logic is None else _boxed(logic)
    )


def _literal(element: Any) -> boxed.LiteralExpression:
    text = _child(element, "text")
    return boxed.LiteralExpression(
        element.get("id"),
        (text if text is not None else element).sourceline or 0,
        "".join(text.itertext()) if text is not None else "",
        element.get("expressionLanguage"),
    )


def _table(element: Any) -> boxed.Table:
    return boxed.Table(
        element.get("id"),
        element.sourceline or 0,
        (element.get("hitPolicy") or "UNIQUE").strip().upper(),
        (element.get("aggregation") or "").strip().upper() or None,
        tuple(_table_input(child) for child in _children(element, "input")),
        tuple(_table_output(child) for child in _children(element, "output")),
        tuple(_rule(child) for child in _children(element, "rule")),
    )


def _table_input(element: Any) -> boxed.TableInput:
    inner = _child(element, "inputExpression")
    expression = _literal(inner) if inner is not None else None
    label = element.get("label") or (expression.text.strip() if expression is not None else "")
    return boxed.TableInput(
        element.get("id"),
        element.sourceline or 0,
        label,
        expression,
        _type(inner) if inner is not None else None,
        _optional(element, "inputValues"),
    )


def _table_output(element: Any) -> boxed.TableOutput:
    return boxed.TableOutput(
        element.get("id"),
        element.sourceline or 0,
        _named(element) or None,
        element.get("label"),
        _optional(element, "outputValues"),
        _optional(element, "defaultOutputEntry"),
        _type(element),
    )


def _optional(element: Any, name: str) -> boxed.LiteralExpression | None:
    found = _child(element, name)
    return _literal(found) if found is not None else None


def _rule(element: Any) -> boxed.Rule:
    return boxed.Rule(
        element.get("id"),
        element.sourceline or 0,
        tuple(_literal(child) for child in _children(element, "inputEntry")),
        tuple(_literal(child) for child in _children(element, "outputEntry")),
    )


def _context(element: Any) -> boxed.ContextBox:
    entries: list[tuple[str | None, Boxed]] = []
    for entry in _children(element, "contextEntry"):
        variable = _child(entry, "variable")
        entries.append((_named(variable) if variable is not None else None, _inner(entry)))
    return boxed.ContextBox(element.get("id"), element.sourceline or 0, tuple(entries))


def _invocation(element: Any) -> boxed.Invocation:
    bindings: list[tuple[str, Boxed]] = []
    for binding in _children(element, "binding"):
        parameter = _child(binding, "parameter")
        bindings.append((_named(parameter) if parameter is not None else "", _inner(binding)))
    return boxed.Invocation(element.get("id"), element.sourceline or 0, _inner(element), tuple(bindings))


def _function(element: Any) -> boxed.Function:
    body = _child(element, *_LOGIC)
    return boxed.Function(
        element.get("id"),
        element.sourceline or 0,
        tuple(_named(parameter) for parameter in _children(element, "formalParameter")),
        _boxed(body) if body is not None else None,
        (element.get("kind") or "FEEL").upper(),
    )


def _list(element: Any) -> boxed.ListBox:
    return boxed.ListBox(
        element.get("id"), element.sourceline or 0, tuple(_boxed(child) for child in _children(element, *_LOGIC))
    )


def _relation(element: Any) -> boxed.Relation:
    columns = tuple(_named(column) for column in _children(element, "column"))
    rows = tuple(tuple(_boxed(cell) for cell in _children(row, *_LOGIC)) for row in _children(element, "row"))
    return boxed.Relation(element.get("id"), element.sourceline or 0, columns, rows)


def _conditional(element: Any) -> Boxed:
    parts = [_child(element, part) for part in ("if", "then", "else")]
    if any(part is None for part in parts):
        return boxed.Unknown(element.get("id"), element.sourceline or 0, "conditional")
    condition, consequence, otherwise = (_inner(part) for part in parts)
    return boxed.Conditional(element.get("id"), element.sourceline or 0, condition, consequence, otherwise)


_READERS: dict[str, Callable[[Any], Boxed]] = {
    "literalExpression": _literal, "decisionTable": _table, "context": _context, "invocation": _invocation,
    "functionDefinition": _function, "list": _list, "relation": _relation, "conditional": _conditional,
}  # fmt: skip
