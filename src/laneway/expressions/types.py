"""FEEL's types: which conforms to which, which value has which, and what is converted (DMN 1.5, 10.3.2.9).

A type is a ``TypeReference`` as written. Names that are not FEEL's own are item definitions; the caller hands over a
``Resolver`` that knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from laneway.expressions.inference import result_type
from laneway.expressions.nodes import TypeReference
from laneway.expressions.run import Run
from laneway.expressions.temporal import Date, own
from laneway.expressions.temporal.arithmetic import midnight
from laneway.expressions.values import FeelFunction, Range, type_name

__all__ = ["Definition", "Resolver", "coerced", "conforms", "is_instance", "is_known", "needs_parts", "type_text"]


@dataclass(frozen=True, slots=True)
class Definition:
    """What an item definition says: a type, and which of its values are allowed."""

    type: TypeReference
    allows: Callable[[object, Run], bool] | None = None


Resolver = Callable[[str], "Definition | None"]
"""Finds an item definition by its name."""

_OWN_NAMES = {
    "any": "Any",
    "null": "Null",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "date and time": "date and time",
    "datetime": "date and time",
    "days and time duration": "days and time duration",
    "daytimeduration": "days and time duration",
    "years and months duration": "years and months duration",
    "yearmonthduration": "years and months duration",
    "list": "list",
    "context": "context",
    "function": "function",
    "range": "range",
}
_ANY = TypeReference(0, "Any")


def _own_name(kind: TypeReference) -> str | None:
    """FEEL's name of a type that is FEEL's own; XML Schema's names and other spellings of it are taken too."""
    return _OWN_NAMES.get(kind.name) or _OWN_NAMES.get(kind.name.lower())


def is_known(kind: TypeReference, resolve: Resolver | None = None) -> bool:
    """Say whether all names in a type are known; otherwise it is semantically incorrect (10.3.2.9)."""
    if _own_name(kind) is None and (resolve is None or resolve(kind.name) is None):
        return False
    parts = (*kind.arguments, *(member for _, member in kind.members))
    return all(is_known(part, resolve) for part in parts)


def needs_parts(kind: TypeReference) -> bool:
    """Say whether a type leaves out what the grammar asks for: of what a list, context, function or range is made."""
    name = _own_name(kind)
    if name in ("list", "context", "function", "range") and not kind.arguments and not kind.members:
        return True
    return any(needs_parts(part) for part in (*kind.arguments, *(member for _, member in kind.members)))


def type_text(kind: TypeReference) -> str:
    """Write a type as FEEL does."""
    name = _own_name(kind) or kind.name
    if kind.members:
        return f"{name}<{', '.join(f'{member}: {type_text(of)}' for member, of in kind.members)}>"
    if not kind.arguments:
        return name
    if name == "function":
        *parameters, result = kind.arguments
        return f"{name}<{', '.join(map(type_text, parameters))}> -> {type_text(result)}"
    return f"{name}<{', '.join(map(type_text, kind.arguments))}>"


def _plain(kind: TypeReference, resolve: Resolver | None, run: Run | None = None) -> TypeReference | None:
    """Follow names of item definitions to a type of FEEL's own; None where there is none."""
    for _ in range(100):
        if _own_name(kind) is not None:
            return kind
        definition = resolve(kind.name) if resolve is not None else None
        if definition is None:
            return None
        if run is not None:
            run.charge(2)
        kind = definition.type
    return None


def conforms(kind: TypeReference, wanted: TypeReference, resolve: Resolver | None = None, depth: int = 0) -> bool:
    """Say whether every value of one type may stand where another is wanted (DMN 1.5, 10.3.2.9.2)."""
    if depth > 50:
        return True
    a, b = _plain(kind, resolve), _plain(wanted, resolve)
    if a is None or b is None:
        return kind.name == wanted.name
    left, right = _own_name(a), _own_name(b)
    if left == "Null" or right == "Any":
        return True
    if left != right:
        return False
    if right == "context":
        members = dict(a.members)
        return all(
            name in members and conforms(members[name], member, resolve, depth + 1) for name, member in b.members
        )
    if right == "function":
        if not b.arguments or not a.arguments:
            return not b.arguments
        if len(a.arguments) != len(b.arguments):
            return False
        *given, result = a.arguments
        *asked, wanted_result = b.arguments
        return all(
            conforms(asks, gives, resolve, depth + 1) for gives, asks in zip(given, asked, strict=True)
        ) and conforms(result, wanted_result, resolve, depth + 1)
    if right in ("list", "range") and b.arguments:
        return conforms(a.arguments[0] if a.arguments else _ANY, b.arguments[0], resolve, depth + 1)
    return True


