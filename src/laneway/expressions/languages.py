"""Which language a text is in: its own marks first, then what the diagram says."""

from __future__ import annotations

from laneway.expressions.errors import ExpressionError
from laneway.expressions.expression import Language

__all__ = ["is_expression", "language_of"]

_JUEL_NAMES = ("juel", "java.sun.com/products/jsp", "java.sun.com/jsp", "unified-expression-language", "uel", "el")
_PYTHON_NAMES = ("python", "python3", "python2", "jython", "text/x-python", "application/x-python")


def is_expression(text: str) -> bool:
    """Say whether a text that may also be plain is an expression: ``=…``, or with ``${…}`` or ``#{…}`` in it."""
    return text.lstrip().startswith("=") or _holds_juel(text)


def _holds_juel(text: str) -> bool:
    for mark in ("${", "#{"):
        start = text.find(mark)
        if start >= 0 and "}" in text[start:]:
            return True
    return False


def language_of(text: str, language: str | None = None) -> Language:
    """Decide the language of a text.

    Raises
    ------
    ExpressionError
        ``language_unsupported`` when the text has no marks and the attribute names another language.
    """
    stripped = text.lstrip()
    if stripped.startswith("="):
        return "FEEL"
    if stripped.startswith(("${", "#{")):
        return "JUEL"
    named = _named(language)
    if _holds_juel(text) and named != "FEEL":
        return "JUEL"
    if named is not None:
        return named
    if language is None or not language.strip():
        return "FEEL"
    raise ExpressionError(
        f"Expressions in {language.strip()} are not supported.",
        code="language_unsupported",
        text=text,
        hint="Write the expression in FEEL, with a = before it, or in JUEL as ${…}.",
    )


def _named(language: str | None) -> Language | None:
    """Recognise the names and URIs that modellers write, in any case."""
    name = (language or "").strip().lower().rstrip("/")
    if name == "feel" or name.endswith(("/feel", ":feel")) or "/spec/feel/" in name:
        return "FEEL"
    short = name.split("://")[-1].removeprefix("www.")
    if short in _JUEL_NAMES or name.endswith("/juel"):
        return "JUEL"
    if short in _PYTHON_NAMES or short.startswith(("python.org", "docs.python.org")):
        return "PYTHON"
    return None
