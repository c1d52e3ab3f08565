"""JSON as it is kept: numbers are int or Decimal, exactly as they were written, and never a binary float.

What comes from outside passes ``laneway.json_gate`` first; this pair only has to be exact and quick.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

_NEEDS_EXACT_READING = re.compile(r"[0-9][.eE]|[0-9]{18}")
"""A number with fraction or exponent, or one that may not fit 64 bits (a false alarm within a string only costs time)."""

_PLAIN = frozenset({str, int, bool, type(None)})

_quote = json.encoder.encode_basestring
_decode_exactly = json.JSONDecoder(parse_float=Decimal).decode


class _NotPlain(Exception):
    """A value that the C encoder would not write exactly."""


def _refuse(_: object) -> Any:
    raise _NotPlain


_encode_plain = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"), default=_refuse
).encode


def encode(value: Any) -> str:
    """The JSON text of a value.

    Raises
    ------
    ValueError
        If it holds NaN or an infinity.
    TypeError
        If it holds something that JSON does not know.
    """
    kind = type(value)
    if kind is str:
        return _quote(value)
    if kind is int:
        return repr(value)
    if value is None or kind is bool:
        return "null" if value is None else "true" if value else "false"
    if not value and (kind is dict or kind is list):
        return "{}" if kind is dict else "[]"
    try:
        return _encode_plain(value)
    except _NotPlain:
        return "".join(_pieces(value))


def encode_rows(rows: Sequence[Sequence[Any]]) -> bytes:
    """As ``encode``, of rows that mostly hold texts and numbers."""
    if all(type(item) in _PLAIN for row in rows for item in row):
        try:
            return orjson.dumps(rows)
        except TypeError:  # a number of more than 64 bits, or half a surrogate pair
            pass
    return encode(rows).encode()


def encode_canonical(value: Any) -> str:
    """As ``encode``, with the members of objects in order of their names: equal values give equal texts."""
    if _is_plain(value):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        except TypeError:  # a number of more than 64 bits, or half a surrogate pair
            pass
    return "".join(_pieces(value, ordered=True))


def canonical_bytes(value: dict[str, Any], nested: str, text: str) -> bytes:
    """As ``encode_canonical``, of an object whose members are texts and numbers and ``nested``: whatever its canonical ``text`` is of."""
    inner = value[nested]
    try:
        value[nested] = orjson.Fragment(text)
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        value[nested] = inner
        return "".join(_pieces(value, ordered=True)).encode()


def _is_plain(value: Any) -> bool:
    """Whether it is made of what is written in one way only. Not of numbers with fractions, nor nested deeply."""
    if type(value) is not dict:
        return False
    for item in value.values():
        kind = type(item)
        if kind not in _PLAIN:
            if kind is list:
                for each in item:
                    if type(each) not in _PLAIN:
                        return False
            elif kind is not dict or not _is_flat(item):
                return False
    return True


def _is_flat(value: dict[Any, Any]) -> bool:
    for item in value.values():
        if type(item) not in _PLAIN and (type(item) is not list or not all(type(each) in _PLAIN for each in item)):
            return False
    return True


def decode(text: str) -> Any:
    """The value of a text that ``encode`` wrote."""
    if text == "{}":
        return {}
    if text == "[]":
        return []
    if _NEEDS_EXACT_READING.search(text) is None:
        return orjson.loads(text)
    return _decode_exactly(text)


def _pieces(value: Any, ordered: bool = False) -> list[str]:
    out: list[str] = []
    _write(value, out.append, ordered)
    return out


def _write(value: Any, put: Any, ordered: bool) -> None:
    if value is None:
        put("null")
    elif value is True:
        put("true")
    elif value is False:
        put("false")
    elif isinstance(value, str):
        put(_quote(value))
    elif isinstance(value, int):
        put(int.__repr__(value))
    elif isinstance(value, (Decimal, float)):
        put(_number(value))
    elif isinstance(value, dict):
        _write_object(value, put, ordered)
    elif isinstance(value, (list, tuple)):
        put("[")
        for index, item in enumerate(value):
            if index:
                put(",")
            _write(item, put, ordered)
        put("]")
    else:
        raise TypeError(f"{type(value).__name__} is no JSON value: {value!r}")


def _write_object(value: dict[Any, Any], put: Any, ordered: bool) -> None:
    put("{")
    members = sorted(value.items()) if ordered else value.items()
    for index, (name, item) in enumerate(members):
        if not isinstance(name, str):
            raise TypeError(f"the name of a member must be a string, not {name!r}")
        put(("," if index else "") + _quote(name) + ":")
        _write(item, put, ordered)
    put("}")


def _number(value: Decimal | float) -> str:
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite():
        raise ValueError(f"{value} is no JSON number")
    return str(number)
