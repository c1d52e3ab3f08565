"""What a query gives, apart from its shape: queries of one shape have one text, which is compiled once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, BindParameter, Boolean, ColumnElement, Integer, Text, bindparam, literal_column
from sqlalchemy.types import NullType, TypeEngine

from laneway.domain.types import ElementState, IncidentState, JobState, ProcessInstanceState, UserTaskState
from laneway.store.types import Instant

_EXACT = 16
"""Longer lists are counted by so many, so that few lengths make few texts."""

_STATES = frozenset(
    one.value for of in (ElementState, IncidentState, JobState, ProcessInstanceState, UserTaskState) for one in of
)

Number = int | str
"""Of a value, or a state in the stead of one: it stands in the text. Some indexes are of the rows of one state; to know that one
of them serves, SQLite plans a statement with a parameter for it each time, and PostgreSQL never plans it for all times."""

TYPES: Mapping[str, TypeEngine[Any]] = {
    "key": BigInteger(),
    "text": Text(),
    "enum": Text(),
    "json": Text(),
    "integer": Integer(),
    "boolean": Boolean(),
    "instant": Instant(),
}
"""By the kind of a field."""


class Condition(NamedTuple):
    """One filter without its values. ``given``: the ``Number`` of the value, those of a list, None for null, whether of ``exists``;
    of a field that reads its filter by itself, what it needs."""

    field: str
    operator: str
    given: Any


class Values:
    """Values by number, in the order in which a query gives them."""

    def __init__(self) -> None:
        self._all: list[Any] = []

    def one(self, value: Any) -> int:
        self._all.append(value)
        return len(self._all) - 1

    def of_kind(self, kind: str, value: Any) -> Number:
        return value if kind == "enum" and value in _STATES else self.one(value)

    def many(self, kind: str, values: Sequence[Any]) -> tuple[Number, ...]:
        """The last one is given several times, so that lists of about the same length have one shape."""
        numbers = [self.of_kind(kind, value) for value in values]
        numbers += [self.of_kind(kind, values[-1]) for _ in range(_length(len(numbers)) - len(numbers))]
        return tuple(numbers)

    def named(self) -> Iterator[tuple[str, Any]]:
        return ((_name(number), value) for number, value in enumerate(self._all))


def value(number: Number, column: ColumnElement[Any], kind: str = "text") -> ColumnElement[Any]:
    """In the place of a value that ``column``, of a field of the ``kind``, is compared with."""
    if isinstance(number, str):
        return literal_column(f"'{number}'", column.type)
    return bindparam(_name(number), type_=TYPES[kind] if isinstance(column.type, NullType) else column.type)


def value_of(number: int, kind: str) -> BindParameter[Any]:
    return bindparam(_name(number), type_=TYPES[kind])


def _name(number: int) -> str:
    return f"v{number}"


def _length(count: int) -> int:
    if count > _EXACT:
        return -(-count // _EXACT) * _EXACT
    return 1 << (count - 1).bit_length() if count else 0
