r"""The same regular expression in RE2's syntax, every set of characters written out as its ranges.

So nothing depends on what RE2 means by ``\w``, by its flags or by its version of Unicode. What RE2 has no syntax for, or
no room for, goes to ``matcher``.
"""

from __future__ import annotations

from functools import lru_cache

from laneway.expressions.regex.characters import Characters
from laneway.expressions.regex.syntax import Anchor, Choice, Group, Node, OneOf, Reference, Regex, Repeat, Sequence

__all__ = ["TooLarge", "translated"]

_MOST_RANGES = 6_000
_MOST_REPEATS = 1_000
_SURROGATES = (0xD800, 0xDFFF)
_NOTHING = "[^\\x{0}-\\x{10ffff}]"


class TooLarge(Exception):
    """It can't be said, or not within reason."""


def translated(regex: Regex) -> str:
    """Write a regular expression for RE2; raises TooLarge."""
    if regex.references:
        raise TooLarge
    writer = _Writer()
    text = writer.write(regex.root)
    return f"(?m){text}" if regex.line_anchors else text


class _Writer:
    def __init__(self) -> None:
        self.ranges = 0

    def write(self, node: Node) -> str:
        match node:
            case OneOf():
                self.ranges += len(node.characters)
                if self.ranges > _MOST_RANGES:
                    raise TooLarge
                return _set(node.characters)
            case Sequence():
                return "".join(
                    f"(?:{self.write(part)})" if isinstance(part, Choice) else self.write(part) for part in node.parts
                )
            case Choice():
                return "|".join(self.write(branch) for branch in node.branches)
            case Group():
                return f"({'?:' if node.number is None else ''}{self.write(node.body)})"
            case Repeat():
                return self.repeated(node)
            case Anchor():
                return {"start": r"\A", "end": r"\z", "line start": "^", "line end": "$"}[node.kind]
            case Reference():
                raise TooLarge

    def repeated(self, node: Repeat) -> str:
        if node.least > _MOST_REPEATS or (node.most or 0) > _MOST_REPEATS:
            raise TooLarge
        body = f"(?:{self.write(node.body)})"
        match node.least, node.most:
            case 0, 1:
                sign = "?"
            case 0, None:
                sign = "*"
            case 1, None:
                sign = "+"
            case least, None:
                sign = f"{{{least},}}"
            case least, most:
                sign = f"{{{least},{most}}}"
        return body + sign + ("?" if node.lazy else "")


@lru_cache(maxsize=256)
def _set(characters: Characters) -> str:
    pieces: list[str] = []
    for low, high in characters:
        # Halves of surrogate pairs don't occur in what RE2 reads.
        if low < _SURROGATES[0] and high > _SURROGATES[1]:
            pieces.append(_range(low, _SURROGATES[0] - 1) + _range(_SURROGATES[1] + 1, high))
        elif not (_SURROGATES[0] <= low and high <= _SURROGATES[1]):
            pieces.append(_range(low, high))
    if not pieces:
        return _NOTHING
    if len(characters) == 1 and characters[0][0] == characters[0][1]:
        return pieces[0]
    return f"[{''.join(pieces)}]"


def _range(low: int, high: int) -> str:
    if _SURROGATES[0] <= low <= _SURROGATES[1]:
        low = _SURROGATES[1] + 1
    if _SURROGATES[0] <= high <= _SURROGATES[1]:
        high = _SURROGATES[0] - 1
    return _character(low) if low == high else f"{_character(low)}-{_character(high)}"


def _character(point: int) -> str:
    character = chr(point)
    return character if character.isascii() and character.isalnum() else f"\\x{{{point:x}}}"
