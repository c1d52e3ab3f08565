"""``instance of``: does a value have a type (DMN 1.5, 10.3.2.9.1)."""

from __future__ import annotations

from collections.abc import Mapping

from laneway.expressions.nodes import TypeReference
from laneway.expressions.run import Run
from laneway.expressions.values import Range, type_name

__all__ = ["is_instance"]

_OTHER_NAMES = {
    "datetime": "date and time",
    "daytimeduration": "days and time duration",
    "yearmonthduration": "years and months duration",
}


def is_instance(value: object, kind: TypeReference, run: Run) -> bool:
    """Say whether a value has a type (DMN 1.5, table 42); null has none but Null."""
    name = kind.name.lower()
    if name == "null":
        return value is None
    if value is None:
        return False
    if name == "any":
        return True
    if name == "list":
        if not isinstance(value, list):
            return False
        run.charge(len(value))
        return not kind.arguments or all(is_instance(item, kind.arguments[0], run) for item in value)
    if name == "context":
        if not isinstance(value, Mapping):
            return False
        return all(member in value and is_instance(value[member], of, run) for member, of in kind.members)
    if name == "range" and kind.arguments and isinstance(value, Range):
        ends = [end for end in (value.start, value.end) if end is not None]
        return all(is_instance(end, kind.arguments[0], run) for end in ends)
    found = type_name(value)
    return found == _OTHER_NAMES.get(name, name)
