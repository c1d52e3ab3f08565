r"""Replacements: ``$1`` is a group, ``\$`` a dollar, ``\\`` a backslash (XPath functions 2.0, 7.6.3)."""

from __future__ import annotations

from laneway.expressions.limits import MAX_STRING_LENGTH
from laneway.expressions.regex.pattern import Found, Pattern
from laneway.expressions.run import Run

__all__ = ["replaced"]

_DIGITS = frozenset("0123456789")


def replaced(pattern: Pattern, text: str, replacement: str, run: Run, *, literal: bool = False) -> str | None:
    """Replace all matches; null for a pattern that fits the empty text, and for a replacement that can't be read.

    Parameters
    ----------
    literal
        Flag q: the replacement stands for itself (XPath functions 3.0, 5.6.4).
    """
    if pattern.is_found("", run):
        run.warn("replace: the pattern fits the empty text.")
        return None
    parts = [replacement] if literal else _parts(replacement, pattern.groups)
    if parts is None:
        run.warn(
            r"In a replacement $ is followed by the number of a group; write \$ for a dollar and \\ for a backslash."
        )
        return None
    pieces: list[str] = []
    end = length = 0
    for found in pattern.matches(text, run):
        pieces.append(text[end : found.start])
        for part in parts:
            piece = part if isinstance(part, str) else _group(found, part, text)
            pieces.append(piece)
            length += len(piece)
        run.charge(len(parts) + 1)
        if length > MAX_STRING_LENGTH:
            run.charge_text(length)
        end = found.end
    run.charge_text(length + len(text))
    pieces.append(text[end:])
    return "".join(pieces)


def _group(found: Found, number: int, text: str) -> str:
    return text[found.start : found.end] if number == 0 else found.groups[number - 1] or ""


def _parts(replacement: str, groups: int) -> list[str | int] | None:
    """Split a replacement into texts and numbers of groups; None if it can't be read."""
    parts: list[str | int] = []
    plain: list[str] = []
    position, length = 0, len(replacement)
    while position < length:
        character = replacement[position]
        following = replacement[position + 1 : position + 2]
        if character == "\\":
            if following not in ("\\", "$"):
                return None
            plain.append(following)
            position += 2
        elif character == "$":
            if following not in _DIGITS:
                return None
            end = position + 2
            # As many digits as there is a group for; a first digit too high is a group that took nothing.
            while replacement[end : end + 1] in _DIGITS and int(replacement[position + 1 : end + 1]) <= groups:
                end += 1
            number = int(replacement[position + 1 : end])
            if number <= groups:
                parts += ["".join(plain), number] if plain else [number]
                plain = []
            position = end
        else:
            plain.append(character)
            position += 1
    if plain:
        parts.append("".join(plain))
    return parts
