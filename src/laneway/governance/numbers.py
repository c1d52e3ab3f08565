"""What an adapter gives back, made into variables: JSON values whose numbers are int or Decimal, never binary float."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

MAX_DEPTH = 64
MAX_DIGITS = 300
_TOO_LONG = 10**MAX_DIGITS


class NotJson(ValueError):
    """``pointer`` (RFC 6901) says where the value stands that JSON cannot carry."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.message = message


def pointer(path: Any) -> str:
    """An RFC 6901 JSON pointer of the keys and indices in ``path``; ``""`` is the whole document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def as_variable(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Convert ``value`` once; a float goes through its shortest text (0.1 becomes Decimal("0.1")).

    Raises
    ------
    NotJson
        NaN, infinities, other types than JSON's, keys that are no text, NUL, surrogates, or over the limits.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, int):
        if not -_TOO_LONG < value < _TOO_LONG:
            raise NotJson(pointer(path), f"an integer of more than {MAX_DIGITS} digits")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJson(pointer(path), f"{value!r} is not a number that JSON can carry")
        value = Decimal(repr(float(value)))
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS or len(value.as_tuple().digits) > MAX_DIGITS:
            raise NotJson(pointer(path), "a decimal number that is not finite or too long")
        return value
    if len(path) >= MAX_DEPTH:
        raise NotJson(pointer(path[:8]), f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        converted: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotJson(pointer(path), f"the key {key!r} is not a text")
            converted[_text(key, path)] = as_variable(item, (*path, key))
        return converted
    if isinstance(value, list | tuple):
        return [as_variable(item, (*path, index)) for index, item in enumerate(value)]
    raise NotJson(pointer(path), f"a value of type {type(value).__name__} is not JSON")


def _text(value: str, path: tuple[str | int, ...]) -> str:
    if "\x00" in value or (not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value)):
        raise NotJson(pointer(path), "a text holds NUL or a lone surrogate")
    return str(value)
