"""Item definitions: what values they admit, and how a value becomes one of theirs (DMN 1.5, 7.3.3 and 10.3.2.9.4).

A value that conforms is taken as it is; else it is tried as the element of a list of one, as a list of one, and a date as the
midnight of its day. Values that come from outside are JSON: where the type says date, time or duration, their texts are
read, however deep they lie, and components that are left out are null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from laneway.decisions.boxed import LiteralExpression
from laneway.expressions.errors import ExpressionError
from laneway.expressions.nodes import InstanceOf, TypeReference
from laneway.expressions.parser import parse
from laneway.expressions.results import text_of
from laneway.expressions.run import Run, Scope
from laneway.expressions.temporal import Date, own, parse_date, parse_date_and_time, parse_duration, parse_time
from laneway.expressions.temporal.arithmetic import midnight
from laneway.expressions.types import Definition, is_instance
from laneway.expressions.values import FeelFunction, type_name

__all__ = [
    "ANY",
    "UNFIT",
    "ItemType",
    "built_in",
    "conform",
    "definition_of",
    "fits",
    "of_type",
    "reference_of",
    "revive",
    "shown",
    "written",
]

UNFIT = object()
"""Stands for a value that a type doesn't admit."""


@dataclass(slots=True, eq=False)
class ItemType:
    """A type. It is filled after it is made, because item definitions may name one another in any order.

    Attributes
    ----------
    kind
        ``any``, the name of a simple FEEL type, ``duration`` (either), ``list``, ``context``, ``function``, or ``same``:
        that of ``base``, with constraints of its own; ``written`` for a type as FEEL writes it, in ``reference``.
    base
        The type that it restricts, or of the elements of a list.
    tests
        Unary tests of the value; all must be true.
    """

    name: str
    kind: str = "any"
    base: ItemType | None = None
    members: dict[str, ItemType] = field(default_factory=dict)
    parameters: tuple[ItemType, ...] = ()
    result: ItemType | None = None
    tests: tuple[Callable[[Scope, Run], object], ...] = ()
    reference: TypeReference | None = None
    allowed: LiteralExpression | None = None
    """Its allowed values as they are written; a table takes its order of priority from them."""

    def resolved(self) -> ItemType:
        """Follow ``base`` to what says what kind of values these are."""
        found = self
        while found.kind == "same" and found.base is not None:
            found = found.base
        return found


ANY = ItemType("Any")

_BUILT_IN = {
    "any": "any", "null": "null", "string": "string", "number": "number", "boolean": "boolean", "date": "date", "time": "time",
    "date and time": "date and time", "datetime": "date and time", "dateandtime": "date and time",
    "days and time duration": "days and time duration", "daytimeduration": "days and time duration",
    "years and months duration": "years and months duration", "yearmonthduration": "years and months duration",
    "duration": "duration", "list": "list", "context": "context", "function": "function", "range": "range",
    "integer": "number", "int": "number", "long": "number", "short": "number", "byte": "number", "double": "number",
    "float": "number", "decimal": "number", "nonnegativeinteger": "number", "positiveinteger": "number",
    "anytype": "any", "anysimpletype": "any",
}  # fmt: skip
"""Types of FEEL, of XML Schema (the default typeLanguage of DMN 1.0 and 1.1 files) and of older engines."""

_TYPES = {name: ItemType(name, kind) for name, kind in _BUILT_IN.items()}


def built_in(name: str) -> ItemType | None:
    """Find a type that no item definition declares, in any case."""
    return _TYPES.get(name.lower())


def written(text: str, find: Callable[[str], ItemType | None]) -> ItemType | None:
    """Read a type as FEEL writes it, with its parts: ``list<tAge>``; None if it is none or holds unknown names."""
    try:
        root = parse(f"null instance of {text}", (), strict=False).root
    except ExpressionError:
        return None
    return _written(root.type, text, find) if isinstance(root, InstanceOf) else None


def _written(kind: TypeReference, text: str, find: Callable[[str], ItemType | None]) -> ItemType | None:
    parts = [_written(part, part.name, find) for part in kind.arguments]
    members = {name: _written(part, part.name, find) for name, part in kind.members}
    known = [part for part in (*parts, *members.values()) if part is not None]
    if len(known) < len(parts) + len(members):
        return None
    if kind.name == "list" and parts:
        return ItemType(text, "list", parts[0])
    if kind.name == "context" and members:
        return ItemType(text, "context", members=dict(zip(members, known, strict=True)))
    if kind.name == "function" and parts:
        return ItemType(text, "function", parameters=tuple(known[:-1]), result=known[-1])
    return ItemType(text, "written", reference=kind) if parts else find(kind.name)


def definition_of(kind: ItemType) -> Definition:
    """Say what FEEL needs to know for ``instance of`` and typed parameters; the check itself is made here."""
    return Definition(reference_of(kind), lambda value, run: fits(value, kind, run) is not UNFIT)


