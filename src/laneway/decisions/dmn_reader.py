"""DMN XML to plain data; the only file here that knows lxml.

The namespaces of DMN 1.1 to 1.5 differ and their elements don't, so elements are known by their local names. Laneway hands
in the tree that its XML gate has made; bytes are read too, by a parser without entities, DTD and network, because this room
is a library of its own and may not know the gate, which lives in a later one.
"""

from __future__ import annotations

from typing import Any

from laneway.decisions import boxed
from laneway.decisions.boxed_reader import LOGIC, read_boxed, read_function, read_literal
from laneway.decisions.dmn_elements import (
    CAMUNDA,
    child_of,
    children_of,
    local_name,
    name_of,
    namespace_of,
    type_of,
    variable_of,
)
from laneway.domain.errors import Refused

__all__ = ["read"]

_NAMESPACE = "www.omg.org/spec/DMN/"
_ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
_DMN_1_1 = "/20151101"
"""Up to 7.12, which drew DMN 1.1, Camunda took all but input entries for JUEL, from 7.13 on for FEEL."""
_PLATFORM = "{http://camunda.org/schema/modeler/1.0}executionPlatform"
"""What Camunda's modeler writes; to its engines types and allowed values ("predefined values") hold nobody back."""
_SUGGESTING = ("camunda", "dmn-js", "flowable")
_HOUSES = ("camunda.org/", "flowable.org/", "activiti.org/", "activiti.com/")


def read(source: Any, name: str) -> boxed.Definitions:
    """Read a file.

    Parameters
    ----------
    source
        Bytes or text, or an lxml tree or element that a gate has made of them.
    name
        What the file is called, for messages.

    Raises
    ------
    Refused
        ``not_well_formed``, ``dtd_forbidden`` or ``not_dmn``.
    """
    if isinstance(source, str):
        source = source.encode()
    root = _parse(source, name) if isinstance(source, (bytes, bytearray)) else source
    root = root.getroot() if hasattr(root, "getroot") else root
    if local_name(root) != "definitions" or _NAMESPACE not in root.tag:
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
    return bool(named == "Camunda Platform" if named is not None else CAMUNDA[1:-1] in spaces)


def _definitions(root: Any) -> boxed.Definitions:
    seen: set[str] = set()
    duplicates: list[tuple[str, int]] = []
    for element in children_of(root):
        identity = element.get("id")
        if identity is not None:
            if identity in seen:
                duplicates.append((identity, element.sourceline or 0))
            seen.add(identity)
    return boxed.Definitions(
        id=root.get("id") or "",
        name=name_of(root),
        namespace=(root.get("namespace") or "").strip(),
        language=root.get("expressionLanguage"),
        decisions=tuple(_decision(child) for child in children_of(root, "decision")),
        knowledge=tuple(_knowledge(child) for child in children_of(root, "businessKnowledgeModel")),
        services=tuple(_service(child) for child in children_of(root, "decisionService")),
        inputs=tuple(_input(child) for child in children_of(root, "inputData")),
        suggested_values=_suggests(root),
        items=tuple(_item(child) for child in children_of(root, "itemDefinition")),
        imports=tuple(_import(child) for child in children_of(root, "import")),
        duplicates=tuple(duplicates),
        converts=_converts(root),
        juel=_suggests(root) and _DMN_1_1 in root.tag and root.get(_PLATFORM) is None,
    )


def _reference(element: Any) -> str:
    """Read a href: the id of an element of this file, or ``namespace#id``."""
    before, _, identity = (element.get("href") or "").strip().rpartition("#")
    return identity if not before or before == namespace_of(element) else f"{before}#{identity}"


def _references(element: Any, tag: str) -> tuple[str, ...]:
    return tuple(_reference(child) for child in children_of(element, tag))


def _requirements(element: Any) -> boxed.Requirements:
    kinds: dict[str, list[str]] = {"requiredDecision": [], "requiredInput": [], "requiredKnowledge": []}
    for requirement in children_of(element, "informationRequirement", "knowledgeRequirement"):
        for reference in children_of(requirement, *kinds):
            kinds[local_name(reference)].append(_reference(reference))
    decisions, inputs, knowledge = (tuple(dict.fromkeys(found)) for found in kinds.values())
    return boxed.Requirements(decisions, inputs, knowledge)


def _decision(element: Any) -> boxed.DecisionElement:
    variable, typed = variable_of(element)
    name = name_of(element)
    identity = element.get("id") or name
    logic = child_of(element, *LOGIC)
    return boxed.DecisionElement(
        id=identity,
        name=name or identity,
        variable=variable or name or identity,
        line=element.sourceline or 0,
        logic=read_boxed(logic) if logic is not None else None,
        requirements=_requirements(element),
        typed=typed,
        version_tag=_version_tag(element),
    )


def _version_tag(element: Any) -> str | None:
    """Read ``camunda:versionTag`` of Camunda 7, or ``zeebe:versionTag`` of Camunda 8."""
    tag = element.get(CAMUNDA + "versionTag")
    extensions = child_of(element, "extensionElements")
    for extension in extensions if extensions is not None and not tag else ():
        if extension.tag == _ZEEBE + "versionTag":
            tag = extension.get("value")
    return tag or None


def _knowledge(element: Any) -> boxed.KnowledgeElement:
    variable, typed = variable_of(element)
    name = variable or name_of(element)
    logic = child_of(element, "encapsulatedLogic")
    function = (
        boxed.Function(None, element.sourceline or 0, (), None, "FEEL") if logic is None else read_function(logic)
    )
    return boxed.KnowledgeElement(
        element.get("id") or name, name, element.sourceline or 0, function, _requirements(element), typed
    )


def _service(element: Any) -> boxed.ServiceElement:
    variable, typed = variable_of(element)
    name = name_of(element)
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
    variable, typed = variable_of(element)
    label = name_of(element)
    name = variable or label
    return boxed.InputElement(element.get("id") or name, name, typed, label or name, element.sourceline or 0)


def _item(element: Any) -> boxed.ItemDefinition:
    components = tuple(_item(child) for child in children_of(element, "itemComponent"))
    function = child_of(element, "functionItem")
    typed, parameters = type_of(element), None
    if function is not None:
        output = " ".join((function.get("outputTypeRef") or "").split())
        typed = output.rpartition(":")[2] or None
        parameters = tuple((name_of(child), type_of(child)) for child in children_of(function, "parameters"))
    allowed, constraint = child_of(element, "allowedValues"), child_of(element, "typeConstraint")
    return boxed.ItemDefinition(
        name=name_of(element),
        line=element.sourceline or 0,
        typed=typed,
        allowed=read_literal(allowed) if allowed is not None else None,
        constraint=read_literal(constraint) if constraint is not None else None,
        collection=(element.get("isCollection") or "").strip() in ("true", "1"),
        components=components or None,
        parameters=parameters,
    )


def _import(element: Any) -> boxed.Import:
    return boxed.Import(
        name=name_of(element),
        namespace=(element.get("namespace") or "").strip(),
        location=(element.get("locationURI") or "").strip() or None,
        kind=(element.get("importType") or "").strip(),
        line=element.sourceline or 0,
    )
