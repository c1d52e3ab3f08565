"""FEEL text to tokens.

Names may hold spaces and, when they are known, even operators; so the lexer gives single words and the parser joins
them. Signs that other languages use (``==``, ``&&``, ``'…'``) are tokens too, so that the parser can say what to write.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.limits import MAX_TEXT_LENGTH

__all__ = ["Token", "read_string", "tokenize"]

TokenKind = Literal["number", "string", "at", "word", "quoted", "sign", "end"]

_START = (
    r"A-Za-z_\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff"
    r"\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
"""Characters that begin a name (DMN 1.5, 10.3.1.2, rule 28), less the white space that lies among them and ``?``."""
_PART = _START + r"0-9\u00b7\u0300-\u036f\u203f\u2040"

_PATTERN = re.compile(
    rf"""
      (?P<space>(?:\s|[\u180e\u200b\ufeff]|//[^\n\r]*|/\*(?s:.)*?\*/)+)
    | (?P<word>[{_START}][{_PART}]*)
    | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<string>"(?:[^"\\\n]|\\.|\n)*+")
    | (?P<quoted>`[^`\n]+`)
    | (?P<at>@\s*+"(?:[^"\\\n]|\\.)*+")
    | (?P<unclosed>/\*)
    | (?P<sign>\*\*|\.\.|<=|>=|!=|===|==|&&|\|\||<>|->|=>|:=|[-+*/<>=(){{}}\[\],:.?!%;^&|~'’])
    """,
    re.VERBOSE,
)

_ESCAPE = re.compile(r"""\\(?:([nrtbf"'\\/])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))""", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}


class Token(NamedTuple):
    kind: TokenKind
    text: str
    start: int
    end: int


def _unescape(match: re.Match[str]) -> str:
    simple, short, long, other = match.groups()
    if simple is not None:
        return _SIMPLE[simple]
    if other is not None:
        return "\\" + other
    point = int(short or long, 16)
    return chr(point) if point <= 0x10FFFF else match[0]


def read_string(token_text: str) -> str:
    """Resolve the escapes of a string between its quotes; surrogate pairs become one character."""
    body = token_text[1:-1]
    if "\\" not in body and body.isascii():
        return body
    value = _ESCAPE.sub(_unescape, body)
    if _SURROGATE.search(value):
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def tokenize(text: str) -> list[Token]:
    """Split a text; raises ExpressionSyntaxError at the first character that can't begin anything."""
    if len(text) > MAX_TEXT_LENGTH:
        raise ExpressionSyntaxError(
            f"The expression has {len(text)} characters, more than {MAX_TEXT_LENGTH}",
            text[:200],
            1,
            hint="Move the work into a decision or a service task.",
        )
    tokens: list[Token] = []
    position, length = 0, len(text)
    match_at = _PATTERN.match
    make, append = tuple.__new__, tokens.append
    while position < length:
        match = match_at(text, position)
        if match is None or match.lastgroup == "unclosed":
            raise _unreadable(text, position)
        end = match.end()
        kind = match.lastgroup
        if kind != "space":
            append(make(Token, (kind, match[0], position, end)))
        position = end
    append(Token("end", "", length, length))
    return tokens


def _unreadable(text: str, position: int) -> ExpressionSyntaxError:
    character = text[position]
    if character == '"':
        return ExpressionSyntaxError(
            "A string is not closed",
            text,
            position + 1,
            '"',
            'a closing "',
            'Every " needs a partner; inside write \\".',
        )
    if text.startswith("/*", position):
        return ExpressionSyntaxError(
            "A comment is not closed", text, position + 1, "/*", "*/", "End the comment with */."
        )
    hint = None
    if character in "“”„«»‘":
        hint = 'Write straight quotes: "…".'
    elif character == "`":
        hint = "A quoted name needs a closing `."
    elif character in "$#":
        hint = "FEEL names variables without $ or #; ${…} belongs to JUEL and stands around the whole expression."
    elif character == "@":
        hint = 'A date, time or duration literal is written @"2026-01-31".'
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return ExpressionSyntaxError(f"Unexpected character {shown}", text, position + 1, shown, "an expression", hint)
