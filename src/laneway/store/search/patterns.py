"""The wildcards of ``like``: ``*`` for any characters, ``?`` for one, a backslash before one that means itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Boolean, ColumnElement

from laneway.domain.errors import InvalidInput

_LONGEST = 1_000
_MOST_STARS = 16


def like(expression: ColumnElement[Any], pattern: ColumnElement[str], is_sqlite: bool) -> ColumnElement[bool]:
    """Whether ``expression`` matches as a whole. Upper and lower case differ on both databases.

    SQLite's LIKE does not tell them apart, its GLOB does.
    """
    if is_sqlite:
        return expression.op("GLOB", return_type=Boolean())(pattern)
    return expression.like(pattern, escape="\\")


def written_pattern(pattern: str, is_sqlite: bool) -> str:
    """As ``like`` takes it.

    Raises
    ------
    InvalidInput
        ``pattern_too_complex``: matching takes exponential time in the number of ``*``.
    """
    tokens = list(_tokens(pattern))
    if len(pattern) > _LONGEST or tokens.count(("wildcard", "*")) > _MOST_STARS:
        raise InvalidInput(
            "pattern_too_complex",
            f"a pattern has at most {_LONGEST} characters and {_MOST_STARS} times «*»; this one has "
            f"{len(pattern)} and {tokens.count(('wildcard', '*'))}",
        )
    write = _glob if is_sqlite else _sql
    return "".join(write(*token) for token in tokens)


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    """``("wildcard", "*" or "?")`` and ``("literal", character)``; several ``*`` in a row are one."""
    characters = iter(pattern)
    last = ""
    for character in characters:
        if character == "\\":
            yield "literal", next(characters, "\\")
            last = ""
        elif character == "*" and last == "*":
            continue
        elif character in "*?":
            yield "wildcard", character
            last = character
        else:
            yield "literal", character
            last = ""


def _glob(role: str, character: str) -> str:
    return f"[{character}]" if role == "literal" and character in "*?[" else character


def _sql(role: str, character: str) -> str:
    if role == "wildcard":
        return "%" if character == "*" else "_"
    return "\\" + character if character in "%_\\" else character
