"""Expressions of diagrams and decisions: FEEL, a subset of JUEL, and Python in a sandbox.

One entry, ``compile``: the text and, where there is one, the language attribute decide what it is. Nothing here
reaches an attribute of a Python object or runs without a budget, and what is handed a time and a seed gives the same again.
"""

from __future__ import annotations

from functools import lru_cache

from laneway.expressions import feel
from laneway.expressions.errors import ExpressionError, ExpressionEvaluationError, ExpressionSyntaxError
from laneway.expressions.expression import Expression, Language
from laneway.expressions.languages import is_expression, language_of
from laneway.expressions.limits import CACHE_SIZE, CACHED_LENGTH, LARGE_CACHE_SIZE
from laneway.expressions.results import to_json_value

__all__ = [
    "Expression",
    "ExpressionError",
    "ExpressionEvaluationError",
    "ExpressionSyntaxError",
    "Language",
    "compile",
    "compile_template",
    "feel",
    "is_expression",
    "language_of",
    "to_json_value",
]


def compile(text: str, language: str | None = None, *, unary: bool = False) -> Expression:
    """Compile a text of a diagram; the same text is compiled once.

    A text that starts with ``=`` is FEEL, one with ``${…}`` or ``#{…}`` JUEL; else ``language`` decides where it names
    FEEL, JUEL or Python; else it is FEEL.

    Parameters
    ----------
    text
        As it stands in the diagram.
    language
        The ``language`` or ``expressionLanguage`` attribute, a URI or a name.
    unary
        The text is a cell of a decision table.

    Raises
    ------
    ExpressionSyntaxError
        With column, what was found, what was expected, and a hint.
    ExpressionError
        ``language_unsupported``, or ``extra_missing`` for Python without its sandbox.
    """
    return (_kept if len(text) <= CACHED_LENGTH else _kept_large)(text, language, unary)


def compile_template(text: str) -> Expression:
    """Compile text with ``${…}`` or ``#{…}`` in it, or without any, to an expression that gives a string."""
    from laneway.expressions.juel import compile_composite

    return compile_composite(text)


def _compile(text: str, language: str | None, unary: bool) -> Expression:
    kind = language_of(text, language)
    if kind == "JUEL":
        from laneway.expressions.juel import compile_juel

        return compile_juel(text)
    if kind == "PYTHON":
        from laneway.expressions.python_sandbox import compile_python

        return compile_python(text)
    stripped = text.lstrip()
    body = stripped[1:] if stripped.startswith("=") and not unary else text
    return feel.compile_expression(body, unary=unary, written=text)


_kept = lru_cache(maxsize=CACHE_SIZE)(_compile)
_kept_large = lru_cache(maxsize=LARGE_CACHE_SIZE)(_compile)
