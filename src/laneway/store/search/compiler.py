"""``SearchQuery`` into SQL, and rows into wire fields. The resources stand in ``laneway.store.search.resources``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from laneway.domain.errors import InvalidInput, NotFound
from laneway.ports import Page, SearchQuery
from laneway.store.search.conditions import condition_of, field_of
from laneway.store.search.cursor import Order, SortField
from laneway.store.search.fields import Resource, read_value
from laneway.store.search.flows import sequence_flows
from laneway.store.search.resources import RESOURCES

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
    total, more = _count(connection, resource, condition)
    if query.limit == 0:
        return Page([], total, more)
    order = _order(resource, query)
    rows = _rows(connection, resource, query, condition, order)
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
        value = read_value(address, field.kind, key)
    except InvalidInput:
        return None
    conditions = [*resource.where, field.expression == value]
    if tenant_ids is not None:
        conditions.append(resource.tenant.in_(tenant_ids))
    row = connection.execute(select(*_shown(resource)).select_from(resource.source).where(*conditions)).first()
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


def _count(connection: Connection, resource: Resource, condition: ColumnElement[bool]) -> tuple[int, bool]:
    found = select(1).select_from(resource.source).where(condition).limit(COUNTED + 1).subquery()
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
    connection: Connection, resource: Resource, query: SearchQuery, condition: ColumnElement[bool], order: Order
) -> list[Row[Any]]:
    backwards = query.before is not None
    cursor = query.before if backwards else query.after
    places = order.columns()
    statement = select(*places, *_shown(resource)).select_from(resource.source).where(condition)
    if cursor is not None:
        statement = statement.where(order.beyond(order.decode(cursor), backwards))
    statement = statement.order_by(*order.clauses(places, reverse=backwards)).limit(query.limit).offset(query.offset)
    rows = list(connection.execute(statement))
    return rows[::-1] if backwards else rows


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
