"""Reading signs and words one after the other, and saying what was probably meant where another one stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.hints import SIGN_HINTS, UNIT_HINTS, WORD_HINTS
from laneway.expressions.lexer import Token, tokenize
from laneway.expressions.names import KEYWORDS, NameReader

__all__ = ["BEGINS_WITH_KEYWORD", "BEGINS_WITH_SIGN", "CLOSING", "COMPARISON_SIGNS", "TokenReader"]

COMPARISON_SIGNS = frozenset({"=", "!=", "<", "<=", ">", ">="})
BEGINS_WITH_SIGN = frozenset({"(", "[", "]", "{", "-", "?"})
BEGINS_WITH_KEYWORD = frozenset({"true", "false", "null", "if", "for", "some", "every", "function"})
CLOSING = {"(": ")", "[": "]", "{": "}"}


class TokenReader(NameReader):
    """The part of a parser that goes from token to token."""

    __slots__ = ("depth", "unary")

    def __init__(
        self,
        text: str,
        known_names: Iterable[str] | None,
        functions: Iterable[str],
        *,
        strict: bool = True,
        members: Iterable[str] = (),
    ) -> None:
        super().__init__(text, tokenize(text), known_names, functions, strict=strict, members=members)
        self.depth = 0
        self.unary = False

    def fail(self, token: Token, expected: str, hint: str | None = None) -> NoReturn:
        hint = hint or self.remedy(token)
        if token.kind == "end":
            message, found = f"The expression ends where {expected} should be", ""
            if not self.text.strip():
                message = "The expression is empty"
        else:
            found = token.text if len(token.text) <= 40 else token.text[:39] + "…"
            message = f"Found {found} where {expected} should be"
        raise ExpressionSyntaxError(message, self.text, token.start + 1, found, expected, hint)

    def remedy(self, token: Token) -> str | None:
        """Guess what was meant by what stands in the wrong place."""
        place = next((index for index, other in enumerate(self.tokens) if other.start >= token.start), 0)
        before = self.tokens[place - 1].text if place else ""
        after = self.tokens[place + 1].text if place + 1 < len(self.tokens) else ""
        text = token.text
        if token.kind == "end":
            if before == "]" and place > 1 and self.tokens[place - 2].text == ",":
                return "Remove the comma before ]."
            return self._unclosed(token)
        if text in (")", "]", "}"):
            return f"Remove the comma before {text}." if before == "," else self._unclosed(token)
        if text in COMPARISON_SIGNS and before in ("and", "or"):
            return "Name what is compared each time: x > 5 and x < 10; or write a range: x in (5..10)."
        if before == "!=" and text == "=":
            return "Write != for unequal."
        if before in ("=", ">", "<", "!") and text in ("=", "<", ">"):
            return "The signs are <=, >= and !=, written without a space."
        if text == "?" and after in (".", "?"):
            return "Write a.b, which is null where a is; get or else(a, b) for a default."
        if text == "for" and token.kind == "word":
            return "Write for x in list return x."
        if text == "{" and before == "{":
            return "Write the name of a variable alone, without braces."
        if text in KEYWORDS and token.kind == "word" and text not in BEGINS_WITH_KEYWORD:
            return f"{text} is a word of FEEL; a variable of that name is written `{text}`, in backticks."
        return SIGN_HINTS.get(text) or WORD_HINTS.get(text)

    def _unclosed(self, end: Token) -> str | None:
        opened: list[Token] = []
        for token in self.tokens:
            if token.start >= end.start:
                break
            if token.kind != "sign":
                continue
            if token.text in CLOSING:
                opened.append(token)
            elif opened and token.text == CLOSING[opened[-1].text]:
                opened.pop()
        if not opened:
            return None
        return (
            f"The {opened[-1].text} at column {opened[-1].start + 1} is not closed: add a {CLOSING[opened[-1].text]}."
        )

    def expect(self, sign: str, expected: str, hint: str | None = None) -> Token:
        token = self.tokens[self.index]
        if token.text != sign or token.kind not in ("sign", "word"):
            self.fail(token, expected, hint)
        self.index += 1
        return token

    def at(self, sign: str) -> bool:
        token = self.tokens[self.index]
        return token.text == sign and token.kind == "sign"

    def expect_end(self) -> None:
        token = self.tokens[self.index]
        if token.kind == "end":
            return
        hint = None
        before = self.tokens[self.index - 1]
        if token.kind == "string":
            hint = "Texts are joined with +."
        elif token.text in ")]}":
            hint = f"There is a {token.text} too many."
        elif token.text == "," and before.kind == "number":
            hint = "Numbers have a point and nothing between the thousands: 1234.5. Several values go in a list [a, b]."
        elif token.text == "," or token.text == ":":
            hint = "Several values go in a list [a, b] or a context {a: 1}."
        elif token.text == "if":
            hint = "Write if a then b else c."
        elif token.text == "for":
            hint = "Write for x in list return x."
        elif before.kind == "number" and token.kind == "word" and token.text not in KEYWORDS:
            hint = UNIT_HINTS.get(
                token.text.lower().removesuffix("s"), f"Write {before.text} * {token.text} to multiply."
            )
        elif token.text == "-" or token.kind == "number" or token.text == "{":
            hint = "An operator is missing before it."
        self.fail(token, "an operator or the end", hint)

    def begins_expression(self, token: Token) -> bool:
        if token.kind == "word":
            return token.text not in KEYWORDS or token.text in BEGINS_WITH_KEYWORD
        return token.kind not in ("sign", "end") or token.text in BEGINS_WITH_SIGN
