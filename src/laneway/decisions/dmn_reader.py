"""DMN XML to plain data; the only file here that knows lxml.

The namespaces of DMN 1.1 to 1.5 differ and their elements don't, so elements are known by their local names. Laneway hands
in the tree that its XML gate has made; bytes are read too, by a parser without entities, DTD and network, because this room
is a library of its own and may not know the gate, which lives in a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from laneway.decisions import boxed
from laneway.decisions.boxed import Boxed
from laneway.domain.errors import Refused

__all__ = ["read"]

_NAMESPACE = "www.omg.org/spec/DMN/"
_CAMUNDA = "{http://camunda.org/schema/1.0/dmn}"
_ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
_DMN_1_1 = "/20151101"
"""Up to 7.12, which drew DMN 1.1, Camunda took all but input entries for JUEL, from 7.13 on for FEEL."""
_PLATFORM = "{http://camunda.org/schema/modeler/1.0}executionPlatform"
"""What Camunda's modeler writes; to its engines types and allowed values ("predefined values") hold nobody back."""
_SUGGESTING = ("camunda", "dmn-js", "flowable")
_HOUSES = ("camunda.org/", "flowable.org/", "activiti.org/", "activiti.com/")
_XML_SCHEMA = "http://www.w3.org/2001/XMLSchema"
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


def _suggests(root: Any) -> bool:
    """Say whether the file comes from a modeller whose engines take types and allowed values for a help in drawing."""
    exporter = (root.get("exporter") or "").lower()
    spaces = (root.get("namespace") or "", *(root.nsmap or {}).values())
    return (
        root.get(_PLATFORM) is not None
        or exporter.startswith(_SUGGESTING)
        or any(house in space for space in spaces for house in _HOUSES)
    )


def _converts(root: Any) -> bool:
    named = root.get(_PLATFORM)
    spaces = (root.nsmap or {}).values()
    return bool(named == "Camunda Platform" if named is not None else _CAMUNDA[1:-1] in spaces)


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
        namespace=(root.get("namespace") or "").strip(),
        language=root.get("expressionLanguage"),
        decisions=tuple(_decision(child) for child in _children(root, "decision")),
        knowledge=tuple(_knowledge(child) for child in _children(root, "businessKnowledgeModel")),
        services=tuple(_service(child) for child in _children(root, "decisionService")),
        inputs=tuple(_input(child) for child in _children(root, "inputData")),
        suggested_values=_suggests(root),
        items=tuple(_item(child) for child in _children(root, "itemDefinition")),
        imports=tuple(_import(child) for child in _children(root, "import")),
        duplicates=tuple(duplicates),
        converts=_converts(root),
        juel=_suggests(root) and _DMN_1_1 in root.tag and root.get(_PLATFORM) is None,
    )


def _type(element: Any) -> str | None:
    """Read ``typeRef``: an attribute, or an element; a name, or (DMN 1.1) a qualified one.

    Returns
    -------
    The name of a type of FEEL, XML Schema or this file; ``prefix.name`` as it was written; or ``{namespace}name``.
    """
    if element is None:
        return None
    text = element.get("typeRef")
    if text is None:
        inner = _child(element, "typeRef")
        if inner is None:
            return None
        element, text = inner, inner.text
    text = " ".join((text or "").split())
    if text.startswith("{"):
        namespace, _, name = text[1:].partition("}")
        return name if namespace == _own(element) or _standard(namespace) else text
    prefix, colon, name = text.partition(":")
    if not colon or "<" in prefix:
        return text or None
    namespace = element.nsmap.get(prefix) or ""
    if not namespace or namespace == _own(element) or _standard(namespace):
        return name.strip()
    return f"{{{namespace}}}{name.strip()}"


def _own(element: Any) -> str:
    return (element.getroottree().getroot().get("namespace") or "").strip()


def _standard(namespace: str) -> bool:
    return namespace == _XML_SCHEMA or "omg.org/spec/" in namespace


def _variable(element: Any) -> tuple[str, str | None]:
    """Read name and type of an element's variable, which has its own typeRef."""
    variable = _child(element, "variable")
    return ("", None) if variable is None else (_named(variable), _type(variable))


