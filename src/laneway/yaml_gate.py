"""YAML as data: one gate for the YAML that people deploy, with the line of every value.

Reads the core schema of YAML 1.2 (10.3), so that ``on``, ``yes`` and ``1:30`` are words and no surprises, and JSON with it.
Refused: duplicate keys, keys that are no text, tags, NUL and lone surrogates, more than the limits below. Numbers
become int or Decimal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

MAX_BYTES = 512 * 1024
MAX_DEPTH = 64
MAX_VALUES = 50_000
MAX_ALIASES = 50

Path = tuple[str | int, ...]

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,3})?")
# JSON escapes characters beyond U+FFFF as two (RFC 8259, 7); YAML knows only single ones.
_SURROGATE_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_CORE_TAG = "tag:yaml.org,2002:"


class DocumentFault(Exception):
    """The text cannot be taken as a document. ``rule``: syntax, encoding, limit, duplicate-key or value."""

    def __init__(self, rule: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """``value`` and, for every path in it, the line (from 1) on which it stands; for a key's value the line of the key."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int | None:
        """The line of ``path``, or of the nearest thing around it that is there."""
        for length in range(len(path), -1, -1):
            found = self.lines.get(path[:length])
            if found is not None:
                return found
        return None


@dataclass(slots=True)
class _Container:
    value: dict[str, Any] | list[Any]
    path: Path
    anchor: str | None
    key: str | None = None
    key_line: int = 0


def read_document(data: bytes) -> Document:
    """Read one YAML or JSON document.

    Raises
    ------
    DocumentFault
        Not UTF-8, not YAML, more than one document, or over a limit.
    """
    if len(data) > MAX_BYTES:
        raise DocumentFault("limit", f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentFault("encoding", f"the file is not UTF-8 (byte {error.start})") from None
    if text.lstrip()[:1] in ("{", "["):
        text = _SURROGATE_PAIR.sub(_joined, text)
    try:
        return _Builder().build(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).partition("\n")[0]
        raise DocumentFault("syntax", f"this is not YAML: {what}", mark.line + 1 if mark else None) from None


def _joined(match: re.Match[str]) -> str:
    high, low = int(match.group(2), 16), int(match.group(3), 16)
    return match.group(1) + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


class _Builder:
    def __init__(self) -> None:
        self._stack: list[_Container] = []
        self._anchors: dict[str, Any] = {}
        self._lines: dict[Path, int] = {}
        self._root: list[Any] = []
        self._values = 0
        self._aliases = 0

    def build(self, text: str) -> Document:
        # The C parser where PyYAML brings it: the one in Python takes seconds for the largest file that is allowed.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        documents = 0
        for event in yaml.parse(text, Loader=loader):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise DocumentFault("syntax", "there is more than one document (`---`) in the file", line)
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)
            elif isinstance(event, yaml.MappingStartEvent):
                self._open({}, event, line)
            elif isinstance(event, yaml.SequenceStartEvent):
                self._open([], event, line)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._close()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event, line)
        return Document(self._root[0] if self._root else None, self._lines)

    def _scalar(self, event: Any, line: int) -> None:
        container = self._stack[-1] if self._stack else None
        if container is not None and isinstance(container.value, dict) and container.key is None:
            self._key(container, _checked_text(event.value, line), line)
            return
        value = _scalar(event, line)
        if event.anchor:
            self._anchors[event.anchor] = value
        self._place(value, line)

    def _key(self, container: _Container, key: str, line: int) -> None:
        assert isinstance(container.value, dict)
        if key in container.value:
            first = self._lines.get((*container.path, key))
            raise DocumentFault("duplicate-key", f"the key {key!r} stands here twice (first on line {first})", line)
        container.key = key
        container.key_line = line

    def _open(self, value: dict[str, Any] | list[Any], event: Any, line: int) -> None:
        if event.tag is not None and event.tag not in (f"{_CORE_TAG}map", f"{_CORE_TAG}seq"):
            raise DocumentFault("value", f"the tag {event.tag!r} is not allowed; write plain values", line)
        if len(self._stack) >= MAX_DEPTH:
            raise DocumentFault("limit", f"nested deeper than {MAX_DEPTH} levels", line)
        self._stack.append(_Container(value, self._place(value, line), event.anchor))

    def _close(self) -> None:
        container = self._stack.pop()
        if container.anchor:
            self._anchors[container.anchor] = container.value

    def _alias(self, event: Any, line: int) -> None:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise DocumentFault("limit", f"more than {MAX_ALIASES} aliases (`*name`)", line)
        if event.anchor not in self._anchors:
            raise DocumentFault("syntax", f"the alias *{event.anchor} names nothing that is complete before it", line)
        if self._stack and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None:
            raise DocumentFault("value", "an alias cannot be a key", line)
        self._place(self._copy(self._anchors[event.anchor], line, len(self._stack)), line)

    def _copy(self, value: Any, line: int, depth: int) -> Any:
        """Aliased values are copied and counted, so that nested aliases cannot multiply beyond the limit."""
        self._count(line)
        if depth > MAX_DEPTH:
            raise DocumentFault("limit", f"nested deeper than {MAX_DEPTH} levels", line)
        if isinstance(value, dict):
            return {key: self._copy(item, line, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self._copy(item, line, depth + 1) for item in value]
        return value

    def _place(self, value: Any, line: int) -> Path:
        self._count(line)
        if not self._stack:
            self._root.append(value)
            self._lines[()] = line
            return ()
        container = self._stack[-1]
        if isinstance(container.value, list):
            path: Path = (*container.path, len(container.value))
            container.value.append(value)
        elif container.key is None:
            raise DocumentFault("value", "a key must be a text", line)
        else:
            path = (*container.path, container.key)
            container.value[container.key] = value
            line = container.key_line
            container.key = None
        self._lines[path] = line
        return path

    def _count(self, line: int) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise DocumentFault("limit", f"more than {MAX_VALUES:,} values", line)


def _scalar(event: Any, line: int) -> Any:
    text = _checked_text(event.value, line)
    tag = event.tag
    if tag is not None and tag != "!":
        kind = tag.removeprefix(_CORE_TAG)
        if kind == "str":
            return text
        if kind not in ("null", "bool", "int", "float"):
            raise DocumentFault("value", f"the tag {tag!r} is not allowed; write plain values", line)
    elif not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    return text


def _checked_text(text: str, line: int) -> str:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise DocumentFault("value", "a text holds NUL or a lone surrogate, which JSON cannot carry", line)
    return text
