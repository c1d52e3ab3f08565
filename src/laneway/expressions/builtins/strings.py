"""Functions on strings (DMN 1.5, 10.3.4.3). Positions count characters from 1, or from the end when negative."""

from __future__ import annotations

from decimal import Decimal

from laneway.expressions.builtins.registry import UNFIT, builtin
from laneway.expressions.patterns import find_all, found, pattern_of, replaced
from laneway.expressions.run import Run

__all__: list[str] = []


@builtin("string length(string: string)")
def string_length(run: Run, text: str) -> object:
    return len(text)


@builtin("substring(string: string, start position: number, length?: number)")
def substring(run: Run, text: str, start: int | Decimal, length: int | Decimal | None) -> object:
    first = int(start)
    if first == 0 or abs(first) > len(text):
        run.warn(f"substring: there is no position {first} in a text of {len(text)} characters; the first one is 1.")
        return None
    begin = first - 1 if first > 0 else len(text) + first
    if length is None:
        return text[begin:]
    if int(length) < 1:
        run.warn("substring: the length must be at least 1.")
        return None
    return text[begin : begin + int(length)]


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
    run.charge_text(len(text))
    before, separator, _ = text.partition(part) if part else ("", "", text)
    return before if separator else ""


@builtin("substring after(string: string, match: string)")
def substring_after(run: Run, text: str, part: str) -> object:
    run.charge_text(len(text))
    return text.partition(part)[2] if part else text


@builtin("matches(input: string, pattern: string, flags?: string)")
def matches(run: Run, text: str, pattern: str, flags: str | None) -> object:
    compiled = pattern_of(pattern, flags or "", run)
    return None if compiled is None else found(compiled, text, run)


@builtin("replace(input: string, pattern: string, replacement: string, flags?: string)")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None) -> object:
    compiled = pattern_of(pattern, flags or "", run)
    return None if compiled is None else replaced(compiled, text, replacement, run)


@builtin("split(string: string, delimiter: string)")
def split(run: Run, text: str, delimiter: str) -> object:
    compiled = pattern_of(delimiter, "", run)
    if compiled is None:
        return None
    pieces: list[object] = []
    end = 0
    for match in find_all(compiled, text, run):
        if match.end() == match.start():
            run.warn("split: the delimiter fits the empty text.")
            return None
        pieces.append(text[end : match.start()])
        end = match.end()
    run.charge_list(len(pieces) + 1)
    return [*pieces, text[end:]]


@builtin("extract(input: string, pattern: string, flags?: string)")
def extract(run: Run, text: str, pattern: str, flags: str | None) -> object:
    """All pieces that fit a pattern (Camunda's extension)."""
    compiled = pattern_of(pattern, flags or "", run)
    return None if compiled is None else [match[0] for match in find_all(compiled, text, run)]


@builtin("string join(list: list, delimiter?: string?, prefix?: string, suffix?: string)")
def string_join(run: Run, items: list[object], delimiter: str | None, prefix: str | None, suffix: str | None) -> object:
    texts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in texts):
        return UNFIT
    separator = delimiter or ""
    run.charge_text(sum(len(item) for item in texts if isinstance(item, str)) + len(separator) * len(texts))
    run.charge(len(items))
    return (prefix or "") + separator.join(item for item in texts if isinstance(item, str)) + (suffix or "")


@builtin("trim(string: string)")
def trim(run: Run, text: str) -> object:
    """Without white space at both ends (Camunda's extension)."""
    return text.strip()


@builtin("is blank(string: string)")
def is_blank(run: Run, text: str) -> object:
    """True for a text of white space only (Camunda's extension)."""
    return not text.strip()