def _reference(element: Any) -> str:
    """Read a href: the id of an element of this file, or ``namespace#id``."""
    before, _, identity = (element.get("href") or "").strip().rpartition("#")
    return identity if not before or before == _own(element) else f"{before}#{identity}"


def _references(element: Any, tag: str) -> tuple[str, ...]:
    return tuple(_reference(child) for child in _children(element, tag))


def _requirements(element: Any) -> boxed.Requirements:
    kinds: dict[str, list[str]] = {"requiredDecision": [], "requiredInput": [], "requiredKnowledge": []}
    for requirement in _children(element, "informationRequirement", "knowledgeRequirement"):
        for reference in _children(requirement, *kinds):
            kinds[_local(reference)].append(_reference(reference))
    decisions, inputs, knowledge = (tuple(dict.fromkeys(found)) for found in kinds.values())
    return boxed.Requirements(decisions, inputs, knowledge)


def _decision(element: Any) -> boxed.DecisionElement:
    variable, typed = _variable(element)
    name = _named(element)
    identity = element.get("id") or name
    logic = _child(element, *_LOGIC)
    return boxed.DecisionElement(
        id=identity,
        name=name or identity,
        variable=variable or name or identity,
        line=element.sourceline or 0,
        logic=_boxed(logic) if logic is not None else None,
        requirements=_requirements(element),
        typed=typed,
        version_tag=_version_tag(element),
    )


def _version_tag(element: Any) -> str | None:
    """Read ``camunda:versionTag`` of Camunda 7, or ``zeebe:versionTag`` of Camunda 8."""
    tag = element.get(_CAMUNDA + "versionTag")
    extensions = _child(element, "extensionElements")
    for extension in extensions if extensions is not None and not tag else ():
        if extension.tag == _ZEEBE + "versionTag":
            tag = extension.get("value")
    return tag or None


def _knowledge(element: Any) -> boxed.KnowledgeElement:
    variable, typed = _variable(element)
    name = variable or _named(element)
    logic = _child(element, "encapsulatedLogic")
    function = boxed.Function(None, element.sourceline or 0, (), None, "FEEL") if logic is None else _function(logic)
    return boxed.KnowledgeElement(
        element.get("id") or name, name, element.sourceline or 0, function, _requirements(element), typed
    )


def _service(element: Any) -> boxed.ServiceElement:
    variable, typed = _variable(element)
    name = _named(element)
    identity = element.get("id") or name
    return boxed.ServiceElement(
        id=identity,
        name=name or identity,
        variable=variable or name or identity,
        line=element.sourceline or 0,
        outputs=_references(element, "outputDecision"),
        encapsulated=_references(element, "encapsulatedDecision"),
        input_decisions=_references(element, "inputDecision"),
        inputs=_references(element, "inputData"),
        typed=typed,
    )


def _input(element: Any) -> boxed.InputElement:
    variable, typed = _variable(element)
    label = _named(element)
    name = variable or label
    return boxed.InputElement(element.get("id") or name, name, typed, label or name, element.sourceline or 0)


def _item(element: Any) -> boxed.ItemDefinition:
    components = tuple(_item(child) for child in _children(element, "itemComponent"))
    function = _child(element, "functionItem")
    typed, parameters = _type(element), None
    if function is not None:
        output = " ".join((function.get("outputTypeRef") or "").split())
        typed = output.rpartition(":")[2] or None
        parameters = tuple((_named(child), _type(child)) for child in _children(function, "parameters"))
    allowed, constraint = _child(element, "allowedValues"), _child(element, "typeConstraint")
    return boxed.ItemDefinition(
        name=_named(element),
        line=element.sourceline or 0,
        typed=typed,
        allowed=_literal(allowed) if allowed is not None else None,
        constraint=_literal(constraint) if constraint is not None else None,
        collection=(element.get("isCollection") or "").strip() in ("true", "1"),
        components=components or None,
        parameters=parameters,
    )


def _import(element: Any) -> boxed.Import:
    return boxed.Import(
        name=_named(element),
        namespace=(element.get("namespace") or "").strip(),
        location=(element.get("locationURI") or "").strip() or None,
        kind=(element.get("importType") or "").strip(),
        line=element.sourceline or 0,
    )


# Boxed expressions


def _boxed(element: Any) -> Boxed:
    return _READERS[_local(element)](element)


