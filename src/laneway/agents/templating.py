"""Slots in texts: ``{{input.path}}``, ``{{input.x | default}}``, ``{{#if input.x}}…{{else}}…{{/if}}``. Values, no code.

A value is put in as text and never read as template, so what a customer writes cannot open a slot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

_TOKEN = re.compile(r"\{\{\s*(#if\s+|else|/if)?\s*([A-Za-z_][\w.-]*)?\s*(?:\|([^{}]*))?\}\}")
MAX_DEPTH = 16
MAX_TEXT = 1_000_000

Present = Callable[[str, Any], str]
"""Path and value → the text to put in."""


class TemplateFault(ValueError):
    """A template that cannot be read; the message is for its author."""


@dataclass(slots=True)
class Filled:
    """``empty``: paths of slots that had neither a value nor a default; ``used``: all paths that were put in."""

    text: str
    empty: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Slot:
    path: str
    default: str | None


@dataclass(slots=True)
class _Choice:
    path: str
    then: list[Any] = field(default_factory=list)
    otherwise: list[Any] = field(default_factory=list)


class Template:
    """Read once, filled often.

    Parameters
    ----------
    text
        The template.
    roots
        First parts of the paths that slots may have (``input``, ``secrets`` …).
    """

    def __init__(self, text: str, roots: frozenset[str]) -> None:
        self.paths: set[str] = set()
        self._roots = roots
        self._parts = self._read(text)

    def fill(self, values: Mapping[str, Any], present: Present | None = None) -> Filled:
        """Put ``values`` in; ``present`` says how a value reads (default: plainly)."""
        filled = Filled("")
        pieces: list[str] = []
        self._write(self._parts, values, present or plain, filled, pieces)
        filled.text = "".join(pieces)
        if len(filled.text) > MAX_TEXT:
            raise TemplateFault(f"the filled text is over {MAX_TEXT:,} characters")
        return filled

    def _write(
        self, parts: list[Any], values: Mapping[str, Any], present: Present, filled: Filled, pieces: list[str]
    ) -> None:
        for part in parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            value = lookup(values, part.path)
            if isinstance(part, _Choice):
                self._write(part.otherwise if is_empty(value) else part.then, values, present, filled, pieces)
            elif is_empty(value):
                if part.default is None:
                    filled.empty.append(part.path)
                pieces.append(part.default or "")
            else:
                filled.used.add(part.path)
                pieces.append(present(part.path, value))

    def _read(self, text: str) -> list[Any]:
        root: list[Any] = []
        open_choices: list[_Choice] = []
        target = root
        at = 0
        for match in _TOKEN.finditer(text):
            _append(target, text[at : match.start()], text)
            at = match.end()
            word, path, default = (match.group(1) or "").strip(), match.group(2), match.group(3)
            if word == "#if" and path:
                if len(open_choices) >= MAX_DEPTH:
                    raise TemplateFault(f"{{{{#if}}}} nested deeper than {MAX_DEPTH}")
                choice = _Choice(self._known(path))
                target.append(choice)
                open_choices.append(choice)
                target = choice.then
            elif word == "else" and not path and open_choices:
                target = open_choices[-1].otherwise
            elif word == "/if" and not path and open_choices:
                open_choices.pop()
                target = root
                if open_choices:
                    last = open_choices[-1]
                    target = last.otherwise if last.otherwise else last.then
            elif path and not word:
                target.append(_Slot(self._known(path), None if default is None else default.strip()))
            else:
                raise TemplateFault(f"{match.group(0)!r} has no place here")
        if open_choices:
            raise TemplateFault(f"{{{{#if {open_choices[-1].path}}}}} is not closed with {{{{/if}}}}")
        _append(target, text[at:], text)
        return root

    def _known(self, path: str) -> str:
        if path.partition(".")[0] not in self._roots:
            known = ", ".join(sorted(self._roots))
            raise TemplateFault(f"{{{{{path}}}}} is no slot that is known here; slots begin with {known}")
        self.paths.add(path)
        return path


def _append(target: list[Any], piece: str, text: str) -> None:
    if "{{" in piece:
        start = piece.index("{{")
        raise TemplateFault(f"{piece[start : start + 40]!r} is not a slot; write for example {{{{input.name}}}}")
    if piece:
        target.append(piece)


def lookup(values: Any, path: str) -> Any:
    """The value at a dotted path; None if there is none. Lists are entered by index."""
    for part in path.split("."):
        if isinstance(values, Mapping):
            values = values.get(part)
        elif isinstance(values, list | tuple) and part.isdecimal() and int(part) < len(values):
            values = values[int(part)]
        else:
            return None
    return values


def is_empty(value: Any) -> bool:
    return value is None or value is False or value == "" or (isinstance(value, list | tuple | Mapping) and not value)


def plain(_path: str, value: Any) -> str:
    """As a person writes it: lists with commas, numbers without an exponent."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | tuple):
        return ", ".join(plain("", item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {plain('', item)}" for key, item in value.items())
    return str(value)
