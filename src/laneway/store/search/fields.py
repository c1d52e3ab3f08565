"""What a searchable resource declares: its wire fields, what each may be asked, how a value from outside is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from sqlalchemy import ColumnElement, FromClause, and_, or_

from laneway.domain.errors import InvalidInput
from laneway.store.search.arms import Arms
from laneway.store.search.given import Values

Kind = Literal["key", "text", "enum", "integer", "boolean", "instant", "json"]

_EQUALITY = ("eq", "neq", "exists", "in", "notIn")
_ORDER = ("gt", "gte", "lt", "lte")
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    "key": (*_EQUALITY, *_ORDER),
    "text": (*_EQUALITY, "like"),
    "enum": (*_EQUALITY, "like"),
    "integer": (*_EQUALITY, *_ORDER),
    "boolean": ("eq", "neq", "exists"),
    "instant": (*_EQUALITY, *_ORDER),
    "json": (*_EQUALITY, "like"),
}

GREATEST_KEY = (1 << 63) - 1
_DIGITS = re.compile(r"[0-9]{1,25}")
_GREATEST_INTEGER = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Related:
    """Rows of another table that belong to the one searched; a filter asks whether there is one.

    ``arms``: where the rows are kept in several places, of which ``table`` is the whole.
    """

    table: FromClause
    link: ColumnElement[bool]
    arms: Arms | None = None


class Special(Protocol):
    """A filter that is more than a column: it reads its values, and builds the condition with what it has read of them."""

    def read(self, name: str, operator: str, value: Any, values: Values, is_sqlite: bool) -> Any: ...

    def condition(self, given: Any, is_sqlite: bool) -> ColumnElement[bool]: ...


@dataclass(frozen=True, slots=True)
class Field:
    """One wire field.

    ``shown``: what a row gives for it, where that is not ``expression``. ``hidden``: it can be asked for, and is not in
    the rows. ``related``: it is a column of related rows. ``special``: reads the filter's operator and value by itself.
    ``among``: the condition that it is one of some values, where the plain one has no index to go by. ``near``: of a key that
    is computed, an indexed column that is not greater, and less than it by fewer than ``PLACES``.
    """

    expression: ColumnElement[Any]
    kind: Kind = "text"
    nullable: bool = False
    shown: ColumnElement[Any] | None = None
    hidden: bool = False
    sortable: bool = True
    related: Related | None = None
    special: Special | None = None
    among: Callable[[Sequence[ColumnElement[Any]]], ColumnElement[bool]] | None = None
    near: ColumnElement[int] | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A table of contents: where its rows come from, and their fields by wire name.

    ``key`` names the fields that together are unique, the last ones of every order; ``address`` the one that ``get``
    goes by. ``arms``: where the rows are kept in several places, of which ``source`` is the whole;
    ``arms_of_instance`` for filters that name an instance.
    """

    name: str
    source: FromClause
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    tenant: ColumnElement[str]
    address: str = ""
    where: tuple[ColumnElement[bool], ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    arms: Arms | None = None
    arms_of_instance: Arms | None = None


def partly_of(column: ColumnElement[Any], usual: ColumnElement[Any], values: Any) -> ColumnElement[bool]:
    """``column`` is among the values, where an index of ``usual``, and one of the rows in which the two differ, find it."""
    within = column.in_(values)
    return or_(and_(usual.in_(values), within), and_(within, column != usual))


def partly(column: ColumnElement[Any], usual: ColumnElement[Any]) -> Callable[[Sequence[Any]], ColumnElement[bool]]:
    return lambda values: partly_of(column, usual, values)


def read_value(name: str, kind: Kind, value: Any) -> Any:
    """A value of a filter or a cursor, as the column's type wants it.

    Raises
    ------
    InvalidInput
        ``invalid_filter_value`` if it is not of the field's kind.
    """
    if value is None:
        return None
    match kind:
        case "key":
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                return min(value, GREATEST_KEY)
            if isinstance(value, str) and _DIGITS.fullmatch(value):
                return min(int(value), GREATEST_KEY)
            raise _wrong(name, value, "a key: a string of up to 25 digits")
        case "integer":
            if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _GREATEST_INTEGER:
                return value
            raise _wrong(name, value, "a whole number of 32 bits")
        case "boolean":
            if isinstance(value, bool):
                return value
            raise _wrong(name, value, "true or false")
        case "instant":
            return _read_instant(name, value)
        case "text" | "json":
            return _read_text(name, value)
        case "enum":
            return _read_text(name, value).upper()


def _read_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(name, value, "a string")
    if "\x00" in value:
        raise _wrong(name, value, "a string without the character U+0000")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _wrong(name, value, "a string without lone surrogates") from None
    return value


def _read_instant(name: str, value: Any) -> datetime:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise _wrong(name, value, "a date and time such as 2026-11-22T03:04:05.678Z") from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise _wrong(name, value, "a date and time with its offset, such as 2026-11-22T03:04:05.678Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise _wrong(name, value, "a date and time of the years 1 to 9999") from None


def _wrong(name: str, value: Any, wanted: str) -> InvalidInput:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:80] + "…"
    return InvalidInput("invalid_filter_value", f"{name}: {shown} is not {wanted}", {"field": name})
