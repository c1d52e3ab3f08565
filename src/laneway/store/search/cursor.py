"""Cursors: the place of a row in an order, opaque to the caller, checked when it comes back."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Label, UnaryExpression, and_, false, or_

from laneway.domain.errors import InvalidInput
from laneway.store import json
from laneway.store.search.fields import GREATEST_KEY, Field, read_value
from laneway.store.search.given import value_of
from laneway.store.types import from_microseconds, to_microseconds

Direction = Literal["ASC", "DESC"]
_LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class SortField:
    name: str
    field: Field
    direction: Direction


class Order:
    """An order of a resource's rows, ending with its key, so that no two rows are alike. What has no value comes last."""

    def __init__(self, resource_name: str, fields: Sequence[SortField]) -> None:
        self.fields = tuple(fields)
        spec = [resource_name, *(f"{one.name} {one.direction}" for one in fields)]
        self._fingerprint = hashlib.sha256("\n".join(spec).encode()).hexdigest()[:12]

    def columns(self) -> list[Label[Any]]:
        """What makes the place of a row, to be selected with it and ordered by."""
        return [one.field.expression.label(f"place_{number}") for number, one in enumerate(self.fields)]

    def clauses(self, columns: Sequence[Label[Any]], reverse: bool) -> list[UnaryExpression[Any]]:
        return [_clause(one, column, reverse) for one, column in zip(self.fields, columns, strict=True)]

    def encode(self, values: Sequence[Any]) -> str:
        plain = [to_microseconds(one) if isinstance(one, datetime) else one for one in values]
        return base64.b64encode(json.encode([self._fingerprint, plain]).encode()).decode()

    def decode(self, cursor: str) -> list[Any]:
        """The values that a cursor was made of.

        Raises
        ------
        InvalidInput
            ``invalid_cursor`` if this order of this resource never gave it.
        """
        try:
            if len(cursor) > _LONGEST:
                raise ValueError("too long")
            fingerprint, values = json.decode(base64.b64decode(cursor, validate=True).decode())
            if fingerprint != self._fingerprint or len(values) != len(self.fields):
                raise ValueError("made for another order")
            return [_read(one, value) for one, value in zip(self.fields, values, strict=True)]
        except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error, InvalidInput):
            raise InvalidInput(
                "invalid_cursor",
                "the cursor was not given by a search with this resource and this sort; begin again without one",
            ) from None

    def beyond(self, place: Sequence[int | None], backwards: bool) -> ColumnElement[bool]:
        """The rows after the place with the values of these numbers in this order; with ``backwards``, those before it.
        None stands for null."""
        alternatives: list[ColumnElement[bool]] = []
        tied: list[ColumnElement[bool]] = []
        for one, number in zip(self.fields, place, strict=True):
            strictly = _before(one, number) if backwards else _after(one, number)
            alternatives.append(and_(*tied, strictly))
            column = one.field.expression
            tied.append(column.is_(None) if number is None else column == _bound(one, number))
        return or_(*alternatives)


def _clause(one: SortField, column: Label[Any], reverse: bool) -> UnaryExpression[Any]:
    clause = column.asc() if (one.direction == "ASC") != reverse else column.desc()
    if not one.field.nullable:
        return clause
    return clause.nulls_first() if reverse else clause.nulls_last()


def _bound(one: SortField, number: int) -> ColumnElement[Any]:
    # Of the field's kind, so that true and false can be compared as well.
    return value_of(number, one.field.kind)


def _after(one: SortField, number: int | None) -> ColumnElement[bool]:
    column = one.field.expression
    if number is None:
        return false()
    greater: ColumnElement[bool] = (
        column > _bound(one, number) if one.direction == "ASC" else column < _bound(one, number)
    )
    return or_(greater, column.is_(None)) if one.field.nullable else greater


def _before(one: SortField, number: int | None) -> ColumnElement[bool]:
    column = one.field.expression
    if number is None:
        return column.is_not(None)
    less: ColumnElement[bool] = column < _bound(one, number) if one.direction == "ASC" else column > _bound(one, number)
    return less


def _read(one: SortField, value: Any) -> Any:
    if value is None:
        if not one.field.nullable:
            raise ValueError("null where there is always a value")
        return None
    if one.field.kind == "instant":
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("no moment")
        return from_microseconds(value)
    if one.field.kind == "key" and not (isinstance(value, int) and value <= GREATEST_KEY):
        raise ValueError("no key")
    return read_value(one.name, one.field.kind, value)
