"""Functions on strings (DMN 1.5, 10.3.4.3). Positions count code points from 1, or from the end when negative.

Regular expressions are those of XPath functions 2.0, 7.6; where XPath has an error, FEEL has null (DMN 1.5, table 74).
"""

from __future__ import annotations

from decimal import Decimal

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.regex import pattern_of, replaced
from laneway.expressions.run import Run

__all__: list[str] = []

Number = int | Decimal

_FAR = 10**9
"""Beyond the length of any text."""


def _whole(number: Number) -> int:
    """A position without its fraction; what lies far outside any text is told no further."""
    return int(max(-_FAR, min(_FAR, number)))


@builtin("string length(string: string)")
def string_length(run: Run, text: str) -> object:
    return len(text)


@builtin("substring(string: string, start position: integer, length?: number)")
def substring(run: Run, text: str, start: int, length: Number | None) -> object:
    """A position of zero or outside of the text is null, a length below 1 too (table 74, note 1)."""
    first = _whole(start)
    if first == 0 or abs(first) > len(text):
        run.warn(f"substring: there is no position {first} in a text of {len(text)} characters; the first one is 1.")
        return None
    begin = first - 1 if first > 0 else len(text) + first
    if length is None:
        return text[begin:]
    if length < 1:
        run.warn("substring: the length must be at least 1.")
        return None
    return text[begin : begin + _whole(length)]


@builtin("upper case(string: string)")
def upper_case(run: Run, text: str) -> object:
    run.charge_text(len(text) * 3)
    return text.upper()


@builtin("lower case(string: string)")
def lower_case(run: Run, text: str) -> object:
    run.charge_text(len(text) * 3)
    return text.lower()


@builtin("contains(string: string, match: string)")
def contains(run: Run, text: str, part: str) -> object:
    run.charge_text(len(text))
    return part in text


@builtin("starts with(string: string, match: string)")
def starts_with(run: Run, text: str, part: str) -> object:
    return text.startswith(part)


@builtin("ends with(string: string, match: string)")
def ends_with(run: Run, text: str, part: str) -> object:
    return text.endswith(part)


@builtin("substring before(string: string, match: string)")
def substring_before(run: Run, text: str, part: str) -> object:
    """What stands before the first occurrence; the empty text if there is none (XPath functions 2.0, 7.5.4)."""
    run.charge_text(len(text))
    before, separator, _ = text.partition(part) if part else ("", "", text)
    return before if separator else ""


@builtin("substring after(string: string, match: string)")
def substring_after(run: Run, text: str, part: str) -> object:
    """What stands after the first occurrence; after the empty text, all of it (XPath functions 2.0, 7.5.5)."""
    run.charge_text(len(text))
    return text.partition(part)[2] if part else text


@builtin("matches(input: string, pattern: string, flags?: string?)")
def matches(run: Run, text: str, pattern: str, flags: str | None) -> object:
    """Say whether a pattern is found anywhere in a text (XPath functions 2.0, 7.6.2)."""
    compiled = pattern_of(pattern, flags, run)
    return None if compiled is None else compiled.is_found(text, run)


@builtin("replace(input: string, pattern: string, replacement: string, flags?: string?)")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None) -> object:
    """Replace whatever a pattern fits, but the empty text (XPath functions 2.0, 7.6.3)."""
    compiled = pattern_of(pattern, flags, run)
    if compiled is None:
        return None
    return replaced(compiled, text, replacement, run, literal="q" in (flags or ""))


@builtin("split(string: string, delimiter: string)")
def split(run: Run, text: str, delimiter: str) -> object:
    """The pieces between what a pattern fits; one that fits the empty text is null (XPath functions 2.0, 7.6.4)."""
    compiled = pattern_of(delimiter, None, run)
    if compiled is None:
        return None
    if compiled.is_found("", run):
        run.warn("split: the delimiter fits the empty text.")
        return None
    pieces: list[object] = []
    end = 0
    for found in compiled.matches(text, run):
        pieces.append(text[end : found.start])
        end = found.end
    run.charge_list(len(pieces) + 1)
    return [*pieces, text[end:]]


@builtin("string join(list: list, delimiter?: string?, prefix?: string?, suffix?: string?)")
def string_join(run: Run, items: list[object], delimiter: str | None, prefix: str | None, suffix: str | None) -> object:
    """Elements that are null are left out; a delimiter of null is none. Prefix and suffix are Camunda's extension."""
    texts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in texts):
        return UNFIT
    separator = delimiter or ""
    run.charge_text(sum(len(item) for item in texts if isinstance(item, str)) + len(separator) * len(texts))
    run.charge(len(items))
    return (prefix or "") + separator.join(item for item in texts if isinstance(item, str)) + (suffix or "")
