r"""Reads the regular expressions of XPath functions 2.0, 7.6.1: those of XML Schema part 2, appendix F, with ``^`` and ``$``,
lazy quantifiers, back-references and groups that are captured; of 3.1 also ``(?:…)``.

What neither has is an error, which FEEL makes null: ``\b``, ``\e``, ``\/``, look-around, a brace or bracket without a backslash.
"""

from __future__ import annotations

from typing import NoReturn

from laneway.expressions.regex.blocks import BLOCKS
from laneway.expressions.regex.characters import (
    ANYTHING,
    CATEGORIES,
    NAME_CHARACTERS,
    NAME_START,
    SPACES,
    Characters,
    category,
    complement,
    difference,
    single,
    union,
    with_variants,
    word_characters,
)
from laneway.expressions.regex.syntax import Anchor, Choice, Group, Node, OneOf, Reference, Regex, Repeat, Sequence

__all__ = ["RegexError", "parse_regex"]

_MOST_LEVELS = 60
_MOST_REPEATS = 10**9
_SINGLE = {"n": "\n", "r": "\r", "t": "\t", **{sign: sign for sign in "\\|.?*+(){}-[]^$"}}
_WHITE_SPACE = "\t\n\r "


class RegexError(Exception):
    """The text is no regular expression; the message says why and where."""


def parse_regex(text: str, flags: str) -> Regex:
    """Read a pattern with flags of ``smixq``; raises RegexError."""
    if "q" in flags:
        parts = [OneOf(_case(single(ord(character)), "i" in flags)) for character in text]
        return Regex(Sequence(tuple(parts)), 0, False, False)
    if "x" in flags:
        text = _without_spaces(text)
    return _Parser(text, flags).regex()


def _case(characters: Characters, ignored: bool) -> Characters:
    return with_variants(characters) if ignored else characters


def _without_spaces(text: str) -> str:
    """White space is left out but inside brackets (flag x)."""
    kept: list[str] = []
    depth = 0
    escaped = False
    for character in text:
        if character in _WHITE_SPACE and not depth:
            continue
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "[":
            depth += 1
        elif character == "]" and depth:
            depth -= 1
        kept.append(character)
    return "".join(kept)


