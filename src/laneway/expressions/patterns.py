"""Regular expressions that can't be made to run for long.

FEEL asks for the syntax of XQuery 1.0. RE2 reads nearly all of it and matches in time linear in the text, whatever the
pattern; it has no back-references and no look-around. The work is paid for by program size times text length, before it is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.limits import MAX_PATTERN_LENGTH
from laneway.expressions.run import Run

__all__ = ["find_all", "found", "pattern_of", "replaced"]

_WORK_PER_STEP = 64
_MEMORY = 256 * 1024


@lru_cache(maxsize=128)
def _compiled(pattern: str, flags: str) -> Any:
    """Compile a pattern; a text instead says why it can't be."""
    try:
        re2 = import_module("re2")
    except ImportError as error:  # pragma: no cover - a dependency of the distribution
        raise ExpressionEvaluationError(
            "Regular expressions need the package google-re2.", hint="pip install google-re2", code="extra_missing"
        ) from error
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.case_sensitive = "i" not in flags
    options.dot_nl = "s" in flags
    if "q" in flags:
        options.literal = True
    elif "x" in flags:
        pattern = "".join(pattern.split())
    if "m" in flags and "q" not in flags:
        pattern = f"(?m){pattern}"
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "unreadable"
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    except UnicodeEncodeError:
        return "it holds half a character"


def pattern_of(pattern: str, flags: str, run: Run) -> Any:
    """Compile a pattern with flags of ``smixq``; None, with a warning, for one that can't be read."""
    if len(pattern) > MAX_PATTERN_LENGTH:
        run.warn(f"A pattern has at most {MAX_PATTERN_LENGTH} characters.")
        return None
    if not set(flags) <= set("smixq"):
        run.warn(f"The flags of a pattern are s, m, i, x and q, not {flags[:20]}.")
        return None
    run.charge(80 + len(pattern))
    compiled = _compiled(pattern, "".join(sorted(flags)))
    if isinstance(compiled, str):
        run.warn(f"The pattern can't be read: {compiled}.")
        return None
    return compiled


def _charge(compiled: Any, text: str, run: Run) -> None:
    run.charge(1 + len(text) * int(compiled.programsize) // _WORK_PER_STEP)


def found(compiled: Any, text: str, run: Run) -> bool | None:
    _charge(compiled, text, run)
    try:
        return compiled.search(text) is not None
    except UnicodeEncodeError:
        run.warn("The text holds half a character.")
        return None


def find_all(compiled: Any, text: str, run: Run) -> Iterator[Any]:
    """Go through all matches; each may have looked at the whole rest of the text, so each is paid."""
    _charge(compiled, text, run)
    try:
        for match in compiled.finditer(text):
            run.charge(1 + (len(text) - match.start()) // _WORK_PER_STEP)
            yield match
    except UnicodeEncodeError:
        run.warn("The text holds half a character.")


def replaced(compiled: Any, text: str, replacement: str, run: Run) -> str | None:
    r"""Replace all matches; ``$1`` is a group, ``\$`` a dollar (XPath functions 2.0, 7.6.3)."""
    template = _template(replacement)
    if template is None:
        run.warn("In a replacement $ is followed by the number of a group; write \\$ for a dollar.")
        return None
    pieces: list[str] = []
    end = length = 0
    for match in find_all(compiled, text, run):
        pieces.append(text[end : match.start()])
        for part in template:
            piece = part if isinstance(part, str) else (match[part] or "") if part <= compiled.groups else ""
            pieces.append(piece)
            length += len(piece)
        run.charge(len(template))
        run.charge_text(length)
        end = match.end()
    pieces.append(text[end:])
    return "".join(pieces)


def _template(replacement: str) -> list[str | int] | None:
    parts: list[str | int] = []
    position = 0
    while position < len(replacement):
        character = replacement[position]
        following = replacement[position + 1 : position + 2]
        if character == "$":
            if not following.isdecimal():
                return None
            parts.append(int(following))
            position += 2
        elif character == "\\" and following in ("\\", "$"):
            parts.append(following)
            position += 2
        else:
            parts.append(character)
            position += 1
    merged: list[str | int] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] = str(merged[-1]) + part
        else:
            merged.append(part)
    return merged
