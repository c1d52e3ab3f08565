"""JSON Schema as contracts use it: checked when deployed, never fetched from anywhere, and quiet about values.

Messages name the place and what was expected, not the value found there: they end up in incidents and logs, where a
customer's data has no business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from laneway.governance.numbers import pointer

MAX_SHOWN = 3


class SchemaFault(ValueError):
    """A schema that is none. ``path`` leads to the fault within it."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class Finding:
    """``kind``: the name of the JSON Schema keyword that failed, in the words of jsonschema-rs (Required, Type …)."""

    pointer: str
    path: tuple[str | int, ...]
    schema_path: tuple[str | int, ...]
    kind: str
    expected: str
    facts: Mapping[str, Any]


class Schema:
    """A compiled schema. Draft by ``$schema``, else 2020-12; formats are checked; regular expressions run in linear time."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        import jsonschema_rs

        try:
            self._validator = jsonschema_rs.validator_for(
                dict(schema),
                validate_formats=True,
                offline=True,
                mask="the value",
                pattern_options=jsonschema_rs.RegexOptions(size_limit=1_000_000),
            )
        except jsonschema_rs.ValidationError as error:
            raise SchemaFault(tuple(error.instance_path), _said(error)) from None
        except ValueError as error:
            raise SchemaFault((), str(error)) from None

    def findings(self, value: Any) -> list[Finding]:
        """At most 100 faults of ``value``, in the order of the schema."""
        found: list[Finding] = []
        for error in self._validator.iter_errors(value):
            found.append(_finding(error))
            if len(found) >= 100:
                break
        return found


def describe(findings: list[Finding]) -> str:
    """One line for a person: the first few places, each with what was expected there."""
    said = "; ".join(f"at {found.pointer or '/'}: {found.expected}" for found in findings[:MAX_SHOWN])
    more = len(findings) - MAX_SHOWN
    return f"{said}; and {more} more" if more > 0 else said


@lru_cache(maxsize=512)
def _compiled(canonical: str) -> Schema:
    return Schema(json.loads(canonical, parse_float=Decimal))


def compiled(schema: Mapping[str, Any]) -> Schema:
    """The compiled form of ``schema``, kept for the next time."""
    return _compiled(canonical_json(schema))


_ONES: dict[int, tuple[Mapping[str, Any], Schema]] = {}


def compiled_one(schema: Mapping[str, Any]) -> Schema:
    """As ``compiled``, of a schema that nobody changes: found by what it is, since to write it out takes longer than to check a value."""
    known = _ONES.get(id(schema))
    if known is not None and known[0] is schema:
        return known[1]
    if len(_ONES) >= 512:
        _ONES.clear()
    made = compiled(schema)
    _ONES[id(schema)] = schema, made
    return made


def canonical_json(value: Any) -> str:
    """The one text of a JSON value: sorted keys, no blanks, decimal numbers as they are."""
    return _encode(value)


def _encode(value: Any) -> str:
    if isinstance(value, Mapping):
        items = sorted(value.items(), key=lambda item: str(item[0]))
        return "{" + ",".join(f"{json.dumps(str(key))}:{_encode(item)}" for key, item in items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_encode(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, allow_nan=False)


def _finding(error: Any) -> Finding:
    path = tuple(error.instance_path)
    facts = dict(error.kind.as_dict())
    return Finding(pointer(path), path, tuple(error.schema_path), type(error.kind).__name__, _said(error), facts)


def _said(error: Any) -> str:
    said = str(error.message)
    return said if len(said) <= 300 else said[:297] + "…"
