"""What reading DMN XML needs everywhere: children by local names, names, types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["CAMUNDA", "child_of", "children_of", "local_name", "name_of", "namespace_of", "type_of", "variable_of"]

CAMUNDA = "{http://camunda.org/schema/1.0/dmn}"
_XML_SCHEMA = "http://www.w3.org/2001/XMLSchema"


def local_name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children_of(element: Any, *names: str) -> Iterator[Any]:
    """Children in the namespace of their parent; what vendors add has others."""
    space = element.tag.rpartition("}")[0]
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag.rpartition("}")[0] == space and (not names or local_name(child) in names):
            yield child


def child_of(element: Any, *names: str) -> Any:
    return next(children_of(element, *names), None)


def name_of(element: Any) -> str:
    return " ".join((element.get("name") or "").split())


def type_of(element: Any) -> str | None:
    """Read ``typeRef``: an attribute, or an element; a name, or (DMN 1.1) a qualified one.

    Returns
    -------
    The name of a type of FEEL, XML Schema or this file; ``prefix.name`` as it was written; or ``{namespace}name``.
    """
    if element is None:
        return None
    text = element.get("typeRef")
    if text is None:
        inner = child_of(element, "typeRef")
        if inner is None:
            return None
        element, text = inner, inner.text
    text = " ".join((text or "").split())
    if text.startswith("{"):
        namespace, _, name = text[1:].partition("}")
        return name if namespace == namespace_of(element) or _standard(namespace) else text
    prefix, colon, name = text.partition(":")
    if not colon or "<" in prefix:
        return text or None
    namespace = element.nsmap.get(prefix) or ""
    if not namespace or namespace == namespace_of(element) or _standard(namespace):
        return name.strip()
    return f"{{{namespace}}}{name.strip()}"


def namespace_of(element: Any) -> str:
    return (element.getroottree().getroot().get("namespace") or "").strip()


def _standard(namespace: str) -> bool:
    return namespace == _XML_SCHEMA or "omg.org/spec/" in namespace


def variable_of(element: Any) -> tuple[str, str | None]:
    """Read name and type of an element's variable, which has its own typeRef."""
    variable = child_of(element, "variable")
    return ("", None) if variable is None else (name_of(variable), type_of(variable))