def reference_of(kind: ItemType) -> TypeReference:
    """Write a type with its parts; what is inside of itself, or very large, stands as Any."""
    room = [_LARGEST]

    def reference(kind: ItemType | None, around: tuple[ItemType, ...]) -> TypeReference:
        found = ANY if kind is None else kind.resolved()
        room[0] -= 1
        if found in around or room[0] < 0:
            return TypeReference(0, "Any")
        inside = (*around, found)
        match found.kind:
            case "list":
                return TypeReference(0, "list", (reference(found.base, inside),))
            case "context":
                members = tuple((name, reference(member, inside)) for name, member in found.members.items())
                return TypeReference(0, "context", (), members)
            case "function" if found.parameters or found.result is not None:
                parts = (*found.parameters, found.result)
                return TypeReference(0, "function", tuple(reference(part, inside) for part in parts))
            case "written" if found.reference is not None:
                return found.reference
        return TypeReference(0, _WRITTEN.get(found.kind, found.kind))

    return reference(kind, ())


_LARGEST = 500
"""Parts of a type that are written out."""


_WRITTEN = {"any": "Any", "same": "Any", "duration": "Any", "null": "Null", "written": "Any"}


_READERS: Mapping[str, Callable[[str], object]] = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_and_time,
    "duration": parse_duration,
    "days and time duration": parse_duration,
    "years and months duration": parse_duration,
}


def revive(value: object, kind: str) -> object:
    """Read the text that JSON has for a temporal value; a date may be written with a time of day."""
    reader = _READERS.get(kind)
    if reader is None or not isinstance(value, str):
        return value
    found = reader(value)
    if found is None and kind == "date":
        moment = parse_date_and_time(value)
        found = moment.date if moment is not None else None
    return value if found is None else found


def conform(value: object, kind: ItemType, run: Run, *, given: bool = False) -> object:
    """Give the value as the type has it, or ``UNFIT``; null is of every type.

    Parameters
    ----------
    given
        The value comes from outside, as JSON.
    """
    found = fits(value, kind, run, given=given)
    if found is not UNFIT:
        return found
    wanted = kind.resolved().kind
    if wanted == "list":
        return UNFIT if isinstance(value, list) else fits([value], kind, run, given=given)
    if isinstance(value, list):
        if len(value) != 1:
            return UNFIT
        value = value[0]
        found = fits(value, kind, run, given=given)
        if found is not UNFIT:
            return found
    day = own(value) if wanted == "date and time" else None
    return fits(midnight(day), kind, run, given=given) if isinstance(day, Date) else UNFIT


def of_type(value: object, kind: ItemType, run: Run, what: str) -> object:
    """Give a value as its type has it, or null with a warning that names both."""
    found = conform(value, kind, run)
    if found is UNFIT:
        run.warn(f"{what} is {shown(value)}, which the type {kind.name} doesn't admit.")
        return None
    return found


def fits(value: object, kind: ItemType, run: Run, *, given: bool = False) -> object:
    """Give a value that conforms (with its texts read, where it is given), or ``UNFIT``."""
    run.charge(1)
    if value is None:
        return None
    found: object = value
    match kind.kind:
        case "any":
            pass
        case "same":
            found = fits(value, kind.base or ANY, run, given=given)
        case "list":
            found = _list(value, kind.base, run, given=given)
        case "context":
            found = _context(value, kind.members, run, given=given)
        case "function":
            if not isinstance(value, FeelFunction):
                return UNFIT
            known = value.parameters != ("…",)
            if kind.parameters and known and len(kind.parameters) != len(value.parameters):
                return UNFIT
        case "written":
            assert kind.reference is not None
            if is_instance(value, kind.reference, run, run.types) is False:
                return UNFIT
        case "duration":
            found = revive(value, "duration") if given else value
            if not type_name(found).endswith("duration"):
                return UNFIT
        case name:
            found = revive(value, name) if given else value
            if type_name(found) != name:
                return UNFIT
    if found is not UNFIT and kind.tests and not _allowed(found, kind, run):
        return UNFIT
    return found


def _allowed(value: object, kind: ItemType, run: Run) -> bool:
    outer, run.input_value = run.input_value, value
    try:
        return all(test({}, run) is True for test in kind.tests)
    finally:
        run.input_value = outer


def _list(value: object, element: ItemType | None, run: Run, *, given: bool) -> object:
    if not isinstance(value, list):
        return UNFIT
    if element is None:
        return value
    run.charge(len(value))
    items = [fits(item, element, run, given=given) for item in value]
    if any(item is UNFIT for item in items):
        return UNFIT
    return items if given else value


def _context(value: object, members: Mapping[str, ItemType], run: Run, *, given: bool) -> object:
    """A context has all components; it may have more (DMN 1.5, 10.3.2.9.3)."""
    if not isinstance(value, Mapping):
        return UNFIT
    changed: dict[str, object] = {}
    for name, kind in members.items():
        if name not in value:
            if not given:
                return UNFIT
            changed[name] = None
            continue
        found = fits(value[name], kind, run, given=given)
        if found is UNFIT:
            return UNFIT
        if found is not value[name]:
            changed[name] = found
    return {**value, **changed} if changed else value


def shown(value: object) -> str:
    """Name a value and its type, for a warning."""
    try:
        text = text_of(value, Run(), nested=True)
    except Exception:  # too long to write is no reason not to warn
        return f"a {type_name(value)}"
    return f"the {type_name(value)} {text if len(text) <= 60 else text[:59] + '…'}"
