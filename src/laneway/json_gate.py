"""The one way in for JSON from outside. Strict where parsers are commonly lenient, exact with numbers, linear in time.

``laneway.store.json`` reads what Laneway itself wrote; this reads what others send.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from laneway.domain.errors import InvalidInput, TooLarge
from laneway.domain.types import HIDDEN_PREFIX

MAXIMUM_DEPTH = 64
MAXIMUM_DIGITS = 300
"""Digits of a number as it is written, and the power of ten that it may reach: what a double can hold, about."""

MOST_AT_ONCE = 65_536
"""Bytes up to which a document may be read at once."""
_NEEDS_CARE = re.compile(rb"\\|[0-9][eE.]")
"""An escape, or what may be a number with a fraction or an exponent."""
_NOT_READ: Any = object()
_SUSPICIOUS_ESCAPE = re.compile(rb"\\u(?:000[01]|[dD][89a-fA-F])")
"""Escapes of U+0000, U+0001 and surrogates. A document without any cannot hold them: raw, JSON forbids the former and
UTF-8 the latter."""


def loads(data: bytes, *, max_depth: int = MAXIMUM_DEPTH, max_bytes: int | None = None) -> Any:
    """Read one JSON value (RFC 8259) in UTF-8. Numbers come as ``int`` or, with fraction or exponent, ``Decimal``.

    Raises
    ------
    InvalidInput
        ``json_encoding``: not UTF-8. ``json_syntax``: no JSON, NaN and Infinity among it. ``json_duplicate_key``,
        ``json_depth``, ``json_number`` (too many digits or out of range), ``json_character`` (U+0000 or a lone surrogate),
        ``json_reserved_name`` (a member whose name begins with U+0001). ``details`` tell line and column where known.
    TooLarge
        ``body_too_large`` if there are more than ``max_bytes``.
    """
    if max_bytes is not None and len(data) > max_bytes:
        raise TooLarge("body_too_large", f"the JSON has {len(data)} bytes, {max_bytes} are allowed")
    value = _at_once(data, max_depth)
    return value if value is not _NOT_READ else _with_care(data, max_depth)


def _at_once(data: bytes, max_depth: int) -> Any:
    """What most clients send, at a tenth of the cost: a document that comes out of orjson byte for byte as it went in.

    Then it had no member twice (one would be missing), no integer that orjson cannot hold (it would come out as a float), and nothing but
    JSON. Without escapes there is no forbidden character in it, and it is at most as deep as it has brackets. ``_NOT_READ``: it is another
    document, which may be as good.
    """
    if (
        len(data) > MOST_AT_ONCE
        or data.count(b"{") + data.count(b"[") > max_depth
        or _NEEDS_CARE.search(data) is not None
    ):
        return _NOT_READ
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _NOT_READ
    return value if orjson.dumps(value) == data else _NOT_READ


def _with_care(data: bytes, max_depth: int) -> Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("json_encoding", f"byte {error.start} of the JSON is not UTF-8; send UTF-8") from None
    try:
        value = _decode(text)
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        message = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise InvalidInput("json_syntax", f"this is no JSON: {message}", where) from None
    except RecursionError:
        raise _too_deep(max_depth) from None
    _check(value, max_depth, strings=_SUSPICIOUS_ESCAPE.search(data) is not None)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise InvalidInput(
                    "json_duplicate_key", f"an object has the member {name!r} twice; keep one", {"name": name}
                )
            seen.add(name)
    return members


def _integer(written: str) -> int:
    if len(written) > MAXIMUM_DIGITS:
        raise _bad_number(written, f"has {len(written)} digits, {MAXIMUM_DIGITS} are allowed")
    return int(written)


def _decimal(written: str) -> Decimal:
    if len(written) > MAXIMUM_DIGITS + 10:
        raise _bad_number(written, f"has {len(written)} characters, {MAXIMUM_DIGITS} digits are allowed")
    try:
        number = Decimal(written)
        in_range = abs(number.adjusted()) <= MAXIMUM_DIGITS
    except InvalidOperation:
        in_range = False
    if not in_range:
        raise _bad_number(written, f"is out of range: powers of ten go from -{MAXIMUM_DIGITS} to {MAXIMUM_DIGITS}")
    return number


def _constant(written: str) -> Any:
    raise InvalidInput("json_syntax", f"this is no JSON: {written} is no JSON number")


_decode = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_decimal, parse_int=_integer, parse_constant=_constant
).decode


def _check(value: Any, max_depth: int, strings: bool) -> None:
    """Level by level, so that no depth can exhaust the stack."""
    level = [value]
    depth = 0
    while True:
        containers = [one for one in level if isinstance(one, (dict, list))]
        if strings:
            _check_strings(level, containers)
        if not containers:
            return
        depth += 1
        if depth > max_depth:
            raise _too_deep(max_depth)
        level = []
        for one in containers:
            level.extend(one.values() if isinstance(one, dict) else one)


def _check_strings(level: list[Any], containers: list[Any]) -> None:
    for one in level:
        if isinstance(one, str):
            _check_string(one)
    for container in containers:
        if isinstance(container, Mapping):
            for name in container:
                _check_string(name)
                if name.startswith(HIDDEN_PREFIX):
                    raise InvalidInput(
                        "json_reserved_name",
                        f"the member {name!r} begins with U+0001, which Laneway keeps for itself; choose another name",
                        {"name": name},
                    )


def _check_string(text: str) -> None:
    if "\x00" in text:
        raise InvalidInput("json_character", "a string holds U+0000 (\\u0000), which cannot be stored; leave it out")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = f"\\u{ord(text[error.start]):04x}"
        raise InvalidInput(
            "json_character", f"a string holds the lone surrogate {code}; surrogates come in pairs"
        ) from None


def _bad_number(written: str, problem: str) -> InvalidInput:
    shown = written if len(written) <= 40 else written[:40] + "…"
    return InvalidInput("json_number", f"the number {shown} {problem}; send it as a string")


def _too_deep(max_depth: int) -> InvalidInput:
    return InvalidInput("json_depth", f"the JSON is nested deeper than {max_depth} levels", {"maximum": max_depth})
