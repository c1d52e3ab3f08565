"""``SearchQuery`` into SQL, and rows into wire fields. The resources stand in ``laneway.store.search.resources``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, literal_column, or_, select, true

from laneway.domain.errors import InvalidInput, NotFound
from laneway.ports import Page, SearchQuery
from laneway.store.search.arms import Arms
from laneway.store.search.conditions import compare, condition_of, field_of
from laneway.store.search.cursor import Order, SortField
from laneway.store.search.fields import Resource, read_value
from laneway.store.search.flows import sequence_flows
from laneway.store.search.resources import RESOURCES
from laneway.store.search.windows import names_an_instance, windows

MOST_ROWS = 10_000
COUNTED = 10_000
"""Totals are exact up to here."""

_FARTHEST = (1 << 31) - 1


def search(connection: Connection, query: SearchQuery) -> Page:
    """The page of a query.

    Raises
    ------
    InvalidInput
        ``unknown_resource unknown_field unknown_operator invalid_filter_value invalid_limit invalid_cursor
        pattern_too_complex``, naming what is allowed.
    """
    if query.resource == "sequence-flows":
        return sequence_flows(connection, query)
    resource = _resource(query.resource)
    _check_page(query)
    is_sqlite = connection.dialect.name == "sqlite"
    condition = _condition(resource, query, is_sqlite)
    arms = resource.arms_of_instance if names_an_instance(query) else resource.arms
    total, more = _count(connection, arms, resource, condition)
    if query.limit == 0:
        return Page([], total, more)
    order = _order(resource, query)
    rows = _rows(connection, arms, resource, query, condition, order)
    if not rows:
        return Page([], total, more)
    places = [order.encode([row[position] for position in range(len(order.fields))]) for row in (rows[0], rows[-1])]
    return Page([_item(resource, row) for row in rows], total, more, places[0], places[1])


def get(
    connection: Connection, resource_name: str, key: int | str, tenant_ids: Sequence[str] | None
) -> dict[str, Any] | None:
    """One row by its address, or None: as if it were not there for those who may not see its tenant."""
    resource = _resource(resource_name)
    address = resource.address or resource.key[0]
    field = resource.fields[address]
    try:
        read_value(address, field.kind, key)
    except InvalidInput:
        return None
    conditions = [*resource.where, compare(address, field, "eq", key, connection.dialect.name == "sqlite")]
    if tenant_ids is not None:
        conditions.append(resource.tenant.in_(tenant_ids))
    row = connection.execute(_selected(resource.arms_of_instance, resource, _shown(resource), *conditions)).first()
    return None if row is None else _item(resource, row)


def _resource(name: str) -> Resource:
    resource = RESOURCES.get(name)
    if resource is None:
        names = sorted([*RESOURCES, "sequence-flows"])
        raise NotFound("unknown_resource", f"there is no {name!r} to search; there are {', '.join(names)}")
    return resource


def _check_page(query: SearchQuery) -> None:
    if not 0 <= query.limit <= MOST_ROWS:
        raise InvalidInput("invalid_limit", f"the limit must be 0 to {MOST_ROWS}, not {query.limit}")
    if not 0 <= query.offset <= _FARTHEST:
        raise InvalidInput("invalid_limit", f"a page begins at 0 to {_FARTHEST}, not {query.offset}")
    if (query.after is not None) + (query.before is not None) + (query.offset > 0) > 1:
        raise InvalidInput("invalid_cursor", "a page begins at «from», «after» or «before»: give one of them")


def _condition(resource: Resource, query: SearchQuery, is_sqlite: bool) -> ColumnElement[bool]:
    conditions = [*resource.where, condition_of(resource, query.filters, is_sqlite)]
    if query.any_of:
        conditions.append(or_(*(condition_of(resource, one, is_sqlite) for one in query.any_of)))
    if query.tenant_ids is not None:
        conditions.append(resource.tenant.in_(query.tenant_ids))
    return and_(*conditions)


def _count(
    connection: Connection, arms: Arms | None, resource: Resource, condition: ColumnElement[bool]
) -> tuple[int, bool]:
    found = _selected(arms, resource, [literal_column("1")], condition).limit(COUNTED + 1).subquery()
    total = connection.execute(select(func.count()).select_from(found)).scalar_one()
    return min(total, COUNTED), total > COUNTED


def _order(resource: Resource, query: SearchQuery) -> Order:
    fields: list[SortField] = []
    for name, direction in query.sort:
        field = field_of(resource, name)
        if not field.sortable or field.related is not None or field.special is not None:
            raise InvalidInput("unknown_field", f"{resource.name} cannot be sorted by {name!r}", {"field": name})
        if direction not in ("ASC", "DESC"):
            raise InvalidInput("invalid_sort", f"{name}: the order is ASC or DESC, not {direction!r}", {"field": name})
        if all(one.name != name for one in fields):
            fields.append(SortField(name, field, direction))
    for name in resource.key:
        if all(one.name != name for one in fields):
            fields.append(SortField(name, resource.fields[name], "ASC"))
    return Order(resource.name, fields)


def _rows(
    connection: Connection,
    arms: Arms | None,
    resource: Resource,
    query: SearchQuery,
    condition: ColumnElement[bool],
    order: Order,
) -> list[Row[Any]]:
    backwards = query.before is not None
    cursor = query.before if backwards else query.after
    place = None if cursor is None else order.decode(cursor)
    places = order.columns()
    beyond = true() if place is None else order.beyond(place, backwards)
    rows: list[Row[Any]] = []
    for within in windows(connection, order, query, place, backwards):
        statement = _selected(arms, resource, [*places, *_shown(resource)], condition, beyond, within)
        in_order = statement.order_by(*order.clauses(places, reverse=backwards))
        rows = list(connection.execute(in_order.limit(query.limit).offset(query.offset)))
        if len(rows) == query.limit:
            break
    return rows[::-1] if backwards else rows


def _selected(
    arms: Arms | None, resource: Resource, columns: Sequence[ColumnElement[Any]], *conditions: ColumnElement[bool]
) -> Select[Any]:
    if arms is None:
        return select(*columns).select_from(resource.source).where(*conditions)
    found = arms.narrowed(*conditions)
    return select(*(arms.moved(column, found) for column in columns)).select_from(found)


def _shown(resource: Resource) -> list[ColumnElement[Any]]:
    return [
        (field.expression if field.shown is None else field.shown).label(name)
        for name, field in resource.fields.items()
        if not field.hidden
    ]


def _item(resource: Resource, row: Row[Any]) -> dict[str, Any]:
    values = row._mapping
    item: dict[str, Any] = {name: values[name] for name, field in resource.fields.items() if not field.hidden}
    return {**item, **resource.constants}
