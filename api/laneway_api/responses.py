"""JSON as it goes out: numbers exactly as they are, times with milliseconds and a ``Z`` (RFC 3339, section 5.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from starlette.responses import Response

_INT64 = range(-(2**63), 2**64)
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def instant(value: datetime) -> str:
    """``2026-11-22T03:04:05.678Z``."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def _other(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if hasattr(value, "items"):
        return dict(value)
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _with_long_integers(value: Any) -> Any:
    """The value with every integer that orjson cannot write replaced by its digits."""
    if isinstance(value, int) and not isinstance(value, bool) and value not in _INT64:
        return orjson.Fragment(str(value))
    if isinstance(value, dict):
        return {name: _with_long_integers(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_long_integers(item) for item in value]
    return value


def encode(value: Any) -> bytes:
    """The JSON text of a value; ``Decimal`` and integers of any length keep all their digits."""
    try:
        return orjson.dumps(value, default=_other, option=_OPTIONS)
    except TypeError:
        return orjson.dumps(_with_long_integers(value), default=_other, option=_OPTIONS)


class Json(Response):
    """A reply of ours. Handlers return it themselves: what is shaped by ``rows`` needs no second validation."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encode(content)


def done() -> Response:
    """204: the command was carried out and there is nothing to say about it."""
    return Response(status_code=204)
