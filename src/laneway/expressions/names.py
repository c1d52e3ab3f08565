"""How a FEEL parser finds out where a name ends.

A FEEL name may hold spaces and, if it is known to be in scope, operators and keywords (DMN 1.5, 10.3.1.4 and 10.3.1.5: the
longest name in scope that fits wins). Unknown words beside each other are one name too, because nothing else could be meant;
so ``Monthly Salary * 12`` reads as expected with no knowledge of the scope.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple, NoReturn

from laneway.expressions import nodes
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.hints import FIRST_WORD_HINTS, FUNCTION_HINTS, LATER_WORD_HINTS, WORD_HINTS
from laneway.expressions.lexer import Token, read_string, tokenize

__all__ = ["KEYWORDS", "NameReader", "pieces_of"]

KEYWORDS = frozenset({
    "true", "false", "null", "if", "then", "else", "for", "return", "in", "some", "every", "satisfies", "and", "or",
    "between", "instance", "of", "function", "external",
})  # fmt: skip
_WEAK_KEYWORDS = frozenset({"instance", "of", "external"})
"""Keywords only where they follow what they belong to; ``date of birth`` is a plain name."""

_TYPE_NAMES = sorted(
    (
        "any", "null", "number", "string", "boolean", "date", "time", "date and time", "dateTime", "days and time duration",
        "dayTimeDuration", "years and months duration", "yearMonthDuration", "list", "context", "function", "range",
    ),
    key=lambda name: -len(name.split()),
)  # fmt: skip
_TYPE_TOKENS = [(name, tuple(name.split())) for name in _TYPE_NAMES]
_NAME_SIGNS = frozenset({".", "/", "-", "’", "'", "+", "*", "**", "?"})
"""What a name may hold beside words (rules 28 and 30)."""
_BUILTINS_WITH_KEYWORDS = {
    "date": "date and time",
    "years": "years and months duration",
    "get": "get or else",
}
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=4_096)
def pieces_of(name: str) -> tuple[str, ...]:
    """Split a name into its tokens; one that no text can write has none."""
    try:
        return tuple(token.text for token in tokenize(name)[:-1])
    except ExpressionSyntaxError:
        return ()


class _Family(NamedTuple):
    """Names of several tokens that share the first one."""

    names: dict[tuple[str, ...], str]
    lengths: list[int]
    """Numbers of tokens, the most first."""


_Table = dict[str, _Family]


class NameReader:
    """The part of a parser that reads names and knows what they mean."""

    __slots__ = (
        "_bound",
        "_filters",
        "_longer",
        "_members",
        "called",
        "free",
        "functions",
        "index",
        "known",
        "optional",
        "strict",
        "text",
        "tokens",
    )

    def __init__(
        self,
        text: str,
        tokens: list[Token],
        known_names: Iterable[str] | None,
        functions: Iterable[str],
        *,
        strict: bool = True,
        members: Iterable[str] = (),
    ) -> None:
        self.strict = strict
        self.text = text
        self.tokens = tokens
        self.index = 0
        self.known = None if known_names is None else frozenset(known_names)
        self.functions = functions if isinstance(functions, (frozenset, dict)) else frozenset(functions)
        self.free: set[str] = set()
        self.optional: set[str] = set()
        self.called: set[str] = set()
        self._bound: list[set[str]] = []
        self._filters = 0
        self._longer: _Table = {}
        self._members: _Table = {}
        for name in self.known or ():
            if not name.isidentifier():
                _learn(self._longer, name)
        for name in members:
            if not name.isidentifier():
                _learn(self._members, name)

    def fail(self, token: Token, expected: str, hint: str | None = None) -> NoReturn:
        """Stop with the column, what stands there and what could have."""
        raise ExpressionSyntaxError(f"Found {token.text}", self.text, token.start + 1, token.text, expected, hint)

    # Scopes

    def push_scope(self, names: Iterable[str], *, filtering: bool = False) -> None:
        self._bound.append(set())
        self._filters += filtering
        for name in names:
            self.bind(name)

    def pop_scope(self, *, filtering: bool = False) -> None:
        names = self._bound.pop()
        self._filters -= filtering
        for name in names:
            if not name.isidentifier() and not self.is_local(name):
                self._forget(name)

    def bind(self, name: str) -> None:
        self._bound[-1].add(name)
        if not name.isidentifier():
            _learn(self._longer, name)

    def member(self, name: str) -> None:
        """Note a key, which paths and filters may speak of from here on."""
        if not name.isidentifier():
            _learn(self._members, name)

    def forget_scopes(self) -> None:
        """Start again after an attempt that failed inside them."""
        while self._bound:
            self.pop_scope()
        self._filters = 0

    def is_local(self, name: str) -> bool:
        return any(name in names for names in self._bound)

    def _forget(self, name: str) -> None:
        if self.known is None or name not in self.known:
            pieces = pieces_of(name)
            if len(pieces) > 1:
                self._longer[pieces[0]].names.pop(pieces, None)

    # Reading

    def _fits(self, pieces: tuple[str, ...]) -> bool:
        tokens, index = self.tokens, self.index
        return index + len(pieces) < len(tokens) and all(
            tokens[index + offset].text == piece for offset, piece in enumerate(pieces)
        )

    def longest(self, table: _Table, *, words_only: bool = False) -> str:
        """Read the longest name of a table that stands here, if one does."""
        tokens, index = self.tokens, self.index
        family = table.get(tokens[index].text)
        if family is None:
            return ""
        for length in family.lengths:
            pieces = tuple(token.text for token in tokens[index : index + length])
            name = family.names.get(pieces)
            if name is not None and not (words_only and not all(piece.isidentifier() for piece in pieces)):
                self.index += length
                return name
        return ""

    def name(self) -> str:
        """Read the name that begins here."""
        tokens = self.tokens
        first = tokens[self.index]
        name = self.longest(self._longer) if self._longer else ""
        if not name and self._filters and self._members:
            name = self.longest(self._members)
        if not name:
            builtin = _BUILTINS_WITH_KEYWORDS.get(first.text)
            if builtin is not None:
                pieces = tuple(builtin.split())
                if self._fits((*pieces, "(")):
                    self.index += len(pieces)
                    return builtin
            name = first.text
            self.index += 1
        token = tokens[self.index]
        if token.kind != "word" or not self._continues(token):
            return name
        words = [name]
        while token.kind == "word" and self._continues(token):
            words.append(token.text)
            self.index += 1
            token = tokens[self.index]
        return self._several_words(first, words)

    def _continues(self, token: Token) -> bool:
        if token.text not in KEYWORDS:
            return True
        if token.text not in _WEAK_KEYWORDS:
            return False
        following = self.tokens[self.index + 1]
        if token.text == "instance":
            return following.text != "of"
        return token.text != "of" or self.tokens[self.index - 1].text != "instance"

    def _several_words(self, first: Token, words: list[str]) -> str:
        name = " ".join(words)
        if self._known(name):
            return name
        if "is" in words[1:] or "IS" in words[1:]:
            position = words.index("is" if "is" in words[1:] else "IS", 1)
            following = self.tokens[self.index]
            after = [*words[position + 1 :], *([following.text] if following.text in _CONSTANTS else [])]
            sign = "!=" if after[:1] in (["not"], ["NOT"]) else "="
            left, right = " ".join(words[:position]), " ".join(after[sign == "!=" :]) or "…"
            hint = f"Write {sign} to compare: {left} {sign} {right}. For a name with spaces write `{name}`."
            self.fail(first, "one name", hint)
        for word in words[1:]:
            if word in LATER_WORD_HINTS:
                self.fail(first, "one name", LATER_WORD_HINTS[word])
        if words[-1] == "not":
            self.fail(first, "one name", "Write not(…) around the whole test: not(a in b).")
        if words[0] in FIRST_WORD_HINTS:
            self.fail(first, "one name", FIRST_WORD_HINTS[words[0]])
        return name

    def _known(self, name: str) -> bool:
        return self.is_local(name) or name in self.functions or (self.known is not None and name in self.known)

    def property_name(self) -> str:
        """Read the name after a dot; its first word may be a keyword, since a key of a JSON object may."""
        token = self.tokens[self.index]
        if token.kind == "quoted":
            self.index += 1
            return token.text[1:-1]
        if self._members and (name := self.longest(self._members)):
            return name
        if token.kind != "word":
            hint = "Elements of a list are picked in brackets, the first one as list[1]."
            self.fail(token, "the name of a property", hint if token.kind == "number" or token.text == "[" else None)
        return self.name()

    def binding_name(self, *ends: str, hint: str | None = None) -> str:
        """Read a name that is being given, up to one of ``ends``: words, and the signs that names may hold."""
        token = self.tokens[self.index]
        if token.kind in ("string", "quoted"):
            self.index += 1
            return read_string(token.text) if token.kind == "string" else token.text[1:-1]
        if token.kind != "word" and token.text != "?":
            self.fail(token, "a name", hint)
        start, end = token.start, token.end
        self.index += 1
        token = self.tokens[self.index]
        while not (token.text in ends and token.kind in ("sign", "word")):
            if token.kind not in ("word", "number") and token.text not in _NAME_SIGNS:
                break
            end = token.end
            self.index += 1
            token = self.tokens[self.index]
        return _SPACES.sub(" ", self.text[start:end])

    def argument_name(self) -> str | None:
        """Read ``name:`` of a named argument if one stands here."""
        tokens, start = self.tokens, self.index
        index = start
        if tokens[index].kind == "quoted":
            index += 1
        while tokens[index].kind == "word" or (
            index > start and (tokens[index].kind == "number" or tokens[index].text in _NAME_SIGNS)
        ):
            index += 1
        if index == start or tokens[index].text != ":" or tokens[index].kind != "sign":
            return None
        self.index = index + 1
        if tokens[start].kind == "quoted":
            return tokens[start].text[1:-1]
        return _SPACES.sub(" ", self.text[tokens[start].start : tokens[index - 1].end])

    def type_name(self) -> str | None:
        """Read the name of a type: FEEL's own (rule 52)."""
        tokens, start = self.tokens, self.index
        for name, pieces in _TYPE_TOKENS:
            if self._fits(pieces) or (len(pieces) == 1 and tokens[start].text.lower() == name):
                following = tokens[start + len(pieces)]
                if not self.strict and (
                    following.text == "."
                    or (following.kind == "word" and following.text not in KEYWORDS - _WEAK_KEYWORDS)
                ):
                    return None  # an item definition, or an import, whose name begins with that of a type
                self.index += len(pieces)
                return name
        return None

    def reference(self, name: str, start: int) -> nodes.Node:
        """Say what a name that was read stands for, and note what the expression needs from outside."""
        if self.is_local(name):
            return nodes.Name(start, name, local=True)
        following = self.tokens[self.index]
        calls = following.text == "(" and following.kind == "sign"
        known = self.known is not None and name in self.known
        if name in WORD_HINTS and not known:
            self.fail(self.tokens[self.index - 1], "an expression", WORD_HINTS[name])
        if calls and not known:
            if name in self.functions:
                self.called.add(name)
                return nodes.Builtin(start, name)
            if self.strict and not self._filters:
                self._unknown_function(name, start)
        (self.optional if self._filters else self.free).add(name)
        return nodes.Name(start, name)

    def _unknown_function(self, name: str, start: int) -> NoReturn:
        hint = FUNCTION_HINTS.get(name.lower())
        if hint is None:
            close = get_close_matches(name.lower(), list(self.functions), 1, 0.75)
            hint = f"Did you mean {close[0]}(…)?" if close else "See the list of functions in the documentation."
        raise ExpressionSyntaxError(
            f"There is no function {name}", self.text, start + 1, name, "a function of FEEL", hint
        )


_CONSTANTS = ("null", "true", "false")


def _learn(table: _Table, name: str) -> None:
    """Remember a name of several tokens, so that it is recognised as a whole."""
    pieces = pieces_of(name)
    if len(pieces) > 1:
        family = table.setdefault(pieces[0], _Family({}, []))
        family.names.setdefault(pieces, name)
        if len(pieces) not in family.lengths:
            family.lengths.append(len(pieces))
            family.lengths.sort(reverse=True)
