"""Elements with vendor extensions, as text."""

from __future__ import annotations


def ext(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>"


def extended(tag: str, inner: str, attributes: str = "", beside: str = "") -> str:
    """An element ``t`` with extensions, and ``beside`` them what stands in it of BPMN."""
    return f'<{tag} id="t" {attributes}>{ext(inner)}{beside}</{tag}>'
