"""A page in the order of a computed key costs what the page holds, not what there is.

No index has such keys in their order, so that the database would sort all that meets the filter. But the stored keys that they
are computed from are near: the page is looked for among the first of them, then among more, and only then among all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, select, true

from laneway.ports import SearchQuery
from laneway.store.prepared import Driver, Statement
from laneway.store.routes import PLACES
from laneway.store.search.cursor import SortField
from laneway.store.tables import audit_log

BEGIN, END, OFFSET = "begin", "end", "offset"
_GROWTH = (1, 30, 1_000)
_BY_INSTANCE = frozenset({"processInstanceKey", "rootProcessInstanceKey", "elementInstanceKey"})


def ends(
    driver: Driver, first: SortField, query: SearchQuery, begin: int | None, backwards: bool
) -> Iterator[int | None]:
    """Stored keys to be looked up to in turn, until a page is full; None: the window of all that lies beyond ``begin``, the place
    in the ``first`` field of the order."""
    if first.field.near is not None and not names_an_instance(query):
        rising = (first.direction == "ASC") != backwards
        for growth in _GROWTH:
            end = _end(driver, begin, rising, (query.offset + query.limit) * growth)
            if end is None:
                break
            yield end
    yield None


def window(first: SortField, begins: bool, ended: bool, backwards: bool) -> ColumnElement[bool]:
    """Met by the rows that lie beyond ``BEGIN`` and before ``END``, as far as there are these."""
    near = first.field.near
    if near is None:
        return true()
    rising = (first.direction == "ASC") != backwards
    key, begin, end = first.field.expression, _key(BEGIN), _key(END)
    if rising:
        beyond = near > begin - PLACES if begins else true()
    else:
        beyond = near <= begin if begins else true()
    if not ended:
        return beyond
    # A key on this side of the end is computed from one on the same side, or less than PLACES before it.
    return and_(beyond, near < end, key < end) if rising else and_(beyond, near > end - PLACES, key >= end)


def names_an_instance(query: SearchQuery) -> bool:
    return any(one.field in _BY_INSTANCE and one.operator in ("eq", "in") for one in query.filters)


def _end(driver: Driver, begin: int | None, rising: bool, count: int) -> int | None:
    """The stored key that lies ``count`` records with a route beyond ``begin``; None if there are fewer."""
    shape = _statement(begin is not None, rising).shape(driver.dialect)
    found = driver.find(shape, shape.given({BEGIN: begin, OFFSET: count}))
    return found[0][0] if found else None


@cache
def _statement(begins: bool, rising: bool) -> Statement:
    key = audit_log.c.key
    found = select(key).where(audit_log.c.route_key.is_not(None)).offset(_key(OFFSET)).limit(1)
    if begins:
        found = found.where(key > _key(BEGIN) if rising else key <= _key(BEGIN))
    return Statement(found.order_by(key if rising else key.desc()), (BEGIN, OFFSET))


def _key(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger())
