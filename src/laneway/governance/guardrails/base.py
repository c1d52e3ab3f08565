"""What a guardrail is, and how those that look at texts walk through variables."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from typing import Any, Final, Protocol

from laneway.domain.contract import GuardrailDecision
from laneway.governance.numbers import pointer

MAX_FOUND = 20
"""Findings that are told; more are the same trouble."""
MOST_MARKS: Final = 30
"""Marks that are taken together with the letter before them (UAX 15, "Stream-Safe Text Format"). To put many in order takes the square of their
number, in one call that lets no other thread of the process run."""

ALL_DECISIONS: Final[frozenset[GuardrailDecision]] = frozenset({"redact", "block", "ask"})


@dataclass(frozen=True, slots=True)
class Found:
    """``what`` was found at ``pointer`` (RFC 6901), never the value itself: it ends up in records and incidents."""

    pointer: str
    what: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """``redacted``: the content with everything that was found taken out; None where that cannot be done."""

    found: tuple[Found, ...] = ()
    redacted: Mapping[str, Any] | None = None


class Guardrail(Protocol):
    """Made once from its config and asked for many contents, from several threads.

    ``decisions``: what a contract may ask of it; ``default``: what it does where the contract does not say.
    """

    @property
    def decisions(self) -> frozenset[GuardrailDecision]: ...

    @property
    def default(self) -> GuardrailDecision: ...

    def inspect(self, content: Mapping[str, Any]) -> Inspection:
        """Look through ``content`` (JSON). What it finds is told, never raised; an exception is a bug in it."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` is ``what``."""

    start: int
    end: int
    what: str


Finder = Callable[[str], Iterable[Span]]


class TextGuardrail:
    """Looks at every text, at every key, and at every whole number as it is written out.

    A find in a key cannot be taken out without a risk of two keys becoming one, so it is left to ``block``.
    """

    decisions = ALL_DECISIONS

    def __init__(self, find: Finder, default: GuardrailDecision, find_in_number: Finder | None = None) -> None:
        self._find = find
        self._find_in_number = find_in_number or find
        self.default = default

    def inspect(self, content: Mapping[str, Any]) -> Inspection:
        found: list[Found] = []
        clean = [True]
        redacted = self._walk(content, (), found, clean)
        return Inspection(tuple(found[:MAX_FOUND]), redacted if clean[0] else None)

    def _walk(self, value: Any, path: tuple[str | int, ...], found: list[Found], clean: list[bool]) -> Any:
        if isinstance(value, str):
            return self._of_text(value, self._find, path, found, value)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return self._of_text(_written(value), self._find_in_number, path, found, value)
        if isinstance(value, Mapping):
            walked = {}
            for key, item in value.items():
                if self._of_text(str(key), self._find, path, found, key) is not key:
                    clean[0] = False
                walked[key] = self._walk(item, (*path, key), found, clean)
            return walked
        if isinstance(value, list | tuple):
            return [self._walk(item, (*path, index), found, clean) for index, item in enumerate(value)]
        return value

    def _of_text(self, text: str, find: Finder, path: tuple[str | int, ...], found: list[Found], value: Any) -> Any:
        spans = spans_of(find, text)
        if not spans:
            return value
        found.extend(Found(pointer(path), span.what) for span in spans)
        return without(text, spans)


def spans_of(find: Finder, text: str) -> list[Span]:
    """What ``find`` finds in ``text`` as it stands, and in each of its ``views``, in order and without overlaps."""
    spans = [*find(text)]
    for view in views(text):
        spans += [
            Span(view.starts[span.start], view.ends[span.end - 1], span.what) for span in find(view.text) if span.end
        ]
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = Span(last.start, max(last.end, span.end), last.what)
        elif span.end > span.start:
            joined.append(span)
    return joined


def without(text: str, spans: Sequence[Span]) -> str:
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], f"[{span.what}]"]
        at = span.end
    return "".join([*pieces, text[at:]])


@dataclass(frozen=True, slots=True)
class View:
    """A text as it may be read. Each character stands for ``original[starts[i]:ends[i]]``."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def views(text: str) -> list[View]:
    """``text`` as a reader sees it, and without its accents; those that differ from it.

    Characters that are not seen (Unicode category Cf: zero-width, direction, tags) are left out, look-alikes of other widths and styles
    become plain ones, and a letter and the marks that are written after it become one (NFKC): what hides a word from a pattern must not hide it
    from the guardrail. The second has no marks at all (NFKD without Mn): a dot under a letter hides nothing from a reader.
    """
    if text.isascii():
        return []
    clusters: list[tuple[int, str]] = []
    for place, character in enumerate(text):
        if clusters and unicodedata.category(character) == "Mn" and len(clusters[-1][1]) <= MOST_MARKS:
            clusters[-1] = clusters[-1][0], clusters[-1][1] + character
        else:
            clusters.append((place, character))
    found: list[View] = []
    for becomes in (_plain, bare):
        # What each becomes is asked once: a long text has few different ones, and a call waits for this.
        known = {cluster: becomes(cluster) for cluster in {cluster for _, cluster in clusters}}
        read = "".join(known[cluster] for _, cluster in clusters)
        if read != text and all(read != view.text for view in found):
            starts: list[int] = []
            ends: list[int] = []
            for place, cluster in clusters:
                many = len(known[cluster])
                starts += [place] * many
                ends += [place + len(cluster)] * many
            found.append(View(read, starts, ends))
    return found


def _plain(cluster: str) -> str:
    seen = "".join(character for character in cluster if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", seen)


def bare(text: str) -> str:
    """Without accents and other marks, and without what is not seen; look-alikes of other widths and styles made plain."""
    # Once before, so that no long row of marks is put in order, and once after, for those that letters were composed with.
    return _unmarked(unicodedata.normalize("NFKD", _unmarked(text)))


def _unmarked(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character) not in ("Mn", "Cf"))


def linear(pattern: str, *, case_sensitive: bool = True) -> Any:
    """``pattern`` compiled by RE2: linear in the text, whatever the pattern.

    Raises
    ------
    ValueError
        It cannot be read, matches the empty text, .
    """
    re2 = import_module("re2")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = case_sensitive
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "unreadable"
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(
            f"the pattern {pattern!r} cannot be read: {said}; look-around and back-references are not known"
        ) from None
    if compiled.search("") is not None:
        raise ValueError(f"the pattern {pattern!r} matches the empty text, and so everything")
    return compiled


def finder(patterns: Mapping[str, Any], accept: Callable[[str, str], bool] | None = None) -> Finder:
    """A finder of compiled ``patterns`` (what → pattern). ``accept`` has a second look at what and match."""

    def find(text: str) -> Iterable[Span]:
        # A lone surrogate, which an adapter's own words may hold, is nothing RE2 can read; its length stays.
        readable = text.encode("utf-8", "replace").decode()
        for what, pattern in patterns.items():
            for match in pattern.finditer(readable):
                start, end = match.span()
                if end > start and (accept is None or accept(what, readable[start:end])):
                    yield Span(start, end, what)

    return find


def _written(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) and abs(value.adjusted()) < 40 else str(value)
