"""Helpers that every dialect uses to look into an element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from laneway.diagrams.names import bpmn, local
from laneway.diagrams.record import Text


def extensions(node: Any, namespace: str) -> Iterator[tuple[str, Any]]:
    """(local name, element) of the children of ``extensionElements`` that belong to ``namespace``."""
    prefix = "{" + namespace + "}"
    for holder in node:
        if holder.tag == bpmn("extensionElements"):
            for child in holder:
                if isinstance(child.tag, str) and child.tag.startswith(prefix):
                    yield local(child.tag), child


def attributes(node: Any, namespace: str) -> dict[str, str]:
    """Attributes of ``namespace`` by local name; blank ones say nothing and are left out."""
    prefix = "{" + namespace + "}"
    return {
        local(name): value.strip() for name, value in node.attrib.items() if name.startswith(prefix) and value.strip()
    }


def children(node: Any, name: str) -> Iterator[Any]:
    """Children of any namespace with this local name."""
    for child in node:
        if isinstance(child.tag, str) and local(child.tag) == name:
            yield child


def child(node: Any, name: str) -> Any | None:
    return next(children(node, name), None)


def content(node: Any | None) -> str:
    """The text directly in an element."""
    return (node.text or "").strip() if node is not None else ""


def text_of(value: str | None, node: Any, *, always: bool = False, language: str | None = None) -> Text | None:
    """A text, or None if it is blank."""
    if value is None or not value.strip():
        return None
    return Text(value.strip(), language, node.sourceline, always)


def flag(value: str | None) -> bool | None:
    return None if value is None else value.strip().lower() in ("true", "1")


def listed(value: str | None) -> tuple[str, ...]:
    """The parts of a list that is written with commas."""
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())
