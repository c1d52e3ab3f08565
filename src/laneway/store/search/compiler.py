"""``SearchQuery`` into SQL, and rows into wire fields. The resources stand in ``laneway.store.search.resources``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneway.domain.errors import InvalidInput
from laneway.ports import Filter, Page, SearchQuery
from laneway.store.prepared import Driver
from laneway.store.search.conditions import read
from laneway.store.search.cursor import SortField
from laneway.store.search.fields import read_value
from laneway.store.search.given import Values
from laneway.store.search.texts import LIMIT, MOST, Question, Texts, order_of, resource_of, texts_of
from laneway.store.search.windows import BEGIN, END, OFFSET, ends, names_an_instance

MOST_ROWS = 10_000
COUNTED = 10_000
"""Totals are exact up to here."""

_FARTHEST = (1 << 31) - 1


def search(driver: Driver, query: SearchQuery) -> Page:
    """The page of a query.

    Raises
    ------
    InvalidInput
        ``unknown_resource unknown_field unknown_operator invalid_filter_value invalid_limit invalid_cursor
        pattern_too_complex``, naming what is allowed.
    """
    resource = resource_of(query.resource)
    _check_page(query)
    values = Values()
    conditions = read(resource, query.filters, values, driver.is_sqlite)
    any_of = tuple(read(resource, one, values, driver.is_sqlite) for one in query.any_of)
    tenants = None if query.tenant_ids is None else values.many("text", query.tenant_ids)
    cursor = query.after if query.before is None else query.before
    order = None if query.limit == 0 else order_of(query.resource, query.sort)
    place = None if cursor is None or order is None else order.decode(cursor)
    numbers = None if place is None else tuple(None if one is None else values.one(one) for one in place)
    question = Question(
        query.resource,
        names_an_instance(query),
        conditions,
        any_of,
        tenants,
        query.sort,
        numbers,
        query.before is not None,
    )
    texts = texts_of(question, driver.dialect)
    given = dict(values.named())
    if order is None:
        return Page([], *_count(driver, texts, given))
    rows = _rows(driver, texts, given, query, order.fields[0], place)
    total, more = _count(driver, texts, given) if _is_part(query, rows) else (len(rows), False)
    if not rows:
        return Page([], total, more)
    places = len(order.fields)
    names, constants = texts.names, resource.constants
    items = [{**dict(zip(names, row[places:])), **constants} for row in rows]  # noqa: B905 - one text made both
    return Page(items, total, more, order.encode(rows[0][:places]), order.encode(rows[-1][:places]))


def get(driver: Driver, resource_name: str, key: int | str, tenant_ids: Sequence[str] | None) -> dict[str, Any] | None:
    """One row by its address, or None: as if it were not there for those who may not see its tenant."""
    resource = resource_of(resource_name)
    address = resource.address or resource.key[0]
    try:
        read_value(address, resource.fields[address].kind, key)
    except InvalidInput:
        return None
    values = Values()
    conditions = read(resource, [Filter(address, "eq", key)], values, driver.is_sqlite)
    tenants = None if tenant_ids is None else values.many("text", tenant_ids)
    texts = texts_of(Question(resource_name, True, conditions, (), tenants), driver.dialect)
    found = driver.find(texts.one, texts.one.given(dict(values.named())))
    return {**dict(zip(texts.names, texts.one.values(found[0]), strict=True)), **resource.constants} if found else None


def _check_page(query: SearchQuery) -> None:
    if not 0 <= query.limit <= MOST_ROWS:
        raise InvalidInput("invalid_limit", f"the limit must be 0 to {MOST_ROWS}, not {query.limit}")
    if not 0 <= query.offset <= _FARTHEST:
        raise InvalidInput("invalid_limit", f"a page begins at 0 to {_FARTHEST}, not {query.offset}")
    if (query.after is not None) + (query.before is not None) + (query.offset > 0) > 1:
        raise InvalidInput("invalid_cursor", "a page begins at «from», «after» or «before»: give one of them")


def _is_part(query: SearchQuery, rows: Sequence[Any]) -> bool:
    """Whether there may be more than the rows of this page: only then they are counted."""
    started = query.after is None and query.before is None and query.offset == 0
    return not started or len(rows) >= min(query.limit, COUNTED)


def _count(driver: Driver, texts: Texts, given: Mapping[str, Any]) -> tuple[int, bool]:
    [[total]] = driver.find(texts.count, texts.count.given({**given, MOST: COUNTED + 1}))
    return min(total, COUNTED), total > COUNTED


def _rows(
    driver: Driver,
    texts: Texts,
    given: dict[str, Any],
    query: SearchQuery,
    first: SortField,
    place: Sequence[Any] | None,
) -> list[Sequence[Any]]:
    backwards = query.before is not None
    begin = None if place is None or first.field.near is None else int(place[0])
    given |= {LIMIT: query.limit, OFFSET: query.offset, BEGIN: begin}
    rows: list[Any] = []
    for end in ends(driver, first, query, begin, backwards):
        shape = texts.rows(ended=end is not None)
        rows = driver.find(shape, shape.given({**given, END: end}))
        if len(rows) == query.limit:
            break
    found = [shape.values(row) for row in rows]
    return found[::-1] if backwards else found
