"""Filters into conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select, true

from laneway.domain.errors import InvalidInput
from laneway.ports import Filter
from laneway.store import json
from laneway.store.routes import PLACES
from laneway.store.search.fields import OPERATORS, Field, Kind, Related, Resource, read_value
from laneway.store.search.patterns import like

_MOST_VALUES = 1_000


def condition_of(resource: Resource, filters: Sequence[Filter], is_sqlite: bool) -> ColumnElement[bool]:
    """All of the filters together. Those on related rows are met by one and the same row."""
    met: list[ColumnElement[bool]] = [true()]
    related: dict[int, tuple[Related, list[ColumnElement[bool]]]] = {}
    for one in filters:
        field = field_of(resource, one.field)
        if field.special is not None:
            met.append(field.special(one.field, one.operator, one.value, is_sqlite))
        elif field.related is None:
            met.append(compare(one.field, field, one.operator, one.value, is_sqlite))
        else:
            _check_operator(one.field, field.kind, one.operator)
            positive = {"neq": "eq", "notIn": "in"}.get(one.operator)
            if positive is not None:
                # None of the related rows has it, rather than: one of them has something else.
                met.append(not_(_some(field.related, [compare(one.field, field, positive, one.value, is_sqlite)])))
            elif one.operator == "exists":
                some = _some(field.related, [field.expression.is_not(None)])
                met.append(some if read_value(one.field, "boolean", one.value) else not_(some))
            else:
                _, conditions = related.setdefault(id(field.related), (field.related, []))
                conditions.append(compare(one.field, field, one.operator, one.value, is_sqlite))
    met += [_some(*group) for group in related.values()]
    return and_(*met)


def field_of(resource: Resource, name: str) -> Field:
    field = resource.fields.get(name)
    if field is None:
        names = sorted(resource.fields)
        raise InvalidInput(
            "unknown_field",
            f"{resource.name} cannot be searched by {name!r}; the fields are {', '.join(names)}",
            {"field": name, "allowed": names},
        )
    return field


def compare(name: str, field: Field, operator: str, value: Any, is_sqlite: bool) -> ColumnElement[bool]:
    """One operator on one column. What has no value is not equal to anything, so ``neq`` and ``notIn`` find it."""
    _check_operator(name, field.kind, operator)
    column = field.expression
    if operator == "exists":
        return column.is_not(None) if read_value(name, "boolean", value) else column.is_(None)
    if operator in ("in", "notIn"):
        within = _among(field, _values(name, field.kind, value))
        return within if operator == "in" else or_(column.is_(None), not_(within))
    given = _value(name, field.kind, value)
    if given is None:
        if operator in ("eq", "neq"):
            return column.is_(None) if operator == "eq" else column.is_not(None)
        raise InvalidInput("invalid_filter_value", f"{name}: null cannot be compared by {operator}", {"field": name})
    met: ColumnElement[bool]
    match operator:
        case "eq":
            met = _among(field, [given]) if field.among is not None or field.near is not None else column == given
        case "neq":
            met = column.is_distinct_from(given)
        case "gt":
            met = and_(column > given, *_near(field, given, None))
        case "gte":
            met = and_(column >= given, *_near(field, given, None))
        case "lt":
            met = and_(column < given, *_near(field, None, given))
        case "lte":
            met = and_(column <= given, *_near(field, None, given))
        case _:
            # The pattern is of the text itself, so a JSON value is not made canonical first.
            pattern = read_value(name, "enum" if field.kind == "enum" else "text", value)
            met = like(column, pattern, is_sqlite)
    return met


def _among(field: Field, values: Sequence[Any]) -> ColumnElement[bool]:
    if field.among is not None:
        return field.among(values)
    within = field.expression.in_(values)
    if field.near is None or not values:
        return within
    return and_(within, or_(*(and_(*_near(field, one, one)) for one in values)))


def _near(field: Field, lowest: int | None, highest: int | None) -> list[ColumnElement[bool]]:
    """What the stored key has to meet, where the field's own is computed from it."""
    met: list[ColumnElement[bool]] = []
    if field.near is not None and lowest is not None:
        met.append(field.near > lowest - PLACES)
    if field.near is not None and highest is not None:
        met.append(field.near <= highest)
    return met


def _check_operator(name: str, kind: Kind, operator: str) -> None:
    allowed = OPERATORS[kind]
    if operator not in allowed:
        written = ", ".join("$" + one for one in allowed)
        raise InvalidInput(
            "unknown_operator",
            f"{name} cannot be compared by ${operator}; its operators are {written}",
            {"field": name, "operator": operator, "allowed": list(allowed)},
        )


def _values(name: str, kind: Kind, value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise InvalidInput("invalid_filter_value", f"{name}: $in and $notIn take a list", {"field": name})
    if len(value) > _MOST_VALUES:
        raise InvalidInput(
            "invalid_filter_value",
            f"{name}: a list of a filter has at most {_MOST_VALUES} values, this one {len(value)}",
            {"field": name},
        )
    read = [_value(name, kind, one) for one in value]
    if any(one is None for one in read):
        raise InvalidInput("invalid_filter_value", f"{name}: a list of a filter holds no null", {"field": name})
    return read


def _value(name: str, kind: Kind, value: Any) -> Any:
    read = read_value(name, kind, value)
    return canonical_json(read) if kind == "json" and read is not None else read


def canonical_json(written: str) -> str:
    """A JSON text as the store writes it; what is no JSON stays as it is, and is found nowhere."""
    try:
        return json.encode(json.decode(written))
    except (ValueError, RecursionError):
        return written


def _some(related: Related, conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    if related.arms is None:
        return exists(select(1).select_from(related.table).where(related.link, *conditions))
    return or_(*(exists(one) for one in related.arms.of_each(related.link, *conditions)))
