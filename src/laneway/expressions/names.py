"""How a FEEL parser finds out where a name ends.

A FEEL name may hold spaces and, if it is known to be in scope, operators and keywords (DMN 1.5, 10.3.1.4 and 10.3.1.5: the
longest name in scope that fits wins). Unknown words beside each other are one name too, because nothing else could be meant;
so ``Monthly Salary * 12`` reads as expected with no knowledge of the scope.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn

from laneway.expressions import nodes
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.hints import FUNCTION_HINTS, WORD_HINTS
from laneway.expressions.lexer import Token, read_string, tokenize

__all__ = ["KEYWORDS", "NameReader"]

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
_BUILTINS_WITH_KEYWORDS = {
    "date": "date and time",
    "years": "years and months duration",
    "get": "get or else",
}
_SPACES = re.compile(r"\s+")


class NameReader:
    """The part of a parser that reads names and knows what they mean."""

    __slots__ = (
        "_bound",
        "_filters",
        "_longer",
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
        self._longer: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in self.known or ():
            self._learn(name)

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
            self._learn(name)

    def is_local(self, name: str) -> bool:
        return any(name in names for names in self._bound)

    def _learn(self, name: str) -> None:
        """Remember a name of several tokens, so that it is recognised as a whole; longest first."""
        if name.isidentifier():
            return
        try:
            pieces = tuple(token.text for token in tokenize(name)[:-1])
        except ExpressionSyntaxError:
            return
        if len(pieces) > 1:
            candidates = self._longer.setdefault(pieces[0], [])
            if (pieces, name) not in candidates:
                candidates.append((pieces, name))
                candidates.sort(key=lambda candidate: -len(candidate[0]))

    def _forget(self, name: str) -> None:
        if self.known is None or name not in self.known:
            for first, candidates in self._longer.items():
                self._longer[first] = [candidate for candidate in candidates if candidate[1] != name]

    # Reading

    def _fits(self, pieces: tuple[str, ...]) -> bool:
        tokens, index = self.tokens, self.index
        return index + len(pieces) < len(tokens) and all(
            tokens[index + offset].text == piece for offset, piece in enumerate(pieces)
        )

    def name(self) -> str:
        """Read the name that begins here."""
        tokens = self.tokens
        first = tokens[self.index]
        name = ""
        if self._longer:
            for pieces, candidate in self._longer.get(first.text, ()):
                if self._fits(pieces):
                    name = candidate
                    self.index += len(pieces)
                    break
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
        if "is" in words[1:] and not self._known(name):
            position = words.index("is", 1)
            left, right = " ".join(words[:position]), " ".join(words[position + 1 :]) or "…"
            sign, right = ("!=", right.removeprefix("not ")) if right.startswith("not ") else ("=", right)
            hint = f"Write {sign} to compare: {left} {sign} {right}. For a name with spaces write `{name}`."
            self.fail(first, "one name", hint)
        shouted = next((word for word in words[1:] if word in ("AND", "OR")), None)
        if shouted and not self._known(name):
            self.fail(first, "one name", WORD_HINTS[shouted])
        if words[-1] == "not" and not self._known(name):
            self.fail(first, "one name", "Write not(…) around the whole test: not(a in b).")
        return name

    def _known(self, name: str) -> bool:
        return self.is_local(name) or name in self.functions or (self.known is not None and name in self.known)

    def property_name(self) -> str:
        """Read the name after a dot; its first word may be a keyword, since a key of a JSON object may."""
        token = self.tokens[self.index]
        if token.kind == "quoted":
            self.index += 1
            return token.text[1:-1]
        if token.kind != "word":
            self.fail(token, "the name of a property")
        return self.name()

    def binding_name(self, *ends: str) -> str:
        """Read a name that is being given, up to one of ``ends``: words, and the signs that names may hold."""
        token = self.tokens[self.index]
        if token.kind in ("string", "quoted"):
            self.index += 1
            return read_string(token.text) if token.kind == "string" else token.text[1:-1]
        if token.kind != "word":
            self.fail(token, "a name")
        start, end = token.start, token.end
        self.index += 1
        token = self.tokens[self.index]
        while not (token.text in ends and token.kind in ("sign", "word")):
            if token.kind not in ("word", "number") and token.text not in ("-", "+", "*", "**", "/", ".", "'"):
                break
            end = token.end
            self.index += 1
            token = self.tokens[self.index]
        return _SPACES.sub(" ", self.text[start:end])

    def argument_name(self) -> str | None:
        """Read ``name:`` of a named argument if one stands here."""
        index = self.index
        while self.tokens[index].kind == "word":
            index += 1
        if index == self.index or self.tokens[index].text != ":" or self.tokens[index].kind != "sign":
            return None
        name = " ".join(token.text for token in self.tokens[self.index : index])
        self.index = index + 1
        return name

    def type_name(self) -> str | None:
        for name, pieces in _TYPE_TOKENS:
            if self._fits(pieces) or (len(pieces) == 1 and self.tokens[self.index].text.lower() == name):
                following = self.tokens[self.index + len(pieces)]
                if not self.strict and following.kind == "word" and following.text not in KEYWORDS:
                    return None  # an item definition whose name begins with that of a type
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
