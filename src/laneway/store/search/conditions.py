"""Filters into conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, true
from sqlalchemy.sql.elements import Grouping, UnaryExpression
from sqlalchemy.sql.operators import custom_op

from laneway.domain.errors import InvalidInput
from laneway.ports import Filter
from laneway.store import json
from laneway.store.routes import PLACES
from laneway.store.search.fields import OPERATORS, Field, Kind, Related, Resource, read_value
from laneway.store.search.given import Condition, Number, Values, value as value_in, value_of
from laneway.store.search.patterns import like, written_pattern

_INSTANCE = "processInstanceKey"
_PLUS: custom_op[Any] = custom_op("+")
_MOST_VALUES = 1_000
_GROUP = 32
_POSITIVE = {"neq": "eq", "notIn": "in"}


class _Together(Grouping):  # type: ignore[type-arg]
    operator = None  # else SQLAlchemy takes the parts out again
    inherit_cache = True


def read(resource: Resource, filters: Sequence[Filter], values: Values, is_sqlite: bool) -> tuple[Condition, ...]:
    """The filters without their values, which go into ``values``.

    Raises
    ------
    InvalidInput
        ``unknown_field unknown_operator invalid_filter_value pattern_too_complex``.
    """
    return tuple(_read_one(resource, one, values, is_sqlite) for one in filters)


def _read_one(resource: Resource, one: Filter, values: Values, is_sqlite: bool) -> Condition:
    field = field_of(resource, one.field)
    reader = field.special.read if field.special is not None else partial(read_given, field.kind)
    return Condition(one.field, one.operator, reader(one.field, one.operator, one.value, values, is_sqlite))


def condition_of(resource: Resource, conditions: Sequence[Condition], is_sqlite: bool) -> ColumnElement[bool]:
    """All of them together. Those on related rows are met by one and the same row."""
    met: list[ColumnElement[bool]] = [true()]
    related: dict[int, tuple[Related, list[ColumnElement[bool]]]] = {}
    of_one_instance = is_sqlite and any(one.field == _INSTANCE and one.operator == "eq" for one in conditions)
    for name, operator, given in conditions:
        field = resource.fields[name]
        if of_one_instance and field.kind == "enum" and field.related is None and field.special is None:
            field = replace(field, expression=_without_index(field.expression))
        if field.special is not None:
            met.append(field.special.condition(given, is_sqlite))
        elif field.related is None:
            met.append(compare(field, operator, given, is_sqlite))
        elif operator in _POSITIVE:
            # None of the related rows has it, rather than: one of them has something else.
            met.append(not_(_some(field.related, [compare(field, _POSITIVE[operator], given, is_sqlite)])))
        elif operator == "exists":
            some = _some(field.related, [field.expression.is_not(None)])
            met.append(some if given else not_(some))
        else:
            _, of_one = related.setdefault(id(field.related), (field.related, []))
            of_one.append(compare(field, operator, given, is_sqlite))
    met += [_some(*group) for group in related.values()]
    return and_(*met)


def _without_index(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """SQLite takes an index of the state for as good as that of the instance, and would look through all that waits
    (its query planner, "Disqualifying WHERE clause terms using unary +")."""
    return UnaryExpression(column, operator=_PLUS, type_=column.type)


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


def read_given(kind: Kind, name: str, operator: str, value: Any, values: Values, is_sqlite: bool) -> Any:
    """What ``compare`` wants of a value."""
    _check_operator(name, kind, operator)
    if operator == "exists":
        return bool(read_value(name, "boolean", value))
    if operator in ("in", "notIn"):
        return values.many(kind, _values(name, kind, value))
    read = _value(name, kind, value)
    if read is None:
        if operator in ("eq", "neq"):
            return None
        raise InvalidInput("invalid_filter_value", f"{name}: null cannot be compared by {operator}", {"field": name})
    if operator == "like":
        # The pattern is of the text itself, so a JSON value is not made canonical first.
        read = written_pattern(read_value(name, "enum" if kind == "enum" else "text", value), is_sqlite)
        return values.one(read)
    return values.of_kind(kind, read) if operator == "eq" else values.one(read)


def compare(field: Field, operator: str, given: Any, is_sqlite: bool) -> ColumnElement[bool]:
    """One operator on one column. What has no value is not equal to anything, so ``neq`` and ``notIn`` find it."""
    column = field.expression
    if operator == "exists":
        return column.is_not(None) if given else column.is_(None)
    if operator in ("in", "notIn"):
        within = _among(field, given)
        return within if operator == "in" else or_(column.is_(None), not_(within))
    if given is None:
        return column.is_(None) if operator == "eq" else column.is_not(None)
    if operator == "like":
        return like(column, value_of(given, "text"), is_sqlite)
    wanted = value_in(given, column, field.kind)
    match operator:
        case "eq":
            return _among(field, [given]) if field.among is not None or field.near is not None else column == wanted
        case "neq":
            return column.is_distinct_from(wanted)
        case "gt":
            return and_(column > wanted, *_near(field, given, None))
        case "gte":
            return and_(column >= wanted, *_near(field, given, None))
        case "lt":
            return and_(column < wanted, *_near(field, None, given))
        case _:
            return and_(column <= wanted, *_near(field, None, given))


def _among(field: Field, numbers: Sequence[Number]) -> ColumnElement[bool]:
    if not numbers:
        return false()
    given = [value_in(number, field.expression, field.kind) for number in numbers]
    if field.among is not None:
        return field.among(given)
    within = field.expression.in_(given)
    if field.near is None:
        return within
    near = [and_(*_near(field, one, one)) for one in numbers if isinstance(one, int)]
    # In groups: SQLite takes an OR for as deep as it has parts, and 1000 at most.
    groups = [_Together(or_(*near[start : start + _GROUP])) for start in range(0, len(near), _GROUP)]
    return and_(within, or_(*groups))


def _near(field: Field, lowest: int | None, highest: int | None) -> list[ColumnElement[bool]]:
    """What the stored key has to meet, where the field's own is computed from it."""
    met: list[ColumnElement[bool]] = []
    if field.near is not None and lowest is not None:
        met.append(field.near > value_of(lowest, "key") - PLACES)
    if field.near is not None and highest is not None:
        met.append(field.near <= value_of(highest, "key"))
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