def is_instance(value: object, kind: TypeReference, run: Run, resolve: Resolver | None = None) -> bool | None:
    """Say whether a value has a type (DMN 1.5, table 61 and 10.3.2.9.2).

    Null by itself has none but Null; inside lists, contexts and ranges it conforms to every type.

    Returns
    -------
    None where the type isn't known.
    """
    if not is_known(kind, resolve):
        return None
    if value is None:
        plain = _plain(kind, resolve, run)
        return plain is not None and _own_name(plain) == "Null"
    return _fits(value, kind, run, resolve)


def _fits(value: object, kind: TypeReference, run: Run, resolve: Resolver | None) -> bool:
    if value is None:
        return True
    name = _own_name(kind)
    if name is None:
        definition = resolve(kind.name) if resolve is not None else None
        run.charge(4)
        if definition is None or not _fits(value, definition.type, run, resolve):
            return False
        return definition.allows is None or definition.allows(value, run)
    if name == "Any":
        return True
    if name == "list":
        if not isinstance(value, (list, tuple)):
            return False
        run.charge(len(value))
        return not kind.arguments or all(_fits(item, kind.arguments[0], run, resolve) for item in value)
    if name == "context":
        if not isinstance(value, Mapping):
            return False
        run.charge(len(kind.members))
        return all(member in value and _fits(value[member], of, run, resolve) for member, of in kind.members)
    if name == "range":
        if not isinstance(value, Range):
            return False
        return not kind.arguments or all(
            _fits(end, kind.arguments[0], run, resolve) for end in (value.start, value.end)
        )
    if name == "function":
        return isinstance(value, FeelFunction) and _function_fits(value, kind, resolve)
    return type_name(value) == name


def _function_fits(value: FeelFunction, kind: TypeReference, resolve: Resolver | None) -> bool:
    """Parameters that say no type take any; a result of unknown type is taken as fitting."""
    if not kind.arguments:
        return True
    *asked, result = kind.arguments
    if value.parameters == ("…",):
        return True
    if len(asked) != len(value.parameters):
        return False
    types = value.types or (None,) * len(asked)
    given = result_type(value)
    return all(taken is None or conforms(asks, taken, resolve) for asks, taken in zip(asked, types, strict=True)) and (
        given is None or conforms(given, result, resolve)
    )


def coerced(value: object, kind: TypeReference, run: Run, resolve: Resolver | None = None) -> object:
    """Give a value as the type that is wanted (DMN 1.5, 10.3.2.9.4).

    What conforms stays as it is. A single value becomes a list of one where a list is wanted, a list of one its only
    element where it isn't, and a date midnight in UTC where a date and time is. Everything else is null, with a warning.
    A type that isn't known asks for nothing.
    """
    if value is None or not is_known(kind, resolve) or _fits(value, kind, run, resolve):
        return value
    plain = _plain(kind, resolve, run)
    name = None if plain is None else _own_name(plain)
    if isinstance(value, (list, tuple)):
        if name != "list" and len(value) == 1:
            found = _as(value[0], kind, name, run, resolve)
            if found is not None:
                return found
    elif name == "list":
        if _fits([value], kind, run, resolve):
            return [value]
    else:
        found = _as(value, kind, name, run, resolve)
        if found is not None:
            return found
    if run.warnings is not None:
        run.warn(f"{type_text(kind)} is asked for, not {_described(value)}.")
    return None


def _as(value: object, kind: TypeReference, name: str | None, run: Run, resolve: Resolver | None) -> object:
    """Give the value itself where it fits, or a date as its midnight in UTC; None where neither."""
    if _fits(value, kind, run, resolve):
        return value
    day = own(value) if name == "date and time" else None
    if isinstance(day, Date):
        moment = midnight(day)
        if _fits(moment, kind, run, resolve):
            return moment
    return None


def _described(value: object) -> str:
    """Name the type of a value, with that of its elements where all have the same."""
    name = type_name(value)
    if isinstance(value, (list, tuple)) and value:
        kinds = {type_name(item) for item in value[:20]}
        return f"{name}<{kinds.pop() if len(kinds) == 1 else 'Any'}>"
    return name