def _inner(element: Any) -> Boxed:
    """Read the expression inside an element that holds one; without one it is null."""
    logic = None if element is None else _child(element, *_LOGIC)
    if logic is not None:
        return _boxed(logic)
    line = 0 if element is None else element.sourceline or 0
    return boxed.LiteralExpression(None if element is None else element.get("id"), line, "", None)


def _literal(element: Any) -> boxed.LiteralExpression:
    text = _child(element, "text")
    if text is None:  # some exporters forget the prefix of this one element
        text = next((child for child in element if _local(child) == "text"), None)
    return boxed.LiteralExpression(
        element.get("id"),
        (text if text is not None else element).sourceline or 0,
        "".join(text.itertext()) if text is not None else "",
        element.get("expressionLanguage"),
        typed=_type(element),
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
        typed=_type(element),
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
        element.get(_CAMUNDA + "inputVariable"),
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
    entries: list[boxed.Entry] = []
    for entry in _children(element, "contextEntry"):
        name, typed = _variable(entry)
        entries.append(boxed.Entry(name or None, typed, _inner(entry)))
    return boxed.ContextBox(element.get("id"), element.sourceline or 0, tuple(entries), typed=_type(element))


def _invocation(element: Any) -> boxed.Invocation:
    bindings: list[tuple[str, Boxed]] = []
    for binding in _children(element, "binding"):
        parameter = _child(binding, "parameter")
        bindings.append((_named(parameter) if parameter is not None else "", _inner(binding)))
    return boxed.Invocation(
        element.get("id"), element.sourceline or 0, _inner(element), tuple(bindings), typed=_type(element)
    )


def _function(element: Any) -> boxed.Function:
    body = _child(element, *_LOGIC)
    parameters = tuple(_children(element, "formalParameter"))
    return boxed.Function(
        element.get("id"),
        element.sourceline or 0,
        tuple(_named(parameter) for parameter in parameters),
        _boxed(body) if body is not None else None,
        (element.get("kind") or "FEEL").strip().upper(),
        tuple(_type(parameter) for parameter in parameters),
        typed=_type(element),
    )


def _list(element: Any) -> boxed.ListBox:
    items = tuple(_boxed(child) for child in _children(element, *_LOGIC))
    return boxed.ListBox(element.get("id"), element.sourceline or 0, items, typed=_type(element))


def _relation(element: Any) -> boxed.Relation:
    columns = tuple(_children(element, "column"))
    return boxed.Relation(
        element.get("id"),
        element.sourceline or 0,
        tuple(_named(column) for column in columns),
        tuple(tuple(_boxed(cell) for cell in _children(row, *_LOGIC)) for row in _children(element, "row")),
        tuple(_type(column) for column in columns),
        typed=_type(element),
    )


def _conditional(element: Any) -> Boxed:
    condition, consequence, otherwise = (_inner(_child(element, part)) for part in ("if", "then", "else"))
    return boxed.Conditional(
        element.get("id"), element.sourceline or 0, condition, consequence, otherwise, typed=_type(element)
    )


def _filter(element: Any) -> Boxed:
    source, match = (_inner(_child(element, part)) for part in ("in", "match"))
    return boxed.FilterBox(element.get("id"), element.sourceline or 0, source, match, typed=_type(element))


def _iterator(element: Any) -> Boxed:
    """Read ``for``, ``some`` or ``every``; what comes back is in ``return`` or ``satisfies``."""
    kind, identity, line, typed = _local(element), element.get("id"), element.sourceline or 0, _type(element)
    variable = " ".join((element.get("iteratorVariable") or "").split())
    source, then = (_inner(_child(element, part)) for part in ("in", "return" if kind == "for" else "satisfies"))
    if kind == "for":
        return boxed.ForBox(identity, line, variable, source, then, typed=typed)
    return boxed.QuantifiedBox(
        identity, line, "some" if kind == "some" else "every", variable, source, then, typed=typed
    )


_READERS: dict[str, Callable[[Any], Boxed]] = {
    "literalExpression": _literal, "decisionTable": _table, "context": _context, "invocation": _invocation,
    "functionDefinition": _function, "list": _list, "relation": _relation, "conditional": _conditional,
    "filter": _filter, "for": _iterator, "some": _iterator, "every": _iterator,
}  # fmt: skip