class _Parser:
    def __init__(self, text: str, flags: str) -> None:
        self.text = text
        self.at = 0
        self.ignore_case = "i" in flags
        self.lines = "m" in flags
        self.wildcard = ANYTHING if "s" in flags else complement(((10, 10),))
        self.groups = 0
        self.closed: set[int] = set()
        self.level = 0
        self.references = False
        self.line_anchors = False

    def fail(self, reason: str) -> NoReturn:
        raise RegexError(f"{reason} at character {self.at + 1}")

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def regex(self) -> Regex:
        root = self.choice()
        if self.at < len(self.text):
            self.fail(") without (")
        return Regex(root, self.groups, self.references, self.line_anchors)

    def choice(self) -> Node:
        self.level += 1
        if self.level > _MOST_LEVELS:
            self.fail("parentheses nested too deeply")
        branches = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.branch())
        self.level -= 1
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def branch(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.peek() not in "|)":
            parts.append(self.quantified(self.atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def quantified(self, atom: Node) -> Node:
        sign = self.peek()
        if sign in ("?", "*", "+"):
            self.at += 1
            least, most = (1 if sign == "+" else 0), (1 if sign == "?" else None)
        elif sign == "{":
            least, most = self.counts()
        else:
            return atom
        lazy = self.peek() == "?"
        self.at += lazy
        return Repeat(atom, least, most, lazy)

    def counts(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        if end < 0:
            self.fail("{ without }")
        low, comma, high = self.text[self.at + 1 : end].partition(",")
        pieces = [low, high] if comma and high else [low]
        if not all(piece.isascii() and piece.isdigit() for piece in pieces):
            self.fail("{…} holds a number or two")
        if any(len(piece.lstrip("0")) > 9 for piece in pieces):
            self.fail(f"more than {_MOST_REPEATS} times")
        least, most = int(low), (int(high) if high else None if comma else int(low))
        if most is not None and most < least:
            self.fail("{n,m} with n above m")
        self.at = end + 1
        return least, most

    def atom(self) -> Node:
        character = self.peek()
        match character:
            case "(":
                return self.group()
            case "[":
                self.at += 1
                return OneOf(self.bracket())
            case ".":
                self.at += 1
                return OneOf(self.wildcard)
            case "^" | "$":
                self.at += 1
                self.line_anchors = self.line_anchors or self.lines
                if character == "^":
                    return Anchor("line start" if self.lines else "start")
                return Anchor("line end" if self.lines else "end")
            case "\\":
                if self.text[self.at + 1 : self.at + 2] in tuple("123456789"):
                    return self.reference()
                return OneOf(self.escape(ranged=False))
            case "?" | "*" | "+" | "{" | "}" | "]":
                self.fail(f"{character} must be written \\{character} or follow what it counts")
        self.at += 1
        return OneOf(self.case(ord(character)))

    def case(self, point: int, last: int | None = None) -> Characters:
        return _case(((point, point if last is None else last),), self.ignore_case)

    def group(self) -> Node:
        self.at += 1
        number: int | None = None
        if self.peek(2) == "?:":
            self.at += 2
        else:
            self.groups += 1
            number = self.groups
        body = self.choice()
        if self.peek() != ")":
            self.fail("( without )")
        self.at += 1
        if number is not None:
            self.closed.add(number)
        return Group(number, body)

    def reference(self) -> Node:
        r"""``\1`` to ``\9`` always, a further digit only where so many groups have begun (7.6.1)."""
        end = self.at + 2
        while (digit := self.text[end : end + 1]) and digit in "0123456789":
            if int(self.text[self.at + 1 : end + 1]) > self.groups:
                break
            end += 1
        number = int(self.text[self.at + 1 : end])
        if number not in self.closed:
            self.fail(f"\\{number} refers to a group that isn't closed before")
        self.at = end
        self.references = True
        return Reference(number, self.ignore_case)

    def escape(self, *, ranged: bool) -> Characters:
        """An escape: of one character, of a class, of a category or block."""
        kind = self.text[self.at + 1 : self.at + 2]
        if kind in _SINGLE and kind:
            self.at += 2
            point = ord(_SINGLE[kind])
            return single(point) if ranged else self.case(point)
        if kind in ("p", "P"):
            return self.property(negated=kind == "P")
        found: Characters
        match kind.lower():
            case "s":
                found = SPACES
            case "d":
                found = category("Nd")
            case "w":
                found = word_characters()
            case "i":
                found = NAME_START
            case "c":
                found = NAME_CHARACTERS
            case _:
                self.fail(f"there is no escape \\{kind}")
        self.at += 2
        return complement(found) if kind.isupper() else found

    def property(self, *, negated: bool) -> Characters:
        end = self.text.find("}", self.at)
        if self.text[self.at + 2 : self.at + 3] != "{" or end < 0:
            self.fail("\\p is followed by a category in braces, as \\p{L}")
        name = self.text[self.at + 3 : end]
        if name in CATEGORIES:
            found = category(name)
        elif name.startswith("Is") and name[2:] in BLOCKS:
            found = (BLOCKS[name[2:]],)
        else:
            self.fail(f"there is no category or block {name[:40]}")
        self.at = end + 1
        return complement(found) if negated else found

    def bracket(self) -> Characters:
        """What stands between brackets, up to and with the closing one; ``[a-z-[aeiou]]`` takes a class away."""
        self.level += 1
        if self.level > _MOST_LEVELS:
            self.fail("brackets nested too deeply")
        negated = self.peek() == "^"
        self.at += negated
        start = self.at
        pieces: list[Characters] = []
        without: Characters = ()
        while self.peek() != "]":
            if self.at >= len(self.text):
                self.fail("[ without ]")
            if self.peek(2) == "-[" and self.at > start:
                self.at += 2
                without = self.bracket()
                if self.peek() != "]":
                    self.fail("nothing can follow a class that is taken away")
                break
            pieces.append(self.bracket_item(first=self.at == start))
        if not pieces:
            self.fail("[] is empty")
        self.at += 1
        self.level -= 1
        found = union(*dict.fromkeys(pieces))
        return difference(complement(found) if negated else found, without)

    def bracket_item(self, *, first: bool) -> Characters:
        character = self.peek()
        if character == "[":
            self.fail("[ inside brackets must be written \\[")
        if character == "-" and not (first or self.text[self.at + 1 : self.at + 2] == "]" or self._subtracts(1)):
            self.fail("- inside brackets stands first, last, or between two characters")
        low: int | None
        if character == "\\":
            escaped = self.text[self.at + 1 : self.at + 2]
            found = self.escape(ranged=True)
            if escaped not in _SINGLE:
                return found
            low = found[0][0]
        else:
            low = ord(character)
            self.at += 1
            if character == "-":
                return self.case(low)
        if self.peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("]", "[", ""):
            return self.case(low)
        self.at += 1
        last = self.peek()
        if last == "\\":
            escaped = self.text[self.at + 1 : self.at + 2]
            if escaped not in _SINGLE:
                self.fail("a range ends with one character")
            high = self.escape(ranged=True)[0][0]
        elif last == "-":
            if self.text[self.at + 1 : self.at + 2] != "]":
                self.fail("- inside brackets stands first, last, or between two characters")
            self.fail("a range can't end with -; write \\-")
        else:
            high = ord(last)
            self.at += 1
        if high < low:
            self.fail("a range that runs backwards")
        return self.case(low, high)

    def _subtracts(self, offset: int) -> bool:
        return self.text.startswith("-[", self.at + offset)
