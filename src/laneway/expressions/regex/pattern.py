"""Patterns ready for use: RE2's where it finds exactly what XPath asks for, our own matcher's otherwise.

RE2 takes time linear in the text whatever the pattern; the work is paid for before it is done. A pattern that can't be read is
null with a warning, as FEEL has it where XPath has an error (DMN 1.5, 10.3.4.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.limits import MAX_PATTERN_LENGTH
from laneway.expressions.regex.matcher import Program
from laneway.expressions.regex.measure import longest, ranges, weight
from laneway.expressions.regex.parser import RegexError, parse_regex
from laneway.expressions.regex.syntax import Regex
from laneway.expressions.regex.translation import TooLarge, translated
from laneway.expressions.run import Run

__all__ = ["Found", "Pattern", "pattern_of"]

_WORK_PER_STEP = 8
"""States times characters that RE2 goes through in one step where it must keep them apart; it seldom must."""
_LOOKED_AT_PER_STEP = 256
"""Characters that RE2 goes through in one step where it is quick, as for small patterns it is."""
_COSTS_PER_RANGE = 4
_MEMORY = 512 * 1024
_COMPILING = 500
"""Steps for reading a pattern, about as long as it takes."""
_FLAGS = frozenset("smixq")


class Found(NamedTuple):
    """A match: where it is, and what its groups took; None for one that took no part."""

    start: int
    end: int
    groups: tuple[str | None, ...]


class Pattern:
    """A compiled pattern."""

    def __init__(self, regex: Regex) -> None:
        self.groups = regex.groups
        self._line_anchors = regex.line_anchors
        self._regex = regex
        self._weight = weight(regex.root)
        self._longest = longest(regex.root)
        self.cost = _COSTS_PER_RANGE * ranges(regex.root)
        """Steps for compiling it."""
        self._program: Program | None = None
        self._automaton: Any = None
        try:
            self._automaton = _compiled(translated(regex))
        except TooLarge:
            self._program = Program(regex)

    def is_found(self, text: str, run: Run) -> bool:
        """Say whether a text holds a match."""
        if self._fits_automaton(text):
            self._charge(text, run)
            try:
                return self._automaton.search(text) is not None
            except UnicodeEncodeError:
                pass  # half a character, which only our own matcher can read
        return self._matcher().search(text, 0, run) is not None

    def matches(self, text: str, run: Run) -> Iterator[Found]:
        """Go through all matches that don't overlap, from the left."""
        if self._fits_automaton(text):
            try:
                text.encode()
            except UnicodeEncodeError:
                pass
            else:
                yield from self._automatic_matches(text, run)
                return
        start = 0
        while start <= len(text):
            registers = self._matcher().search(text, start, run)
            if registers is None:
                return
            pairs = zip(registers[2::2], registers[3::2], strict=True)
            groups = tuple(text[low:high] if 0 <= low <= high else None for low, high in pairs)
            yield Found(registers[0], registers[1], groups)
            start = registers[1] + (registers[0] == registers[1])

    def _automatic_matches(self, text: str, run: Run) -> Iterator[Found]:
        self._charge(text, run)
        start = 0
        for match in self._automaton.finditer(text):
            begin, end = match.span()
            # Each may have looked as far ahead as a match can be long.
            ahead = len(text) - begin if self._longest is None else min(self._longest, len(text) - begin)
            run.charge(20 + ahead * (1 + self._weight // 32) // _LOOKED_AT_PER_STEP)
            if begin >= start:  # an empty match may be given twice
                yield Found(begin, end, match.groups())
                start = end + (begin == end)

    def _fits_automaton(self, text: str) -> bool:
        """RE2 knows nothing of the newline at the very end that begins no line."""
        return self._automaton is not None and not (self._line_anchors and text.endswith("\n"))

    def _matcher(self) -> Program:
        if self._program is None:
            self._program = Program(self._regex)
        return self._program

    def _charge(self, text: str, run: Run) -> None:
        run.charge(10 + len(text) * self._weight // _WORK_PER_STEP)


def _compiled(text: str) -> Any:
    try:
        re2 = import_module("re2")
    except ImportError as error:  # pragma: no cover - a dependency of the distribution
        raise ExpressionEvaluationError(
            "Regular expressions need the package google-re2.", hint="pip install google-re2", code="extra_missing"
        ) from error
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.dot_nl = True
    try:
        return re2.compile(text, options)
    except re2.error:
        raise TooLarge from None


@lru_cache(maxsize=256)
def _pattern(text: str, flags: str) -> Pattern | str:
    """Compile a pattern; a text instead says why it can't be."""
    try:
        return Pattern(parse_regex(text, flags))
    except RegexError as error:
        return str(error)


def _priced(text: str, flags: str, run: Run) -> Pattern | str:
    pattern = _pattern(text, flags)
    if isinstance(pattern, Pattern):
        run.charge(pattern.cost)
    return pattern


def pattern_of(text: str, flags: str | None, run: Run) -> Pattern | None:
    """Compile a pattern with flags of ``smixq`` in any order; None, with a warning, for one that can't be read."""
    if len(text) > MAX_PATTERN_LENGTH:
        run.warn(f"A pattern has at most {MAX_PATTERN_LENGTH} characters.")
        return None
    given = frozenset(flags or "")
    if not given <= _FLAGS:
        run.warn(f"The flags of a pattern are s, m, i, x and q, not {(flags or '')[:20]}.")
        return None
    wanted = "".join(sorted(given))
    found = run.keep((text, wanted), _COMPILING + 40 * len(text), lambda: _priced(text, wanted, run))
    if isinstance(found, str):
        run.warn(f"The pattern can't be read: {found}.")
        return None
    assert isinstance(found, Pattern)
    return found
