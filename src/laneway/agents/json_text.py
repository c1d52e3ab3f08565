"""JSON on the wire of adapters: decimals keep their digits both ways, and one answer is one object."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from laneway.governance.schemas import canonical_json


class NotOneObject(ValueError):
    """The text is not exactly one JSON object; the message doesn't repeat it."""


def encode(value: Any) -> bytes:
    """Canonical JSON: sorted keys, so that a repeated attempt sends the very same bytes."""
    return canonical_json(value).encode()


def read_object(text: bytes | str) -> dict[str, Any]:
    """Read one JSON object, numbers as int or Decimal.

    Raises
    ------
    NotOneObject
        Not UTF-8, not JSON, duplicate keys, NaN, nested too deep, or no object.
    """
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        value = json.loads(
            decoded, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_without_duplicates
        )
    except NotOneObject:
        raise
    except UnicodeDecodeError:
        raise NotOneObject("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotOneObject(f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise NotOneObject("it is nested too deep") from None
    except ValueError:
        raise NotOneObject("it holds a number that is too long") from None
    if not isinstance(value, dict):
        raise NotOneObject(f"it is a {type(value).__name__}")
    return value


def _no_constant(name: str) -> Any:
    raise NotOneObject(f"{name} is not JSON")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotOneObject("a key stands twice")
    return found
